package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/store/memory"
)

// An asker is AHU with an outbox of its own, which asks Sipol.
type asker struct {
	*office
	box exchange.Outbox
	d   *exchange.Dispatcher
}

func newAsker(o *office) *asker {
	o.Helper()
	a := &asker{office: o, box: memory.NewOutbox()}
	d, err := exchange.NewDispatcher(exchange.DispatcherConfig{Sender: o.Sender(ahu), Outbox: a.box, Jitter: func() float64 { return 1 }})
	if err != nil {
		o.Fatal(err)
	}
	a.d = d
	return a
}

func (a *asker) asks() *envelope.Sealed {
	a.Helper()
	sealed, _, err := a.d.Send(context.Background(), a.shipment(sipol))
	if err != nil {
		a.Fatal(err)
	}
	return sealed
}

// handles connects a receiver with that handler.
func (o *office) handles(as envelopetest.Agency, handle exchange.Handler) {
	o.Receiver(as, code, handle)
}

func (o *office) answer() exchange.Shipment {
	o.Helper()
	sh := o.shipment()
	return exchange.Shipment{Request: exchange.Request{Dataset: dataset}, Records: sh.Records}
}

func TestReplyIsPostedOnce(t *testing.T) {
	ctx := context.Background()
	o := newOffice(t)
	path := t.TempDir() + "/store"
	var s *bolt.Store
	reopen := func() *exchange.Dispatcher {
		if s != nil {
			s.Close()
		}
		var err error
		if s, err = bolt.Open(path); err != nil {
			t.Fatal(err)
		}
		o.box = s.Outbox()
		return o.dispatcher(nil)
	}
	d := reopen()
	defer func() { s.Close() }()
	calls := 0
	o.handles(sipol, func(ctx context.Context, request *exchange.Delivery) error {
		calls++
		if err := d.Reply(ctx, request, o.answer()); err != nil {
			t.Errorf("call %d: %v", calls, err)
		}
		if calls == 2 {
			d = reopen() // a crash
		}
		if calls < 4 {
			return errors.New("not now")
		}
		return nil
	})
	a := newAsker(o)
	request := a.asks()
	for range 10 {
		if _, err := a.d.Step(ctx); err != nil {
			t.Fatal(err)
		}
		o.Clock.Move(time.Minute)
	}
	parcels := o.listed()
	if calls != 4 || len(parcels) != 1 || parcels[0].Recipient != ahu.Party || parcels[0].Purpose != code || parcels[0].Agreement != o.shipment().Agreement {
		t.Fatalf("after %d calls the outbox has %+v", calls, parcels)
	}
	var answered *exchange.Parcel
	o.handles(ahu, func(ctx context.Context, answer *exchange.Delivery) error {
		m := answer.Proof().Manifest
		if m.InReplyTo == nil || m.InReplyTo.ID != request.Manifest().ID || m.InReplyTo.Digest != request.Digest() {
			t.Errorf("it answers %+v", m.InReplyTo)
		}
		p, err := a.d.Answered(ctx, answer)
		answered = p
		return err
	})
	o.works(d, time.Minute)
	if p := o.listed()[0]; p.State != exchange.ParcelSettled || p.Outcome != exchange.OutcomeAccepted {
		t.Errorf("the reply is %s, %s", p.State, p.Outcome)
	}
	if answered == nil || answered.ID != request.Manifest().ID || answered.Digest != request.Digest() || answered.Recipient != sipol.Party {
		t.Errorf("it answers %+v", answered)
	}
}

// delivery hands a request to Sipol and returns what its handler got.
func (a *asker) delivery() (request *envelope.Sealed, got *exchange.Delivery) {
	a.Helper()
	a.handles(sipol, func(_ context.Context, d *exchange.Delivery) error { got = d; return nil })
	request = a.asks()
	if _, err := a.d.Step(context.Background()); err != nil || got == nil {
		a.Fatalf("no delivery: %v", err)
	}
	return request, got
}

func TestReplies(t *testing.T) {
	ctx := context.Background()
	t.Run("at once", func(t *testing.T) {
		o := newOffice(t)
		d := o.dispatcher(nil)
		_, request := newAsker(o).delivery()
		var done sync.WaitGroup
		for range 8 {
			done.Go(func() {
				if err := d.Reply(ctx, request, o.answer()); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		parcels := o.listed()
		if len(parcels) != 1 {
			t.Fatalf("%d replies are in the outbox", len(parcels))
		}
		next := o.sends(d, ahu).Manifest().Sequence // the others' numbers are void
		if taken := int64(len(next.Void)) + 2; next.Number != taken || slices.Contains(next.Void, parcels[0].Number) {
			t.Errorf("the reply has number %d, the next envelope %+v", parcels[0].Number, next)
		}
	})
	t.Run("to two requests of one instant", func(t *testing.T) {
		s := newScene(t)
		o := &office{T: t, World: s.World, now: s.Clock.Now, box: memory.NewOutbox(), carrier: &carrier{Transport: s.Wire}}
		d := o.dispatcher(nil)
		o.handles(sipol, func(ctx context.Context, request *exchange.Delivery) error { return d.Reply(ctx, request, o.answer()) })
		for n := range 2 {
			request := s.craft(ahu.Signing, func(d *envelope.Draft) {
				d.ID = fmt.Sprintf("018da7f0-0000-7000-8000-%012d", n)
				d.Sender, d.Recipients = ahu.Party, []envelope.Recipient{sipol.Recipient()}
			})
			file, err := request.Delivery(sipol.Party)
			if err != nil {
				t.Fatal(err)
			}
			if reply, err := o.carrier.really(ctx, sipol.Party, file); err != nil || reply.Receipt == nil {
				t.Fatalf("request %d: %+v, %v", n, reply, err)
			}
		}
		parcels := o.listed()
		if len(parcels) != 2 {
			t.Fatalf("%d replies to two requests", len(parcels))
		}
		for _, p := range parcels { // UUIDv7 with the time of the request's
			if id, err := uuid.Parse(p.ID); err != nil || id.Version() != 7 || id.Variant() != uuid.RFC4122 || !strings.HasPrefix(p.ID, "018da7f0-0000-7") {
				t.Errorf("the reply's id is %s", p.ID)
			}
		}
	})
	t.Run("by two parties", func(t *testing.T) {
		o := newOffice(t)
		_, request := newAsker(o).delivery()
		if err := o.dispatcher(nil).Reply(ctx, request, o.answer()); err != nil {
			t.Fatal(err)
		}
		mine := o.listed()[0].ID
		o.box = memory.NewOutbox()
		other, err := exchange.NewDispatcher(exchange.DispatcherConfig{Sender: o.Sender(pengawasan), Outbox: o.box})
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Reply(ctx, request, o.answer()); err != nil {
			t.Fatal(err)
		}
		if o.listed()[0].ID == mine {
			t.Error("two parties' answers have one id")
		}
	})
	t.Run("that fail", func(t *testing.T) {
		o, b, d := newTrapped(t)
		_, request := newAsker(o).delivery()
		for name, fail := range map[string]*func() error{"parcels": &b.parcels, "number": &b.number, "put": &b.put} {
			*fail = failing
			if err := d.Reply(ctx, request, o.answer()); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
				t.Errorf("%s: %v", name, err)
			}
			*fail = nil
		}
		bad := o.answer()
		bad.Records = source([]byte("{}\n"))
		if err := d.Reply(ctx, request, bad); envelope.ReasonOf(err) != envelope.ReasonStructure {
			t.Errorf("a record that breaks the schema: %v", err)
		}
		if err := d.Reply(ctx, request, o.answer()); err != nil || len(o.listed()) != 1 {
			t.Errorf("after all: %v, %d", err, len(o.listed()))
		}
	})
}
