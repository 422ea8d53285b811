package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/postgres"
)

func TestContract(t *testing.T) {
	names := map[exchange.Store]string{}
	of := func(t *testing.T, name string) *postgres.Store {
		s := open(t, name)
		names[s] = name
		return s
	}
	exchangetest.TestStore(t, exchangetest.StoreHarness{
		New: func(t *testing.T) exchange.Store {
			s := of(t, empty(t))
			if _, err := s.DB().Exec(`CREATE TABLE IF NOT EXISTS texts (text text)`); err != nil {
				t.Fatal(err)
			}
			return s
		},
		Reopen: func(t *testing.T, s exchange.Store) exchange.Store {
			again := of(t, names[s]) // as another process would, before this one is gone
			s.(*postgres.Store).Close()
			return again
		},
		Effects: &exchangetest.Effects{
			Write: func(tx any, text string, fail error) error {
				return postgres.Write(tx, func(ctx context.Context, tx *sql.Tx) error {
					_, err := tx.ExecContext(ctx, `INSERT INTO texts VALUES ($1)`, text)
					return errors.Join(err, fail)
				})
			},
			Read: func(t *testing.T, s exchange.Store) []string {
				texts, err := column(s.(*postgres.Store).DB(), `SELECT text FROM texts`)
				if err != nil {
					t.Fatal(err)
				}
				return texts
			},
		},
	})
}

func TestOutboxContract(t *testing.T) {
	type opened struct {
		s    *postgres.Store
		name string
	}
	stores := map[exchange.Outbox]opened{}
	of := func(t *testing.T, name string) exchange.Outbox {
		s := open(t, name)
		o := s.Outbox()
		stores[o] = opened{s, name}
		return o
	}
	exchangetest.TestOutbox(t, exchangetest.OutboxHarness{
		New: func(t *testing.T) exchange.Outbox { return of(t, empty(t)) },
		Reopen: func(t *testing.T, o exchange.Outbox) exchange.Outbox {
			stores[o].s.Close()
			return of(t, stores[o].name)
		},
	})
}
