package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// Outbox is an [exchange.Outbox] in memory, for tests: what it holds is lost
// with its process. It looks through all of its parcels in every call but
// Parcel and Update.
type Outbox struct {
	mu      sync.Mutex
	parcels map[address]*exchange.Parcel
	numbers map[string]*exchange.Numbers // by channel
	marks   exchange.Marks
}

// An address is the identity of a parcel.
type address struct {
	exchange.Key
	to envelope.Party
}

var _ exchange.Outbox = (*Outbox)(nil)

// NewOutbox returns an empty outbox.
func NewOutbox() *Outbox {
	return &Outbox{parcels: map[address]*exchange.Parcel{}, numbers: map[string]*exchange.Numbers{}}
}

// Number takes the next number of a channel.
func (o *Outbox) Number(ctx context.Context, channel string, now time.Time) (envelope.Sequence, error) {
	if err := ctx.Err(); err != nil {
		return envelope.Sequence{}, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.numbers[channel] == nil {
		o.numbers[channel] = &exchange.Numbers{}
	}
	return o.numbers[channel].Take(now), nil
}

// Burn makes numbers void.
func (o *Outbox) Burn(ctx context.Context, channel, epoch string, numbers ...int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if n := o.numbers[channel]; n != nil {
		for _, number := range numbers {
			n.Burn(epoch, number)
		}
	}
	return nil
}

// Renumber begins new epochs.
func (o *Outbox) Renumber(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.numbers)
	return nil
}

// Marks returns the marks.
func (o *Outbox) Marks(ctx context.Context) (exchange.Marks, error) {
	if err := ctx.Err(); err != nil {
		return exchange.Marks{}, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.marks, nil
}

// Raise raises the marks.
func (o *Outbox) Raise(ctx context.Context, m exchange.Marks) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.marks = o.marks.Raised(m)
	return nil
}

// Put adds parcels, all or none.
func (o *Outbox) Put(ctx context.Context, parcels ...exchange.Parcel) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	fresh := map[address]*exchange.Parcel{}
	for _, p := range parcels {
		at := address{p.Key, p.Recipient}
		for _, there := range []map[address]*exchange.Parcel{o.parcels, fresh} {
			for other, known := range there {
				if other.Key != p.Key {
					continue
				}
				if err := known.Again(p.Digest); err != nil {
					return err
				}
			}
		}
		if o.parcels[at] == nil && fresh[at] == nil {
			p := own(p)
			p.Revision = 1
			fresh[at] = &p
		}
	}
	if err := o.post(fresh); err != nil {
		return err
	}
	for at, p := range fresh {
		o.parcels[at] = p
	}
	return nil
}

// post notes which numbers are posted: all of them or none.
func (o *Outbox) post(fresh map[address]*exchange.Parcel) error {
	type number struct {
		channel, epoch string
		n              int64
	}
	posted := map[number]bool{}
	for _, p := range fresh {
		if p.Epoch != "" {
			posted[number{p.Channel, p.Epoch, p.Number}] = true
		}
	}
	for n := range posted {
		if !o.numbers[n.channel].Posts(n.epoch, n.n) {
			return exchange.ErrFenced
		}
	}
	for n := range posted {
		_ = o.numbers[n.channel].Post(n.epoch, n.n)
	}
	return nil
}

// Parcel returns a copy of a parcel.
func (o *Outbox) Parcel(ctx context.Context, key exchange.Key, to envelope.Party) (*exchange.Parcel, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.parcels[address{key, to}]
	if p == nil {
		return nil, nil
	}
	out := own(*p)
	return &out, nil
}

// Parcels returns parcels behind one.
func (o *Outbox) Parcels(ctx context.Context, after exchange.Sent, limit int) ([]exchange.Parcel, error) {
	last := &exchange.Parcel{Sent: after}
	return o.list(ctx, limit, byAddress, func(p *exchange.Parcel) bool { return byAddress(p, last) > 0 })
}

// Recipients returns whom there are open parcels for.
func (o *Outbox) Recipients(ctx context.Context) (map[envelope.Party]time.Time, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	first := map[envelope.Party]time.Time{}
	for _, p := range o.parcels {
		if at, ok := first[p.Recipient]; p.Open() && (!ok || p.Next.Before(at)) {
			first[p.Recipient] = p.Next
		}
	}
	return first, nil
}

// Due returns what may be sent to a recipient.
func (o *Outbox) Due(ctx context.Context, to envelope.Party, now time.Time, limit int) ([]exchange.Parcel, error) {
	order := func(a, b *exchange.Parcel) int { return cmp.Or(a.Next.Compare(b.Next), byAddress(a, b)) }
	return o.list(ctx, limit, order, func(p *exchange.Parcel) bool {
		return p.Open() && p.Recipient == to && !p.Next.After(now)
	})
}

// Overdue returns what is past its deadline.
func (o *Outbox) Overdue(ctx context.Context, now time.Time, limit int) ([]exchange.Parcel, error) {
	order := func(a, b *exchange.Parcel) int { return cmp.Or(a.Deadline.Compare(b.Deadline), byAddress(a, b)) }
	return o.list(ctx, limit, order, func(p *exchange.Parcel) bool { return p.Open() && !p.Deadline.After(now) })
}

// Update changes a parcel.
func (o *Outbox) Update(ctx context.Context, p exchange.Parcel) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	at := address{p.Key, p.Recipient}
	next, err := o.parcels[at].Changed(p)
	if err != nil {
		return err
	}
	next.Receipt = bytes.Clone(next.Receipt)
	o.parcels[at] = &next
	return nil
}

// Purge removes settled parcels.
func (o *Outbox) Purge(ctx context.Context, before time.Time) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for at, p := range o.parcels {
		if p.State == exchange.ParcelSettled && p.SettledAt.Before(before) {
			delete(o.parcels, at)
			n++
		}
	}
	return n, nil
}

// list returns the parcels that are wanted, in order and without their files.
func (o *Outbox) list(ctx context.Context, limit int, order func(a, b *exchange.Parcel) int, want func(*exchange.Parcel) bool) ([]exchange.Parcel, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []*exchange.Parcel
	for _, p := range o.parcels {
		if want(p) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, order)
	var out []exchange.Parcel
	for _, p := range found[:max(0, min(limit, len(found)))] {
		p := *p
		p.File = nil
		out = append(out, own(p))
	}
	return out, nil
}

func byAddress(a, b *exchange.Parcel) int {
	return cmp.Or(cmp.Compare(a.Sender, b.Sender), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Recipient, b.Recipient))
}

// own returns a copy that shares no bytes.
func own(p exchange.Parcel) exchange.Parcel {
	p.File, p.Receipt = bytes.Clone(p.File), bytes.Clone(p.Receipt)
	return p
}
