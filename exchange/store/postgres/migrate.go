package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/segel-id/segel/envelope"
)

// version is the latest migration's number.
const version = 2

// begin looks at the server, makes or updates the tables, and puts this process
// on record.
func (s *Store) begin(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return outward(s.raw(ctx, func(c *pgx.Conn) error {
		var now time.Time
		before := time.Now()
		var synchronous, fsync, pages string
		err := c.QueryRow(ctx, `SELECT clock_timestamp(), current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes')`).
			Scan(&now, &synchronous, &fsync, &pages)
		if err != nil {
			return err
		}
		if err := durable(synchronous, fsync, pages); err != nil {
			return err
		}
		if now.Before(before.Add(-envelope.MaxSkew)) || now.After(time.Now().Add(envelope.MaxSkew)) {
			return &envelope.Error{Reason: envelope.ReasonClock, Detail: "store: it is apart from the database's"}
		}
		if err := s.migrate(ctx, c); err != nil {
			return err
		}
		return s.arrive(ctx, c)
	}))
}

// durable refuses a server whose commits are not.
func durable(synchronous, fsync, pages string) error {
	switch {
	case synchronous != "on" && synchronous != "remote_apply":
		return misuse("synchronous_commit must be on")
	case fsync != "on":
		return misuse("fsync must be on")
	case pages != "on":
		return misuse("full_page_writes must be on")
	}
	return nil
}

// migrate brings the tables to this version: forward, one number after the other,
// all of them in one transaction. Of several processes one does it.
func (s *Store) migrate(ctx context.Context, c *pgx.Conn) error {
	_, known, err := s.version(ctx, c)
	if err != nil || known == version {
		return err
	}
	if known > version {
		return errNewer
	}
	// Whoever comes second waits here, and finds all done. The transaction begins
	// behind the lock: what it knows of the catalogue is then as new as the lock.
	if _, err := c.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended('segel ' || $1, 0))`, s.schema); err != nil {
		return err
	}
	defer func() {
		if _, err := c.Exec(ctx, `SELECT pg_advisory_unlock(hashtextextended('segel ' || $1, 0))`, s.schema); err != nil {
			_ = c.Close(ctx) // which lets go of it
		}
	}()
	tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	schema, known, err := s.version(ctx, c)
	if err != nil {
		return err
	}
	if !schema {
		if _, err := tx.Exec(ctx, `CREATE SCHEMA "`+s.schema+`"`); err != nil {
			return err
		}
	}
	if known > version {
		return errNewer
	}
	if _, err := tx.Exec(ctx, s.sql["versions_make"]); err != nil {
		return err
	}
	for n := known + 1; n <= version; n++ {
		text, ok := s.sql[fmt.Sprintf("migrations/%04d", n)]
		if !ok {
			return unusable("a migration is missing")
		}
		if _, err := tx.Exec(ctx, text, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, s.sql["versions_add"], n); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

var errNewer = unusable("the tables are of a newer version of this program")

// version returns the version of the tables, 0 if there are none, and whether
// there is a schema.
func (s *Store) version(ctx context.Context, c *pgx.Conn) (schema bool, known int, err error) {
	var tables bool
	if err := c.QueryRow(ctx, s.sql["versions_there"], s.schema).Scan(&schema, &tables); err != nil || !tables {
		return schema, 0, err
	}
	var v sql.NullInt32
	err = c.QueryRow(ctx, s.sql["versions_get"]).Scan(&v)
	return schema, int(v.Int32), err
}
