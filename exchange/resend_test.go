package exchange_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
)

func TestResend(t *testing.T) {
	ctx := context.Background()
	o, b, d := newTrapped(t)
	var all []*envelope.Sealed
	for range 6 {
		all = append(all, o.sends(d, ahu))
	}
	unnumbered := o.post(d, ahu)
	epoch := all[0].Manifest().Sequence.Epoch
	for _, s := range append(all, unnumbered) { // nobody is there for weeks
		p := o.parcel(s, ahu)
		p.State, p.Attempts, p.Reason = exchange.ParcelGivenUp, 9, envelope.ReasonUnavailable
		if err := o.box.Update(ctx, *p); err != nil {
			t.Fatal(err)
		}
	}
	o.Clock.Move(30 * 24 * time.Hour)
	o.opens(ahu)
	resend := func(what string, to envelopetest.Agency, epoch string, ranges ...exchange.Range) exchange.Resent {
		t.Helper()
		r, err := d.Resend(ctx, to.Party, epoch, ranges...)
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return r
	}
	everything := exchange.Range{From: 1, To: 1<<53 - 1}
	for what, r := range map[string]exchange.Resent{
		"no numbers":           resend("no numbers", ahu, epoch),
		"another recipient's":  resend("another recipient's", pengawasan, epoch, everything),
		"another epoch's":      resend("another epoch's", ahu, envelopetest.Digest("x")[:22], everything),
		"no epoch's":           resend("no epoch's", ahu, "", everything, exchange.Range{}),
		"numbers beyond":       resend("numbers beyond", ahu, epoch, exchange.Range{From: 7, To: 9}),
		"a range that is none": resend("a range that is none", ahu, epoch, exchange.Range{From: 6, To: 1}),
	} {
		if r.Resent != 0 || r.Settled != nil {
			t.Errorf("%s: %+v", what, r)
		}
	}
	if r := resend("three", ahu, epoch, exchange.Range{From: 2, To: 3}, exchange.Range{From: 3, To: 3}, exchange.Range{From: 5, To: 5}); r.Resent != 3 || r.Settled != nil {
		t.Errorf("three: %+v", r)
	}
	for i, s := range all {
		want := exchange.ParcelGivenUp
		if i == 1 || i == 2 || i == 4 {
			want = exchange.ParcelUnknown
		}
		o.state(s, ahu, want, envelope.ReasonUnavailable)
	}
	// They expired meanwhile, and were never admitted.
	o.works(d, time.Hour)
	o.state(all[1], ahu, exchange.ParcelGivenUp, envelope.ReasonExpired)

	fresh := []*envelope.Sealed{o.sends(d, ahu), o.sends(d, ahu)}
	o.works(d, time.Hour)
	last := fresh[1].Manifest().Sequence
	r := resend("of those that are settled too", ahu, last.Epoch, exchange.Range{From: 6, To: last.Number})
	if r.Resent != 1 || len(r.Settled) != 2 {
		t.Fatalf("of those that are settled too: %+v", r)
	}
	for i, p := range r.Settled {
		if p.Number != fresh[i].Manifest().Sequence.Number || p.State != exchange.ParcelSettled || p.File != nil || p.Receipt == nil {
			t.Errorf("settled is %+v", p)
		}
	}
	o.state(unnumbered, ahu, exchange.ParcelGivenUp, envelope.ReasonUnavailable)
	b.parcels = failing
	if _, err := d.Resend(ctx, ahu.Party, epoch, everything); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("an outbox that fails: %v", err)
	}
	b.parcels, b.parcel = nil, failing
	if _, err := d.Resend(ctx, ahu.Party, epoch, everything); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("an outbox that fails later: %v", err)
	}
}

// What a receipt misses is what is sent again, and then it comes.
func TestGapsAreClosed(t *testing.T) {
	ctx := context.Background()
	o := newOffice(t)
	o.opens(ahu)
	d := o.dispatcher(func(c *exchange.DispatcherConfig) { c.PerPeer = 1 }) // in their order
	var all []*envelope.Sealed
	for range 5 {
		all = append(all, o.sends(d, ahu))
	}
	for _, i := range []int{1, 2} { // given up, whatever the reason
		p := o.parcel(all[i], ahu)
		p.State = exchange.ParcelGivenUp
		if err := o.box.Update(ctx, *p); err != nil {
			t.Fatal(err)
		}
	}
	o.works(d, time.Minute)
	last := o.parcel(all[4], ahu)
	c, ok := last.Claims()
	if !ok || !slices.Equal(c.Missing, []exchange.Range{{From: 2, To: 3}}) {
		t.Fatalf("missing are %v", c.Missing)
	}
	if r, err := d.Resend(ctx, last.Recipient, last.Epoch, c.Missing...); err != nil || r.Resent != 2 || r.Settled != nil {
		t.Fatalf("%+v, %v", r, err)
	}
	o.works(d, time.Minute)
	for _, s := range all {
		o.delivered(s, ahu)
	}
}

// An outbox has more parcels than are looked at in one go.
func TestResendLooksThroughAll(t *testing.T) {
	ctx := context.Background()
	o := newOffice(t)
	d := o.dispatcher(nil)
	const n = 2*256 + 3
	channel := exchange.ChannelOf(sipol.Party, dataset, []envelope.Party{ahu.Party})
	epoch := ""
	var parcels []exchange.Parcel
	for i := range n {
		s, err := o.box.Number(ctx, channel, o.now())
		if err != nil {
			t.Fatal(err)
		}
		epoch = s.Epoch
		parcels = append(parcels, exchange.Parcel{
			Sent:  exchange.Sent{Key: exchange.Key{Sender: sipol.Party, ID: fmt.Sprintf("018da7f0-0000-7000-8000-%012d", i)}, Digest: "d", Recipient: ahu.Party, Channel: channel},
			Epoch: s.Epoch, Number: s.Number, State: exchange.ParcelGivenUp,
		})
	}
	if err := o.box.Put(ctx, parcels...); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		from, to int64
		want     int
	}{{n, n, 1}, {256, 258, 3}, {1, n, n}} {
		if r, err := d.Resend(ctx, ahu.Party, epoch, exchange.Range{From: tt.from, To: tt.to}); err != nil || r.Resent != tt.want {
			t.Errorf("%d to %d: %+v, %v", tt.from, tt.to, r, err)
		}
	}
}
