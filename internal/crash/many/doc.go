// Package many shows that several receiving processes on one PostgreSQL handle
// every envelope once, whatever dies. It holds tests only.
//
// # The idea
//
// The test seals envelopes, puts two offers of each into one list, shuffles it by
// a seed and hands the offers to three processes at random, several at a time, as
// a sender would who does not know what has arrived: an offer is made anew, to
// whichever process comes next, until a verified receipt is there. The processes
// are those of package crash in one respect: they are this test binary, started
// again, they have their own journal, and they listen on sockets that outlive
// them. They share a store of package exchange/store/postgres, through which their
// handler writes one row for each envelope. No constraint keeps a second row out.
//
// Meanwhile one of them is killed with SIGKILL and started again, over and over,
// or the server is stopped as by a failure (pg_ctl stop -m immediate), and
// started again. It is a server of the test's own, on loopback and in a temporary
// folder: nobody else's must be stopped.
//
// # What is checked
//
// Both offers of an envelope bring the same receipt, byte for byte, which accepts
// it; there is one row of the handler's for each envelope and none for anything
// else; every row of the store is settled, and none counts as unsettled any more;
// the journals verify.
//
// SEGEL_SEED repeats the order of a run, though not the order in which the system
// lets processes run. SEGEL_LONG=1 offers 20,000 envelopes instead of a few
// hundred, and runs each kind of failure by itself too:
//
//	SEGEL_LONG=1 go test -timeout 30m -v ./internal/crash/many
package many
