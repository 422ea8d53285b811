package exchange_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
)

// away is a network on which nothing is to be sent.
type away struct {
	*testing.T
	exchange.Transport
}

func TestCarryBy(t *testing.T) {
	o := newOffice(t)
	o.opens(envelopetest.BadanHukum())
	o.carrier.Transport = away{T: t} // any call panics
	d := o.dispatcher(nil)
	ctx, to := t.Context(), envelopetest.BadanHukum().Party
	s := o.sends(d, envelopetest.BadanHukum())
	key := exchange.Key{Sender: s.Manifest().Sender, ID: s.Manifest().ID}
	state := func() *exchange.Parcel {
		p, err := o.box.Parcel(ctx, key, to)
		if err != nil || p == nil {
			t.Fatalf("no parcel: %v", err)
		}
		return p
	}
	if _, err := d.CarryBy(ctx, nil, key, to); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("no transport: %v", err)
	}
	if _, err := d.CarryBy(ctx, o.Wire, exchange.Key{Sender: key.Sender, ID: envelope.NewID()}, to); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("no parcel: %v", err)
	}
	if p := state(); p.State != exchange.ParcelQueued {
		t.Errorf("nothing has left, and it is %s", p.State)
	}
	next := state().Next
	silent := &envelope.Error{Reason: envelope.ReasonUnavailable, Detail: "it waits"}
	if _, err := d.CarryBy(ctx, answering{err: silent}, key, to); err != error(silent) {
		t.Errorf("the transport's own error is lost: %v", err)
	}
	if p := state(); p.State != exchange.ParcelUnknown || p.Attempts != 1 || !p.Next.Equal(next) {
		t.Errorf("no answer: %s, %d attempts, next %s", p.State, p.Attempts, p.Next)
	}
	if _, err := d.CarryBy(ctx, answering{err: errors.New("3174012501990001")}, key, to); envelope.ReasonOf(err) != envelope.ReasonUnavailable || err.Error() == "3174012501990001" {
		t.Errorf("a foreign error: %v", err)
	}
	if _, err := d.CarryBy(ctx, answering{reply: exchange.Reply{Refusal: exchange.OutwardCannotOpen}}, key, to); envelope.ReasonOf(err) != envelope.ReasonCannotOpen {
		t.Errorf("a refusal: %v", err)
	}
	if p := state(); !p.Open() {
		t.Errorf("a refusal that nobody signed has made it %s", p.State)
	}
	r, err := d.CarryBy(ctx, o.Wire, key, to)
	if err != nil || r.Claims().Outcome != exchange.OutcomeAccepted || state().Outcome != exchange.OutcomeAccepted {
		t.Errorf("%v; the outbox says %s", err, state().Outcome)
	}
	if _, err := d.CarryBy(ctx, o.Wire, key, to); !errors.Is(err, exchange.ErrSettled) {
		t.Errorf("settled: %v", err)
	}
}

// answering is a transport that says the same to everything.
type answering struct {
	reply exchange.Reply
	err   error
}

func (a answering) Deliver(context.Context, envelope.Party, io.Reader) (exchange.Reply, error) {
	return a.reply, a.err
}

func (a answering) Ask(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
	return a.reply, a.err
}
