package bolt

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// arrival and head are what the file holds of an epoch of a channel and of a
// line, by the rule of row.
type arrival struct {
	Epoch string           `json:"epoch"`
	Seen  []exchange.Range `json:"seen"`
}

type head struct {
	ID        string    `json:"id"`
	Revision  int64     `json:"revision"`
	KeepUntil time.Time `json:"keepUntil"`
}

// Missing returns what has not come.
func (s *Store) Missing(ctx context.Context, sender envelope.Party, p exchange.Place) (missing []exchange.Range, err error) {
	err = s.view(ctx, func(t *tx) error {
		a, err := t.arrivals(channelKey(sender, p.Channel))
		missing = a.Missing(p.Epoch)
		return err
	})
	return missing, err
}

func channelKey(sender envelope.Party, channel string) []byte {
	return []byte(string(sender) + "\x00" + channel)
}

// arrived notes the number of an envelope.
func (t *tx) arrived(a exchange.Admission) error {
	if a.Place.Epoch == "" {
		return nil
	}
	key := channelKey(a.Sender, a.Place.Channel)
	known, err := t.arrivals(key)
	if err != nil {
		return err
	}
	t.setArrivals(key, known.Add(a.Place, a.Void))
	return nil
}

// write puts the JSON of a value into a bucket.
func (t *tx) write(b *bbolt.Bucket, key []byte, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	t.dirty = true
	return b.Put(key, text)
}

// A move is what an admission does to its line.
type move struct {
	key     []byte
	latest  *exchange.LineHead // nil: there was none
	head    *exchange.LineHead // nil: it stays as it is
	yielded *exchange.Row      // nil: nothing gives way
	frees   bool               // what gives way lasted until now
}

// supersede holds an admission against the head of its line. It writes nothing.
func (t *tx) supersede(a exchange.Admission, row *exchange.Row, now time.Time) (m move, err error) {
	m.key = []byte(string(a.Sender) + "\x00" + a.Place.Channel + "\x00" + a.Line.First)
	if strings.Count(string(m.key), "\x00") != 2 {
		return m, unusable("an identifier with a NUL")
	}
	latest, err := t.head(m.key)
	if err != nil {
		return m, err
	}
	if err := latest.Admits(a, row); err != nil {
		return m, err
	}
	if before, ok := latest.Before(a); ok {
		earlier, err := t.row(before)
		if err != nil {
			return m, err
		}
		lasted := earlier.Lasts()
		switch changed, err := earlier.Yield(a, now); {
		case err != nil:
			return m, err
		case changed:
			m.yielded, m.frees = earlier, lasted && !earlier.Lasts()
		}
	}
	if next := latest.After(a); next != nil && (latest == nil || *next != *latest) {
		m.latest, m.head = latest, next
	}
	return m, nil
}

// move moves the head and has the latest revision so far give way.
func (t *tx) move(m move) error {
	if m.yielded != nil {
		if err := t.last(m.yielded.Sender, m.frees, false); err != nil {
			return err
		}
		if err := t.put(m.yielded); err != nil {
			return err
		}
	}
	if m.head == nil {
		return nil
	}
	if m.latest != nil {
		if err := t.lineEnds().Delete(append(stamp(m.latest.KeepUntil), m.key...)); err != nil {
			return err
		}
	}
	if err := t.lineEnds().Put(append(stamp(m.head.KeepUntil), m.key...), nil); err != nil {
		return err
	}
	return t.write(t.lines(), m.key, (*head)(m.head))
}

func (t *tx) head(key []byte) (*exchange.LineHead, error) {
	text := t.lines().Get(key)
	if text == nil {
		return nil, nil
	}
	var h head
	if !decode(text, &h) || h.ID == "" || h.Revision < 1 {
		return nil, unusable("a line is damaged")
	}
	return (*exchange.LineHead)(&h), nil
}
