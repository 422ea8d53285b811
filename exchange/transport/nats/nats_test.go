package nats_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/nats"
)

// A recipient that is away finds one message, however often it was sent, and a sender
// that is away finds its answer.
func TestNeitherHasToBeThere(t *testing.T) {
	s := open(t, func(c *nats.Config) { c.Wait = 500 * time.Millisecond })
	s.provided()
	sealed := s.seal(1, nil)
	for range 3 {
		if _, err := s.sender().Deliver(t.Context(), sealed, ahu.Party); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Fatalf("nobody is there: %v", err)
		}
	}
	if n := s.queued(""); n != 1 {
		t.Errorf("%d messages are queued", n)
	}
	stop := s.serve(nil)
	s.eventually("an empty queue and one answer", func() bool { return s.queued("") == 0 && s.queued("_answers") == 1 })
	stop()
	s.accepted(sealed, nil) // with nobody at work
	s.called(sealed, 1)
	s.eventually("the answer was taken once", func() bool { return s.queued("_answers") == 0 })
}

// An acknowledgement by the broker settles nothing.
func TestOnlyAReceiptSettles(t *testing.T) {
	s := open(t, func(c *nats.Config) { c.Wait = 500 * time.Millisecond })
	s.provided()
	cfg := exchange.DispatcherConfig{Sender: s.sender(), Outbox: s.Outbox(sipol), Jitter: func() float64 { return 0 }}
	d, err := exchange.NewDispatcher(cfg)
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.seal(1, nil)
	if err := d.Post(t.Context(), sealed); err != nil {
		t.Fatal(err)
	}
	step := func() exchange.ParcelState {
		if _, err := d.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		p, err := s.Outbox(sipol).Parcel(t.Context(), exchange.Key{Sender: sipol.Party, ID: sealed.Manifest().ID}, ahu.Party)
		if err != nil || p == nil {
			t.Fatal(err)
		}
		return p.State
	}
	if state := step(); state != exchange.ParcelUnknown || s.queued("") != 1 {
		t.Errorf("the broker has it, and the parcel is %s", state)
	}
	// The broker loses everything.
	stream, err := s.js.Stream(t.Context(), s.stream())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Clock.Move(time.Hour)
	if state := step(); state != exchange.ParcelUnknown || s.queued("") != 1 {
		t.Errorf("put again, the parcel is %s", state)
	}
	stop := s.serve(nil)
	s.eventually("an answer", func() bool { return s.queued("_answers") == 1 })
	stop()
	s.Clock.Move(time.Hour)
	if state := step(); state != exchange.ParcelSettled {
		t.Errorf("with a receipt, the parcel is %s", state)
	}
	s.called(sealed, 1)
}

// What a worker had when it died goes to another one.
func TestWorkerDies(t *testing.T) {
	s := open(t, nil)
	short := func(c *nats.WorkerConfig) { c.AckWait = time.Second }
	stop := s.serve(short)
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	stop()
	sealed := s.seal(1, nil)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan int, 1)
	go func() { done <- s.until(ctx, sealed, nil) }() // again, where the second worker is too slow for AckWait
	s.next(t)
	s.serve(short)
	<-done
	s.called(sealed, 1)
}

// next takes a message as a worker does that dies with it.
func (s *site) next(t *testing.T) jetstream.Msg {
	t.Helper()
	c, err := s.js.Consumer(context.Background(), s.stream(), "segel")
	if err != nil {
		t.Fatal(err)
	}
	msg, err := c.Next(jetstream.FetchMaxWait(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

// What a worker has three times to tell a broker in, and a handler that takes twice as
// long. A loaded machine may be seconds late.
const (
	short = 6 * time.Second
	long  = 13 * time.Second
)

// A handler that takes longer than the broker waits is not disturbed by a second one.
func TestLongHandler(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *nats.Config) { c.Wait = patience })
	var first sync.Once
	redelivered := false
	s.during = func() {
		first.Do(func() {
			time.Sleep(long) // longer than AckWait, twice over
			info, err := s.js.Consumer(context.Background(), s.stream(), "segel")
			if err == nil {
				redelivered = info.CachedInfo().NumRedelivered != 0 || info.CachedInfo().NumAckPending != 1
			}
		})
	}
	s.serve(func(c *nats.WorkerConfig) { c.AckWait = short })
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	sealed := s.seal(1, nil)
	s.accepted(sealed, nil)
	s.called(sealed, 1)
	if redelivered {
		t.Error("it was given to another worker meanwhile")
	}
}

// Whoever serves later with another AckWait is heard of as often as the queue wants it.
func TestAckWaitIsTheQueues(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *nats.Config) { c.Wait = patience })
	stop := s.serve(func(c *nats.WorkerConfig) { c.AckWait = short })
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	stop()
	s.during = func() { time.Sleep(long) }
	s.serve(func(c *nats.WorkerConfig) { c.AckWait = time.Hour })
	sealed := s.seal(1, nil)
	s.accepted(sealed, nil)
	s.called(sealed, 1)
	c, err := s.js.Consumer(t.Context(), s.stream(), "segel")
	if err != nil {
		t.Fatal(err)
	}
	if n := c.CachedInfo().Delivered.Consumer; n != 1 {
		t.Errorf("it was given to a worker %d times", n)
	}
}

// What fails every time is tried as often as was said, and leaves the queue.
func TestPoison(t *testing.T) {
	s := open(t, nil)
	s.handlerFails(errors.New(canary))
	s.serve(nil)
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	sealed := s.seal(1, nil)
	if _, err := s.sender().Deliver(t.Context(), sealed, ahu.Party); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("a handler that fails: %v", err)
	}
	s.eventually("an empty queue", func() bool { return s.queued("") == 0 })
	s.called(sealed, 3)
	if n := s.queued("_answers"); n != 0 {
		t.Errorf("%d answers are kept of what is wanted later", n)
	}
	if log := s.log.String(); strings.Contains(log, canary) || !strings.Contains(log, "taken out of the queue") {
		t.Errorf("the log says:\n%s", log)
	}
	s.handlerFails(nil)
	s.accepted(sealed, nil)
}

// What kills its workers is not given to a further one.
func TestKillsItsWorkers(t *testing.T) {
	s := open(t, nil)
	s.provided()
	sealed := s.seal(1, nil)
	ctx, giveUp := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = s.sender().Deliver(ctx, sealed, ahu.Party)
	}()
	for range 3 {
		if err := s.next(t).Nak(); err != nil {
			t.Fatal(err)
		}
	}
	giveUp()
	<-ended
	s.serve(nil)
	s.eventually("an empty queue", func() bool { return s.queued("") == 0 })
	s.called(sealed, 0)
	s.accepted(sealed, nil) // it begins anew
	s.called(sealed, 1)
}

// A stranger at the broker: nothing of it is written, kept or followed.
func TestStranger(t *testing.T) {
	s := open(t, nil)
	s.serve(nil)
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	digest := strings.Repeat("ab", 32)
	for _, subject := range []string{
		"x", "envelope", "envelope.x", "envelope." + strings.ToUpper(digest), "envelope." + digest + ".x", "other." + digest, canary,
		"envelope." + digest, "question." + digest, "body." + digest,
	} {
		if _, err := s.js.Publish(t.Context(), s.subject("to")+subject, []byte(canary)); err != nil {
			t.Fatal(err)
		}
	}
	s.eventually("an empty queue", func() bool { return s.queued("") == 0 })
	if n := s.queued("_answers"); n != 1 { // the envelope and the question share a digest; the body is wanted later
		t.Errorf("%d answers", n)
	}
	if n := len(s.Journal(ahu).Entries()); n != 0 {
		t.Errorf("%d journal entries", n)
	}
	if strings.Contains(s.log.String(), canary) {
		t.Error("the log says what a stranger wrote")
	}
}

// What is said in a recipient's place is no answer, or settles nothing.
func TestFalseAnswers(t *testing.T) {
	s := open(t, nil)
	s.provided()
	sealed := s.seal(1, nil)
	file, err := sealed.Delivery(ahu.Party)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(file)
	subject := hex.EncodeToString(sum[:])
	said := func(kind, header, text string) *natsgo.Msg {
		m := natsgo.NewMsg(s.subject(kind) + subject)
		if header != "" {
			m.Header.Set("Segel-Answer", header)
		}
		m.Data = []byte(text)
		return m
	}
	// None of these ends the waiting; the last one does, with a word that settles nothing.
	done := make(chan error, 1)
	go func() {
		_, err := s.sender().Deliver(context.Background(), sealed, ahu.Party)
		done <- err
	}()
	s.eventually("a message", func() bool { return s.queued("") == 1 })
	for _, m := range []*natsgo.Msg{
		said("now", "", canary), said("now", "receipt", ""), said("now", "refusal", "accepted"), said("now", "accepted", "x"),
		said("now", "receipt", strings.Repeat("x", 100_000)), said("now", "refusal", "cannot_open"),
	} {
		if err := s.conn.PublishMsg(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; envelope.ReasonOf(err) != envelope.ReasonCannotOpen {
		t.Errorf("a refusal: %v", err)
	}
	// A false receipt that is kept is looked at once, and is none.
	if _, err := s.js.PublishMsg(t.Context(), said("answer", "receipt", "a.b.c.d.e")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.sender().Deliver(t.Context(), sealed, ahu.Party); err == nil || strings.Contains(err.Error(), "a.b.c") {
		t.Errorf("a receipt that is none: %v", err)
	}
	s.eventually("it was taken", func() bool { return s.queued("_answers") == 0 })
	s.serve(nil)
	s.accepted(sealed, nil)
	s.called(sealed, 1)
}

// A body goes through the bucket, and is gone when it is settled.
func TestBody(t *testing.T) {
	s := open(t, nil)
	s.serve(nil)
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	var file bytes.Buffer
	sealed := s.seal(20_000, &file)
	if file.Len() < 1<<20 {
		t.Fatalf("the file has %d bytes", file.Len())
	}
	first := s.accepted(sealed, file.Bytes())
	again := s.accepted(sealed, file.Bytes())
	if !bytes.Equal(first.JWS(), again.JWS()) {
		t.Error("the receipts differ")
	}
	s.called(sealed, 1)
	bucket, err := s.js.ObjectStore(t.Context(), s.stream()+"_bodies")
	if err != nil {
		t.Fatal(err)
	}
	s.eventually("an empty bucket", func() bool { // the answer may be found before the body is removed
		_, err := bucket.List(t.Context())
		return errors.Is(err, jetstream.ErrNoObjectsFound)
	})
}

// Three sets of workers share what two senders offer twice each.
func TestManyWorkers(t *testing.T) {
	s := open(t, nil)
	for range 3 {
		s.serve(nil)
	}
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	const each = 30
	var all sync.WaitGroup
	for range each {
		sealed := s.seal(1, nil)
		for range 2 {
			all.Go(func() {
				// A second copy may come while the first is worked on: later, then.
				for end := time.Now().Add(patience); ; {
					r, err := s.sender().Deliver(context.Background(), sealed, ahu.Party)
					if err == nil && r.Claims().Outcome == exchange.OutcomeAccepted {
						return
					}
					if time.Now().After(end) {
						t.Errorf("it never arrived: %v", err)
						return
					}
				}
			})
		}
	}
	all.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) != each {
		t.Errorf("%d envelopes were handled", len(s.calls))
	}
	for id, n := range s.calls {
		if n != 1 {
			t.Errorf("%s was handled %d times", id, n)
		}
	}
}

func TestServeChecks(t *testing.T) {
	s := open(t, nil)
	good := nats.WorkerConfig{Party: ahu.Party, Receiver: s.receiver}
	for _, tt := range []struct {
		name   string
		change func(*nats.WorkerConfig)
		want   envelope.Reason
	}{
		{"no party", func(c *nats.WorkerConfig) { c.Party = "" }, envelope.ReasonMisuse},
		{"a party with a wildcard", func(c *nats.WorkerConfig) { c.Party = "kpu/>" }, envelope.ReasonMisuse},
		{"no receiver", func(c *nats.WorkerConfig) { c.Receiver = nil }, envelope.ReasonMisuse},
		{"negative", func(c *nats.WorkerConfig) { c.Attempts = -1 }, envelope.ReasonMisuse},
	} {
		cfg := good
		tt.change(&cfg)
		if err := s.bus.Serve(t.Context(), cfg); envelope.ReasonOf(err) != tt.want {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	// A stream that keeps what was acknowledged, say.
	if _, err := s.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: s.stream(), Subjects: []string{s.subject("to") + ">"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.bus.Serve(t.Context(), good); envelope.ReasonOf(err) != envelope.ReasonConflict {
		t.Errorf("another stream: %v", err)
	}
	if _, err := s.bus.Deliver(t.Context(), "kpu/*", strings.NewReader("x")); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("deliver to a wildcard: %v", err)
	}
	if _, err := s.bus.Ask(t.Context(), envelopetest.Jaringan().Party, []byte("x")); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("nobody: %v", err)
	}
}

// No server is needed to refuse what cannot be meant.
func TestDialChecks(t *testing.T) {
	local := []string{"nats://127.0.0.1:1"}
	for _, tt := range []struct {
		name string
		cfg  nats.Config
		want envelope.Reason
	}{
		{"no URL", nats.Config{}, envelope.ReasonMisuse},
		{"plain to a name", nats.Config{URLs: []string{"nats://localhost:4222"}}, envelope.ReasonMisuse},
		{"plain to an address", nats.Config{URLs: []string{"nats://10.0.0.1:4222"}}, envelope.ReasonMisuse},
		{"one of two plain", nats.Config{URLs: []string{"nats://127.0.0.1:1", "nats://10.0.0.1:4222"}}, envelope.ReasonMisuse},
		{"two in one", nats.Config{URLs: []string{"tls://a.example.id:4222,nats://10.0.0.1:4222"}}, envelope.ReasonMisuse},
		{"a password in the URL", nats.Config{URLs: []string{"tls://segel:rahasia@a.example.id:4222"}}, envelope.ReasonMisuse},
		{"a path", nats.Config{URLs: []string{"tls://a.example.id:4222/x"}}, envelope.ReasonMisuse},
		{"another scheme", nats.Config{URLs: []string{"ws://127.0.0.1:1"}}, envelope.ReasonMisuse},
		{"no scheme", nats.Config{URLs: []string{"127.0.0.1:1"}}, envelope.ReasonMisuse},
		{"no verification", nats.Config{URLs: local, TLS: &tls.Config{InsecureSkipVerify: true}}, envelope.ReasonMisuse},
		{"a wildcard as prefix", nats.Config{URLs: local, Prefix: "segel.>"}, envelope.ReasonMisuse},
		{"negative", nats.Config{URLs: local, Wait: -1}, envelope.ReasonMisuse},
		{"messages too large to hold", nats.Config{URLs: local, MaxMessage: 1 << 30}, envelope.ReasonMisuse},
		{"nobody listens", nats.Config{URLs: local}, envelope.ReasonUnavailable},
		{"credentials that are not there", nats.Config{URLs: local, Credentials: "/" + canary}, envelope.ReasonUnavailable},
	} {
		b, err := nats.Dial(t.Context(), tt.cfg)
		if envelope.ReasonOf(err) != tt.want || b != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil && (strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "rahasia")) {
			t.Errorf("%s: the error says %v", tt.name, err)
		}
	}
}
