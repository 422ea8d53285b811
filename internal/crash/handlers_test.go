//go:build unix

package crash

import (
	"encoding/binary"
	"errors"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/exchange"
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
func openEffect(set settings, at *place, k *knife) (effect, error) {
	if set.Handler == byTx {
		return func(d *exchange.Delivery, item int) error {
			return at.write(d, func(add counter) error {
				if err := count(add, d.Key().ID, item); err != nil {
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
			return count(countIn(b), d.Key().ID, item)
		})
	}, nil
}

var effects = []byte("effects")

func byID(id string) []byte { return []byte("id " + id) }

func byItem(item int) []byte { return binary.BigEndian.AppendUint64([]byte("item "), uint64(item)) }

// count adds to two counters, so that whatever happens twice shows as 2.
func count(add counter, id string, item int) error {
	return errors.Join(add(byID(id)), add(byItem(item)))
}

// A tally is what was counted.
type tally struct {
	ids   map[string]uint64
	items map[int]uint64
}

// readTally reads the effects once both processes have ended.
func readTally(set settings, at *place) (t tally, err error) {
	t = tally{map[string]uint64{}, map[int]uint64{}}
	note := func(key []byte, n uint64) {
		if id, ok := strings.CutPrefix(string(key), "id "); ok {
			t.ids[id] = n
		} else {
			t.items[int(binary.BigEndian.Uint64(key[5:]))] = n
		}
	}
	if set.Handler == byTx {
		return t, at.each(note)
	}
	db, err := bbolt.Open(set.path(receiver, "effects"), 0o600, nil)
	if err != nil {
		return t, err
	}
	return t, errors.Join(db.View(func(tx *bbolt.Tx) error { return eachIn(tx.Bucket(effects), note) }), db.Close())
}
