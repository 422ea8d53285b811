//go:build unix

package crash

import (
	"encoding/binary"
	"errors"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/bolt"
)

// The handlers.
const (
	byTx     = "tx"    // writes through Delivery.Tx
	byKey    = "key"   // is idempotent on Delivery.Key, in a file of its own
	careless = "naive" // is neither, and must be caught
)

// An effect is what a handler does with a delivery of one item.
type effect func(d *exchange.Delivery, item int) error

// openEffect returns the effect of a handler.
func openEffect(set settings, k *knife) (effect, error) {
	if set.Handler == byTx {
		return func(d *exchange.Delivery, item int) error {
			return bolt.Update(d, func(b *bbolt.Bucket) error {
				if err := count(b, d.Key().ID, item); err != nil {
					return err
				}
				k.cross("inside the settling transaction")
				return nil
			})
		}, nil
	}
	db, err := bbolt.Open(set.path(receiver, "effects"), 0o600, nil)
	if err != nil {
		return nil, err
	}
	return func(d *exchange.Delivery, item int) error {
		return db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(effects)
			if err != nil {
				return err
			}
			if set.Handler == byKey && b.Get(byID(d.Key().ID)) != nil {
				return nil // it happened before
			}
			return count(b, d.Key().ID, item)
		})
	}, nil
}

var effects = []byte("effects")

func byID(id string) []byte { return []byte("id " + id) }

func byItem(item int) []byte { return binary.BigEndian.AppendUint64([]byte("item "), uint64(item)) }

// count adds to two counters, so that whatever happens twice shows as 2.
func count(b *bbolt.Bucket, id string, item int) error {
	for _, key := range [][]byte{byID(id), byItem(item)} {
		n := counted(b.Get(key)) + 1
		if err := b.Put(key, binary.BigEndian.AppendUint64(nil, n)); err != nil {
			return err
		}
	}
	return nil
}

func counted(text []byte) uint64 {
	if len(text) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(text)
}

// A tally is what the effects' file holds.
type tally struct {
	ids   map[string]uint64
	items map[int]uint64
}

// readTally reads the effects once both processes have ended.
func readTally(set settings, store *bolt.Store) (t tally, err error) {
	t = tally{map[string]uint64{}, map[int]uint64{}}
	read := func(b *bbolt.Bucket) error {
		if b == nil {
			return nil
		}
		return b.ForEach(func(key, text []byte) error {
			switch {
			case len(text) != 8:
				return errors.New("a counter is damaged")
			case string(key[:3]) == "id ":
				t.ids[string(key[3:])] = counted(text)
			default:
				t.items[int(binary.BigEndian.Uint64(key[5:]))] = counted(text)
			}
			return nil
		})
	}
	if set.Handler == byTx {
		return t, store.ViewEffects(ctx, read)
	}
	db, err := bbolt.Open(set.path(receiver, "effects"), 0o600, nil)
	if err != nil {
		return t, err
	}
	return t, errors.Join(db.View(func(tx *bbolt.Tx) error { return read(tx.Bucket(effects)) }), db.Close())
}
