package http_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	nethttp "net/http"
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
	"github.com/segel-id/segel/schema"
)

const (
	dataset = "sipol/kepengurusan"
	code    = "PARPOL-BADANHUKUM"
	board   = `{"kode_partai":"99","partai":"Partai Contoh","tingkat":"pusat","kode_wilayah":null,"nomor_sk":"M.HH-001.AH.11.02 TAHUN 2022","tanggal_sk":"2022-06-01","pengurus":[{"jabatan":"Ketua","nama":"Warga Contoh"}]}` + "\n"
)

var (
	sipol  = envelopetest.Sipol()
	ahu    = envelopetest.BadanHukum()
	anchor = envelopetest.Anchor()
)

// A site is AHU behind a handler on a loopback listener, and Sipol.
type site struct {
	*testing.T
	*exchangetest.World
	url     string
	address string
	client  *http.Client
	pauses  func() []time.Duration
	calls   atomic.Int64
	handle  atomic.Pointer[exchange.Handler] // nil accepts
	log     *record
	stop    context.CancelFunc
	served  chan error
}

type settings struct {
	receiver func(*exchange.ReceiverConfig)
	wrap     func(http.Receiver) http.Receiver
	handler  func(*http.HandlerConfig)
	server   func(*http.ServerConfig)
	client   func(*http.ClientConfig)
	listener net.Listener
	around   func(nethttp.Handler) nethttp.Handler
}

func open(t *testing.T, set settings) *site {
	t.Helper()
	s := &site{T: t, World: exchangetest.NewWorld(), log: &record{}, served: make(chan error, 1)}
	rc := s.ReceiverConfig(ahu, code, func(ctx context.Context, d *exchange.Delivery) error {
		s.calls.Add(1)
		if h := s.handle.Load(); h != nil {
			return (*h)(ctx, d)
		}
		return nil
	})
	rc.Logger = s.log.logger()
	if set.receiver != nil {
		set.receiver(&rc)
	}
	r, err := exchange.NewReceiver(rc)
	if err != nil {
		t.Fatal(err)
	}
	hc := http.HandlerConfig{Receiver: r, Log: s.log.logger()}
	if set.wrap != nil {
		hc.Receiver = set.wrap(r)
	}
	if set.handler != nil {
		set.handler(&hc)
	}
	handler, err := http.NewHandler(hc)
	if err != nil {
		t.Fatal(err)
	}
	var outer nethttp.Handler = handler
	if set.around != nil {
		outer = set.around(handler)
	}
	l := set.listener
	if l == nil {
		l = listen(t)
	}
	sc := http.ServerConfig{Log: s.log.logger()}
	if set.server != nil {
		set.server(&sc)
	}
	s.address = l.Addr().String()
	s.url = "http://" + s.address
	if sc.TLS != nil {
		s.url = "https://" + s.address
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go func() { s.served <- http.Serve(ctx, l, outer, sc) }()
	s.client, s.pauses = dial(t, s.url, set.client)
	t.Cleanup(func() { s.client.Close(); stop(); <-s.served })
	return s
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func dial(t *testing.T, url string, change func(*http.ClientConfig)) (*http.Client, func() []time.Duration) {
	t.Helper()
	cfg := http.ClientConfig{Endpoints: func(envelope.Party) []string { return []string{url} }}
	if change != nil {
		change(&cfg)
	}
	c, err := http.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, c.Impatient()
}

func (s *site) sender() *exchange.Sender {
	s.Helper()
	cfg := s.SenderConfig(sipol)
	cfg.Transport = s.client
	sender, err := exchange.NewSender(cfg)
	if err != nil {
		s.Fatal(err)
	}
	return sender
}

func (s *site) sealed() *envelope.Sealed { s.Helper(); return s.seal(board) }

func (s *site) seal(records string) *envelope.Sealed {
	s.Helper()
	sealed, _, err := s.sender().Seal(context.Background(), exchange.Shipment{Request: s.Request(dataset, code, ahu), Records: schema.NDJSON(strings.NewReader(records))})
	if err != nil {
		s.Fatal(err)
	}
	return sealed
}

func (s *site) accepted(sealed *envelope.Sealed) *exchange.Receipt {
	s.Helper()
	r, err := s.sender().Deliver(context.Background(), sealed, ahu.Party)
	if err != nil {
		s.Fatal(err)
	}
	if got := r.Claims().Outcome; got != exchange.OutcomeAccepted {
		s.Fatalf("the receipt says %s", got)
	}
	return r
}

func (s *site) called(want int64) {
	s.Helper()
	if n := s.calls.Load(); n != want {
		s.Errorf("the handler was called %d times, want %d", n, want)
	}
}

// A response as it came.
type response struct {
	status int
	header nethttp.Header
	body   string
}

// raw makes a request over plain HTTP as no client of ours would.
func (s *site) raw(method, path string, body io.Reader, change func(*nethttp.Request)) response {
	s.Helper()
	req, err := nethttp.NewRequest(method, s.url+path, body)
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Content-Type", http.MediaEnvelope)
	if change != nil {
		change(req)
	}
	req.Close = true
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		s.Fatal(err)
	}
	defer c.Close()
	_ = req.Write(c) // the server may close its end before it has read all
	res, err := nethttp.ReadResponse(bufio.NewReader(c), req)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.Fatal(err)
	}
	return response{res.StatusCode, res.Header, string(text)}
}

// refused wants one of the four outward answers, exactly.
func (r response) refused(t testing.TB, status int, word exchange.Outward) {
	t.Helper()
	if r.status != status || r.header.Get("Content-Type") != http.MediaProblem || !strings.Contains(r.body, `"type":"`+http.ProblemBase+string(word)+`"`) ||
		!strings.Contains(r.body, fmt.Sprintf(`"status":%d`, status)) {
		t.Errorf("got %d %q %s; want %d %s", r.status, r.header.Get("Content-Type"), r.body, status, word)
	}
	if later := r.header.Get("Retry-After") != ""; later != (word == exchange.OutwardTryLater) {
		t.Errorf("%s: Retry-After is %q", word, r.header.Get("Retry-After"))
	}
}

// A record keeps what was logged, every level of it.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *record) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
