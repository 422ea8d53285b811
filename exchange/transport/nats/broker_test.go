//go:build unix

package nats_test

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/transport/nats"
	"github.com/segel-id/segel/internal/crash/server"
)

// The broker dies while envelopes are under way, twice: all of them arrive, once.
func TestBrokerRestarts(t *testing.T) {
	t.Parallel()
	broker := server.NewNATS(t, "")
	s := openAt(t, broker.URL(), func(c *nats.Config) { c.Wait = 5 * time.Second })
	s.serve(func(c *nats.WorkerConfig) { c.AckWait, c.Attempts = time.Second, 100 })
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const all = 40
	var sealed []*envelope.Sealed
	for range all {
		sealed = append(sealed, s.seal(1, nil))
	}
	begun := time.Now()
	next, arrived, attempts := make(chan *envelope.Sealed), make(chan struct{}, all), atomic.Int64{}
	var hands sync.WaitGroup
	for range 6 {
		hands.Go(func() {
			for e := range next {
				attempts.Add(int64(s.until(ctx, e, nil)))
				arrived <- struct{}{}
			}
		})
	}
	go func() {
		defer close(next)
		for _, e := range sealed {
			next <- e
		}
	}()
	for n := range all {
		if n == all/4 || n == all/2 {
			broker.Stop()
			broker.Start()
		}
		<-arrived
	}
	hands.Wait()
	for _, e := range sealed {
		s.called(e, 1)
	}
	t.Logf("%d envelopes by %d attempts through two failures of the broker in %.1f s", all, attempts.Load(), time.Since(begun).Seconds())
}

// A broker that is away is said to be, in time, and nothing is lost by it.
func TestBrokerAway(t *testing.T) {
	t.Parallel()
	broker := server.NewNATS(t, "")
	broker.Stop()
	begin := func() (*nats.Bus, error) {
		return nats.Dial(t.Context(), nats.Config{URLs: []string{broker.URL()}, Prefix: prefix()})
	}
	if b, err := begin(); b != nil || envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Fatalf("away at the start: %v", err)
	}
	broker.Start()
	if b, err := begin(); err != nil {
		t.Fatalf("back: %v", err)
	} else {
		b.Close()
	}
	s := openAt(t, broker.URL(), nil)
	s.provided()
	broker.Stop()
	sealed := s.seal(1, nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := s.sender().Deliver(ctx, sealed, ahu.Party); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("away: %v", err)
	}
	if err := s.bus.Serve(ctx, nats.WorkerConfig{Party: ahu.Party, Receiver: s.receiver}); err != nil {
		t.Errorf("stopped before the broker was back: %v", err)
	}
	broker.Start()
	s.serve(nil)
	ctx, cancel = context.WithTimeout(t.Context(), patience)
	defer cancel()
	s.until(ctx, sealed, nil)
	s.called(sealed, 1)
}

// A broker that lets nobody in for a while, as when somebody changes passwords, is
// tried again and not given up.
func TestBrokerLetsNobodyIn(t *testing.T) {
	t.Parallel()
	user := func(password string) string { return `authorization { user: segel, password: "` + password + `" }` }
	broker := server.NewNATS(t, user("satu"))
	var mu sync.Mutex
	asked := 0
	s := openAt(t, broker.URL(), func(c *nats.Config) {
		c.UserInfo = func() (string, string) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			return "segel", "satu"
		}
	}, natsUser("segel", "satu"))
	s.serve(nil)
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	broker.Stop()
	broker.Configure(user("dua"))
	broker.Start()
	mu.Lock()
	before := asked
	mu.Unlock()
	s.eventually("three attempts", func() bool { mu.Lock(); defer mu.Unlock(); return asked >= before+3 })
	broker.Stop()
	broker.Configure(user("satu"))
	broker.Start()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	sealed := s.seal(1, nil)
	s.until(ctx, sealed, nil)
	s.called(sealed, 1)
}

// A worker whose connection was closed ends, and says so.
func TestServeEndsWithItsConnection(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	s.provided()
	served := make(chan error, 1)
	go func() {
		served <- s.bus.Serve(context.Background(), nats.WorkerConfig{Party: ahu.Party, Receiver: s.receiver})
	}()
	s.eventually("workers", func() bool { return s.pulls() > 0 })
	s.bus.Close()
	select {
	case err := <-served:
		if envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Errorf("got %v", err)
		}
	case <-time.After(patience):
		t.Fatal("it works on a connection that was closed")
	}
}

// A broker that takes small messages only gets small ones.
func TestSmallMessages(t *testing.T) {
	t.Parallel()
	broker := server.NewNATS(t, "max_payload: 16KB")
	s := openAt(t, broker.URL(), nil)
	s.serve(nil)
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })
	s.accepted(s.seal(1, nil), nil)
	s.accepted(s.seal(100, nil), nil) // too large for one, and no body
	var file bytes.Buffer
	s.accepted(s.seal(5_000, &file), file.Bytes())
}
