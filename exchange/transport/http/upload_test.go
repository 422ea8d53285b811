package http_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	nethttp "net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/spool"
	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/schema"
)

// wide returns n boards of about width bytes each.
func wide(n, width int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(strings.Replace(board, `"kode_wilayah"`, strings.Repeat(" ", width)+`"kode_wilayah"`, 1))
		copy(b.Bytes()[bytes.LastIndex(b.Bytes(), []byte("M.HH-001"))+5:], fmt.Sprintf("%03d", i))
	}
	return b.Bytes()
}

// A cargo is an envelope with a body, in a file.
type cargo struct {
	*envelope.Sealed
	file *os.File
	size int64
}

func (s *site) load(records []byte) cargo {
	s.Helper()
	f, err := os.CreateTemp(s.TempDir(), "*.segel")
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { f.Close() })
	sealed, _, err := s.sender().Seal(context.Background(), exchange.Shipment{Request: s.Request(dataset, code, ahu), Records: schema.NDJSON(bytes.NewReader(records)), Body: f})
	if err != nil {
		s.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil || sealed.Closing() == nil {
		s.Fatalf("no body: %v", err)
	}
	return cargo{sealed, f, info.Size()}
}

func (s *site) deliver(c cargo) (*exchange.Receipt, error) {
	return s.sender().DeliverFile(context.Background(), c.Sealed, c.file, c.size, ahu.Party)
}

// head is what stands before the body for AHU, and rest what stands behind it.
func (c cargo) head(t *testing.T) []byte {
	t.Helper()
	head, err := c.Delivery(ahu.Party)
	if err != nil {
		t.Fatal(err)
	}
	return head
}

func (c cargo) rest(t *testing.T) []byte {
	t.Helper()
	rest := make([]byte, c.size-int64(len(c.File())))
	if _, err := c.file.ReadAt(rest, int64(len(c.File()))); err != nil {
		t.Fatal(err)
	}
	return rest
}

// withSpool gives the receiver a spool in a folder of its own.
func withSpool(t *testing.T, change func(*exchange.ReceiverConfig)) func(*exchange.ReceiverConfig) {
	dir := t.TempDir()
	return func(c *exchange.ReceiverConfig) {
		folder, err := spool.Open(dir, spool.Limits{}, c.Clock())
		if err != nil {
			t.Fatal(err)
		}
		c.Spool = folder
		if change != nil {
			change(c)
		}
	}
}

func TestUpload(t *testing.T) {
	var folder *spool.Folder
	s := open(t, settings{receiver: withSpool(t, func(c *exchange.ReceiverConfig) { c.MaxFile, folder = 1<<20, c.Spool })})
	records := wide(40, 100_000)
	var got []byte
	handle := exchange.Handler(func(_ context.Context, d *exchange.Delivery) (err error) {
		got, err = io.ReadAll(d.Content())
		return err
	})
	s.handle.Store(&handle)
	c := s.load(records)
	r, err := s.deliver(c)
	if err != nil || r.Claims().Outcome != exchange.OutcomeAccepted || r.Claims().Root != c.Closing().Root {
		t.Fatalf("%v", err)
	}
	if !bytes.Equal(got, records) {
		t.Errorf("%d bytes came out, %d went in", len(got), len(records))
	}
	if n := folder.Names(); len(n) != 0 {
		t.Errorf("left in the spool: %v", n)
	}
	again, err := s.deliver(c)
	if err != nil || !bytes.Equal(again.JWS(), r.JWS()) {
		t.Errorf("a repeat: %v", err)
	}
	s.called(1)
	t.Run("as one message", func(t *testing.T) {
		c := s.load(records)
		res := s.raw(nethttp.MethodPost, "/envelopes", bytes.NewReader(append(c.head(t), c.rest(t)...)), nil)
		if res.status != nethttp.StatusOK {
			t.Errorf("%d %s", res.status, res.body)
		}
		s.called(2)
		if n := folder.Names(); len(n) != 0 {
			t.Errorf("left in the spool: %v", n)
		}
	})
}

func TestWithoutASpoolThereIsNoUpload(t *testing.T) {
	s := open(t, settings{client: func(c *http.ClientConfig) { c.Once = true }})
	if _, err := s.deliver(s.load(wide(10, 100_000))); envelope.ReasonOf(err) != envelope.ReasonTooLarge {
		t.Errorf("%v", err)
	}
	s.called(0)
}

// A transfer is cut at random, both ends begin anew on what is on their disks, and
// it arrives once with hardly a byte sent twice.
func TestUploadGoesOn(t *testing.T) {
	const cuts = 20
	records := wide(256, 500_000)
	first := open(t, settings{})
	c := first.load(records)
	dir := t.TempDir()
	calls, sum := 0, 0
	var line *cutter
	site := func() *site {
		s := open(t, settings{
			receiver: func(rc *exchange.ReceiverConfig) {
				folder, err := spool.Open(dir, spool.Limits{}, rc.Clock())
				if err != nil {
					t.Fatal(err)
				}
				rc.Spool, rc.Store, rc.Journal, rc.Directory = folder, first.Store(ahu), first.Journal(ahu), first.Directory
				rc.Handle = func(_ context.Context, d *exchange.Delivery) error {
					calls++
					n, err := io.Copy(io.Discard, d.Content())
					sum += int(n)
					return err
				}
			},
			client: func(cc *http.ClientConfig) {
				cc.Once = true
				cc.Endpoints = func(envelope.Party) []string { return []string{"http://" + line.address()} }
			},
		})
		s.World = first.World
		return s
	}
	line = newCutter(t)
	s := site()
	line.to.Store(&s.address)
	random := rand.New(rand.NewPCG(1, 2))
	var r *exchange.Receipt
	for made := int64(-1); ; {
		if n := line.cuts.Load(); n != made { // else the former end is still being noticed
			made = n
			line.cutAfter(64<<10 + random.Int64N(2*c.size/cuts-64<<10))
			if made >= cuts {
				line.cutAfter(1 << 40)
			}
			if made%4 == 3 { // both sides anew, as after a kill
				s.stop()
				<-s.served
				s.served <- nil
				s = site()
				line.to.Store(&s.address)
			}
		}
		var err error
		if r, err = s.deliver(c); err == nil {
			break
		}
		if envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Fatalf("after %d cuts: %v", made, err)
		}
		line.settle()
	}
	if r.Claims().Outcome != exchange.OutcomeAccepted || calls != 1 || sum != len(records) {
		t.Errorf("%v, %d calls, %d bytes", r.Claims(), calls, sum)
	}
	sent := float64(line.sent.Load()) / float64(c.size)
	t.Logf("cut %d times, sent %.3f times the file's size of %d bytes", line.cuts.Load(), sent, c.size)
	if line.cuts.Load() < cuts*3/4 || sent > 1.1 {
		t.Error("too few cuts, or too much was sent")
	}
}

// A cutter is a line that breaks after a number of bytes to the server, which it
// counts.
type cutter struct {
	l          net.Listener
	to         atomic.Pointer[string]
	left       atomic.Int64
	sent, cuts atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]chan struct{} // closed when the connection is done with
}

func newCutter(t *testing.T) *cutter {
	c := &cutter{l: listen(t), conns: map[net.Conn]chan struct{}{}}
	t.Cleanup(func() { c.l.Close(); c.settle() })
	go func() {
		for {
			conn, err := c.l.Accept()
			if err != nil {
				return
			}
			done := make(chan struct{})
			c.mu.Lock()
			c.conns[conn] = done
			c.mu.Unlock()
			go func() {
				defer close(done)
				c.carry(conn)
			}()
		}
	}()
	return c
}

func (c *cutter) address() string  { return c.l.Addr().String() }
func (c *cutter) cutAfter(n int64) { c.left.Store(n) }

// settle ends what is left of the line, as after a cut.
func (c *cutter) settle() {
	c.mu.Lock()
	open := c.conns
	c.conns = map[net.Conn]chan struct{}{}
	c.mu.Unlock()
	for conn, done := range open {
		conn.Close()
		<-done
	}
}

func (c *cutter) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", *c.to.Load())
	if err != nil {
		return
	}
	back := make(chan struct{})
	go func() { defer close(back); _, _ = io.Copy(client, server); client.Close() }()
	defer func() { <-back }()
	defer server.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := client.Read(buf)
		if left := c.left.Add(-int64(n)); left < 0 {
			n += int(left)
			c.cuts.Add(1)
			err = errors.New("cut")
		}
		if n > 0 {
			m, _ := server.Write(buf[:n])
			c.sent.Add(int64(m))
		}
		if err != nil {
			return
		}
	}
}

func uploads(s *site, c cargo) (path string) {
	s.Helper()
	var name string
	t := transportFunc(func(file io.Reader) { name = file.(exchange.File).Upload() })
	cfg := s.SenderConfig(sipol)
	cfg.Transport = t
	sender, err := exchange.NewSender(cfg)
	if err != nil {
		s.Fatal(err)
	}
	_, _ = sender.DeliverFile(context.Background(), c.Sealed, c.file, c.size, ahu.Party)
	return "/envelopes/" + name
}

type transportFunc func(io.Reader)

func (f transportFunc) Deliver(_ context.Context, _ envelope.Party, file io.Reader) (exchange.Reply, error) {
	f(file)
	return exchange.Reply{}, errors.New("nowhere")
}

func (f transportFunc) Ask(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
	return exchange.Reply{}, errors.New("nowhere")
}

func part(offset int64, complete string) func(*nethttp.Request) {
	return func(r *nethttp.Request) {
		r.Header.Set("Content-Type", http.MediaPartial)
		r.Header.Set("Upload-Offset", strconv.FormatInt(offset, 10))
		r.Header.Set("Upload-Complete", complete)
	}
}

func begins(r *nethttp.Request) { r.Header.Set("Upload-Complete", "?0") }

// What the protocol says, step by step, by another client than ours.
func TestUploadByHand(t *testing.T) {
	s := open(t, settings{receiver: withSpool(t, nil)})
	c := s.load(wide(40, 100_000))
	path, head, rest := uploads(s, c), c.head(t), c.rest(t)
	at := func(r response, status int, offset int) {
		t.Helper()
		if r.status != status || r.header.Get("Upload-Offset") != strconv.Itoa(offset) || r.header.Get("Upload-Complete") != "?0" || r.body != "" {
			t.Errorf("got %d %v %q, want %d at %d", r.status, r.header, r.body, status, offset)
		}
	}
	frame := 4 + int(uint32(rest[0])<<24|uint32(rest[1])<<16|uint32(rest[2])<<8|uint32(rest[3]))
	if got := s.raw(nethttp.MethodHead, path, nil, nil); got.status != nethttp.StatusNotFound {
		t.Errorf("before it began: %d", got.status)
	}
	if got := s.raw(nethttp.MethodPatch, path, bytes.NewReader(rest), part(int64(len(head)), "?1")); got.status != nethttp.StatusNotFound {
		t.Errorf("before it began: %d", got.status)
	}
	at(s.raw(nethttp.MethodPost, path, bytes.NewReader(head), begins), nethttp.StatusCreated, len(head))
	at(s.raw(nethttp.MethodHead, path, nil, nil), nethttp.StatusNoContent, len(head))
	at(s.raw(nethttp.MethodPatch, path, bytes.NewReader(rest[:frame+1000]), part(int64(len(head)), "?0")), nethttp.StatusNoContent, len(head)+frame)
	at(s.raw(nethttp.MethodPatch, path, bytes.NewReader(rest), part(int64(len(head)), "?1")), nethttp.StatusConflict, len(head)+frame)
	at(s.raw(nethttp.MethodPost, path, bytes.NewReader(head), begins), nethttp.StatusCreated, len(head)+frame)

	bad := bytes.Clone(rest[frame:])
	bad[frame+100] ^= 1 // in the second of these chunks
	s.raw(nethttp.MethodPatch, path, bytes.NewReader(bad), part(int64(len(head)+frame), "?1")).refused(t, 422, exchange.OutwardCannotOpen)
	at(s.raw(nethttp.MethodHead, path, nil, nil), nethttp.StatusNoContent, len(head)+2*frame)
	s.raw(nethttp.MethodPatch, path, bytes.NewReader(rest[2*frame:len(rest)-1]), part(int64(len(head)+2*frame), "?1")).refused(t, 400, exchange.OutwardMalformed)
	s.called(0)
	if _, err := s.deliver(c); err != nil { // our client goes on where the other one stopped
		t.Error(err)
	}
	s.called(1)
	if got := s.raw(nethttp.MethodPost, path, bytes.NewReader(head), begins); got.status != nethttp.StatusOK || got.header.Get("Content-Type") != http.MediaJOSE {
		t.Errorf("a settled envelope: %d %s", got.status, got.body)
	}
}

// Whoever captured a file learns nothing of what has arrived of it, and has nothing
// kept.
func TestUploadTellsAStrangerNothing(t *testing.T) {
	var folder *spool.Folder
	s := open(t, settings{receiver: withSpool(t, func(c *exchange.ReceiverConfig) { folder = c.Spool })})
	c, other := s.load(wide(40, 100_000)), s.load(wide(20, 100_000))
	head := c.head(t)
	for name, r := range map[string]response{
		"a name that was guessed":      s.raw(nethttp.MethodPost, "/envelopes/"+strings.Repeat("A", 43), bytes.NewReader(head), begins),
		"another envelope's name":      s.raw(nethttp.MethodPost, uploads(s, other), bytes.NewReader(head), begins),
		"a head that does not decrypt": s.raw(nethttp.MethodPost, uploads(s, c), bytes.NewReader(append(bytes.Clone(head[:len(head)-1]), head[len(head)-1]^1)), begins),
	} {
		if name == "a head that does not decrypt" && r.status == 400 {
			continue // the form, not the key, was damaged
		}
		r.refused(t, 422, exchange.OutwardCannotOpen)
	}
	s.raw(nethttp.MethodPost, uploads(s, c), bytes.NewReader(append(head, 0)), begins).refused(t, 400, exchange.OutwardMalformed)
	s.raw(nethttp.MethodPost, uploads(s, c), bytes.NewReader(head), nil).refused(t, 400, exchange.OutwardMalformed)
	s.raw(nethttp.MethodPost, uploads(s, c), bytes.NewReader(s.sealed().File()), begins).refused(t, 400, exchange.OutwardMalformed)
	if n := folder.Names(); len(n) != 0 {
		t.Errorf("kept: %v", n)
	}
	if n := len(s.Journal(ahu).Entries()); n != 0 {
		t.Errorf("%d entries", n)
	}
}

// A second bringer does not disturb the first, who is soon cut off if nothing more
// comes.
func TestUploadIsOneAtATime(t *testing.T) {
	s := open(t, settings{receiver: withSpool(t, nil), handler: func(c *http.HandlerConfig) { c.MinRate, c.Grace = 1<<20, 200*time.Millisecond }})
	c := s.load(wide(40, 100_000))
	path, head, rest := uploads(s, c), c.head(t), c.rest(t)
	s.raw(nethttp.MethodPost, path, bytes.NewReader(head), begins)
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nUpload-Offset: %d\r\nUpload-Complete: ?1\r\nContent-Length: %d\r\n\r\n", path, http.MediaPartial, len(head), len(rest))
	if _, err := conn.Write(rest[:2<<20]); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		if _, err := s.deliver(c); err == nil {
			break
		} else if envelope.ReasonOf(err) != envelope.ReasonUnavailable || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	s.called(1)
}

// What a large file has earned by its rate is no place for hours: neither for one who
// stops, nor for one who goes on by single bytes.
func TestLargeFilesKeepMoving(t *testing.T) {
	s := open(t, settings{receiver: withSpool(t, nil), handler: func(c *http.HandlerConfig) { c.MinRate, c.Grace = 256<<10, time.Second }})
	c := s.load(wide(160, 100_000)) // 16 MB earn a minute
	file := append(c.head(t), c.rest(t)...)
	for name, pause := range map[string]time.Duration{"stops": time.Hour, "single bytes": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			conn := s.speak(head("/envelopes", len(file)))
			sent := len(file) - 10_000
			if _, err := conn.Write(file[:sent]); err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				if text := heard(t, conn); !strings.HasPrefix(text, "HTTP/1.1 503 ") {
					t.Errorf("got %q", text)
				}
			}()
			for ; ; sent++ {
				select {
				case <-ended:
					return
				case <-time.After(pause):
				}
				_, _ = conn.Write(file[sent : sent+1])
			}
		})
	}
	s.called(0)
}
