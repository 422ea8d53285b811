// Package memory is a store that forgets everything when its process ends. It
// is for tests, and for opening an envelope by hand when nobody needs to know
// whether it was opened before: what a store forgets can be replayed.
//
// It holds rows in a map behind one mutex. It obeys the whole contract of
// [exchange.Store] but durability.
package memory

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/segel-id/segel/exchange"
)

// Store is an [exchange.Store] in memory.
type Store struct {
	mu    sync.Mutex
	rows  map[exchange.Key]*exchange.Row
	marks exchange.Marks
}

var _ exchange.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{rows: map[exchange.Key]*exchange.Row{}} }

// Lookup returns a copy of the row, and the marks.
func (s *Store) Lookup(ctx context.Context, key exchange.Key) (*exchange.Row, exchange.Marks, error) {
	if err := ctx.Err(); err != nil {
		return nil, exchange.Marks{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.rows[key]
	if row == nil {
		return nil, s.marks, nil
	}
	out := *row
	if row.Settlement != nil {
		settled := clone(*row.Settlement)
		out.Settlement = &settled
	}
	return &out, s.marks, nil
}

// Claim admits and claims.
func (s *Store) Claim(ctx context.Context, a exchange.Admission, now time.Time, lease time.Duration) (exchange.Claim, error) {
	if err := ctx.Err(); err != nil {
		return exchange.Claim{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.rows[a.Key]
	if err := row.Free(a.Digest, now); err != nil {
		return exchange.Claim{}, err
	}
	if row == nil {
		row = &exchange.Row{Admission: a}
		s.rows[a.Key] = row
	}
	row.Fence++
	row.LeaseUntil = now.Add(lease)
	s.raise(exchange.Marks{Clock: now})
	return exchange.Claim{Key: a.Key, Fence: row.Fence, Until: row.LeaseUntil}, nil
}

// held returns the row that the claim holds.
func (s *Store) held(c exchange.Claim) (*exchange.Row, error) {
	row := s.rows[c.Key]
	return row, row.Held(c)
}

// Renew extends a claim.
func (s *Store) Renew(ctx context.Context, c exchange.Claim, now time.Time, lease time.Duration) (exchange.Claim, error) {
	if err := ctx.Err(); err != nil {
		return exchange.Claim{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row, err := s.held(c)
	if err != nil {
		return exchange.Claim{}, err
	}
	row.LeaseUntil = now.Add(lease)
	c.Until = row.LeaseUntil
	return c, nil
}

// Release gives a claim up.
func (s *Store) Release(ctx context.Context, c exchange.Claim) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row, err := s.held(c)
	if err != nil {
		return err
	}
	row.LeaseUntil = time.Time{}
	return nil
}

// Settle settles a claimed row.
func (s *Store) Settle(ctx context.Context, c exchange.Claim, settled exchange.Settlement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row, err := s.held(c)
	if err != nil {
		return err
	}
	settled = clone(settled)
	row.Settlement, row.LeaseUntil = &settled, time.Time{}
	s.raise(exchange.Marks{Clock: settled.At})
	return nil
}

// Tombstone settles a row that nobody works on.
func (s *Store) Tombstone(ctx context.Context, a exchange.Admission, settled exchange.Settlement, now time.Time) (exchange.Settlement, error) {
	if err := ctx.Err(); err != nil {
		return exchange.Settlement{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.rows[a.Key]
	switch err := row.Free(a.Digest, now); err {
	case nil:
	case exchange.ErrSettled:
		return clone(*row.Settlement), nil
	default:
		return exchange.Settlement{}, err
	}
	if row == nil {
		row = &exchange.Row{Admission: a}
		s.rows[a.Key] = row
	}
	kept := clone(settled)
	row.Settlement, row.LeaseUntil = &kept, time.Time{}
	s.raise(exchange.Marks{Clock: now})
	return clone(settled), nil
}

// Purge removes settled rows whose time is over.
func (s *Store) Purge(ctx context.Context, now time.Time) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for key, row := range s.rows {
		if row.Settlement != nil && !now.Before(row.KeepUntil) {
			delete(s.rows, key)
			n++
		}
	}
	return n, nil
}

// Raise raises the marks.
func (s *Store) Raise(ctx context.Context, m exchange.Marks) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raise(m)
	return nil
}

func (s *Store) raise(m exchange.Marks) { s.marks = s.marks.Raised(m) }

// Acknowledge sets the clock mark.
func (s *Store) Acknowledge(ctx context.Context, now time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marks.Clock = now
	return nil
}

func clone(s exchange.Settlement) exchange.Settlement {
	s.Receipt = bytes.Clone(s.Receipt)
	return s
}
