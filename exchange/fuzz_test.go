package exchange_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/memory"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/shared"
)

// The fuzzers have every public key and every vector, and no private key. So what
// is believed is what some vector says, whose maker had the keys.

// seeds adds the vectors of a kind to the corpus.
func seeds(f *testing.F, kind string) (all []*envelopetest.Vector) {
	f.Helper()
	vectors, err := envelopetest.ReadVectors(vectorFolder.FS)
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range vectors {
		if v.Kind == kind && len(v.Data) < 32<<10 {
			f.Add(v.Data)
			all = append(all, v)
		}
	}
	if len(all) < 20 {
		f.Fatalf("%d vectors", len(all))
	}
	return all
}

// fuzzed is a receiver that has seen nothing.
func fuzzed(t testing.TB, keys []*envelope.PrivateKey) *exchange.Receiver {
	t.Helper()
	r, err := exchange.NewReceiver(exchange.ReceiverConfig{
		Party: "kpu/sirekap", Keys: keys, Purpose: "TPS-JARINGAN", Directory: vectorDirectory(t, "current"), Definitions: vectorDefinitions(),
		Store: memory.New(), Journal: &exchangetest.Journal{}, Clock: envelopetest.Now,
		Handle: func(context.Context, *exchange.Delivery) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fuzzKeys(f *testing.F) (all []*envelope.PrivateKey) {
	f.Helper()
	for _, name := range []string{"kpu-sirekap.jwks", "kpu-sirekap-x25519.jwks", "kpu-sirekap-rsa.jwks"} {
		keys, err := vectorFolder.PrivateKeys(name)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, keys...)
	}
	return all
}

// quiet wants whoever is not proven to be told one of four words.
func quiet(t *testing.T, a exchange.Answer) {
	t.Helper()
	reply := a.Reply()
	if a.Key.ID == "" && (reply.Receipt != nil || reply.Refusal != exchange.Outwardly(a.Reason)) {
		t.Fatalf("a stranger is told %q, or gets a receipt", reply.Refusal)
	}
}

// FuzzReceive feeds a receiver, from the vectors and from Wycheproof's tokens.
func FuzzReceive(f *testing.F) {
	keys := fuzzKeys(f)
	signed := map[string]bool{}
	for _, v := range seeds(f, "envelope") {
		signed[fuzzed(f, keys).Receive(context.Background(), bytes.NewReader(v.Data)).Digest] = true
		// A file may hold two manifests. If its first token is damaged, the other
		// one is opened, and rightly so.
		for _, token := range tokensOf(v.Data) {
			signed[fuzzed(f, keys).Receive(context.Background(), bytes.NewReader(framed(token))).Digest] = true
		}
	}
	for _, token := range wycheproofTokens(f) {
		f.Add(framed(token))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		a := fuzzed(t, keys).Receive(context.Background(), bytes.NewReader(file))
		if !signed[a.Digest] {
			t.Fatal("a manifest that no vector has was believed")
		}
		quiet(t, a)
	})
}

// tokensOf returns the tokens that a file has whole, however wrong the rest of it.
func tokensOf(file []byte) (tokens [][]byte) {
	const head = len("segel/1\n") + 2
	for rest := file[min(head, len(file)):]; len(rest) > 4; {
		n := int(binary.BigEndian.Uint32(rest))
		if n > len(rest)-4 {
			break
		}
		tokens, rest = append(tokens, rest[4:4+n]), rest[4+n:]
	}
	return tokens
}

// wycheproofTokens are the JWEs of Wycheproof. A bare machine need not have them.
func wycheproofTokens(f *testing.F) (tokens [][]byte) {
	f.Helper()
	if os.Getenv("SEGEL_CI") != "1" && os.Getenv("SEGEL_SHARED") == "" {
		return nil
	}
	text, err := os.ReadFile(shared.Path(f, "corpora", "wycheproof", "json_web_encryption_test.json"))
	if err != nil {
		f.Fatal(err)
	}
	var corpus struct {
		TestGroups []struct {
			Tests []struct {
				JWE string `json:"jwe"`
			}
		}
	}
	if err := json.Unmarshal(text, &corpus); err != nil {
		f.Fatal(err)
	}
	for _, g := range corpus.TestGroups {
		for _, test := range g.Tests {
			tokens = append(tokens, []byte(test.JWE))
		}
	}
	if len(tokens) < 100 {
		f.Fatalf("%d tokens", len(tokens))
	}
	return tokens
}

// FuzzSettleOrCancel feeds a receiver questions.
func FuzzSettleOrCancel(f *testing.F) {
	keys := fuzzKeys(f)
	asked := map[string]bool{}
	for _, v := range seeds(f, "question") {
		asked[fuzzed(f, keys).SettleOrCancel(context.Background(), v.Data).Digest] = true
	}
	f.Fuzz(func(t *testing.T, question []byte) {
		a := fuzzed(t, keys).SettleOrCancel(context.Background(), question)
		if !asked[a.Digest] {
			t.Fatal("a question that no vector asks was answered")
		}
		quiet(t, a)
	})
}

// FuzzOpenReceipt feeds a sender what comes back.
func FuzzOpenReceipt(f *testing.F) {
	all := seeds(f, "receipt")
	keys, err := vectorFolder.PrivateKeys(all[0].Keys)
	if err != nil {
		f.Fatal(err)
	}
	s, err := envelopetest.ParseSent(all[0].Sent)
	if err != nil {
		f.Fatal(err)
	}
	sent := exchange.Sent{Key: exchange.Key{Sender: s.Sender, ID: s.ID}, Digest: s.Digest, Recipient: s.Recipient, IssuedAt: s.IssuedAt}
	open := func(t testing.TB, data []byte) (string, error) {
		r, err := exchange.OpenReceipt(data, keys, vectorDirectory(t, "current"), sent, envelopetest.Now())
		if err != nil {
			return "", err
		}
		return string(r.JWS()), nil
	}
	signed := map[string]bool{}
	for _, v := range all {
		jws, _ := open(f, v.Data)
		signed[jws] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if jws, _ := open(t, data); !signed[jws] {
			t.Fatal("a receipt that no vector has was believed")
		}
	})
}

// FuzzDirectory and FuzzAgreement feed the readers of signed documents.
func FuzzDirectory(f *testing.F) {
	anchors, err := vectorAnchors()
	if err != nil {
		f.Fatal(err)
	}
	fuzzDocument(f, "directory", func(file []byte, at time.Time) string {
		d, err := trust.Open(file, anchors, at)
		if err != nil {
			return ""
		}
		return d.Digest()
	})
}

func FuzzAgreement(f *testing.F) {
	directory := vectorDirectory(f, "current")
	fuzzDocument(f, "agreement", func(file []byte, at time.Time) string {
		a, err := agreement.Open(file, directory, at)
		if err != nil {
			return ""
		}
		return a.Digest()
	})
}

func fuzzDocument(f *testing.F, kind string, open func(file []byte, at time.Time) (digest string)) {
	signed := map[string]bool{}
	for _, v := range seeds(f, kind) {
		signed[open(v.Data, envelopetest.Now())] = true
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if !signed[open(file, envelopetest.Now())] {
			t.Fatal("a document that no vector has was believed")
		}
	})
}

// FuzzReceiptClaims feeds the claims of receipts, signed and encrypted by a
// recipient that may write anything into them.
func FuzzReceiptClaims(f *testing.F) {
	all := seeds(f, "receipt")
	keys, err := vectorFolder.PrivateKeys(all[0].Keys)
	if err != nil {
		f.Fatal(err)
	}
	s, err := envelopetest.ParseSent(all[0].Sent)
	if err != nil {
		f.Fatal(err)
	}
	sent := exchange.Sent{Key: exchange.Key{Sender: s.Sender, ID: s.ID}, Digest: s.Digest, Recipient: s.Recipient, IssuedAt: s.IssuedAt}
	directory, by := vectorDirectory(f, "current"), envelopetest.Sirekap()
	for _, v := range all {
		jws, err := envelope.DecryptToken(envelope.TypeSealedReceipt, v.Data, keys...)
		if err != nil {
			continue
		}
		if _, payload, err := envelope.PeekToken(envelope.TypeReceipt, jws); err == nil {
			f.Add(payload)
		}
	}
	f.Fuzz(func(t *testing.T, claims []byte) {
		jws, err := envelope.SignToken(envelope.TypeReceipt, claims, by.Signing)
		if err != nil {
			return
		}
		sealed, err := envelope.EncryptToken(envelope.TypeSealedReceipt, jws, keys[1].Public())
		if err != nil {
			return
		}
		r, err := exchange.OpenReceipt(sealed, keys, directory, sent, envelopetest.Now())
		if err != nil {
			if envelope.ReasonOf(err).Kind() == envelope.KindNever {
				t.Fatalf("a receipt is refused as %v", err)
			}
			return
		}
		c := r.Claims()
		settles := c.Outcome == exchange.OutcomeAccepted || c.Reason.Settles()
		if c.ID != sent.ID || c.Manifest != sent.Digest || c.Issuer != sent.Recipient || c.Audience != sent.Sender || c.Final != settles || (c.Reason == "") != (c.Outcome == exchange.OutcomeAccepted) {
			t.Fatal("claims that contradict each other were believed")
		}
	})
}
