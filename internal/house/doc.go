// Package house keeps the house in order. It holds tests only: each reads the
// sources of the whole module and names every place that breaks a rule of the
// design, so that a rule which nobody would remember is broken loudly.
//
// A rule is a function from a tree of sources to the places that break it. Its
// test asks twice: the module itself must have none, and small trees with one
// fault each must have exactly that one, so that no rule can quietly stop
// working. Only the standard library is used; nothing is built or fetched.
//
//	imports       who may import whom, and which package may import which module
//	signatures    no third-party type in the exported API
//	docs          every exported name documented, every package explained, an Example each
//	conduct       no init, no os.Exit in a library, no process-wide switch, no bare skip
//	layout        the names at the top, the length of files, no path of a machine
//	dependencies  go.mod and the reviewed list in dependencies.txt agree
package house
