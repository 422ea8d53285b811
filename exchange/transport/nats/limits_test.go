package nats_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/nats"
)

// A queue that is full takes nothing more and says so; what it has not taken arrives
// when it has room.
func TestQueueFull(t *testing.T) {
	s := open(t, func(c *nats.Config) { c.Wait = 20 * time.Millisecond })
	few := func(c *nats.WorkerConfig) { c.MaxBytes = 30_000 }
	stop := s.serve(few)
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	stop()
	const all = 12
	var sealed []*envelope.Sealed
	for range all {
		e := s.seal(1, nil)
		if _, err := s.sender().Deliver(t.Context(), e, ahu.Party); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Fatalf("nobody is there: %v", err)
		}
		sealed = append(sealed, e)
	}
	if n := s.queued(""); n == 0 || n >= all {
		t.Fatalf("%d of %d are queued", n, all)
	}
	s.serve(few)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, e := range sealed {
		s.until(ctx, e, nil)
		s.called(e, 1)
	}
}

// A bucket that is full takes no body, and keeps nothing of it.
func TestBucketFull(t *testing.T) {
	s := open(t, nil)
	s.serve(func(c *nats.WorkerConfig) { c.MaxBytes = 200_000 })
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	var file bytes.Buffer
	sealed := s.seal(20_000, &file)
	_, err := s.sender().DeliverFile(t.Context(), sealed, bytes.NewReader(file.Bytes()), int64(file.Len()), ahu.Party)
	if envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("a body that is too large for the bucket: %v", err)
	}
	if n := s.chunks(); n != 0 {
		t.Errorf("%d messages are left in the bucket", n)
	}
	if err := s.bus.Serve(t.Context(), nats.WorkerConfig{Party: sipol.Party, Receiver: s.receiver, MaxBytes: 1 << 60}); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("more than the broker has: %v", err)
	}
	s.accepted(s.seal(1, nil), nil)
}

// chunks returns how many messages the bucket has.
func (s *site) chunks() int { return int(s.bucket().Msgs) }

func (s *site) bucket() jetstream.StreamState {
	s.Helper()
	stream, err := s.js.Stream(context.Background(), "OBJ_"+s.stream()+"_bodies")
	if err != nil {
		s.Fatal(err)
	}
	return stream.CachedInfo().State
}

// A sender that gives up in the middle of a body leaves nothing of it in the bucket,
// however it gave up.
func TestBodyCut(t *testing.T) {
	s := open(t, nil)
	s.provided()
	for name, begin := range map[string]func() (context.Context, context.CancelFunc){
		"canceled":        func() (context.Context, context.CancelFunc) { return context.WithCancel(t.Context()) },
		"with a deadline": func() (context.Context, context.CancelFunc) { return context.WithTimeout(t.Context(), patience) },
	} {
		ctx, cancel := begin()
		var passed int64
		file := cutAt{bytes.Repeat([]byte("x"), 4<<20), func(n int64) {
			if passed += n; passed > 6<<20 { // the first pass takes the digest
				cancel()
			}
		}}
		_, err := s.bus.Deliver(ctx, ahu.Party, fileOf(file, 4<<20))
		if envelope.ReasonOf(err) != envelope.ReasonUnavailable || passed >= 8<<20 {
			t.Errorf("%s: %v, after %d bytes", name, err, passed)
		}
		cancel()
		if n := s.chunks(); n != 0 {
			t.Errorf("%s: %d messages are left in the bucket", name, n)
		}
	}
	whole := bytes.NewReader(make([]byte, 4<<20))
	if _, err := s.bus.Deliver(t.Context(), ahu.Party, fileOf(brokenAt{whole, 3 << 20}, 4<<20)); envelope.ReasonOf(err) != envelope.ReasonUnavailable || !strings.Contains(err.Error(), "file") {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

// file is one that stands for an envelope's.
type file struct{ *io.SectionReader }

func fileOf(r io.ReaderAt, size int64) file { return file{io.NewSectionReader(r, 0, size)} }

func (file) Head() int64    { return 0 }
func (file) Upload() string { return "" }

// cutAt tells how much is read of it.
type cutAt struct {
	text []byte
	read func(n int64)
}

func (c cutAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := bytes.NewReader(c.text).ReadAt(p, off)
	c.read(int64(n))
	return n, err
}

// brokenAt is a disk that fails.
type brokenAt struct {
	io.ReaderAt
	at int64
}

func (b brokenAt) ReadAt(p []byte, off int64) (int, error) {
	if off >= b.at {
		return 0, errors.New(canary)
	}
	return b.ReaderAt.ReadAt(p, off)
}

// takes is a receiver of a test's own.
type takes func(in io.Reader) exchange.Answer

func (f takes) Receive(_ context.Context, in io.Reader) exchange.Answer    { return f(in) }
func (f takes) SettleOrCancel(context.Context, []byte) (a exchange.Answer) { return a }

// A receiver may take longer over a body than the broker's client gives it.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *nats.Config) { c.Wait = patience })
	text := make([]byte, 3<<20)
	_, _ = rand.Read(text)
	type got struct {
		sum [sha256.Size]byte
		err error
	}
	done := make(chan got, 10)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- s.bus.Serve(ctx, nats.WorkerConfig{Party: ahu.Party, Workers: 1, Attempts: 1, Receiver: takes(func(in io.Reader) (a exchange.Answer) {
			h := sha256.New()
			_, err := io.CopyN(h, in, 100_000)
			time.Sleep(6 * time.Second) // a handler at work, or a slow disk
			_, err2 := io.Copy(h, in)
			done <- got{[sha256.Size]byte(h.Sum(nil)), errors.Join(err, err2)}
			return a
		})})
	}()
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	if reply, err := s.bus.Deliver(t.Context(), ahu.Party, fileOf(bytes.NewReader(text), 3<<20)); err != nil || reply.Refusal != exchange.OutwardTryLater {
		t.Errorf("%v, %v", reply, err)
	}
	if g := <-done; g.err != nil || g.sum != sha256.Sum256(text) {
		t.Errorf("it came differently: %v", g.err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// What fails every time waits its turn beside the others, not in front of them.
func TestPoisonHoldsUpNobody(t *testing.T) {
	s := open(t, nil)
	bad := s.seal(1, nil)
	s.failed[bad.Manifest().ID] = errors.New(canary)
	s.serve(func(c *nats.WorkerConfig) { c.Workers, c.Attempts, c.Retry, c.RetryMax = 1, 5, time.Hour, time.Hour })
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	if _, err := s.sender().Deliver(t.Context(), bad, ahu.Party); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Fatalf("it fails: %v", err)
	}
	for n := range byte(20) { // and a stranger's
		digest := strings.Repeat("0", 62) + string([]byte{'a' + n/16, "0123456789abcdef"[n%16]})
		if _, err := s.js.Publish(t.Context(), s.subject("to")+"envelope."+digest, []byte(canary)); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 {
		good := s.seal(1, nil)
		s.accepted(good, nil)
		s.called(good, 1)
	}
	s.called(bad, 1)
	s.eventually("one message", func() bool { return s.queued("") == 1 }) // the last answer may be found before its message is gone
}
