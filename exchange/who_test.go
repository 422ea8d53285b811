package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/internal/document"
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
	s.agree(map[string]any{
		"grants":     []agreement.Grant{{From: sipol.Party, To: ahu.Party, Dataset: dataset, Purposes: []purpose.Code{code}}},
		"validUntil": s.Clock.Now().Add(24 * time.Hour).Format(time.RFC3339),
	})
}

// agree puts a directory in force whose agreement has other members.
func (s *scene) agree(other map[string]any) {
	s.Helper()
	file, _ := s.Directory.Agreement(exchangetest.Agreement)
	u, err := agreement.Parse(file)
	if err != nil {
		s.Fatal(err)
	}
	t := u.Terms()
	terms := map[string]any{"id": t.ID, "title": t.Title, "parties": t.Parties, "grants": t.Grants,
		"validFrom": t.ValidFrom.Format(time.RFC3339), "validUntil": t.ValidUntil.Format(time.RFC3339)}
	maps.Copy(terms, other)
	file, err = json.Marshal(terms)
	for _, a := range exchangetest.Agencies() {
		if err == nil {
			file, err = agreement.Sign(file, a.Party, a.Signing)
		}
	}
	if err != nil {
		s.Fatal(err)
	}
	s.Directory = s.directory(func(d *trust.Draft) { d.Agreements = [][]byte{file} })
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
	for range 3 {
		a := s.send(sealed)
		s.refused(a, envelope.ReasonAgreementInactive, false)
		if c := s.receipt(a, sealed).Claims(); c.Final || c.Reason != envelope.ReasonAgreementInactive {
			t.Errorf("the receipt says %+v", c)
		}
	}
	if d := s.Sender(sipol).Preflight(context.Background(), s.Request(dataset, code, ahu)); d.Reason != envelope.ReasonAgreementInactive {
		t.Errorf("preflight: %+v", d)
	}
	if e := s.Journal(ahu).Entries(); len(e) != 1 || e[0].Event != exchange.EventRefused || s.row(sealed) != nil {
		t.Errorf("the journal has %+v, the store %+v", e, s.row(sealed))
	}
	s.Clock.Move(-time.Second) // this clock was ahead by that much
	s.accepted(s.send(sealed))
}

// A recipient's clock that lags behind the sender's settles nothing.
func TestP3AgreementNotYetInForce(t *testing.T) {
	s := newScene(t)
	from := s.Clock.Now().Truncate(time.Second)
	s.agree(map[string]any{"validFrom": from.Format(time.RFC3339)})
	s.Clock.Move(30 * time.Second)
	sealed := s.sealed()
	s.Clock.Move(-45 * time.Second)
	a := s.send(sealed)
	s.refused(a, envelope.ReasonNotYetValid, false)
	s.untouched(sealed)
	if a.Reply().Refusal != exchange.OutwardTryLater {
		t.Errorf("outwardly %+v", a.Reply())
	}
	if d := s.Sender(sipol).Preflight(context.Background(), s.Request(dataset, code, ahu)); d.Reason != envelope.ReasonNotYetValid {
		t.Errorf("preflight: %+v", d)
	}
	s.Clock.Move(15 * time.Second)
	s.accepted(s.send(sealed))
}

// An agreement that this version cannot read, for a purpose that it does not
// know, is no damage of the envelope.
func TestP3AnAgreementThatCannotBeRead(t *testing.T) {
	s := newScene(t)
	sealed := s.sealed()
	file, _ := s.Directory.Agreement(exchangetest.Agreement)
	readable, err := document.Parse(document.Agreement, file)
	if err != nil {
		t.Fatal(err)
	}
	newer, err := document.New(document.Agreement, bytes.ReplaceAll(readable.Payload(), []byte(code), []byte("PARPOL-BARU")))
	for _, a := range exchangetest.Agencies() {
		if err == nil {
			newer, err = newer.Sign(a.Signing)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	// trust.Sign would refuse to sign what it cannot read; a later version would not.
	signed, err := trust.Sign(s.Directory.Draft(), envelopetest.Anchor().Signing)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := document.Parse(document.Directory, signed)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(doc.Payload(), &members); err != nil {
		t.Fatal(err)
	}
	members["agreements"] = []string{string(newer.File())}
	payload, err := json.Marshal(members)
	if err == nil {
		doc, err = document.New(document.Directory, payload)
	}
	if err == nil {
		doc, err = doc.Sign(envelopetest.Anchor().Signing)
	}
	if err == nil {
		s.Directory, err = trust.Open(doc.File(), exchangetest.Anchors(), s.Clock.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	s.restart(nil)
	for range 2 { // the second time out of the cache
		a := s.send(sealed)
		s.refused(a, envelope.ReasonNoAgreement, false)
		if a.Reply().Refusal != exchange.OutwardTryLater {
			t.Errorf("outwardly %+v", a.Reply())
		}
	}
	if e := s.Journal(ahu).Entries(); len(e) != 1 || e[0].Event != exchange.EventRefused || e[0].Reason != envelope.ReasonNoAgreement {
		t.Errorf("the journal has %+v", e)
	}
}

func TestP3ANewDirectoryCountsAtOnce(t *testing.T) {
	s := newScene(t)
	s.accepted(s.send(s.sealed()))
	sealed := s.sealed() // under the former agreement of that id
	former := s.r
	narrow(s)
	if err := former.SetDirectory(context.Background(), s.Directory); err != nil {
		t.Fatal(err)
	}
	if a := former.Receive(context.Background(), bytes.NewReader(sealed.File())); a.Reason != envelope.ReasonNoAgreement {
		t.Errorf("got %q", a.Reason)
	}
	s.called(1)
}

// The keys' windows are judged anew as time passes, the directory staying as it
// is.
func TestP3AnAgreementEndsWithTheKeysUnderIt(t *testing.T) {
	s := newScene(t)
	s.Directory = s.directory(func(d *trust.Draft) {
		k := keyOf(d, pengawasan.Party, envelope.UseSign)
		k.Until = s.Clock.Now().Add(30 * time.Minute).Truncate(time.Second)
		k.AcceptUntil = k.Until
	})
	s.restart(nil)
	s.accepted(s.send(s.sealed()))
	s.Clock.Move(31 * time.Minute)
	if a := s.send(s.sealed()); a.Reason != envelope.ReasonNoAgreement {
		t.Errorf("got %q", a.Reason)
	}
	s.called(1)
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
