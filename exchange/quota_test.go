package exchange_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// A sender whose envelopes the handler cannot settle does not fill the store.
func TestASenderHasSoManyOpenEnvelopes(t *testing.T) {
	s := newScene(t)
	s.restart(func(c *exchange.ReceiverConfig) { c.MaxLasting = 2 })
	failing := func(context.Context, *exchange.Delivery) error { return errors.New("not now") }
	s.handler = failing
	one, two, three := s.sealed(), s.sealed(), s.sealed()
	for _, sealed := range []*envelope.Sealed{one, two, one} {
		if a := s.send(sealed); a.Reason != envelope.ReasonHandlerFailed {
			t.Fatalf("got %q", a.Reason)
		}
	}
	full := func(sealed *envelope.Sealed) {
		t.Helper()
		calls := s.calls.Load()
		if a := s.send(sealed); a.Reason != envelope.ReasonBusy || a.Settlement != nil || a.Reply().Refusal != exchange.OutwardTryLater {
			t.Errorf("one too many got %q", a.Reason)
		}
		s.called(calls)
		if s.row(sealed) != nil {
			t.Error("it has a row")
		}
	}
	full(three)
	if _, err := s.Sender(sipol).Cancel(context.Background(), exchange.SentTo(three, ahu.Party)); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("a cancellation that would be kept for good: %v", err)
	}
	s.handler = nil
	other := s.craft(pengawasan.Signing, func(d *envelope.Draft) { d.Sender = pengawasan.Party })
	s.accepted(s.send(other)) // another sender's
	full(three)
	s.accepted(s.send(one))
	s.accepted(s.send(three)) // in its place
	s.handler = failing
	if a := s.send(s.sealed()); a.Reason != envelope.ReasonHandlerFailed {
		t.Errorf("in the place of what was settled: %q", a.Reason)
	}
	full(s.sealed())
}

// A correction is not kept out by what only it can settle.
func TestACorrectionIsAdmittedAtTheQuota(t *testing.T) {
	s := newScene(t)
	s.restart(func(c *exchange.ReceiverConfig) { c.MaxLasting = 1 })
	s.handler = func(context.Context, *exchange.Delivery) error { return errors.New("bad data") }
	wrong := s.sealed()
	if a := s.send(wrong); a.Reason != envelope.ReasonHandlerFailed {
		t.Fatalf("got %q", a.Reason)
	}
	if a := s.send(s.sealed()); a.Reason != envelope.ReasonBusy {
		t.Errorf("another envelope: %q", a.Reason)
	}
	s.handler = nil
	s.accepted(s.send(s.corrected(wrong)))
	s.accepted(s.send(s.sealed()))
	if a := s.send(wrong); a.Reason != envelope.ReasonSuperseded || a.Settlement == nil {
		t.Errorf("what it corrects: %q", a.Reason)
	}
}

// unsure is a store that cannot say what has not come.
type unsure struct{ exchange.Store }

func (unsure) Missing(context.Context, envelope.Party, exchange.Place) ([]exchange.Range, error) {
	return []exchange.Range{{From: 9, To: 1}}, errBroken
}

func TestAReceiptNeedsNoGaps(t *testing.T) {
	for _, sequence := range []*envelope.Sequence{nil, {Epoch: "AAAAAAAAAAAAAAAAAAAAAA", Number: 3}} {
		s := newScene(t)
		if sequence != nil {
			s.restart(func(c *exchange.ReceiverConfig) { c.Store = unsure{c.Store} })
		}
		sealed := s.craft(sipol.Signing, func(d *envelope.Draft) { d.Sequence = sequence })
		a := s.send(sealed)
		s.accepted(a)
		if c := s.receipt(a, sealed).Claims(); c.Missing != nil {
			t.Errorf("the receipt says that %v are missing", c.Missing)
		}
	}
}

// What a recipient says is missing is at most 64 ranges that ascend.
func TestMissingNumbersAreHeldToTheirForm(t *testing.T) {
	s := newScene(t)
	sealed := s.sealed()
	good := s.send(sealed)
	s.accepted(good)
	_, payload, err := envelope.PeekToken(envelope.TypeReceipt, good.Settlement.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	runs := func(n int) (out []exchange.Range) {
		for i := range int64(n) {
			out = append(out, exchange.Range{From: 3*i + 1, To: 3*i + 2})
		}
		return out
	}
	for name, tt := range map[string]struct {
		missing any
		ok      bool
	}{
		"one number":          {[]exchange.Range{{From: 1, To: 1}}, true},
		"the highest":         {[]exchange.Range{{From: 1, To: 1<<53 - 1}}, true},
		"64 ranges":           {runs(64), true},
		"65 ranges":           {runs(65), false},
		"an empty list":       {[]exchange.Range{}, false},
		"number 0":            {[]exchange.Range{{From: 0, To: 1}}, false},
		"a range of nothing":  {[]exchange.Range{{From: 2, To: 1}}, false},
		"descending":          {[]exchange.Range{{From: 4, To: 4}, {From: 1, To: 2}}, false},
		"twice the same":      {[]exchange.Range{{From: 4, To: 4}, {From: 4, To: 4}}, false},
		"a number of no kind": {[]map[string]any{{"from": "1", "to": 1}}, false},
		"a member more":       {[]map[string]any{{"from": 1, "to": 1, "nik": 3}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var claims map[string]any
			if err := json.Unmarshal(payload, &claims); err != nil {
				t.Fatal(err)
			}
			claims["iat"], claims["missing"] = s.Clock.Now().Unix(), tt.missing
			text, err := json.Marshal(claims)
			if err != nil {
				t.Fatal(err)
			}
			r, err := exchange.OpenReceipt(forge(t, ahu, sipol, string(text)), sipol.Keys(), s.Directory, exchange.SentTo(sealed, ahu.Party), s.Clock.Now())
			want := envelope.ReasonMalformed
			if tt.ok {
				want = ""
			}
			if envelope.ReasonOf(err) != want {
				t.Fatalf("got %v, want %q", err, want)
			}
			if list, _ := tt.missing.([]exchange.Range); tt.ok && !slices.Equal(r.Claims().Missing, list) {
				t.Errorf("got %v", fmt.Sprint(r.Claims().Missing))
			}
		})
	}
}
