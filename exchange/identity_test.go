package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// TestSendOneIdentity: an id is one envelope, whoever the later calls are for.
func TestSendOneIdentity(t *testing.T) {
	to := func(parties ...envelope.Party) []envelope.Party { return parties }
	for name, tc := range map[string]struct{ first, then []envelope.Party }{
		"the same recipient":            {to(ahu.Party), to(ahu.Party)},
		"another recipient":             {to(ahu.Party), to(pengawasan.Party)},
		"one that sorts first":          {to(pengawasan.Party), to(ahu.Party)},
		"one more":                      {to(ahu.Party), to(ahu.Party, pengawasan.Party)},
		"one more that comes first":     {to(pengawasan.Party), to(ahu.Party, pengawasan.Party)},
		"one of two":                    {to(ahu.Party, pengawasan.Party), to(pengawasan.Party)},
		"nobody, and it was posted":     {to(ahu.Party), nil},
		"a stranger, and it was posted": {to(ahu.Party), to("kpu/tidak-ada")},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			d := o.dispatcher(nil)
			send := func(id string, to []envelope.Party) error {
				sh := o.shipment(ahu)
				sh.ID, sh.To = id, to
				_, _, err := d.Send(context.Background(), sh)
				return err
			}
			id := envelope.NewID()
			if err := send(id, tc.first); err != nil {
				t.Fatal(err)
			}
			before := o.listed()
			if err := send(id, tc.then); !errors.Is(err, exchange.ErrPosted) {
				t.Errorf("the second call: %v", err)
			}
			if after := o.listed(); len(after) != len(before) {
				t.Errorf("%d parcels became %d", len(before), len(after))
			}
			o.Clock.Move(time.Second)
			if err := send(envelope.NewID(), tc.first); err != nil {
				t.Errorf("another id: %v", err)
			}
		})
	}
}

// TestPostOneIdentity: two contents under one id are not both posted, whoever they
// are for.
func TestPostOneIdentity(t *testing.T) {
	o := newOffice(t)
	d := o.dispatcher(nil)
	id := envelope.NewID()
	seal := func(to envelope.Party) *envelope.Sealed {
		sh := o.shipment(ahu)
		sh.ID, sh.To = id, []envelope.Party{to}
		sealed, _, err := o.Sender(sipol).Seal(context.Background(), sh)
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	if err := d.Post(context.Background(), seal(ahu.Party)); err != nil {
		t.Fatal(err)
	}
	if err := d.Post(context.Background(), seal(pengawasan.Party)); envelope.ReasonOf(err) != envelope.ReasonConflict {
		t.Errorf("the second: %v", err)
	}
	if n := len(o.listed()); n != 1 {
		t.Errorf("%d parcels", n)
	}
}
