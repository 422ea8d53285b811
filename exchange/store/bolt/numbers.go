package bolt

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// numbers is what the file holds of one channel's, by the rule of row.
type numbers struct {
	Epoch string              `json:"epoch"`
	Last  int64               `json:"last"`
	Taken map[int64]time.Time `json:"taken,omitempty"`
	Void  []int64             `json:"void,omitempty"`
}

// decode is the package's decode for a map whose keys are numbers.
func (n *numbers) decode(text []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	return dec.Decode(n) == nil
}

// A number of a channel.
type number struct {
	channel, epoch string
	n              int64
}

// post notes that parcels with a number are in the outbox.
func (t *tx) post(n number) error {
	known, err := t.numbersOf(n.channel)
	if err != nil {
		return err
	}
	if err := known.Post(n.epoch, n.n); err != nil {
		return err
	}
	t.setNumbers(n.channel, known)
	return nil
}

// Number takes the next number of a channel.
func (o *Outbox) Number(ctx context.Context, channel string, now time.Time) (seq envelope.Sequence, err error) {
	now = now.Round(0) // as the file will give it back: no monotonic reading
	err = o.s.update(ctx, func(t *tx) error {
		n, err := t.numbersOf(channel)
		if err != nil {
			return err
		}
		if n == nil {
			n = &exchange.Numbers{}
		}
		seq = n.Take(now)
		t.setNumbers(channel, n)
		return nil
	})
	if err != nil {
		return envelope.Sequence{}, err
	}
	return seq, nil
}

// Burn makes numbers void.
func (o *Outbox) Burn(ctx context.Context, channel, epoch string, burned ...int64) error {
	return o.s.update(ctx, func(t *tx) error {
		n, err := t.numbersOf(channel)
		if n == nil || err != nil {
			return err
		}
		for _, number := range burned {
			n.Burn(epoch, number)
		}
		t.setNumbers(channel, n)
		return nil
	})
}

// Renumber begins new epochs.
func (o *Outbox) Renumber(ctx context.Context) error {
	return o.s.update(ctx, func(t *tx) error {
		if err := t.flush(); err != nil {
			return err
		}
		var channels [][]byte
		err := t.numbers().ForEach(func(key, _ []byte) error {
			channels = append(channels, append([]byte(nil), key...))
			return nil
		})
		for _, key := range channels {
			if err != nil {
				break
			}
			t.dirty = true
			err = t.numbers().Delete(key)
		}
		t.common.numbers = nil
		return err
	})
}

// Marks returns the marks, which the store shares.
func (o *Outbox) Marks(ctx context.Context) (exchange.Marks, error) {
	_, m, err := o.s.Lookup(ctx, exchange.Key{})
	return m, err
}

// Raise raises the marks, which the store shares.
func (o *Outbox) Raise(ctx context.Context, m exchange.Marks) error { return o.s.Raise(ctx, m) }
