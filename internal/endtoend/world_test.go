package endtoend

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
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
func long() bool { return os.Getenv("SEGEL_LONG") == "1" }

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
	records []byte

	ours, theirs folder // the sender's and the recipient's
	calls        atomic.Int64
	sender       *exchange.Sender
	client       *http.Client
	address      string // of the recipient
	hang         func() // ends the serving, and waits for its end
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
	began := time.Now()
	p := &pair{
		TB: t, World: exchangetest.NewWorld(), records: records(t), ours: newFolder(t), theirs: newFolder(t),
		now: func() time.Time { return envelopetest.Now().Add(time.Since(began)) },
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address = l.Addr().String()
	p.serve(l, change)
	t.Cleanup(func() { p.hang() })
	p.client, err = http.NewClient(http.ClientConfig{
		Endpoints: func(envelope.Party) []string { return []string{"http://" + p.address} }, Once: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.client.Close)
	sc := p.SenderConfig(sirekap)
	sc.Journal, sc.Transport, sc.Clock = p.ours.journal, p.client, p.now
	if p.sender, err = exchange.NewSender(sc); err != nil {
		t.Fatal(err)
	}
	return p
}

// serve has the recipient answer on a listener.
func (p *pair) serve(l net.Listener, change func(*exchange.ReceiverConfig, *http.HandlerConfig)) {
	p.Helper()
	quiet := slog.New(slog.DiscardHandler)
	rc := p.ReceiverConfig(bawaslu, code, func(context.Context, *exchange.Delivery) error {
		p.calls.Add(1)
		return nil
	})
	rc.Store, rc.Journal, rc.Clock = p.theirs.store, p.theirs.journal, p.now
	hc := http.HandlerConfig{Log: quiet}
	if change != nil {
		change(&rc, &hc)
	}
	r, err := exchange.NewReceiver(rc)
	if err != nil {
		p.Fatal(err)
	}
	if hc.Receiver == nil {
		hc.Receiver = r
	}
	h, err := http.NewHandler(hc)
	if err != nil {
		p.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- http.Serve(ctx, l, h, http.ServerConfig{Log: quiet}) }()
	p.hang = func() { stop(); <-served; p.hang = func() {} }
}

func (p *pair) shipment() exchange.Shipment {
	return exchange.Shipment{Request: p.Request(dataset, code, bawaslu), Records: schema.NDJSON(bytes.NewReader(p.records))}
}
