package postgres

import (
	"context"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// Outbox is an [exchange.Outbox] in the schema of a [Store], with which it shares
// the marks. Any number of processes may have one, with a dispatcher each: Due
// shares the work among them.
//
// What Due returns is offered to this process, and to no other for half a minute
// or until this one is closed; no process waits for another. So several
// dispatchers do not try the same parcels. An offer decides nothing: of two that
// try one parcel all the same, the one whose Update comes first sends it.
type Outbox struct{ s *Store }

var _ exchange.Outbox = (*Outbox)(nil)

// offer is for how long a parcel is offered to one process.
const offer = 30 * time.Second

// Outbox returns the outbox in the store's schema. It is open as long as the store
// is.
func (s *Store) Outbox() *Outbox { return &Outbox{s} }

// Put adds parcels, all or none.
func (o *Outbox) Put(ctx context.Context, parcels ...exchange.Parcel) error {
	if len(parcels) == 0 {
		return nil
	}
	return o.s.do(ctx, &o.s.posts, need{posts: parcels}, func(t *tx) error { return t.post(parcels) })
}

// post judges all parcels before it puts the first.
func (t *tx) post(parcels []exchange.Parcel) error {
	type number struct {
		channel, epoch string
		n              int64
	}
	first := map[exchange.Key]*exchange.Parcel{}
	fresh := map[address]*exchange.Parcel{}
	posted := map[number]bool{}
	for i := range parcels {
		p := parcels[i]
		known := first[p.Key]
		if known == nil {
			known = t.first[p.Key]
		}
		if err := known.Again(p.Digest); err != nil {
			return err
		}
		if known == nil {
			known = &p
		}
		first[p.Key] = known
		at := addressOf(p.Sent)
		if t.parcelOf(p.Sent).Parcel != nil || fresh[at] != nil {
			continue
		}
		p.Revision = 1
		fresh[at] = &p
		if p.Epoch != "" {
			posted[number{p.Channel, p.Epoch, p.Number}] = true
		}
	}
	for n := range posted {
		if !t.numbers[n.channel].Posts(n.epoch, n.n) {
			return exchange.ErrFenced
		}
	}
	for n := range posted {
		if err := t.numbers[n.channel].Post(n.epoch, n.n); err != nil {
			return err
		}
		t.numbers[n.channel].changed = true
	}
	for at, p := range fresh {
		t.parcels[at] = &parcel{Parcel: p, changed: true}
		if t.first[p.Key] == nil {
			t.first[p.Key] = p
		}
		t.changed = true
	}
	return nil
}

// Update changes a parcel.
func (o *Outbox) Update(ctx context.Context, p exchange.Parcel) error {
	return o.s.do(ctx, &o.s.posts, need{parcel: &p}, func(t *tx) error {
		held := t.parcelOf(p.Sent)
		next, err := held.Changed(p)
		if err != nil {
			return err
		}
		held.Parcel, held.changed, t.changed = &next, true, true
		return nil
	})
}

// Number takes the next number of a channel.
func (o *Outbox) Number(ctx context.Context, channel string, now time.Time) (seq envelope.Sequence, err error) {
	err = o.s.do(ctx, &o.s.posts, need{channel: channel}, func(t *tx) error {
		n := t.numbers[channel]
		seq = n.Take(now)
		n.changed, t.changed = true, true
		return nil
	})
	if err != nil {
		return envelope.Sequence{}, err
	}
	return seq, nil
}

// Burn makes numbers void.
func (o *Outbox) Burn(ctx context.Context, channel, epoch string, burned ...int64) error {
	return o.s.do(ctx, &o.s.posts, need{channel: channel}, func(t *tx) error {
		n := t.numbers[channel]
		for _, number := range burned {
			n.Burn(epoch, number)
		}
		n.changed, t.changed = true, true
		return nil
	})
}

// Renumber begins new epochs.
func (o *Outbox) Renumber(ctx context.Context) error {
	return o.s.alone(ctx, "numbers_reset", func(scanner) error { return nil }, func() bool { return true })
}

// Marks returns the marks, which the store shares.
func (o *Outbox) Marks(ctx context.Context) (exchange.Marks, error) {
	_, m, err := o.s.Lookup(ctx, exchange.Key{})
	return m, err
}

// Raise raises the marks, which the store shares.
func (o *Outbox) Raise(ctx context.Context, m exchange.Marks) error {
	return o.s.raise(ctx, m, &o.s.posts)
}

// Parcel returns a parcel with its file.
func (o *Outbox) Parcel(ctx context.Context, key exchange.Key, to envelope.Party) (*exchange.Parcel, error) {
	if !sound(string(key.Sender), key.ID, string(to)) {
		return nil, nil // nothing can be there
	}
	r := &read{parcel: &address{key, to}}
	if err := o.s.ask(ctx, r); err != nil {
		return nil, err
	}
	return r.sent, nil
}

// Parcels returns parcels behind one.
func (o *Outbox) Parcels(ctx context.Context, after exchange.Sent, limit int) ([]exchange.Parcel, error) {
	if !sound(string(after.Sender), after.ID, string(after.Recipient)) {
		return nil, errUnsound
	}
	return o.list(ctx, "parcels_list", string(after.Sender), after.ID, string(after.Recipient), max(limit, 0))
}

// Overdue returns what is past its deadline.
func (o *Outbox) Overdue(ctx context.Context, now time.Time, limit int) ([]exchange.Parcel, error) {
	return o.list(ctx, "parcels_overdue", now, max(limit, 0))
}

func (o *Outbox) list(ctx context.Context, name string, args ...any) ([]exchange.Parcel, error) {
	return query(ctx, o.s, name, func(r scanner) (exchange.Parcel, error) {
		p, err := scanParcel(r)
		if err != nil {
			return exchange.Parcel{}, err
		}
		return *p, nil
	}, args...)
}

// Recipients returns whom there are open parcels for.
func (o *Outbox) Recipients(ctx context.Context) (map[envelope.Party]time.Time, error) {
	type recipient struct {
		to   envelope.Party
		next time.Time
	}
	all, err := query(ctx, o.s, "parcels_recipients", func(r scanner) (one recipient, err error) {
		err = r.Scan(&one.to, &one.next)
		return one, err
	})
	if err != nil {
		return nil, err
	}
	first := map[envelope.Party]time.Time{}
	for _, one := range all {
		first[one.to] = one.next.UTC()
	}
	return first, nil
}

// Due returns what may be sent to a recipient, and offers it to this process.
func (o *Outbox) Due(ctx context.Context, to envelope.Party, now time.Time, limit int) (out []exchange.Parcel, err error) {
	if !sound(string(to)) || limit <= 0 {
		return nil, nil
	}
	known := map[address]bool{}
	err = o.s.alone(ctx, "parcels_due", func(r scanner) error {
		p, err := scanParcel(r)
		if err == nil && !known[addressOf(p.Sent)] { // else it was offered before a connection broke
			known[addressOf(p.Sent)] = true
			out = append(out, *p)
		}
		return err
	}, func() bool { return len(out) > 0 }, string(to), now, limit, o.s.lane(0), now.Add(offer))
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Purge removes settled parcels, in steps of 1,000: each is atomic. It reads
// nothing but what it removes.
func (o *Outbox) Purge(ctx context.Context, before time.Time) (int, error) {
	if before.Nanosecond()%1000 != 0 {
		before = before.Truncate(time.Microsecond).Add(time.Microsecond)
	}
	return o.s.purge(ctx, "parcels_purge", before)
}
