package jose

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"math/big"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/base64url"
)

// The tests of this file are the lines of the table of what the library does by
// itself, one fault each. Those that it takes are marked loose, and the test
// shows that it still takes them.

func TestHazardsOfJWS(t *testing.T) {
	k := mustGenerate(t, EdDSA)
	flattened := func(p []string) string {
		return `{"payload":"` + p[1] + `","protected":"` + p[0] + `","signature":"` + p[2] + `"}`
	}
	general := func(signatures ...string) func([]string) string {
		return func(p []string) string {
			good := `{"protected":"` + p[0] + `","signature":"` + p[2] + `"}`
			return `{"payload":"` + p[1] + `","signatures":[` + strings.Join(append(signatures, good), ",") + `]}`
		}
	}
	bogus := `{"protected":"` + base64url.Encode([]byte(headerJWS(k))) + `","signature":"` + base64url.Encode(make([]byte, 64)) + `"}`
	refuseJWS(t, k, []fault{
		{name: "alg none", header: swap("EdDSA", "none"), loose: true},
		{name: "alg none, no signature", header: swap("EdDSA", "none"), token: part(2, func(string) string { return "" })},
		{name: "alg absent", header: swap(`"alg":"EdDSA",`, ""), loose: true},
		{name: "alg of another key", header: swap("EdDSA", "ES256"), want: ErrKey, loose: true},
		{name: "alg HS256", header: swap("EdDSA", "HS256"), loose: true},
		{name: "alg RS256", header: swap("EdDSA", "RS256"), loose: true},
		{name: "alg ES256K", header: swap("EdDSA", "ES256K"), loose: true},
		{name: "alg in another case", header: swap("EdDSA", "eddsa")},
		{name: "alg Ed25519 of RFC 9864", header: swap("EdDSA", "Ed25519")},
		{name: "alg null", header: swap(`"EdDSA"`, "null")},
		{name: "alg a number", header: swap(`"EdDSA"`, "1")},
		{name: "crit unknown", header: add(`"crit":["exp"],"exp":1`), loose: true},
		{name: "crit of an absent member", header: add(`"crit":["exp"]`), loose: true},
		{name: "crit empty", header: add(`"crit":[]`), loose: true},
		{name: "b64 false without crit", header: add(`"b64":false`)},
		{name: "b64 a text", header: add(`"b64":"true"`)},
		{name: "b64 true", header: add(`"b64":true`), loose: true},
		{name: "member twice", header: add(`"alg":"EdDSA"`), loose: true},
		{name: "member twice, another value first", header: add(`"kid":"x"`), loose: true},
		{name: "member in another case", header: add(`"Typ":"x"`), loose: true},
		{name: "unknown member", header: add(`"x":1`), loose: true},
		{name: "member injected by a name", header: add(`"x":0,"admin":true`), loose: true}, // GHSA-4cf7-xm37-g63h
		{name: "header followed by garbage", header: func(h string) string { return h + "{}" }},
		{name: "header followed by a blank", header: func(h string) string { return h + " " }},
		{name: "header with a blank inside", header: swap(":", ": "), loose: true},
		{name: "header with an escape", header: swap(`"alg"`, `"\u0061lg"`), loose: true},
		{name: "header null", header: func(string) string { return "null" }},
		{name: "header an array", header: func(string) string { return "[]" }},
		{name: "header longer than 1 KiB", header: add(`"x":"` + strings.Repeat("a", 1<<10) + `"`), loose: true},
		{name: "jku", header: add(`"jku":"` + listener(t) + `"`), loose: true},
		{name: "x5u", header: add(`"x5u":"` + listener(t) + `"`), loose: true},
		{name: "jwk", header: add(`"jwk":` + string(k.pub.JWK())), loose: true},
		{name: "x5c", header: add(`"x5c":["AA=="]`), loose: true},
		{name: "cty", header: add(`"cty":"x"`), loose: true},
		{name: "typ of another statement", header: swap(typS, "segel-receipt+jwt"), loose: true},
		{name: "typ in another case", header: swap(typS, strings.ToUpper(typS)), loose: true},
		{name: "typ absent", header: swap(`,"typ":"`+typS+`"`, ""), loose: true},
		{name: "typ empty", header: swap(typS, ""), loose: true},
		{name: "kid absent", header: swap(`"kid":"`+k.pub.kid+`",`, ""), loose: true},
		{name: "kid of another key", header: swap(k.pub.kid, strings.Repeat("A", 43)), want: ErrUnknownKey, loose: true},
		{name: "kid too short", header: swap(k.pub.kid, "AAAA"), loose: true},
		{name: "kid with unused bits", header: swap(k.pub.kid, strings.Repeat("A", 42)+"B"), loose: true},
		{name: "kid that breaks a line", header: swap(k.pub.kid, `x\nFAKE LOG LINE`), loose: true},

		{name: "header padded", token: part(0, pad)},
		{name: "payload padded", token: part(1, pad), loose: true},
		{name: "signature padded", token: part(2, pad), loose: true},
		{name: "CR inside", token: part(1, func(s string) string { return s[:4] + "\r" + s[4:] }), loose: true},
		{name: "LF inside", token: part(1, func(s string) string { return s[:4] + "\n" + s[4:] }), loose: true},
		{name: "LF in the signature", token: part(2, func(s string) string { return s[:4] + "\n" + s[4:] }), loose: true},
		{name: "LF at the end", token: part(2, func(s string) string { return s + "\n" }), loose: true},
		{name: "blank before it", token: part(0, func(s string) string { return " " + s })},
		{name: "unused bits set in the payload", token: part(1, unusedBits), loose: true},
		{name: "unused bits set in the signature", token: part(2, unusedBits), loose: true},
		{name: "alphabet of plain base64", token: part(2, func(s string) string { return "+/" + s[2:] })},
		{name: "one character too many", token: part(1, func(s string) string { return s + "AAA" })},
		{name: "NUL at the end", token: part(2, func(s string) string { return s + "\x00" })},
		{name: "signature cut", token: part(2, func(s string) string { return s[:len(s)-4] })},
		{name: "signature longer", token: part(2, func(s string) string { return s + "AAAA" })},
		{name: "signature empty", token: part(2, func(string) string { return "" })},
		{name: "payload empty", token: part(1, func(string) string { return "" })},
		{name: "header empty", token: part(0, func(string) string { return "" })},
		{name: "signature of zeros", token: part(2, func(string) string { return base64url.Encode(make([]byte, 64)) }), want: ErrSignature},
		{name: "payload of another token", token: part(1, func(string) string { return base64url.Encode([]byte(`{"pesan":2}`)) }), want: ErrSignature},
		{name: "two segments", token: func(p []string) string { return p[0] + "." + p[1] }},
		{name: "four segments", token: func(p []string) string { return strings.Join(append(p, "AA"), ".") }},
		{name: "dots alone", token: func([]string) string { return strings.Repeat(".", max) }},
		{name: "too large by one byte", token: func([]string) string { return strings.Repeat("A", max+1) }, want: ErrTooLarge},

		{name: "flattened JSON", token: flattened, loose: true},
		{name: "flattened JSON, member in another case overrides", token: func(p []string) string {
			return strings.Replace(flattened(p), `{"payload":"`, `{"payload":"AAAA","PayLoad":"`, 1)
		}},
		{name: "general JSON", token: general(), loose: true},
		{name: "general JSON, one forged and one good signature", token: general(bogus), loose: true},
		{name: "general JSON, 2000 bogus signatures", token: general(strings.Repeat(bogus+",", 2000) + bogus), loose: true},
		{name: "general JSON, signatures empty", token: func(p []string) string { return `{"payload":"` + p[1] + `","signatures":[]}` }},
		{name: "JSON followed by garbage", token: func(p []string) string { return flattened(p) + "garbage" }, loose: true},
	})
}

// TestHazardsOfECDSASignatures: r and s have one form and one length.
func TestHazardsOfECDSASignatures(t *testing.T) {
	k := mustGenerate(t, ES256)
	bytesOf := func(change func(b []byte) []byte) func([]string) string {
		return part(2, func(s string) string {
			b, _ := base64url.Decode([]byte(s))
			return base64url.Encode(change(b))
		})
	}
	refuseJWS(t, k, []fault{
		{name: "63 bytes", token: bytesOf(func(b []byte) []byte { return b[:63] })},
		{name: "65 bytes", token: bytesOf(func(b []byte) []byte { return append(b, 0) })},
		{name: "96 bytes, as of P-384", token: bytesOf(func([]byte) []byte { return make([]byte, 96) })},
		{name: "ASN.1", token: bytesOf(func(b []byte) []byte {
			der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(b[:32]), new(big.Int).SetBytes(b[32:])})
			if err != nil {
				t.Fatal(err)
			}
			return der
		})},
		{name: "r zero", token: bytesOf(func(b []byte) []byte { return append(make([]byte, 32), b[32:]...) }), want: ErrSignature},
		{name: "s zero", token: bytesOf(func(b []byte) []byte { return append(b[:32:32], make([]byte, 32)...) }), want: ErrSignature},
		{name: "r and s exchanged", token: bytesOf(func(b []byte) []byte { return append(b[32:64:64], b[:32]...) }), want: ErrSignature},
		{name: "alg ES384", header: swap(ES256, "ES384")},
	})
}

// TestHazardsOfRSASignatures: the public key as a secret, and what PS256 leaves open.
func TestHazardsOfRSASignatures(t *testing.T) {
	k := mustGenerate(t, PS256)
	refuseJWS(t, k, []fault{
		{name: "HS256 with the public key", header: swap(PS256, "HS256")},
		{name: "RS256 under a PS256 key", header: swap(PS256, "RS256")},
		{name: "PS384", header: swap(PS256, "PS384")},
		{name: "signature of another size", token: part(2, func(s string) string { return base64url.Encode(make([]byte, 512)) }), want: ErrMalformed},
		{name: "signature of 513 bytes, as of no key", token: part(2, func(s string) string { return base64url.Encode(make([]byte, 513)) })},
		{name: "signature as short as 2048 bits", token: part(2, func(s string) string { return base64url.Encode(make([]byte, 256)) })},
		{name: "salt of 20 bytes", token: func(p []string) string { return p[0] + "." + p[1] + "." + salted(t, k, p, 20) }, want: ErrSignature, loose: true},
		{name: "no salt", token: func(p []string) string { return p[0] + "." + p[1] + "." + salted(t, k, p, 0) }, want: ErrSignature, loose: true},
	})
}

// salted signs with a salt of another length than RFC 7518 section 3.5 says.
func salted(t *testing.T, k *PrivateKey, p []string, length int) string {
	t.Helper()
	digest := sha256.Sum256([]byte(p[0] + "." + p[1]))
	if length == 0 {
		length = -2 // none: not to be written as 0, which is "automatic"
	}
	options := &rsa.PSSOptions{SaltLength: length, Hash: crypto.SHA256}
	if length < 0 {
		return base64url.Encode(unsalted(t, k.raw.(*rsa.PrivateKey), digest[:]))
	}
	signature, err := rsa.SignPSS(rand.Reader, k.raw.(*rsa.PrivateKey), crypto.SHA256, digest[:], options)
	if err != nil {
		t.Fatal(err)
	}
	return base64url.Encode(signature)
}

// unsalted makes a PSS signature with an empty salt (RFC 8017 section 9.1.1),
// which crypto/rsa does not offer.
func unsalted(t *testing.T, key *rsa.PrivateKey, digest []byte) []byte {
	t.Helper()
	m := sha256.Sum256(append(make([]byte, 8), digest...))
	size := key.Size()
	em := make([]byte, size)
	db := em[:size-len(m)-1]
	db[len(db)-1] = 1
	copy(em[len(db):], m[:])
	em[size-1] = 0xbc
	for i, filled := uint32(0), 0; filled < len(db); i++ {
		mask := sha256.Sum256(append(m[:], byte(i>>24), byte(i>>16), byte(i>>8), byte(i)))
		for _, b := range mask {
			if filled < len(db) {
				db[filled] ^= b
				filled++
			}
		}
	}
	em[0] &= 0x7f
	s := new(big.Int).Exp(new(big.Int).SetBytes(em), key.D, key.N)
	return s.FillBytes(make([]byte, size))
}

func TestHazardsOfJWE(t *testing.T) {
	k := mustGenerate(t, ECDHES)
	zero := base64url.Encode(make([]byte, 32))
	epkWith := func(members string) func(string) string {
		return func(h string) string {
			begin := strings.Index(h, `"epk":`)
			end := begin + strings.Index(h[begin:], "},") + 1
			return h[:begin] + `"epk":` + members + h[end:]
		}
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := p384.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	json := func(members string) func([]string) string {
		return func(p []string) string {
			return `{"protected":"` + p[0] + `",` + members + `"encrypted_key":"` + p[1] + `","iv":"` + p[2] + `","ciphertext":"` + p[3] + `","tag":"` + p[4] + `"}`
		}
	}
	recipients := func(list string) func([]string) string {
		return func(p []string) string {
			return `{"protected":"` + p[0] + `","recipients":` + list + `,"iv":"` + p[2] + `","ciphertext":"` + p[3] + `","tag":"` + p[4] + `"}`
		}
	}
	faults := []fault{
		{name: "alg absent", header: swap(`"alg":"ECDH-ES+A256KW",`, "")},
		{name: "alg dir", header: swap("ECDH-ES+A256KW", "dir")},
		{name: "alg ECDH-ES", header: swap("ECDH-ES+A256KW", "ECDH-ES")},
		{name: "alg A256KW", header: swap("ECDH-ES+A256KW", "A256KW")},
		{name: "alg RSA1_5", header: swap("ECDH-ES+A256KW", "RSA1_5")},
		{name: "alg PBES2, p2c 2e9", header: swap(`"ECDH-ES+A256KW"`, `"PBES2-HS256+A128KW","p2s":"AAAA","p2c":2000000000`)},
		{name: "p2c beside ours", header: add(`"p2c":2000000000`), loose: true},
		{name: "enc absent", header: swap(`"enc":"A256GCM",`, "")},
		{name: "crit unknown", header: add(`"crit":["exp"],"exp":1`), loose: true},
		{name: "crit of an absent member", header: add(`"crit":["exp"]`), loose: true},
		{name: "crit empty", header: add(`"crit":[]`), loose: true},
		{name: "zip DEF", header: add(`"zip":"DEF"`)},
		{name: "zip unknown", header: add(`"zip":"XYZ"`)},
		{name: "apu and apv", header: add(`"apu":"AA","apv":"AA"`)},
		{name: "apu alone, empty", header: add(`"apu":""`)},
		{name: "member twice", header: add(`"enc":"A256GCM"`), loose: true},
		{name: "member twice, another value first", header: add(`"kid":"x"`), loose: true},
		{name: "member twice inside epk", header: swap(`"kty"`, `"kty":"EC","kty"`), loose: true},
		{name: "member in another case", header: add(`"Typ":"x"`), loose: true},
		{name: "unknown member", header: add(`"x":1`), loose: true},
		{name: "header followed by garbage", header: func(h string) string { return h + "{}" }},
		{name: "header followed by a blank", header: func(h string) string { return h + " " }, loose: true},
		{name: "header null", header: func(string) string { return "null" }},
		{name: "jku", header: add(`"jku":"` + listener(t) + `"`), loose: true},
		{name: "x5u", header: add(`"x5u":"` + listener(t) + `"`), loose: true},
		{name: "jwk", header: add(`"jwk":` + string(k.pub.JWK())), loose: true},
		{name: "cty JWT", header: add(`"cty":"JWT"`), loose: true},
		{name: "typ of another statement", header: swap(typE, "segel-receipt+jwe"), loose: true},
		{name: "typ absent", header: swap(`,"typ":"`+typE+`"`, ""), loose: true},
		{name: "kid absent", header: swap(`"kid":"`+k.pub.kid+`",`, ""), loose: true},
		{name: "kid of another key", header: swap(k.pub.kid, strings.Repeat("A", 43)), want: ErrUnknownKey, loose: true},
		{name: "kid that breaks a line", header: swap(k.pub.kid, `x\nFAKE LOG LINE`), loose: true},

		{name: "epk absent", header: epkWith(`0`)},
		{name: "epk null", header: epkWith(`null`)},
		{name: "epk off the curve", header: epkWith(`{"kty":"EC","crv":"P-256","x":"` + zero + `","y":"` + zero + `"}`)},
		{name: "epk of another curve", header: epkWith(`{"kty":"EC","crv":"P-384","x":"` + base64url.Encode(point[1:49]) + `","y":"` + base64url.Encode(point[49:]) + `"}`)},
		{name: "epk said to be OKP", header: swap(`"kty":"EC"`, `"kty":"OKP"`)},
		{name: "epk said to be on P-384", header: swap(`"P-256"`, `"P-384"`)},
		{name: "epk without a curve", header: swap(`"crv":"P-256",`, ``)},
		{name: "epk of X25519 for a P-256 key", header: epkWith(`{"kty":"OKP","crv":"X25519","x":"` + base64url.Encode(basePoint) + `"}`), want: ErrDecrypt},
		{name: "epk oversized", header: epkWith(`{"kty":"EC","crv":"P-256","x":"` + strings.Repeat("A", 400) + `","y":"` + zero + `"}`)},
		{name: "epk with a leading zero byte", header: swap(`"x":"`, `"x":"AA`)},
		{name: "epk zero", header: epkWith(`{"kty":"EC","crv":"P-256","x":"","y":""}`)},
		{name: "epk all-zero X25519", header: epkWith(`{"kty":"OKP","crv":"X25519","x":"` + zero + `"}`)},
		{name: "epk short X25519", header: epkWith(`{"kty":"OKP","crv":"X25519","x":"AAAA"}`)},
		{name: "epk private", header: swap(`"kty"`, `"d":"`+zero+`","kty"`)},
		{name: "epk RSA", header: epkWith(`{"kty":"RSA","n":"AQAB","e":"AQAB"}`)},
		{name: "epk with a kid", header: swap(`"kty"`, `"kid":"x","kty"`), loose: true},

		{name: "encrypted key empty", token: part(1, func(string) string { return "" })}, // panics in the library
		{name: "encrypted key of 8 bytes", token: part(1, func(string) string { return base64url.Encode(make([]byte, 8)) })},
		{name: "encrypted key of 48 bytes", token: part(1, func(string) string { return base64url.Encode(make([]byte, 48)) })},
		{name: "encrypted key not of this key", token: part(1, func(string) string { return base64url.Encode(make([]byte, 40)) }), want: ErrDecrypt},
		{name: "iv empty", token: part(2, func(string) string { return "" })},
		{name: "iv of 16 bytes", token: part(2, func(string) string { return base64url.Encode(make([]byte, 16)) })},
		{name: "ciphertext empty", token: part(3, func(string) string { return "" })},
		{name: "ciphertext changed", token: part(3, func(s string) string { return "AAAA" + s[4:] }), want: ErrDecrypt},
		{name: "tag empty", token: part(4, func(string) string { return "" })},
		{name: "tag short", token: part(4, func(s string) string { return s[:8] })},
		{name: "boundary of ciphertext and tag moved by 8 bytes", token: func(p []string) string {
			c, _ := base64url.Decode([]byte(p[3]))
			tag, _ := base64url.Decode([]byte(p[4]))
			all := append(c, tag...)
			return strings.Join([]string{p[0], p[1], p[2], base64url.Encode(all[:len(c)-8]), base64url.Encode(all[len(c)-8:])}, ".")
		}, loose: true},
		{name: "four segments", token: func(p []string) string { return strings.Join(p[:4], ".") }},
		{name: "six segments", token: func(p []string) string { return strings.Join(append(p, "AA"), ".") }},
		{name: "a JWS", token: func(p []string) string { return strings.Join(p[:3], ".") }},
		{name: "LF at the end", token: part(4, func(s string) string { return s + "\n" }), loose: true},
		{name: "blank before it", token: part(0, func(s string) string { return " " + s }), loose: true},
		{name: "too large by one byte", token: func([]string) string { return strings.Repeat("A", max+1) }, want: ErrTooLarge},

		{name: "flattened JSON", token: json("")},
		{name: "flattened JSON with unprotected zip", token: json(`"unprotected":{"zip":"DEF"},`)},
		{name: "flattened JSON with unprotected alg", token: json(`"unprotected":{"alg":"ECDH-ES+A256KW"},`)},
		{name: "flattened JSON with a header", token: json(`"header":{"alg":"ECDH-ES+A256KW"},`), loose: true},
		{name: "recipients beside encrypted_key", token: json(`"recipients":[{}],`)},
		{name: "JSON followed by garbage", token: func(p []string) string { return json(`"header":{"alg":"ECDH-ES+A256KW"},`)(p) + "garbage" }, loose: true},
		{name: "recipients null", token: recipients("[null]")},
		{name: "recipients empty object", token: recipients("[{}]")},
		{name: "recipients none", token: recipients("[]")},
		{name: "1000 recipients", token: recipients("[" + strings.Repeat(`{"header":{"alg":"RSA-OAEP-256"},"encrypted_key":"AAAA"},`, 999) + "{}]")},
	}
	for _, enc := range []string{"A128GCM", "A192GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "a256gcm", "C20P"} {
		faults = append(faults, fault{name: "enc " + enc, header: swap("A256GCM", enc)})
	}
	for i, name := range []string{"header", "encrypted key", "iv", "ciphertext", "tag"} {
		if i != 2 { // 12 bytes are 16 characters, without unused bits
			faults = append(faults, fault{name: name + " with unused bits", token: part(i, unusedBits), loose: i > 0})
		}
		faults = append(faults,
			fault{name: name + " padded", token: part(i, pad)},
			fault{name: name + " with LF inside", token: part(i, func(s string) string { return s[:2] + "\n" + s[2:] }), loose: i > 0})
	}
	refuseJWE(t, k, faults)
}

// TestHazardsOfX25519: one text for one ephemeral key, and none of small order.
func TestHazardsOfX25519(t *testing.T) {
	k := mustX25519(t)
	x := func(b []byte) func(string) string {
		return func(h string) string {
			begin := strings.Index(h, `"x":"`) + len(`"x":"`)
			return h[:begin] + base64url.Encode(b) + h[begin+43:]
		}
	}
	point := func(first byte, rest byte, last byte) []byte {
		b := bytes.Repeat([]byte{rest}, 32)
		b[0], b[31] = first, last
		return b
	}
	refuseJWE(t, k, []fault{
		{name: "epk with an empty y", header: swap(`"x":"`, `"y":"","x":"`)},
		{name: "epk with a y", header: swap(`"x":"`, `"y":"AAAA","x":"`)},
		{name: "epk said to be EC", header: swap(`"OKP"`, `"EC"`)},
		{name: "epk of Ed25519", header: swap(`"X25519"`, `"Ed25519"`)},
		{name: "epk of X448", header: swap(`"X25519"`, `"X448"`)},
		{name: "epk 0", header: x(make([]byte, 32))},
		{name: "epk 1", header: x(point(1, 0, 0))},
		{name: "epk p-1", header: x(point(0xec, 0xff, 0x7f))},
		{name: "epk p, which is 0", header: x(point(0xed, 0xff, 0x7f))},
		{name: "epk p+9, which is the base point", header: x(point(0xf6, 0xff, 0x7f))},
		{name: "epk with the top bit, which is ignored", header: x(point(9, 0, 0x80))},
		{name: "apu and apv", header: add(`"apu":"AA","apv":"AA"`)},
	})
}

// TestNothingIsDecodedOfWhatIsRefused: whoever has no key costs a look at each
// byte and no memory, however long the part of the token is that is wrong.
func TestNothingIsDecodedOfWhatIsRefused(t *testing.T) {
	long := strings.Repeat("A", max-64)
	var before, after runtime.MemStats
	for name, token := range map[string]string{
		"header":        long + ".AA.AA.AA.AA",
		"encrypted key": "e30." + long + ".AA.AA.AA",
		"ciphertext":    "e30.AA.AA." + long + ".AA",
		"tag":           "e30.AA.AA.AA." + long,
		"JWS header":    long + ".AA.AA",
		"JWS payload":   "e30." + long + ".AA",
		"JWS signature": "e30.AA." + long,
		"one segment":   long,
	} {
		text := []byte(token)
		runtime.ReadMemStats(&before)
		_, err := PeekJWE(typE, text, max)
		_, errJWS := Read(typS, text, max)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrMalformed) || !errors.Is(errJWS, ErrMalformed) {
			t.Errorf("%s: %v, %v", name, err, errJWS)
		}
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 64<<10 {
			t.Errorf("%s: %d bytes of memory", name, spent)
		}
	}
}

// basePoint is the base point of X25519 (RFC 7748 section 4.1).
var basePoint = append([]byte{9}, make([]byte, 31)...)

// pad adds the padding that is missing, or some.
func pad(s string) string { return s + strings.Repeat("=", max3(len(s))) }

func max3(n int) int {
	if n%4 == 0 {
		return 1
	}
	return 4 - n%4
}

// unusedBits sets the lowest bit of the last character. It panics for a text
// that has none, where it would change the bytes.
func unusedBits(s string) string {
	if len(s)%4 == 0 {
		panic("no unused bits")
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, s[len(s)-1])
	return s[:len(s)-1] + string(alphabet[last^1])
}

// listener returns the address of a server that nobody may connect to.
func listener(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c, err := l.Accept(); err == nil {
			c.Close()
			t.Error("somebody fetched what a header names")
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return "http://" + l.Addr().String() + "/"
}

// TestHazardsOfContentKeys: a content key of another size, inflated content.
func TestHazardsOfContentKeys(t *testing.T) {
	for _, k := range []*PrivateKey{mustGenerate(t, ECDHES), mustX25519(t), mustGenerate(t, RSAOAEP)} {
		open := func(token string) error {
			_, err := Decrypt(typE, []byte(token), max, func(string) *PrivateKey { return k })
			return err
		}
		t.Run(k.pub.alg+" "+k.pub.jwk.Crv, func(t *testing.T) {
			s := newSealing(t, &k.pub)
			if err := open(strings.Join(s.seal(t, fortyBytes), ".")); err != nil {
				t.Fatal(err)
			}
			s.cek = s.cek[:16] // AES-128, which the header does not say
			want := ErrMalformed
			if k.pub.alg == RSAOAEP {
				want = ErrDecrypt // the encrypted key is as long as the modulus
			}
			if err := open(strings.Join(s.seal(t, fortyBytes), ".")); !errors.Is(err, want) {
				t.Errorf("content key of 16 bytes: %v", err)
			}
			var deflated bytes.Buffer
			w, err := flate.NewWriter(&deflated, flate.BestCompression)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(make([]byte, 1<<20)); err != nil || w.Close() != nil {
				t.Fatal(err)
			}
			for name, garbage := range map[string]string{"deflated": "", "deflated and garbage": "garbage"} {
				s = newSealing(t, &k.pub)
				s.header = add(`"zip":"DEF"`)(s.header)
				token := strings.Join(s.seal(t, append(deflated.Bytes(), garbage...)), ".")
				if err := open(token); !errors.Is(err, ErrMalformed) {
					t.Errorf("%s: %v", name, err)
				}
				if library(k, []byte(token)) != nil {
					t.Errorf("%s: the library refuses it by itself", name)
				}
			}
		})
	}
}

// TestHazardsOfRSAEncryption: a header against a key for RSA-OAEP-256.
func TestHazardsOfRSAEncryption(t *testing.T) {
	k := mustGenerate(t, RSAOAEP)
	refuseJWE(t, k, []fault{
		{name: "RSA1_5", header: swap(RSAOAEP, "RSA1_5")},
		{name: "RSA-OAEP with SHA-1", header: swap(RSAOAEP, "RSA-OAEP")},
		{name: "PBES2", header: swap(`"RSA-OAEP-256"`, `"PBES2-HS256+A128KW","p2s":"AAAA","p2c":2000000000`)},
		{name: "ECDH-ES+A256KW", header: swap(`"RSA-OAEP-256"`, `"ECDH-ES+A256KW"`)},
		{name: "epk where none belongs", header: add(`"epk":{"kty":"OKP","crv":"X25519","x":"` + base64url.Encode(basePoint) + `"}`), loose: true},
		{name: "encrypted key empty", token: part(1, func(string) string { return "" })},
		{name: "encrypted key of a wrap", token: part(1, func(string) string { return base64url.Encode(make([]byte, 40)) })},
		{name: "encrypted key of a smaller modulus", token: part(1, func(string) string { return base64url.Encode(make([]byte, 256)) }), want: ErrDecrypt},
		{name: "encrypted key of 513 bytes, as of no key", token: part(1, func(string) string { return base64url.Encode(make([]byte, 513)) })},
		{name: "encrypted key above the modulus", token: part(1, func(string) string { return base64url.Encode(bytes.Repeat([]byte{255}, 384)) }), want: ErrDecrypt},
		{name: "encrypted key of zeros", token: part(1, func(string) string { return base64url.Encode(make([]byte, 384)) }), want: ErrDecrypt},
	})
}
