//go:build unix

package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/store/postgres"
	"github.com/segel-id/segel/internal/crash/server"
)

// Where a server only stands by nothing is promised, no connection to it is kept, and
// everything goes on once it has taken over.
func TestAServerThatTakesOver(t *testing.T) {
	t.Parallel()
	p := server.NewPostgres(t)
	s, err := postgres.Open(t.Context(), p.DSN(), postgres.Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := p.Follow(); err != nil {
		t.Fatal(err)
	}
	pid := func() (pid uint32) {
		if err := s.Raw(t.Context(), func(c *pgx.Conn) error { pid = c.PgConn().PID(); return nil }); err != nil {
			t.Error(err)
		}
		return pid
	}
	before := pid()
	at := time.Now()
	_, err = s.Claim(t.Context(), admission(1), at, time.Minute)
	if envelope.ReasonOf(err) != envelope.ReasonUnavailable || !strings.Contains(err.Error(), "can only be read") {
		t.Errorf("claim: %v", err)
	}
	if pid() == before {
		t.Error("the connection was kept")
	}
	if _, err := postgres.Open(t.Context(), p.DSN(), "another"); envelope.ReasonOf(err) != envelope.ReasonUnavailable || !strings.Contains(err.Error(), "can only be read") {
		t.Errorf("open: %v", err)
	}
	if err := p.TakeOver(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Claim(t.Context(), admission(1), at, time.Minute); err != nil {
		t.Errorf("claim: %v", err)
	}
}
