//go:build unix

package crash

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/store/postgres"
	"github.com/segel-id/segel/internal/shared"
)

// The stores, one of which both sides have.
const (
	onBolt     = "bbolt"
	onPostgres = "PostgreSQL"
)

// A place is the store of one side, and how its handler writes through Delivery.Tx.
type place struct {
	exchange.Transactor
	outbox exchange.Outbox
	// write has do count in the transaction that settles.
	write func(d *exchange.Delivery, do func(counter) error) error
	// each reads what was counted so.
	each  func(f func(key []byte, n uint64)) error
	close func() error
}

// A counter adds one to what is counted by a key.
type counter func(key []byte) error

// place opens the store of a role.
func (s settings) place(role string) (*place, error) {
	if s.Store == onPostgres {
		return s.schema(role)
	}
	store, err := bolt.Open(s.path(role, "store"))
	if err != nil {
		return nil, err
	}
	return &place{
		Transactor: store, outbox: store.Outbox(), close: store.Close,
		write: func(d *exchange.Delivery, do func(counter) error) error {
			return bolt.Update(d, func(b *bbolt.Bucket) error { return do(countIn(b)) })
		},
		each: func(f func(key []byte, n uint64)) error {
			return store.ViewEffects(ctx, func(b *bbolt.Bucket) error { return eachIn(b, f) })
		},
	}, nil
}

func countIn(b *bbolt.Bucket) counter {
	return func(key []byte) error {
		n := uint64(1)
		if text := b.Get(key); len(text) == 8 {
			n += binary.BigEndian.Uint64(text)
		}
		return b.Put(key, binary.BigEndian.AppendUint64(nil, n))
	}
}

func eachIn(b *bbolt.Bucket, f func(key []byte, n uint64)) error {
	if b == nil {
		return nil
	}
	return b.ForEach(func(key, text []byte) error {
		if len(text) != 8 {
			return errors.New("a counter is damaged")
		}
		f(key, binary.BigEndian.Uint64(text))
		return nil
	})
}

// schema opens the store of a role in its schema. The application's table stands in
// another one.
func (s settings) schema(role string) (*place, error) {
	db, err := sql.Open("pgx", s.Database)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(8) // so that many cells find room at one server
	db.SetMaxIdleConns(8)
	store, err := postgres.New(ctx, db, s.Schema+"_"+role)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &place{
		Transactor: store, outbox: store.Outbox(), close: func() error { return errors.Join(store.Close(), db.Close()) },
		write: func(d *exchange.Delivery, do func(counter) error) error {
			return postgres.Update(d, func(ctx context.Context, tx *sql.Tx) error {
				return do(func(key []byte) error {
					_, err := tx.ExecContext(ctx, `INSERT INTO `+s.Schema+`.effects AS e VALUES ($1, 1) ON CONFLICT (key) DO UPDATE SET n = e.n + 1`, key)
					return err
				})
			})
		},
		each: func(f func(key []byte, n uint64)) error {
			rows, err := store.DB().Query(`SELECT key, n FROM ` + s.Schema + `.effects`)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var key []byte
				var n uint64
				if err := rows.Scan(&key, &n); err != nil {
					return err
				}
				f(key, n)
			}
			return rows.Err()
		},
	}, nil
}

// onServer gives the cell schemas of its own at the server of the tests. They stay if
// the test fails.
func (c *cell) onServer() {
	c.Helper()
	c.Database, c.Schema = shared.Postgres(c), "crash_"+strings.ToLower(rand.Text())
	db, err := sql.Open("pgx", c.Database)
	if err != nil {
		c.Fatal(err)
	}
	if _, err := db.Exec(`CREATE SCHEMA ` + c.Schema + ` CREATE TABLE effects (key bytea PRIMARY KEY, n bigint NOT NULL)`); err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() {
		defer db.Close()
		if c.Failed() {
			c.Logf("and in the schemas %s*", c.Schema)
			return
		}
		for _, name := range []string{c.Schema, c.Schema + "_" + sender, c.Schema + "_" + receiver} {
			if _, err := db.Exec(fmt.Sprintf("DROP SCHEMA IF EXISTS %s CASCADE", name)); err != nil {
				c.Error(err)
			}
		}
	})
}
