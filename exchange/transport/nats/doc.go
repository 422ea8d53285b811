// Package nats carries envelopes over NATS JetStream: for many nodes on either side, on
// an engine that agencies already run. It needs nats-server 2.9 or later.
//
// # The idea
//
// Each recipient has a durable queue at the broker, from which as many workers as it
// likes take, and a durable place for its answers, in which senders look. A sender puts
// an envelope into the queue and waits for the answer; if it has waited long enough it
// goes away, and finds the answer when it comes back. So neither side has to be there
// when the other is.
//
// The broker is trusted with nothing but the metadata that any network sees, and not
// even with keeping what it was given: its acknowledgement settles nothing. A parcel
// stays in the sender's outbox until a receipt has come that verifies, and what a broker
// has lost is put again, to any effect once.
//
// # At the broker
//
// For the recipient agency/system, with the prefix "segel" (hyphens stay, and no party
// has an underscore or full stop):
//
//	stream  segel_agency_system           segel.to.agency.system.>
//	        a work queue, one message for each subject; a second one is refused while the
//	        first is there
//	        …to.agency.system.envelope.DIGEST  an envelope file
//	        …to.agency.system.body.DIGEST      empty: the file is in the bucket
//	        …to.agency.system.question.DIGEST  a signed settle-or-cancel
//	stream  segel_agency_system_answers   segel.answer.agency.system.>
//	        …answer.agency.system.DIGEST       the latest answer to what has that digest
//	bucket  segel_agency_system_bodies    object store
//	        DIGEST                             an envelope file too large for a message
//
// DIGEST is SHA-256 of the file or question, in hexadecimal. What is said on
// segel.now.agency.system.DIGEST is not kept: it tells who waits what the answer is, with
// its sequence in the answers as Segel-Sequence, or that it is wanted later, with
// Segel-Retry-After in seconds. An answer has the header Segel-Answer, "receipt" with a
// compact JWE that the envelope's sender alone can read, or "refusal" with one of the
// words of [exchange.Outward]. Whoever takes an answer deletes it. Subjects hold public
// identifiers and digests of what is sealed, nothing else.
//
// The recipient's workers make these if they are missing, and leave them alone if an
// operator has made them otherwise and they still do what is needed. A broker that
// serves several parties should let a party publish below its own "answer" and "now"
// alone, and nobody but its workers reach its consumer, which is named "segel":
// testdata/users.conf is all that a sender and a recipient need, and a test runs with it.
//
// # What a worker does
//
// It hands the file to the receiver, which proves the sender before anything is
// written, and tells the broker again and again that it is at work, so that nobody else
// begins. What is settled or refused is answered: the answer is kept by the broker first,
// then the body is removed and the message acknowledged, then who waits is told. A worker that dies in between
// leaves the message to another one, to which the receiver gives the same receipt.
//
// When the receiver wants it later, because a handler failed or a store is away, the
// message comes again after a pause that doubles; after [WorkerConfig].Attempts it is
// taken out of the queue, whatever it is that fails, so that nothing loops for ever. The
// same holds for a message that kills its workers. Nothing is lost by that: it is in the
// sender's outbox, which brings it again.
//
// A body that was settled before is still read to its end. It goes through the
// receiver's Spool; an upload to the bucket that was cut begins anew.
//
// # Not promised
//
// A broker proves nobody's identity. Whoever can write to a queue can fill it, up to what
// the broker's limits allow ([WorkerConfig].MaxBytes); whoever can write answers can say
// one of the four refusals, which settles nothing.
//
// What to run, what it costs and what happens when something dies is told in
// internal/docs/many-machines.md.
package nats
