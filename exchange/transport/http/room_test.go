package http_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/http"
)

const step = http.Step

// A hall is a receiver for large bodies that are no envelopes: it says when the
// first bytes of one have arrived, and answers 422 if the rest does. What is
// shorter goes to the real receiver.
type hall struct {
	http.Receiver
	first  int
	begun  chan error // of reading that much
	panics bool
	reads  bool // or leaves all to the real receiver
}

func (h *hall) Receive(ctx context.Context, in io.Reader) exchange.Answer {
	if !h.reads {
		return h.Receiver.Receive(ctx, in)
	}
	first := make([]byte, h.first)
	n, err := io.ReadFull(in, first)
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		return h.Receiver.Receive(ctx, bytes.NewReader(first[:n]))
	}
	h.begun <- err
	if h.panics {
		panic(canary)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, in)
	}
	if err != nil {
		return exchange.Answer{Reason: envelope.ReasonUnavailable}
	}
	return exchange.Answer{Reason: envelope.ReasonCannotOpen}
}

// A house is a site with a hall, whose bringers say where they come from.
type house struct {
	*site
	*hall
	handler *http.Handler
}

func openHall(t *testing.T, first int, maxFile int64, change func(*http.HandlerConfig)) *house {
	t.Helper()
	h := &house{hall: &hall{first: first, begun: make(chan error, 1000), reads: true}}
	h.site = open(t, settings{
		receiver: func(c *exchange.ReceiverConfig) { c.MaxFile = maxFile },
		wrap:     func(r http.Receiver) http.Receiver { h.hall.Receiver = r; return h.hall },
		handler:  change,
		around: func(inner nethttp.Handler) nethttp.Handler {
			h.handler = inner.(*http.Handler)
			return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
				if from := r.Header.Get("X-From"); from != "" {
					r.RemoteAddr = from
				}
				inner.ServeHTTP(w, r)
			})
		},
	})
	return h
}

// bring posts a body from an address.
func (h *house) bring(from string, body io.Reader) response {
	h.Helper()
	return h.raw("POST", "/envelopes", body, func(r *nethttp.Request) { r.Header.Set("X-From", from) })
}

// stall posts the beginning of a body and waits until it has arrived.
func (h *house) stall(from string, declared, sent int) net.Conn {
	h.Helper()
	c := h.speak(strings.Replace(head("/envelopes", declared), "\r\n\r\n", "\r\nX-From: "+from+"\r\n\r\n", 1) + strings.Repeat("x", sent))
	if err := <-h.begun; err != nil {
		h.Errorf("a body that begins: %v", err)
	}
	return c
}

func (h *house) empty(after string) {
	h.Helper()
	if places, bytes, addresses := h.handler.Load(); places != 0 || bytes != 0 || addresses != 0 {
		h.Errorf("%s: %d places, %d bytes and %d addresses are still counted", after, places, bytes, addresses)
	}
}

// until waits until the server has noticed who hung up.
func (h *house) until(want int) {
	h.Helper()
	for range 1000 {
		if places, _, _ := h.handler.Load(); places == want {
			return
		}
		h.raw("GET", "/healthz", nil, nil)
	}
	h.Fatal("places of those who hung up are not given back")
}

func zeros(n int) io.Reader { return bytes.NewReader(make([]byte, n)) }

// Whoever says only that much will come takes a place, and no memory.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	for name, length := range map[string]string{"with length": "Content-Length: 16777216", "without": "Transfer-Encoding: chunked"} {
		t.Run(name, func(t *testing.T) {
			h := openHall(t, 0, exchange.DefaultMaxFile, nil)
			for range 16 {
				h.speak("POST /envelopes HTTP/1.1\r\nHost: x\r\nContent-Type: " + http.MediaEnvelope + "\r\n" + length + "\r\n\r\n")
				<-h.begun
			}
			if places, bytes, _ := h.handler.Load(); places != 16 || bytes != 0 {
				t.Errorf("%d places and %d bytes", places, bytes)
			}
			h.first = 1 << 20
			for range 5 {
				if got := h.bring("", bytes.NewReader(h.sealed().File())); got.status != 200 {
					t.Errorf("an honest envelope: %d", got.status)
				}
			}
			h.called(5)
		})
	}
}

// Large messages that have arrived in part fill the memory; small ones pass.
func TestTooManyBytesAtOnce(t *testing.T) {
	const file = 16 * step
	h := openHall(t, 2*step, file, func(c *http.HandlerConfig) { c.MaxInFlight, c.MaxPerAddress = file, 256 })
	var slow []net.Conn
	for i := range 15 {
		slow = append(slow, h.stall(fmt.Sprintf("192.0.2.%d:1", i), file, 2*step))
	}
	if got := h.bring("198.51.100.1:1", zeros(2*step)); got.status != 422 { // one step, the last one
		t.Errorf("a message that fits: %d", got.status)
	}
	<-h.begun
	h.bring("198.51.100.1:1", zeros(2*step+1)).refused(t, 429, exchange.OutwardTryLater)
	<-h.begun
	h.bring("198.51.100.1:1", chunked{zeros(2*step + 1)}).refused(t, 429, exchange.OutwardTryLater)
	<-h.begun
	slow = append(slow, h.stall("192.0.2.99:1", file, 2*step))
	if places, bytes, addresses := h.handler.Load(); places != 16 || bytes != file || addresses != 16 {
		t.Errorf("%d places, %d bytes, %d addresses", places, bytes, addresses)
	}
	for size := range 3 { // nothing is left but what comes with a place
		if got := h.bring("198.51.100.1:1", zeros(step-1+size)); got.status != []int{400, 400, 429}[size] {
			t.Errorf("%d bytes beside full memory: %d", step-1+size, got.status)
		}
	}
	if got := h.bring("198.51.100.1:1", bytes.NewReader(h.sealed().File())); got.status != 200 {
		t.Errorf("a small message beside full memory: %d", got.status)
	}
	question := func(r *nethttp.Request) { r.Header.Set("Content-Type", http.MediaJOSE) }
	h.raw("POST", "/questions", strings.NewReader("a.b.c"), question).refused(t, 400, exchange.OutwardMalformed)
	c, pauses := dial(t, h.url, func(c *http.ClientConfig) { c.Once = true })
	if reply, err := c.Deliver(context.Background(), ahu.Party, zeros(2*step)); err != nil || reply.Refusal != exchange.OutwardTryLater || reply.RetryAfter != time.Second || len(pauses()) != 0 {
		t.Errorf("a client of ours: %+v, %v", reply, err)
	}
	for _, c := range slow[1:] {
		c.Close()
	}
	h.until(1)
	if _, err := slow[0].Write(make([]byte, file-2*step)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 12)
	if _, err := io.ReadFull(slow[0], answer); err != nil || string(answer) != "HTTP/1.1 422" {
		t.Errorf("the slow one: %q, %v", answer, err)
	}
	h.empty("afterwards")
	if log := h.log.String(); !strings.Contains(log, `"a body found no room"`) {
		t.Error(log)
	}
}

// Whatever becomes of a message, its place and its bytes are given back.
func TestRoomIsGivenBack(t *testing.T) {
	const file = 8 * step
	half := func(c net.Conn) net.Conn { _ = c.(*net.TCPConn).CloseWrite(); return c }
	tests := []struct {
		name   string
		status int
		run    func(*house) response
	}{
		{"accepted", 200, func(h *house) response { return h.bring("", bytes.NewReader(h.sealed().File())) }},
		{"the largest", 422, func(h *house) response { return h.bring("", zeros(file)) }},
		{"the largest without length", 422, func(h *house) response { return h.bring("", chunked{zeros(file)}) }},
		{"refused", 400, func(h *house) response { h.first = file; return h.bring("", zeros(file-1)) }},
		{"too large", 413, func(h *house) response { return h.bring("", zeros(file+1)) }},
		{"a byte more without length", 422, func(h *house) response { return h.bring("", chunked{zeros(file + 1)}) }},
		{"cut", 503, func(h *house) response { return response{status: status(h.site.T, half(h.stall("", file, 5*step)))} }},
		{"too slow", 503, func(h *house) response { return response{status: status(h.site.T, h.stall("", file, 5*step))} }},
		{"panic", 503, func(h *house) response { h.panics = true; return h.bring("", zeros(5*step)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := openHall(t, 4*step, file, func(c *http.HandlerConfig) {
				if c.MaxInFlight, c.MaxConcurrent = file, 1; tt.name == "too slow" {
					c.Grace, c.MinRate = 100*time.Millisecond, 1<<30
				}
			})
			for range 2 { // the one place, and all of the memory
				if got := tt.run(h); got.status != tt.status {
					t.Errorf("got %d, want %d", got.status, tt.status)
				}
				h.empty(tt.name)
			}
		})
	}
}

// status is that of the answer on a connection that the server then closes.
func status(t *testing.T, c net.Conn) (n int) {
	t.Helper()
	if _, err := fmt.Sscanf(heard(t, c), "HTTP/1.1 %d ", &n); err != nil {
		t.Error(err)
	}
	return n
}

func TestPlacesOfAnAddress(t *testing.T) {
	tests := []struct {
		name, first, second string
		status              int
	}{
		{"the same", "192.0.2.1:1", "192.0.2.1:1", 429},
		{"another port", "192.0.2.1:1", "192.0.2.1:2", 429},
		{"another address", "192.0.2.1:1", "192.0.2.2:1", 200},
		{"the same by IPv6", "192.0.2.1:1", "[::ffff:192.0.2.1]:1", 429},
		{"another by IPv6", "[::ffff:192.0.2.2]:1", "[::ffff:192.0.2.1]:1", 200},
		{"the same network", "[2001:db8:1:2::1]:1", "[2001:db8:1:2:ffff::2]:1", 429},
		{"another network", "[2001:db8:1:2::1]:1", "[2001:db8:1:3::1]:1", 200},
		{"another interface", "[fe80::1%a]:1", "[fe80::1%b]:1", 429},
		{"without a port", "192.0.2.1", "192.0.2.1:1", 429},
		{"no address", "@", "somewhere", 429},
		{"no address and one", "@", "192.0.2.1:1", 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := openHall(t, 1, 1<<20, func(c *http.HandlerConfig) { c.MaxConcurrent, c.MaxPerAddress = 2, 1 })
			c := h.stall(tt.first, 2, 1)
			h.first = 1 << 20
			bring := func() int { return h.bring(tt.second, bytes.NewReader(h.sealed().File())).status }
			if got := bring(); got != tt.status {
				t.Errorf("beside the first: %d, want %d", got, tt.status)
			}
			_ = c.(*net.TCPConn).CloseWrite()
			heard(t, c)
			if got := bring(); got != 200 {
				t.Errorf("after the first: %d", got)
			}
			h.empty("afterwards")
		})
	}
}

func TestMaxPerAddress(t *testing.T) {
	tests := []struct{ concurrent, each, want int }{
		{0, 0, 64}, {8, 0, 2}, {2, 0, 1}, {1, 0, 1}, {4, 3, 3}, {4, 4, 4}, {4, 9, 4},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			h := openHall(t, 1, 1<<20, func(c *http.HandlerConfig) { c.MaxConcurrent, c.MaxPerAddress = tt.concurrent, tt.each })
			for range tt.want {
				h.stall("192.0.2.1:1", 2, 1)
			}
			h.bring("192.0.2.1:1", zeros(1)).refused(t, 429, exchange.OutwardTryLater)
			status := 400
			if tt.want == tt.concurrent {
				status = 429
			}
			h.first = 1 << 20
			if got := h.bring("192.0.2.2:1", zeros(1)); got.status != status {
				t.Errorf("another address: %d, want %d", got.status, status)
			}
		})
	}
}

// An address has no more of the memory than of the places, but room for one file.
func TestBytesOfAnAddress(t *testing.T) {
	const file = 4 * step
	for inFlight, want := range map[int64]int{file: 4, 4 * file: 4, 8 * file: 8} {
		h := openHall(t, 2*step, file, func(c *http.HandlerConfig) { c.MaxInFlight = inFlight })
		h.stall("192.0.2.1:1", file, 2*step) // a step
		for range 3 {
			if got := h.bring("192.0.2.1:1", zeros(file)); got.status != 422 {
				t.Errorf("one after the other: %d", got.status)
			}
			<-h.begun
		}
		for range want - 1 {
			h.stall("192.0.2.1:1", file, 2*step)
		}
		h.bring("192.0.2.1:1", zeros(step+1)).refused(t, 429, exchange.OutwardTryLater)
		status := 422
		if want*step == int(inFlight) {
			status = 429
		}
		if got := h.bring("192.0.2.2:1", zeros(file)); got.status != status {
			t.Errorf("another address, %d in flight: %d, want %d", inFlight, got.status, status)
		}
		if got := h.bring("192.0.2.1:1", bytes.NewReader(h.sealed().File())); got.status != 200 {
			t.Errorf("a small one from there: %d", got.status)
		}
	}
}

// What is no longer read is not waited for as long as if it were.
func TestAbandonedBody(t *testing.T) {
	const file = 4 * step
	h := openHall(t, file, file, func(c *http.HandlerConfig) {
		c.MaxInFlight, c.MaxPerAddress, c.Grace, c.MinRate = file, 256, 300*time.Millisecond, 1 // a second for each byte
	})
	h.reads = false
	c := h.speak(head("/envelopes", step) + strings.Repeat("x", step-1))
	if got := status(t, c); got != 400 {
		t.Errorf("refused at its beginning: %d", got)
	}
	h.reads, h.first = true, 2*step
	h.stall("", file, 2*step)
	h.stall("", file, 2*step)
	c = h.speak(head("/envelopes", file) + strings.Repeat("x", file-1))
	if got := status(t, c); got != 429 {
		t.Errorf("given up for want of room: %d", got)
	}
}

// Many of all sizes at once: memory stays within its bound, and all is given back.
func TestRoomForMany(t *testing.T) {
	const file, inFlight = 8 * step, 16 * step
	h := openHall(t, step, file, func(c *http.HandlerConfig) { c.MaxInFlight, c.MaxConcurrent, c.MaxPerAddress = inFlight, 12, 12 })
	most := make(chan int64)
	go func() {
		n := int64(0)
		for range h.begun {
			_, bytes, _ := h.handler.Load()
			n = max(n, bytes)
		}
		most <- n
	}()
	var wg sync.WaitGroup
	var whole, later atomic.Int64
	for i := range 16 {
		wg.Go(func() {
			c, _ := dial(t, h.url, func(c *http.ClientConfig) { c.Once = true })
			defer c.Close()
			for j := range 8 {
				switch reply, err := c.Deliver(context.Background(), ahu.Party, zeros((i+j)%8*step+step)); {
				case err == nil && reply.Refusal == exchange.OutwardCannotOpen:
					whole.Add(1)
				case envelope.ReasonOf(err) == envelope.ReasonUnavailable, reply.Refusal == exchange.OutwardTryLater:
					later.Add(1)
				default:
					t.Errorf("got %q, %v", reply.Refusal, err)
				}
			}
		})
	}
	wg.Wait()
	h.until(0)
	close(h.begun)
	if n := <-most; n < step || n > inFlight {
		t.Errorf("%d bytes in flight", n)
	}
	if whole.Load() == 0 {
		t.Error("nothing arrived")
	}
	t.Logf("%d arrived, %d were to come later", whole.Load(), later.Load()) // as the scheduler has it
	h.empty("afterwards")
}
