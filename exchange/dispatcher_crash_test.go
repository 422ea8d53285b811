package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/store/memory"
)

var errDead = errors.New("the process is dead")

// A plug lets a number of steps pass and then pulls the power: before the step
// has its effect, or after it and before anybody hears of it. Nothing works
// afterwards.
type plug struct {
	mu     sync.Mutex
	left   int // steps that still work; negative: all
	after  bool
	pulled string // the step at which it was pulled
}

func (p *plug) step(name string, do func() error) error {
	p.mu.Lock()
	if p.pulled != "" {
		p.mu.Unlock()
		return errDead
	}
	last := p.left == 0
	p.left--
	if last {
		p.pulled = name
	}
	p.mu.Unlock()
	if last && !p.after {
		return errDead
	}
	err := do()
	if last {
		return errDead
	}
	return err
}

// pluggedOutbox, pluggedTransport and pluggedJournal are what a process does
// outside of itself.
type pluggedOutbox struct {
	exchange.Outbox
	*plug
}

func (o pluggedOutbox) Put(ctx context.Context, parcels ...exchange.Parcel) error {
	return o.step("put", func() error { return o.Outbox.Put(ctx, parcels...) })
}

func (o pluggedOutbox) Parcel(ctx context.Context, key exchange.Key, to envelope.Party) (p *exchange.Parcel, err error) {
	err = o.step("parcel", func() error { p, err = o.Outbox.Parcel(ctx, key, to); return err })
	return p, err
}

func (o pluggedOutbox) Recipients(ctx context.Context) (m map[envelope.Party]time.Time, err error) {
	err = o.step("recipients", func() error { m, err = o.Outbox.Recipients(ctx); return err })
	return m, err
}

func (o pluggedOutbox) Due(ctx context.Context, to envelope.Party, now time.Time, limit int) (p []exchange.Parcel, err error) {
	err = o.step("due", func() error { p, err = o.Outbox.Due(ctx, to, now, limit); return err })
	return p, err
}

func (o pluggedOutbox) Overdue(ctx context.Context, now time.Time, limit int) (p []exchange.Parcel, err error) {
	err = o.step("overdue", func() error { p, err = o.Outbox.Overdue(ctx, now, limit); return err })
	return p, err
}

func (o pluggedOutbox) Update(ctx context.Context, p exchange.Parcel) error {
	return o.step("update "+string(p.State), func() error { return o.Outbox.Update(ctx, p) })
}

type pluggedTransport struct {
	exchange.Transport
	*plug
}

func (t pluggedTransport) Deliver(ctx context.Context, to envelope.Party, file io.Reader) (r exchange.Reply, err error) {
	err = t.step("deliver", func() error { r, err = t.Transport.Deliver(ctx, to, file); return err })
	return r, err
}

func (t pluggedTransport) Ask(ctx context.Context, to envelope.Party, question []byte) (r exchange.Reply, err error) {
	err = t.step("ask", func() error { r, err = t.Transport.Ask(ctx, to, question); return err })
	return r, err
}

type pluggedJournal struct {
	exchange.Journal
	*plug
}

func (j pluggedJournal) Append(ctx context.Context, e exchange.Entry) error {
	return j.step("journal "+string(e.Event), func() error { return j.Journal.Append(ctx, e) })
}

// once counts how often parcels were settled.
type once struct {
	exchange.Outbox
	mu      sync.Mutex
	settled map[exchange.Sent]int
}

func (o *once) Update(ctx context.Context, p exchange.Parcel) error {
	err := o.Outbox.Update(ctx, p)
	if err == nil && p.State == exchange.ParcelSettled {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.settled[p.Sent]++
	}
	return err
}

// TestKilledBetweenAnyTwoSteps pulls the power at every step of a dispatcher, in
// memory and on a file, and when it asks to settle or cancel.
func TestKilledBetweenAnyTwoSteps(t *testing.T) {
	for _, tt := range []struct {
		name   string
		bolt   bool
		cancel bool
	}{{"in memory", false, false}, {"in a file", true, false}, {"settle or cancel", false, true}} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t)
			o.opens(ahu)
			o.opens(pengawasan)
			steps := map[string]bool{}
			for _, after := range []bool{false, true} {
				for n := 0; ; n++ {
					p := &plug{left: n, after: after}
					o.killedAt(p, tt.bolt, tt.cancel)
					if p.pulled == "" {
						break // it lived to the end
					}
					steps[p.pulled] = true
					if n > 200 {
						t.Fatal("it never ends")
					}
				}
			}
			for _, want := range []string{"put", "parcel", "recipients", "due", "update unknown", "update settled", "journal receipt"} {
				if !steps[want] {
					t.Errorf("the power was never pulled at %q", want)
				}
			}
			if carried := "deliver"; !steps[carried] && !tt.cancel {
				t.Errorf("the power was never pulled at %q", carried)
			}
			if tt.cancel && !(steps["ask"] && steps["journal question"]) {
				t.Error("the power was never pulled at a question")
			}
			t.Logf("%d kinds of steps", len(steps))
		})
	}
}

// killedAt posts three parcels in two envelopes, works until the power is
// pulled, and begins anew on what is left.
func (o *office) killedAt(p *plug, file, cancel bool) {
	t := o.T
	kept := &once{Outbox: memory.NewOutbox(), settled: map[exchange.Sent]int{}}
	path := t.TempDir() + "/store"
	var store *bolt.Store
	open := func() {
		if !file {
			return
		}
		if store != nil {
			store.Close()
		}
		var err error
		if store, err = bolt.Open(path); err != nil {
			t.Fatal(err)
		}
		kept.Outbox = store.Outbox()
	}
	open()
	defer func() {
		if store != nil {
			store.Close()
		}
	}()
	o.box = kept
	one, two := o.seal(ahu, pengawasan), o.seal(ahu)
	ctx := context.Background()
	d := o.dispatcher(func(c *exchange.DispatcherConfig) {
		c.Sender = o.sender(func(s *exchange.SenderConfig) {
			s.Transport, s.Journal = pluggedTransport{o.carrier, p}, pluggedJournal{s.Journal, p}
		})
		c.Outbox, c.PerPeer = pluggedOutbox{kept, p}, 1
	})
	err := errors.Join(d.Post(ctx, one), d.Post(ctx, two))
	if cancel {
		err = errors.Join(err, d.Cancel(ctx, exchange.SentTo(two, ahu.Party).Key, ahu.Party))
	}
	for range 6 {
		if err != nil {
			break
		}
		_, err = d.Step(ctx)
		o.Clock.Move(time.Second)
	}
	// The process begins anew: what it was not told is durable is posted again.
	open()
	d = o.dispatcher(nil)
	for _, s := range []*envelope.Sealed{one, two} {
		if err := d.Post(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	o.works(d, time.Hour)
	o.delivered(one, ahu)
	o.delivered(one, pengawasan)
	switch key := exchange.SentTo(two, ahu.Party).Key; {
	case !cancel:
		o.delivered(two, ahu)
	default:
		// Either the intention was kept, or the process never said that it was.
		row, _, err := o.Store(ahu).Lookup(ctx, key)
		if p := o.parcel(two, ahu); err != nil || p.State != exchange.ParcelSettled || row == nil || !bytes.Equal(p.Receipt, row.Settlement.Receipt) {
			t.Errorf("the parcel to be cancelled is %s, %s, %v", p.State, p.Outcome, err)
		}
	}
	if len(kept.settled) != 3 {
		t.Errorf("power pulled at %s: %d parcels settled", p.pulled, len(kept.settled))
	}
	for sent, n := range kept.settled {
		if n != 1 {
			t.Errorf("power pulled at %s: the parcel to %s settled %d times", p.pulled, sent.Recipient, n)
		}
	}
	for _, s := range []*envelope.Sealed{one, two} {
		if n := o.entries(s, exchange.EventReceipt); n == 0 {
			t.Errorf("power pulled at %s: a receipt is not in the journal", p.pulled)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// Answers that get lost, answers that come late and a journal that fails for a
// while: each parcel is settled once all the same.
func TestTroubleOnTheWay(t *testing.T) {
	for name, trouble := range map[string]func(o *office, nth int) func(context.Context, envelope.Party, []byte) (exchange.Reply, error){
		"the file gets lost": func(*office, int) func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
			return func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
				return exchange.Reply{}, errAway
			}
		},
		"the answer gets lost": func(o *office, _ int) func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
			return func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
				_, err := o.carrier.really(ctx, to, file)
				return exchange.Reply{}, errors.Join(err, errAway)
			}
		},
		"it comes twice": func(o *office, _ int) func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
			return func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
				if _, err := o.carrier.really(ctx, to, file); err != nil {
					return exchange.Reply{}, err
				}
				return o.carrier.really(ctx, to, file)
			}
		},
		"it is cut": func(o *office, n int) func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
			return func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
				return o.carrier.really(ctx, to, file[:len(file)-n%100-1])
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.opens(ahu)
			n := 0
			var mu sync.Mutex
			o.carrier.deliver = func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
				mu.Lock()
				n++
				nth := n
				mu.Unlock()
				if nth%3 != 0 {
					return trouble(o, nth)(ctx, to, file)
				}
				return o.carrier.really(ctx, to, file)
			}
			fails := 0
			o.Journal(sipol).Fail = func(e exchange.Entry) error {
				mu.Lock()
				defer mu.Unlock()
				if fails++; e.Event == exchange.EventReceipt && fails%4 == 0 {
					return errBroken
				}
				return nil
			}
			d := o.dispatcher(nil)
			var all []*envelope.Sealed
			for range 20 {
				all = append(all, o.post(d, ahu))
			}
			o.works(d, 5*time.Hour)
			for _, s := range all {
				o.delivered(s, ahu)
				if o.entries(s, exchange.EventReceipt) == 0 {
					t.Error("settled, and not in the journal")
				}
			}
		})
	}
}

// Two dispatchers on one outbox do double work and no harm.
func TestTwoDispatchers(t *testing.T) {
	in(t, func(o *office) {
		o.opens(ahu)
		kept := &once{Outbox: memory.NewOutbox(), settled: map[exchange.Sent]int{}}
		o.box = kept
		d, e := o.dispatcher(nil), o.dispatcher(nil)
		var all []*envelope.Sealed
		for range 30 {
			all = append(all, o.post(d, ahu))
		}
		stop, stopToo := o.run(d), o.run(e)
		time.Sleep(time.Hour)
		stop()
		stopToo()
		for _, s := range all {
			o.delivered(s, ahu)
		}
		for _, n := range kept.settled {
			if n != 1 {
				t.Errorf("settled %d times", n)
			}
		}
	})
}
