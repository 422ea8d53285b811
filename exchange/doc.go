// Package exchange carries datasets between agencies under agreements: sealed
// by a [Sender], opened once by a [Receiver], answered with a signed receipt.
//
// # One exchange
//
// A [Sender] checks the records against the dataset's definition, decides
// whether an agreement that all parties signed allows this sender to give this
// dataset to these recipients for this purpose, enters "sealed" in its journal,
// and seals. [Sender.Preflight] answers the same question beforehand and says
// in Indonesian and in English why not, and what would help.
//
// A [Receiver] opens an envelope in this order, and stops at the first fault:
// form and sizes; decryption; the sender's signature under the directory's key;
// the addressee; every byte of inline content; times; the stated purpose; the
// agreement, by the same code as the sender's; every byte of a body. Only then does it write
// anything: it admits and claims the envelope in the [Store], enters "released"
// in the [Journal], checks the records, calls the handler, signs a receipt and
// settles. Package envelope says what each [envelope.Reason] means.
//
// # Once, and never lost
//
// The identity of an exchange is its [Key]: the signed sender and id. A claim
// on it is settled only by success or by a final refusal; if the process dies
// in between, the lease runs out and the same bytes are handled again, judged
// as of their first admission, so that a retry after expiry loses nothing. When
// the key is settled, every repeat gets the first receipt, byte for byte, and
// the handler is not called. So a handler is called at least once until it is
// settled. Its effect is exactly once if it is idempotent on [Delivery.Key], or if
// it writes in the transaction of the store that settles the claim
// ([Delivery.Tx]). No more can honestly be promised.
//
// What happens to an attempt depends on the kind of its refusal. Damage, which
// could happen without the sender's key, leaves no trace: nobody can poison an
// honest envelope by damaging a copy. Not now settles nothing. If it came to a
// claim, the admission and the entry "released" stay, and the same bytes are
// judged as of then; an unknown purpose and a missing agreement are entered as
// "refused", because somebody has tried; else it leaves no trace. Never, which
// follows from what the sender signed, settles the key with a signed receipt.
// Four refusals of that kind settle nothing (see [envelope.Reason.Settles]): an
// expired envelope and an agreement that has ended, whose time is this clock's
// opinion; another purpose than the one that the receiver stated, which is the
// receiver's choice; and a conflict, which is an alarm. They are entered as
// "refused" or "conflict" and answered with a receipt that says final: false.
//
// The journal has "settled" before anybody is shown a final receipt. If the
// process or the journal failed in between, a repeat enters it, so that it may
// stand there more than once.
//
// # Clocks
//
// The store remembers the latest time that it was told. A receiver whose clock
// lies too far before it or beyond it refuses everything as not now, until the
// clock is back or somebody says that it is right
// ([Receiver.AcknowledgeClock]). The same holds if the clock was set while the
// receiver ran, by more than [envelope.MaxSkew] beside the monotonic clock, or the
// machine slept that long. A settled row is kept so long that a clock
// within these bounds cannot bring its envelope back to life. A tombstone of an
// envelope that never came is kept for good: when that one ends, only its sender
// knows. A lease that ends later than any clock within bounds could have let it
// ([MaxLease]) is over.
//
// # The outside
//
// Whoever brings an envelope is not proven to be its sender: it may be a
// captured file. So a [Reply] is a receipt encrypted to the sender, or one of
// four words ([Outward]).
//
// # Sending that survives a restart
//
// [Sender.Deliver] makes one attempt and remembers nothing. A [Dispatcher] posts a
// sealed envelope to an [Outbox] and returns once it is durable there; then it
// carries every parcel until the recipient's receipt is verified, across
// restarts, one peer not waiting for another, and gives up only by its policy,
// on record.
//
// # Content of any size
//
// Content beyond [Shipment].InlineLimit is a body: sealed in the pass that reads and
// checks it, never in memory as a whole. A sender keeps it as a file, and a
// [Dispatcher] in a folder beside its outbox, durable before its parcels are. A
// receiver proves the sender and asks the agreement before it keeps a byte of it;
// keeps chunks that have verified, sealed as they are, in its Spool; and when the
// closing statement has been verified goes on as with any other envelope. The
// handler then reads it from there, and every chunk is verified once more. Where the
// same identity comes with another content root than was admitted, that is a
// conflict: the sender has signed two bodies. Receipts name the root.
//
// A transport may go on where an upload was cut ([File], [Receiver.BeginUpload],
// [Receiver.ContinueUpload]). What a sender holds until the receipt is the one copy
// that is promised: a Spool that is lost costs a transfer, no more.
//
// A receiver with a [Stage] reads a body once: "released" is on record first, then
// content is staged while it is verified and checked, the claim is taken at the end,
// and only then the handler is called.
//
// Content is a sequence of records, or one document of another media type, which
// nothing checks and a receiver takes only if it names the type
// ([ReceiverConfig].Documents).
//
// # Corrections and retractions
//
// Nothing is edited. A [Correction] supersedes an envelope by another one for the
// same recipients and of the same dataset; with no records it retracts it. The
// revisions of an envelope form a [Line]: from the admission of one of them on, its
// store admits no earlier one, in whatever order they arrive, and answers those
// with a final receipt, [envelope.ReasonSuperseded]. The handler of the correction
// learns what is superseded from the manifest. While the handler of an earlier
// revision is at work, a correction waits; one whose lease has run out can no
// longer settle.
//
// # Gaps
//
// [Dispatcher.Send] numbers the envelopes of a channel: one sender's envelopes of
// one dataset to one set of recipients. The numbers begin with 1 in each epoch,
// which is random and belongs to the outbox. A recipient notes what came and an
// agreement allows, and each final receipt lists the numbers below the highest
// that have not come ([Claims.Missing]), as of then: they may be on their way. A
// number that was taken and not posted, as by a crash, is void; later envelopes of
// the channel list the highest 64 void ones. What was given up is sent again by
// [Dispatcher.Resend]. An outbox that was restored from an older copy must be
// renumbered ([Outbox]), or it gives numbers twice, which hides gaps and harms
// nothing else: numbers identify nothing.
//
// # Requests and replies
//
// A request is an envelope like any other, of a dataset made for it. Whoever
// handles it answers by [Dispatcher.Reply] with an envelope that names it; the
// asking side finds what it had asked by [Dispatcher.Answered].
//
// # Receipts
//
// A receipt is a compact JWS by the recipient (typ segel-receipt+jwt) over the
// claims of [Claims], filled up with blanks to a multiple of 1024 bytes so that
// its length does not tell the outcome, inside a compact JWE (typ
// segel-receipt+jwe, whose plaintext is the JWS and nothing else) to the
// sender's current encryption key. Both tokens have the headers that package
// envelope specifies, at most 64 KiB, and the claims obey its rules for JSON;
// aud is one party here. The JWS is what a store keeps; the JWE is made anew
// for each answer.
//
// The claims must agree with each other. Root is that of the body, once it was
// verified, and absent for inline content. Accepted is final, without reason,
// code or records in error. Cancelled is final, its reason is cancelled.
// Refused has a reason, and is final exactly if that settles
// ([envelope.Reason.Settles]); else it is one of the four above. A code goes
// only with the reason rejected, and is one to four words of 1 to 16 small
// letters, joined by "_". Ranges in missing ascend. A sender refuses a receipt
// whose iat is more than [envelope.MaxSkew] before the envelope's, unless it is
// cancelled, or as much after its own clock.
//
// # Operations
//
// Senders, receivers and dispatchers tell a log and an [Observer] what they do, in
// codes, counts and public identifiers. The doc of [Observer] lists the events,
// and says what an operator does; package exchange/observe/prometheus makes
// metrics of them.
//
// # Not promised
//
// A recipient may read and never sign a receipt. Once the key that signed it has
// passed its acceptUntil, or was compromised, a receipt that is fetched anew is
// no longer accepted, and there will be no other: keep the first. The journal of
// somebody else's modified program proves nothing. Control over a recipient who copies
// plaintext is a matter of law: software gives evidence and default refusal.
package exchange
