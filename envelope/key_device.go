package envelope

import (
	"crypto"
	"crypto/ecdh"
	"errors"

	"github.com/segel-id/segel/internal/jose"
)

// NewSigner returns a signing key whose private half stays in a device: an HSM,
// a smart card, a key service, anything that implements [crypto.Signer]. The
// algorithm follows from the device's public key: P-256 signs [ES256], Ed25519
// [EdDSA], RSA of at least 3072 bits [PS256] with a salt of 32 bytes. Sealing
// one envelope is one signature.
//
// The device is asked for its public key once, here, and for nothing else. It is
// handed crypto/rand's reader and, but for Ed25519, a SHA-256 digest; what it
// returns is verified under that public key before anything is made of it. A
// device that fails, panics, returns nonsense or signs with another key has
// [ReasonUnavailable] wherever the key is used; what it said is not repeated, so
// let it log its own errors. It must be safe for concurrent use, and nothing here
// bounds its time.
//
// A device without a public key, or with one that [ParsePublicKey] would refuse,
// has [ReasonMisuse].
func NewSigner(device crypto.Signer) (*PrivateKey, error) {
	return deviceKey(jose.FromSigner(device))
}

// NewKeyExchanger returns a decryption key for [ECDHES], on P-256 or X25519,
// whose private half stays in a device. The device agrees on a secret and
// returns it (32 bytes, which are overwritten after use); all the rest is done
// here. Opening one envelope is one agreement.
//
// The device is tried once, here, and again whenever a token does not open,
// because only that tells a device that fails from a token that is damaged: the
// first has [ReasonUnavailable], the second [ReasonCannotOpen]. For the rest
// see [NewSigner].
func NewKeyExchanger(device ecdh.KeyExchanger) (*PrivateKey, error) {
	return deviceKey(jose.FromExchanger(device))
}

// NewDecrypter is NewKeyExchanger for [RSAOAEP]. The device is handed
// [crypto/rsa.OAEPOptions] with SHA-256 and no label.
func NewDecrypter(device crypto.Decrypter) (*PrivateKey, error) {
	return deviceKey(jose.FromDecrypter(device))
}

func deviceKey(key *jose.PrivateKey, err error) (*PrivateKey, error) {
	switch {
	case errors.Is(err, jose.ErrDevice):
		return nil, deviceFailed()
	case err != nil:
		return nil, refuse(ReasonMisuse, "the device does not hold a key for this use")
	}
	return &PrivateKey{key}, nil
}

// deviceFailed is the refusal wherever a device that holds a key fails.
func deviceFailed() *Error {
	return refuse(ReasonUnavailable, "the device that holds the key failed")
}

// unsigned is the refusal for a signature that was not made.
func unsigned(err error) *Error {
	if errors.Is(err, jose.ErrDevice) {
		return deviceFailed()
	}
	return refuse(ReasonMisuse, "cannot sign")
}
