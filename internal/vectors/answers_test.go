package vectors

import (
	"fmt"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
)

// The envelope that receipts and questions are about.
const (
	askedID   = "018dab00-0000-7000-8000-0000000000aa"
	recipient = "kpu/sirekap"
	sender    = "kominfo/jaringan"
)

var askedDigest = b64(fill(32, 0xaa))

// A statement is one vector of a receipt or a question.
type statement struct {
	name, comment string
	expect        envelope.Reason
	text          func(string) string // changes the claims
	signer, typ   string
	jws           signing
	to            string // at a receipt: for whose key
	how           sealing
	token         func([]string) []string
	bytes         func(string) string // changes the whole
	directory     string
	seen          []string
	at            time.Time
}

func (s statement) sign(f forge, m *maker, typ, signer, claims string) string {
	if s.text != nil {
		changed := s.text(claims)
		if changed == claims {
			m.Fatalf("%s: the change of the text changes nothing", s.name)
		}
		claims = changed
	}
	k := m.keys[orText(s.signer, signer)].sign
	header := jwsHeader(orText(s.typ, typ), k)
	if s.jws != nil {
		return strings.Join(s.jws(f, header, claims, k), ".")
	}
	return strings.Join(f.jws(header, []byte(claims), k), ".")
}

func (s statement) vector(kind string, data string) *envelopetest.Vector {
	v := &envelopetest.Vector{
		Name: kind + "/" + s.name, Comment: s.comment, Kind: kind, Expect: s.expect, Layer: "receiver", At: now,
		Directory: orText(s.directory, "current"), Seen: s.seen, Data: []byte(data),
	}
	if !s.at.IsZero() {
		v.At = s.at
	}
	if s.bytes != nil {
		v.Data = []byte(s.bytes(data))
	}
	return v
}

// receiptClaims are those of an honest receipt.
func receiptClaims() string {
	return fmt.Sprintf(`{"v":1,"jti":%q,"iss":%q,"aud":%q,"iat":%d,"manifest":%q,"outcome":"accepted","final":true,"findings":{"records":1,"errors":0,"findings":0,"recordsWithFindings":0}}`,
		askedID, recipient, sender, now.Unix(), askedDigest)
}

// receipts are what a sender reads.
func (m *maker) receipts() {
	const bad, other = envelope.ReasonMalformed, envelope.ReasonBadContent
	refused := func(reason string, final bool) func(string) string {
		return swap(`"outcome":"accepted","final":true`, fmt.Sprintf(`"outcome":"refused","final":%v,"reason":%q`, final, reason))
	}
	for _, s := range []statement{
		{name: "accepted", comment: "an honest receipt"},
		{name: "refused", comment: "a final refusal", text: refused("structure", true)},
		{name: "refused-not-final", comment: "a refusal that settles nothing", text: refused("expired", false)},
		{name: "rejected-with-code", comment: "refused by the application, with its own code", text: swap(`"outcome":"accepted","final":true`, `"outcome":"refused","final":true,"reason":"rejected","code":"unknown_party"`)},
		{name: "cancelled", comment: "a cancellation", text: swap(`"outcome":"accepted","final":true`, `"outcome":"cancelled","final":true,"reason":"cancelled"`)},
		{name: "missing", comment: "numbers of the channel that have not come", text: swap(`"final":true`, `"final":true,"missing":[{"from":1,"to":3},{"from":5,"to":5}]`)},
		{name: "filled", comment: "the text filled up to 1024 bytes", text: func(s string) string { return s + strings.Repeat(" ", 1024-len(s)) }},
		{name: "ten-minutes-ahead", comment: "signed 10 minutes after the reader's present", at: now.Add(-10 * time.Minute)},
		// By form.
		{name: "empty", comment: "no byte at all", bytes: func(string) string { return "" }, expect: bad},
		{name: "not-encrypted", comment: "the signed receipt without encryption", bytes: func(string) string {
			return statement{}.sign(m.forge("receipt/plain"), m, "segel-receipt+jwt", "kpu-sirekap", receiptClaims())
		}, expect: bad},
		{name: "line-feed", comment: "a line feed behind it", bytes: func(s string) string { return s + "\n" }, expect: bad},
		{name: "outer-typ-envelope", comment: "the JWE's typ is the envelope's", how: header(swap("segel-receipt+jwe", "segel-envelope+jwe")), expect: bad},
		{name: "outer-zip", comment: "zip in the JWE's header", how: header(member(`"zip":"DEF"`)), expect: bad},
		{name: "outer-key-empty", comment: "no encrypted key", token: part(1, func(string) string { return "" }), expect: bad},
		{name: "inner-typ-manifest", comment: "the JWS's typ is the manifest's", typ: "segel-manifest+jwt", expect: bad},
		{name: "inner-typ-question", comment: "the JWS's typ is the question's", typ: "segel-question+jwt", expect: bad},
		{name: "inner-crit", comment: "crit in the JWS's header", jws: headed(member(`"crit":["x"],"x":1`)), expect: bad},
		{name: "64-kib", comment: "a receipt of more than 64 KiB", text: func(s string) string { return s + strings.Repeat(" ", 64<<10) }, expect: envelope.ReasonTooLarge},
		{name: "version-2", comment: "v is 2", text: swap(`"v":1`, `"v":2`), expect: bad},
		{name: "unknown-member", comment: "a member that there is not", text: swap(`"v":1`, `"v":1,"x":1`), expect: bad},
		{name: "member-twice", comment: "the outcome twice", text: swap(`"outcome":"accepted"`, `"outcome":"refused","outcome":"accepted"`), expect: bad},
		{name: "null", comment: "a member is null", text: swap(`"v":1`, `"v":1,"code":null`), expect: bad},
		// By what contradicts itself.
		{name: "accepted-with-reason", comment: "accepted, with a reason", text: swap(`"final":true`, `"final":true,"reason":"structure"`), expect: bad},
		{name: "accepted-not-final", comment: "accepted, not final", text: swap(`"final":true`, `"final":false`), expect: bad},
		{name: "accepted-with-errors", comment: "accepted, with records in error", text: swap(`"errors":0`, `"errors":1`), expect: bad},
		{name: "refused-without-reason", comment: "refused, without a reason", text: swap(`"outcome":"accepted"`, `"outcome":"refused"`), expect: bad},
		{name: "refused-expired-final", comment: "a final refusal for a reason that settles nothing", text: refused("expired", true), expect: bad},
		{name: "refused-structure-not-final", comment: "a refusal that settles, not final", text: refused("structure", false), expect: bad},
		{name: "refused-damage", comment: "a refusal for a reason that is never signed", text: refused("cannot_open", false), expect: bad},
		{name: "refused-unknown-reason", comment: "a reason that there is not", text: refused("bosan", true), expect: bad},
		{name: "refused-replayed", comment: "a repeat is answered with the first receipt, never with this", text: refused("replayed", true), expect: bad},
		{name: "cancelled-other-reason", comment: "cancelled, for another reason", text: swap(`"outcome":"accepted","final":true`, `"outcome":"cancelled","final":true,"reason":"structure"`), expect: bad},
		{name: "unknown-outcome", comment: "an outcome that there is not", text: swap(`"accepted"`, `"maybe"`), expect: bad},
		{name: "code-with-digits", comment: "a code with digits, which could be somebody's number", text: swap(`"outcome":"accepted","final":true`, `"outcome":"refused","final":true,"reason":"rejected","code":"nik_3174"`), expect: bad},
		{name: "code-without-rejected", comment: "a code beside another reason", text: swap(`"outcome":"accepted","final":true`, `"outcome":"refused","final":true,"reason":"structure","code":"salah"`), expect: bad},
		{name: "missing-overlap", comment: "ranges that overlap", text: swap(`"final":true`, `"final":true,"missing":[{"from":1,"to":3},{"from":3,"to":5}]`), expect: bad},
		{name: "missing-65", comment: "65 ranges", text: func(s string) string {
			var r []string
			for i := range 65 {
				r = append(r, fmt.Sprintf(`{"from":%d,"to":%d}`, 2*i+1, 2*i+1))
			}
			return swap(`"final":true`, `"final":true,"missing":[`+strings.Join(r, ",")+`]`)(s)
		}, expect: bad},
		{name: "findings-more-than-records", comment: "more records with findings than records", text: swap(`"findings":0,"recordsWithFindings":0`, `"findings":2,"recordsWithFindings":2`), expect: bad},
		{name: "root", comment: "a content root, which inline content does not have", text: swap(`"outcome"`, `"root":"`+askedDigest+`","outcome"`), expect: bad},
		// By whose it is.
		{name: "not-for-me", comment: "encrypted for another sender", to: "bawaslu-pengawasan", expect: envelope.ReasonNotForMe},
		{name: "damaged", comment: "a bit of the tag changed", token: part(4, func(s string) string { return flipped(s, 0) }), expect: envelope.ReasonCannotOpen},
		{name: "forged", comment: "the outcome was changed after it was signed", text: refused("structure", true), jws: func(f forge, header, payload string, k *key) []string {
			p := f.jws(header, []byte(payload), k)
			p[1] = b64([]byte(receiptClaims()))
			return p
		}, expect: envelope.ReasonBadSignature},
		{name: "by-a-stranger", comment: "signed by a key that the directory does not know", signer: "uji-asing", expect: envelope.ReasonUnknownKey},
		{name: "by-another-party", comment: "signed by another party", signer: "bawaslu-pengawasan", expect: envelope.ReasonKeyNotValid},
		{name: "by-the-sender", comment: "signed by the sender itself", signer: "kominfo-jaringan", expect: envelope.ReasonKeyNotValid},
		{name: "of-another-envelope", comment: "for another id", text: swap("0000000000aa", "0000000000ab"), expect: other},
		{name: "of-another-content", comment: "for another content under the same id", text: swap(askedDigest, b64(fill(32, 0xab))), expect: other},
		{name: "for-another-sender", comment: "it names another sender", text: swap(`"aud":"`+sender, `"aud":"bawaslu/pengawasan`), expect: other},
		{name: "another-recipient", comment: "it names another recipient than signed it", text: swap(`"iss":"`+recipient, `"iss":"bawaslu/pengawasan`), expect: other},
		{name: "before-the-envelope", comment: "signed more than 10 minutes before the envelope", text: swap(fmt.Sprint(now.Unix()), fmt.Sprint(now.Unix()-3600-601)), expect: other},
		{name: "from-the-future", comment: "signed 10 minutes and 1 second after the reader's present", at: now.Add(-10*time.Minute - time.Second), expect: envelope.ReasonNotYetValid},
	} {
		f := m.forge("receipt/" + s.name)
		jws := s.sign(f, m, "segel-receipt+jwt", "kpu-sirekap", receiptClaims())
		token := f.jwe("segel-receipt+jwe", []byte(jws), m.keys[orText(s.to, "kominfo-jaringan")].encrypt, s.how)
		if s.token != nil {
			token = s.token(token)
		}
		v := s.vector("receipt", strings.Join(token, "."))
		v.As, v.Keys = sender, "kominfo-jaringan.jwks"
		v.Sent = fmt.Sprintf("%s %s %s %s %s", sender, askedID, askedDigest, recipient, at(now.Add(-time.Hour)))
		if v.Expect == "" {
			v.Result = "accepted"
			for _, outcome := range []string{"refused", "rejected", "cancelled"} {
				if strings.HasPrefix(s.name, outcome) {
					v.Result = strings.Replace(outcome, "rejected", "refused", 1)
				}
			}
		}
		m.add(v)
	}
}

// questions are what a receiver answers: settle or cancel.
func (m *maker) questions() {
	const bad = envelope.ReasonMalformed
	claims := fmt.Sprintf(`{"v":1,"jti":%q,"iss":%q,"aud":%q,"iat":%d,"manifest":%q}`, askedID, sender, recipient, now.Unix(), askedDigest)
	seen := func(state, digest string) []string {
		return []string{state + " " + sender + " " + askedID + " " + digest}
	}
	another := b64(fill(32, 7))
	for _, s := range []statement{
		{name: "never-came", comment: "the envelope never came: cancelled for good", expect: envelope.ReasonCancelled},
		{name: "admitted", comment: "the envelope came, and no attempt came to an end: cancelled", seen: seen("admitted", askedDigest), expect: envelope.ReasonCancelled},
		{name: "settled", comment: "the envelope was accepted: the first receipt", seen: seen("settled", askedDigest), expect: envelope.ReasonReplayed},
		{name: "cancelled-before", comment: "asked before: the first answer", seen: seen("cancelled", askedDigest), expect: envelope.ReasonCancelled},
		{name: "busy", comment: "a handler is at work on it", seen: seen("claimed", askedDigest), expect: envelope.ReasonBusy},
		{name: "conflict", comment: "another content under that identity came", seen: seen("settled", another), expect: envelope.ReasonConflict},
		{name: "empty", comment: "no byte at all", bytes: func(string) string { return "" }, expect: bad},
		{name: "typ-receipt", comment: "typ is the receipt's", typ: "segel-receipt+jwt", expect: bad},
		{name: "typ-manifest", comment: "typ is the manifest's", typ: "segel-manifest+jwt", expect: bad},
		{name: "crit", comment: "crit in the header", jws: headed(member(`"crit":["x"],"x":1`)), expect: bad},
		{name: "version-2", comment: "v is 2", text: swap(`"v":1`, `"v":2`), expect: bad},
		{name: "unknown-member", comment: "a member that there is not", text: swap(`"v":1`, `"v":1,"x":1`), expect: bad},
		{name: "member-twice", comment: "the id twice", text: swap(`"v":1`, `"v":1,"jti":"`+askedID+`"`), expect: bad},
		{name: "no-digest", comment: "no digest", text: swap(askedDigest, ""), expect: bad},
		{name: "id", comment: "an id that is no UUIDv7", text: swap(`-7000-`, `-4000-`), expect: bad},
		{name: "64-kib", comment: "a question of more than 64 KiB", text: func(s string) string { return s + strings.Repeat(" ", 64<<10) }, expect: envelope.ReasonTooLarge},
		{name: "by-a-stranger", comment: "signed by a key that the directory does not know", signer: "uji-asing", expect: envelope.ReasonUnknownKey},
		{name: "by-another-party", comment: "signed by another party in the sender's name", signer: "bawaslu-pengawasan", expect: envelope.ReasonKeyNotValid},
		{name: "forged", comment: "the id was changed after it was signed", jws: func(f forge, header, payload string, k *key) []string {
			p := f.jws(header, []byte(payload), k)
			p[1] = b64([]byte(swap("0000000000aa", "0000000000ab")(payload)))
			return p
		}, expect: envelope.ReasonBadSignature},
		{name: "for-another", comment: "a question to another recipient, passed on", text: swap(`"aud":"`+recipient, `"aud":"bawaslu/pengawasan`), expect: envelope.ReasonForwarded},
		{name: "to-come", comment: "asked 2 minutes and 1 second after the receiver's present", at: now.Add(-121 * time.Second), expect: envelope.ReasonNotYetValid},
		{name: "old", comment: "asked more than 30 days ago, when no envelope can be alive that it could be about", at: now.Add(30*24*time.Hour + time.Second), expect: envelope.ReasonExpired},
		{name: "compromised", comment: "signed with a key that was stolen since", directory: "compromised", expect: envelope.ReasonKeyNotValid},
	} {
		v := s.vector("question", s.sign(m.forge("question/"+s.name), m, "segel-question+jwt", "kominfo-jaringan", claims))
		v.As, v.Keys, v.Answer = recipient, "kpu-sirekap.jwks", answerTo(s.expect)
		switch s.expect {
		case envelope.ReasonCancelled:
			v.Answer = "receipt"
		case envelope.ReasonExpired:
			v.Answer = "try_later" // nobody is proven to have sent an envelope
		}
		m.add(v)
	}
}
