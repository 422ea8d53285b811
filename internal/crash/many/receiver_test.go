//go:build unix

package many

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/store/postgres"
	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/crash/board"
)

var (
	sipol = envelopetest.Sipol()      // sends
	ahu   = envelopetest.BadanHukum() // receives
)

// role is the environment variable that makes the test binary a receiver.
const role = "SEGEL_CRASH_MANY"

// settings are what a receiver is told.
type settings struct {
	Dir   string // its own
	World string // the file of the directory
	DSN   string
	Begun time.Time // when the machine's clock was started
}

// listenerFD is the socket that a receiver inherits.
const listenerFD = 3

func TestMain(m *testing.M) {
	text := os.Getenv(role)
	if text == "" {
		os.Exit(m.Run())
	}
	var set settings
	err := json.Unmarshal([]byte(text), &set)
	if err == nil {
		err = receive(set)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// clock runs as the machine's does, from when the world of the tests begins.
func (s settings) clock() time.Time {
	return envelopetest.Now().Add(time.Since(s.Begun)).Truncate(time.Microsecond)
}

func (s settings) directory() (*trust.Directory, error) {
	text, err := os.ReadFile(s.World)
	if err != nil {
		return nil, err
	}
	return trust.Open(text, exchangetest.Anchors(), s.clock())
}

// receive serves until standard input ends.
func receive(set settings) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		defer stop()
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	store, err := awaitStore(ctx, set.DSN)
	if err != nil {
		return err
	}
	defer store.Close()
	j, err := journal.Open(filepath.Join(set.Dir, "journal"))
	if err != nil {
		return err
	}
	defer j.Close()
	directory, err := set.directory()
	if err != nil {
		return err
	}
	datasets, err := board.Registry()
	if err != nil {
		return err
	}
	quiet := slog.New(slog.NewTextHandler(os.Stderr, nil))
	cfg := exchange.ReceiverConfig{
		Party: ahu.Party, Keys: ahu.Keys(), Purpose: board.Purpose, Directory: directory, Definitions: datasets,
		Store: store, Journal: j, Clock: set.clock, Lease: time.Second, Logger: quiet,
		Handle: func(_ context.Context, d *exchange.Delivery) error {
			return postgres.Update(d, func(ctx context.Context, tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, `INSERT INTO effects (sender, id, attempt) VALUES ($1, $2, $3)`, string(d.Key().Sender), d.Key().ID, int64(d.Attempt()))
				return err
			})
		},
	}
	var r *exchange.Receiver
	if err := again(ctx, func() (err error) { r, err = exchange.NewReceiver(cfg); return err }); err != nil {
		return err
	}
	h, err := http.NewHandler(http.HandlerConfig{Receiver: r, MaxPerAddress: http.DefaultMaxConcurrent, Log: quiet})
	if err != nil {
		return err
	}
	l, err := net.FileListener(os.NewFile(listenerFD, "listener"))
	if err != nil {
		return err
	}
	return http.Serve(ctx, l, h, http.ServerConfig{Log: quiet})
}

func awaitStore(ctx context.Context, dsn string) (store *postgres.Store, err error) {
	err = again(ctx, func() error { store, err = postgres.Open(ctx, dsn, postgres.Schema); return err })
	return store, err
}

// again does what needs the server, which may be just starting.
func again(ctx context.Context, do func() error) (err error) {
	for range 600 {
		if err = do(); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("the database does not come back: %w", err)
}
