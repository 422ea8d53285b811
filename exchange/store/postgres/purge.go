package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/segel-id/segel/exchange"
)

// purgeStep is how much one step of a purge removes: others write in between.
const purgeStep = 1000

// Purge removes rows and lines whose time is over, in steps of 1,000: each is
// atomic, and the first raises the purge mark. It reads nothing but what is over.
func (s *Store) Purge(ctx context.Context, now time.Time) (int, error) {
	if err := s.raise(ctx, exchange.Marks{Purged: now}, &s.writes); err != nil {
		return 0, err
	}
	if _, err := s.purge(ctx, "lines_purge", now); err != nil {
		return 0, err
	}
	return s.purge(ctx, "rows_purge", now)
}

// purge repeats a step until it finds less than a whole one.
func (s *Store) purge(ctx context.Context, name string, until time.Time) (total int, err error) {
	for {
		found, gone := 0, 0
		err := s.alone(ctx, name, func(r scanner) error { return r.Scan(&found, &gone) }, func() bool { return gone > 0 }, until, purgeStep)
		if err != nil {
			return 0, err
		}
		if total += gone; found < purgeStep {
			return total, nil
		}
	}
}

// alone runs one statement that writes in a transaction of its own. What it
// returns goes to each, which may see it again from the first row on; changed
// reports whether there is anything to commit, and forgets nothing.
func (s *Store) alone(ctx context.Context, name string, each func(scanner) error, changed func() bool, args ...any) error {
	if ctx.Err() != nil {
		return unusable("the caller gave up")
	}
	return outward(s.transact(func(ctx context.Context, l *lane) (sent bool, err error) {
		t := newTx(s)
		err = s.raw(ctx, func(c *pgx.Conn) error {
			if err := t.load(ctx, c, l); err != nil {
				return err
			}
			rows, err := c.Query(ctx, s.sql[name], args...)
			if err != nil {
				return err
			}
			for rows.Next() {
				if err := each(rows); err != nil {
					rows.Close()
					return err
				}
			}
			if rows.Close(); rows.Err() != nil || !changed() {
				return rows.Err()
			}
			sent = true
			return t.commit(ctx, c)
		})
		if errors.Is(err, errAgain) {
			err = s.plant(ctx, t)
		}
		return sent, err
	}))
}
