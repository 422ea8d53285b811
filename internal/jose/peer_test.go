package jose

import (
	"crypto/ecdh"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/lestrrat-go/jwx/v2/jws"
	"github.com/lestrrat-go/jwx/v2/x25519"
)

// TestLibraryUnderstandsUs: the whole library, which knows nothing of the gate,
// reads what we make, and we read what it makes, for every kind of key.
func TestLibraryUnderstandsUs(t *testing.T) {
	for _, alg := range []string{ES256, EdDSA, PS256} {
		k := mustGenerate(t, alg)
		token, err := Sign(typS, []byte("pesan"), k)
		if err != nil {
			t.Fatal(err)
		}
		got, err := jws.Verify(token, jws.WithKey(jwa.SignatureAlgorithm(alg), k.pub.raw), jws.WithCompact())
		if err != nil || string(got) != "pesan" {
			t.Errorf("%s: the library does not verify ours: %v", alg, err)
		}
		h := jws.NewHeaders()
		if h.Set(jws.KeyIDKey, k.pub.kid) != nil || h.Set(jws.TypeKey, typS) != nil {
			t.Fatal("headers")
		}
		token, err = jws.Sign([]byte("pesan"), jws.WithKey(jwa.SignatureAlgorithm(alg), k.raw, jws.WithProtectedHeaders(h)))
		if err != nil {
			t.Fatal(err)
		}
		if signed, err := Verify(typS, token, max, only(&k.pub)); err != nil || string(signed.Payload) != "pesan" {
			t.Errorf("%s: we do not verify the library's: %v", alg, err)
		}
	}
	for _, k := range []*PrivateKey{mustGenerate(t, ECDHES), mustX25519(t), mustGenerate(t, RSAOAEP)} {
		name := k.pub.alg + " " + k.pub.jwk.Crv
		token, err := Encrypt(typE, fortyBytes, &k.pub)
		if err != nil {
			t.Fatal(err)
		}
		if err := library(k, token); err != nil {
			t.Errorf("%s: the library does not open ours: %v", name, err)
		}
		h := jwe.NewHeaders()
		if h.Set(jwe.KeyIDKey, k.pub.kid) != nil || h.Set(jwe.TypeKey, typE) != nil {
			t.Fatal("headers")
		}
		raw := k.pub.raw
		if pub, ok := raw.(*ecdh.PublicKey); ok {
			raw = x25519.PublicKey(pub.Bytes())
		}
		token, err = jwe.Encrypt(fortyBytes, jwe.WithKey(jwa.KeyEncryptionAlgorithm(k.pub.alg), raw), jwe.WithProtectedHeaders(h))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decrypt(typE, token, max, func(string) *PrivateKey { return k })
		if err != nil || string(got) != string(fortyBytes) {
			t.Errorf("%s: we do not open the library's: %v", name, err)
		}
	}
}
