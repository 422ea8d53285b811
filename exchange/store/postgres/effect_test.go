package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/postgres"
)

var settlement = exchange.Settlement{Outcome: exchange.OutcomeAccepted, At: time.Date(2024, 2, 15, 2, 0, 1, 0, time.UTC), Receipt: []byte("receipt")}

// A seat is a store with a table of the application's.
type seat struct {
	*testing.T
	s   *postgres.Store
	ctx context.Context
}

func newSeat(t *testing.T) *seat {
	s := open(t, empty(t))
	for _, text := range []string{
		`CREATE TABLE IF NOT EXISTS texts (text text)`,
		`CREATE TABLE IF NOT EXISTS once (text text, UNIQUE (text) DEFERRABLE INITIALLY DEFERRED)`,
		`CREATE TABLE IF NOT EXISTS sums (name text PRIMARY KEY, n bigint)`,
		`INSERT INTO sums VALUES ('a', 0), ('b', 0)`,
	} {
		if _, err := s.DB().Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	return &seat{T: t, s: s, ctx: context.Background()}
}

// settle claims an envelope and settles it with what f writes.
func (s *seat) settle(n int64, f func(context.Context, *sql.Tx) error) (exchange.Claim, error) {
	c, err := s.s.Claim(s.ctx, admission(n), settlement.At, time.Minute)
	if err != nil {
		return c, err
	}
	tx, err := s.s.Begin(s.ctx, c)
	if err != nil {
		return c, err
	}
	if err := postgres.Write(tx, f); err != nil {
		return c, err
	}
	return c, tx.Settle(s.ctx, c, settlement)
}

func (s *seat) settled(c exchange.Claim) bool {
	s.Helper()
	row, _, err := s.s.Lookup(s.ctx, c.Key)
	if err != nil || row == nil {
		s.Fatalf("lookup: %v, %v", row, err)
	}
	return row.Settlement != nil
}

func (s *seat) texts() int {
	s.Helper()
	n := 0
	if err := s.s.DB().QueryRow(`SELECT (SELECT count(*) FROM texts) + (SELECT count(*) FROM once)`).Scan(&n); err != nil {
		s.Fatal(err)
	}
	return n
}

func write(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO texts VALUES ('text')`)
	return err
}

func TestWhatAHandlerCanDoWrong(t *testing.T) {
	for name, f := range map[string]func(context.Context, *sql.Tx) error{
		"panics": func(ctx context.Context, tx *sql.Tx) error { _ = write(ctx, tx); panic("3174012501990001") },
		"ends its goroutine": func(ctx context.Context, tx *sql.Tx) error {
			_ = write(ctx, tx)
			runtime.Goexit()
			return nil
		},
		"goes on after an error": func(ctx context.Context, tx *sql.Tx) error {
			_ = write(ctx, tx)
			_, _ = tx.ExecContext(ctx, `SELECT * FROM nowhere`)
			return nil
		},
		"rolls back": func(ctx context.Context, tx *sql.Tx) error { _ = write(ctx, tx); return tx.Rollback() },
		"breaks a constraint that is deferred": func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO once VALUES ('a'), ('a')`)
			return err
		},
		"wants its commit sooner": func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `SET LOCAL synchronous_commit = off`)
			return errors.Join(err, write(ctx, tx))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSeat(t)
			c, err := s.settle(1, f)
			if !errors.Is(err, exchange.ErrEffect) {
				t.Errorf("got %v", err)
			}
			if s.settled(c) || s.texts() != 0 {
				t.Errorf("settled: %v, texts: %d", s.settled(c), s.texts())
			}
			if err := s.s.Settle(s.ctx, c, settlement); err != nil {
				t.Errorf("the claim is not held any more: %v", err)
			}
		})
	}
}

// A handler that commits by itself has settled: nothing can happen twice.
func TestAHandlerThatCommits(t *testing.T) {
	s := newSeat(t)
	c, err := s.settle(1, func(ctx context.Context, tx *sql.Tx) error { return errors.Join(write(ctx, tx), tx.Commit()) })
	if !errors.Is(err, exchange.ErrEffect) {
		t.Errorf("got %v", err)
	}
	if !s.settled(c) || s.texts() != 1 {
		t.Errorf("settled: %v, texts: %d", s.settled(c), s.texts())
	}
}

// Two that lock each other out are both settled: the one that gives way runs
// again.
func TestADeadlockOfHandlersIsResolved(t *testing.T) {
	s := newSeat(t)
	met := make(chan struct{}, 2)
	add := func(first, second string) func(context.Context, *sql.Tx) error {
		once := true
		return func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `UPDATE sums SET n = n + 1 WHERE name = $1`, first); err != nil {
				return err
			}
			if once { // both hold their first
				once = false
				met <- struct{}{}
				for len(met) < 2 {
					runtime.Gosched()
				}
			}
			_, err := tx.ExecContext(ctx, `UPDATE sums SET n = n + 1 WHERE name = $1`, second)
			return err
		}
	}
	errs := make(chan error, 2)
	go func() { _, err := s.settle(1, add("a", "b")); errs <- err }()
	go func() { _, err := s.settle(2, add("b", "a")); errs <- err }()
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Error(err)
	}
	sums, err := column(s.s.DB(), `SELECT n::text FROM sums`)
	if err != nil || len(sums) != 2 || sums[0] != "2" || sums[1] != "2" {
		t.Errorf("sums %v, %v", sums, err)
	}
}

// A front stands before a store's transaction, as one that counts would.
type front struct{ exchange.Tx }

func (f front) Unwrap() exchange.Tx { return f.Tx }

type closed struct{ exchange.Tx }

func TestUpdateFindsItsOwn(t *testing.T) {
	s := newSeat(t)
	c, err := s.s.Claim(s.ctx, admission(1), settlement.At, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := s.s.Begin(s.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		tx   any
		f    func(context.Context, *sql.Tx) error
		want envelope.Reason
	}{
		{"as it is", tx, write, ""},
		{"behind two", front{front{tx}}, write, ""},
		{"behind one that hides it", closed{tx}, write, envelope.ReasonMisuse},
		{"another store's", struct{}{}, write, envelope.ReasonMisuse},
		{"none", nil, write, envelope.ReasonMisuse},
		{"no function", tx, nil, envelope.ReasonMisuse},
	} {
		if err := postgres.Write(tt.tx, tt.f); envelope.ReasonOf(err) != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if err := tx.Settle(s.ctx, c, settlement); err != nil || s.texts() != 2 {
		t.Errorf("settle: %v, %d texts", err, s.texts())
	}
	if err := postgres.Write(tx, write); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("after it was settled: %v", err)
	}
}
