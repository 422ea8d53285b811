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
	"crypto/sha256"
	"crypto/subtle"
)

// FromSigner returns the private key that a device holds for signatures. The
// algorithm follows from the device's public key: P-256 signs ES256, Ed25519
// EdDSA, RSA PS256. Nothing is signed yet.
//
// Every signature of a device is verified under that public key before it is
// handed out. Whatever else a device does wrong is ErrDevice too.
func FromSigner(s crypto.Signer) (k *PrivateKey, err error) {
	defer deviceGuard(&err)
	if s == nil {
		return nil, ErrKey
	}
	alg := PS256
	pub := s.Public()
	switch pub.(type) {
	case *ecdsa.PublicKey:
		alg = ES256
	case ed25519.PublicKey:
		alg = EdDSA
	}
	if k, err = opaque(alg, pub); err != nil {
		return nil, err
	}
	k.signer = opaqueSigner{s, k.pub.raw}
	return k, nil
}

// FromDecrypter returns the private key that a device holds for RSA-OAEP-256.
// The device is tried once.
func FromDecrypter(d crypto.Decrypter) (k *PrivateKey, err error) {
	defer deviceGuard(&err)
	if d == nil {
		return nil, ErrKey
	}
	if k, err = opaque(RSAOAEP, d.Public()); err != nil {
		return nil, err
	}
	k.decrypter = d
	if !k.tried() {
		return nil, ErrDevice
	}
	return k, nil
}

// FromExchanger returns the private key that a device holds for
// ECDH-ES+A256KW, on P-256 or X25519. The device is tried once.
func FromExchanger(x ecdh.KeyExchanger) (k *PrivateKey, err error) {
	defer deviceGuard(&err)
	if x == nil {
		return nil, ErrKey
	}
	pub := x.PublicKey()
	if pub == nil || x.Curve() != pub.Curve() {
		return nil, ErrKey
	}
	var raw crypto.PublicKey = pub
	if pub.Curve() == ecdh.P256() {
		if raw, err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), pub.Bytes()); err != nil {
			return nil, ErrKey
		}
	}
	if k, err = opaque(ECDHES, raw); err != nil {
		return nil, err
	}
	k.exchanger = x
	if !k.tried() {
		return nil, ErrDevice
	}
	return k, nil
}

// opaque builds a private key without a private half. Its public half is a
// copy, which the device cannot change.
func opaque(alg string, pub crypto.PublicKey) (*PrivateKey, error) {
	seen, err := ours.newPublic(alg, pub)
	if err != nil {
		return nil, err
	}
	raw, err := seen.jwk.public()
	if err != nil {
		return nil, err
	}
	own, err := ours.newPublic(alg, raw)
	if err != nil {
		return nil, err
	}
	return &PrivateKey{*own, new(half)}, nil
}

// opaqueSigner is a device as the library sees it: a signer with the public key
// that was validated, and nothing else to be found out about it.
type opaqueSigner struct {
	crypto.Signer
	pub crypto.PublicKey
}

func (s opaqueSigner) Public() crypto.PublicKey { return s.pub }

// tried reports whether the device undoes what was made for its public key. It
// tells a device that fails from a token that is damaged, which a device's own
// errors do not.
func (k *PrivateKey) tried() (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	if pub, ok := k.pub.raw.(*rsa.PublicKey); ok {
		secret := make([]byte, sha256.Size)
		if _, err := rand.Read(secret); err != nil {
			return false
		}
		sealed, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, pub, secret, nil)
		if err != nil {
			return false
		}
		got, err := k.decrypter.Decrypt(rand.Reader, sealed, oaep())
		return err == nil && subtle.ConstantTimeCompare(got, secret) == 1
	}
	pub, err := k.pub.exchange()
	if err != nil {
		return false
	}
	once, err := pub.Curve().GenerateKey(rand.Reader)
	if err != nil {
		return false
	}
	want, err := once.ECDH(pub)
	if err != nil {
		return false
	}
	got, err := k.exchanger.ECDH(once.PublicKey())
	return err == nil && bytes.Equal(got, want)
}

// exchange returns a public key of ECDHES in the form that exchanges secrets.
func (k *PublicKey) exchange() (*ecdh.PublicKey, error) {
	switch raw := k.raw.(type) {
	case *ecdsa.PublicKey:
		return raw.ECDH()
	case *ecdh.PublicKey:
		return raw, nil
	}
	return nil, ErrKey
}

// inDevice reports whether a device holds the key.
func (k *PrivateKey) inDevice() bool { return k.raw == nil }

// deviceGuard turns a panic of a device into ErrDevice.
func deviceGuard(err *error) {
	if recover() != nil {
		*err = ErrDevice
	}
}
