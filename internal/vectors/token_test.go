package vectors

import (
	"math/big"
	"strings"

	"github.com/segel-id/segel/envelope"
)

// order is that of P-256.
var order, _ = new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)

// negate returns (r, n-s) for (r, s).
func negate(sig []byte) []byte {
	s := new(big.Int).Sub(order, new(big.Int).SetBytes(sig[32:]))
	return append(sig[:32:32], s.FillBytes(make([]byte, 32))...)
}

// header is a change of a token's header, which is then encrypted under it: only
// somebody who knows the plaintext can do that.
func header(change func(string) string) sealing { return sealing{header: change} }

// tokens are faults in the token, by its form.
func (m *maker) tokens() {
	const bad = envelope.ReasonMalformed
	p256 := m.keys["kpu-sirekap"].encrypt
	for _, s := range []sealed{
		// The header's members.
		{name: "token-typ-absent", comment: "no typ", how: header(swap(`,"typ":"segel-envelope+jwe"`, ""))},
		{name: "token-typ-manifest", comment: "typ is the manifest's", how: header(swap("segel-envelope+jwe", "segel-manifest+jwt"))},
		{name: "token-typ-receipt", comment: "typ is the sealed receipt's", how: header(swap("segel-envelope+jwe", "segel-receipt+jwe"))},
		{name: "token-typ-capitals", comment: "typ in capitals", how: header(swap("segel-envelope+jwe", "Segel-Envelope+jwe"))},
		{name: "token-typ-application", comment: "typ with the prefix application/", how: header(swap(`"segel-envelope`, `"application/segel-envelope`))},
		{name: "token-typ-jwe", comment: "typ is JWE", how: header(swap("segel-envelope+jwe", "JWE"))},
		{name: "token-kid-absent", comment: "no kid", how: header(swap(`"kid":"`+p256.Kid+`",`, ""))},
		{name: "token-kid-short", comment: "kid is not a thumbprint", how: header(swap(p256.Kid, "kunci-1"))},
		{name: "token-kid-standard-alphabet", comment: "kid in base64 with + and /", how: header(swap(p256.Kid, "+/"+p256.Kid[2:]))},
		{name: "token-alg-absent", comment: "no alg", how: header(swap(`"alg":"ECDH-ES+A256KW",`, ""))},
		{name: "token-alg-direct", comment: "alg is ECDH-ES, without a wrapped key", how: header(swap("ECDH-ES+A256KW", "ECDH-ES")), token: part(1, func(string) string { return "" })},
		{name: "token-alg-a128kw", comment: "alg is ECDH-ES+A128KW", how: header(swap("ECDH-ES+A256KW", "ECDH-ES+A128KW"))},
		{name: "token-alg-dir", comment: "alg is dir", how: header(swap("ECDH-ES+A256KW", "dir"))},
		{name: "token-alg-a256kw", comment: "alg is A256KW", how: header(swap("ECDH-ES+A256KW", "A256KW"))},
		{name: "token-alg-pbes2", comment: "alg is PBES2-HS256+A128KW with 2 000 000 000 rounds, which must not be computed", how: header(func(h string) string {
			return member(`"p2c":2000000000,"p2s":"AAAAAAAAAAA"`)(swap("ECDH-ES+A256KW", "PBES2-HS256+A128KW")(h))
		})},
		{name: "token-alg-rsa1-5", comment: "alg is RSA1_5", to: []string{"kpu-sirekap-rsa"}, keys: "kpu-sirekap-rsa.jwks", how: header(swap("RSA-OAEP-256", "RSA1_5"))},
		{name: "token-alg-rsa-oaep", comment: "alg is RSA-OAEP, with SHA-1", to: []string{"kpu-sirekap-rsa"}, keys: "kpu-sirekap-rsa.jwks", how: header(swap("RSA-OAEP-256", "RSA-OAEP"))},
		{name: "token-alg-none", comment: "alg is none", how: header(swap("ECDH-ES+A256KW", "none"))},
		{name: "token-enc-absent", comment: "no enc", how: header(swap(`"enc":"A256GCM",`, ""))},
		{name: "token-enc-a128gcm", comment: "enc is A128GCM, with a key of 16 bytes", how: sealing{cek: 16, header: swap("A256GCM", "A128GCM")}},
		{name: "token-enc-cbc", comment: "enc is A256CBC-HS512", how: header(swap("A256GCM", "A256CBC-HS512"))},
		{name: "token-zip", comment: "zip is DEF", how: header(member(`"zip":"DEF"`))},
		{name: "token-crit-unknown", comment: "crit names a member that nobody knows", how: header(member(`"crit":["x"],"x":1`))},
		{name: "token-crit-empty", comment: "crit is empty", how: header(member(`"crit":[]`))},
		{name: "token-cty", comment: "cty, which would nest another token", how: header(member(`"cty":"JWT"`))},
		{name: "token-apu", comment: "apu", how: header(member(`"apu":"QQ"`))},
		{name: "token-apv", comment: "apv", how: header(member(`"apv":"QQ"`))},
		{name: "token-jku", comment: "jku, an address to fetch keys from, which must not be asked", how: header(member(`"jku":"http://127.0.0.1:1/keys"`))},
		{name: "token-jwk", comment: "jwk, a key that the token brings along", how: header(member(`"jwk":` + string(p256.public())))},
		{name: "token-x5c", comment: "x5c, a certificate that the token brings along", how: header(member(`"x5c":["MIIB"]`))},
		{name: "token-x5u", comment: "x5u, an address to fetch a certificate from", how: header(member(`"x5u":"http://127.0.0.1:1/cert"`))},
		{name: "token-purpose", comment: "a claim in the header, by somebody who knows the plaintext", how: header(member(`"purpose":"REKAP-KIRIM"`))},
		{name: "token-member-twice", comment: "a member of the header twice, with one value", how: header(member(`"enc":"A256GCM"`))},
		{name: "token-member-capitals", comment: "a member of the header in another case", how: header(swap(`"enc"`, `"Enc"`))},
		{name: "token-member-null", comment: "a member of the header is null", how: header(member(`"zip":null`))},
		// The header's text.
		{name: "token-header-blank", comment: "a blank in the header", how: header(swap(`,"enc"`, `, "enc"`))},
		{name: "token-header-escape", comment: "an escape in the header", how: header(swap(`"A256GCM"`, `"\u0041256GCM"`))},
		{name: "token-header-behind", comment: "something behind the header's object", how: header(func(h string) string { return h + "{}" })},
		{name: "token-header-array", comment: "the header is an array", how: header(func(h string) string { return "[" + h + "]" })},
		{name: "token-header-null", comment: "the header is null", how: header(func(string) string { return "null" })},
		{name: "token-header-1-kib", comment: "a header of more than 1 KiB", how: header(member(`"x":"` + strings.Repeat("x", 1024) + `"`))},
		{name: "token-header-deep", comment: "a header of 300 arrays in each other", how: header(member(`"x":` + strings.Repeat("[", 300) + strings.Repeat("]", 300)))},
		{name: "token-header-not-utf-8", comment: "a header that is not UTF-8", how: header(swap("A256GCM", "A256GCM\xff"))},
		// The segments.
		{name: "token-4-segments", comment: "four segments", token: func(p []string) []string { return p[:4] }},
		{name: "token-6-segments", comment: "six segments", token: func(p []string) []string { return append(p, "AA") }},
		{name: "token-jws", comment: "a compact JWS where the JWE must be: the signed manifest without encryption", file: func(b *built, _ []byte) []byte {
			return fileOf(string(b.plaintext[:strings.IndexByte(string(b.plaintext), '~')]))
		}},
		{name: "token-json", comment: "the flattened JSON serialisation", token: func(p []string) []string {
			return []string{`{"protected":"` + p[0] + `","encrypted_key":"` + p[1] + `","iv":"` + p[2] + `","ciphertext":"` + p[3] + `","tag":"` + p[4] + `"}`}
		}},
		{name: "token-padded-base64", comment: "base64url with = at its end", token: part(2, func(s string) string { return s + "=" })},
		{name: "token-standard-base64", comment: "base64 with + or / in place of - or _", token: part(3, func(s string) string {
			return strings.NewReplacer("-", "+", "_", "/").Replace(s)
		})},
		{name: "token-line-feed", comment: "a line feed within a segment", token: part(3, func(s string) string { return s[:8] + "\n" + s[8:] })},
		{name: "token-line-feed-behind", comment: "a line feed behind the token", token: part(4, func(s string) string { return s + "\n" })},
		{name: "token-unused-bits", comment: "unused bits of base64url that are not zero", token: part(4, func(s string) string { return s[:len(s)-1] + string(s[len(s)-1]+1) })},
		{name: "token-key-empty", comment: "no encrypted key: a library panics here (Wycheproof, JWE 17)", token: part(1, func(string) string { return "" })},
		{name: "token-key-short", comment: "a wrapped key of 32 bytes, not 40", how: sealing{wrap: func(w []byte) []byte { return w[:32] }}},
		{name: "token-key-long", comment: "a wrapped key of 48 bytes, not 40", how: sealing{wrap: func(w []byte) []byte { return append(w, make([]byte, 8)...) }}},
		{name: "token-key-rsa-short", comment: "an encrypted key of 255 bytes, less than any modulus has", to: []string{"kpu-sirekap-rsa"}, keys: "kpu-sirekap-rsa.jwks", how: sealing{wrap: func(w []byte) []byte { return w[:255] }}},
		{name: "token-iv-empty", comment: "no iv", token: part(2, func(string) string { return "" })},
		{name: "token-iv-16", comment: "an iv of 16 bytes", how: sealing{iv: 16}},
		{name: "token-tag-12", comment: "a tag cut to 12 bytes", token: part(4, func(s string) string { return s[:16] })},
		{name: "token-tag-boundary", comment: "8 bytes moved from the tag to the ciphertext", token: func(p []string) []string {
			c, tag := unb64(p[3]), unb64(p[4])
			p[3], p[4] = b64(append(c, tag[:8]...)), b64(tag[8:])
			return p
		}},
		{name: "token-ciphertext-empty", comment: "no ciphertext", token: part(3, func(string) string { return "" })},
		// The ephemeral key.
		{name: "token-epk-absent", comment: "no epk", how: header(func(h string) string { return h[:strings.Index(h, `"epk"`)] + h[strings.Index(h, `"kid"`):] })},
		{name: "token-epk-off-curve", comment: "epk is not on its curve", how: sealing{epk: offCurve()}},
		{name: "token-epk-zero", comment: "epk is (0, 0)", how: sealing{epk: append([]byte{4}, make([]byte, 64)...)}},
		{name: "token-epk-short", comment: "a coordinate of epk has 31 bytes", how: header(func(h string) string {
			i := strings.Index(h, `"x":"`) + 5
			return h[:i] + b64(unb64(h[i : i+43])[:31]) + h[i+43:]
		})},
		{name: "token-epk-private", comment: "epk with a private member", how: header(swap(`"epk":{`, `"epk":{"d":"`+b64(make([]byte, 32))+`",`))},
		{name: "token-epk-p384", comment: "epk names another curve", how: header(swap(`"P-256"`, `"P-384"`))},
		{name: "token-epk-kty", comment: "epk names another kty", how: header(swap(`"kty":"EC"`, `"kty":"OKP"`))},
		{name: "token-epk-at-rsa", comment: "an epk beside RSA-OAEP-256", to: []string{"kpu-sirekap-rsa"}, keys: "kpu-sirekap-rsa.jwks", how: header(member(`"epk":{"kty":"OKP","crv":"X25519","x":"` + m.keys["kpu-sirekap-x25519"].encrypt.X + `"}`))},
		{name: "token-epk-low-order", comment: "epk on X25519 is a point of low order, so that everybody knows the secret", to: []string{"kpu-sirekap-x25519"}, keys: "kpu-sirekap-x25519.jwks", how: sealing{epk: append([]byte{1}, make([]byte, 31)...)}},
		{name: "token-epk-not-canonical", comment: "epk on X25519 is not below the field's prime", to: []string{"kpu-sirekap-x25519"}, keys: "kpu-sirekap-x25519.jwks", how: sealing{epk: append([]byte{0xf6}, append(fill(30, 0xff), 0x7f)...)}},
		// The plaintext.
		{name: "secret-jwe", comment: "a token within the token", secret: func(p *parts) {
			p.manifest = []byte(strings.Join(m.forge("nested").jwe("segel-envelope+jwe", []byte("x"), p256, sealing{}), "."))
		}},
		{name: "secret-no-tilde", comment: "no ~ behind the manifest", secret: func(p *parts) { p.tilde, p.seed, p.content, p.padding = "", nil, nil, nil }},
		{name: "secret-empty-manifest", comment: "nothing before the ~", secret: func(p *parts) { p.manifest = nil }},
		{name: "secret-short-seed", comment: "31 bytes behind the ~", secret: func(p *parts) { p.seed, p.content, p.padding = p.seed[:31], nil, nil }},
		{name: "secret-sd-jwt", comment: "a second manifest behind the first", secret: func(p *parts) { p.manifest = append(p.manifest, '.', 'A', 'A') }},
	} {
		s.expect = bad
		m.envelope(s)
	}
}

func fill(n int, b byte) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = b
	}
	return out
}

// offCurve is a point that is not on P-256.
func offCurve() []byte { return append([]byte{4}, fill(64, 1)...) }

// secrets are tokens of sound form that do not open, or open to something else.
func (m *maker) secrets() {
	const no = envelope.ReasonCannotOpen
	p256, rsa, x := m.keys["kpu-sirekap"].encrypt, m.keys["kpu-sirekap-rsa"].encrypt, m.keys["kpu-sirekap-x25519"].encrypt
	flip := func(segment, at int) func([]string) []string {
		return part(segment, func(s string) string { return flipped(s, at) })
	}
	for _, s := range []sealed{
		{name: "open-tag", comment: "a bit of the tag changed", token: flip(4, -1), expect: no},
		{name: "open-ciphertext-first", comment: "the first bit of the ciphertext changed", token: flip(3, 0), expect: no},
		{name: "open-ciphertext-last", comment: "the last bit of the ciphertext changed", token: flip(3, -1), expect: no},
		{name: "open-ciphertext-cut", comment: "the last byte of the ciphertext is missing", token: part(3, func(s string) string { b := unb64(s); return b64(b[:len(b)-1]) }), expect: no},
		{name: "open-iv", comment: "a bit of the iv changed", token: flip(2, 0), expect: no},
		{name: "open-wrapped-key", comment: "a bit of the wrapped key changed", token: flip(1, 0), expect: no},
		{name: "open-wrapped-key-rsa", comment: "a bit of the encrypted key changed", to: []string{"kpu-sirekap-rsa"}, keys: "kpu-sirekap-rsa.jwks", token: flip(1, -1), expect: no},
		{name: "open-rsa-oversized", comment: "an encrypted key as long as the modulus, and larger as a number", to: []string{"kpu-sirekap-rsa"}, keys: "kpu-sirekap-rsa.jwks", how: sealing{wrap: func(w []byte) []byte { return fill(len(w), 0xff) }}, expect: no},
		{name: "open-rsa-longer", comment: "an encrypted key of 512 bytes for a modulus of 384", to: []string{"kpu-sirekap-rsa"}, keys: "kpu-sirekap-rsa.jwks", how: sealing{wrap: func(w []byte) []byte { return append(w, make([]byte, 512-len(w))...) }}, expect: no},
		{name: "open-header-rewritten", comment: "the header rewritten after encryption: its members in another order", token: part(0, func(s string) string {
			h := string(unb64(s))
			typ := h[strings.Index(h, `,"typ"`) : len(h)-1]
			return b64([]byte("{" + typ[1:] + "," + strings.Replace(h, typ, "", 1)[1:]))
		}), expect: no},
		{name: "open-kid-relabelled", comment: "encrypted for somebody else, the header's kid changed to the opener's key", to: []string{"bawaslu-pengawasan", "kpu-sirekap"}, how: header(swap(m.keys["bawaslu-pengawasan"].encrypt.Kid, p256.Kid)), expect: no},
		{name: "open-alg-of-another-key", comment: "kid names a key on P-256, alg says RSA-OAEP-256", to: []string{"kpu-sirekap-rsa", "bawaslu-pengawasan"}, how: header(swap(rsa.Kid, p256.Kid)), expect: no},
		{name: "open-epk-of-another-curve", comment: "kid names a key on P-256, epk is on X25519", to: []string{"kpu-sirekap-x25519", "bawaslu-pengawasan"}, how: header(swap(x.Kid, p256.Kid)), expect: no},
		{name: "open-epk-swapped", comment: "epk is another point of the curve", how: sealing{epk: append([]byte{4}, append(unb64(p256.X), unb64(p256.Y)...)...)}, expect: no},
		{name: "not-for-me", comment: "the token is another recipient's", to: []string{"bawaslu-pengawasan", "kpu-sirekap"}, expect: envelope.ReasonNotForMe},
		{name: "not-for-me-signing-key", comment: "kid is the thumbprint of the opener's signing key", how: header(swap(p256.Kid, m.keys["kpu-sirekap"].sign.Kid)), expect: envelope.ReasonNotForMe},
		{name: "not-for-me-kid-relabelled", comment: "encrypted for the opener, kid changed to another's", how: header(swap(p256.Kid, m.keys["bawaslu-pengawasan"].encrypt.Kid)), expect: envelope.ReasonNotForMe},
		// What is inside is not what was signed.
		{name: "content-seed", comment: "another seed, by a recipient", secret: func(p *parts) { p.seed = make([]byte, 32) }, expect: envelope.ReasonBadContent},
		{name: "content-swapped", comment: "another content of the same length, by a recipient", secret: func(p *parts) { p.content[len(p.content)-4] = 'L' }, expect: envelope.ReasonBadContent},
		{name: "content-cut", comment: "a shorter content, padded as it must be", secret: func(p *parts) { p.content, p.padding = p.content[:8], nil }, expect: envelope.ReasonBadContent},
		{name: "content-padding", comment: "padding that is not zero", secret: func(p *parts) { p.padding[len(p.padding)-1] = 1 }, expect: envelope.ReasonBadContent},
		{name: "content-no-padding", comment: "no padding", secret: func(p *parts) { p.padding = nil }, expect: envelope.ReasonBadContent},
		{name: "content-more-padding", comment: "one byte more of padding", secret: func(p *parts) { p.padding = append(p.padding, 0) }, expect: envelope.ReasonBadContent},
		{name: "content-none", comment: "no content behind the seed", secret: func(p *parts) { p.content, p.padding = nil, nil }, expect: envelope.ReasonBadContent},
		{name: "content-both-new", comment: "another seed and content with a MAC under it: the seed is committed to", secret: func(p *parts) {
			p.seed, p.content = fill(32, 9), []byte(strings.ToUpper(string(p.content)))
		}, expect: envelope.ReasonBadContent},
		{name: "content-commit-broken", comment: "the manifest commits to another seed", manifest: func(e *envelope.Manifest) { e.Commit = commitOf(fill(32, 9)) }, expect: envelope.ReasonBadContent},
		{name: "content-mac", comment: "the manifest's MAC is another content's", manifest: func(e *envelope.Manifest) { e.Content.MAC = e.Commit }, expect: envelope.ReasonBadContent},
		{name: "content-bytes", comment: "the manifest counts one byte less", manifest: func(e *envelope.Manifest) { e.Content.Bytes-- }, expect: envelope.ReasonBadContent},
		{name: "content-bytes-more", comment: "the manifest counts a byte of the padding too", manifest: func(e *envelope.Manifest) { e.Content.Bytes++ }, expect: envelope.ReasonBadContent},
	} {
		m.envelope(s)
	}
}
