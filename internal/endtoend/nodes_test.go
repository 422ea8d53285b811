package endtoend

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/store/postgres"
	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/exchange/transport/nats"
	"github.com/segel-id/segel/internal/shared"
)

// A way is where two agencies keep what they keep, and what carries between them.
type way struct {
	name     string
	postgres bool // else a bbolt file each
	nats     bool // else HTTP
}

var ways = []way{{"bbolt+HTTP", false, false}, {"PostgreSQL+HTTP", true, false}, {"PostgreSQL+NATS", true, true}}

// BenchmarkNodes is BenchmarkEndToEnd from 64 callers over each way, with one to
// three receivers that share a store. Every receiver has what a process of its own
// would have, but for the process: a journal, connections to the database, a
// listener or a broker's connection with its workers. Both agencies' tables are on
// one server. What the servers do counts as ours where it can be known (Linux, on
// this machine): servers-µs/op is their part of cpu-µs/op.
//
// With cores enough for one receiver, a second one brings nothing but its cost.
// What more receivers are for is seen where a receiver waits: with "waiting", each
// calls its handler for four envelopes at once, and the handler takes ten
// milliseconds, as one that asks another system.
func BenchmarkNodes(b *testing.B) {
	for _, w := range ways {
		for receivers := 1; receivers <= 3; receivers++ {
			for _, waiting := range []bool{false, true} {
				if !w.postgres && (receivers > 1 || waiting) {
					continue // a file has one process
				}
				name := fmt.Sprintf("%s/receivers=%d", w.name, receivers)
				if waiting {
					name += "/waiting"
				}
				b.Run(name, func(b *testing.B) {
					newNodes(b, w, receivers, waiting).measure(b, 64)
				})
			}
		}
	}
}

// newNodes returns two agencies, the recipient with so many receivers.
func newNodes(t testing.TB, w way, receivers int, waiting bool) *pair {
	t.Helper()
	var ports []string
	ours, theirs := newDepot(t), newDepot(t)
	if w.postgres {
		ours, theirs = newDatabase(t), newDatabase(t)
		ports = append(ports, port(t, shared.Postgres(t)))
	}
	p := newWorld(t, ours.open().Outbox)
	p.disk = func() int64 { return ours.size() + theirs.size() + p.journals.size() }
	var bus func() *nats.Bus
	if w.nats {
		bus = newBroker(t)
		ports = append(ports, port(t, shared.NATS(t)))
	}
	if len(ports) > 0 {
		p.used = func() time.Duration { return serverTime(ports...) }
	}
	var addresses []string
	for range receivers {
		cfg := p.receive(theirs.open().Store, p.journals.add(t))
		if waiting {
			cfg.Handle = slowly(cfg.Handle)
		}
		r, err := exchange.NewReceiver(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if w.nats {
			p.work(bus(), r)
			continue
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, "http://"+l.Addr().String())
		t.Cleanup(p.answer(l, http.HandlerConfig{Receiver: r, Log: quiet}))
	}
	if w.nats {
		p.sendBy(bus(), p.journals.add(t))
		return p
	}
	var next atomic.Uint64
	p.sendBy(newClient(t, func() []string { // each envelope to the next, as a balancer would
		n := int(next.Add(1)) % len(addresses)
		return append(append([]string(nil), addresses[n:]...), addresses[:n]...)
	}), p.journals.add(t))
	return p
}

// slowly has a handler called for four envelopes at once, and wait for ten
// milliseconds.
func slowly(h exchange.Handler) exchange.Handler {
	places := make(chan struct{}, 4)
	return func(ctx context.Context, d *exchange.Delivery) error {
		places <- struct{}{}
		defer func() { <-places }()
		time.Sleep(10 * time.Millisecond)
		return h(ctx, d)
	}
}

// work takes from a broker's queue until the test's end.
func (p *pair) work(bus *nats.Bus, r *exchange.Receiver) {
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- bus.Serve(ctx, nats.WorkerConfig{Party: bawaslu.Party, Receiver: r, Workers: 64})
	}()
	p.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			p.Error(err)
		}
	})
}

// folders are those of journals.
type folders []string

func (f *folders) add(t testing.TB) *journal.File {
	t.Helper()
	dir := t.TempDir()
	j, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	*f = append(*f, dir)
	return j
}

func (f folders) size() (sum int64) {
	for _, dir := range f {
		files, _ := os.ReadDir(dir)
		for _, file := range files {
			if info, err := file.Info(); err == nil {
				sum += info.Size()
			}
		}
	}
	return sum
}

// A depot is where an agency keeps what it keeps: open opens it for one more
// process, size is how many bytes of disk it has.
type depot struct {
	open func() kept
	size func() int64
}

type kept struct {
	exchange.Store
	exchange.Outbox
}

func newDepot(t testing.TB) depot {
	dir := folders{t.TempDir()}
	return depot{size: dir.size, open: func() kept {
		s, err := bolt.Open(filepath.Join(dir[0], "store"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return kept{s, s.Outbox()}
	}}
}

// newDatabase returns a schema of its own, which goes with the test.
func newDatabase(t testing.TB) depot {
	t.Helper()
	schema := "t" + strings.ToLower(rand.Text())
	open := func() *postgres.Store {
		s, err := postgres.Open(context.Background(), shared.Postgres(t), schema)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	admin := open()
	t.Cleanup(func() { // before its connections are closed
		if _, err := admin.DB().Exec(`DROP SCHEMA "` + schema + `" CASCADE`); err != nil {
			t.Error(err)
		}
	})
	return depot{
		open: func() kept { s := open(); return kept{s, s.Outbox()} },
		size: func() (n int64) {
			if err := admin.DB().QueryRow(`SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r'`, schema).Scan(&n); err != nil {
				t.Error(err)
			}
			return n
		},
	}
}

// newBroker returns connections to a broker under a prefix of its own. What was
// made there goes with the test.
func newBroker(t testing.TB) func() *nats.Bus {
	t.Helper()
	address, prefix := shared.NATS(t), "t"+strings.ToLower(rand.Text())
	t.Cleanup(func() {
		conn, err := natsgo.Connect(address, natsgo.Timeout(time.Minute))
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		js, err := jetstream.New(conn, jetstream.WithDefaultTimeout(time.Minute))
		if err != nil {
			t.Error(err)
			return
		}
		for name := range js.StreamNames(context.Background()).Name() {
			if strings.Contains(name, prefix) {
				if err := js.DeleteStream(context.Background(), name); err != nil {
					t.Error(err)
				}
			}
		}
	})
	return func() *nats.Bus {
		b, err := nats.Dial(context.Background(), nats.Config{URLs: []string{address}, Prefix: prefix})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Close)
		return b
	}
}

func port(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" {
		t.Fatal("the address of a server for tests has no port")
	}
	return u.Port()
}
