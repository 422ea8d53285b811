package postgres

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// A read is one caller's question for a row, a channel or a parcel, one of them,
// and its answer. Those who ask at the same time share the statements.
type read struct {
	row     *exchange.Key
	channel *channelKey
	parcel  *address

	found *exchange.Row
	marks exchange.Marks // as they were after the row was read
	come  exchange.Arrivals
	sent  *exchange.Parcel
	err   error
}

// Lookup returns the row and the marks.
func (s *Store) Lookup(ctx context.Context, key exchange.Key) (*exchange.Row, exchange.Marks, error) {
	if !sound(string(key.Sender), key.ID) {
		key = exchange.Key{} // nothing can be there
	}
	r := &read{row: &key}
	if err := s.ask(ctx, r); err != nil {
		return nil, exchange.Marks{}, err
	}
	return r.found, r.marks, nil
}

// Missing returns what has not come.
func (s *Store) Missing(ctx context.Context, sender envelope.Party, p exchange.Place) ([]exchange.Range, error) {
	if !sound(string(sender), p.Channel) {
		return nil, errUnsound
	}
	r := &read{channel: &channelKey{sender, p.Channel}}
	if err := s.ask(ctx, r); err != nil {
		return nil, err
	}
	return r.come.Missing(p.Epoch), nil
}

func (s *Store) ask(ctx context.Context, r *read) error {
	if ctx.Err() != nil {
		return unusable("the caller gave up")
	}
	s.reads.Do(r, s.look)
	return outward(r.err)
}

// look answers a batch. If what one asks for is damaged, each is answered alone.
func (s *Store) look(batch []*read) {
	err := s.repeat(func(ctx context.Context) error {
		return s.raw(ctx, func(c *pgx.Conn) error { return s.lookAt(ctx, c, batch) })
	})
	if err != nil && len(batch) > 1 && originOf(err) == refused {
		for i := range batch {
			s.look(batch[i : i+1])
		}
		return
	}
	for _, r := range batch {
		r.err = err
	}
}

// lookAt answers a batch in one round trip.
func (s *Store) lookAt(ctx context.Context, c *pgx.Conn, batch []*read) error {
	rows, channels, parcels := map[exchange.Key]*exchange.Row{}, map[channelKey]*channel{}, map[address]*exchange.Parcel{}
	for _, r := range batch {
		switch {
		case r.row != nil:
			rows[*r.row] = nil
		case r.channel != nil:
			channels[*r.channel] = &channel{}
		default:
			parcels[*r.parcel] = nil
		}
	}
	b := &pgx.Batch{}
	q := func(name string, each func(scanner) error, args ...any) {
		b.Queue(s.sql[name], args...).Query(func(found pgx.Rows) error { return eachOf(found, each) })
	}
	b.Queue(s.sql["plan"]) // for as long as the batch is under way
	var marks exchange.Marks
	marked := len(rows) == 0 // nobody wants them
	if len(rows) > 0 {
		senders, ids := keyArgs(slices.Collect(maps.Keys(rows)))
		q("rows_get", func(r scanner) error {
			row, err := scanRow(r)
			if err == nil {
				rows[row.Key] = row
			}
			return err
		}, senders, ids)
		q("marks", func(r scanner) (err error) { marked = true; marks, err = scanMarks(r); return err })
	}
	if len(channels) > 0 {
		senders, names := channelArgs(channels)
		q("channels_get", func(r scanner) error {
			key, a, err := scanChannel(r)
			if err == nil {
				channels[key].arrivals = a
			}
			return err
		}, senders, names)
	}
	if len(parcels) > 0 {
		senders, ids, recipients := addressArgs(slices.Collect(maps.Keys(parcels)))
		q("parcels_get", func(r scanner) error {
			p, err := scanParcelFile(r)
			if err == nil {
				parcels[addressOf(p.Sent)] = p
			}
			return err
		}, senders, ids, recipients)
	}
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if !marked {
		return errNoMarks
	}
	for _, r := range batch { // what each gets is its own
		switch {
		case r.row != nil:
			r.found, r.marks = ownRow(rows[*r.row]), marks
		case r.channel != nil:
			r.come = channels[*r.channel].arrivals // which nobody changes
		default:
			r.sent = ownParcel(parcels[*r.parcel])
		}
	}
	return nil
}

func ownRow(row *exchange.Row) *exchange.Row {
	if row == nil {
		return nil
	}
	own := *row
	if row.Settlement != nil {
		settled := clone(*row.Settlement)
		own.Settlement = &settled
	}
	return &own
}

func ownParcel(p *exchange.Parcel) *exchange.Parcel {
	if p == nil {
		return nil
	}
	own := *p
	own.File, own.Receipt = bytes.Clone(p.File), bytes.Clone(p.Receipt)
	return &own
}

// query runs one statement of files and returns what scan makes of its rows. If it is
// repeated, what came before it broke is forgotten.
func query[T any](ctx context.Context, s *Store, name string, scan func(scanner) (T, error), args ...any) (out []T, err error) {
	if ctx.Err() != nil {
		return nil, unusable("the caller gave up")
	}
	err = s.repeat(func(ctx context.Context) error {
		out = nil
		return s.raw(ctx, func(c *pgx.Conn) error {
			b := &pgx.Batch{}
			b.Queue(s.sql["plan"])
			b.Queue(s.sql[name], args...).Query(func(found pgx.Rows) error {
				return eachOf(found, func(r scanner) error {
					row, err := scan(r)
					out = append(out, row)
					return err
				})
			})
			return c.SendBatch(ctx, b).Close()
		})
	})
	if err != nil {
		return nil, outward(err)
	}
	return out, nil
}

func eachOf(found pgx.Rows, each func(scanner) error) error {
	for found.Next() {
		if err := each(found); err != nil {
			return err
		}
	}
	return found.Err()
}
