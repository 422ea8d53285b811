// Package endtoend holds tests and benchmarks of two agencies that exchange
// over loopback HTTP, each with a bbolt store and a journal in a folder of its
// own: what no single package can show.
//
//	go test ./internal/endtoend                      a slice of each story
//	SEGEL_LONG=1 go test -v -run . ./internal/endtoend   the stories in full, with their figures
//	go test -run - -bench EndToEnd ./internal/endtoend   envelopes per second beside their floor
//
// The floor is the cryptography of one envelope and its receipt through package
// envelope and nothing else: no disk, no network, no check of records.
package endtoend
