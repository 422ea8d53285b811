package postgres_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/postgres"
)

// A wire stands between a pool and the server. Once armed, it cuts the connection
// at the nth question (a Sync or a simple query), before the server has it or
// before its answer has come.
type wire struct {
	net.Listener
	server string

	mu        sync.Mutex
	at        int // 0: not armed
	answered  bool
	cuts, met int
}

func newWire(t *testing.T, server string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l, server: server}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
	return w
}

func (w *wire) arm(at int, answered bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at, w.answered, w.met = at, answered, 0
}

// asks counts a question, and says whether it is the one.
func (w *wire) asks() (cut, answered bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at == 0 {
		return false, false
	}
	if w.met++; w.met < w.at {
		return false, false
	}
	w.at = 0
	w.cuts++
	return true, w.answered
}

func (w *wire) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.server)
	if err != nil {
		return
	}
	defer server.Close()
	var silent sync.Mutex // held once no answer is to come through
	over := make(chan struct{})
	go func() {
		defer close(over)
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			silent.Lock()
			_, failed := client.Write(buf[:n])
			silent.Unlock()
			if err != nil || failed != nil {
				return
			}
		}
	}()
	for first := true; ; first = false {
		message, kind, err := readMessage(client, first)
		if err != nil {
			return
		}
		if kind != 'S' && kind != 'Q' {
			if _, err := server.Write(message); err != nil {
				return
			}
			continue
		}
		cut, answered := w.asks()
		if cut && !answered {
			return
		}
		if cut {
			silent.Lock()
		}
		if _, err := server.Write(message); err != nil {
			return
		}
		if cut { // the server does all of it before it finds that nobody listens
			if c, ok := server.(*net.TCPConn); ok {
				_ = c.CloseWrite()
			}
			client.Close()
			silent.Unlock()
			<-over
			return
		}
	}
}

// readMessage reads a message of a client: the first has no kind.
func readMessage(r io.Reader, first bool) (message []byte, kind byte, err error) {
	head := make([]byte, 5)
	if first {
		head = head[:4]
	}
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, 0, err
	}
	length := binary.BigEndian.Uint32(head[len(head)-4:])
	rest := make([]byte, length-4)
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, 0, err
	}
	if !first {
		kind = head[0]
	}
	return append(head, rest...), kind, nil
}

// cutOff is a store on a wire, with one connection at a time.
func cutOff(t *testing.T) (*postgres.Store, *wire) {
	t.Helper()
	name := empty(t)
	cfg, err := pgx.ParseConfig(dsn(t, name))
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(t, fmt.Sprintf("%s:%d", cfg.Host, cfg.Port))
	cfg.Host, cfg.Port, cfg.TLSConfig, cfg.Fallbacks = "127.0.0.1", uint16(w.Addr().(*net.TCPAddr).Port), nil, nil
	db := stdlib.OpenDB(*cfg, stdlib.OptionShouldPing(func(context.Context, stdlib.ShouldPingParams) bool { return false }))
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	s, err := postgres.New(context.Background(), db, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`CREATE TABLE IF NOT EXISTS texts (text text)`); err != nil {
		t.Fatal(err)
	}
	return s, w
}

// The connection breaks at every question that a claim, a settlement and one with
// an effect ask, before it reaches the server and before its answer comes. Nobody
// notices: each has happened, once.
func TestABrokenConnectionIsResolved(t *testing.T) {
	s, w := cutOff(t)
	ctx, at := context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	settlement := exchange.Settlement{Outcome: exchange.OutcomeAccepted, At: at, Receipt: []byte("receipt")}
	n := int64(0)
	claim := func() exchange.Claim {
		t.Helper()
		n++
		c, err := s.Claim(ctx, admission(n), at, time.Minute)
		if err != nil || c.Fence != 1 {
			t.Fatalf("claim: %+v, %v", c, err)
		}
		return c
	}
	effect := func(c exchange.Claim) {
		t.Helper()
		tx, err := s.Begin(ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		if err := postgres.Write(tx, func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO texts VALUES ($1)`, c.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := tx.Settle(ctx, c, settlement); err != nil {
			t.Errorf("settle with an effect: %v", err)
		}
	}
	settle := func(c exchange.Claim) {
		t.Helper()
		if err := s.Settle(ctx, c, settlement); err != nil {
			t.Errorf("settle: %v", err)
		}
	}
	effect(claim()) // statements are prepared
	settle(claim())
	for _, answered := range []bool{false, true} {
		for question := 1; ; question++ {
			before := w.cuts
			w.arm(question, answered)
			c := claim()
			w.arm(question, answered)
			settle(c)
			c = claim()
			w.arm(question, answered)
			effect(c)
			w.arm(0, false)
			row, _, err := s.Lookup(ctx, c.Key)
			if err != nil || row == nil || row.Fence != 1 || row.Settlement == nil {
				t.Fatalf("question %d: %+v, %v", question, row, err)
			}
			if w.cuts == before {
				if question < 6 {
					t.Errorf("no more than %d questions were asked", question)
				}
				break
			}
		}
	}
	texts, err := column(s.DB(), `SELECT text FROM texts`)
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for _, id := range texts {
		if times[id]++; times[id] > 1 {
			t.Errorf("the effect of %s is there twice", id)
		}
	}
	if want := w.effects(n); len(texts) != want {
		t.Errorf("%d effects, want %d", len(texts), want)
	}
	counts, err := s.Lasting(ctx)
	if err != nil || len(counts) != 0 {
		t.Errorf("rows that last: %v, %v", counts, err)
	}
	if strings.Contains(fmt.Sprint(err), "127.0.0.1") {
		t.Error("an error names the server")
	}
}

// effects is how many of so many claims were settled with one: every second.
func (w *wire) effects(claims int64) int { return int(claims) / 2 }
