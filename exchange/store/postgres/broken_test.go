package postgres_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/postgres"
)

// What was read before a connection broke is not returned beside what is read again.
func TestAListIsNotRepeated(t *testing.T) {
	s, ctx := open(t, empty(t)), context.Background()
	for n := range 3 {
		a := admission(int64(n))
		a.Sender = envelope.Party(fmt.Sprintf("kpu/sirekap-%d", n))
		if _, err := s.Claim(ctx, a, a.AdmittedAt, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	asked := 0
	got, err := s.Lasts(ctx, func() error {
		if asked++; asked == 2 {
			return io.ErrUnexpectedEOF
		}
		return nil
	})
	if err != nil || len(got) != 3 || asked != 5 {
		t.Errorf("%v after %d rows, %v", got, asked, err)
	}
}

// Without the row of marks nobody knows what was purged or which directory is the
// latest. So nothing is answered, and nothing asks for it again and again.
func TestNoMarks(t *testing.T) {
	s := newSeat(t)
	at := settlement.At
	c, err := s.s.Claim(s.ctx, admission(1), at, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := s.s.Begin(s.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	if err := postgres.Write(tx, func(ctx context.Context, tx *sql.Tx) error { ran++; return write(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.s.DB().Exec(`DELETE FROM marks`); err != nil {
		t.Fatal(err)
	}
	_, claimed := s.s.Claim(s.ctx, admission(2), at, time.Minute)
	_, _, looked := s.s.Lookup(s.ctx, c.Key)
	_, due := s.s.Outbox().Due(s.ctx, "ahu/badan-hukum", at, 10)
	_, purged := s.s.Purge(s.ctx, at)
	for what, err := range map[string]error{
		"claim": claimed, "lookup": looked, "due": due, "purge": purged, "settle with an effect": tx.Settle(s.ctx, c, settlement),
		"raise": s.s.Raise(s.ctx, exchange.Marks{Clock: at}), "acknowledge": s.s.Acknowledge(s.ctx, at),
	} {
		if envelope.ReasonOf(err) != envelope.ReasonUnavailable || !strings.Contains(fmt.Sprint(err), "marks are damaged") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if ran != 1 || s.texts() != 0 {
		t.Errorf("the effect ran %d times, %d texts", ran, s.texts())
	}
}

// A process that falls silent in the middle of a transaction, as one whose machine has
// lost its power, does not hold its locks for as long as TCP waits.
func TestASilentTransactionEnds(t *testing.T) {
	s := newSeat(t)
	const ask, want = `SELECT current_setting('idle_in_transaction_session_timeout')`, "40s" // beyond the store's own patience
	var got string
	if err := s.s.Begun(s.ctx, func(c *pgx.Conn) error { return c.QueryRow(s.ctx, ask).Scan(&got) }); err != nil || got != want {
		t.Errorf("a transaction: %q, %v", got, err)
	}
	got = ""
	if _, err := s.settle(1, func(ctx context.Context, tx *sql.Tx) error { return tx.QueryRowContext(ctx, ask).Scan(&got) }); err != nil || got != want {
		t.Errorf("a settlement with an effect: %q, %v", got, err)
	}
}

// A connection to a server that stands by is not kept: another may reach the one that
// writes.
func TestAServerThatStandsBy(t *testing.T) {
	s, db := single(t)
	if _, err := db.Exec(`SET default_transaction_read_only = on`); err != nil { // of this connection
		t.Fatal(err)
	}
	if _, err := s.Claim(t.Context(), admission(1), time.Now(), time.Minute); err != nil {
		t.Errorf("claim: %v", err)
	}
	pid := func(fail error) (pid uint32) {
		if err := s.Raw(t.Context(), func(c *pgx.Conn) error { pid = c.PgConn().PID(); return fail }); err != fail {
			t.Errorf("got %v, want %v", err, fail)
		}
		return pid
	}
	first := pid(&pgconn.PgError{Code: "23505"})
	second := pid(&pgconn.PgError{Code: "25006"})
	if third := pid(nil); first != second || second == third {
		t.Errorf("connections %d, %d, %d", first, second, third)
	}
}
