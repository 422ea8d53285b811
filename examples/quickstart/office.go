package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/transport/http"
)

// An office is one agency's program: what it keeps in its folder, a dispatcher
// that sends, and an HTTP server that receives.
type office struct {
	party envelope.Party
	dir   string

	journal    *journal.File
	store      *bolt.Store // with the outbox, in one file
	client     *http.Client
	sender     *exchange.Sender
	dispatcher *exchange.Dispatcher
	receiver   *witness
	stop       func() error // the server
}

// A town is where offices find each other.
type town struct {
	world *exchangetest.World
	dir   string

	mu      sync.Mutex
	offices map[envelope.Party]*office
	urls    map[envelope.Party]string
}

// endpoints returns under which URLs an office is reached. In the field the signed
// directory says it: http.FromDirectory.
func (t *town) endpoints(to envelope.Party) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return []string{t.urls[to]}
}

// open starts an agency's program on its folder, for the first time or again. A
// program states one purpose for all that its handler does.
func (t *town) open(as envelopetest.Agency, code purpose.Code, handle exchange.Handler) (o *office, err error) {
	o = &office{party: as.Party, dir: filepath.Join(t.dir, filepath.FromSlash(string(as.Party)))}
	defer func() {
		if err != nil {
			o.close()
		}
	}()
	if o.journal, err = journal.Open(o.dir); err != nil { // makes the folder
		return nil, err
	}
	if o.store, err = bolt.Open(filepath.Join(o.dir, "store.db")); err != nil {
		return nil, err
	}

	// Sending: a sender checks and seals, the dispatcher carries what it has sealed
	// from the outbox until there is a receipt. The dispatcher tries again, so the
	// client makes one attempt at a time.
	if o.client, err = http.NewClient(http.ClientConfig{Endpoints: t.endpoints, Once: true}); err != nil {
		return nil, err
	}
	sends := t.world.SenderConfig(as)
	sends.Journal, sends.Transport = o.journal, o.client
	if o.sender, err = exchange.NewSender(sends); err != nil {
		return nil, err
	}
	if o.dispatcher, err = exchange.NewDispatcher(exchange.DispatcherConfig{Sender: o.sender, Outbox: o.store.Outbox()}); err != nil {
		return nil, err
	}

	// Receiving: a receiver opens, checks, calls the handler and settles; the HTTP
	// handler stands in front of it.
	receives := t.world.ReceiverConfig(as, code, handle)
	receives.Journal, receives.Store = o.journal, o.store
	receiver, err := exchange.NewReceiver(receives)
	if err != nil {
		return nil, err
	}
	o.receiver = &witness{Receiver: receiver}
	return o, t.serve(o)
}

// serve has an office listen, and tells the town where.
func (t *town) serve(o *office) error {
	quiet := slog.New(slog.DiscardHandler)
	handler, err := http.NewHandler(http.HandlerConfig{Receiver: o.receiver, Log: quiet})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- http.Serve(ctx, listener, handler, http.ServerConfig{Log: quiet}) }()
	o.stop = sync.OnceValue(func() error { cancel(); return <-served })

	t.mu.Lock()
	defer t.mu.Unlock()
	t.offices[o.party], t.urls[o.party] = o, "http://"+listener.Addr().String()
	return nil
}

// cutPower takes away what an office has on disk, in the middle of whatever it is
// doing.
func (o *office) cutPower() error { return errors.Join(o.store.Close(), o.journal.Close()) }

// close ends an office's program.
func (o *office) close() {
	if o.stop != nil {
		_ = o.stop()
	}
	if o.client != nil {
		o.client.Close()
	}
	if o.store != nil {
		_ = o.store.Close()
	}
	if o.journal != nil {
		_ = o.journal.Close()
	}
}

func (t *town) close() {
	for _, o := range t.offices {
		o.close()
	}
}

// A witness sees what a receiver answers: in full, where the one who brought the
// envelope gets a sealed receipt or one of four words.
type witness struct {
	*exchange.Receiver
	mu   sync.Mutex
	last exchange.Answer
}

// Receive is the receiver's.
func (w *witness) Receive(ctx context.Context, in io.Reader) exchange.Answer {
	a := w.Receiver.Receive(ctx, in)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = a
	return a
}

func (w *witness) answered() exchange.Answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}
