package exchange_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/jose"
)

// What insiders can make of one file is in the vectors, which go through every
// entry point: forwarding, another recipient's token, a seed or content swapped,
// a commitment broken, the header rewritten. Here is what needs more than one.

// types are all explicit types of version 1 (RFC 8725 section 3.11).
var types = []string{
	"segel-envelope+jwe", "segel-manifest+jwt", "segel-receipt+jwt", "segel-receipt+jwe", "segel-question+jwt",
	"segel-directory+jwt", "segel-agreement+jwt", "segel-anchors+jwt", "segel-possession+jwt",
}

// A slot is a place where a token of one type belongs.
type slot struct {
	typ     string
	jwe     bool
	payload []byte              // what an honest token there says
	by      envelopetest.Agency // who signs, or for whom it is encrypted
	accepts func(token []byte) error
}

// make makes a token of any type with the slot's own content.
func (s slot) make(t testing.TB, typ string) []byte {
	t.Helper()
	token, err := jose.Sign(typ, s.payload, josePrivate(t, s.by.Signing))
	if s.jwe {
		token, err = jose.Encrypt(typ, s.payload, josePrivate(t, s.by.Encryption).Public())
	}
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// slots are all places, each with honest content.
func (s *scene) slots() []slot {
	s.Helper()
	now := s.Clock.Now()
	sealed := s.sealed()
	secret, err := jose.Decrypt("segel-envelope+jwe", sealed.File()[framing:], 8<<20, func(string) *jose.PrivateKey { return josePrivate(s, ahu.Encryption) })
	if err != nil {
		s.Fatal(err)
	}
	_, manifest, err := jose.Peek("segel-manifest+jwt", sealed.ManifestJWS(), 1<<20)
	if err != nil {
		s.Fatal(err)
	}
	opens := func(file []byte) error {
		_, err := envelope.Open(s.Context(), bytes.NewReader(file), envelope.Opener{Party: ahu.Party, Keys: ahu.Keys(), Purpose: code}, &envelopetest.InsecureAuthority{})
		return err
	}
	encrypted := func(secret []byte) []byte {
		token, err := jose.Encrypt("segel-envelope+jwe", secret, josePrivate(s, ahu.Encryption).Public())
		if err != nil {
			s.Fatal(err)
		}
		return framed(token)
	}

	answer := s.send(s.sealed())
	s.accepted(answer)
	_, claims, err := envelope.PeekToken(envelope.TypeReceipt, answer.Settlement.Receipt)
	if err != nil {
		s.Fatal(err)
	}
	sent := exchange.Sent{Key: answer.Key, Digest: answer.Digest, Recipient: ahu.Party, IssuedAt: now}
	reads := func(receipt []byte) error {
		_, err := exchange.OpenReceipt(receipt, sipol.Keys(), s.Directory, sent, now)
		return err
	}

	public, err := trust.NewPublicSet(ahu.Party, ahu.Keys(), now.Add(-time.Hour))
	if err != nil {
		s.Fatal(err)
	}
	var set struct {
		Keys       []json.RawMessage `json:"keys"`
		Party      envelope.Party    `json:"party"`
		Possession string            `json:"possession"`
	}
	if err := json.Unmarshal(public, &set); err != nil {
		s.Fatal(err)
	}
	_, possession, err := envelope.PeekToken(envelope.TypePossession, []byte(set.Possession))
	if err != nil {
		s.Fatal(err)
	}
	draft := s.Directory.Draft()
	draft.Parties, draft.Agreements = draft.Parties[:1], nil // small enough for every place
	file, err := trust.Sign(draft, envelopetest.Anchor().Signing)
	if err != nil {
		s.Fatal(err)
	}
	_, directory, err := envelope.PeekToken(envelope.TypeDirectory, bytes.TrimSuffix(file[len("segel-directory/1\n"):], []byte("\n")))
	if err != nil {
		s.Fatal(err)
	}
	terms := []byte(`{"id":"PKS-1","title":"Uji","parties":["kpu/sipol","ahu/badan-hukum"],"grants":[{"from":"kpu/sipol","to":"ahu/badan-hukum","dataset":"` + dataset +
		`","purposes":["` + code + `"]}],"validFrom":"2024-01-01T00:00:00Z","validUntil":"2025-01-01T00:00:00Z"}`)

	return []slot{
		{"segel-envelope+jwe", true, secret, ahu, func(token []byte) error { return opens(framed(token)) }},
		{"segel-manifest+jwt", false, manifest, sipol, func(token []byte) error {
			return opens(encrypted(append(append(bytes.Clone(token), '~'), secret[bytes.IndexByte(secret, '~')+1:]...)))
		}},
		{"segel-receipt+jwe", true, answer.Settlement.Receipt, sipol, reads},
		{"segel-receipt+jwt", false, claims, ahu, func(token []byte) error {
			sealed, err := envelope.EncryptToken(envelope.TypeSealedReceipt, token, sipol.Encryption.Public())
			if err != nil {
				s.Fatal(err)
			}
			return reads(sealed)
		}},
		{"segel-question+jwt", false, inquiryOf(s, sealed, now), sipol, func(token []byte) error {
			if a := s.r.SettleOrCancel(s.Context(), token); a.Key.ID == "" {
				return a.Err()
			}
			return nil
		}},
		{"segel-directory+jwt", false, directory, envelopetest.Anchor(), func(token []byte) error {
			_, err := trust.Open([]byte("segel-directory/1\n"+string(token)+"\n"), exchangetest.Anchors(), now)
			return err
		}},
		{"segel-agreement+jwt", false, terms, sipol, func(token []byte) error {
			_, err := agreement.Parse([]byte("segel-agreement/1\n" + string(token) + "\n"))
			return err
		}},
		{"segel-possession+jwt", false, possession, ahu, func(token []byte) error {
			set := set
			set.Possession = string(token)
			file, err := json.Marshal(set)
			if err != nil {
				s.Fatal(err)
			}
			_, err = trust.ParsePublicSet(file)
			return err
		}},
	}
}

// framing is what stands before the token of a file with one.
const framing = len("segel/1\n") + 2 + 4

func framed(token []byte) []byte {
	out := append([]byte("segel/1\n"), 0, 1)
	return append(binary.BigEndian.AppendUint32(out, uint32(len(token))), token...)
}

// TestEveryTypeInEverySlot puts a token of each type into each place: with that
// place's own content, by those who may sign or encrypt it, so that the type is
// all that is wrong; and every honest token into every place of another.
func TestEveryTypeInEverySlot(t *testing.T) {
	s := newScene(t)
	slots := s.slots()
	tried := 0
	for _, place := range slots {
		for _, typ := range types {
			err := place.accepts(place.make(t, typ))
			want := envelope.ReasonMalformed
			if typ == place.typ {
				want = ""
			}
			if tried++; envelope.ReasonOf(err) != want {
				t.Errorf("%s as %s: %v, want %q", typ, place.typ, err, want)
			}
		}
		for _, other := range slots {
			if tried++; other.typ == place.typ {
				continue
			}
			if err := place.accepts(other.make(t, other.typ)); envelope.ReasonOf(err) != envelope.ReasonMalformed {
				t.Errorf("an honest %s in the place of %s: %v", other.typ, place.typ, err)
			}
		}
	}
	t.Logf("%d types in %d places: %d tokens", len(types), len(slots), tried)
}

// TestOneEnvelopeInManyTokens: the same manifest in other bytes is the same
// envelope. Identity and digest are equal, and what was settled stays settled.
func TestOneEnvelopeInManyTokens(t *testing.T) {
	both := func(d *envelope.Draft) { d.Recipients = append(d.Recipients, pengawasan.Recipient()) }
	variants := map[string]func(t *testing.T, sealed *envelope.Sealed) []byte{
		"the same bytes": func(t *testing.T, sealed *envelope.Sealed) []byte { return sealed.File() },
		"the token alone": func(t *testing.T, sealed *envelope.Sealed) []byte {
			file, err := sealed.Delivery(ahu.Party)
			if err != nil {
				t.Fatal(err)
			}
			return file
		},
		"encrypted again by a co-recipient": func(t *testing.T, sealed *envelope.Sealed) []byte {
			file, err := sealed.Delivery(pengawasan.Party)
			if err != nil {
				t.Fatal(err)
			}
			return rewrap(t, file, pengawasan, ahu, nil)
		},
		"the signature (r, n-s), by a co-recipient": func(t *testing.T, sealed *envelope.Sealed) []byte {
			file, err := sealed.Delivery(pengawasan.Party)
			if err != nil {
				t.Fatal(err)
			}
			return rewrap(t, file, pengawasan, ahu, negateS)
		},
	}
	for name, variant := range variants {
		t.Run(name+", after the honest one", func(t *testing.T) {
			s := newScene(t)
			sealed := s.craft(sipol.Signing, both)
			first := s.send(sealed)
			s.accepted(first)
			again := s.receive(variant(t, sealed))
			if again.Reason != envelope.ReasonReplayed || !again.Repeat() || again.Key != first.Key || again.Digest != first.Digest {
				t.Errorf("%q, %v %s", again.Reason, again.Key, again.Digest)
			}
			if !bytes.Equal(again.Settlement.Receipt, first.Settlement.Receipt) {
				t.Error("another receipt")
			}
			s.called(1)
		})
		t.Run(name+", before the honest one", func(t *testing.T) {
			s := newScene(t)
			sealed := s.craft(sipol.Signing, both)
			first := s.receive(variant(t, sealed))
			s.accepted(first) // it says what the sender said, to whom the sender said it
			again := s.send(sealed)
			if !again.Repeat() || again.Key != first.Key || again.Digest != sealed.Digest() {
				t.Errorf("%q, %v %s", again.Reason, again.Key, again.Digest)
			}
			s.called(1)
		})
	}
}

// negateS replaces the signature (r, s) of the manifest in a token's plaintext by
// (r, n-s).
func negateS(secret []byte) []byte {
	end := bytes.IndexByte(secret, '~')
	dot := bytes.LastIndexByte(secret[:end], '.')
	sig, err := base64.RawURLEncoding.DecodeString(string(secret[dot+1 : end]))
	if err != nil {
		panic(err)
	}
	n, _ := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	n.Sub(n, new(big.Int).SetBytes(sig[32:])).FillBytes(sig[32:])
	out := append(bytes.Clone(secret[:dot+1]), base64.RawURLEncoding.EncodeToString(sig)...)
	return append(out, secret[end:]...)
}

// TestTwoContentsUnderOneIdentity: a sender that signs two things under one id is
// found out whichever comes first, on record, and the first stays as it is.
func TestTwoContentsUnderOneIdentity(t *testing.T) {
	s := newScene(t)
	first := s.sealed()
	id := first.Manifest().ID
	for name, second := range map[string]*envelope.Sealed{
		"other records": s.craftWith(sipol.Signing, []byte("{}\n"), func(d *envelope.Draft) { d.ID = id }),
		"other times":   s.craft(sipol.Signing, func(d *envelope.Draft) { d.ID, d.ValidFor = id, 2*time.Hour }),
		"to others":     s.craft(sipol.Signing, func(d *envelope.Draft) { d.ID, d.Recipients = id, append(d.Recipients, pengawasan.Recipient()) }),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			settled := s.send(first)
			s.accepted(settled)
			a := s.send(second)
			if a.Reason != envelope.ReasonConflict || a.Settlement != nil {
				t.Fatalf("%q, settled: %v", a.Reason, a.Settlement != nil)
			}
			alarms := 0
			for _, e := range s.Journal(ahu).Entries() {
				if e.Event == exchange.EventConflict && e.ID == id && e.Digest == second.Digest() {
					alarms++
				}
			}
			if alarms != 1 {
				t.Errorf("%d alarms in the journal", alarms)
			}
			if c := s.receipt(a, second).Claims(); c.Final || c.Reason != envelope.ReasonConflict || c.Manifest != second.Digest() {
				t.Errorf("the receipt says %q, final: %v", c.Reason, c.Final)
			}
			if again := s.send(first); !again.Repeat() || !bytes.Equal(again.Settlement.Receipt, settled.Settlement.Receipt) {
				t.Error("the conflict changed the first answer")
			}
			s.called(1)
		})
	}
}
