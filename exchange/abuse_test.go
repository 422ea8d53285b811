package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/schema"
)

// What proven senders, strangers with captured files and wrong clocks could do.

// TestCapturedFileWaits: a file whose handler keeps failing is handled and entered
// in the journal ever more seldom, however often somebody posts it; and when its
// time has come it is handled again.
func TestCapturedFileWaits(t *testing.T) {
	s := newScene(t)
	s.handler = func(context.Context, *exchange.Delivery) error { return errors.New("the database is away") }
	a := s.sealed()
	for range 200 {
		if got := s.send(a).Reason; got != envelope.ReasonHandlerFailed && got != envelope.ReasonBusy {
			t.Fatalf("refused for %q", got)
		}
	}
	if calls := s.calls.Load(); calls != 8 {
		t.Errorf("200 posts within an instant led to %d calls, want 8", calls)
	}
	s.Clock.Move(time.Second - time.Microsecond)
	if got := s.send(a).Reason; got != envelope.ReasonBusy {
		t.Errorf("before the second is over: %q", got)
	}
	s.Clock.Move(time.Microsecond)
	s.handler = func(context.Context, *exchange.Delivery) error { return nil }
	s.accepted(s.send(a))
}

// TestUngrantedLeavesNoChannel: what no agreement allows adds nothing to channels,
// which are kept for good.
func TestUngrantedLeavesNoChannel(t *testing.T) {
	s := newScene(t)
	sealed := s.craft(sipol.Signing, func(d *envelope.Draft) {
		d.Dataset.ID = "x/y"
		d.Sequence = &envelope.Sequence{Epoch: "AAAAAAAAAAAAAAAAAAAAAA", Number: 7}
	})
	if got := s.send(sealed); got.Reason != envelope.ReasonNotGranted || got.Settlement == nil {
		t.Fatalf("refused for %q", got.Reason)
	}
	m := sealed.Manifest()
	place := exchange.Place{Channel: exchange.ChannelOf(m.Sender, m.Dataset.ID, m.Recipients), Epoch: m.Sequence.Epoch}
	if missing, err := s.Store(ahu).Missing(t.Context(), m.Sender, place); missing != nil || err != nil {
		t.Errorf("the channel is known: %v, %v", missing, err)
	}
}

// TestCancelledAtOne: what one recipient cancelled and another has not got is no
// void number, so that the other's receipts go on to miss it.
func TestCancelledAtOne(t *testing.T) {
	o := newOffice(t)
	o.opens(ahu)
	d := o.dispatcher(nil)
	lost := o.sends(d, ahu, pengawasan) // who is away
	if err := d.Cancel(t.Context(), exchange.SentTo(lost, ahu.Party).Key, ahu.Party); err != nil {
		t.Fatal(err)
	}
	o.round(d)
	two := o.sends(d, ahu, pengawasan)
	if void := two.Manifest().Sequence.Void; void != nil {
		t.Errorf("with one parcel open %v is void", void)
	}
	o.opens(pengawasan)
	if err := d.Cancel(t.Context(), exchange.SentTo(lost, pengawasan.Party).Key, pengawasan.Party); err != nil {
		t.Fatal(err)
	}
	o.works(d, time.Minute)
	if void := o.sends(d, ahu, pengawasan).Manifest().Sequence.Void; len(void) != 1 || void[0] != 1 {
		t.Errorf("with both cancelled %v is void", void)
	}
}

// TestCorrectionOfTheFuture: what was dated ahead could outlive its correction, so
// it cannot be corrected until its time has come.
func TestCorrectionOfTheFuture(t *testing.T) {
	o := newOffice(t)
	d := o.dispatcher(nil)
	ahead := exchange.SentTo(o.sends(d, ahu), ahu.Party)
	o.Clock.Move(-envelope.MaxSkew - time.Second)
	s := o.shipment(ahu)
	s.Corrects = &exchange.Correction{Of: ahead, Reason: "salah"}
	if _, _, err := d.Send(t.Context(), s); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("dated ahead: %v", err)
	}
	o.Clock.Move(time.Second)
	s = o.shipment(ahu)
	s.Corrects = &exchange.Correction{Of: ahead, Reason: "salah"}
	if _, _, err := d.Send(t.Context(), s); err != nil {
		t.Errorf("within the skew: %v", err)
	}
}

// TestNeverSentIsNotGivenUp: after a jump of the clock, a failure of one parcel
// says nothing about those that never left.
func TestNeverSentIsNotGivenUp(t *testing.T) {
	o := newOffice(t)
	d := o.dispatcher(nil) // ahu is away
	for range 5 {
		o.sends(d, ahu)
	}
	o.round(d)
	o.Clock.Move(30 * 24 * time.Hour)
	o.round(d)
	o.Clock.Move(time.Second)
	o.round(d)
	for _, p := range o.listed() {
		if p.State == exchange.ParcelGivenUp && p.Attempts == 0 {
			t.Errorf("a parcel that never left was given up")
		}
	}
}

// round makes one round, whatever comes of it.
func (o *office) round(d *exchange.Dispatcher) {
	o.Helper()
	if _, err := d.Step(context.Background()); err != nil {
		o.Fatal(err)
	}
}

// slowly moves the clock when it is first read.
type slowly struct {
	schema.Source
	move func()
}

func (s *slowly) Next() ([]byte, error) {
	if s.move != nil {
		s.move()
		s.move = nil
	}
	return s.Source.Next()
}

// beside does something in front of the next Put.
type beside struct {
	exchange.Outbox
	before func()
}

func (b *beside) Put(ctx context.Context, p ...exchange.Parcel) error {
	if b.before != nil {
		b.before()
		b.before = nil
	}
	return b.Outbox.Put(ctx, p...)
}

// TestNumberIsFresh: a number is taken as of the end of reading, however long that
// took, so that another Send beside it does not find it overdue.
func TestNumberIsFresh(t *testing.T) {
	o := newOffice(t)
	box := &beside{Outbox: o.box}
	d := o.dispatcher(func(c *exchange.DispatcherConfig) { c.Outbox = box })
	box.before = func() {
		channel := exchange.ChannelOf(sipol.Party, dataset, []envelope.Party{ahu.Party})
		if _, err := o.box.Number(t.Context(), channel, o.Clock.Now()); err != nil {
			t.Error(err)
		}
	}
	shipment := o.shipment(ahu)
	shipment.Records = &slowly{shipment.Records, func() { o.Clock.Move(exchange.NumberLease + time.Second) }}
	if _, _, err := d.Send(t.Context(), shipment); err != nil {
		t.Error(err)
	}
}

// TestSiblingIsNotForgotten: a parcel that is due a moment after another one to
// the same recipient is sent then, not when the outbox is looked at again anyway.
func TestSiblingIsNotForgotten(t *testing.T) {
	in(t, func(o *office) {
		d := o.dispatcher(nil)
		first := o.sends(d, ahu) // who is away: it is to be tried again in a second
		o.round(d)
		time.Sleep(100 * time.Millisecond)
		second := o.sends(d, ahu) // due at once
		o.opens(ahu)
		stop := o.run(o.dispatcher(nil)) // another process, which knows of no silence
		time.Sleep(2 * time.Second)
		stop()
		o.delivered(first, ahu)
		o.delivered(second, ahu)
	})
}
