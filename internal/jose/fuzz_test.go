package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/json"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/base64url"
)

// The fuzzer runs in several processes, which must have the same keys.
func fixed(f *testing.F, alg string, raw crypto.PrivateKey, err error) *PrivateKey {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
	k, err := ours.newPrivate(alg, raw)
	if err != nil {
		f.Fatal(err)
	}
	return k
}

func fixedECDH(f *testing.F) (p256, x *PrivateKey) {
	f.Helper()
	scalar := bytes.Repeat([]byte{7}, 32)
	raw, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	p256 = fixed(f, ECDHES, raw, err)
	curve25519, err := ecdh.X25519().NewPrivateKey(scalar)
	return p256, fixed(f, ECDHES, curve25519, err)
}

// FuzzJWS: under one key, nothing but what that key signed verifies.
func FuzzJWS(f *testing.F) {
	k := fixed(f, EdDSA, ed25519.NewKeyFromSeed(make([]byte, 32)), nil)
	token, err := Sign(typS, []byte("pesan"), k)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add([]byte("e30.e30.AA"))
	f.Add([]byte(base64url.Encode([]byte(headerJWS(k))) + ".AA.AA"))
	f.Fuzz(func(t *testing.T, text []byte) {
		signed, err := Verify(typS, text, max, only(&k.pub))
		if err == nil && !(bytes.Equal(text, token) && string(signed.Payload) == "pesan") {
			t.Errorf("%q verifies", text)
		}
		known(t, err)
	})
}

// FuzzJWE: with one key, nothing opens but what was encrypted for it. An
// encryption proves nothing about who made it, so the fuzzer, which knows the
// public key, could make one; it has to find AES-GCM's tag for that.
func FuzzJWE(f *testing.F) {
	p256, x := fixedECDH(f)
	for _, k := range []*PrivateKey{p256, x} {
		token, err := Encrypt(typE, fortyBytes, &k.pub)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(token, k.pub.jwk.Crv == "X25519")
	}
	f.Add([]byte(strings.Join(newSealing(f, &p256.pub).seal(f, fortyBytes), ".")), false)
	f.Fuzz(func(t *testing.T, text []byte, curve25519 bool) {
		k := p256
		if curve25519 {
			k = x
		}
		o, err := bare.peek(text, max)
		if err != nil {
			known(t, err)
			return
		}
		plaintext, err := o.Decrypt(k)
		if err == nil && !bytes.Equal(plaintext, fortyBytes) {
			t.Errorf("%q opens", text)
		}
		known(t, err)
	})
}

// FuzzJWK: a key that is accepted says the same of itself when it is written
// again, and its kid is its own.
func FuzzJWK(f *testing.F) {
	for _, k := range []*PrivateKey{mustGenerate(f, ES256), mustGenerate(f, EdDSA), mustX25519(f)} {
		text, err := k.PrivateJWK()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		f.Add(k.pub.JWK())
	}
	f.Add([]byte(`{"kty":"RSA","n":"` + strings.Repeat("_", 341) + `w","e":"AQAB","alg":"RSA-OAEP-256","use":"enc","kid":""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, p := range []profile{ours, bare} {
			k, err := p.parsePublic(text, ES256)
			known(t, err)
			if err == nil {
				again, err := ParsePublic(k.JWK())
				if err == nil && again.ID() != k.ID() || err != nil && k.alg != PS256 {
					t.Errorf("%s does not survive: %v", text, err)
				}
			}
		}
		private, err := ParsePrivate(text)
		known(t, err)
		if err == nil {
			if _, err := ParsePublic(text); err == nil {
				t.Error("a private key is taken for a public one")
			}
			var j jwk
			if json.Unmarshal(private.Public().JWK(), &j) != nil || j.private() {
				t.Error("the public half is private")
			}
		}
	})
}

// known fails for an error that is not one of ours: its text may be anybody's.
func known(t *testing.T, err error) {
	t.Helper()
	switch err { //nolint:errorlint // the very values
	case nil, ErrTooLarge, ErrMalformed, ErrUnknownKey, ErrSignature, ErrDecrypt, ErrKey:
	default:
		t.Errorf("an error that is not ours: %v", err)
	}
}
