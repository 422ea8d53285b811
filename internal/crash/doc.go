// Package crash shows that an exchange between two processes survives kill -9.
// It holds tests only.
//
// # The idea
//
// What an exchange promises (once, never lost, on record) is a promise about
// files: whatever instant a process dies at, the next one goes on from what the
// dead one left. So the test binary starts itself again as two processes, a
// sender and a receiver, each with a durable store and a journal, and has one of
// them die at a named point, over and over. When the work is done, a third
// process, the test itself, opens the files and counts.
//
// A process is made of the very parts that an agency would use; only the ports
// are wrapped (Store with its Tx, Journal, Outbox, Transport, Handler, and what
// stands in front of the HTTP handler). A wrapper kills its process with SIGKILL
// when a named point is crossed for the nth time. Every life gets another n from
// a seeded source, so that a point is met with different things under way, until
// a number of kills is reached; the last life runs to the end. At the points
// named "random" the process is killed from outside, when it has reported a
// random number of crossings of any points and has run on since.
//
// SEGEL_SEED repeats the lives of a run, though not the order in which the
// system lets goroutines run. SEGEL_LONG=1 runs every point with every handler
// and 200 envelopes, which takes longer than go test allows by itself; else a few
// points are chosen by the seed.
//
//	SEGEL_LONG=1 go test -timeout 0 -v -run KillMatrix ./internal/crash
//
// # The grounds
//
// All of it stands on four grounds: a store of package bolt or postgres on both sides,
// and HTTP or NATS between them. A point, a handler and what is checked are the same on
// each; only how a store is opened, how a handler writes in its transaction, and how a
// file travels differ (place and road). The servers are those of SEGEL_POSTGRES and
// SEGEL_NATS, and every cell has schemas and streams of its own there.
//
// Over NATS a file has two stations more, and each is a point: the broker has the
// envelope, and it has the answer, which nobody has acknowledged. The process that dies
// there hears of it from the broker, as anybody may, on a connection beside the
// transport's. An answer that is kept for a sender would hide what a receiver says, so
// the broker is made to forget them before the same bytes are sent again.
//
// An outbox in PostgreSQL offers a parcel to one process for half a minute. When the
// process dies, the clock is moved past the offer as it is past a lease.
//
// # The two handlers
//
// One writes through Delivery.Tx, that is in the transaction that settles. The
// other has a file of its own, made durable before it returns, and looks there
// for Delivery.Key first; its store hides that it is a Transactor. Both add to
// counters, by key and by what the record says, so that an effect that happened
// twice shows as 2. A third one looks for nothing. It must be caught: else the
// counting would prove nothing.
//
// # What the sending application does
//
// Dispatcher.Send promises that what it returned for is carried. If the process
// dies before it returns, nobody knows whether the envelope is in the outbox. So
// the application makes an id for every item of its list, durable before it sends
// any, and notes durably what Send has returned for. In every life it calls Send,
// from several goroutines, for every item without a note, and takes nil and
// ErrPosted alike. It neither asks the outbox nor keeps to an order. An envelope
// that was sealed and not posted never left; its line in the journal says "sealed"
// and nothing more, and the next life seals the item anew, by the same id.
//
// An application that does the same without ids seals again what it has posted and
// not noted: two envelopes with two effects. It must be caught, as the third handler
// must.
//
// # Time
//
// The clock of both processes is a file. It stands until the sender, with nothing
// to do before a lease has run out or a pause is over, has it moved there, by the
// receiver and only while that one is at work on nothing. So leases and pauses
// are those of production and nobody waits for them. In the cells named "by the
// real clock" both processes have the machine's clock, and the dispatcher's own
// loop runs.
//
// # What is checked
//
// From the files alone, or the tables: every item was posted, once, by its own id;
// effects by key and by record are exactly one; every envelope is settled as accepted
// at the sender and at the receiver, with the same receipt, which is verified against
// what was sent; the same bytes, sent again to a new process, bring that receipt, byte
// for byte, and no call; no handler call began after its key was settled; every call
// came after "released" and every answer after "settled" in the journal; both journals
// verify; no number of the channel is missing that was posted.
//
// # What is not shown
//
// SIGKILL ends a process and not the machine: what was written and not made
// durable is still there. That every step is made durable before the next one is
// the stores' and the journal's own contract.
package crash
