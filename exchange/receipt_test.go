package exchange_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/trust"
)

// forge signs and encrypts a receipt as anybody with that key could.
func forge(t *testing.T, as envelopetest.Agency, to envelopetest.Agency, payload string) []byte {
	t.Helper()
	jws, err := envelope.SignToken(envelope.TypeReceipt, []byte(payload), as.Signing)
	if err != nil {
		t.Fatal(err)
	}
	return encryptReceipt(t, jws, to)
}

func encryptReceipt(t *testing.T, jws []byte, to envelopetest.Agency) []byte {
	t.Helper()
	sealed, err := envelope.EncryptToken(envelope.TypeSealedReceipt, jws, to.Encryption.Public())
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestReceiptsAreHeldAgainstWhatWasSent(t *testing.T) {
	s := newScene(t)
	sealed, other := s.sealed(), s.sealed()
	sent := exchange.SentTo(sealed, ahu.Party)
	good := s.send(sealed)
	s.accepted(good)
	genuine := string(good.Settlement.Receipt)
	_, payload, err := envelope.PeekToken(envelope.TypeReceipt, good.Settlement.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimRight(string(payload), " ")
	claims := func(change func(map[string]any)) string {
		var m map[string]any
		if err := json.Unmarshal(payload, &m); err != nil {
			t.Fatal(err)
		}
		m["iat"] = s.Clock.Now().Unix() // json.Unmarshal has made a float of it
		change(m)
		out, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	at := func(d time.Duration) []byte {
		return forge(t, ahu, sipol, claims(func(m map[string]any) { m["iat"] = s.Clock.Now().Add(d).Unix() }))
	}
	counting := func(records, errors, findings, with int) []byte {
		return forge(t, ahu, sipol, claims(func(m map[string]any) {
			m["findings"] = map[string]int{"records": records, "errors": errors, "findings": findings, "recordsWithFindings": with}
		}))
	}
	flipped := strings.Split(genuine, ".")
	flipped[1] = encodeText(strings.Replace(text, `"accepted"`, `"refused"`, 1))
	tests := []struct {
		name    string
		receipt []byte
		reason  envelope.Reason
	}{
		{"the genuine one", encryptReceipt(t, good.Settlement.Receipt, sipol), ""},
		{"for another envelope", s.send(other).Reply().Receipt, envelope.ReasonBadContent},
		{"by another agency", forge(t, pengawasan, sipol, claims(func(m map[string]any) { m["iss"] = "bawaslu/pengawasan" })), envelope.ReasonKeyNotValid},
		{"by another agency in the recipient's name", forge(t, pengawasan, sipol, text), envelope.ReasonKeyNotValid},
		{"by a stranger", forge(t, stranger, sipol, text), envelope.ReasonUnknownKey},
		{"in another agency's name", forge(t, ahu, sipol, claims(func(m map[string]any) { m["iss"] = "bawaslu/pengawasan" })), envelope.ReasonBadContent},
		{"for another sender", forge(t, ahu, sipol, claims(func(m map[string]any) { m["aud"] = "kpu/sirekap" })), envelope.ReasonBadContent},
		{"for another manifest", forge(t, ahu, sipol, claims(func(m map[string]any) { m["manifest"] = other.Digest() })), envelope.ReasonBadContent},
		{"from before the envelope", at(-envelope.MaxSkew - time.Second), envelope.ReasonBadContent},
		{"from a clock that lags", at(-envelope.MaxSkew), ""},
		{"from a clock that is ahead", at(envelope.MaxSkew), ""},
		{"from the future", at(envelope.MaxSkew + time.Second), envelope.ReasonNotYetValid},
		{"flipped outcome", encryptReceipt(t, []byte(strings.Join(flipped, ".")), sipol), envelope.ReasonMalformed},
		{"flipped to what could be true", encryptReceipt(t, []byte(flipped[0]+"."+encodeText(strings.Replace(text, `"records":1`, `"records":2`, 1))+"."+flipped[2]), sipol), envelope.ReasonBadSignature},
		{"accepted with a reason", forge(t, ahu, sipol, claims(func(m map[string]any) { m["reason"] = "structure" })), envelope.ReasonMalformed},
		{"accepted, not final", forge(t, ahu, sipol, claims(func(m map[string]any) { m["final"] = false })), envelope.ReasonMalformed},
		{"refused without a reason", forge(t, ahu, sipol, claims(func(m map[string]any) { m["outcome"] = "refused" })), envelope.ReasonMalformed},
		{"refused for damage", forge(t, ahu, sipol, claims(func(m map[string]any) { m["outcome"], m["reason"] = "refused", "malformed" })), envelope.ReasonMalformed},
		{"expired for good", forge(t, ahu, sipol, claims(func(m map[string]any) { m["outcome"], m["reason"] = "refused", "expired" })), envelope.ReasonMalformed},
		{"a reason of its own", forge(t, ahu, sipol, claims(func(m map[string]any) { m["outcome"], m["reason"] = "refused", nik })), envelope.ReasonMalformed},
		{"a code that could be a value", forge(t, ahu, sipol, claims(func(m map[string]any) { m["outcome"], m["reason"], m["code"] = "refused", "rejected", nik })), envelope.ReasonMalformed},
		{"an unknown member", forge(t, ahu, sipol, claims(func(m map[string]any) { m["note"] = "x" })), envelope.ReasonMalformed},
		{"another version", forge(t, ahu, sipol, claims(func(m map[string]any) { m["v"] = 2 })), envelope.ReasonMalformed},
		{"overlapping ranges", forge(t, ahu, sipol, claims(func(m map[string]any) {
			m["missing"] = []map[string]int{{"from": 1, "to": 5}, {"from": 5, "to": 6}}
		})), envelope.ReasonMalformed},
		{"findings that could be", counting(5, 0, 3, 2), ""},
		{"fewer records than none", counting(-7, 0, 0, 0), envelope.ReasonMalformed},
		{"fewer errors than none", counting(1, -1, 0, 0), envelope.ReasonMalformed},
		{"fewer findings than none", counting(1, 0, -1, -1), envelope.ReasonMalformed},
		{"fewer records with findings than none", counting(1, 0, 1, -1), envelope.ReasonMalformed},
		{"more findings' records than records", counting(1, 0, 3, 2), envelope.ReasonMalformed},
		{"more findings' records than findings", counting(5, 0, 2, 3), envelope.ReasonMalformed},
		{"findings in no record", counting(5, 0, 2, 0), envelope.ReasonMalformed},
		{"accepted with structure errors", counting(5, 1, 0, 0), envelope.ReasonMalformed},
		{"refused with structure errors", forge(t, ahu, sipol, claims(func(m map[string]any) {
			m["outcome"], m["reason"] = "refused", "structure"
			m["findings"] = map[string]int{"records": 5, "errors": 5, "findings": 0, "recordsWithFindings": 0}
		})), ""},
		{"more errors than records", forge(t, ahu, sipol, claims(func(m map[string]any) {
			m["outcome"], m["reason"] = "refused", "structure"
			m["findings"] = map[string]int{"records": 5, "errors": 6, "findings": 0, "recordsWithFindings": 0}
		})), envelope.ReasonMalformed},
		{"a root where there is no body", forge(t, ahu, sipol, claims(func(m map[string]any) { m["root"] = canary })), envelope.ReasonMalformed},
		{"not encrypted", good.Settlement.Receipt, envelope.ReasonMalformed},
		{"for another's key", encryptReceipt(t, good.Settlement.Receipt, pengawasan), envelope.ReasonNotForMe},
		{"a manifest in its place", encryptReceipt(t, sealed.ManifestJWS(), sipol), envelope.ReasonMalformed},
		{"nothing", nil, envelope.ReasonMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := exchange.OpenReceipt(tt.receipt, sipol.Keys(), s.Directory, sent, s.Clock.Now())
			if envelope.ReasonOf(err) != tt.reason || (r == nil) != (tt.reason != "") {
				t.Errorf("got %v, want %q", err, tt.reason)
			}
			if err != nil {
				s.quiet("the error", err.Error())
			}
		})
	}
	t.Run("by a key that was stolen", func(t *testing.T) {
		d := s.directory(func(d *trust.Draft) {
			keyOf(d, ahu.Party, envelope.UseSign).CompromisedFrom = d.IssuedAt
			d.Agreements = nil
		})
		if _, err := exchange.OpenReceipt(encryptReceipt(t, good.Settlement.Receipt, sipol), sipol.Keys(), d, sent, s.Clock.Now()); envelope.ReasonOf(err) != envelope.ReasonKeyNotValid {
			t.Errorf("got %v", err)
		}
	})
}

func TestAReceiptThatCannotBeEncryptedIsKept(t *testing.T) {
	for outcome, handler := range map[exchange.Outcome]exchange.Handler{
		exchange.OutcomeAccepted: nil,
		exchange.OutcomeRefused:  func(context.Context, *exchange.Delivery) error { return exchange.Reject("no") },
	} {
		s := newScene(t)
		s.handler = handler
		sealed := s.sealed()
		whole := s.Directory
		s.Directory = s.directory(func(d *trust.Draft) { keyOf(d, sipol.Party, envelope.UseEncrypt).Until = d.IssuedAt })
		s.restart(nil)
		a := s.send(sealed)
		if a.Settlement == nil || a.Settlement.Outcome != outcome {
			t.Fatalf("got %q, %+v", a.Reason, a.Settlement)
		}
		for _, reply := range []exchange.Reply{a.Reply(), s.send(sealed).Reply()} {
			if reply.Receipt != nil || reply.Refusal != exchange.OutwardTryLater {
				t.Errorf("%s: reply %+v", outcome, reply)
			}
		}
		first := s.Directory
		s.Directory = s.directory(func(d *trust.Draft) { d.Parties = whole.Draft().Parties })
		if err := s.Directory.Succeeds(first); err != nil {
			t.Fatal(err)
		}
		s.restart(nil)
		again := s.send(sealed)
		if !again.Repeat() || s.receipt(again, sealed).Claims().Outcome != outcome {
			t.Errorf("then %q", again.Reason)
		}
		s.called(1)
	}
}

// Between the two, the directory may change: nothing is encrypted for a key that
// it has withdrawn meanwhile.
func TestReceiptsGoToTheKeyInForceWhenTheyLeave(t *testing.T) {
	s := newScene(t)
	s.handler = func(ctx context.Context, _ *exchange.Delivery) error {
		return s.r.SetDirectory(ctx, s.directory(func(d *trust.Draft) { keyOf(d, sipol.Party, envelope.UseEncrypt).CompromisedFrom = d.IssuedAt }))
	}
	a := s.send(s.sealed())
	s.accepted(a)
	if r := a.Reply(); r.Receipt != nil || r.Refusal != exchange.OutwardTryLater {
		t.Errorf("reply %+v", r)
	}
}

func TestAReceiptOfAClockThatIsAheadCountsWhenItsTimeHasCome(t *testing.T) {
	s := newScene(t)
	sealed := s.craft(sipol.Signing, func(d *envelope.Draft) { d.ValidFor = envelope.MaxLifetime })
	s.Clock.Move(20 * 24 * time.Hour)
	a := s.send(sealed)
	s.accepted(a)
	open := func() error {
		_, err := exchange.OpenReceipt(a.Reply().Receipt, sipol.Keys(), s.Directory, exchange.SentTo(sealed, ahu.Party), s.Clock.Now())
		return err
	}
	s.Clock.Move(-20 * 24 * time.Hour)
	if err := open(); envelope.ReasonOf(err) != envelope.ReasonNotYetValid {
		t.Errorf("by the right clock: %v", err)
	}
	s.Clock.Move(20 * 24 * time.Hour)
	if err := open(); err != nil {
		t.Errorf("twenty days later: %v", err)
	}
}

// A sender whose clock is ahead by as much as the recipient allows gets a
// receipt that it can accept.
func TestBothSidesAllowTheSameSkew(t *testing.T) {
	s := newScene(t)
	s.restart(func(c *exchange.ReceiverConfig) { c.Skew = envelope.MaxSkew })
	sealed := s.craft(sipol.Signing, func(d *envelope.Draft) { d.IssuedAt = d.IssuedAt.Add(envelope.MaxSkew) })
	a := s.send(sealed)
	s.accepted(a)
	s.receipt(a, sealed)
}

func encodeText(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
