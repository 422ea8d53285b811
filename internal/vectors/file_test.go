package vectors

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
)

// swap returns a change of a text that puts one text in place of another, once.
func swap(old, with string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, with, 1) }
}

// member returns a change of a JSON object that puts members before the others.
func member(text string) func(string) string { return swap("{", "{"+text+",") }

// part returns a change of one segment of a token.
func part(i int, change func(string) string) func([]string) []string {
	return func(p []string) []string {
		p[i] = change(p[i])
		return p
	}
}

// raw makes the whole file anew.
func raw(text string) func(*built, []byte) []byte {
	return func(*built, []byte) []byte { return []byte(text) }
}

// edited returns a change of the file.
func edited(change func([]byte) []byte) func(*built, []byte) []byte {
	return func(_ *built, file []byte) []byte { return change(file) }
}

// honest are the envelopes that must be opened.
func (m *maker) honest() {
	text := func(s string) *string { return &s }
	for _, s := range []sealed{
		{name: "es256-p256", comment: "an honest envelope with the default algorithms"},
		{name: "eddsa", comment: "signed with EdDSA", signer: "kominfo-jaringan-eddsa"},
		{name: "ps256", comment: "signed with PS256", signer: "kominfo-jaringan-ps256"},
		{name: "x25519", comment: "for a key on X25519", to: []string{"kpu-sirekap-x25519"}, keys: "kpu-sirekap-x25519.jwks"},
		{name: "rsa-oaep", comment: "for an RSA-OAEP-256 key", to: []string{"kpu-sirekap-rsa"}, keys: "kpu-sirekap-rsa.jwks"},
		{name: "two-recipients", comment: "one envelope for two, with the token of the first", to: []string{"kpu-sirekap", "bawaslu-pengawasan"}},
		{name: "second-recipient", comment: "one envelope for two, with the token of the second", to: []string{"bawaslu-pengawasan", "kpu-sirekap"}, file: func(b *built, _ []byte) []byte {
			return fileOf(b.again("segel-envelope+jwe", m.keys["kpu-sirekap"].encrypt))
		}},
		{name: "two-tokens", comment: "a file with the tokens of both recipients; the opener's is the second", to: []string{"bawaslu-pengawasan", "kpu-sirekap"}, file: func(b *built, _ []byte) []byte {
			return fileOf(b.again("segel-envelope+jwe", m.keys["bawaslu-pengawasan"].encrypt), b.again("segel-envelope+jwe", m.keys["kpu-sirekap"].encrypt))
		}},
		{name: "own-token-twice", comment: "two tokens for the opener's key: the first is opened", file: func(b *built, _ []byte) []byte {
			one := b.again("segel-envelope+jwe", b.recipient)
			return fileOf(one, broken(one, 4))
		}},
		{name: "64-recipients", comment: "as many recipients as there can be", layer: "agreement", expect: envelope.ReasonNotGranted, manifest: func(e *envelope.Manifest) {
			for i := len(e.Recipients); i < 64; i++ {
				e.Recipients = append(e.Recipients, envelope.Party("uji/penerima-"+string(rune('a'+i/26))+string(rune('a'+i%26))))
				e.Keys = append(e.Keys, b64(forge{m, "64"}.random(string(rune('A'+i)), 32)))
			}
		}},
		{name: "no-records", comment: "content of no records", content: text("")},
		{name: "one-byte", comment: "a document of one byte, which Padme leaves as it is", content: text("x"), media: "text/plain", layer: "receiver", expect: envelope.ReasonStructure},
		{name: "padded", comment: "content of 1025 bytes, padded to 1088", content: text(strings.Replace(records, "null}", "null"+strings.Repeat(" ", 1025-len(records))+"}", 1))},
		{name: "blanks-in-a-record", comment: "records with blanks: the bytes come out as they are", content: text("{ \"kode_tps\" : \"3199011001001\",\t\"lat\":null,\"lon\":null }\r\n")},
		{name: "manifest-not-filled", comment: "the manifest's text is not filled up to 512 bytes", blanks: true},
		{name: "manifest-line-feeds", comment: "blanks of JSON stand around and within the manifest's text", text: func(s string) string { return "\n\t " + strings.ReplaceAll(s, `,"`, ",\r\n \"") }},
		{name: "manifest-other-order", comment: "the manifest's members stand in another order", text: func(s string) string {
			return `{"dataset"` + strings.TrimSuffix(strings.SplitN(s, `"dataset"`, 2)[1], "}") + "," + strings.TrimSuffix(strings.SplitN(s, `"dataset"`, 2)[0], ",")[1:] + "}"
		}},
		{name: "manifest-escapes", comment: "a text of the manifest is written with an escape", text: swap(`"iss":"kominfo`, `"iss":"\u006bominfo`)},
		{name: "header-other-order", comment: "the token's header has its members in another order", how: sealing{header: func(h string) string {
			typ := h[strings.Index(h, `,"typ"`) : len(h)-1]
			return "{" + typ[1:] + "," + strings.Replace(h, typ, "", 1)[1:]
		}}},
		{name: "all-optional", comment: "every optional member of the manifest", manifest: func(e *envelope.Manifest) {
			e.Sequence = &envelope.Sequence{Epoch: b64(make([]byte, 16)), Number: 9, Void: []int64{3, 1}}
			e.Supersedes = &envelope.Supersession{ID: m.forge("a").id(now), First: m.forge("b").id(now), Digest: e.Commit, Revision: 2, Reason: "koreksi: salah ketik \u00e9"}
			e.InReplyTo = &envelope.Reference{ID: m.forge("c").id(now), Digest: e.Commit}
			e.AsOf = "2024-02-14"
			e.Obligations = &envelope.Obligations{DeleteAfter: now.Unix(), Onward: []envelope.Party{"dkpp/etik"}}
			e.Commitments = map[string]string{"/kode_tps": e.Commit, "/a~1b/0": e.Commit}
		}},
		{name: "first-second", comment: "opened 2 minutes before nbf, by clocks that may differ by that", manifest: func(e *envelope.Manifest) { e.NotBefore = now.Add(2 * time.Minute).Unix() }},
		{name: "last-second", comment: "opened 1 second before exp + 2 minutes", manifest: func(e *envelope.Manifest) { e.Expires = now.Add(-119 * time.Second).Unix() }},
		{name: "30-days", comment: "exp - iat is exactly 30 days", manifest: func(e *envelope.Manifest) { e.Expires = e.IssuedAt + 30*24*3600 }},
		{name: "s-and-n-minus-s", comment: "the signature is (r, n-s), which verifies too: the same envelope, not another", jws: negated},
	} {
		if s.name == "64-recipients" || s.name == "one-byte" {
			s.comment += " (and then refused by another layer)"
		}
		m.envelope(s)
	}
}

// again encrypts the plaintext for a key, as everybody who has it can.
func (b *built) again(typ string, k *key) string {
	return strings.Join(forge{b.TB, b.seed + k.Kid}.jwe(typ, b.plaintext, k, sealing{}), ".")
}

// broken returns a token with one bit of a segment flipped.
func broken(token string, segment int) string {
	p := strings.Split(token, ".")
	p[segment] = flipped(p[segment], -1)
	return strings.Join(p, ".")
}

// negated signs and replaces s by n - s (FIPS 186-5: both verify).
func negated(f forge, header, payload string, k *key) []string {
	p := f.jws(header, []byte(payload), k)
	p[2] = b64(negate(unb64(p[2])))
	return p
}

// files are faults in the frame around the tokens.
func (m *maker) frames() {
	const bad = envelope.ReasonMalformed
	head := len("segel/1\n")
	for _, s := range []sealed{
		{name: "file-empty", comment: "no byte at all", file: raw(""), expect: bad},
		{name: "file-next-version", comment: "the first line of a later version", file: raw("segel/2\n\x00\x01"), expect: envelope.ReasonNewerVersion},
		{name: "file-version-10", comment: "the first line of a version with two digits", file: raw("segel/10\n"), expect: envelope.ReasonNewerVersion},
		{name: "file-version-0", comment: "version 0 never was", file: edited(func(f []byte) []byte { f[6] = '0'; return f }), expect: bad},
		{name: "file-version-01", comment: "a version with a leading zero", file: edited(func(f []byte) []byte { return append([]byte("segel/0"), f[6:]...) }), expect: bad},
		{name: "file-version-1a", comment: "a version that is no number", file: edited(func(f []byte) []byte { return append([]byte("segel/1a"), f[7:]...) }), expect: bad},
		{name: "file-capitals", comment: "the first line in capitals", file: edited(func(f []byte) []byte { f[0] = 'S'; return f }), expect: bad},
		{name: "file-crlf", comment: "the first line ends in CR LF", file: edited(func(f []byte) []byte { return append([]byte("segel/1\r"), f[7:]...) }), expect: bad},
		{name: "file-byte-order-mark", comment: "a byte order mark before the first line", file: edited(func(f []byte) []byte { return append([]byte("\xef\xbb\xbf"), f...) }), expect: bad},
		{name: "file-other-magic", comment: "another first line", file: edited(func(f []byte) []byte { return append([]byte("segal"), f[5:]...) }), expect: bad},
		{name: "file-no-count", comment: "cut after the first line", file: edited(func(f []byte) []byte { return f[:head] }), expect: bad},
		{name: "file-no-token", comment: "a count of 0", file: raw("segel/1\n\x00\x00"), expect: bad},
		{name: "file-65-tokens", comment: "a count of 65", file: edited(func(f []byte) []byte { f[head+1] = 65; return f }), expect: bad},
		{name: "file-65-small-tokens", comment: "65 tokens, each of which has the form of one", file: func(b *built, _ []byte) []byte {
			tokens := make([]string, 65)
			for i := range tokens {
				tokens[i] = strings.Join(b.jwe("segel-envelope+jwe", []byte("x"), m.keys["bawaslu-pengawasan"].encrypt, sealing{}), ".")
			}
			return fileOf(tokens...)
		}, expect: bad},
		{name: "file-little-endian-count", comment: "the count written with its low byte first", file: edited(func(f []byte) []byte { f[head], f[head+1] = 1, 0; return f }), expect: bad},
		{name: "file-count-too-high", comment: "a count of 2 with one token", file: edited(func(f []byte) []byte { f[head+1] = 2; return f }), expect: bad},
		{name: "file-cut-in-length", comment: "cut within the length of a token", file: edited(func(f []byte) []byte { return f[:head+4] }), expect: bad},
		{name: "file-cut-in-token", comment: "cut one byte before the end", file: edited(func(f []byte) []byte { return f[:len(f)-1] }), expect: bad},
		{name: "file-length-0", comment: "a token of no bytes", file: raw("segel/1\n\x00\x01\x00\x00\x00\x00"), expect: bad},
		{name: "file-length-short", comment: "a length one byte less than the token", file: lengthened(-1), expect: bad},
		{name: "file-length-long", comment: "a length one byte more than the token", file: lengthened(1), expect: bad},
		{name: "file-length-8-mib", comment: "a length of 8 MiB and one byte, which is refused before anything is read", file: edited(func(f []byte) []byte {
			binary.BigEndian.PutUint32(f[head+2:], 8<<20+1)
			return f
		}), expect: envelope.ReasonTooLarge},
		{name: "file-length-4-gib", comment: "a length of 4 GiB", file: edited(func(f []byte) []byte {
			binary.BigEndian.PutUint32(f[head+2:], 1<<32-1)
			return f
		}), expect: envelope.ReasonTooLarge},
		{name: "file-byte-behind", comment: "one byte behind inline content", file: edited(func(f []byte) []byte { return append(f, 0) }), expect: bad},
		{name: "file-line-feed-behind", comment: "a line feed behind inline content, as an editor adds it", file: edited(func(f []byte) []byte { return append(f, '\n') }), expect: bad},
		{name: "file-twice", comment: "two files in one", file: edited(func(f []byte) []byte { return append(bytes.Clone(f), f...) }), expect: bad},
		{name: "file-second-token-broken", comment: "the opener's token is sound, another has not the form of one", file: func(b *built, _ []byte) []byte {
			return fileOf(b.again("segel-envelope+jwe", b.recipient), "e30.e30.A")
		}, expect: bad},
		{name: "file-first-of-two-damaged", comment: "two tokens for the opener's key: the first is opened, and it is damaged", file: func(b *built, _ []byte) []byte {
			one := b.again("segel-envelope+jwe", b.recipient)
			return fileOf(broken(one, 4), one)
		}, expect: envelope.ReasonCannotOpen},
		{name: "file-base64", comment: "the whole file in base64, as mail programs make it", file: edited(func(f []byte) []byte { return []byte(b64(f)) }), expect: bad},
	} {
		m.envelope(s)
	}
}

// lengthened changes the length of the token.
func lengthened(by int) func(*built, []byte) []byte {
	return edited(func(f []byte) []byte {
		at := len("segel/1\n") + 2
		binary.BigEndian.PutUint32(f[at:], uint32(int(binary.BigEndian.Uint32(f[at:]))+by))
		return f
	})
}
