package http_test

import (
	"bytes"
	"context"
	"io"
	nethttp "net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/http"
)

// Only what the protocol says reaches the receiver, and only its answers leave.
func TestAnswers(t *testing.T) {
	s := open(t, settings{})
	file := s.sealed().File()
	damaged := bytes.Clone(file)
	damaged[len(damaged)-64] ^= 1 // A to @, or to another letter
	post := func(path string, body []byte, change func(*nethttp.Request)) response {
		return s.raw("POST", path, bytes.NewReader(body), change)
	}
	media := func(v ...string) func(*nethttp.Request) {
		return func(r *nethttp.Request) { r.Header["Content-Type"] = v }
	}
	refusals := []struct {
		name   string
		got    response
		status int
		word   exchange.Outward
	}{
		{"garbage", post("/envelopes", []byte("no envelope"), nil), 400, exchange.OutwardMalformed},
		{"nothing", post("/envelopes", nil, nil), 400, exchange.OutwardMalformed},
		{"no media type", post("/envelopes", file, media()), 400, exchange.OutwardMalformed},
		{"another media type", post("/envelopes", file, media("application/octet-stream")), 400, exchange.OutwardMalformed},
		{"a parameter", post("/envelopes", file, media(http.MediaEnvelope+"; charset=utf-8")), 400, exchange.OutwardMalformed},
		{"two media types", post("/envelopes", file, media(http.MediaEnvelope, http.MediaEnvelope)), 400, exchange.OutwardMalformed},
		{"a content coding", post("/envelopes", file, func(r *nethttp.Request) { r.Header.Set("Content-Encoding", "identity") }), 400, exchange.OutwardMalformed},
		{"a question among envelopes", post("/envelopes", file, media(http.MediaJOSE)), 400, exchange.OutwardMalformed},
		{"an envelope among questions", post("/questions", file, nil), 400, exchange.OutwardMalformed},
		{"no question", post("/questions", []byte("a.b.c"), media(http.MediaJOSE)), 400, exchange.OutwardMalformed},
		{"a token beyond the limit", post("/envelopes", []byte("segel/1\n\x00\x01\x7f\xff\xff\xffx"), nil), 413, exchange.OutwardTooLarge},
	}
	for _, tt := range refusals {
		t.Run(tt.name, func(t *testing.T) { tt.got.refused(t, tt.status, tt.word) })
	}
	t.Run("a damaged copy", func(t *testing.T) {
		got := post("/envelopes", damaged, nil)
		if got.status == 400 {
			got.refused(t, 400, exchange.OutwardMalformed)
			return
		}
		got.refused(t, 422, exchange.OutwardCannotOpen)
	})
	plain := []struct {
		name, method, path string
		status             int
		allow              string
		body               string
	}{
		{"another path", "POST", "/", 404, "", ""},
		{"a path below", "POST", "/envelopes/", 404, "", ""},
		{"two slashes", "POST", "//envelopes", 404, "", ""},
		{"a query", "POST", "/envelopes?x=1", 404, "", ""},
		{"a query for health", "GET", "/healthz?x", 404, "", ""},
		{"GET", "GET", "/envelopes", 405, "POST", ""},
		{"PUT", "PUT", "/envelopes", 405, "POST", ""},
		{"GET of questions", "GET", "/questions", 405, "POST", ""},
		{"POST of health", "POST", "/healthz", 405, "GET", ""},
		{"health", "GET", "/healthz", 200, "", "ok\n"},
		{"HEAD of health", "HEAD", "/healthz", 200, "", ""},
	}
	for _, tt := range plain {
		t.Run(tt.name, func(t *testing.T) {
			got := s.raw(tt.method, tt.path, nil, nil)
			if got.status != tt.status || got.header.Get("Allow") != tt.allow || got.body != tt.body {
				t.Errorf("got %d, Allow %q, %q", got.status, got.header.Get("Allow"), got.body)
			}
		})
	}
	s.called(0)
	if n := len(s.Journal(ahu).Entries()); n != 0 {
		t.Errorf("%d journal entries", n)
	}
	got := post("/envelopes", file, nil)
	if got.status != 200 || got.header.Get("Content-Type") != http.MediaJOSE || strings.Count(got.body, ".") != 4 || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the honest file: %d %v %s", got.status, got.header, got.body)
	}
	s.called(1)
}

func TestHandlerConfig(t *testing.T) {
	s := open(t, settings{})
	r := s.World.Receiver(ahu, code, func(context.Context, *exchange.Delivery) error { return nil })
	for name, cfg := range map[string]http.HandlerConfig{
		"no receiver":            {},
		"less than one file":     {Receiver: r, MaxInFlight: r.MaxFile() - 1},
		"negative MaxConcurrent": {Receiver: r, MaxConcurrent: -1},
		"negative MaxInFlight":   {Receiver: r, MaxInFlight: -1},
		"negative MaxPerAddress": {Receiver: r, MaxPerAddress: -1},
		"negative MinRate":       {Receiver: r, MinRate: -1},
		"negative Grace":         {Receiver: r, Grace: -1},
		"negative WriteTimeout":  {Receiver: r, WriteTimeout: -1},
		"negative RetryAfter":    {Receiver: r, RetryAfter: -1},
	} {
		if h, err := http.NewHandler(cfg); h != nil || envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := http.NewHandler(http.HandlerConfig{Receiver: r, MaxInFlight: r.MaxFile()}); err != nil {
		t.Errorf("exactly one file: %v", err)
	}
}

// Whoever hangs up does not end what has begun; the next attempt gets its receipt.
func TestHandlerOutlivesItsBringer(t *testing.T) {
	s := open(t, settings{client: func(c *http.ClientConfig) { c.Once = true }})
	begun, hungUp := make(chan struct{}), make(chan struct{})
	var handle exchange.Handler = func(ctx context.Context, _ *exchange.Delivery) error {
		close(begun)
		<-hungUp
		select { // the server notices within this time
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
		return ctx.Err()
	}
	s.handle.Store(&handle)
	sealed := s.sealed()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		_, err := s.sender().Deliver(ctx, sealed, ahu.Party)
		done <- err
	}()
	<-begun
	cancel()
	if err := <-done; envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("the bringer that hung up: %v", err)
	}
	close(hungUp)
	s.eventually(sealed)
	s.called(1)
}

// eventually sends until the running delivery has ended.
func (s *site) eventually(sealed *envelope.Sealed) *exchange.Receipt {
	s.Helper()
	c, _ := dial(s.T, s.url, func(c *http.ClientConfig) { c.MaxElapsed = 1 << 60 })
	defer c.Close()
	cfg := s.SenderConfig(sipol)
	cfg.Transport = c
	sender, err := exchange.NewSender(cfg)
	if err != nil {
		s.Fatal(err)
	}
	r, err := sender.Deliver(context.Background(), sealed, ahu.Party)
	if err != nil {
		s.Error(err)
	}
	return r
}

func TestFiftyAtOnce(t *testing.T) {
	s := open(t, settings{})
	sealed := s.sealed()
	receipts := make(chan string, 50)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if r := s.eventually(sealed); r != nil {
				receipts <- string(r.JWS())
			}
		})
	}
	wg.Wait()
	close(receipts)
	s.called(1)
	first, n := <-receipts, 1
	for r := range receipts {
		if n++; r != first {
			t.Fatal("two receipts")
		}
	}
	if n != 50 {
		t.Errorf("%d receipts", n)
	}
}

// panicking is a receiver with a defect of its own.
type panicking struct{ http.Receiver }

func (panicking) Receive(context.Context, io.Reader) exchange.Answer { panic(canary) }

func TestReceiverThatPanics(t *testing.T) {
	s := open(t, settings{wrap: func(r http.Receiver) http.Receiver { return panicking{r} }})
	for range 2 {
		s.raw("POST", "/envelopes", strings.NewReader("x"), nil).refused(t, 503, exchange.OutwardTryLater)
	}
	if log := s.log.String(); strings.Contains(log, canary) || !strings.Contains(log, "panicked") {
		t.Error(log)
	}
}
