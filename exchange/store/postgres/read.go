package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// A read is one caller's question; those who ask at the same time share the
// statements.
type read struct {
	key   exchange.Key
	row   *exchange.Row
	marks exchange.Marks
	err   error
}

// Lookup returns the row and the marks.
func (s *Store) Lookup(ctx context.Context, key exchange.Key) (*exchange.Row, exchange.Marks, error) {
	if ctx.Err() != nil {
		return nil, exchange.Marks{}, unusable("the caller gave up")
	}
	if !sound(string(key.Sender), key.ID) {
		key = exchange.Key{} // nothing can be there
	}
	r := &read{key: key}
	s.reads.Do(r, s.look)
	if r.err != nil {
		return nil, exchange.Marks{}, outward(r.err)
	}
	return r.row, r.marks, nil
}

func (s *Store) look(batch []*read) {
	var keys []exchange.Key
	for _, r := range batch {
		keys = append(keys, r.key)
	}
	rows := map[exchange.Key]*exchange.Row{}
	var marks exchange.Marks
	err := s.repeat(func(ctx context.Context) error {
		clear(rows)
		return s.raw(ctx, func(c *pgx.Conn) error {
			b := &pgx.Batch{}
			senders, ids := keyArgs(keys)
			b.Queue(s.sql["rows_get"], senders, ids).Query(func(found pgx.Rows) error {
				for found.Next() {
					row, err := scanRow(found)
					if err != nil {
						return err
					}
					rows[row.Key] = row
				}
				return found.Err()
			})
			b.Queue(s.sql["marks"]).QueryRow(func(row pgx.Row) (err error) { marks, err = scanMarks(row); return err })
			return c.SendBatch(ctx, b).Close()
		})
	})
	for _, r := range batch {
		r.err, r.marks = err, marks
		if row := rows[r.key]; row != nil && err == nil {
			own := *row // each caller's is its own
			if row.Settlement != nil {
				settled := clone(*row.Settlement)
				own.Settlement = &settled
			}
			r.row = &own
		}
	}
}

// query runs one statement of files and hands out its rows.
func (s *Store) query(ctx context.Context, name string, args []any, each func(scanner) error) error {
	if ctx.Err() != nil {
		return unusable("the caller gave up")
	}
	return outward(s.repeat(func(ctx context.Context) error {
		return s.raw(ctx, func(c *pgx.Conn) error {
			rows, err := c.Query(ctx, s.sql[name], args...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				if err := each(rows); err != nil {
					return err
				}
			}
			return rows.Err()
		})
	}))
}

// Missing returns what has not come.
func (s *Store) Missing(ctx context.Context, sender envelope.Party, p exchange.Place) (missing []exchange.Range, err error) {
	if !sound(string(sender), p.Channel) {
		return nil, errUnsound
	}
	err = s.query(ctx, "channels_get", []any{[]string{string(sender)}, []string{p.Channel}}, func(r scanner) error {
		_, a, err := scanChannel(r)
		missing = a.Missing(p.Epoch) // of nothing, if it cannot be read
		return err
	})
	if err != nil {
		return nil, err
	}
	return missing, nil
}
