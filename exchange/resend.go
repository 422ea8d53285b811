package exchange

import (
	"context"
	"errors"
	"slices"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/strictjson"
)

// Resent sums up what [Dispatcher.Resend] found of the numbers that were asked
// for.
type Resent struct {
	Resent  int      // parcels that are sent at once: they were on their way, or given up
	Settled []Parcel // parcels that have a final receipt, without their files: only the application can seal their data anew
}

// Resend has the parcels with these numbers of an epoch sent to a recipient at
// once, those that were given up too: it is what a receipt's [Claims.Missing] asks
// for. Numbers that the outbox does not have were void, or purged. It looks
// through the whole outbox. The error is that of [Dispatcher.Retry].
func (d *Dispatcher) Resend(ctx context.Context, to envelope.Party, epoch string, numbers ...Range) (r Resent, err error) {
	asked := func(p *Parcel) bool {
		return p.Recipient == to && epoch != "" && p.Epoch == epoch &&
			slices.ContainsFunc(numbers, func(r Range) bool { return r.From <= p.Number && p.Number <= r.To })
	}
	var after Sent
	for {
		page, err := d.box.Parcels(ctx, after, fetch)
		if err != nil {
			return r, outboxFailed
		}
		for _, p := range page {
			after = p.Sent
			if !asked(&p) {
				continue
			}
			err := d.Retry(ctx, p.Key, to)
			switch {
			case errors.Is(err, ErrSettled):
				r.Settled = append(r.Settled, p)
			case err != nil:
				return r, err
			default:
				r.Resent++
			}
		}
		if len(page) < fetch {
			return r, nil
		}
	}
}

// Answered returns the request that a delivery answers, from the outbox: it was
// sent to whoever answers, and is the one that the answer names.
//
// It is for handlers, which return its error as it is. If the delivery answers
// nothing, or nothing that is in the outbox because it was purged or never asked,
// that is [Reject] with the code not_asked. Else the outbox failed, the error has
// [envelope.ReasonUnavailable], and the answer can be brought again.
func (d *Dispatcher) Answered(ctx context.Context, answer *Delivery) (*Parcel, error) {
	m := answer.Proof().Manifest
	if m.InReplyTo == nil {
		return nil, Reject("not_asked")
	}
	p, err := d.box.Parcel(ctx, Key{d.sender.cfg.Party, m.InReplyTo.ID}, m.Sender)
	switch {
	case err != nil:
		return nil, outboxFailed
	case p == nil || p.Digest != m.InReplyTo.Digest:
		return nil, Reject("not_asked")
	}
	return p, nil
}

// Claims returns what the recipient's receipt says, which was verified when it
// came; false if the parcel is not settled.
func (p *Parcel) Claims() (c Claims, ok bool) {
	if p.State != ParcelSettled {
		return Claims{}, false
	}
	_, payload, err := envelope.PeekToken(envelope.TypeReceipt, p.Receipt)
	if err != nil || strictjson.Unmarshal(payload, &c) != nil {
		return Claims{}, false
	}
	return c, true
}
