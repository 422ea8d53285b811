// Package endtoend holds tests and benchmarks of two agencies that exchange
// over loopback HTTP, each with a bbolt store and a journal in a folder of its
// own, or a PostgreSQL schema, and over a broker: what no single package can show.
//
//	go test ./internal/endtoend                      a slice of each story
//	SEGEL_LONG=1 go test -v -run . ./internal/endtoend   the stories in full, with their figures
//	go test -run - -bench EndToEnd ./internal/endtoend   envelopes per second beside their floor
//	go test -run - -bench Nodes ./internal/endtoend      the same by PostgreSQL and NATS, with one to three receivers
//	SEGEL_LONG=1 go test -v -timeout 60m -run TestADay ./internal/endtoend   an evening of polling stations, an hour in a minute
//
// The floor is the cryptography of one envelope and its receipt through package
// envelope and nothing else: no disk, no network, no check of records.
package endtoend
