package exchange

import (
	"time"

	"github.com/segel-id/segel/envelope"
)

// An Observer is told what a [Sender], a [Dispatcher] and a [Receiver] have done:
// it is where metrics come from. Package exchange/observe/prometheus has one for
// Prometheus. The Logger that stands beside it in each configuration is told the
// same in more words; see below.
//
// # What it may do
//
// Observe is called by the goroutine that did the work, once what it reports is
// durable or has failed, and holding no lock. So an observer that is slow delays
// answers and attempts but loses nothing, and one that panics is ignored: so is a
// log handler. It MUST be safe for concurrent use, and should neither block nor
// allocate. It may be shared by everything in one process.
//
// # What it is told
//
// Codes, counts and durations, and the other party once that is known: see
// [Observation]. Nothing that somebody else wrote freely reaches an observer or a
// log, neither a record's value nor a key, a header, an error's text or a name
// that no directory lists. So a metric may have one series for each combination
// of operation, peer, outcome and reason: strangers cannot add to them.
//
// # What an operator looks for
//
// Each [envelope.Reason] says what to do about it. Worth a call at night:
//
//	receive, reason conflict        a sender signed two contents under one identity: ask it, keep both
//	receive, reason forwarded       some recipient passes envelopes on: ask the sender to whom it sent this one
//	receive, reason bad_signature   in numbers: somebody forges, or a sender's program is defective
//	receive, reason bad_content     in numbers: some recipient of the same envelopes tampers with them
//	any, reason clock               nothing is accepted until somebody has looked at the clock
//	any, reason directory_stale     nothing is accepted or sent until the current directory is fetched
//	any, reason unavailable         a store, journal or peer fails; nothing is lost meanwhile
//	receive, reason handler_failed  the receiving application fails; it is called again with the same envelope
//	give_up                         a parcel is no longer sent: cancel it, or retry it when the peer is back
//	deliver, reason malformed, bad_signature, bad_content, key_not_valid
//	                                the peer cannot read what is sent, or something answers in its place
//
// A handler that fails for ever shows as the same envelopes unsettled, a peer that
// is away as an old oldest parcel: [Dispatcher.Backlog] and [Receiver.Unsettled]
// are for gauges of what waits, since when, and for whom.
//
// # Events
//
// The texts and the names of attributes are stable. "reason" is an
// [envelope.Reason], "" if nothing was refused; sender, id and digest are absent
// until the sender is proven. A receiver logs
//
//	received            one attempt at an envelope: reason, answered, sender, id, digest, outcome, repeat, records, findings, bytes, took, handler
//	question answered   one settle-or-cancel, with the same
//	handler panicked    Error; what the panic said is not told
//	claim lost          Warn: a handler ran on while another process took its envelope over
//	refusals repeat     Warn: bad_signature or bad_content, ten times or more within a minute, with count; again each minute
//	directory in force  Info: version, digest, expires
//	clock acknowledged  Warn
//
// The attribute answered is "receipt" or the [Outward] word that the bringer got.
// The first two are Info if the sender is proven and Debug if not, because a
// stranger can cause any number of them. Told more loudly, but at most once in a
// second for each reason: Error for the alarms conflict and forwarded, Warn for
// what is wrong on this side (clock, directory_stale, unavailable, misuse,
// handler_failed, or a final receipt that cannot be encrypted to its sender). An
// input that breaks off is its bringer's doing and Debug.
//
// A sender logs
//
//	sealed              Info: id, digest, dataset, recipients, records, findings, bytes, took
//	not sealed          Warn: reason; Error if it is unavailable
//	delivered           Info: the receipt of one [Sender.Deliver]: id, digest, to, outcome, reason, took
//	not delivered       Warn: id, digest, to, reason, took
//	asked, not asked    the same for [Sender.Cancel]
//	directory in force  as above
//
// A dispatcher logs, with id, digest and to wherever it is about one parcel
//
//	parcel settled      Info: outcome, reason, attempts
//	parcel not settled  Info: reason, attempts, next, with no reason if this side ended it; Error for a conflict or an answer that claims to be a receipt and is none
//	parcel given up     Error: reason, attempts
//	parcel not posted   Warn: reason, without to; Error if it is unavailable
//	parcel not sent, parcel not written, receipt not written, number not voided
//	                    Error: reason; the outbox failed, and it goes on
//	numbers missing     Warn: to, dataset, from, to_number, ranges; the recipient misses earlier envelopes, see [Dispatcher.Resend]
//	nothing is sent     Error: reason; the outbox fails, or the directory has expired
type Observer interface {
	// Observe is told of one operation that has ended.
	Observe(Observation)
}

// Operation names what was done. There are only those below.
type Operation string

// The operations. A duration is by this machine's monotonic clock unless
// something else is said.
const (
	// OperationSeal: a Sender sealed, or refused to. Bytes is the content's size.
	OperationSeal Operation = "seal"
	// OperationPost: a Dispatcher put an envelope into its outbox. Bytes is the
	// size of all its files.
	OperationPost Operation = "post"
	// OperationDeliver: one attempt to hand an envelope to one recipient. Bytes is
	// the file's size.
	OperationDeliver Operation = "deliver"
	// OperationAsk: one attempt to ask a recipient to settle or cancel.
	OperationAsk Operation = "ask"
	// OperationSettle: a parcel is settled. Duration is the time since it was
	// posted, by the sender's clock.
	OperationSettle Operation = "settle"
	// OperationGiveUp: a parcel was given up. Duration is as for OperationSettle.
	OperationGiveUp Operation = "give_up"
	// OperationReceive: one attempt at an envelope by a Receiver. Bytes is how many
	// were read.
	OperationReceive Operation = "receive"
	// OperationAnswer: a Receiver answered a settle-or-cancel.
	OperationAnswer Operation = "answer"
)

// An Observation is one operation that has ended. Whatever its text members hold
// is from a closed set, but for Peer.
type Observation struct {
	// Operation is what was done.
	Operation Operation
	// Peer is the other party; "" if there is none, as for OperationSeal, or if
	// nobody is proven to be it. It is a recipient that this program sealed for, or
	// a sender that its signature has proven under the directory in force: there
	// are never more than directories have listed.
	Peer envelope.Party
	// Outcome is how the envelope is settled, "" if it is not.
	Outcome Outcome
	// Reason is one of [envelope.Reasons]; "" if nothing was refused or went wrong.
	// A repeat of a settled envelope is ReasonReplayed.
	Reason envelope.Reason
	// Cut says that the attempt ended before anybody answered: the input of a
	// receiver broke off, or the dispatcher was stopped. The reason is then
	// ReasonUnavailable, and no fault of this side's.
	Cut bool

	Duration time.Duration // how long the operation took
	Handler  time.Duration // how much of it the receiving application's handler took, 0 if it was not called
	Bytes    int64         // see the operation; 0 if unknown
	Records  int           // that were sealed, or checked when they were received
	Findings int           // of the check of these records
}

// known returns o if it is one of ours, else "".
func (o Outcome) known() Outcome {
	switch o {
	case OutcomeAccepted, OutcomeRefused, OutcomeCancelled:
		return o
	}
	return ""
}
