package http_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/internal/limits"
)

// chunked hides a body's length, so that none is sent.
type chunked struct{ io.Reader }

func TestLimitOfAFile(t *testing.T) {
	for _, without := range []bool{false, true} {
		t.Run(fmt.Sprintf("without length: %v", without), func(t *testing.T) {
			s := open(t, settings{})
			file := s.sealed().File()
			body := func() io.Reader {
				if without {
					return chunked{bytes.NewReader(file)}
				}
				return bytes.NewReader(file)
			}
			limit := int64(len(file))
			small := func(c *exchange.ReceiverConfig) { c.MaxFile = limit }
			s = open(t, settings{receiver: small})
			if got := s.raw("POST", "/envelopes", body(), nil); got.status != 200 && got.status != 422 {
				t.Errorf("at the limit: %d", got.status)
			}
			limit--
			s = open(t, settings{receiver: small, wrap: func(r http.Receiver) http.Receiver {
				if without {
					return r
				}
				return panicking{r} // it must not come so far
			}})
			s.raw("POST", "/envelopes", body(), nil).refused(t, 413, exchange.OutwardTooLarge)
			s.called(0)
		})
	}
}

func TestLimitOfAQuestion(t *testing.T) {
	s := open(t, settings{})
	jose := func(r *nethttp.Request) { r.Header.Set("Content-Type", http.MediaJOSE) }
	for _, size := range []int{limits.Statement, limits.Statement + 1, limits.Statement + 2, limits.Statement * 2} {
		status, word := 400, exchange.OutwardMalformed
		if size > limits.Statement {
			status, word = 413, exchange.OutwardTooLarge
		}
		text := strings.Repeat("a", size)
		s.raw("POST", "/questions", strings.NewReader(text), jose).refused(t, status, word)
		s.raw("POST", "/questions", chunked{strings.NewReader(text)}, jose).refused(t, status, word)
	}
}

func TestLimitOfAHeader(t *testing.T) {
	s := open(t, settings{})
	for size, status := range map[int]int{8 << 10: 400, 32 << 10: 431} {
		got := s.raw("POST", "/envelopes", strings.NewReader("x"), func(r *nethttp.Request) { r.Header.Set("X-Long", strings.Repeat("a", size)) })
		if got.status != status {
			t.Errorf("%d bytes: %d, want %d", size, got.status, status)
		}
	}
}

// speak writes to a connection what no HTTP client would.
func (s *site) speak(text string) net.Conn {
	s.Helper()
	c, err := net.Dial("tcp", s.address)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		s.Fatal(err)
	}
	return c
}

func head(path string, length int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: segel.test\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", path, http.MediaEnvelope, length)
}

// heard is what comes until the server closes the connection.
func heard(t *testing.T, c net.Conn) string {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	text, err := io.ReadAll(c)
	if e, ok := err.(net.Error); ok && e.Timeout() {
		t.Fatal("the connection stays open")
	}
	return string(text)
}

func TestSlowSender(t *testing.T) {
	s := open(t, settings{handler: func(c *http.HandlerConfig) { c.Grace, c.MinRate, c.MaxConcurrent = 300*time.Millisecond, 1<<20, 1 }})
	file := s.sealed().File()
	for _, sent := range []int{0, 1, len(file) - 1} {
		begun := time.Now()
		c := s.speak(head("/envelopes", len(file)) + string(file[:sent]))
		if text := heard(t, c); !strings.HasPrefix(text, "HTTP/1.1 503 ") || !strings.Contains(text, "Connection: close") {
			t.Errorf("after %d bytes: %q", sent, text)
		}
		if d := time.Since(begun); d < 300*time.Millisecond || d > 10*time.Second {
			t.Errorf("after %d bytes it took %s", sent, d)
		}
	}
	refused := strings.Replace(head("/envelopes", len(file)), http.MediaEnvelope, "text/plain", 1)
	if text := heard(t, s.speak(refused)); !strings.HasPrefix(text, "HTTP/1.1 400 ") {
		t.Errorf("refused unread: %q", text)
	}
	s.called(0)
	s.accepted(s.sealed()) // the one place is free again
}

// A body may pause for as long as what it has brought allows.
func TestSlowEnough(t *testing.T) {
	s := open(t, settings{handler: func(c *http.HandlerConfig) { c.Grace, c.MinRate = 20*time.Millisecond, 500 }})
	file := s.sealed().File()
	c := s.speak(head("/envelopes", len(file)) + string(file[:len(file)-1]))
	time.Sleep(50 * time.Millisecond) // is the test: over the grace, and within 4 s for 2,000 bytes
	if _, err := c.Write(file[len(file)-1:]); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 12)
	if _, err := io.ReadFull(c, answer); err != nil || string(answer) != "HTTP/1.1 200" {
		t.Errorf("%q, %v", answer, err)
	}
	s.called(1)
}

// A handler may take longer than any body, and the connection serves on.
func TestSlowHandler(t *testing.T) {
	var request atomic.Pointer[nethttp.Request]
	s := open(t, settings{
		handler: func(c *http.HandlerConfig) {
			c.Grace, c.MinRate, c.WriteTimeout = 300*time.Millisecond, 1<<30, 300*time.Millisecond
		},
		around: func(h nethttp.Handler) nethttp.Handler {
			return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
				request.Store(r)
				h.ServeHTTP(w, r)
			})
		},
	})
	var handle exchange.Handler = func(context.Context, *exchange.Delivery) error {
		time.Sleep(700 * time.Millisecond) // is the test: over both bounds
		if request.Load().Context().Err() != nil {
			t.Error("the deadline of the body ended the request")
		}
		return nil
	}
	s.handle.Store(&handle)
	first, second := s.sealed().File(), s.sealed().File()
	c := s.speak(head("/envelopes", len(first)) + string(first))
	answers := bufio.NewReader(c)
	for i := range 2 {
		res, err := nethttp.ReadResponse(answers, nil)
		if err != nil {
			t.Fatalf("answer %d: %v", i+1, err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != 200 || res.Close {
			t.Errorf("answer %d: %d, %v, close: %v", i+1, res.StatusCode, err, res.Close)
		}
		if i == 0 {
			time.Sleep(400 * time.Millisecond) // over the bound for writing
			expect := strings.Replace(head("/envelopes", len(second)), "\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n", 1)
			if _, err := io.WriteString(c, expect); err != nil {
				t.Fatal(err)
			}
			if res, err := nethttp.ReadResponse(answers, nil); err != nil || res.StatusCode != 100 {
				t.Fatalf("to continue: %v, %v", res, err)
			}
			if _, err := c.Write(second); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.called(2)
}

// busy fills places with deliveries whose handler waits, and returns what ends
// them.
func (s *site) busy(n int) (end func()) {
	s.Helper()
	begun, gate := make(chan struct{}, n), make(chan struct{})
	var handle exchange.Handler = func(context.Context, *exchange.Delivery) error {
		begun <- struct{}{}
		<-gate
		return nil
	}
	s.handle.Store(&handle)
	done := make(chan response, n)
	for range n {
		sealed := s.sealed()
		go func() { done <- s.raw("POST", "/envelopes", bytes.NewReader(sealed.File()), nil) }()
	}
	for range n {
		<-begun
	}
	s.handle.Store(nil)
	return func() {
		s.Helper()
		close(gate)
		for range n {
			if got := <-done; got.status != 200 {
				s.Errorf("a delivery that had begun: %d", got.status)
			}
		}
	}
}

func TestTooManyAtOnce(t *testing.T) {
	s := open(t, settings{
		handler: func(c *http.HandlerConfig) {
			c.MaxConcurrent, c.MaxPerAddress, c.RetryAfter = 2, 2, 6001*time.Millisecond
		},
		client: func(c *http.ClientConfig) { c.MaxElapsed = 20 * time.Second },
	})
	end := s.busy(2)
	got := s.raw("POST", "/envelopes", strings.NewReader("x"), nil)
	got.refused(t, 429, exchange.OutwardTryLater)
	if after := got.header.Get("Retry-After"); after != "7" {
		t.Errorf("Retry-After %s", after)
	}
	s.raw("POST", "/questions", strings.NewReader("x"), func(r *nethttp.Request) { r.Header.Set("Content-Type", http.MediaJOSE) }).refused(t, 429, exchange.OutwardTryLater)
	if got := s.raw("GET", "/healthz", nil, nil); got.status != 200 {
		t.Errorf("health under load: %d", got.status)
	}
	sealed := s.sealed()
	if _, err := s.sender().Deliver(context.Background(), sealed, ahu.Party); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("send: %v", err)
	}
	if p := s.pauses(); len(p) != 2 || p[0] < 7*time.Second || p[1] < 7*time.Second {
		t.Errorf("the client paused %v", p)
	}
	s.called(2)
	end()
	s.accepted(sealed)
}

// A file that is refused by its length is not sent in vain.
func TestRefusedByItsLength(t *testing.T) {
	s := open(t, settings{receiver: func(c *exchange.ReceiverConfig) { c.MaxFile = 1 << 20 }})
	reply, err := s.client.Deliver(context.Background(), ahu.Party, bytes.NewReader(make([]byte, 8<<20)))
	if err != nil || reply.Refusal != exchange.OutwardTooLarge {
		t.Errorf("%q, %v", reply.Refusal, err)
	}
	if p := s.pauses(); len(p) != 0 {
		t.Errorf("it was tried again after %v", p)
	}
	for size, reason := range map[int64]envelope.Reason{100: "", 101: envelope.ReasonTooLarge} {
		c, _ := dial(t, s.url, func(c *http.ClientConfig) { c.MaxFile = 100 })
		if _, err := c.Deliver(context.Background(), ahu.Party, bytes.NewReader(make([]byte, size))); envelope.ReasonOf(err) != reason {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	for size, reason := range map[int]envelope.Reason{limits.Statement: "", limits.Statement + 1: envelope.ReasonTooLarge} {
		if _, err := s.client.Ask(context.Background(), ahu.Party, make([]byte, size)); envelope.ReasonOf(err) != reason {
			t.Errorf("question of %d bytes: %v", size, err)
		}
	}
}
