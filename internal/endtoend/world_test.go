package endtoend

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
)

const (
	dataset = "sirekap/hasil-tps"
	code    = "AWAS-TAHAPAN"
)

var (
	sirekap = envelopetest.Sirekap()    // who sends
	bawaslu = envelopetest.Pengawasan() // who receives
)

// long reports whether the stories are to be told in full.
func long() bool { return shared.Long() && !shared.Race }

// records returns two polling stations, 1.2 KiB.
func records(t testing.TB) []byte {
	t.Helper()
	text, err := fs.ReadFile(electiontest.FS(), "sirekap/hasil-tps/valid/complete.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A pair is two agencies with a folder each.
type pair struct {
	testing.TB
	*exchangetest.World
	now     func() time.Time
	ahead   atomic.Int64 // by how much the clock was put forward
	records []byte

	ours, theirs folder // the sender's and the recipient's
	calls        atomic.Int64
	receiver     *exchange.Receiver
	box          *watched // the sender's outbox
	sender       *exchange.Sender
	client       *http.Client
	address      string                            // of the recipient
	wrap         func(http.Receiver) http.Receiver // nil: as it is
	hang         func()                            // ends the serving, and waits for its end
	journals     folders                           // of processes that share a store
	disk         func() int64                      // how many bytes both agencies have on disk
	used         func() time.Duration              // what servers beside us have had of the cores; nil: there are none
}

// A folder is what an agency has on disk.
type folder struct {
	path    string
	store   *bolt.Store
	journal *journal.File
}

func newFolder(t testing.TB) folder {
	t.Helper()
	f := folder{path: t.TempDir()}
	var err error
	if f.store, err = bolt.Open(filepath.Join(f.path, "store")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.store.Close() })
	if f.journal, err = journal.Open(f.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.journal.Close() })
	return f
}

// newPair returns two agencies, the recipient reachable. Their common clock runs
// from the day after polling day on.
func newPair(t testing.TB, change func(*exchange.ReceiverConfig, *http.HandlerConfig)) *pair {
	t.Helper()
	ours := newFolder(t)
	p := newWorld(t, ours.store.Outbox())
	p.ours, p.theirs = ours, newFolder(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = l.Addr().String()
	p.serve(l, change)
	t.Cleanup(func() { p.hang() })
	p.client = newClient(t, func() []string { return []string{"http://" + p.address} })
	p.sendBy(p.client, ours.journal)
	return p
}

// newWorld returns what both agencies know, and the sender's outbox.
func newWorld(t testing.TB, box exchange.Outbox) *pair {
	t.Helper()
	began := time.Now()
	p := &pair{TB: t, World: exchangetest.NewWorld(), records: records(t), box: &watched{Outbox: box, settled: map[string]chan struct{}{}}}
	p.now = func() time.Time { return envelopetest.Now().Add(time.Since(began) + time.Duration(p.ahead.Load())) }
	return p
}

// newClient returns one that makes a single attempt at each endpoint.
func newClient(t testing.TB, endpoints func() []string) *http.Client {
	t.Helper()
	c, err := http.NewClient(http.ClientConfig{Endpoints: func(envelope.Party) []string { return endpoints() }, Once: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// sendBy makes the sender.
func (p *pair) sendBy(t exchange.Transport, j exchange.Journal) {
	p.Helper()
	cfg := p.SenderConfig(sirekap)
	cfg.Journal, cfg.Transport, cfg.Clock = j, t, p.now
	var err error
	if p.sender, err = exchange.NewSender(cfg); err != nil {
		p.Fatal(err)
	}
}

// receive returns the configuration of a receiver that counts what it is given.
func (p *pair) receive(store exchange.Store, j exchange.Journal) exchange.ReceiverConfig {
	cfg := p.ReceiverConfig(bawaslu, code, func(context.Context, *exchange.Delivery) error {
		p.calls.Add(1)
		return nil
	})
	cfg.Store, cfg.Journal, cfg.Clock = store, j, p.now
	return cfg
}

// serve has the recipient answer on a listener.
func (p *pair) serve(l net.Listener, change func(*exchange.ReceiverConfig, *http.HandlerConfig)) {
	p.Helper()
	rc, hc := p.receive(p.theirs.store, p.theirs.journal), http.HandlerConfig{Log: quiet}
	if change != nil {
		change(&rc, &hc)
	}
	r, err := exchange.NewReceiver(rc)
	if err != nil {
		p.Fatal(err)
	}
	if p.receiver, hc.Receiver = r, r; p.wrap != nil {
		hc.Receiver = p.wrap(r)
	}
	stop := p.answer(l, hc)
	p.hang = func() { stop(); p.hang = func() {} }
}

var quiet = slog.New(slog.DiscardHandler)

// answer serves HTTP until stop is called, which waits for its end.
func (p *pair) answer(l net.Listener, cfg http.HandlerConfig) (stop func()) {
	p.Helper()
	h, err := http.NewHandler(cfg)
	if err != nil {
		p.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- http.Serve(ctx, l, h, http.ServerConfig{Log: quiet}) }()
	return func() { cancel(); <-served }
}

func (p *pair) shipment() exchange.Shipment {
	return exchange.Shipment{Request: p.Request(dataset, code, bawaslu), Records: schema.NDJSON(bytes.NewReader(p.records))}
}

// dispatcher returns one for the sender, with its outbox.
func (p *pair) dispatcher(change func(*exchange.DispatcherConfig)) *exchange.Dispatcher {
	p.Helper()
	cfg := exchange.DispatcherConfig{Sender: p.sender, Outbox: p.box}
	if change != nil {
		change(&cfg)
	}
	d, err := exchange.NewDispatcher(cfg)
	if err != nil {
		p.Fatal(err)
	}
	return d
}

// run runs a dispatcher until stop is called, at the latest at the test's end.
func (p *pair) run(d *exchange.Dispatcher) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			p.Error(err)
		}
	})
	p.Cleanup(stop)
	return stop
}

// watched is an outbox that tells when a parcel is settled in it, durably.
type watched struct {
	exchange.Outbox
	mu      sync.Mutex
	settled map[string]chan struct{}
}

// wait returns a channel that is closed when the envelope is settled.
func (w *watched) wait(id string) chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.settled[id] == nil {
		w.settled[id] = make(chan struct{})
	}
	return w.settled[id]
}

func (w *watched) Update(ctx context.Context, p exchange.Parcel) error {
	err := w.Outbox.Update(ctx, p)
	if err == nil && p.State == exchange.ParcelSettled {
		close(w.wait(p.ID))
	}
	return err
}
