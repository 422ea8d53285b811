package nats_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/spool"
	"github.com/segel-id/segel/exchange/transport/nats"
	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
)

const (
	dataset = "sipol/kepengurusan"
	code    = "PARPOL-BADANHUKUM"
	board   = `{"kode_partai":"99","partai":"Partai Contoh","tingkat":"pusat","kode_wilayah":null,"nomor_sk":"M.HH-001.AH.11.02 TAHUN 2022","tanggal_sk":"2022-06-01","pengurus":[{"jabatan":"Ketua","nama":"Warga Contoh"}]}` + "\n"
	canary  = "3174012501990001"
)

var (
	sipol = envelopetest.Sipol()
	ahu   = envelopetest.BadanHukum()
)

// prefix is one of this test's own, so that tests share a broker.
func prefix() string { return "t" + strings.ToLower(rand.Text()) }

// dial connects to the broker of the tests.
func dial(t *testing.T, change func(*nats.Config)) *nats.Bus {
	t.Helper()
	cfg := nats.Config{Prefix: prefix()}
	change(&cfg)
	b, err := nats.Dial(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// A site is Sipol, AHU behind a broker, and a third connection that looks on.
type site struct {
	*testing.T
	*exchangetest.World
	prefix   string
	bus      *nats.Bus
	js       jetstream.JetStream
	conn     *natsgo.Conn
	receiver *exchange.Receiver
	log      record

	mu     sync.Mutex
	calls  map[string]int
	fails  error
	failed map[string]error // by id
	during func()
}

func open(t *testing.T, change func(*nats.Config)) *site {
	t.Helper()
	return openAt(t, shared.NATS(t), change)
}

// openAt is open with a broker, which the looker-on may want options for.
func openAt(t *testing.T, broker string, change func(*nats.Config), options ...natsgo.Option) *site {
	t.Helper()
	s := &site{T: t, World: exchangetest.NewWorld(), prefix: prefix(), calls: map[string]int{}, failed: map[string]error{}}
	s.bus = dial(t, func(c *nats.Config) {
		c.URLs = []string{broker}
		c.Prefix = s.prefix
		c.Wait = 20 * time.Second
		if change != nil {
			change(c)
		}
	})
	conn, err := natsgo.Connect(broker, append(options, natsgo.Timeout(patience), natsgo.MaxReconnects(-1), natsgo.ErrorHandler(func(*natsgo.Conn, *natsgo.Subscription, error) {}))...)
	if err != nil {
		t.Fatal(err)
	}
	s.conn = conn
	if s.js, err = jetstream.New(conn, jetstream.WithDefaultTimeout(patience)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for name := range s.js.StreamNames(context.Background()).Name() {
			if strings.Contains(name, s.prefix) {
				_ = s.js.DeleteStream(context.Background(), name)
			}
		}
		conn.Close()
	})
	bodies, err := spool.Open(t.TempDir(), spool.Limits{}, s.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	cfg := s.ReceiverConfig(ahu, code, func(_ context.Context, d *exchange.Delivery) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls[d.Key().ID]++
		if s.during != nil {
			s.during()
		}
		return errors.Join(s.fails, s.failed[d.Key().ID])
	})
	cfg.Spool = bodies
	if s.receiver, err = exchange.NewReceiver(cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

// serve has workers of AHU run until stop is called, or the test ends.
func (s *site) serve(change func(*nats.WorkerConfig)) (stop func()) {
	s.Helper()
	cfg := nats.WorkerConfig{
		Party: ahu.Party, Receiver: s.receiver, Workers: 4, Attempts: 3, Retry: time.Millisecond, RetryMax: time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(&s.log, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.bus.Serve(ctx, cfg) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-served; err != nil {
				s.Errorf("serve: %v", err)
			}
		})
	}
	s.Cleanup(stop)
	return stop
}

// provided has what AHU needs made at the broker, and nobody at work.
func (s *site) provided() {
	s.Helper()
	stop := s.serve(nil)
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	stop()
}

// has reports whether a party has all it needs at the broker: the consumer comes last.
func (s *site) has(party envelope.Party) bool {
	_, err := s.js.Consumer(context.Background(), s.prefix+"_"+strings.Replace(string(party), "/", "_", 1), "segel")
	return err == nil
}

func (s *site) stream() string {
	return s.prefix + "_" + strings.Replace(string(ahu.Party), "/", "_", 1)
}

func (s *site) subject(kind string) string {
	return s.prefix + "." + kind + "." + strings.Replace(string(ahu.Party), "/", ".", 1) + "."
}

// queued returns how many messages a stream has.
func (s *site) queued(ending string) int {
	s.Helper()
	stream, err := s.js.Stream(context.Background(), s.stream()+ending)
	if err != nil {
		s.Fatal(err)
	}
	info, err := stream.Info(context.Background())
	if err != nil {
		s.Fatal(err)
	}
	return int(info.State.Msgs)
}

// pulls returns how many workers wait for a message.
func (s *site) pulls() int {
	s.Helper()
	c, err := s.js.Consumer(context.Background(), s.stream(), "segel")
	if err != nil {
		s.Fatal(err)
	}
	return c.CachedInfo().NumWaiting
}

// natsUser has the looker-on come as a user; it is one that never gives up.
func natsUser(user, password string) natsgo.Option {
	return func(o *natsgo.Options) error {
		o.User, o.Password, o.IgnoreAuthErrorAbort = user, password, true
		return nil
	}
}

// eventually waits for what a broker does by itself.
func (s *site) eventually(what string, ok func() bool) {
	s.Helper()
	for end := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(end) {
			s.Fatalf("it never came to this: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *site) sender() *exchange.Sender {
	s.Helper()
	cfg := s.SenderConfig(sipol)
	cfg.Transport = s.bus
	sender, err := exchange.NewSender(cfg)
	if err != nil {
		s.Fatal(err)
	}
	return sender
}

// seal seals n boards, with a body if there is a place for one.
func (s *site) seal(n int, body *bytes.Buffer) *envelope.Sealed {
	s.Helper()
	var records strings.Builder
	for i := range n {
		records.WriteString(strings.Replace(board, "HH-001", fmt.Sprintf("HH-%05d", i), 1))
	}
	shipment := exchange.Shipment{Request: s.Request(dataset, code, ahu), Records: schema.NDJSON(strings.NewReader(records.String()))}
	if body != nil {
		shipment.Body = body
	}
	sealed, _, err := s.sender().Seal(s.Context(), shipment)
	if err != nil {
		s.Fatal(err)
	}
	return sealed
}

// accepted delivers and wants acceptance.
func (s *site) accepted(sealed *envelope.Sealed, body []byte) *exchange.Receipt {
	s.Helper()
	r, err := s.sender().DeliverFile(s.Context(), sealed, bytes.NewReader(body), int64(len(body)), ahu.Party)
	if err != nil {
		s.Fatal(err)
	}
	if c := r.Claims(); c.Outcome != exchange.OutcomeAccepted {
		s.Fatalf("the receipt says %s", c.Outcome)
	}
	return r
}

func (s *site) called(sealed *envelope.Sealed, want int) {
	s.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.calls[sealed.Manifest().ID]; n != want {
		s.Errorf("the handler was called %d times, want %d", n, want)
	}
}

func (s *site) handlerFails(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = err
}

// until delivers, again and again, until a receipt has come.
func (s *site) until(ctx context.Context, sealed *envelope.Sealed, body []byte) (attempts int) {
	sender := s.sender()
	for ctx.Err() == nil {
		attempts++
		r, err := sender.DeliverFile(ctx, sealed, bytes.NewReader(body), int64(len(body)), ahu.Party)
		if err == nil && r.Claims().Outcome == exchange.OutcomeAccepted {
			return attempts
		}
		if err != nil && envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			s.Errorf("delivered: %v", err)
			return attempts
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	s.Errorf("it never arrived, in %d attempts", attempts)
	return attempts
}

// patience is for what takes seconds.
const patience = 2 * time.Minute

// A record keeps what was logged.
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
