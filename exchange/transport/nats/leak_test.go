//go:build unix

package nats_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	nethttp "net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/exchange/transport/nats"
	"github.com/segel-id/segel/internal/crash/server"
	"github.com/segel-id/segel/internal/shared"
)

// Whenever it is that somebody stops: no goroutine, connection, subscription or consumer
// is left, and nothing of a body.
func TestNothingIsLeftBehind(t *testing.T) {
	rnd := rand.New(rand.NewPCG(shared.Seed(t), 0))
	rounds := 10
	if shared.Long() {
		rounds = 1000
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	broker := server.NewNATS(t, `http: "`+l.Addr().String()+`"`)
	s := openAt(t, broker.URL(), nil)
	soon := func(c *nats.WorkerConfig) { c.AckWait = time.Second } // what is lost in a stop comes again
	stop := s.serve(soon)
	var file bytes.Buffer
	sealed := s.seal(20_000, &file)
	s.accepted(sealed, file.Bytes()) // what is made once is made now
	stop()

	subscriptions, goroutines := nats.Subscriptions(s.bus), runtime.NumGoroutine()
	connections := s.connections(l.Addr().String())
	for n := range rounds {
		bus := s.bus
		if n%3 == 0 { // one that is closed, by a third before anything has ended
			if bus, err = nats.Dial(t.Context(), nats.Config{URLs: []string{broker.URL()}, Prefix: s.prefix, Wait: patience}); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_ = bus.Serve(ctx, nats.WorkerConfig{Party: ahu.Party, Receiver: s.receiver, Workers: 3})
		})
		small := s.seal(1, nil).File()
		all.Go(func() { _, _ = bus.Deliver(ctx, ahu.Party, bytes.NewReader(small)) })
		all.Go(func() { _, _ = bus.Deliver(ctx, ahu.Party, fileOf(bytes.NewReader(file.Bytes()), int64(file.Len()))) })
		all.Go(func() { _, _ = bus.Ask(ctx, ahu.Party, []byte("x")) })
		time.Sleep(time.Duration(rnd.IntN(60)) * time.Millisecond) // at any moment
		if n%9 == 0 {
			bus.Close()
		}
		cancel()
		ended := make(chan struct{})
		go func() { all.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(patience):
			t.Fatalf("round %d does not end:\n%s", n, stacks())
		}
		if bus != s.bus {
			bus.Close()
		}
	}
	s.eventually("as few connections as before", func() bool { return s.connections(l.Addr().String()) <= connections })
	for end := time.Now().Add(patience); runtime.NumGoroutine() > goroutines || nats.Subscriptions(s.bus) > subscriptions; {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines instead of %d, %d subscriptions instead of %d:\n%s",
				runtime.NumGoroutine(), goroutines, nats.Subscriptions(s.bus), subscriptions, stacks())
		}
		time.Sleep(10 * time.Millisecond)
	}
	// What is still queued is worked off, and then there is nothing.
	s.serve(soon)
	s.eventually("an empty queue", func() bool { return s.queued("") == 0 })
	s.eventually("no consumer at the bucket", func() bool { return s.bucket().Consumers == 0 })
}

// connections asks the broker how many it has.
func (s *site) connections(monitor string) int {
	s.Helper()
	res, err := nethttp.Get("http://" + monitor + "/varz")
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	nethttp.DefaultClient.CloseIdleConnections()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), `"connections": `)
	n, err := strconv.Atoi(rest[:max(0, strings.IndexByte(rest, ','))])
	if err != nil {
		s.Fatal(err)
	}
	return n
}

func stacks() string {
	text := make([]byte, 1<<20)
	return string(text[:runtime.Stack(text, true)])
}
