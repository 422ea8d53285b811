package exchange_test

import (
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
		{"from before the envelope", forge(t, ahu, sipol, claims(func(m map[string]any) { m["iat"] = s.Clock.Now().Add(-envelope.DefaultSkew - time.Second).Unix() })), envelope.ReasonBadContent},
		{"from the future", forge(t, ahu, sipol, claims(func(m map[string]any) { m["iat"] = s.Clock.Now().Add(envelope.DefaultSkew + time.Second).Unix() })), envelope.ReasonBadContent},
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
	s := newScene(t)
	sealed := s.sealed()
	whole := s.Directory
	s.Directory = s.directory(func(d *trust.Draft) { keyOf(d, sipol.Party, envelope.UseEncrypt).Until = d.IssuedAt })
	s.restart(nil)
	a := s.send(sealed)
	s.accepted(a)
	if r := a.Reply(); r.Receipt != nil || r.Refusal != exchange.OutwardTryLater {
		t.Errorf("reply %+v", r)
	}
	first := s.Directory
	s.Directory = s.directory(func(d *trust.Draft) { d.Parties = whole.Draft().Parties })
	if err := s.Directory.Succeeds(first); err != nil {
		t.Fatal(err)
	}
	s.restart(nil)
	again := s.send(sealed)
	if !again.Repeat() || s.receipt(again, sealed).Claims().Outcome != exchange.OutcomeAccepted {
		t.Errorf("then %q", again.Reason)
	}
	s.called(1)
}

func encodeText(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
