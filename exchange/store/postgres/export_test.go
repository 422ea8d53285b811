package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Write is what Update does with what a delivery holds.
var Write = update

// Waiting returns how many callers wait for a transaction, and for an answer.
func (s *Store) Waiting() (writes, reads int) { return s.writes.Waiting(), s.reads.Waiting() }

// Raw runs f on a connection of the pool, as every use of the database does.
func (s *Store) Raw(ctx context.Context, f func(*pgx.Conn) error) error { return s.raw(ctx, f) }

// Begun runs f in a transaction that has locked what it wants and written nothing.
func (s *Store) Begun(ctx context.Context, f func(*pgx.Conn) error) error {
	l := s.take()
	defer s.give(l)
	t := newTx(s)
	return s.raw(ctx, func(c *pgx.Conn) error {
		if err := t.load(ctx, c, l); err != nil {
			return err
		}
		return f(c)
	})
}

// Lasts returns the senders of rows that last. After each of them it fails if fail says so.
func (s *Store) Lasts(ctx context.Context, fail func() error) ([]string, error) {
	return query(ctx, s, "lasting_all", func(r scanner) (sender string, err error) {
		var n int
		return sender, errors.Join(r.Scan(&sender, &n), fail())
	})
}
