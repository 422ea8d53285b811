package jose

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const (
	typS = "test+jwt"
	typE = "test+jwe"
	max  = 1 << 20
)

func mustGenerate(t testing.TB, alg string) *PrivateKey {
	t.Helper()
	k, err := Generate(alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mustX25519(t testing.TB) *PrivateKey {
	t.Helper()
	raw, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := ours.newPrivate(ECDHES, raw)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func only(k *PublicKey) func(string) (*PublicKey, error) {
	return func(string) (*PublicKey, error) { return k, nil }
}

func TestRoundTripAndKeyFiles(t *testing.T) {
	keys := map[string]*PrivateKey{"X25519": mustX25519(t)}
	for _, alg := range []string{ES256, EdDSA, PS256, ECDHES, RSAOAEP} {
		keys[alg] = mustGenerate(t, alg)
	}
	for name, k := range keys {
		t.Run(name, func(t *testing.T) {
			text, err := k.PrivateJWK()
			if err != nil {
				t.Fatal(err)
			}
			k, err = ParsePrivate(text)
			if err != nil {
				t.Fatal(err)
			}
			pub, err := ParsePublic(k.Public().JWK())
			if err != nil || pub.ID() != k.Public().ID() {
				t.Fatal("public half does not survive", err)
			}
			if _, err := ParsePublic(text); err == nil {
				t.Error("private JWK accepted as a public one")
			}
			message := []byte("pesan")
			if k.Public().Use() == UseSign {
				token, err := Sign(typS, message, k)
				if err != nil {
					t.Fatal(err)
				}
				got, err := Verify(typS, token, max, only(pub))
				if err != nil || !bytes.Equal(got.Payload, message) || got.KeyID != pub.ID() {
					t.Fatal(got, err)
				}
				if _, err := Verify("other+jwt", token, max, only(pub)); !errors.Is(err, ErrMalformed) {
					t.Errorf("other typ: %v", err)
				}
				return
			}
			token, err := Encrypt(typE, message, pub)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decrypt(typE, token, max, func(string) *PrivateKey { return k })
			if err != nil || !bytes.Equal(got, message) {
				t.Fatal(got, err)
			}
			seen, err := PeekJWE(typE, token, max)
			if err != nil || seen.KeyID != pub.ID() || seen.Bytes != len(message) {
				t.Fatal(seen, err)
			}
		})
	}
}

func TestKeysRefused(t *testing.T) {
	ec := string(mustGenerate(t, ES256).Public().JWK())
	ed := mustGenerate(t, EdDSA).Public()
	okp := string(ed.JWK())
	for name, text := range map[string]string{
		"unknown member":         strings.Replace(ec, `{`, `{"x5u":"http://127.0.0.1/",`, 1),
		"alg of another family":  strings.Replace(ec, ES256, EdDSA, 1),
		"use for the wrong alg":  strings.Replace(ec, `"sig"`, `"enc"`, 1),
		"kid not thumbprint":     strings.Replace(ec, `"kid":"`, `"kid":"A`, 1),
		"HMAC key":               `{"kty":"oct","k":"AAAA","alg":"HS256","use":"sig","kid":"x"}`,
		"wrong key operation":    strings.Replace(ec, `{`, `{"key_ops":["sign"],`, 1),
		"OKP of wrong length":    strings.Replace(okp, ed.jwk.X, ed.jwk.X+"AA", 1), // panics in jwx v2.1.7
		"empty private member":   strings.Replace(ec, `{`, `{"d":"",`, 1),
		"member of another type": strings.Replace(ec, `{`, `{"n":"AQAB",`, 1),
		"duplicate member":       strings.Replace(ec, `{`, `{"kty":"EC",`, 1),
		"Ed25519 as X25519":      strings.Replace(okp, "Ed25519", "X25519", 1),
	} {
		if _, err := ParsePublic([]byte(text)); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParsePublic([]byte(strings.Replace(ec, `{`, `{"key_ops":["verify"],`, 1))); err != nil {
		t.Errorf("right key operation: %v", err)
	}
}

func TestSmallOrderKeysRefused(t *testing.T) {
	for _, text := range smallOrderEd25519 {
		for _, sign := range []byte{0, 0x80} {
			y, err := hex.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			y[31] |= sign
			if _, err := ours.newPublic(EdDSA, ed25519.PublicKey(y)); !errors.Is(err, ErrKey) {
				t.Errorf("Ed25519 %x accepted", y)
			}
		}
	}
	for _, text := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		pub, err := ecdh.X25519().NewPublicKey(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ours.newPublic(ECDHES, pub); !errors.Is(err, ErrKey) {
			t.Errorf("X25519 %s accepted", text)
		}
	}
}

func TestCurvePoints(t *testing.T) {
	accepted := 0
	for range 400 {
		b := make([]byte, 32)
		if _, err := rand.Read(b); err != nil {
			t.Fatal(err)
		}
		if onEdwards(b) {
			accepted++
		}
	}
	if accepted < 100 || accepted > 300 { // half of all y belong to a point
		t.Errorf("%d of 400 random encodings are points", accepted)
	}
	for range 20 {
		if k := mustGenerate(t, EdDSA); !onEdwards(k.pub.raw.(ed25519.PublicKey)) {
			t.Fatal("an honest key is refused")
		}
	}
	x := mustX25519(t)
	twin := x.pub.raw.(*ecdh.PublicKey).Bytes()
	twin[31] |= 0x80 // the same key to X25519, another thumbprint
	pub, err := ecdh.X25519().NewPublicKey(twin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ours.newPublic(ECDHES, pub); !errors.Is(err, ErrKey) {
		t.Error("a second encoding of one X25519 key is accepted")
	}
}

func TestPrivateKeysRefused(t *testing.T) {
	ec, err := mustGenerate(t, ES256).PrivateJWK()
	if err != nil {
		t.Fatal(err)
	}
	rsa, err := mustGenerate(t, RSAOAEP).PrivateJWK()
	if err != nil {
		t.Fatal(err)
	}
	other, err := mustGenerate(t, ES256).PrivateJWK()
	if err != nil {
		t.Fatal(err)
	}
	var a, b, r jwk
	for text, to := range map[string]*jwk{string(ec): &a, string(other): &b, string(rsa): &r} {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			t.Fatal(err)
		}
	}
	change := func(text []byte, before, after string) string { return strings.Replace(string(text), before, after, 1) }
	for name, text := range map[string]string{
		"scalar of another key": change(ec, a.D, b.D),
		"junk beside it":        change(ec, `{`, `{"p":"AAAA",`),
		"wrong dp":              change(rsa, r.DP, r.DQ),
		"no qi":                 change(rsa, `,"qi":"`+r.QI+`"`, ``),
		"p twice":               change(rsa, r.Q, r.P),
		"wrong operation":       change(ec, `{`, `{"key_ops":["verify"],`),
		"public key":            string(mustGenerate(t, ES256).Public().JWK()),
	} {
		if _, err := ParsePrivate([]byte(text)); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	short := change([]byte(change([]byte(change(rsa, `,"dp":"`+r.DP+`"`, ``)), `,"dq":"`+r.DQ+`"`, ``)), `,"qi":"`+r.QI+`"`, ``)
	if _, err := ParsePrivate([]byte(short)); err != nil {
		t.Errorf("without dp, dq and qi: %v", err)
	}
}

// TestNoTypeIsNotAnyType: whoever expects no type is not answered with a token
// that has none.
func TestNoTypeIsNotAnyType(t *testing.T) {
	sign, seal := mustGenerate(t, EdDSA), newSealing(t, &mustGenerate(t, ECDHES).pub)
	token := strings.Join(signedBy(t, sign, swap(`,"typ":"`+typS+`"`, "")(headerJWS(sign)), []byte("x")), ".")
	if _, err := Verify("", []byte(token), max, only(&sign.pub)); !errors.Is(err, ErrMalformed) {
		t.Errorf("JWS: %v", err)
	}
	seal.header = swap(`,"typ":"`+typE+`"`, "")(seal.header)
	if _, err := PeekJWE("", []byte(strings.Join(seal.seal(t, fortyBytes), ".")), max); !errors.Is(err, ErrMalformed) {
		t.Errorf("JWE: %v", err)
	}
}
