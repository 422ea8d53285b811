package postgres

import (
	"context"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// admits is what an admission looks at.
func admits(a exchange.Admission) need {
	n := need{sender: a.Sender, rows: []exchange.Key{a.Key}, line: lineKey{a.Sender, a.Place.Channel, a.Line.First}}
	if a.Line.Revision > 0 {
		n.revises = true
		n.rows = append(n.rows, exchange.Key{Sender: a.Sender, ID: a.Line.First})
	}
	return n
}

// holdable reports whether PostgreSQL can hold what is kept of an admission.
func holdable(a exchange.Admission) bool {
	return a.Sender != "" && sound(a.Digest, a.Root, a.Agreement)
}

// Claim admits and claims.
func (s *Store) Claim(ctx context.Context, a exchange.Admission, now time.Time, lease time.Duration) (c exchange.Claim, err error) {
	if !holdable(a) {
		return c, errUnsound
	}
	err = s.do(ctx, &s.writes, admits(a), func(t *tx) error {
		c, err = t.claim(a, now, lease)
		return err
	})
	if err != nil {
		return exchange.Claim{}, err
	}
	return c, nil
}

func (t *tx) claim(a exchange.Admission, now time.Time, lease time.Duration) (c exchange.Claim, err error) {
	own := t.rows[a.Key]
	if err := own.row.Free(a.Digest, now); err != nil {
		return c, err
	}
	l := t.lines[lineKey{a.Sender, a.Place.Channel, a.Line.First}]
	if err := l.head.Admits(a, own.row); err != nil {
		return c, err
	}
	var before *held
	var yielded *exchange.Row // nil: nothing gives way
	lasting := t.lasting[a.Sender]
	if key, ok := l.head.Before(a); ok {
		if before = t.rows[key]; before == nil {
			return c, unusable("a line is damaged")
		}
		if before.row != nil {
			earlier := *before.row
			changed, err := earlier.Yield(a, now)
			if err != nil {
				return c, err
			}
			if changed {
				yielded = &earlier
				if before.row.Lasts() && !earlier.Lasts() {
					lasting--
				}
			}
		}
	}
	next := exchange.Row{Admission: a}
	if own.row != nil {
		next = *own.row
	} else {
		if err := t.marks.Admits(a); err != nil {
			return c, err
		}
		if lasting >= int64(a.Quota) {
			return c, exchange.ErrQuota
		}
	}
	if yielded != nil {
		t.put(before, yielded)
	}
	if after := l.head.After(a); after != l.head {
		l.head, l.changed = after, true
	}
	t.arrived(a)
	next.Fence++
	next.LeaseUntil = now.Add(lease)
	t.put(own, &next)
	t.raise(now)
	return exchange.Claim{Key: a.Key, Fence: next.Fence, Until: next.LeaseUntil}, nil
}

// arrived notes the number of an envelope.
func (t *tx) arrived(a exchange.Admission) {
	if a.Place.Epoch != "" {
		c := t.channels[channelKey{a.Sender, a.Place.Channel}]
		c.arrivals, c.changed, t.changed = c.arrivals.Add(a.Place, a.Void), true, true
	}
}

// held returns the row that the claim holds.
func (t *tx) held(c exchange.Claim) (*held, error) {
	h := t.rows[c.Key]
	return h, h.row.Held(c)
}

// Renew extends a claim.
func (s *Store) Renew(ctx context.Context, c exchange.Claim, now time.Time, lease time.Duration) (exchange.Claim, error) {
	until := now.Add(lease)
	if err := s.lease(ctx, c, until); err != nil {
		return exchange.Claim{}, err
	}
	c.Until = until
	return c, nil
}

// Release gives a claim up.
func (s *Store) Release(ctx context.Context, c exchange.Claim) error {
	return s.lease(ctx, c, time.Time{})
}

func (s *Store) lease(ctx context.Context, c exchange.Claim, until time.Time) error {
	return s.do(ctx, &s.writes, need{rows: []exchange.Key{c.Key}}, func(t *tx) error {
		h, err := t.held(c)
		if err != nil {
			return err
		}
		next := *h.row
		next.LeaseUntil = until
		t.put(h, &next)
		return nil
	})
}

// Settle settles a claimed row.
func (s *Store) Settle(ctx context.Context, c exchange.Claim, settled exchange.Settlement) error {
	if !settles(settled) {
		return errUnsound
	}
	return s.do(ctx, &s.writes, need{rows: []exchange.Key{c.Key}}, func(t *tx) error {
		h, err := t.held(c)
		if err != nil {
			return err
		}
		next := *h.row
		next.Settlement, next.LeaseUntil = &settled, time.Time{}
		t.put(h, &next)
		t.raise(settled.At)
		return nil
	})
}

var errUnsound = unusable("an identifier that the database cannot hold")

func settles(s exchange.Settlement) bool {
	return s.Outcome != "" && len(s.Receipt) > 0 && sound(string(s.Outcome), string(s.Reason))
}

// Tombstone settles a row that nobody works on.
func (s *Store) Tombstone(ctx context.Context, a exchange.Admission, settled exchange.Settlement, now time.Time) (kept exchange.Settlement, err error) {
	if !holdable(a) || !settles(settled) {
		return kept, errUnsound
	}
	n := admits(a)
	n.rows, n.revises = n.rows[:1], false
	err = s.do(ctx, &s.writes, n, func(t *tx) error {
		kept = settled
		own := t.rows[a.Key]
		switch err := own.row.Free(a.Digest, now); err {
		case nil:
		case exchange.ErrSettled:
			kept = clone(*own.row.Settlement)
			return nil
		default:
			return err
		}
		next := exchange.Row{Admission: a}
		if own.row != nil {
			next = *own.row
		} else if err := t.marks.Admits(a); err != nil {
			return err
		}
		next.Settlement, next.LeaseUntil = &settled, time.Time{}
		if next.Lasts() && !own.row.Lasts() && t.lasting[a.Sender] >= int64(a.Quota) {
			return exchange.ErrQuota
		}
		t.arrived(a)
		t.put(own, &next)
		t.raise(now)
		return nil
	})
	if err != nil {
		return exchange.Settlement{}, err
	}
	return kept, nil
}

// Raise raises the marks.
func (s *Store) Raise(ctx context.Context, m exchange.Marks) error { return s.raise(ctx, m, &s.writes) }

func (s *Store) raise(ctx context.Context, m exchange.Marks, g *committer) error {
	if !sound(m.DirectoryDigest, string(m.Party)) {
		return errUnsound
	}
	return s.do(ctx, g, need{marks: true}, func(t *tx) error {
		raised := t.marks.Raised(m)
		if raised == t.marks {
			return nil
		}
		if !raised.Clock.Equal(t.marks.Clock) {
			t.raise(m.Clock)
		}
		t.marks, t.marksChanged, t.changed = raised, true, true
		return nil
	})
}

// Acknowledge sets the clock mark.
func (s *Store) Acknowledge(ctx context.Context, now time.Time) error {
	return s.do(ctx, &s.writes, need{marks: true}, func(t *tx) error {
		t.acknowledged, t.clock = &now, time.Time{}
		t.marks.Clock, t.changed = now, true
		return nil
	})
}

// Lasting returns how many rows of each sender last.
func (s *Store) Lasting(ctx context.Context) (map[envelope.Party]int, error) {
	type count struct {
		sender envelope.Party
		n      int
	}
	all, err := query(ctx, s, "lasting_all", func(r scanner) (one count, err error) {
		err = r.Scan(&one.sender, &one.n)
		return one, err
	})
	if err != nil {
		return nil, err
	}
	counts := map[envelope.Party]int{}
	for _, one := range all {
		counts[one.sender] = one.n
	}
	return counts, nil
}
