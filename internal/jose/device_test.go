package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/base64url"
)

// fakeSigner is a device that signs, or does something else.
type fakeSigner struct {
	pub   crypto.PublicKey
	do    func(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error)
	asked int // how often for its public key
}

func (s *fakeSigner) Public() crypto.PublicKey {
	s.asked++
	return s.pub
}

func (s *fakeSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.do(random, digest, opts)
}

var errHSM = errors.New("HSM says: 3174 FAKE LOG LINE")

func TestDevicesSign(t *testing.T) {
	raw := map[string]crypto.Signer{}
	var err error
	if raw[ES256], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, raw[EdDSA], err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if raw[PS256], err = rsa.GenerateKey(rand.Reader, 3072); err != nil {
		t.Fatal(err)
	}
	for alg, key := range raw {
		t.Run(alg, func(t *testing.T) {
			device := &fakeSigner{pub: key.Public(), do: key.Sign}
			k, err := FromSigner(device)
			if err != nil || k.pub.alg != alg {
				t.Fatal(k, err)
			}
			token, err := Sign(typS, []byte("pesan"), k)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := Verify(typS, token, max, only(k.Public())); err != nil || string(got.Payload) != "pesan" {
				t.Fatal(got, err)
			}
			if device.asked != 1 {
				t.Errorf("the device was asked %d times for its public key", device.asked)
			}
			if _, err := k.PrivateJWK(); !errors.Is(err, ErrKey) {
				t.Errorf("the private half is to be had: %v", err)
			}
			other := mustGenerate(t, map[string]string{ES256: ES256, EdDSA: EdDSA, PS256: ES256}[alg])
			for name, do := range map[string]func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error){
				"fails":              func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errHSM },
				"panics":             func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { panic(errHSM) },
				"returns nothing":    func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, nil },
				"returns zeros":      func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return make([]byte, 64), nil },
				"signs with another": other.signer.Sign,
				"signs another digest": func(r io.Reader, d []byte, o crypto.SignerOpts) ([]byte, error) {
					d = bytes.Clone(d)
					d[0] ^= 1
					return key.Sign(r, d, o)
				},
				"returns a signature that is too long": func(r io.Reader, d []byte, o crypto.SignerOpts) ([]byte, error) {
					s, err := key.Sign(r, d, o)
					return append(s, 0), err
				},
				"returns huge numbers": func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
					huge := new(big.Int).Lsh(big.NewInt(1), 4096)
					return asn1.Marshal(struct{ R, S *big.Int }{huge, huge})
				},
				"returns negative numbers": func(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
					return asn1.Marshal(struct{ R, S *big.Int }{big.NewInt(-1), big.NewInt(-1)})
				},
			} {
				if alg == ES256 && name == "returns a signature that is too long" {
					continue // what follows ASN.1 is dropped, and the signature is right
				}
				device.do = do
				if token, err := Sign(typS, []byte("pesan"), k); err != ErrDevice || token != nil { //nolint:errorlint // the very value
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	for name, pub := range map[string]crypto.PublicKey{
		"no public key":     nil,
		"P-384":             mustECDSA(t, elliptic.P384()).Public(),
		"RSA of 2048 bits":  &rsa.PublicKey{N: new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 2048), big.NewInt(1)), E: 65537},
		"RSA, exponent 3":   &rsa.PublicKey{N: new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 3072), big.NewInt(1)), E: 3},
		"RSA without N":     &rsa.PublicKey{E: 65537},
		"small order":       ed25519.PublicKey(append([]byte{1}, make([]byte, 31)...)),
		"nil ECDSA pointer": (*ecdsa.PublicKey)(nil),
		"another type":      "kunci",
	} {
		if k, err := FromSigner(&fakeSigner{pub: pub}); err == nil || k != nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := FromSigner(nil); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
	if _, err := FromSigner((*fakeSigner)(nil)); !errors.Is(err, ErrDevice) {
		t.Error(err)
	}
}

// damaged returns a token with another encrypted key of the same form.
func damaged(token []byte) []byte {
	return []byte(part(1, func(s string) string {
		if s[0] == 'A' {
			return "B" + s[1:]
		}
		return "A" + s[1:]
	})(strings.Split(string(token), ".")))
}

// damagedTag returns a token whose tag is another.
func damagedTag(token []byte) []byte {
	return []byte(part(4, func(s string) string { return base64url.Encode(make([]byte, gcmTagLen)) })(strings.Split(string(token), ".")))
}

func mustECDSA(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// fakeExchanger is a device that agrees on secrets, or does something else.
type fakeExchanger struct {
	ecdh.KeyExchanger
	do func(*ecdh.PublicKey) ([]byte, error)
}

func (x *fakeExchanger) ECDH(remote *ecdh.PublicKey) ([]byte, error) { return x.do(remote) }

func TestDevicesAgree(t *testing.T) {
	for _, curve := range []ecdh.Curve{ecdh.P256(), ecdh.X25519()} {
		raw, err := curve.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		device := &fakeExchanger{raw, raw.ECDH}
		k, err := FromExchanger(device)
		if err != nil {
			t.Fatal(err)
		}
		token, err := Encrypt(typE, []byte("isi"), k.Public())
		if err != nil {
			t.Fatal(err)
		}
		open := func() ([]byte, error) {
			return Decrypt(typE, token, max, func(string) *PrivateKey { return k })
		}
		var secret []byte
		device.do = func(remote *ecdh.PublicKey) (_ []byte, err error) {
			secret, err = raw.ECDH(remote)
			return secret, err
		}
		if got, err := open(); err != nil || string(got) != "isi" {
			t.Fatal(got, err)
		}
		if !bytes.Equal(secret, make([]byte, 32)) {
			t.Error("the secret is still in memory")
		}
		device.do = raw.ECDH
		// A damaged token is not the device's fault.
		honest := token
		token = damaged(token)
		if _, err := open(); !errors.Is(err, ErrDecrypt) {
			t.Errorf("damaged token: %v", err)
		}
		token = honest
		// A point of another curve is not shown to the device.
		sealing := newSealing(t, k.Public())
		foreign := `{"kty":"OKP","crv":"X25519","x":"` + base64url.Encode(basePoint) + `"}`
		if curve == ecdh.X25519() {
			pub := mustECDSA(t, elliptic.P256()).PublicKey
			point, err := pub.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			foreign = `{"kty":"EC","crv":"P-256","x":"` + base64url.Encode(point[1:33]) + `","y":"` + base64url.Encode(point[33:]) + `"}`
		}
		begin := strings.Index(sealing.header, `"epk":`) + len(`"epk":`)
		end := begin + strings.IndexByte(sealing.header[begin:], '}') + 1
		sealing.header = sealing.header[:begin] + foreign + sealing.header[end:]
		token = []byte(strings.Join(sealing.seal(t, fortyBytes), "."))
		device.do = func(*ecdh.PublicKey) ([]byte, error) {
			t.Error("the device was asked")
			return nil, errHSM
		}
		if _, err := open(); !errors.Is(err, ErrDecrypt) {
			t.Errorf("epk of another curve: %v", err)
		}
		device.do = raw.ECDH
		token = honest
		other, err := curve.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		for name, do := range map[string]func(*ecdh.PublicKey) ([]byte, error){
			"fails":           func(*ecdh.PublicKey) ([]byte, error) { return nil, errHSM },
			"panics":          func(*ecdh.PublicKey) ([]byte, error) { panic(errHSM) },
			"returns nothing": func(*ecdh.PublicKey) ([]byte, error) { return nil, nil },
			"returns a byte":  func(*ecdh.PublicKey) ([]byte, error) { return []byte{1}, nil },
			"returns zeros":   func(*ecdh.PublicKey) ([]byte, error) { return make([]byte, 32), nil },
			"has another key": other.ECDH,
		} {
			device.do = do
			if _, err := open(); err != ErrDevice { //nolint:errorlint // the very value
				t.Errorf("%v: %s now: %v", curve, name, err)
			}
			if k, err := FromExchanger(device); err != ErrDevice || k != nil { //nolint:errorlint // the very value
				t.Errorf("%v: %s from the start: %v", curve, name, err)
			}
		}
	}
	p384, err := ecdh.P384().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := FromExchanger(p384); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
	if _, err := FromExchanger(nil); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
	if _, err := FromExchanger((*ecdh.PrivateKey)(nil)); !errors.Is(err, ErrDevice) {
		t.Error(err)
	}
}

// fakeDecrypter is a device that decrypts, or does something else. It keeps
// what it handed out.
type fakeDecrypter struct {
	*rsa.PrivateKey
	do   func(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error)
	last []byte
}

func (d *fakeDecrypter) Decrypt(r io.Reader, sealed []byte, opts crypto.DecrypterOpts) (_ []byte, err error) {
	d.last, err = d.do(r, sealed, opts)
	return d.last, err
}

func TestDevicesDecrypt(t *testing.T) {
	raw, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	device := &fakeDecrypter{PrivateKey: raw, do: raw.Decrypt}
	k, err := FromDecrypter(device)
	if err != nil {
		t.Fatal(err)
	}
	token, err := Encrypt(typE, []byte("isi"), k.Public())
	if err != nil {
		t.Fatal(err)
	}
	open := func(token []byte) ([]byte, error) {
		return Decrypt(typE, token, max, func(string) *PrivateKey { return k })
	}
	if got, err := open(token); err != nil || string(got) != "isi" {
		t.Fatal(got, err)
	}
	if !bytes.Equal(device.last, make([]byte, cekLen)) {
		t.Error("the content key is still in memory")
	}
	// A damaged token is not the device's fault.
	if _, err := open(damaged(token)); !errors.Is(err, ErrDecrypt) {
		t.Errorf("damaged token: %v", err)
	}
	if _, err := open(damagedTag(token)); !errors.Is(err, ErrDecrypt) {
		t.Errorf("damaged tag: %v", err)
	}
	// An encrypted key of another modulus is not shown to the device.
	device.do = func(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error) {
		t.Error("the device was asked")
		return nil, errHSM
	}
	longer := part(1, func(string) string { return base64url.Encode(make([]byte, 512)) })(strings.Split(string(token), "."))
	if _, err := open([]byte(longer)); !errors.Is(err, ErrDecrypt) {
		t.Errorf("encrypted key of another size: %v", err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error){
		"fails":            func(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error) { return nil, errHSM },
		"panics":           func(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error) { panic(errHSM) },
		"returns nothing":  func(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error) { return nil, nil },
		"returns 16 bytes": func(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error) { return make([]byte, 16), nil },
		"returns 32 zeros": func(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error) { return make([]byte, 32), nil },
		"has another key":  other.Decrypt,
	} {
		device.do = do
		if _, err := open(token); err != ErrDevice { //nolint:errorlint // the very value
			t.Errorf("%s now: %v", name, err)
		}
		if k, err := FromDecrypter(device); err != ErrDevice || k != nil { //nolint:errorlint // the very value
			t.Errorf("%s from the start: %v", name, err)
		}
	}
	if _, err := FromDecrypter(nil); !errors.Is(err, ErrKey) {
		t.Error(err)
	}
	if _, err := FromDecrypter((*rsa.PrivateKey)(nil)); !errors.Is(err, ErrDevice) {
		t.Error(err)
	}
}
