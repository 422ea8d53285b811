package exchange

import (
	"context"
	"io"
	"time"

	"github.com/segel-id/segel/envelope"
)

// A Transport carries sealed bytes to a party and brings its answer back. It
// sees no plaintext, decides nothing and may lose, repeat, delay or reorder
// what it carries.
type Transport interface {
	// Deliver hands an envelope file, which the transport reads to its end, to a
	// party. An error means that it is unknown whether the file arrived: the same
	// bytes may be sent again. It MUST be safe for concurrent use.
	//
	// An envelope with a body may be of any size and is a [File], which stands on a
	// disk: a transport should not hold it in memory, and may go on where an earlier
	// call of Deliver was cut.
	Deliver(ctx context.Context, to envelope.Party, file io.Reader) (Reply, error)

	// Ask hands a signed question, made by [Sender.Cancel], to a party, under
	// the rules of Deliver.
	Ask(ctx context.Context, to envelope.Party, question []byte) (Reply, error)
}

// A Reply is all that a receiver tells whoever brought it an envelope: a receipt
// or a refusal, never both. A receipt can be read by the envelope's sender alone,
// so that a stranger who posts a captured file again learns nothing.
type Reply struct {
	Receipt []byte  // compact JWE; see [OpenReceipt]
	Refusal Outward // when there is no receipt
	// RetryAfter is how long whoever asked to try later wants to be left alone; 0:
	// it did not say. A [Dispatcher] keeps to it.
	RetryAfter time.Duration
}

// Outward is a refusal as told to somebody who is not proven to be the sender.
// There are four, so that nothing can be learned from them.
type Outward string

// The four outward answers.
const (
	OutwardMalformed  Outward = "malformed"   // it is not a file of ours
	OutwardCannotOpen Outward = "cannot_open" // it cannot be opened, for whatever cause
	OutwardTooLarge   Outward = "too_large"   // it is beyond a limit
	OutwardTryLater   Outward = "try_later"   // bring the same bytes again
)

// Outwardly returns what an outsider may know of a refusal.
func Outwardly(reason envelope.Reason) Outward {
	switch {
	case reason == envelope.ReasonMalformed:
		return OutwardMalformed
	case reason == envelope.ReasonTooLarge:
		return OutwardTooLarge
	case reason.Kind() == envelope.KindDamage:
		return OutwardCannotOpen
	}
	return OutwardTryLater
}

// err returns the refusal as an error for the sender's side.
func (o Outward) err() error {
	switch o {
	case OutwardMalformed:
		return refuse(envelope.ReasonMalformed, "says the recipient")
	case OutwardTooLarge:
		return refuse(envelope.ReasonTooLarge, "says the recipient")
	case OutwardCannotOpen:
		return refuse(envelope.ReasonCannotOpen, "says the recipient")
	case OutwardTryLater:
		return refuse(envelope.ReasonUnavailable, "the recipient asks to try later")
	}
	return refuse(envelope.ReasonUnavailable, "the reply is neither a receipt nor a refusal")
}

func refuse(r envelope.Reason, detail string) *envelope.Error {
	return &envelope.Error{Reason: r, Detail: detail}
}
