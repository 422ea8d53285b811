package postgres_test

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/postgres"
)

// A store is opened once in a process, and given to the receiver. A connection
// that others could read or forge is refused before it is made.
func Example() {
	ctx := context.Background()
	store, err := postgres.Open(ctx, "postgres://segel:rahasia@db.example.id/pemilu?sslmode=require", postgres.Schema)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	// Output:
	// misuse: store: a database that is not on this machine wants sslmode=verify-full
}

// What a handler writes with Update is durable together with the settlement: the
// row of the application's is there once, or the envelope is not settled.
func ExampleUpdate() {
	var handle exchange.Handler = func(_ context.Context, d *exchange.Delivery) error {
		return postgres.Update(d, func(ctx context.Context, tx *sql.Tx) error {
			for record := range d.Records() {
				if _, err := tx.ExecContext(ctx, `INSERT INTO kepengurusan (sender, id, record) VALUES ($1, $2, $3)`, string(d.Key().Sender), d.Key().ID, string(record)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	_ = handle // goes into exchange.ReceiverConfig, beside the store
}
