//go:build unix

package many

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/crash/board"
	"github.com/segel-id/segel/internal/crash/server"
	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
)

const (
	receivers = 3
	callers   = 24 // offers at once
)

// size is how many envelopes are offered, and how often one of the receivers is
// killed.
func size() (envelopes int, kill time.Duration) {
	if shared.Long() {
		return 20_000, time.Second
	}
	return 150, 700 * time.Millisecond
}

func TestOnceForAll(t *testing.T) {
	envelopes, every := size()
	for _, tt := range []struct {
		name  string
		kill  time.Duration // 0: never
		stops int           // of the server
		long  bool          // only if all is run
	}{
		{"three receivers", 0, 0, false},
		{"one of three killed again and again", every, 0, true},
		{"the server stopped twice", 0, 2, true},
		{"both", every, 2, false},
	} {
		if tt.long && !shared.Long() {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			r := newRun(t, envelopes)
			r.offerAll(tt.kill, tt.stops)
			r.judge()
		})
	}
}

// A run is one database with its receivers, and what is offered to them.
type run struct {
	*testing.T
	settings
	seed      uint64
	db        *server.Postgres
	directory *trust.Directory
	sealed    []*envelope.Sealed
	receipts  []atomic.Pointer[[]byte] // by envelope
	listeners []*os.File
	clients   []*http.Client

	mu    sync.Mutex
	lives []*life // the present one of each receiver
	ended bool

	done, retried, kills atomic.Int64
	began                time.Time
}

type life struct {
	cmd   *exec.Cmd
	stdin io.Closer // its end is the process's
}

func newRun(t *testing.T, envelopes int) *run {
	t.Helper()
	r := &run{T: t, seed: shared.Seed(t), db: server.NewPostgres(t), receipts: make([]atomic.Pointer[[]byte], envelopes), lives: make([]*life, receivers)}
	def, err := board.Definition()
	if err != nil {
		t.Fatal(err)
	}
	w := exchangetest.NewWorld(def)
	text, err := trust.Sign(w.Draft(exchangetest.Grants(w.Definitions)), envelopetest.Anchor().Signing)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	r.settings = settings{Dir: dir, World: filepath.Join(dir, "directory"), DSN: r.db.DSN(), Begun: time.Now()}
	if err := os.WriteFile(r.World, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if r.directory, err = r.settings.directory(); err != nil {
		t.Fatal(err)
	}
	store, err := awaitStore(t.Context(), r.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.DB().Exec(`CREATE TABLE effects (sender text, id text, attempt bigint)`); err != nil {
		t.Fatal(err)
	}
	r.seal(w.Definitions, envelopes)
	for n := range receivers {
		r.listen(n)
	}
	return r
}

func (r *run) seal(definitions *schema.Registry, envelopes int) {
	r.Helper()
	s, err := exchange.NewSender(exchange.SenderConfig{
		Party: sipol.Party, Keys: sipol.Keys(), Directory: r.directory, Definitions: definitions,
		Journal: &exchangetest.Journal{}, Clock: r.clock,
	})
	if err != nil {
		r.Fatal(err)
	}
	for n := range envelopes {
		sealed, _, err := s.Seal(context.Background(), exchange.Shipment{
			Request: board.Request(ahu.Party), Records: schema.NDJSON(strings.NewReader(board.Record(n))),
		})
		if err != nil {
			r.Fatal(err)
		}
		r.sealed = append(r.sealed, sealed)
	}
}

// listen makes a socket that outlives the receiver's lives, so that it has one
// address and who comes between two of them waits for the next.
func (r *run) listen(n int) {
	r.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	file, err := l.(*net.TCPListener).File()
	l.Close()
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { file.Close() })
	client, err := http.NewClient(http.ClientConfig{Endpoints: func(envelope.Party) []string { return []string{url} }, Once: true, Timeout: 20 * time.Second})
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(client.Close)
	r.listeners, r.clients = append(r.listeners, file), append(r.clients, client)
	if err := os.Mkdir(filepath.Join(r.Dir, strconv.Itoa(n)), 0o700); err != nil {
		r.Fatal(err)
	}
}

// begin begins a receiver's life.
func (r *run) begin(n int) (*life, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return nil, nil
	}
	set := r.settings
	set.Dir = filepath.Join(r.Dir, strconv.Itoa(n))
	text, err := json.Marshal(set)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	errs, err := os.OpenFile(filepath.Join(set.Dir, "err"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer errs.Close()
	l := &life{cmd: exec.Command(self)}
	l.cmd.Env = append(os.Environ(), role+"="+string(text))
	l.cmd.Stdout, l.cmd.Stderr = errs, errs
	l.cmd.ExtraFiles = []*os.File{r.listeners[n]}
	if l.stdin, err = l.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := l.cmd.Start(); err != nil {
		return nil, err
	}
	r.lives[n] = l
	return l, nil
}

// keep has a receiver live again when it was killed, until the run has ended.
func (r *run) keep(n int) error {
	for {
		l, err := r.begin(n)
		if l == nil || err != nil {
			return err
		}
		err = l.cmd.Wait()
		r.mu.Lock()
		ended := r.ended
		r.mu.Unlock()
		switch {
		case ended:
			return nil
		case err == nil:
			return fmt.Errorf("receiver %d has ended by itself", n)
		case l.cmd.ProcessState.ExitCode() != -1: // not by a signal
			text, _ := os.ReadFile(filepath.Join(r.Dir, strconv.Itoa(n), "err"))
			return fmt.Errorf("receiver %d: %w: %s", n, err, text[max(0, len(text)-2000):])
		}
	}
}

func (r *run) kill(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.lives[n]; l != nil && l.cmd.Process.Kill() == nil {
		r.kills.Add(1)
	}
}

// offerAll offers every envelope twice and returns when both offers have brought a
// receipt.
func (r *run) offerAll(kill time.Duration, stops int) {
	r.Helper()
	r.began = time.Now()
	rnd := rand.New(rand.NewPCG(r.seed, 1))
	offers := make([]int, 0, 2*len(r.sealed))
	for n := range r.sealed {
		offers = append(offers, n, n)
	}
	rnd.Shuffle(len(offers), func(i, j int) { offers[i], offers[j] = offers[j], offers[i] })

	ctx, cancel := context.WithTimeout(context.Background(), 25*time.Minute)
	defer cancel()
	lived := make(chan error, receivers)
	for n := range receivers {
		go func() {
			err := r.keep(n)
			if err != nil {
				cancel() // nobody will answer
			}
			lived <- err
		}()
	}
	faults, calm := context.WithCancel(ctx)
	var faulty, working sync.WaitGroup
	if kill > 0 {
		faulty.Go(func() { r.killAll(faults, kill) })
	}
	next := make(chan int)
	for range callers {
		working.Go(func() {
			for n := range next {
				if err := r.offer(ctx, n); err != nil {
					r.Error(err)
				}
			}
		})
	}
	for i, n := range offers {
		if part := len(offers) / (stops + 1); stops > 0 && i > 0 && i%part == 0 && i/part <= stops {
			if err := errors.Join(r.db.Stop(), r.db.Start()); err != nil {
				r.Error(err)
			}
		}
		next <- n
	}
	close(next)
	working.Wait()
	calm()
	faulty.Wait()
	r.mu.Lock()
	r.ended = true
	for _, l := range r.lives {
		if l != nil {
			l.stdin.Close()
		}
	}
	r.mu.Unlock()
	for range receivers {
		if err := <-lived; err != nil {
			r.Error(err)
		}
	}
	if err := ctx.Err(); err != nil {
		r.Errorf("%d of %d offers have a receipt: %v", r.done.Load(), len(offers), err)
	}
	if r.Failed() {
		r.FailNow()
	}
}

func (r *run) killAll(ctx context.Context, every time.Duration) {
	rnd := rand.New(rand.NewPCG(r.seed, 2))
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.kill(rnd.IntN(receivers))
		}
	}
}

// offer offers an envelope to one receiver after the other until it has a receipt.
func (r *run) offer(ctx context.Context, n int) error {
	sealed := r.sealed[n]
	for {
		reply, err := r.clients[rand.IntN(receivers)].Deliver(ctx, ahu.Party, bytes.NewReader(sealed.File()))
		if err == nil && reply.Receipt != nil {
			return r.note(n, reply)
		}
		if ctx.Err() != nil {
			return nil // its receipt will be missed
		}
		if err == nil && reply.Refusal != exchange.OutwardTryLater {
			return fmt.Errorf("envelope %d: refused: %s", n, reply.Refusal)
		}
		r.retried.Add(1)
		select { // as a sender would, who is asked to wait
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// note verifies a receipt, and holds it against the other offer's.
func (r *run) note(n int, reply exchange.Reply) error {
	receipt, err := exchange.OpenReceipt(reply.Receipt, sipol.Keys(), r.directory, exchange.SentTo(r.sealed[n], ahu.Party), r.clock())
	if err != nil {
		return fmt.Errorf("envelope %d: receipt: %w", n, err)
	}
	if c := receipt.Claims(); c.Outcome != exchange.OutcomeAccepted {
		return fmt.Errorf("envelope %d: %s, %s", n, c.Outcome, c.Reason)
	}
	jws := receipt.JWS()
	if !r.receipts[n].CompareAndSwap(nil, &jws) && !bytes.Equal(*r.receipts[n].Load(), jws) {
		return fmt.Errorf("envelope %d has two receipts", n)
	}
	r.done.Add(1)
	return nil
}
