package vectors

import (
	"crypto/sha256"
	"encoding/json"
	"math/big"
	"strings"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
)

// thumbprint is that of RFC 7638, for texts that need not be keys.
func thumbprint(required string) string {
	sum := sha256.Sum256([]byte(required))
	return b64(sum[:])
}

func ecJWK(x, y []byte) string {
	kid := thumbprint(`{"crv":"P-256","kty":"EC","x":"` + b64(x) + `","y":"` + b64(y) + `"}`)
	return `{"kty":"EC","crv":"P-256","x":"` + b64(x) + `","y":"` + b64(y) + `","alg":"ES256","use":"sig","kid":"` + kid + `"}`
}

func okpJWK(crv, alg, use string, x []byte) string {
	kid := thumbprint(`{"crv":"` + crv + `","kty":"OKP","x":"` + b64(x) + `"}`)
	return `{"kty":"OKP","crv":"` + crv + `","x":"` + b64(x) + `","alg":"` + alg + `","use":"` + use + `","kid":"` + kid + `"}`
}

func rsaJWK(alg, use, e string, n []byte) string {
	kid := thumbprint(`{"e":"` + e + `","kty":"RSA","n":"` + b64(n) + `"}`)
	return `{"kty":"RSA","n":"` + b64(n) + `","e":"` + e + `","alg":"` + alg + `","use":"` + use + `","kid":"` + kid + `"}`
}

// modulus is an odd number of that many bits, which nobody can factor and nobody
// needs to.
func (m *maker) modulus(bits int) []byte {
	n := m.forge("modulus").random("n", (bits+7)/8)
	n[0] = n[0]&(1<<((bits-1)%8+1)-1) | 1<<((bits-1)%8)
	n[len(n)-1] |= 1
	return n
}

// rocaModulus has the mark of the generator of CVE-2017-15361: modulo the small
// primes it is a power of 65537.
func rocaModulus() []byte {
	product := big.NewInt(1)
	for p := int64(2); p <= 167; p++ {
		if big.NewInt(p).ProbablyPrime(10) {
			product.Mul(product, big.NewInt(p))
		}
	}
	n := new(big.Int).Exp(big.NewInt(65537), big.NewInt(77), product)
	k := new(big.Int).Lsh(big.NewInt(1), 2047)
	k.Div(k, product).Add(k, big.NewInt(2))
	return n.Add(n, k.Mul(k, product)).Bytes()
}

// littleEndian is a number of 32 bytes, its low byte first.
func littleEndian(n *big.Int) []byte {
	out := n.FillBytes(make([]byte, 32))
	for i := range 16 {
		out[i], out[31-i] = out[31-i], out[i]
	}
	return out
}

func hexInt(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic(s)
	}
	return n
}

// publicKeys are JSON Web Keys.
func (m *maker) publicKeys() {
	p256, ed := m.keys["kominfo-jaringan"], m.keys["kominfo-jaringan-eddsa"].sign
	ps, rsa, x := m.keys["kominfo-jaringan-ps256"].sign, m.keys["kpu-sirekap-rsa"].encrypt, m.keys["kpu-sirekap-x25519"].encrypt
	honest := string(p256.sign.public())
	field25519 := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	prime := hexInt("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")
	// The points of small order on Ed25519 (RFC 8032 section 5.1.7; eight of them).
	y8 := hexInt("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7")
	sign := func(b []byte) []byte { b[31] |= 0x80; return b }
	add := func(n *big.Int, by int64) *big.Int { return new(big.Int).Add(n, big.NewInt(by)) }
	for _, s := range []struct{ name, comment, data string }{
		{"es256", "ES256", honest},
		{"ecdh-p256", "ECDH-ES+A256KW on P-256", string(p256.encrypt.public())},
		{"eddsa", "EdDSA", string(ed.public())},
		{"ps256", "PS256 with 3072 bits", string(ps.public())},
		{"rsa-oaep", "RSA-OAEP-256 with 3072 bits", string(rsa.public())},
		{"rsa-2048", "RSA-OAEP-256 with 2048 bits", rsaJWK("RSA-OAEP-256", "enc", "AQAB", m.modulus(2048))},
		{"x25519", "ECDH-ES+A256KW on X25519", string(x.public())},
		{"key-ops", "key_ops with the one operation of the key", member(`"key_ops":["verify"]`)(honest)},
		{"blanks", "blanks of JSON between the members", strings.ReplaceAll(honest, `,"`, ", \n\"")},

		{"empty", "no byte at all", ""},
		{"private", "a private key where a public one must be", member(`"d":"` + p256.sign.D + `"`)(honest)},
		{"no-kid", "no kid", swap(`,"kid":"`+p256.sign.Kid+`"`, "")(honest)},
		{"wrong-kid", "a kid that is not the thumbprint", swap(`"kid":"`+p256.sign.Kid, `"kid":"`+p256.encrypt.Kid)(honest)},
		{"no-use", "no use", swap(`,"use":"sig"`, "")(honest)},
		{"use-enc", "a signing algorithm with use enc (Wycheproof, JWS 353)", swap(`"sig"`, `"enc"`)(honest)},
		{"no-alg", "no alg", swap(`,"alg":"ES256"`, "")(honest)},
		{"alg-of-another-type", "EdDSA for a key on P-256", swap("ES256", "EdDSA")(honest)},
		{"alg-es384", "an algorithm that does not exist for us", swap("ES256", "ES384")(honest)},
		{"alg-hs256", "a symmetric key", `{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","alg":"HS256","use":"sig","kid":"` + b64(fill(32, 1)) + `"}`},
		{"key-ops-sign", "key_ops of a private key (Wycheproof, JWS 355)", member(`"key_ops":["sign"]`)(honest)},
		{"key-ops-empty", "key_ops is empty", member(`"key_ops":[]`)(honest)},
		{"x5c", "a certificate", member(`"x5c":["MIIB"]`)(honest)},
		{"unknown-member", "a member that there is not", member(`"x":1`)(honest)},
		{"member-twice", "a member twice", member(`"kty":"EC"`)(honest)},
		{"member-capitals", "a member in another case", swap(`"kty"`, `"Kty"`)(honest)},
		{"behind", "something behind the object", honest + "{}"},
		{"standard-base64", "a coordinate in base64 with + or /", swap(`"x":"`+p256.sign.X, `"x":"`+"+"+p256.sign.X[1:])(honest)},
		{"off-curve", "a point that is not on its curve", ecJWK(fill(32, 1), fill(32, 1))},
		{"infinity", "the point (0, 0)", ecJWK(make([]byte, 32), make([]byte, 32))},
		{"coordinate-31", "a coordinate of 31 bytes", ecJWK(unb64(p256.sign.X)[1:], unb64(p256.sign.Y))},
		{"coordinate-33", "a coordinate with a zero before it", ecJWK(append([]byte{0}, unb64(p256.sign.X)...), unb64(p256.sign.Y))},
		{"coordinate-beyond-field", "a coordinate that is the field's prime", ecJWK(prime.Bytes(), fill(32, 1))},
		{"curve-p384", "another curve", swap("P-256", "P-384")(honest)},
		{"ed25519-31", "a key of 31 bytes, on which a library panics", okpJWK("Ed25519", "EdDSA", "sig", unb64(ed.X)[:31])},
		{"ed25519-33", "a key of 33 bytes", okpJWK("Ed25519", "EdDSA", "sig", append(unb64(ed.X), 0))},
		{"ed25519-identity", "the identity, under which one signature verifies every message", okpJWK("Ed25519", "EdDSA", "sig", littleEndian(big.NewInt(1)))},
		{"ed25519-order-2", "the point of order 2", okpJWK("Ed25519", "EdDSA", "sig", littleEndian(add(field25519, -1)))},
		{"ed25519-order-4", "a point of order 4", okpJWK("Ed25519", "EdDSA", "sig", littleEndian(big.NewInt(0)))},
		{"ed25519-order-4-negative", "the other point of order 4", okpJWK("Ed25519", "EdDSA", "sig", sign(littleEndian(big.NewInt(0))))},
		{"ed25519-order-8", "a point of order 8", okpJWK("Ed25519", "EdDSA", "sig", y8.FillBytes(make([]byte, 32)))},
		{"ed25519-order-8-negative", "another point of order 8", okpJWK("Ed25519", "EdDSA", "sig", sign(y8.FillBytes(make([]byte, 32))))},
		{"ed25519-not-canonical", "the identity, encoded beyond the field's prime", okpJWK("Ed25519", "EdDSA", "sig", littleEndian(add(field25519, 1)))},
		{"ed25519-off-curve", "32 bytes that are no point", okpJWK("Ed25519", "EdDSA", "sig", littleEndian(big.NewInt(2)))},
		{"x25519-zero", "the point 0, of low order", okpJWK("X25519", "ECDH-ES+A256KW", "enc", make([]byte, 32))},
		{"x25519-one", "the point 1, of low order", okpJWK("X25519", "ECDH-ES+A256KW", "enc", littleEndian(big.NewInt(1)))},
		{"x25519-not-canonical", "a coordinate beyond the field's prime", okpJWK("X25519", "ECDH-ES+A256KW", "enc", littleEndian(add(field25519, 9)))},
		{"x25519-high-bit", "a coordinate with its highest bit set, which X25519 ignores: a second text of one key", okpJWK("X25519", "ECDH-ES+A256KW", "enc", sign(unb64(x.X)))},
		{"x25519-31", "a key of 31 bytes", okpJWK("X25519", "ECDH-ES+A256KW", "enc", unb64(x.X)[:31])},
		{"x25519-signs", "X25519 with a signing algorithm", okpJWK("X25519", "EdDSA", "sig", unb64(x.X))},
		{"rsa-512", "a modulus of 512 bits", rsaJWK("RSA-OAEP-256", "enc", "AQAB", m.modulus(512))},
		{"rsa-1024", "a modulus of 1024 bits (Wycheproof, JWK 8)", rsaJWK("RSA-OAEP-256", "enc", "AQAB", m.modulus(1024))},
		{"rsa-2040", "a modulus of 2040 bits", rsaJWK("RSA-OAEP-256", "enc", "AQAB", m.modulus(2040))},
		{"rsa-2049", "a modulus of 2049 bits, no multiple of 8", rsaJWK("RSA-OAEP-256", "enc", "AQAB", m.modulus(2049))},
		{"rsa-8192", "a modulus of 8192 bits", rsaJWK("RSA-OAEP-256", "enc", "AQAB", m.modulus(8192))},
		{"rsa-even", "an even modulus", rsaJWK("RSA-OAEP-256", "enc", "AQAB", append(m.modulus(2048)[:255], 2))},
		{"rsa-leading-zero", "a modulus with a zero before it", rsaJWK("RSA-OAEP-256", "enc", "AQAB", append([]byte{0}, m.modulus(2048)...))},
		{"rsa-ps256-2048", "PS256 with 2048 bits", rsaJWK("PS256", "sig", "AQAB", m.modulus(2048))},
		{"rsa-e-3", "the exponent 3", rsaJWK("RSA-OAEP-256", "enc", "Aw", m.modulus(2048))},
		{"rsa-e-1", "the exponent 1", rsaJWK("RSA-OAEP-256", "enc", "AQ", m.modulus(2048))},
		{"rsa-roca", "the mark of a weak generator (CVE-2017-15361; Wycheproof, JWK 7)", rsaJWK("RSA-OAEP-256", "enc", "AQAB", rocaModulus())},
		{"rsa-rs256", "an algorithm that does not exist for us", swap("PS256", "RS256")(string(ps.public()))},
	} {
		v := &envelopetest.Vector{Name: "public-key/" + s.name, Comment: s.comment, Kind: "public-key", Layer: "format", At: now, Data: []byte(s.data)}
		if soundKeys["public-key/"+s.name] {
			var jwk struct{ Kid string }
			if err := json.Unmarshal(v.Data, &jwk); err != nil {
				m.Fatal(err)
			}
			v.Result = jwk.Kid
		} else {
			v.Expect = envelope.ReasonMalformed
		}
		m.add(v)
	}
}

// soundKeys are the vectors of keys that are keys.
var soundKeys = map[string]bool{
	"public-key/es256": true, "public-key/ecdh-p256": true, "public-key/eddsa": true, "public-key/ps256": true, "public-key/rsa-oaep": true,
	"public-key/rsa-2048": true, "public-key/x25519": true, "public-key/key-ops": true, "public-key/blanks": true,
}

// privateKeys are key files.
func (m *maker) privateKeys() {
	text := func(name string) string { return string(m.keyFiles[name]) }
	honest := text("kominfo-jaringan")
	k := m.keys["kominfo-jaringan"]
	for _, s := range []struct {
		name, comment, data string
		expect              envelope.Reason
		of                  string
	}{
		{name: "p256", comment: "a signing and an encryption key on P-256", data: honest, of: "kominfo-jaringan"},
		{name: "eddsa", comment: "a key for EdDSA", data: text("kominfo-jaringan-eddsa"), of: "kominfo-jaringan-eddsa"},
		{name: "ps256", comment: "a key for PS256", data: text("kominfo-jaringan-ps256"), of: "kominfo-jaringan-ps256"},
		{name: "x25519", comment: "a key on X25519", data: text("kpu-sirekap-x25519"), of: "kpu-sirekap-x25519"},
		{name: "rsa", comment: "a key for RSA-OAEP-256", data: text("kpu-sirekap-rsa"), of: "kpu-sirekap-rsa"},

		{name: "empty", comment: "no byte at all", expect: envelope.ReasonMalformed},
		{name: "no-keys", comment: "a set of no keys", data: `{"keys":[]}`, expect: envelope.ReasonMalformed},
		{name: "one-jwk", comment: "a key that is in no set", data: strings.TrimSuffix(strings.SplitN(strings.SplitN(honest, "[", 2)[1], "},", 2)[0], " ") + "}", expect: envelope.ReasonMalformed},
		{name: "public", comment: "a public key where a private one must be", data: `{"keys":[` + string(k.sign.public()) + `]}`, expect: envelope.ReasonMalformed},
		{name: "twice", comment: "a key twice", data: `{"keys":[` + strings.Repeat(member(`"d":"`+k.sign.D+`"`)(string(k.sign.public()))+",", 2) + "]}", expect: envelope.ReasonMalformed},
		{name: "two-uses", comment: "one point for signing and for encryption", data: strings.Replace(`{"keys":[A,B]}`, "A,B", member(`"d":"`+k.sign.D+`"`)(string(k.sign.public()))+","+
			strings.NewReplacer("ES256", "ECDH-ES+A256KW", `"sig"`, `"enc"`).Replace(member(`"d":"`+k.sign.D+`"`)(string(k.sign.public()))), 1), expect: envelope.ReasonMalformed},
		{name: "d-of-another-key", comment: "the private half of another key", data: swap(k.sign.D, k.encrypt.D)(honest), expect: envelope.ReasonMalformed},
		{name: "d-zero", comment: "a private half of zero", data: swap(k.sign.D, b64(make([]byte, 32)))(honest), expect: envelope.ReasonMalformed},
		{name: "unknown-member", comment: "a member that there is not in the set", data: swap("{", `{"x":1,`)(honest), expect: envelope.ReasonMalformed},
		{name: "rsa-wrong-prime", comment: "a prime that is not one of the modulus", data: swap(m.keys["kpu-sirekap-rsa"].encrypt.P, m.keys["kominfo-jaringan-ps256"].sign.P)(text("kpu-sirekap-rsa")), expect: envelope.ReasonMalformed},
		{name: "behind", comment: "something behind the set", data: honest + "{}", expect: envelope.ReasonMalformed},
		{name: "encrypted", comment: "a key file under a passphrase, read without one", data: "segel-keys/1\nargon2id 131072 4 4 AAAAAAAAAAAAAAAAAAAAAA\nAAAA\n", expect: envelope.ReasonMisuse},
	} {
		if s.name == "twice" {
			s.data = strings.Replace(s.data, ",]", "]", 1)
		}
		v := &envelopetest.Vector{Name: "private-keys/" + s.name, Comment: s.comment, Kind: "private-keys", Expect: s.expect, Layer: "format", At: now, Data: []byte(s.data)}
		if s.expect == "" {
			v.Result = m.keys[s.of].sign.Kid + " " + m.keys[s.of].encrypt.Kid
		}
		m.add(v)
	}
}
