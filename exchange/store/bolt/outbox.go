package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// Outbox is an [exchange.Outbox] in the file of a [Store], with which it shares
// transactions and commits.
//
// It has six buckets. "numbers" holds, under the channel, the numbers as a JSON
// object. "parcels" holds, under sender NUL id NUL recipient, the
// parcel as a JSON object, and "files" its file as it is, so that a change of
// state does not write the file again. "due" and "deadlines" are indexes of the
// open parcels, without values: recipient NUL Next and Deadline (microseconds
// since 1970 with the sign bit turned, 8 bytes, big-endian), each followed by
// the key. "settled" is one of the settled parcels, by SettledAt.
type Outbox struct{ s *Store }

var _ exchange.Outbox = (*Outbox)(nil)

var (
	parcelsBucket   = []byte("parcels")
	filesBucket     = []byte("files")
	dueBucket       = []byte("due")
	deadlinesBucket = []byte("deadlines")
	settledBucket   = []byte("settled")
	numbersBucket   = []byte("numbers")
)

// Outbox returns the outbox in the store's file. It is open as long as the store
// is.
func (s *Store) Outbox() *Outbox { return &Outbox{s} }

// Put adds parcels, all or none.
func (o *Outbox) Put(ctx context.Context, parcels ...exchange.Parcel) error {
	return o.s.update(ctx, func(t *tx) error {
		if err := t.again(parcels); err != nil {
			return err
		}
		posted := map[number]bool{}
		for _, p := range parcels {
			known, err := t.parcel(p.Sent)
			if err != nil {
				return err
			}
			if known != nil {
				continue
			}
			if n := (number{p.Channel, p.Epoch, p.Number}); p.Epoch != "" && !posted[n] {
				if err := t.post(n); err != nil {
					return err
				}
				posted[n] = true
			}
			p.Revision = 1
			if err := t.putParcel(nil, &p); err != nil {
				return err
			}
			if err := t.files().Put(parcelKey(p.Sent), p.File); err != nil {
				return err
			}
		}
		return nil
	})
}

// again holds parcels against those that are there and against each other: under
// one key there is one digest, whoever the recipients are.
func (t *tx) again(parcels []exchange.Parcel) error {
	first := map[exchange.Key]*exchange.Parcel{}
	for i, p := range parcels {
		known := first[p.Key]
		if known == nil {
			var err error
			if known, err = t.firstParcel(p.Key); err != nil {
				return err
			}
		}
		if err := known.Again(p.Digest); err != nil {
			return err
		}
		if known == nil {
			known = &parcels[i]
		}
		first[p.Key] = known
	}
	return nil
}

// firstParcel returns the first parcel of an envelope, without its file; nil if
// there is none.
func (t *tx) firstParcel(of exchange.Key) (*exchange.Parcel, error) {
	prefix := parcelKey(exchange.Sent{Key: of})
	key, text := t.parcels().Cursor().Seek(prefix)
	if !bytes.HasPrefix(key, prefix) {
		return nil, nil
	}
	p, ok := decodeParcel(key, text)
	if !ok {
		return nil, unusable("a parcel is damaged")
	}
	return p, nil
}

// Parcel returns a parcel with its file.
func (o *Outbox) Parcel(ctx context.Context, key exchange.Key, to envelope.Party) (p *exchange.Parcel, err error) {
	err = o.s.view(ctx, func(t *tx) (err error) {
		sent := exchange.Sent{Key: key, Recipient: to}
		if p, err = t.parcel(sent); p == nil || err != nil {
			return err
		}
		file := t.files().Get(parcelKey(sent))
		if file == nil && p.State != exchange.ParcelSettled {
			return unusable("a parcel has lost its file")
		}
		p.File = bytes.Clone(file) // the page that it lies in may be used again
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Parcels returns parcels behind one.
func (o *Outbox) Parcels(ctx context.Context, after exchange.Sent, limit int) (out []exchange.Parcel, err error) {
	err = o.s.view(ctx, func(t *tx) error {
		last := parcelKey(after)
		c := t.parcels().Cursor()
		for key, text := c.Seek(last); key != nil && len(out) < limit; key, text = c.Next() {
			if bytes.Equal(key, last) {
				continue
			}
			p, ok := decodeParcel(key, text)
			if !ok {
				return unusable("a parcel is damaged")
			}
			out = append(out, *p)
		}
		return nil
	})
	return out, err
}

// Recipients returns whom there are open parcels for.
func (o *Outbox) Recipients(ctx context.Context) (first map[envelope.Party]time.Time, err error) {
	err = o.s.view(ctx, func(t *tx) error {
		first = map[envelope.Party]time.Time{}
		c := t.due().Cursor()
		for key, _ := c.First(); key != nil; {
			to, rest, ok := bytes.Cut(key, []byte{0})
			if !ok || len(rest) < 8 {
				return unusable("an index is damaged")
			}
			first[envelope.Party(to)] = fromStamp(rest)
			key, _ = c.Seek(append(bytes.Clone(to), 1)) // the next recipient's first
		}
		return nil
	})
	return first, err
}

// Due returns what may be sent to a recipient.
func (o *Outbox) Due(ctx context.Context, to envelope.Party, now time.Time, limit int) (out []exchange.Parcel, err error) {
	prefix := append([]byte(to), 0)
	err = o.s.view(ctx, func(t *tx) (err error) {
		out, err = t.until(t.due(), prefix, now, limit)
		return err
	})
	return out, err
}

// Overdue returns what is past its deadline.
func (o *Outbox) Overdue(ctx context.Context, now time.Time, limit int) (out []exchange.Parcel, err error) {
	err = o.s.view(ctx, func(t *tx) (err error) {
		out, err = t.until(t.deadlines(), nil, now, limit)
		return err
	})
	return out, err
}

// Update changes a parcel.
func (o *Outbox) Update(ctx context.Context, p exchange.Parcel) error {
	return o.s.update(ctx, func(t *tx) error {
		known, err := t.parcel(p.Sent)
		if err != nil {
			return err
		}
		next, err := known.Changed(p)
		if err != nil {
			return err
		}
		return t.putParcel(known, &next)
	})
}

func parcelKey(s exchange.Sent) []byte {
	return []byte(string(s.Sender) + "\x00" + s.ID + "\x00" + string(s.Recipient))
}

// parcel returns a parcel without its file, nil if there is none.
func (t *tx) parcel(s exchange.Sent) (*exchange.Parcel, error) {
	key := parcelKey(s)
	text := t.parcels().Get(key)
	if text == nil {
		return nil, nil
	}
	p, ok := decodeParcel(key, text)
	if !ok {
		return nil, unusable("a parcel is damaged")
	}
	return p, nil
}

// putParcel writes a parcel in the place of one that may be nil, and mends the
// indexes and the files.
func (t *tx) putParcel(old, next *exchange.Parcel) error {
	key := parcelKey(next.Sent)
	if strings.Count(string(key), "\x00") != 2 {
		return unusable("an identifier with a NUL")
	}
	text, err := encodeParcel(next)
	if err != nil {
		return err
	}
	t.dirty = true
	if err := t.parcels().Put(key, text); err != nil {
		return err
	}
	if old != nil && old.Open() {
		if err := t.due().Delete(dueKey(old)); err != nil {
			return err
		}
		if err := t.deadlines().Delete(append(stamp(old.Deadline), key...)); err != nil {
			return err
		}
	}
	if next.Open() {
		if err := t.due().Put(dueKey(next), nil); err != nil {
			return err
		}
		return t.deadlines().Put(append(stamp(next.Deadline), key...), nil)
	}
	if next.State == exchange.ParcelSettled {
		if err := t.settled().Put(append(stamp(next.SettledAt), key...), nil); err != nil {
			return err
		}
		return t.files().Delete(key)
	}
	return nil
}

// until returns the parcels that an index lists behind the prefix up to now.
func (t *tx) until(index *bbolt.Bucket, prefix []byte, now time.Time, limit int) (out []exchange.Parcel, err error) {
	c := index.Cursor()
	for entry, _ := c.Seek(prefix); entry != nil && bytes.HasPrefix(entry, prefix) && len(out) < limit; entry, _ = c.Next() {
		rest := entry[len(prefix):]
		if len(rest) < 8 {
			return nil, unusable("an index is damaged")
		}
		if fromStamp(rest).After(now) {
			break
		}
		key := rest[8:]
		p, ok := decodeParcel(key, t.parcels().Get(key))
		if !ok || !p.Open() {
			return nil, unusable("an index is damaged")
		}
		out = append(out, *p)
	}
	return out, nil
}

func dueKey(p *exchange.Parcel) []byte {
	return append(append(append([]byte(p.Recipient), 0), stamp(p.Next)...), parcelKey(p.Sent)...)
}

// stamp writes a time so that bytes have the order of times.
func stamp(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(t.UnixMicro())^1<<63)
}

func fromStamp(b []byte) time.Time {
	return time.UnixMicro(int64(binary.BigEndian.Uint64(b) ^ 1<<63)).UTC()
}
