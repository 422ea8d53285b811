//go:build unix

package crash

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	nethttp "net/http"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/spool"
	"github.com/segel-id/segel/internal/crash/board"
)

// A sending is the sender's process.
type sending struct {
	settings
	*knife
	*diary
	box        *wrappedOutbox
	dispatcher *exchange.Dispatcher
	now        func() time.Time
	due        atomic.Int64  // parcels that the outbox has offered
	listed     atomic.Bool   // every item was sent: the outbox will get no more
	stirred    chan struct{} // a parcel was posted or settled, or the last item sent
}

// send sends what is left of the list and carries it until nothing is open.
func send(set settings, tell *os.File, ended <-chan struct{}) error {
	p := &sending{settings: set, knife: newKnife(set, tell), stirred: make(chan struct{}, 1)}
	store, err := set.place(sender)
	if err != nil {
		return err
	}
	defer store.close()
	j, err := journal.Open(set.path(sender, "journal"))
	if err != nil {
		return err
	}
	defer j.Close()
	if p.diary, err = openDiary(set.path(sender, "diary")); err != nil {
		return err
	}
	now, stands, err := set.clock()
	if err != nil {
		return err
	}
	p.now = now
	directory, err := set.directory(now())
	if err != nil {
		return err
	}
	datasets, err := board.Registry()
	if err != nil {
		return err
	}
	deaf, err := p.queues()
	if err != nil {
		return err
	}
	defer deaf()
	client, end, err := set.transport(true)
	if err != nil {
		return err
	}
	defer end()
	s, err := exchange.NewSender(exchange.SenderConfig{
		Party: sipol.Party, Keys: sipol.Keys(), Directory: directory, Definitions: datasets,
		Journal: wrappedJournal{j, p.knife}, Transport: wrappedTransport{client, p.knife}, Clock: now,
	})
	if err != nil {
		return err
	}
	p.box = &wrappedOutbox{store.outbox, p}
	bodies, err := spool.Open(set.path(sender, "bodies"), spool.Limits{}, now())
	if err != nil {
		return err
	}
	cfg := exchange.DispatcherConfig{Sender: s, Outbox: p.box, Bodies: bodies, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	if stands == nil {
		// Somebody waits for it: what was on its way when the process died is sent
		// again when its Timeout is over.
		cfg.Timeout, cfg.Retry, cfg.RetryMax = 2*time.Second, 50*time.Millisecond, time.Second
	}
	if p.dispatcher, err = exchange.NewDispatcher(cfg); err != nil {
		return err
	}
	if _, err := tell.Write([]byte{ready}); err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	go func() { <-ended; stop() }()
	listed := make(chan error, 1)
	go func() {
		defer p.stir()
		defer p.listed.Store(true)
		listed <- p.all(working)
	}()
	if stands == nil {
		err = p.run(working)
	} else {
		err = p.step(working)
	}
	return errors.Join(err, <-listed, working.Err())
}

func (p *sending) stir() {
	select {
	case p.stirred <- struct{}{}:
	default:
	}
}

// step carries by rounds, and has the clock moved when there is nothing to do. What an
// outbox has offered to a process that died it offers to the next one after a while.
func (p *sending) step(ctx context.Context) error {
	idle := 0 // rounds in which nothing was offered, though something is due
	for ctx.Err() == nil {
		listed, offered := p.listed.Load(), p.due.Load() // before the outbox is looked at
		next, err := p.dispatcher.Step(ctx)
		if idle++; next.IsZero() || next.After(p.now()) || p.due.Load() > offered {
			idle = 0
		}
		switch {
		case err != nil:
			return err
		case next.IsZero() && listed:
			return nil
		case next.IsZero():
			select {
			case <-p.stirred:
			case <-ctx.Done():
			}
		case idle > 1:
			next = p.now().Add(offer)
			fallthrough
		case next.After(p.now()):
			if err := p.move(ctx, next); err != nil {
				return err
			}
		}
	}
	return nil
}

// offer is for how long a store offers a parcel to one process.
const offer = 30 * time.Second

// move has the receiver move the clock. One that dies meanwhile is asked again.
func (p *sending) move(ctx context.Context, to time.Time) error {
	at := p.URL + clockPath + "?to=" + url.QueryEscape(to.Format(time.RFC3339Nano))
	for ctx.Err() == nil {
		req, err := nethttp.NewRequestWithContext(ctx, nethttp.MethodGet, at, nil)
		if err != nil {
			return err
		}
		res, err := nethttp.DefaultClient.Do(req)
		if err != nil {
			continue
		}
		res.Body.Close()
		if res.StatusCode != nethttp.StatusOK {
			return fmt.Errorf("the clock: %s", res.Status)
		}
		return nil
	}
	return ctx.Err()
}

// run carries by the dispatcher's own loop.
func (p *sending) run(ctx context.Context) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	ran := make(chan error, 1)
	go func() { ran <- p.dispatcher.Run(running) }()
	for ctx.Err() == nil {
		listed := p.listed.Load()
		open, err := p.box.Recipients(ctx)
		if err != nil {
			return err
		}
		if listed && len(open) == 0 {
			break
		}
		select {
		case <-p.stirred:
		case <-ctx.Done():
		}
	}
	stop()
	return <-ran
}

type wrappedOutbox struct {
	exchange.Outbox
	p *sending
}

func (o *wrappedOutbox) Number(ctx context.Context, channel string, now time.Time) (seq envelope.Sequence, err error) {
	err = o.p.around("number", func() error { seq, err = o.Outbox.Number(ctx, channel, now); return err })
	return seq, err
}

func (o *wrappedOutbox) Due(ctx context.Context, to envelope.Party, now time.Time, limit int) ([]exchange.Parcel, error) {
	due, err := o.Outbox.Due(ctx, to, now, limit)
	o.p.due.Add(int64(len(due)))
	return due, err
}

// Put keeps the files too: a settled parcel has none, and the test wants to send
// them again. If a process died before it had posted an envelope, the next one's of
// the same id takes its place.
func (o *wrappedOutbox) Put(ctx context.Context, parcels ...exchange.Parcel) error {
	for _, parcel := range parcels {
		file := parcel.File
		if parcel.Body > 0 {
			// To one recipient, the file beside the outbox is what is delivered.
			var err error
			if file, err = os.ReadFile(o.p.path(sender, "bodies", parcel.ID+".sealed")); err != nil {
				return err
			}
		}
		if err := os.WriteFile(o.p.path(sender, "files", parcel.ID), file, 0o600); err != nil {
			return err
		}
	}
	return o.p.around("put", func() error { return o.Outbox.Put(ctx, parcels...) })
}

func (o *wrappedOutbox) Update(ctx context.Context, parcel exchange.Parcel) error {
	update := func() error { return o.Outbox.Update(ctx, parcel) }
	switch {
	case parcel.State == exchange.ParcelSettled:
		defer o.p.stir()
		return o.p.around("settle", update)
	case parcel.State == exchange.ParcelUnknown && parcel.Reason == "":
		return o.p.around("unknown", update)
	}
	return update()
}

type wrappedTransport struct {
	exchange.Transport
	k *knife
}

func (t wrappedTransport) Deliver(ctx context.Context, to envelope.Party, file io.Reader) (r exchange.Reply, err error) {
	err = t.k.around("deliver", func() error { r, err = t.Transport.Deliver(ctx, to, file); return err })
	return r, err
}
