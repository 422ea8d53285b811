// Package bench measures bodies against their peers, side by side in one run, on
// the same rows: age without and with a signature, and the floor, which is the
// hash and the cipher alone on all cores. All of it is in its tests:
//
//	go test -bench . -benchtime 1x [-mib 256] [-rounds 5]
//
// It is a module of its own, so that nobody who imports Segel gets the peers into
// the graph of their modules. What counts are the ratios: contestants take
// turns, each round has a ratio, and the median of the rounds is told, so that
// somebody else's load on the machine falls on all of them.
package bench
