package exchange

import (
	"context"
	"time"

	"github.com/segel-id/segel/envelope"
)

// CarryBy makes one attempt at a parcel by another transport than the sender's, at
// once: by a stick that somebody takes along, say, while the network is down. A
// parcel for which settle-or-cancel is asked is asked for. What is settled is
// ErrSettled; a parcel that was given up is tried too, and remains given up unless a
// final receipt comes.
//
// The receipt is held against what was sent, entered in the journal and stored as
// that of any other attempt; it may be one that is not final, and then the parcel
// stays open. That the transport has no answer changes nothing for the network: when
// Run tries the parcel next, and what it knows of the recipient, stay as they are.
// Other errors are those of [Sender.Deliver] and [Dispatcher.Retry].
func (d *Dispatcher) CarryBy(ctx context.Context, t Transport, key Key, to envelope.Party) (*Receipt, error) {
	if t == nil {
		return nil, refuse(envelope.ReasonMisuse, "a transport is needed")
	}
	var p Parcel
	err := d.change(ctx, address{key, to}, func(stored *Parcel) {
		if stored.State == ParcelQueued {
			stored.State = ParcelUnknown
		}
		stored.Attempts++
		p = *stored
	})
	if err != nil {
		return nil, err
	}
	p.Revision++
	began, op, size := time.Now(), OperationDeliver, int64(len(p.File))+p.Body
	if p.Cancel {
		op, size = OperationAsk, 0
	}
	f := d.carry(ctx, t, &p)
	took := time.Since(began)
	cut := ctx.Err() != nil && f.receipt == nil
	ctx = context.WithoutCancel(ctx)
	if f.receipt != nil {
		f.err = d.enter(ctx, &p, f.receipt)
	}
	d.sender.watch.carried(op, &p.Sent, f.receipt, f.err, took, size, cut)
	switch {
	case f.err != nil:
		return nil, f.err
	case f.receipt.claims.Final:
		if d.settle(ctx, &p, f.receipt, d.sender.now()).IsZero() {
			return nil, outboxFailed
		}
	default:
		// Only for people to see: if it fails, nothing is lost.
		_ = d.change(ctx, p.address(), func(stored *Parcel) { stored.Reason = f.receipt.claims.Reason })
	}
	return f.receipt, nil
}
