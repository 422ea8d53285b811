package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

func TestP1Who(t *testing.T) {
	tests := []struct {
		name   string
		seal   func(*scene) *envelope.Sealed
		trust  func(*trust.Draft) // a next version of the directory, before it arrives
		reason envelope.Reason
	}{
		{"a key that the directory does not know", func(s *scene) *envelope.Sealed { return s.craft(stranger.Signing, nil) }, nil, envelope.ReasonUnknownKey},
		{"another party's key", func(s *scene) *envelope.Sealed { return s.craft(pengawasan.Signing, nil) }, nil, envelope.ReasonKeyNotValid},
		{"signed before the key was given", func(s *scene) *envelope.Sealed {
			return s.craft(sipol.Signing, func(d *envelope.Draft) { d.IssuedAt, d.ValidFor = d.IssuedAt.Add(-25*time.Hour), 48*time.Hour })
		}, nil, envelope.ReasonKeyNotValid},
		{"signed after the key was retired", (*scene).sealed, func(d *trust.Draft) {
			k := keyOf(d, sipol.Party, envelope.UseSign)
			k.Until = k.From.Add(time.Hour)
		}, envelope.ReasonKeyNotValid},
		{"no longer accepted", (*scene).sealed, func(d *trust.Draft) {
			k := keyOf(d, sipol.Party, envelope.UseSign)
			k.Until = d.IssuedAt
			k.AcceptUntil = d.IssuedAt
			d.Agreements = nil
		}, envelope.ReasonKeyNotValid},
		{"compromised since", (*scene).sealed, compromise(0), envelope.ReasonKeyNotValid},
		{"compromised, and backdated", func(s *scene) *envelope.Sealed {
			return s.craft(sipol.Signing, func(d *envelope.Draft) { d.IssuedAt = d.IssuedAt.Add(-time.Hour) })
		}, compromise(0), envelope.ReasonKeyNotValid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			sealed := tt.seal(s)
			if tt.trust != nil {
				s.Directory = s.directory(tt.trust)
				s.restart(nil)
			}
			s.refused(s.send(sealed), tt.reason, false)
			s.untouched(sealed)
		})
	}
}

func TestP1CompromiseAfterAdmissionDoesNotReachBack(t *testing.T) {
	s := newScene(t)
	s.handler = func(context.Context, *exchange.Delivery) error { return context.Canceled }
	sealed := s.sealed()
	if a := s.send(sealed); a.Reason != envelope.ReasonHandlerFailed {
		t.Fatal(a.Err())
	}
	s.Clock.Move(time.Hour)
	s.Directory = s.directory(compromise(-30 * time.Minute))
	s.restart(nil)
	s.handler = nil
	s.accepted(s.send(sealed)) // it was here before the theft
}

func TestP2ForWhom(t *testing.T) {
	toPengawasan := func(s *scene) *envelope.Sealed {
		return s.craft(sipol.Signing, func(d *envelope.Draft) { d.Recipients = []envelope.Recipient{pengawasan.Recipient()} })
	}
	t.Run("for somebody else", func(t *testing.T) {
		s := newScene(t)
		sealed := toPengawasan(s)
		s.refused(s.send(sealed), envelope.ReasonNotForMe, false)
		s.untouched(sealed)
	})
	t.Run("passed on by a recipient", func(t *testing.T) {
		s := newScene(t)
		sealed := toPengawasan(s)
		s.refused(s.receive(rewrap(t, sealed.File(), pengawasan, ahu, nil)), envelope.ReasonForwarded, false)
		s.untouched(sealed)
	})
	t.Run("another party's name on this key", func(t *testing.T) {
		s := newScene(t)
		sealed := s.craft(sipol.Signing, func(d *envelope.Draft) { d.Recipients[0].Party = pengawasan.Party })
		s.refused(s.send(sealed), envelope.ReasonForwarded, false)
		s.untouched(sealed)
	})
	t.Run("one of two recipients", func(t *testing.T) {
		s := newScene(t)
		sealed := s.craft(sipol.Signing, func(d *envelope.Draft) { d.Recipients = append(d.Recipients, pengawasan.Recipient()) })
		s.accepted(s.send(sealed))
	})
}

// forWhat is one thing that a sender may not do; both sides must say so.
var forWhat = []struct {
	name   string
	draft  func(*envelope.Draft)   // what a dishonest sender seals
	ask    func(*exchange.Request) // what an honest one would have asked
	reason envelope.Reason
}{
	{"an agreement that does not exist", func(d *envelope.Draft) { d.Agreement.ID = "PKS-3174012501990001" },
		func(r *exchange.Request) { r.Agreement = "PKS-3174012501990001" }, envelope.ReasonNoAgreement},
	{"an agreement of another digest", func(d *envelope.Draft) { d.Agreement.Digest = envelopetest.Digest("x") }, nil, envelope.ReasonNoAgreement},
	{"a dataset that is not granted", func(d *envelope.Draft) { d.Dataset.ID = "sirekap/hasil-tps" },
		func(r *exchange.Request) { r.Dataset = "sirekap/hasil-tps" }, envelope.ReasonNotGranted},
	{"a recipient beyond the grant", func(d *envelope.Draft) { d.Recipients = append(d.Recipients, pengawasan.Recipient()) },
		func(r *exchange.Request) { r.To = append(r.To, pengawasan.Party) }, envelope.ReasonNotGranted},
	{"a recipient who is not a party", func(d *envelope.Draft) { d.Recipients = append(d.Recipients, stranger.Recipient()) },
		func(r *exchange.Request) { r.To = append(r.To, stranger.Party) }, envelope.ReasonNotGranted},
}

// narrow gives the scene an agreement that grants one thing, for a day.
func narrow(s *scene) {
	d := s.Draft([]agreement.Grant{{From: sipol.Party, To: ahu.Party, Dataset: dataset, Purposes: []purpose.Code{code}}})
	var terms map[string]any
	u, err := agreement.Parse(d.Agreements[0])
	if err != nil {
		s.Fatal(err)
	}
	t := u.Terms()
	terms = map[string]any{"id": t.ID, "title": t.Title, "parties": t.Parties, "grants": t.Grants,
		"validFrom": t.ValidFrom.Format(time.RFC3339), "validUntil": s.Clock.Now().Add(24 * time.Hour).Format(time.RFC3339)}
	file, err := json.Marshal(terms)
	for _, a := range exchangetest.Agencies() {
		if err == nil {
			file, err = agreement.Sign(file, a.Party, a.Signing)
		}
	}
	if err != nil {
		s.Fatal(err)
	}
	d.Agreements = [][]byte{file}
	next := s.Directory.Draft()
	next.Agreements = d.Agreements
	s.Directory = s.directory(func(draft *trust.Draft) { draft.Agreements = next.Agreements })
	s.restart(nil)
}

func TestP3ForWhat(t *testing.T) {
	for _, tt := range forWhat {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			narrow(s)
			sealed := s.craft(sipol.Signing, tt.draft)
			a := s.send(sealed)
			s.refused(a, tt.reason, tt.reason.Settles())
			if !tt.reason.Settles() {
				s.send(sealed)
				if e := s.Journal(ahu).Entries(); s.row(sealed) != nil || len(e) != 1 || e[0].Event != exchange.EventRefused || e[0].Reason != tt.reason {
					t.Errorf("the journal has %+v, the store %+v", e, s.row(sealed))
				}
			} else {
				s.settledFor(sealed, a, tt.reason)
			}
			if tt.ask == nil {
				return
			}
			request := s.Request(dataset, code, ahu)
			tt.ask(&request)
			d := s.Sender(sipol).Preflight(context.Background(), request)
			if d.Allowed || d.Reason != tt.reason || d.Why.ID == "" || d.Why.EN == "" || d.Help.ID == "" || d.Help.EN == "" {
				t.Errorf("preflight says %+v", d)
			}
			_, _, err := s.Sender(sipol).Seal(context.Background(), exchange.Shipment{Request: request, Records: source(nil)})
			if envelope.ReasonOf(err) != tt.reason {
				t.Errorf("seal: %v", err)
			}
			if n := len(s.Journal(sipol).Entries()); n != 0 {
				t.Errorf("the sender's journal has %d entries", n)
			}
		})
	}
}

// settledFor wants an answer to settle an envelope for a reason, in a receipt
// that every repeat gets.
func (s *scene) settledFor(sealed *envelope.Sealed, a exchange.Answer, reason envelope.Reason) {
	s.Helper()
	if c := s.receipt(a, sealed).Claims(); c.Outcome != exchange.OutcomeRefused || c.Reason != reason || !c.Final {
		s.Errorf("the receipt says %+v", c)
	}
	again := s.send(sealed)
	s.refused(again, envelope.ReasonReplayed, true)
	if again.Settlement != nil && !bytes.Equal(again.Settlement.Receipt, a.Settlement.Receipt) {
		s.Error("the repeat got another receipt")
	}
	if !bytes.Equal(s.receipt(again, sealed).JWS(), a.Settlement.Receipt) {
		s.Error("the repeat was sent another receipt")
	}
}

func TestP3PreflightAllows(t *testing.T) {
	s := newScene(t)
	narrow(s)
	if d := s.Sender(sipol).Preflight(context.Background(), s.Request(dataset, code, ahu)); !d.Allowed || d.Err() != nil {
		t.Errorf("%+v", d)
	}
	if d := s.Sender(ahu).Preflight(context.Background(), s.Request(dataset, code, sipol)); d.Reason != envelope.ReasonNotGranted {
		t.Errorf("the other direction: %+v", d)
	}
	unknown := s.Request(dataset, "PARPOL-3174012501990001", ahu)
	if d := s.Sender(sipol).Preflight(context.Background(), unknown); d.Reason != envelope.ReasonPurposeUnknown {
		t.Errorf("an unknown purpose: %+v", d)
	}
}

func TestP3AgreementInactive(t *testing.T) {
	s := newScene(t)
	narrow(s)
	sealed := s.craft(sipol.Signing, func(d *envelope.Draft) { d.ValidFor = 72 * time.Hour })
	s.Clock.Move(24*time.Hour - time.Second)
	if d := s.Sender(sipol).Preflight(context.Background(), s.Request(dataset, code, ahu)); !d.Allowed {
		t.Fatalf("a second before its end: %+v", d)
	}
	s.Clock.Move(time.Second)
	s.refused(s.send(sealed), envelope.ReasonAgreementInactive, true)
	if d := s.Sender(sipol).Preflight(context.Background(), s.Request(dataset, code, ahu)); d.Reason != envelope.ReasonAgreementInactive {
		t.Errorf("preflight: %+v", d)
	}
}

func TestP3PurposeThatTheDefinitionDoesNotCarry(t *testing.T) {
	s := newScene(t)
	grants := []agreement.Grant{{From: sipol.Party, To: ahu.Party, Dataset: dataset, Purposes: []purpose.Code{"REKAP-KIRIM"}}}
	d := s.Draft(grants)
	s.Directory = s.directory(func(draft *trust.Draft) { draft.Agreements = d.Agreements })
	s.restart(func(c *exchange.ReceiverConfig) { c.Purpose = "REKAP-KIRIM" })
	sealed := s.craft(sipol.Signing, func(d *envelope.Draft) { d.Purpose = "REKAP-KIRIM" })
	s.refused(s.send(sealed), envelope.ReasonNotGranted, true)
	if d := s.Sender(sipol).Preflight(context.Background(), s.Request(dataset, "REKAP-KIRIM", ahu)); d.Reason != envelope.ReasonNotGranted {
		t.Errorf("preflight: %+v", d)
	}
}

func TestP3AnotherPurposeThanStated(t *testing.T) {
	s := newScene(t)
	s.restart(func(c *exchange.ReceiverConfig) { c.Purpose = "PARPOL-GANDA" })
	sealed := s.sealed()
	for range 3 {
		a := s.send(sealed)
		s.refused(a, envelope.ReasonPurposeMismatch, false)
		if c := s.receipt(a, sealed).Claims(); c.Final || c.Reason != envelope.ReasonPurposeMismatch {
			t.Errorf("the receipt says %+v", c)
		}
	}
	if s.row(sealed) != nil {
		t.Error("what the receiver stated has settled what the sender signed")
	}
	if e := s.Journal(ahu).Entries(); len(e) != 1 || e[0].Event != exchange.EventRefused || e[0].Reason != envelope.ReasonPurposeMismatch {
		t.Errorf("the journal has %+v", e)
	}
	s.restart(nil)
	s.accepted(s.send(sealed))
}

func TestP3UnknownPurposeCannotBeStated(t *testing.T) {
	s := newScene(t)
	for _, c := range []purpose.Code{"", "PARPOL", "PARPOL-KAMPANYE", "parpol-badanhukum"} {
		cfg := s.config()
		cfg.Purpose = c
		if _, err := exchange.NewReceiver(cfg); envelope.ReasonOf(err) != envelope.ReasonPurposeUnknown {
			t.Errorf("%q: %v", c, err)
		}
	}
}

func TestP3UnknownDefinitionIsNotNow(t *testing.T) {
	s := newScene(t)
	others, err := election.Registry().Latest("ahu/badan-hukum")
	if err != nil {
		t.Fatal(err)
	}
	registry, err := schema.NewRegistry(others)
	if err != nil {
		t.Fatal(err)
	}
	s.restart(func(c *exchange.ReceiverConfig) { c.Definitions = registry })
	sealed := s.sealed()
	a := s.send(sealed)
	s.refused(a, envelope.ReasonUnknownDefinition, false)
	if a.Reply().Refusal != exchange.OutwardTryLater {
		t.Errorf("outwardly %+v", a.Reply())
	}
	s.untouched(sealed)
	s.restart(nil)
	s.accepted(s.send(sealed))
}
