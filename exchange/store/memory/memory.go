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

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// Store is an [exchange.Store] in memory.
type Store struct {
	mu       sync.Mutex
	rows     map[exchange.Key]*exchange.Row
	lasting  map[envelope.Party]int // rows that Purge cannot remove, by sender
	lines    map[place]*exchange.LineHead
	channels map[place]exchange.Arrivals
	marks    exchange.Marks
}

// A place is a channel of a sender, or a line in it.
type place struct {
	sender         envelope.Party
	channel, first string
}

var _ exchange.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{
		rows: map[exchange.Key]*exchange.Row{}, lasting: map[envelope.Party]int{},
		lines: map[place]*exchange.LineHead{}, channels: map[place]exchange.Arrivals{},
	}
}

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
	line := place{a.Sender, a.Place.Channel, a.Line.First}
	head := s.lines[line]
	if err := head.Admits(a, row); err != nil {
		return exchange.Claim{}, err
	}
	var yielded *exchange.Row
	lasting := s.lasting[a.Sender]
	if before, ok := head.Before(a); ok && s.rows[before] != nil {
		earlier := *s.rows[before]
		changed, err := earlier.Yield(a, now)
		if err != nil {
			return exchange.Claim{}, err
		}
		if changed {
			yielded = &earlier
			if s.rows[before].Lasts() && !earlier.Lasts() {
				lasting--
			}
		}
	}
	if row == nil {
		if err := s.marks.Admits(a); err != nil {
			return exchange.Claim{}, err
		}
		if lasting >= a.Quota {
			return exchange.Claim{}, exchange.ErrQuota
		}
	}
	if yielded != nil {
		s.put(yielded)
	}
	if next := head.After(a); next != nil {
		s.lines[line] = next
	}
	s.arrived(a)
	next := exchange.Row{Admission: a}
	if row != nil {
		next = *row
	}
	next.Fence++
	next.LeaseUntil = now.Add(lease)
	s.put(&next)
	s.raise(exchange.Marks{Clock: now})
	return exchange.Claim{Key: a.Key, Fence: next.Fence, Until: next.LeaseUntil}, nil
}

// put puts a row in the place of the one that was there.
func (s *Store) put(row *exchange.Row) {
	if s.rows[row.Key].Lasts() {
		s.lasting[row.Sender]--
	}
	if row.Lasts() {
		s.lasting[row.Sender]++
	}
	s.rows[row.Key] = row
}

// arrived notes the number of an envelope.
func (s *Store) arrived(a exchange.Admission) {
	if a.Place.Epoch != "" {
		at := place{sender: a.Sender, channel: a.Place.Channel}
		s.channels[at] = s.channels[at].Add(a.Place, a.Void)
	}
}

// Missing returns what has not come.
func (s *Store) Missing(ctx context.Context, sender envelope.Party, p exchange.Place) ([]exchange.Range, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.channels[place{sender: sender, channel: p.Channel}].Missing(p.Epoch), nil
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
	next := *row
	next.Settlement, next.LeaseUntil = &settled, time.Time{}
	s.put(&next)
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
	kept := clone(settled)
	next := exchange.Row{Admission: a}
	if row != nil {
		next = *row
	} else if err := s.marks.Admits(a); err != nil {
		return exchange.Settlement{}, err
	}
	next.Settlement, next.LeaseUntil = &kept, time.Time{}
	if row == nil && next.Lasts() && s.lasting[a.Sender] >= a.Quota {
		return exchange.Settlement{}, exchange.ErrQuota
	}
	s.arrived(a)
	s.put(&next)
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
	s.raise(exchange.Marks{Purged: now})
	n := 0
	for key, row := range s.rows {
		if row.Ended() && !now.Before(row.KeepUntil) {
			delete(s.rows, key)
			n++
		}
	}
	for at, head := range s.lines {
		if !now.Before(head.KeepUntil) {
			delete(s.lines, at)
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
