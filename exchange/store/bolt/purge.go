package bolt

import (
	"bytes"
	"context"
	"time"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/exchange"
)

// purgeStep is how much one step of a purge removes: others write in between.
const purgeStep = 1000

// Purge removes rows and lines whose time is over, in steps of 1,000: each is
// atomic, and the first raises the purge mark. It reads nothing but what is over.
func (s *Store) Purge(ctx context.Context, now time.Time) (int, error) {
	if err := s.update(ctx, func(t *tx) error { return t.raise(exchange.Marks{Purged: now}) }); err != nil {
		return 0, err
	}
	until := stamp(now)
	_, err := s.inSteps(ctx, func(t *tx) (int, error) {
		return t.remove(t.lineEnds(), until, func(key []byte) error {
			if head, err := t.head(key); head == nil || err != nil || head.KeepUntil.After(now) {
				return unusable("a line is damaged")
			}
			return t.lines().Delete(key)
		})
	})
	if err != nil {
		return 0, err
	}
	return s.inSteps(ctx, func(t *tx) (int, error) {
		return t.remove(t.rowEnds(), until, func(key []byte) error {
			if row, ok := decodeRow(t.rows().Get(key)); !ok || !row.Ended() || row.KeepUntil.After(now) {
				return unusable("a row is damaged")
			}
			return t.rows().Delete(key)
		})
	})
}

// Purge removes settled parcels, in steps of 1,000: each is atomic. It reads
// nothing but what it removes.
func (o *Outbox) Purge(ctx context.Context, before time.Time) (int, error) {
	until := stamp(before.Add(-time.Microsecond)) // the latest time before it
	if before.Nanosecond()%1000 != 0 {
		until = stamp(before)
	}
	return o.s.inSteps(ctx, func(t *tx) (int, error) {
		return t.remove(t.settled(), until, func(key []byte) error {
			if p, ok := decodeParcel(key, t.parcels().Get(key)); !ok || p.State != exchange.ParcelSettled {
				return unusable("a parcel is damaged")
			}
			return t.parcels().Delete(key)
		})
	})
}

// inSteps repeats a step until it has removed less than a whole one.
func (s *Store) inSteps(ctx context.Context, step func(*tx) (int, error)) (total int, err error) {
	for {
		n := 0
		err := s.update(ctx, func(t *tx) (err error) {
			n, err = step(t)
			return err
		})
		if err != nil {
			return 0, err
		}
		if total += n; n < purgeStep {
			return total, nil
		}
	}
}

// remove takes what an index lists up to a time, one step of it, out of the index
// and out of what it is an index of.
func (t *tx) remove(index *bbolt.Bucket, until []byte, remove func(key []byte) error) (int, error) {
	var over [][]byte
	c := index.Cursor()
	for entry, _ := c.First(); entry != nil && len(over) < purgeStep; entry, _ = c.Next() {
		if len(entry) < len(until) {
			return 0, unusable("an index is damaged")
		}
		if bytes.Compare(entry[:len(until)], until) > 0 {
			break
		}
		over = append(over, bytes.Clone(entry)) // the page that it lies in may move
	}
	for _, entry := range over {
		t.dirty = true
		if err := remove(entry[len(until):]); err != nil {
			return 0, err
		}
		if err := index.Delete(entry); err != nil {
			return 0, err
		}
	}
	return len(over), nil
}
