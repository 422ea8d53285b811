package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// Update has f write in the transaction that settles the delivery: what it writes
// and the acceptance are durable together, or neither is. So the effect of a
// handler that writes with Update alone is exactly once.
//
// f gets a transaction on the store's database, READ COMMITTED, in which it reads
// and writes the application's own tables; their names are looked up as on any
// connection of the pool. It runs after the handler has returned nil, and in the
// order of the calls; nothing of it runs if the handler refuses or fails. It may
// run more than once, each time on what was there before it, as after a deadlock,
// and only its last run counts: it should do nothing but read and write. No other
// delivery of the same envelope is settled meanwhile; others are. If it fails or
// panics, or a constraint that is deferred fails behind it, the handler counts as
// failed, and if its error was made by [exchange.Reject], as having rejected. Its
// context ends half a minute after the transaction began; the handler's has ended
// by then.
//
// f must not commit or roll back, must not touch the tables of the store, and must
// not wait for anything that writes to this store or its outbox. If it commits all
// the same, the delivery is settled with it, so that nothing happens twice. What a
// handler wants sent it sends before it returns, under an id of its own
// ([exchange.Dispatcher] Send and Reply).
//
// A receiver's store may stand in front of one of this package, to count or to
// trace: then its [exchange.Tx] has a method Unwrap() exchange.Tx that returns
// the one it stands in front of.
//
// The error has [envelope.ReasonMisuse] if the receiver's store is not one of this
// package, or the handler has returned.
func Update(d *exchange.Delivery, f func(context.Context, *sql.Tx) error) error {
	return update(d.Tx(), f)
}

func update(tx any, f func(context.Context, *sql.Tx) error) error {
	for {
		switch t := tx.(type) {
		case *work:
			return t.add(f)
		case interface{ Unwrap() exchange.Tx }:
			tx = t.Unwrap()
		default:
			return misuse("not the delivery of a store of this package")
		}
	}
}

// work is what one handler's call wants to write.
type work struct {
	s *Store

	mu   sync.Mutex
	over bool
	fs   []func(context.Context, *sql.Tx) error
}

// Begin prepares the writes of a handler's call.
func (s *Store) Begin(context.Context, exchange.Claim) (exchange.Tx, error) { return &work{s: s}, nil }

func (w *work) add(f func(context.Context, *sql.Tx) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || f == nil {
		return misuse("the handler has returned")
	}
	w.fs = append(w.fs, f)
	return nil
}

// end takes the functions and closes the work.
func (w *work) end() []func(context.Context, *sql.Tx) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	fs := w.fs
	w.over, w.fs = true, nil
	return fs
}

// Discard gives up.
func (w *work) Discard() { w.end() }

// Settle writes and settles. What a handler wants written goes into a transaction
// of its own, which it can hold up or break; a settlement alone shares one.
func (w *work) Settle(ctx context.Context, c exchange.Claim, settled exchange.Settlement) error {
	fs := w.end()
	if len(fs) == 0 {
		return w.s.Settle(ctx, c, settled)
	}
	if ctx.Err() != nil {
		return unusable("the caller gave up")
	}
	if !settles(settled) || !sound(string(c.Sender), c.ID) {
		return errUnsound
	}
	return outward(w.s.transact(func(ctx context.Context, l *lane) (bool, error) {
		return w.s.settle(ctx, l, c, settled, fs)
	}))
}

func (s *Store) settle(ctx context.Context, l *lane, c exchange.Claim, settled exchange.Settlement, fs []func(context.Context, *sql.Tx) error) (sent bool, err error) {
	if !l.there {
		if _, err := s.db.ExecContext(ctx, s.sql["node_add"], l.id); err != nil {
			return false, err
		}
		l.there = true
	}
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	// The settlement comes first: before anything of a handler's that has lost its
	// claim runs, and so that nobody can make the one durable without the other.
	row, err := scanRow(tx.QueryRowContext(ctx, s.sql["row_hold"], string(c.Sender), c.ID))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, exchange.ErrFenced
	case err != nil:
		return false, err
	}
	if err := row.Held(c); err != nil {
		return false, err
	}
	var idle string
	if err := tx.QueryRowContext(ctx, s.sql["node_lock"], l.id).Scan(&idle); errors.Is(err, sql.ErrNoRows) {
		l.there = false
		return false, errAgain
	} else if err != nil {
		return false, err
	}
	next := *row
	next.Settlement, next.LeaseUntil = &settled, time.Time{}
	if _, err := tx.ExecContext(ctx, s.sql["row_settle"], string(c.Sender), c.ID, string(settled.Outcome), string(settled.Reason), settled.At, settled.Receipt); err != nil {
		return false, err
	}
	for _, f := range fs {
		if err := effect(ctx, f, tx); err != nil {
			return false, err
		}
	}
	// What others wait for comes last.
	freed := 0
	if row.Lasts() && !next.Lasts() {
		freed = 1
	}
	if err := s.close(ctx, tx, l, c.Sender, freed, settled.At); err != nil {
		return false, err
	}
	return true, blame(tx.Commit())
}

// close counts, raises the clock mark and looks whether the commit will be durable,
// whatever the handler has set.
func (s *Store) close(ctx context.Context, tx *sql.Tx, l *lane, sender envelope.Party, freed int, clock time.Time) error {
	if freed > 0 {
		if _, err := tx.ExecContext(ctx, s.sql["lasting_free"], string(sender), l.n%slots); err != nil {
			return blame(err)
		}
	}
	if _, err := tx.ExecContext(ctx, s.sql["node_put"], l.id, clock, l.commit); err != nil {
		return blame(err)
	}
	_, err := scanMarks(tx.QueryRowContext(ctx, s.sql["marks"]))
	if errors.Is(err, sql.ErrNoRows) {
		return errNoMarks
	}
	return blame(err)
}

// blame tells what a handler's statements have left behind from what fails by
// itself: a transaction that is aborted or over, or a constraint.
func blame(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	constraint := ok && strings.HasPrefix(e.Code, "23")
	over := errors.Is(err, sql.ErrTxDone) || errors.Is(err, pgx.ErrTxCommitRollback)
	if constraint || over || originOf(err) == refused {
		return fmt.Errorf("%w: %w", exchange.ErrEffect, outward(err))
	}
	return err
}

// effect runs one function and contains what it does. It has a goroutine of its
// own, which it may end, as a test's Fatal does.
func effect(ctx context.Context, f func(context.Context, *sql.Tx) error, tx *sql.Tx) error {
	err := exchange.ErrEffect // unless it returns
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { recover() }()
		if err = f(ctx, tx); err != nil {
			err = fmt.Errorf("%w: %w", exchange.ErrEffect, err)
		}
	}()
	<-done
	return err
}
