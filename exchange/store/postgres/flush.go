package postgres

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// commit writes what was changed and commits, in one round trip.
func (t *tx) commit(ctx context.Context, c *pgx.Conn) error {
	b := &pgx.Batch{}
	q := func(name string, want int, args ...any) {
		b.Queue(t.s.sql[name], args...).Exec(func(tag pgconn.CommandTag) error {
			if want >= 0 && tag.RowsAffected() != int64(want) {
				return unusable("a row that was locked is gone")
			}
			return nil
		})
	}
	if err := t.flush(q); err != nil {
		return err
	}
	q("node_write", 1, t.lane.id, timeArg(t.clock), t.lane.commit)
	committed := false
	b.Queue("commit").Exec(func(tag pgconn.CommandTag) error {
		committed = tag.String() == "COMMIT"
		return nil
	})
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if !committed {
		return unusable("the database rolled back")
	}
	return nil
}

// flush queues the statements. want is how many rows one touches, -1 if that may
// differ.
func (t *tx) flush(q func(name string, want int, args ...any)) error {
	if t.marksChanged {
		q("marks_put", 1, t.marks.Directory, t.marks.DirectoryDigest, timeArg(t.marks.Purged), string(t.marks.Party))
	}
	if t.acknowledged != nil {
		q("acknowledge", 1, *t.acknowledged)
		q("acknowledge_nodes", -1)
	}
	for _, name := range t.channelNames {
		n := t.numbers[name]
		if !n.changed {
			continue
		}
		taken, err := json.Marshal(n.Taken)
		if err != nil {
			return err
		}
		void, err := json.Marshal(n.Void)
		if err != nil {
			return err
		}
		q("numbers_put", 1, name, n.Epoch, n.Last, string(taken), string(void))
	}
	if err := t.flushPlaces(q); err != nil {
		return err
	}
	t.flushRows(q)
	t.flushParcels(q)
	t.flushLasting(q)
	return nil
}

func (t *tx) flushPlaces(q func(string, int, ...any)) error {
	var lines, channels [6][]any
	n := 0
	for key, l := range t.lines {
		if l.changed {
			for i, v := range []any{string(key.sender), key.channel, key.first, l.head.ID, l.head.Revision, l.head.KeepUntil} {
				lines[i] = append(lines[i], v)
			}
			n++
		}
	}
	if n > 0 {
		q("lines_put", n, lines[0], lines[1], lines[2], lines[3], lines[4], lines[5])
	}
	n = 0
	for key, c := range t.channels {
		if c.changed {
			text, err := encodeArrivals(c.arrivals)
			if err != nil {
				return err
			}
			for i, v := range []any{string(key.sender), key.channel, text} {
				channels[i] = append(channels[i], v)
			}
			n++
		}
	}
	if n > 0 {
		q("channels_put", n, channels[0], channels[1], channels[2])
	}
	return nil
}

func (t *tx) flushRows(q func(string, int, ...any)) {
	var claimed claimArgs
	var fresh, known rowArgs
	for _, key := range slices.SortedFunc(maps.Keys(t.rows), compareKeys) {
		switch h := t.rows[key]; {
		case !h.changed:
		case h.there:
			known.add(h.row)
		case h.row.Settlement == nil && !h.row.Superseded:
			claimed.add(h.row)
		default:
			fresh.add(h.row)
		}
	}
	if len(claimed.id) > 0 {
		q("rows_claim", len(claimed.id), claimed.all()...)
	}
	if len(fresh.id) > 0 {
		q("rows_add", len(fresh.id), fresh.all()...)
	}
	if len(known.id) > 0 {
		q("rows_put", len(known.id), known.changes()...)
	}
}

func (t *tx) flushLasting(q func(string, int, ...any)) {
	var senders []string
	var counts []int64
	for _, sender := range slices.Sorted(maps.Keys(t.more)) {
		if n := t.more[sender]; n != 0 {
			senders, counts = append(senders, string(sender)), append(counts, n)
		}
	}
	if len(senders) > 0 {
		q("lasting_add", len(senders), senders, t.s.slot, counts)
	}
}
