//go:build unix

package crash

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	nethttp "net/http"
	"os"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/exchange/transport/nats"
	"github.com/segel-id/segel/internal/shared"
)

// The roads from the sender to the receiver.
const (
	overHTTP = "HTTP"
	overNATS = "NATS"
)

// transport returns the sender's end. Of HTTP it makes one attempt, as a dispatcher
// wants it, or several.
func (s settings) transport(once bool) (t exchange.Transport, end func(), err error) {
	if s.Road == overNATS {
		bus, err := s.bus()
		if err != nil {
			return nil, nil, err
		}
		return bus, bus.Close, nil
	}
	client, err := http.NewClient(http.ClientConfig{Endpoints: func(envelope.Party) []string { return []string{s.URL} }, Once: once})
	if err != nil {
		return nil, nil, err
	}
	return client, client.Close, nil
}

func (s settings) bus() (*nats.Bus, error) {
	return nats.Dial(ctx, nats.Config{URLs: []string{s.Broker}, Prefix: s.Prefix})
}

// subject is the first part of what a sender, or the receiver, says at the broker.
func (s settings) subject(kind string) string {
	return s.Prefix + "." + kind + "." + strings.Replace(string(ahu.Party), "/", ".", 1) + "."
}

// hears crosses a point whenever something is said at the broker: it has it then, and
// who said it may not know that yet.
func (s settings) hears(k *knife, points map[string]func(*natsgo.Msg) string) (end func(), err error) {
	conn, err := natsgo.Connect(s.Broker, natsgo.Timeout(time.Minute))
	if err != nil {
		return nil, err
	}
	for kind, point := range points {
		if _, err := conn.Subscribe(s.subject(kind)+">", func(m *natsgo.Msg) {
			if name := point(m); name != "" {
				k.cross(name)
			}
		}); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return conn.Close, conn.Flush()
}

// queues has the point crossed at which the broker has an envelope.
func (p *sending) queues() (end func(), err error) {
	if p.Road != overNATS {
		return func() {}, nil
	}
	return p.hears(p.knife, map[string]func(*natsgo.Msg) string{"to": func(*natsgo.Msg) string { return "after queued" }})
}

// serve is the receiver's end, until serving ends. Whatever the road is, who stands at
// its socket is asked to move the clock.
func (p *receiving) serve(serving context.Context, set settings, f front, l net.Listener, stands *fileClock) error {
	quiet := slog.New(slog.NewTextHandler(os.Stderr, nil))
	mux := nethttp.NewServeMux()
	mux.HandleFunc(clockPath, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		p.work.Lock()
		defer p.work.Unlock()
		to, err := time.Parse(time.RFC3339Nano, r.URL.Query().Get("to"))
		if stands == nil || err != nil || stands.move(to) != nil {
			w.WriteHeader(nethttp.StatusInternalServerError)
		}
	})
	if set.Road == overHTTP {
		h, err := http.NewHandler(http.HandlerConfig{Receiver: f, Log: quiet})
		if err != nil {
			return err
		}
		mux.HandleFunc("/", func(w nethttp.ResponseWriter, r *nethttp.Request) {
			p.work.RLock()
			defer p.work.RUnlock()
			h.ServeHTTP(w, r)
			_ = nethttp.NewResponseController(w).Flush()
			p.cross("after reply")
		})
		return http.Serve(serving, l, mux, http.ServerConfig{Log: quiet})
	}
	moved := make(chan error, 1)
	go func() { moved <- http.Serve(serving, l, mux, http.ServerConfig{Log: quiet}) }()
	return errors.Join(p.workers(serving, set, f, quiet), <-moved)
}

const clockPath = "/clock"

// workers take from the broker. It gives what a dead one had to the next after AckWait,
// for which somebody waits.
func (p *receiving) workers(serving context.Context, set settings, f front, quiet *slog.Logger) error {
	bus, err := set.bus()
	if err != nil {
		return err
	}
	defer bus.Close()
	deaf, err := set.hears(p.knife, map[string]func(*natsgo.Msg) string{
		"answer": func(*natsgo.Msg) string { return "after kept" },
		"now": func(m *natsgo.Msg) string {
			if m.Header.Get("Segel-Sequence") == "" {
				return "" // it is wanted later
			}
			return "after reply"
		},
	})
	if err != nil {
		return err
	}
	defer deaf()
	return bus.Serve(serving, nats.WorkerConfig{
		Party: ahu.Party, Receiver: worker{f}, AckWait: time.Second, Retry: 20 * time.Millisecond, RetryMax: time.Second, Logger: quiet,
	})
}

// A worker keeps the clock from being moved while it is at work.
type worker struct{ front }

func (w worker) Receive(ctx context.Context, in io.Reader) exchange.Answer {
	w.p.work.RLock()
	defer w.p.work.RUnlock()
	return w.front.Receive(ctx, in)
}

// onBroker gives the cell a prefix of its own at the broker of the tests.
func (c *cell) onBroker() {
	c.Helper()
	c.Broker, c.Prefix = shared.NATS(c), "c"+strings.ToLower(rand.Text())
	conn, err := natsgo.Connect(c.Broker, natsgo.Timeout(time.Minute))
	if err != nil {
		c.Fatal(err)
	}
	js, err := jetstream.New(conn, jetstream.WithDefaultTimeout(time.Minute))
	if err != nil {
		c.Fatal(err)
	}
	c.forget = func() error { return c.purge(js) }
	c.Cleanup(func() {
		defer conn.Close()
		if c.Failed() {
			c.Logf("and at the broker, under %s", c.Prefix)
			return
		}
		for name := range js.StreamNames(ctx).Name() {
			if strings.Contains(name, c.Prefix) {
				if err := js.DeleteStream(ctx, name); err != nil {
					c.Error(err)
				}
			}
		}
	})
}

// purge has the broker forget the answers that nobody has taken.
func (c *cell) purge(js jetstream.JetStream) error {
	answers, err := js.Stream(ctx, c.Prefix+"_"+strings.Replace(string(ahu.Party), "/", "_", 1)+"_answers")
	if err != nil {
		return err
	}
	return answers.Purge(ctx)
}
