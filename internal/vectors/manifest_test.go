package vectors

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
)

type signing = func(f forge, header, payload string, k *key) []string

// headed signs honestly, under a header that was changed.
func headed(change func(string) string) signing {
	return func(f forge, header, payload string, k *key) []string {
		changed := change(header)
		if changed == header {
			f.Fatalf("%s: the change of the header changes nothing", f.seed)
		}
		return f.jws(changed, []byte(payload), k)
	}
}

// signedAs changes what was honestly signed.
func signedAs(change func([]string) []string) signing {
	return func(f forge, header, payload string, k *key) []string {
		return change(f.jws(header, []byte(payload), k))
	}
}

// signatures are faults of the manifest's JWS.
func (m *maker) signatures() {
	sender := m.keys["kominfo-jaringan"].sign
	const bad = envelope.ReasonMalformed
	rows := []sealed{
		{name: "jws-kid-absent", comment: "no kid", jws: headed(swap(`,"kid":"`+sender.Kid+`"`, "")), expect: bad},
		{name: "jws-typ-absent", comment: "no typ", jws: headed(swap(`,"typ":"segel-manifest+jwt"`, "")), expect: bad},
		{name: "jws-typ-jwt", comment: "typ is JWT", jws: headed(swap("segel-manifest+jwt", "JWT")), expect: bad},
		{name: "jws-alg-none", comment: "alg is none, and no signature", jws: func(f forge, header, payload string, k *key) []string {
			return []string{b64([]byte(strings.Replace(header, "ES256", "none", 1))), b64([]byte(payload)), ""}
		}, expect: bad},
		{name: "jws-alg-none-signed", comment: "alg is none, with a signature", jws: headed(swap("ES256", "none")), expect: bad},
		{name: "jws-alg-hs256", comment: "alg is HS256, keyed with the sender's public key", jws: func(f forge, header, payload string, k *key) []string {
			p := f.jws(swap("ES256", "HS256")(header), []byte(payload), k)
			h := hmac.New(sha256.New, k.public())
			h.Write([]byte(p[0] + "." + p[1]))
			p[2] = b64(h.Sum(nil))
			return p
		}, expect: bad},
		{name: "jws-alg-rs256", comment: "alg is RS256", signer: "kominfo-jaringan-ps256", jws: headed(swap("PS256", "RS256")), expect: bad},
		{name: "jws-alg-es384", comment: "alg is ES384", jws: headed(swap("ES256", "ES384")), expect: bad},
		{name: "jws-alg-ed25519", comment: "alg is Ed25519, the newer name of EdDSA", signer: "kominfo-jaringan-eddsa", jws: headed(swap("EdDSA", "Ed25519")), expect: bad},
		{name: "jws-alg-of-another-key", comment: "alg says EdDSA, kid names a key for ES256", jws: headed(swap("ES256", "EdDSA")), expect: envelope.ReasonBadSignature},
		{name: "jws-crit", comment: "crit names a member that nobody knows", jws: headed(member(`"crit":["x"],"x":1`)), expect: bad},
		{name: "jws-crit-empty", comment: "crit is empty", jws: headed(member(`"crit":[]`)), expect: bad},
		{name: "jws-b64-false", comment: "b64 is false without crit", jws: headed(member(`"b64":false`)), expect: bad},
		{name: "jws-b64-text", comment: "b64 is the text true, which a library takes for false", jws: headed(member(`"b64":"true"`)), expect: bad},
		{name: "jws-jwk", comment: "jwk, a key that the manifest brings along and is signed with", signer: "uji-asing", jws: headed(member(`"jwk":` + string(m.keys["uji-asing"].sign.public()))), expect: bad},
		{name: "jws-jku", comment: "jku", jws: headed(member(`"jku":"http://127.0.0.1:1/keys"`)), expect: bad},
		{name: "jws-x5c", comment: "x5c", jws: headed(member(`"x5c":["MIIB"]`)), expect: bad},
		{name: "jws-cty", comment: "cty", jws: headed(member(`"cty":"JWT"`)), expect: bad},
		{name: "jws-member-twice", comment: "a member of the header twice", jws: headed(member(`"alg":"ES256"`)), expect: bad},
		{name: "jws-member-injected", comment: "a member that was written through a name (GHSA-4cf7-xm37-g63h)", jws: headed(member(`"x":0,"admin":true`)), expect: bad},
		{name: "jws-header-blank", comment: "a blank in the header", jws: headed(swap(`,"kid"`, `, "kid"`)), expect: bad},
		{name: "jws-2-segments", comment: "two segments", jws: signedAs(func(p []string) []string { return p[:2] }), expect: bad},
		{name: "jws-json", comment: "the flattened JSON serialisation", jws: signedAs(func(p []string) []string {
			return []string{`{"protected":"` + p[0] + `","payload":"` + p[1] + `","signature":"` + p[2] + `"}`}
		}), expect: bad},
		{name: "jws-unused-bits", comment: "unused bits of the signature's base64url that are not zero", jws: signedAs(part(2, func(s string) string { return s[:len(s)-1] + string(s[len(s)-1]+1) })), expect: bad},
		{name: "jws-signature-empty", comment: "no signature", jws: signedAs(part(2, func(string) string { return "" })), expect: bad},
		{name: "jws-signature-63", comment: "a signature of 63 bytes", jws: signedAs(part(2, func(s string) string { return b64(unb64(s)[:63]) })), expect: bad},
		{name: "jws-signature-der", comment: "the signature in DER", jws: signedAs(part(2, func(s string) string {
			b := unb64(s)
			der, _ := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(b[:32]), new(big.Int).SetBytes(b[32:])})
			return b64(der)
		})), expect: bad},
		{name: "jws-signature-zero", comment: "the signature is (0, 0)", jws: signedAs(part(2, func(string) string { return b64(make([]byte, 64)) })), expect: envelope.ReasonBadSignature},
		{name: "jws-signature-n", comment: "the signature is (n, n)", jws: signedAs(part(2, func(string) string { return b64(append(order.Bytes(), order.Bytes()...)) })), expect: envelope.ReasonBadSignature},
		{name: "jws-signature-flipped", comment: "a bit of the signature changed", jws: signedAs(part(2, func(s string) string { return flipped(s, 40) })), expect: envelope.ReasonBadSignature},
		{name: "jws-payload-changed", comment: "a blank of the signed text changed into a line feed", jws: signedAs(part(1, func(s string) string {
			b := unb64(s)
			b[len(b)-1] = '\n'
			return b64(b)
		})), expect: envelope.ReasonBadSignature},
		{name: "jws-signature-of-another", comment: "the signature of another manifest of this sender", jws: func(f forge, header, payload string, k *key) []string {
			p := f.jws(header, []byte(payload), k)
			p[2] = f.jws(header, []byte(payload+" "), k)[2]
			return p
		}, expect: envelope.ReasonBadSignature},
		{name: "jws-ps256-salt-20", comment: "PS256 with a salt of 20 bytes (RFC 7518 section 3.5: 32)", signer: "kominfo-jaringan-ps256", jws: func(f forge, header, payload string, k *key) []string {
			p := f.jws(header, []byte(payload), k)
			digest := sha256.Sum256([]byte(p[0] + "." + p[1]))
			p[2] = b64(k.rsa(pss(digest[:], f.random("salt", 20), len(unb64(k.N)))))
			return p
		}, expect: envelope.ReasonBadSignature},
		{name: "jws-64-kib", comment: "a manifest of more than 64 KiB", text: func(s string) string { return s + strings.Repeat(" ", 64<<10) }, expect: envelope.ReasonTooLarge},
		{name: "who-stranger", comment: "signed by a key that the directory does not know", signer: "uji-asing", expect: envelope.ReasonUnknownKey},
		{name: "who-stranger-under-the-senders-kid", comment: "signed by a stranger, under the kid of the sender's key", signer: "uji-asing", jws: headed(swap(m.keys["uji-asing"].sign.Kid, sender.Kid)), expect: envelope.ReasonBadSignature},
		{name: "who-another-party", comment: "signed by another party's key, in the sender's name", signer: "bawaslu-pengawasan", expect: envelope.ReasonKeyNotValid},
		{name: "who-encryption-key", comment: "signed by the sender's encryption key", jws: func(f forge, header, payload string, k *key) []string {
			e := *m.keys["kominfo-jaringan"].encrypt
			e.Alg = "ES256"
			return f.jws(jwsHeader("segel-manifest+jwt", &e), []byte(payload), &e)
		}, expect: envelope.ReasonKeyNotValid},
		{name: "who-unknown-party", comment: "a sender that the directory does not list, signed by a stranger", signer: "uji-asing", manifest: func(e *envelope.Manifest) { e.Sender = "uji/asing" }, expect: envelope.ReasonUnknownKey},
		{name: "who-before-its-key", comment: "signed a second before the key was given to the sender", manifest: func(e *envelope.Manifest) {
			e.IssuedAt = from.Unix() - 1
		}, expect: envelope.ReasonKeyNotValid},
		{name: "who-retired", comment: "signed after the key had ended", directory: "retired", expect: envelope.ReasonKeyNotValid},
		{name: "who-no-longer-accepted", comment: "signed in time, by a key whose signatures are no longer accepted", directory: "ended", expect: envelope.ReasonKeyNotValid},
		{name: "who-compromised", comment: "signed, by its own account, before the key was stolen, and opened after that", directory: "compromised", expect: envelope.ReasonKeyNotValid},
	}
	for _, typ := range []string{"segel-envelope+jwe", "segel-receipt+jwt", "segel-receipt+jwe", "segel-question+jwt", "segel-directory+jwt", "segel-agreement+jwt", "segel-anchors+jwt", "segel-possession+jwt"} {
		rows = append(rows, sealed{name: "jws-typ-" + strings.ReplaceAll(strings.TrimPrefix(typ, "segel-"), "+", "-"), comment: "typ is " + typ + ": a statement of another type in the manifest's place",
			jws: headed(swap("segel-manifest+jwt", typ)), expect: bad})
	}
	for _, s := range rows {
		m.envelope(s)
	}
}

// claims are faults of the manifest's text, signed by the sender.
func (m *maker) claims() {
	digest := b64(make([]byte, 32))
	long := strings.Repeat("x", 201)
	for _, s := range []struct {
		name, comment, old, with string
	}{
		{"no-v", "no v", `"v":1,`, ``},
		{"no-exp", "no exp", `"exp":`, `"Exp":`},
		{"v-0", "v is 0", `"v":1`, `"v":0`},
		{"v-text", "v is a text", `"v":1`, `"v":"1"`},
		{"v-fraction", "v is written 1.0", `"v":1`, `"v":1.0`},
		{"v-exponent", "v is written 1e0", `"v":1`, `"v":1e0`},
		{"minus-zero", "a number is written -0", `"n":1`, `"n":-0`},
		{"too-large-integer", "a number beyond 2^53-1", `"bytes":51`, `"bytes":9007199254740993`},
		{"negative-time", "iat is before 1970", `"iat":1`, `"iat":-1`},
		{"null", "a member is null", `"v":1`, `"v":1,"seq":null`},
		{"unknown-member", "a member that version 1 does not have", `"v":1`, `"v":1,"admin":true`},
		{"member-twice", "a member twice, with one value", `"v":1`, `"v":1,"v":1`},
		{"member-twice-deep", "a member of dataset twice", `"version":"1.0.0"`, `"version":"1.0.0","version":"1.0.0"`},
		{"member-capitals", "a member in another case", `"purpose"`, `"Purpose"`},
		{"member-escaped", "a member twice, once with an escape in its name", `"v":1`, `"v":1,"\u0076":1`},
		{"behind", "something behind the object", `"mac":`, `"mac":`},
		{"byte-order-mark", "a byte order mark before the object", `{"v"`, "\xef\xbb\xbf" + `{"v"`},
		{"not-utf-8", "a text that is not UTF-8", `"iss":"k`, "\"iss\":\"\xff"},
		{"lone-surrogate", "half of a surrogate pair", `"iss":"k`, `"iss":"\ud800`},
		{"lone-surrogate-in-a-note", "half of a surrogate pair in a text for people", `"v":1`, `"v":1,"supersedes":` + supersedes("01", "01", 1, `a\ud800b`)},
		{"deep", "17 levels of arrays", `"v":1`, `"v":1,"x":` + strings.Repeat("[", 17) + strings.Repeat("]", 17)},
		{"jti-capitals", "jti in capitals", `"jti":"018`, `"jti":"018D`},
		{"iss-no-system", "iss without a system", `"iss":"kominfo/jaringan"`, `"iss":"kominfo"`},
		{"iss-line-feed", "iss with a line feed", `"iss":"kominfo/jaringan"`, `"iss":"kominfo/jaringan\n"`},
		{"aud-text", "aud is a text, not an array", `["kpu/sirekap"]`, `"kpu/sirekap"`},
		{"aud-empty", "aud is empty", `["kpu/sirekap"]`, `[]`},
		{"aud-twice", "a recipient twice", `["kpu/sirekap"]`, `["kpu/sirekap","kpu/sirekap"]`},
		{"aud-more-than-rcpt", "more recipients than keys", `["kpu/sirekap"]`, `["kpu/sirekap","bawaslu/pengawasan"]`},
		{"dataset-version", "a version with a leading zero", `"1.0.0"`, `"1.00.0"`},
		{"dataset-id", "a dataset in capitals", `"` + dataset + `"`, `"` + strings.ToUpper(dataset) + `"`},
		{"dataset-no-digest", "a dataset without digest", `"digest":"` + m.definition + `"`, `"digest":""`},
		{"purpose-absent", "no purpose", `"purpose":"` + code + `",`, ``},
		{"purpose-empty", "an empty purpose", `"purpose":"` + code + `"`, `"purpose":""`},
		{"purpose-twice", "two purposes", `"purpose":"` + code + `"`, `"purpose":"` + code + `","purpose":"REKAP-KIRIM"`},
		{"purpose-array", "an array of purposes", `"purpose":"` + code + `"`, `"purpose":["` + code + `"]`},
		{"purpose-lower-case", "a purpose in lower case", `"purpose":"` + code + `"`, `"purpose":"tps-jaringan"`},
		{"purpose-any", "* for a purpose", `"purpose":"` + code + `"`, `"purpose":"*"`},
		{"agreement-id", "an agreement's id with a blank", `"PKS-UJI"`, `"PKS UJI"`},
		{"agreement-absent", "no agreement", `"agreement":`, `"Agreement":`},
		{"commit-short", "commit has 31 bytes", `"commit":"`, `"commit":"` + b64(make([]byte, 31)) + `","x":"`},
		{"content-form", "a form that there is not", `"form":"inline"`, `"form":"Inline"`},
		{"content-media", "a media type with a parameter", `"application/x-ndjson"`, `"application/x-ndjson; charset=utf-8"`},
		{"content-no-records", "inline content without records", `"records":1,`, ``},
		{"content-chunk", "inline content with a member of a body", `"form":"inline"`, `"form":"inline","chunk":65536`},
		{"content-negative", "a negative number of records", `"records":1`, `"records":-1`},
		{"content-4-mib", "inline content of more than 4 MiB", `"bytes":51`, `"bytes":4194305`},
		{"seq-empty", "seq without members", `"v":1`, `"v":1,"seq":{}`},
		{"seq-0", "the number 0", `"v":1`, `"v":1,"seq":{"epoch":"AAAAAAAAAAAAAAAAAAAAAA","n":0}`},
		{"seq-void-own", "its own number is void", `"v":1`, `"v":1,"seq":{"epoch":"AAAAAAAAAAAAAAAAAAAAAA","n":2,"void":[2]}`},
		{"seq-void-twice", "a void number twice", `"v":1`, `"v":1,"seq":{"epoch":"AAAAAAAAAAAAAAAAAAAAAA","n":3,"void":[2,2]}`},
		{"seq-void-empty", "void is there and empty", `"v":1`, `"v":1,"seq":{"epoch":"AAAAAAAAAAAAAAAAAAAAAA","n":3,"void":[]}`},
		{"seq-epoch", "an epoch of 15 bytes", `"v":1`, `"v":1,"seq":{"epoch":"AAAAAAAAAAAAAAAAAAAA","n":1}`},
		{"supersedes-revision-0", "revision 0 supersedes nothing", `"v":1`, `"v":1,"supersedes":` + supersedes("01", "01", 0, "salah")},
		{"supersedes-not-first", "revision 1 names another first", `"v":1`, `"v":1,"supersedes":` + supersedes("01", "02", 1, "salah")},
		{"supersedes-first-again", "revision 2 supersedes the first", `"v":1`, `"v":1,"supersedes":` + supersedes("01", "01", 2, "salah")},
		{"supersedes-reason-long", "a reason of 201 characters", `"v":1`, `"v":1,"supersedes":` + supersedes("01", "01", 1, long)},
		{"supersedes-reason-lines", "a reason of two lines", `"v":1`, `"v":1,"supersedes":` + supersedes("01", "01", 1, `a\nb`)},
		{"supersedes-reason-direction", "a reason that turns the direction of the text", `"v":1`, `"v":1,"supersedes":` + supersedes("01", "01", 1, `a\u202eb`)},
		{"asof-empty", "an empty legal date", `"v":1`, `"v":1,"asOf":""`},
		{"asof-30-february", "a legal date that is no day", `"v":1`, `"v":1,"asOf":"2024-02-30"`},
		{"obligations-empty", "obligations without members", `"v":1`, `"v":1,"obligations":{}`},
		{"obligations-onward-twice", "a party twice in onward", `"v":1`, `"v":1,"obligations":{"onward":["dkpp/etik","dkpp/etik"]}`},
		{"commitments-empty", "commitments without members", `"v":1`, `"v":1,"commitments":{}`},
		{"commitments-pointer", "a commitment whose pointer has no slash", `"v":1`, `"v":1,"commitments":{"kode_tps":"` + digest + `"}`},
		{"commitments-control", "a commitment whose pointer has a line feed", `"v":1`, `"v":1,"commitments":{"/a\nb":"` + digest + `"}`},
	} {
		row := sealed{name: "manifest-" + s.name, comment: s.comment, text: swap(s.old, s.with), expect: envelope.ReasonMalformed}
		switch s.name {
		case "behind":
			row.text = func(t string) string { return t + "{}" }
		case "minus-zero":
			row.text = swap(`"records":1`, `"records":-0`)
		case "jti-capitals":
			row.manifest, row.text = func(e *envelope.Manifest) { e.ID = strings.ToUpper(e.ID) }, nil
		}
		m.envelope(row)
	}
	for _, s := range []sealed{
		{name: "later-version", comment: "v is 2", text: swap(`"v":1`, `"v":2`), expect: envelope.ReasonNewerVersion},
		{name: "later-version-member", comment: "v is 2, with a member that version 1 does not have", text: swap(`"v":1`, `"v":2,"admin":true`), expect: envelope.ReasonNewerVersion},
		{name: "later-version-forged", comment: "v is 2 and the signature is wrong: a version is answered before it, as nothing else could be", text: swap(`"v":1`, `"v":2`), jws: signedAs(part(2, func(s string) string { return flipped(s, 0) })), expect: envelope.ReasonNewerVersion},
		{name: "jti-v4", comment: "jti is a UUID of version 4", manifest: func(e *envelope.Manifest) { e.ID = e.ID[:14] + "4" + e.ID[15:] }, expect: envelope.ReasonMalformed},
		{name: "nbf-before-iat", comment: "nbf is before iat", manifest: func(e *envelope.Manifest) { e.NotBefore = e.IssuedAt - 1 }, expect: envelope.ReasonMalformed},
		{name: "exp-at-nbf", comment: "exp is nbf", manifest: func(e *envelope.Manifest) { e.Expires = e.NotBefore }, expect: envelope.ReasonMalformed},
		{name: "year-10000", comment: "exp is in the year 10000", manifest: func(e *envelope.Manifest) { e.Expires = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).Unix() }, expect: envelope.ReasonMalformed},
		{name: "65-recipients", comment: "one recipient more than there can be", manifest: func(e *envelope.Manifest) {
			for i := len(e.Recipients); i < 65; i++ {
				e.Recipients = append(e.Recipients, envelope.Party("uji/penerima-"+string(rune('a'+i/26))+string(rune('a'+i%26))))
				e.Keys = append(e.Keys, b64(forge{m, "65"}.random(string(rune('A'+i)), 32)))
			}
		}, expect: envelope.ReasonMalformed},
		{name: "65-commitments", comment: "one commitment more than there can be", manifest: func(e *envelope.Manifest) {
			e.Commitments = map[string]string{}
			for i := range 65 {
				e.Commitments["/"+strings.Repeat("a", i+1)] = digest
			}
		}, expect: envelope.ReasonMalformed},
		{name: "aud-twice-with-two-keys", comment: "a recipient twice, with two keys", manifest: func(e *envelope.Manifest) {
			e.Recipients, e.Keys = append(e.Recipients, e.Recipients[0]), append(e.Keys, m.keys["kpu-sirekap-rsa"].encrypt.Kid)
		}, expect: envelope.ReasonMalformed},
		{name: "rcpt-twice", comment: "a key twice", manifest: func(e *envelope.Manifest) {
			e.Recipients, e.Keys = append(e.Recipients, "bawaslu/pengawasan"), append(e.Keys, e.Keys[0])
		}, expect: envelope.ReasonMalformed},
		{name: "supersedes-itself", comment: "it supersedes itself", manifest: func(e *envelope.Manifest) {
			e.Supersedes = &envelope.Supersession{ID: e.ID, First: e.ID, Digest: digest, Revision: 1, Reason: "salah"}
		}, expect: envelope.ReasonMalformed},
		{name: "answers-itself", comment: "it answers itself", manifest: func(e *envelope.Manifest) { e.InReplyTo = &envelope.Reference{ID: e.ID, Digest: digest} }, expect: envelope.ReasonMalformed},
		{name: "body-chunk", comment: "the form body with a chunk of less than 64 KiB", manifest: func(e *envelope.Manifest) {
			e.Content = envelope.Content{Form: "body", Media: envelope.MediaRecords, Chunk: 32 << 10, Codec: "none", Key: oneTime}
		}, expect: envelope.ReasonMalformed},
		{name: "body-codec", comment: "the form body with a codec that there is not", manifest: func(e *envelope.Manifest) {
			e.Content = envelope.Content{Form: "body", Media: envelope.MediaRecords, Chunk: 512 << 10, Codec: "gzip", Key: oneTime}
		}, expect: envelope.ReasonMalformed},
		{name: "body-chunk-8-mib", comment: "the form body with a chunk of more than 4 MiB", manifest: func(e *envelope.Manifest) {
			e.Content = envelope.Content{Form: "body", Media: envelope.MediaRecords, Chunk: 8 << 20, Codec: "none", Key: oneTime}
		}, expect: envelope.ReasonMalformed},
		{name: "body-chunk-odd", comment: "the form body with a chunk that is no power of two", manifest: func(e *envelope.Manifest) {
			e.Content = envelope.Content{Form: "body", Media: envelope.MediaRecords, Chunk: 100000, Codec: "none", Key: oneTime}
		}, expect: envelope.ReasonMalformed},
		{name: "body-key-small-order", comment: "the form body with a one-time key of small order, for which anybody can sign", manifest: func(e *envelope.Manifest) {
			e.Content = envelope.Content{Form: "body", Media: envelope.MediaRecords, Chunk: 512 << 10, Codec: "none", Key: b64(make([]byte, 32))}
		}, expect: envelope.ReasonMalformed},
		{name: "body-key-31", comment: "the form body with a one-time key of 31 bytes", manifest: func(e *envelope.Manifest) {
			e.Content = envelope.Content{Form: "body", Media: envelope.MediaRecords, Chunk: 512 << 10, Codec: "none", Key: b64(unb64(oneTime)[:31])}
		}, expect: envelope.ReasonMalformed},
		{name: "body-bytes", comment: "the form body with a member of inline content", text: swap(`"form":"inline"`, `"form":"body","chunk":65536,"codec":"none","key":"`+oneTime+`"`), expect: envelope.ReasonMalformed},
	} {
		s.name = "manifest-" + s.name
		m.envelope(s)
	}
}

// oneTime is a sound Ed25519 key: that of RFC 8037 appendix A.2.
const oneTime = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

// supersedes is a supersession of made-up envelopes.
func supersedes(id, first string, revision int, reason string) string {
	const uuid = "018dab00-0000-7000-8000-0000000000"
	return `{"jti":"` + uuid + id + `","digest":"` + b64(make([]byte, 32)) + `","first":"` + uuid + first + `","revision":` + string(rune('0'+revision)) + `,"reason":"` + reason + `"}`
}
