// Package postgres is a store and an outbox in a PostgreSQL database, version 14
// or later: for any number of processes, on one machine or many, that receive or
// send for one party, and for handlers whose own tables are in that database.
//
// # The idea
//
// The rules of the contract ([exchange.Row.Free], [exchange.Numbers.Take] and the
// others) are Go and the same for every store. So a transaction has three steps:
// lock and read what the rules look at, run the rules in memory, write what has
// changed. Callers that come at the same time share a transaction, so that two
// round trips and one flush of the server's log serve all of them.
//
// # Who waits for whom
//
// Transactions are READ COMMITTED and say so, whatever the server's default is:
// every statement behind a lock sees what those have committed who had it before.
// Nothing is decided by what was read without its lock, but for marks that only
// rise. What is there is locked itself. What is not there yet cannot be locked, so
// whoever admits a new key, or puts a parcel, first locks its sender: with that
// lock, a key that is absent stays absent, and lines, channels and the quota stay
// as they were read. Renewals, settlements and what a handler writes do without
// it. Every transaction takes its locks in one order, which sql/migrations/0001.sql
// names. The clock mark, which every claim raises, is the highest of one for each
// process, so that processes do not queue up for it.
//
// # When something breaks
//
// A deadlock that a handler's own statements cause, a serialization failure and a
// connection that breaks before the commit was sent leave nothing behind, and the
// transaction is run again. If the connection breaks in the commit, nobody knows
// whether it took place. Then the store asks: every transaction writes its number
// into a row of its process, and whoever locks and reads that row, on a new
// connection, learns whether the number is there. So an answer is given that is
// true, also if another server has taken over meanwhile. If no server answers for
// ten seconds the error has [envelope.ReasonUnavailable], and by the contract
// nobody knows: the sender sends again, and what the row says then counts.
//
// # What is durable
//
// A commit is durable only if the server flushes its log before it answers. So
// [New] and every transaction refuse a session in which synchronous_commit is
// neither on nor remote_apply, or a server that runs with fsync or
// full_page_writes off. Nothing here overrides that. Where a second server stands
// by, only synchronous_standby_names makes it know all that this store has
// promised: one that lags and takes over has forgotten settlements, as a store
// that was restored from an older copy has.
//
// # What it needs
//
// A role that owns the schema, or may create it. A pooler must keep a session for
// one client (PgBouncer: pool_mode session). Every process on one database should
// have the same version of this package: after a migration by a newer one the
// older refuse to go on.
//
// What to run, what it costs and what happens when something dies is told in
// internal/docs/many-machines.md.
package postgres

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/group"
)

// Schema is the usual schema of a store. Every party has one of its own.
const Schema = "segel"

// Store is an [exchange.Store] in a schema of a database. It is safe for
// concurrent use, by any number of processes.
type Store struct {
	db     *sql.DB
	owned  bool // Close closes it
	schema string
	sql    statements
	writes committer // of the store
	posts  committer // of the outbox
	reads  group.Group[*read]

	mu    sync.Mutex
	lanes []*lane // that nobody uses
	made  int     // lanes in all
	name  string  // of this process, for the database
	slot  int16   // of counts
}

var (
	_ exchange.Transactor = (*Store)(nil)
	_ exchange.Tallier    = (*Store)(nil)
)

var schemaForm = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// New opens the store in a schema of a database, which it makes, with its tables,
// if they are not there. The name of a schema consists of lower-case letters,
// digits and underscores, and is not one of the database's own. The pool must be one of the driver of
// github.com/jackc/pgx/v5/stdlib, stays the caller's and must stay open as long as
// the store is used. A transaction takes a connection of it: a handler that writes
// with [Update] one for each call, all others together three.
//
// The error has [envelope.ReasonMisuse] for a pool of another driver, for another
// name, and for a server that does not make commits durable,
// [envelope.ReasonClock] if the clocks of this machine and of the database are
// apart by more than [envelope.MaxSkew], and else [envelope.ReasonUnavailable]: no
// server answers, it does not let this role in, or the schema is another's or of a
// newer version.
func New(ctx context.Context, db *sql.DB, schema string) (*Store, error) {
	if db == nil {
		return nil, misuse("no database")
	}
	if !schemaForm.MatchString(schema) || strings.HasPrefix(schema, "pg_") || schema == "information_schema" {
		return nil, misuse("not the name of a schema")
	}
	texts, err := statementsFor(schema)
	if err != nil {
		return nil, unusable("the statements are missing")
	}
	id := make([]byte, 12)
	_, _ = rand.Read(id) // never fails
	s := &Store{db: db, schema: schema, sql: texts, name: base64.RawURLEncoding.EncodeToString(id), slot: int16(id[0] % slots)}
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// DB returns the pool: what an application's own tables are made with and read by.
func (s *Store) DB() *sql.DB { return s.db }

// Close says goodbye to the database, and closes the pool if [Open] has made it.
// What is under way should have ended.
func (s *Store) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := s.leave(ctx)
	if s.owned && s.db.Close() != nil {
		return unusable("the pool cannot be closed")
	}
	return err
}

// slots is over how many rows a sender's count is spread.
const slots = 16

// patience bounds every transaction: a server that does not answer for so long is
// taken for gone.
const patience = 30 * time.Second
