package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/base64url"
)

// TestHazardsOfKeys: JSON Web Keys that the library parses.
func TestHazardsOfKeys(t *testing.T) {
	ec := string(mustGenerate(t, ES256).pub.JWK())
	x, y := member(t, []byte(ec), "x"), member(t, []byte(ec), "y")
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := p384.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	modulus := func(bits int, last byte) string { // no key, but of that size
		n := bytes.Repeat([]byte{255}, (bits+7)/8)
		n[0] >>= (8 - bits%8) % 8
		n[len(n)-1] = last
		return base64url.Encode(n)
	}
	of := func(alg, use, members string, j jwk) string {
		return `{` + members + `,"alg":"` + alg + `","use":"` + use + `","kid":"` + j.thumbprint() + `"}`
	}
	rsaKey := func(alg, use, n, e string) string {
		return of(alg, use, `"kty":"RSA","n":"`+n+`","e":"`+e+`"`, jwk{Kty: "RSA", N: n, E: e})
	}
	okp := func(crv, alg, use string, b []byte) string {
		x := base64url.Encode(b)
		return of(alg, use, `"kty":"OKP","crv":"`+crv+`","x":"`+x+`"`, jwk{Kty: "OKP", Crv: crv, X: x})
	}
	if _, err := ParsePublic([]byte(rsaKey(RSAOAEP, "enc", modulus(2048, 255), "AQAB"))); err != nil {
		t.Fatal("without a fault: ", err)
	}
	identity := append([]byte{1}, make([]byte, 31)...)
	for name, text := range map[string]string{
		"RSA of 512 bits":              rsaKey(RSAOAEP, "enc", modulus(512, 255), "AQAB"),
		"RSA of 1024 bits":             rsaKey(RSAOAEP, "enc", modulus(1024, 255), "AQAB"),
		"RSA of 2040 bits":             rsaKey(RSAOAEP, "enc", modulus(2040, 255), "AQAB"),
		"RSA of 2049 bits":             rsaKey(RSAOAEP, "enc", modulus(2049, 255), "AQAB"),
		"RSA of 8192 bits":             rsaKey(RSAOAEP, "enc", modulus(8192, 255), "AQAB"),
		"RSA with an even modulus":     rsaKey(RSAOAEP, "enc", modulus(2048, 254), "AQAB"),
		"RSA with exponent 1":          rsaKey(RSAOAEP, "enc", modulus(2048, 255), "AQ"),
		"RSA with exponent 3":          rsaKey(RSAOAEP, "enc", modulus(2048, 255), "Aw"),
		"RSA with a leading zero byte": rsaKey(RSAOAEP, "enc", "AA"+modulus(2048, 255), "AQAB"),
		"PS256 of 2048 bits":           rsaKey(PS256, "sig", modulus(2048, 255), "AQAB"),
		"RS256":                        rsaKey("RS256", "sig", modulus(3072, 255), "AQAB"),
		"HMAC key of one byte":         of("HS256", "sig", `"kty":"oct","k":"AA"`, jwk{Kty: "oct"}),
		"ES256 on P-384":               of(ES256, "sig", `"kty":"EC","crv":"P-384","x":"`+base64url.Encode(point[1:49])+`","y":"`+base64url.Encode(point[49:])+`"`, jwk{Kty: "EC", Crv: "P-384", X: base64url.Encode(point[1:49]), Y: base64url.Encode(point[49:])}),
		"off the curve":                of(ES256, "sig", `"kty":"EC","crv":"P-256","x":"`+y+`","y":"`+x+`"`, jwk{Kty: "EC", Crv: "P-256", X: y, Y: x}),
		"point at infinity":            of(ES256, "sig", `"kty":"EC","crv":"P-256","x":"`+base64url.Encode(make([]byte, 32))+`","y":"`+base64url.Encode(make([]byte, 32))+`"`, jwk{Kty: "EC", Crv: "P-256", X: base64url.Encode(make([]byte, 32)), Y: base64url.Encode(make([]byte, 32))}),
		"Ed25519 of zeros":             okp("Ed25519", EdDSA, "sig", make([]byte, 32)),
		"Ed25519 identity point":       okp("Ed25519", EdDSA, "sig", identity),
		"Ed25519 of 31 bytes":          okp("Ed25519", EdDSA, "sig", basePoint[:31]),
		"Ed25519 of 33 bytes":          okp("Ed25519", EdDSA, "sig", append(identity, 0)),
		"Ed25519 that is no point":     okp("Ed25519", EdDSA, "sig", append([]byte{2}, make([]byte, 31)...)),
		"X25519 of zeros":              okp("X25519", ECDHES, "enc", make([]byte, 32)),
		"X25519 of one":                okp("X25519", ECDHES, "enc", identity),
		"X25519 of 31 bytes":           okp("X25519", ECDHES, "enc", basePoint[:31]),
		"X448":                         okp("X448", ECDHES, "enc", make([]byte, 56)),
		"x5c of another key":           strings.Replace(ec, "{", `{"x5c":["AA=="],`, 1),
		"x5t#S256":                     strings.Replace(ec, "{", `{"x5t#S256":"AAAA",`, 1),
		"x5u":                          strings.Replace(ec, "{", `{"x5u":"`+listener(t)+`",`, 1),
		"member twice":                 strings.Replace(ec, "{", `{"alg":"ES256",`, 1),
		"member in another case":       strings.Replace(ec, `"kty"`, `"KTY"`, 1),
		"followed by garbage":          ec + "{}",
		"use enc for ES256":            strings.Replace(ec, `"sig"`, `"enc"`, 1),   // Wycheproof tc354
		"use absent":                   strings.Replace(ec, `"use":"sig",`, ``, 1), //
		"alg absent":                   strings.Replace(ec, `"alg":"ES256",`, ``, 1),
		"alg for encryption, use sig":  strings.Replace(ec, ES256, ECDHES, 1),
		"kid absent":                   strings.Replace(ec, `,"kid":"`+member(t, []byte(ec), "kid")+`"`, ``, 1),
		"kid of another key":           strings.Replace(ec, member(t, []byte(ec), "kid"), strings.Repeat("A", 43), 1),
		"key_ops without verify":       strings.Replace(ec, "{", `{"key_ops":["encrypt"],`, 1), // Wycheproof tc356
		"key_ops with more":            strings.Replace(ec, "{", `{"key_ops":["verify","sign"],`, 1),
		"key_ops twice the same":       strings.Replace(ec, "{", `{"key_ops":["verify","verify"],`, 1),
		"key_ops empty":                strings.Replace(ec, "{", `{"key_ops":[],`, 1),
	} {
		if _, err := ParsePublic([]byte(text)); err != ErrKey { //nolint:errorlint // the very value, so that its text is ours
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOneSignatureForAnyMessage: why small-order keys are refused. Under the
// identity point this signature verifies whatever is signed.
func TestOneSignatureForAnyMessage(t *testing.T) {
	identity := append([]byte{1}, make([]byte, 31)...)
	forged := append(bytes.Clone(identity), make([]byte, 32)...)
	k := &PublicKey{alg: EdDSA, use: UseSign, raw: ed25519.PublicKey(identity)}
	for i := range 10 {
		if err := k.verify(fmt.Appendf(nil, "pesan %d", i), forged); err != nil {
			t.Fatal("the library refuses it by itself, so the test shows nothing about keys")
		}
	}
	if _, err := ours.newPublic(EdDSA, ed25519.PublicKey(identity)); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
}

// TestSecondSignature: (r, n−s) verifies as (r, s) does. So nothing may tell
// tokens apart by their bytes; what was signed is the same text.
func TestSecondSignature(t *testing.T) {
	k := mustGenerate(t, ES256)
	token, err := Sign(typS, []byte("pesan"), k)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(token), ".")
	signature, _ := base64url.Decode([]byte(parts[2]))
	s := new(big.Int).SetBytes(signature[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(signature[32:])
	twin := parts[0] + "." + parts[1] + "." + base64url.Encode(signature)
	a, err := Verify(typS, token, max, only(&k.pub))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Verify(typS, []byte(twin), max, only(&k.pub))
	if err != nil {
		t.Fatal(err)
	}
	if twin == string(token) || !bytes.Equal(a.SigningInput, b.SigningInput) {
		t.Error("the twin is not one")
	}
}

// TestNothingIsSignedOrSealed: what the library makes and cannot read, or what
// would say nothing.
func TestNothingIsSignedOrSealed(t *testing.T) {
	sign, seal := mustGenerate(t, ES256), mustGenerate(t, ECDHES)
	for name, err := range map[string]error{
		"sign nothing":            second(Sign(typS, nil, sign)),
		"sign without a key":      second(Sign(typS, []byte("x"), nil)),
		"sign with a zero key":    second(Sign(typS, []byte("x"), new(PrivateKey))),
		"sign with another's use": second(Sign(typS, []byte("x"), seal)),
		"sign an odd typ":         second(Sign(`x","admin":true,"y":"`, []byte("x"), sign)),
		"sign without a typ":      second(Sign("", []byte("x"), sign)),
		"seal nothing":            second(Encrypt(typE, nil, &seal.pub)),
		"seal for nobody":         second(Encrypt(typE, []byte("x"), nil)),
		"seal for a zero key":     second(Encrypt(typE, []byte("x"), new(PublicKey))),
		"seal for another's use":  second(Encrypt(typE, []byte("x"), &sign.pub)),
		"seal an odd typ":         second(Encrypt(`x","admin":true,"y":"`, []byte("x"), &seal.pub)),
		"seal without a typ":      second(Encrypt("", []byte("x"), &seal.pub)),
	} {
		if !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What the gate would refuse is not made.
	for _, typ := range []string{`a\b`, "a b", "a\nb", "a\x00b", "a\x7fb", "\u00e9", `a"b`} {
		if _, err := Sign(typ, []byte("x"), sign); !errors.Is(err, ErrKey) {
			t.Errorf("signed as %q: %v", typ, err)
		}
		if _, err := Encrypt(typ, []byte("x"), &seal.pub); !errors.Is(err, ErrKey) {
			t.Errorf("sealed as %q: %v", typ, err)
		}
	}
}

func second(_ []byte, err error) error { return err }

// TestExactBytes: what was verified is what is handed out, not a copy of it.
func TestExactBytes(t *testing.T) {
	k := mustGenerate(t, ES256)
	token, err := Sign(typS, []byte("pesan"), k)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := Verify(typS, token, max, only(&k.pub))
	if err != nil {
		t.Fatal(err)
	}
	if &signed.SigningInput[0] != &token[0] || len(signed.SigningInput) != bytes.LastIndexByte(token, '.') || cap(signed.SigningInput) != len(signed.SigningInput) {
		t.Error("the signing input is not the token's")
	}
}

// TestPanicsAreErrors: a library that panics costs one token, not the process.
func TestPanicsAreErrors(t *testing.T) {
	k := &PublicKey{alg: EdDSA, use: UseSign, raw: ed25519.PublicKey{1}} // as no constructor makes it
	if err := k.verify([]byte("x"), make([]byte, 64)); !errors.Is(err, ErrInternal) {
		t.Errorf("verify: %v", err)
	}
	broken := mustGenerate(t, ECDHES)
	token, err := Encrypt(typE, []byte("isi"), &broken.pub)
	if err != nil {
		t.Fatal(err)
	}
	broken.exchanger = nil
	if _, err := Decrypt(typE, token, max, func(string) *PrivateKey { return broken }); !errors.Is(err, ErrDecrypt) {
		t.Errorf("decrypt: %v", err)
	}
}

// TestOneAlgorithmForOneKindOfKey: every kind of key with every algorithm, and
// those that fit.
func TestOneAlgorithmForOneKindOfKey(t *testing.T) {
	point, err := mustGenerate(t, ECDHES).pub.exchange()
	if err != nil {
		t.Fatal(err)
	}
	p384 := mustECDSA(t, elliptic.P384())
	other, err := p384.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		raw  crypto.PublicKey
		fits []string
	}{
		"P-256":                         {mustGenerate(t, ES256).pub.raw, []string{ES256, ECDHES}},
		"P-384":                         {p384.Public(), nil},
		"Ed25519":                       {mustGenerate(t, EdDSA).pub.raw, []string{EdDSA}},
		"X25519":                        {mustX25519(t).pub.raw, []string{ECDHES}},
		"RSA":                           {mustGenerate(t, PS256).pub.raw, []string{PS256, RSAOAEP}},
		"P-256 in crypto/ecdh's form":   {point, nil},
		"P-384 in crypto/ecdh's form":   {other.PublicKey(), nil},
		"secret":                        {[]byte("rahasia"), nil},
		"nothing":                       {nil, nil},
		"RSA without a modulus":         {&rsa.PublicKey{E: 65537}, nil},
		"RSA without anything":          {(*rsa.PublicKey)(nil), nil},
		"Ed25519 of no length":          {ed25519.PublicKey(nil), nil},
		"Ed25519 that is a text":        {string(make([]byte, 32)), nil},
		"a private key":                 {mustGenerate(t, ES256).raw, nil},
		"an Ed25519 key's private half": {mustGenerate(t, EdDSA).raw, nil},
	} {
		for _, alg := range []string{ES256, EdDSA, PS256, ECDHES, RSAOAEP, A256GCM, "ES384", "RS256", "HS256", "dir", "none", ""} {
			k, err := ours.newPublic(alg, c.raw)
			if want := slices.Contains(c.fits, alg); (err == nil) != want || !want && (err != ErrKey || k != nil) { //nolint:errorlint // the very value
				t.Errorf("%s for %q: %v", name, alg, err)
			}
		}
	}
}
