package endtoend

import (
	"bytes"
	"context"
	"errors"
	nethttp "net/http"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/http"
)

// Who captures a file and posts it gets an answer that only its sender can read,
// another one each time, and leaves nothing behind.
func TestACapturedFileTellsNothing(t *testing.T) {
	p := newPair(t, nil)
	d := p.dispatcher(nil)
	files, ids := p.honest(d, 1)
	stop := p.run(d)
	if p.settled(ids, time.Minute) != 1 {
		t.Fatal("the honest one did not arrive")
	}
	stop()
	lines := p.theirs.lines(t)
	parcel, err := p.box.Parcel(context.Background(), exchange.Key{Sender: sirekap.Party, ID: ids[0]}, bawaslu.Party)
	if err != nil {
		t.Fatal(err)
	}
	var last []byte
	for range 3 {
		status, answer := p.bring(nethttp.DefaultClient, files[0])
		if status != nethttp.StatusOK || bytes.Equal(answer, last) {
			t.Errorf("status %d, the same as before: %v", status, bytes.Equal(answer, last))
		}
		last = answer
		for _, who := range []envelopetest.Agency{envelopetest.Stranger(), envelopetest.Jaringan(), envelopetest.Sipol(), bawaslu} {
			if _, err := envelope.DecryptToken(envelope.TypeSealedReceipt, answer, who.Keys()...); envelope.ReasonOf(err) != envelope.ReasonNotForMe {
				t.Errorf("%s got %v", who.Party, err)
			}
		}
		jws, err := envelope.DecryptToken(envelope.TypeSealedReceipt, answer, sirekap.Keys()...)
		if err != nil || !bytes.Equal(jws, parcel.Receipt) {
			t.Errorf("its sender gets another receipt than the first, %v", err)
		}
		for _, public := range []string{string(sirekap.Party), string(bawaslu.Party), ids[0], "accepted", dataset} {
			if bytes.Contains(answer, []byte(public)) {
				t.Errorf("the answer says %q", public)
			}
		}
	}
	if n := p.theirs.lines(t); n != lines || p.calls.Load() != 1 {
		t.Errorf("%d lines more, %d calls", n-lines, p.calls.Load())
	}
}

// Damaged copies that arrive first, the damage all over the file, do not hinder the
// honest file.
func TestDamagedCopiesFirst(t *testing.T) {
	p := newPair(t, nil)
	d := p.dispatcher(nil)
	files, ids := p.honest(d, 1)
	file := files[0]
	n := 0
	for m := range envelopetest.MangleBits(file) {
		if n++; n%211 != 0 {
			continue
		}
		if status, answer := p.bring(nethttp.DefaultClient, m.Data); status != nethttp.StatusBadRequest && status != nethttp.StatusUnprocessableEntity && status != nethttp.StatusRequestEntityTooLarge && status != nethttp.StatusServiceUnavailable || bytes.Count(answer, []byte{'.'}) == 4 {
			t.Errorf("%s: status %d", m.Fault, status)
		}
	}
	defer p.run(d)()
	if p.settled(ids, time.Minute) != 1 || p.calls.Load() != 1 {
		t.Errorf("the honest one did not arrive, %d calls", p.calls.Load())
	}
}

// A handler that was not ready is called again with an envelope that has expired
// meanwhile: it was admitted in time. One that was not admitted in time is refused.
func TestRetryAfterExpiry(t *testing.T) {
	ready := false
	p := newPair(t, func(c *exchange.ReceiverConfig, _ *http.HandlerConfig) {
		accept := c.Handle
		c.Handle = func(ctx context.Context, d *exchange.Delivery) error {
			if !ready {
				return errors.New("not now")
			}
			return accept(ctx, d)
		}
	})
	d, ctx := p.dispatcher(nil), context.Background()
	_, admitted := p.honest(d, 1)
	if _, err := d.Step(ctx); err != nil {
		t.Fatal(err)
	}
	_, late := p.honest(d, 1)
	ready = true
	p.ahead.Add(int64(envelope.DefaultLifetime + envelope.DefaultSkew + time.Minute))
	for range 2 { // one parcel at a time until the first receipt
		if _, err := d.Step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		id     string
		state  exchange.ParcelState
		reason envelope.Reason
	}{
		{admitted[0], exchange.ParcelSettled, ""},
		{late[0], exchange.ParcelUnknown, envelope.ReasonExpired},
	} {
		parcel, err := p.box.Parcel(ctx, exchange.Key{Sender: sirekap.Party, ID: tt.id}, bawaslu.Party)
		if err != nil {
			t.Fatal(err)
		}
		if parcel.State != tt.state || parcel.Reason != tt.reason {
			t.Errorf("%s: %s %s, want %s %s", tt.id, parcel.State, parcel.Reason, tt.state, tt.reason)
		}
	}
	if p.calls.Load() != 1 {
		t.Errorf("the handler accepted %d", p.calls.Load())
	}
}
