package bolt

import (
	"context"
	"time"

	"github.com/segel-id/segel/exchange"
)

// Lookup returns the row and the marks.
func (s *Store) Lookup(ctx context.Context, key exchange.Key) (row *exchange.Row, m exchange.Marks, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		if row, err = t.row(key); err != nil {
			return err
		}
		m, err = t.getMarks()
		return err
	})
	if err != nil {
		return nil, exchange.Marks{}, err
	}
	return row, m, nil
}

// Claim admits and claims.
func (s *Store) Claim(ctx context.Context, a exchange.Admission, now time.Time, lease time.Duration) (c exchange.Claim, err error) {
	err = s.update(ctx, func(t *tx) error {
		row, err := t.row(a.Key)
		if err != nil {
			return err
		}
		if err := row.Free(a.Digest, now); err != nil {
			return err
		}
		move, err := t.supersede(a, row, now)
		if err != nil {
			return err
		}
		if row == nil {
			if err := t.admits(a); err != nil {
				return err
			}
			if err := t.within(a, move.frees); err != nil {
				return err
			}
		}
		if err := t.move(move); err != nil {
			return err
		}
		if err := t.arrived(a); err != nil {
			return err
		}
		if row == nil {
			row = &exchange.Row{Admission: a}
			if err := t.last(a.Sender, false, true); err != nil {
				return err
			}
		}
		row.Fence++
		row.LeaseUntil = now.Add(lease)
		c = exchange.Claim{Key: a.Key, Fence: row.Fence, Until: row.LeaseUntil}
		if err := t.put(row); err != nil {
			return err
		}
		return t.raise(exchange.Marks{Clock: now})
	})
	if err != nil {
		return exchange.Claim{}, err
	}
	return c, nil
}

// Renew extends a claim.
func (s *Store) Renew(ctx context.Context, c exchange.Claim, now time.Time, lease time.Duration) (exchange.Claim, error) {
	until := now.Add(lease)
	err := s.update(ctx, func(t *tx) error {
		row, err := t.held(c)
		if err != nil {
			return err
		}
		row.LeaseUntil = until
		return t.put(row)
	})
	if err != nil {
		return exchange.Claim{}, err
	}
	c.Until = until
	return c, nil
}

// Release gives a claim up.
func (s *Store) Release(ctx context.Context, c exchange.Claim) error {
	return s.update(ctx, func(t *tx) error {
		row, err := t.held(c)
		if err != nil {
			return err
		}
		row.LeaseUntil = time.Time{}
		return t.put(row)
	})
}

// Settle settles a claimed row.
func (s *Store) Settle(ctx context.Context, c exchange.Claim, settled exchange.Settlement) error {
	return s.update(ctx, func(t *tx) error { return t.settle(c, settled) })
}

func (t *tx) settle(c exchange.Claim, settled exchange.Settlement) error {
	row, err := t.held(c)
	if err != nil {
		return err
	}
	lasted := row.Lasts()
	row.Settlement, row.LeaseUntil = &settled, time.Time{}
	if err := t.last(row.Sender, lasted, row.Lasts()); err != nil {
		return err
	}
	if err := t.put(row); err != nil {
		return err
	}
	return t.raise(exchange.Marks{Clock: settled.At})
}

// Tombstone settles a row that nobody works on.
func (s *Store) Tombstone(ctx context.Context, a exchange.Admission, settled exchange.Settlement, now time.Time) (exchange.Settlement, error) {
	var kept exchange.Settlement
	err := s.update(ctx, func(t *tx) error {
		kept = settled
		row, err := t.row(a.Key)
		if err != nil {
			return err
		}
		switch err := row.Free(a.Digest, now); err {
		case nil:
		case exchange.ErrSettled:
			kept = *row.Settlement
			return nil
		default:
			return err
		}
		lasted := row.Lasts()
		if row == nil {
			if err := t.admits(a); err != nil {
				return err
			}
			row = &exchange.Row{Admission: a}
		}
		row.Settlement, row.LeaseUntil = &settled, time.Time{}
		if row.Lasts() && !lasted {
			if err := t.within(a, false); err != nil {
				return err
			}
		}
		if err := t.last(a.Sender, lasted, row.Lasts()); err != nil {
			return err
		}
		if err := t.arrived(a); err != nil {
			return err
		}
		if err := t.put(row); err != nil {
			return err
		}
		return t.raise(exchange.Marks{Clock: now})
	})
	if err != nil {
		return exchange.Settlement{}, err
	}
	return kept, nil
}

// Raise raises the marks.
func (s *Store) Raise(ctx context.Context, m exchange.Marks) error {
	return s.update(ctx, func(t *tx) error { return t.raise(m) })
}

// Acknowledge sets the clock mark.
func (s *Store) Acknowledge(ctx context.Context, now time.Time) error {
	return s.update(ctx, func(t *tx) error {
		m, err := t.getMarks()
		if err != nil {
			return err
		}
		m.Clock = now
		t.setMarks(m)
		return nil
	})
}
