package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/shared"
)

// mutantsOf are all of them in a long run, else at every offset one of each sort, of
// which the race detector gets some.
func mutantsOf(t *testing.T, data []byte) iter.Seq[envelopetest.Mutant] {
	if shared.Long() {
		return envelopetest.Mangle(data)
	}
	some, mine := envelopetest.MangleSome(data, shared.Seed(t)), shared.OneIn(t, 7)
	return func(yield func(envelopetest.Mutant) bool) {
		for m := range some {
			if mine() && !yield(m) {
				return
			}
		}
	}
}

// TestNoMutantIsAccepted mangles what this package and the documents' packages
// read: receipts, as anybody can damage them and as their reader could have
// signed them; questions; directories; agreements; public key files. Of these alone
// mutants are accepted, those that differ in blanks between JSON's members: they
// say the same.
func TestNoMutantIsAccepted(t *testing.T) {
	s := newScene(t)
	sealed := s.sealed()
	a := s.send(sealed)
	s.accepted(a)
	receipt, sent := a.Reply().Receipt, exchange.SentTo(sealed, ahu.Party)
	opens := func(receipt []byte) bool {
		_, err := exchange.OpenReceipt(receipt, sipol.Keys(), s.Directory, sent, s.Clock.Now())
		return err == nil
	}
	// says is what a text says if it is JSON outside of a signature; nil if nothing is.
	var says func(data []byte) string
	mangled := func(kind string, data []byte, accepts func([]byte) bool) {
		t.Helper()
		if !accepts(data) {
			t.Fatalf("%s: the honest one is refused", kind)
		}
		r := envelopetest.TryMutants(mutantsOf(t, data), accepts)
		t.Logf("%s of %d bytes: %s", kind, len(data), r)
		for _, m := range r.Accepted {
			if says != nil && says(m.Data) == says(data) {
				continue
			}
			t.Errorf("%s: accepted after %s", kind, m.Fault)
		}
		for _, fault := range r.Panics {
			t.Errorf("%s: %s: panic", kind, fault)
		}
	}

	mangled("receipt", receipt, opens)
	mangled("receipt's JWS, encrypted again", a.Settlement.Receipt, func(jws []byte) bool {
		sealed, err := envelope.EncryptToken(envelope.TypeSealedReceipt, jws, sipol.Encryption.Public())
		return err == nil && opens(sealed)
	})

	// A question: whatever is not refused as damage was believed.
	question, err := envelope.SignToken(envelope.TypeQuestion, inquiryOf(t, sealed, s.Clock.Now()), sipol.Signing)
	if err != nil {
		t.Fatal(err)
	}
	mangled("question", question, func(question []byte) bool {
		return s.r.SettleOrCancel(context.Background(), question).Key.ID != ""
	})

	// Small documents, with every member.
	now := s.Clock.Now()
	from, until := now.Add(-24*time.Hour), now.AddDate(0, 6, 0)
	public, err := trust.NewPublicSet(ahu.Party, ahu.Keys(), from)
	if err != nil {
		t.Fatal(err)
	}
	set, err := trust.ParsePublicSet(public)
	if err != nil {
		t.Fatal(err)
	}
	directory, err := trust.Sign(trust.Draft{
		Version: 1, IssuedAt: from, Expires: until, Parties: []trust.Party{{ID: ahu.Party, Keys: set.Keys(from, until, until)}},
	}, envelopetest.Anchor().Signing)
	if err != nil {
		t.Fatal(err)
	}
	mangled("directory", directory, func(file []byte) bool {
		_, err := trust.Open(file, exchangetest.Anchors(), now)
		return err == nil
	})

	// Blanks may stand between the members of a JWK Set, and nothing else.
	says = func(data []byte) string {
		var out bytes.Buffer
		_ = json.Compact(&out, data)
		return out.String()
	}
	mangled("public key file", public, func(file []byte) bool {
		_, err := trust.ParsePublicSet(file)
		return err == nil
	})
	says = nil

	terms, err := json.Marshal(map[string]any{
		"id": "PKS-1", "title": "Perjanjian uji", "parties": []envelope.Party{sipol.Party, ahu.Party},
		"grants":    []agreement.Grant{{From: sipol.Party, To: ahu.Party, Dataset: dataset, Purposes: []purpose.Code{code}}},
		"validFrom": from.Format(time.RFC3339), "validUntil": until.Format(time.RFC3339),
	})
	if err != nil {
		t.Fatal(err)
	}
	file := terms
	for _, by := range []envelopetest.Agency{sipol, ahu} {
		if file, err = agreement.Sign(file, by.Party, by.Signing); err != nil {
			t.Fatal(err)
		}
	}
	mangled("agreement", file, func(file []byte) bool {
		_, err := agreement.Open(file, s.Directory, now)
		return err == nil
	})
}

// inquiryOf is the text of a question about an envelope.
func inquiryOf(t testing.TB, sealed *envelope.Sealed, at time.Time) []byte {
	t.Helper()
	m := sealed.Manifest()
	text, err := json.Marshal(map[string]any{
		"v": 1, "jti": m.ID, "iss": m.Sender, "aud": m.Recipients[0], "iat": at.Unix(), "manifest": sealed.Digest(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
