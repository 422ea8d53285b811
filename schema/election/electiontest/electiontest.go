// Package electiontest holds small files of synthetic records for every
// dataset of package election, so that an integrator can test a handler
// without asking anybody for data.
//
// The tree is system/dataset/sort/name.ndjson, with three sorts:
//
//	valid     no structure error, no broken rule, no notice
//	finding   no structure error; breaks exactly the rules in the name, joined by +
//	invalid   at least one record has a structure error; the name says which defect
//
// Every invalid file has one defect. No record describes a real person, party
// or polling station: codes and identity numbers lie in areas that do not
// exist (31.99, 31.74.99, 99ZZ) and names say that they are examples.
//
// Files are added from version to version, and a definition's new version may
// change what is valid; a test should walk the tree rather than count on it.
package electiontest

import (
	"embed"
	"io/fs"
)

//go:embed fixtures
var files embed.FS

// FS gives the tree of fixtures, read-only and safe for concurrent use.
func FS() fs.FS {
	tree, err := fs.Sub(files, "fixtures")
	if err != nil {
		panic("electiontest: " + err.Error()) // only for an invalid path
	}
	return tree
}
