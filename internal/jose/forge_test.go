package jose

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/lestrrat-go/jwx/v2/jws"
	"github.com/lestrrat-go/jwx/v2/x25519"

	"github.com/segel-id/segel/internal/base64url"
)

// A fault is one thing that is wrong with an otherwise honest token. Its
// signature or encryption is made after the header was changed, by the right
// key: nothing but the gate stands between the fault and its victim.
type fault struct {
	name   string
	header func(h string) string      // changes the protected header
	token  func(part []string) string // changes the finished token
	want   error                      // nil: ErrMalformed, before any key is asked for
	loose  bool                       // the library alone takes it, measured with v2.1.7
}

// swap returns a change of a header that puts one text in place of another.
func swap(old, with string) func(string) string {
	return func(h string) string { return strings.Replace(h, old, with, 1) }
}

// add returns a change of a header that puts members before the others.
func add(members string) func(string) string { return swap("{", "{"+members+",") }

// part returns a change of a token in one of its segments.
func part(i int, change func(s string) string) func([]string) string {
	return func(p []string) string {
		p = slices.Clone(p)
		p[i] = change(p[i])
		return strings.Join(p, ".")
	}
}

// refuse runs the faults: each is refused with exactly its error, without a key
// being asked for if it is refused by its form.
func refuse(t *testing.T, faults []fault, forge func(f fault) string, open func(token []byte) (asked int, err error), library func(token []byte) error) {
	t.Helper()
	if _, err := open([]byte(forge(fault{}))); err != nil {
		t.Fatalf("without a fault: %v", err)
	}
	honest := forge(fault{})
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			token := forge(f)
			if token == honest {
				t.Fatal("the fault changes nothing")
			}
			want := f.want
			if want == nil {
				want = ErrMalformed
			}
			asked, err := open([]byte(token))
			if err != want { //nolint:errorlint // the very value, so that its text is ours
				t.Errorf("got %v, want %v", err, want)
			}
			if asked > 0 && (f.want == nil || errors.Is(want, ErrTooLarge)) {
				t.Error("a key was asked for before the form was judged")
			}
			if f.loose && library([]byte(token)) != nil {
				t.Error("the library refuses this by itself, so the test shows nothing about the gate")
			}
		})
	}
}

func headerJWS(k *PrivateKey) string {
	return `{"alg":"` + k.pub.alg + `","kid":"` + k.pub.kid + `","typ":"` + typS + `"}`
}

// signedBy returns the segments of a JWS with any header.
func signedBy(t testing.TB, k *PrivateKey, header string, payload []byte) []string {
	t.Helper()
	input := base64url.Encode([]byte(header)) + "." + base64url.Encode(payload)
	signature, err := k.sign([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(input+"."+base64url.Encode(signature), ".")
}

// refuseJWS runs faults of a JWS by k.
func refuseJWS(t *testing.T, k *PrivateKey, faults []fault) {
	t.Helper()
	forge := func(f fault) string {
		header := headerJWS(k)
		if f.header != nil {
			header = f.header(header)
		}
		parts := signedBy(t, k, header, []byte(`{"pesan":"isi ini lebih panjang."}`))
		if f.token != nil {
			return f.token(parts)
		}
		return strings.Join(parts, ".")
	}
	refuse(t, faults, forge, func(token []byte) (asked int, err error) {
		_, err = Verify(typS, token, max, func(string) (*PublicKey, error) {
			asked++
			return &k.pub, nil
		})
		return asked, err
	}, func(token []byte) error {
		_, err := jws.Verify(token, jws.WithKey(jwa.SignatureAlgorithm(k.pub.alg), k.pub.raw))
		return err
	})
}

// sealing is a JWE in the making.
type sealing struct {
	to     *PublicKey
	once   *ecdh.PrivateKey // its public half is epk
	header string
	cek    []byte
}

func newSealing(t testing.TB, to *PublicKey) *sealing {
	t.Helper()
	s := &sealing{to: to, cek: make([]byte, 32)}
	_, _ = rand.Read(s.cek)
	point := ""
	if pub, err := to.exchange(); err == nil {
		if s.once, err = pub.Curve().GenerateKey(rand.Reader); err != nil {
			t.Fatal(err)
		}
		b := s.once.PublicKey().Bytes()
		if pub.Curve() == ecdh.P256() {
			point = `"epk":{"kty":"EC","crv":"P-256","x":"` + base64url.Encode(b[1:33]) + `","y":"` + base64url.Encode(b[33:]) + `"},`
		} else {
			point = `"epk":{"kty":"OKP","crv":"X25519","x":"` + base64url.Encode(b) + `"},`
		}
	}
	s.header = `{"alg":"` + to.alg + `","enc":"A256GCM",` + point + `"kid":"` + to.kid + `","typ":"` + typE + `"}`
	return s
}

// seal returns the segments of the JWE.
func (s *sealing) seal(t testing.TB, plaintext []byte) []string {
	t.Helper()
	var wrapped []byte
	if pub, err := s.to.exchange(); err == nil {
		secret, err := s.once.ECDH(pub)
		if err != nil {
			t.Fatal(err)
		}
		wrapped = wrapKey(concatKDF(secret), s.cek)
	} else if wrapped, err = rsa.EncryptOAEP(sha256.New(), rand.Reader, s.to.raw.(*rsa.PublicKey), s.cek, nil); err != nil {
		t.Fatal(err)
	}
	protected := base64url.Encode([]byte(s.header))
	block, err := aes.NewCipher(s.cek)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	iv := make([]byte, gcmIVLen)
	_, _ = rand.Read(iv)
	sealed := gcm.Seal(nil, iv, plaintext, []byte(protected))
	ciphertext, tag := sealed[:len(plaintext)], sealed[len(plaintext):]
	return []string{protected, base64url.Encode(wrapped), base64url.Encode(iv), base64url.Encode(ciphertext), base64url.Encode(tag)}
}

var fortyBytes = []byte("isi yang panjangnya empat puluh bita....")

// refuseJWE runs faults of a JWE for k.
func refuseJWE(t *testing.T, k *PrivateKey, faults []fault) {
	t.Helper()
	s := newSealing(t, &k.pub)
	honest := s.header
	forge := func(f fault) string {
		s.header = honest
		if f.header != nil {
			s.header = f.header(honest)
		}
		parts := s.seal(t, fortyBytes)
		if f.token != nil {
			return f.token(parts)
		}
		return strings.Join(parts, ".")
	}
	if token := forge(fault{}); library(k, []byte(token)) != nil {
		t.Fatal("the library does not open an honest token")
	}
	// Every encryption differs, so the honest token is forged once.
	once := forge(fault{})
	refuse(t, faults, func(f fault) string {
		if f.header == nil && f.token == nil {
			return once
		}
		return forge(f)
	}, func(token []byte) (asked int, err error) {
		_, err = Decrypt(typE, token, max, func(string) *PrivateKey {
			asked++
			return k
		})
		return asked, err
	}, func(token []byte) error { return library(k, token) })
}

// library opens a JWE without the gate.
func library(k *PrivateKey, token []byte) (err error) {
	defer guard(&err)
	raw := k.raw
	if private, ok := raw.(*ecdh.PrivateKey); ok {
		if raw, err = x25519.NewKeyFromSeed(private.Bytes()); err != nil {
			return err
		}
	}
	_, err = jwe.Decrypt(token, jwe.WithKey(jwa.KeyEncryptionAlgorithm(k.pub.alg), raw))
	return err
}

// member returns a member of a JWK.
func member(t testing.TB, jwk []byte, name string) string {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(jwk, &members); err != nil {
		t.Fatal(err)
	}
	s, ok := members[name].(string)
	if !ok {
		t.Fatalf("no %s", name)
	}
	return s
}
