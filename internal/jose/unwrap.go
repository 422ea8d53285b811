package jose

import (
	"crypto"
	"crypto/aes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
)

const cekLen = 32 // A256GCM

// unwrap returns the content key, or something of another length. The private
// key, in memory or in a device, is used here and in one way.
func (k *PrivateKey) unwrap(from *ecdh.PublicKey, wrapped []byte) (cek []byte) {
	defer func() {
		if recover() != nil {
			cek = nil
		}
	}()
	if from == nil {
		cek, err := k.decrypter.Decrypt(rand.Reader, wrapped, oaep())
		if err != nil {
			return nil
		}
		return cek
	}
	secret, err := k.exchanger.ECDH(from)
	if err != nil || len(secret) != 32 {
		return nil
	}
	defer clear(secret)
	kek := concatKDF(secret)
	defer clear(kek)
	return unwrapKey(kek, wrapped)
}

// oaep returns the parameters of RSA-OAEP-256 (RFC 7518 section 4.3).
func oaep() crypto.DecrypterOpts { return &rsa.OAEPOptions{Hash: crypto.SHA256} }

// concatKDF derives the key-encryption key of ECDH-ES+A256KW from the shared
// secret (RFC 7518 section 4.6.2). Without apu and apv, which do not exist for
// us, all but the secret is constant, and one round of SHA-256 gives the key.
func concatKDF(secret []byte) []byte {
	h := sha256.New()
	h.Write([]byte{0, 0, 0, 1}) // round
	h.Write(secret)
	h.Write([]byte{0, 0, 0, byte(len(ECDHES))})
	h.Write([]byte(ECDHES))
	h.Write([]byte{0, 0, 0, 0}) // apu
	h.Write([]byte{0, 0, 0, 0}) // apv
	h.Write([]byte{0, 0, 1, 0}) // bits of the key
	return h.Sum(nil)
}

// wrapKey is the AES key wrap (RFC 3394 section 2.2.1).
func wrapKey(kek, key []byte) []byte {
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil
	}
	n := len(key) / 8
	r := make([]byte, 8+len(key)) // A, then R[1] to R[n]
	copy(r, defaultIV)
	copy(r[8:], key)
	var b [aes.BlockSize]byte
	for t := range 6 * n {
		i := 8 * (t%n + 1)
		copy(b[:8], r[:8])
		copy(b[8:], r[i:i+8])
		block.Encrypt(b[:], b[:])
		binary.BigEndian.PutUint64(r[:8], binary.BigEndian.Uint64(b[:8])^uint64(t+1))
		copy(r[i:], b[8:])
	}
	clear(b[:])
	return r
}

const defaultIV = "\xa6\xa6\xa6\xa6\xa6\xa6\xa6\xa6"

// unwrapKey undoes the AES key wrap (RFC 3394 section 2.2.2), or returns nil for
// what was not wrapped with kek.
func unwrapKey(kek, wrapped []byte) []byte {
	if len(wrapped) < 24 || len(wrapped)%8 != 0 {
		return nil
	}
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil
	}
	n := len(wrapped)/8 - 1
	r := make([]byte, len(wrapped)) // A, then R[1] to R[n]
	copy(r, wrapped)
	var b [aes.BlockSize]byte
	for t := uint64(6 * n); t > 0; t-- {
		i := int((t-1)%uint64(n)) + 1
		binary.BigEndian.PutUint64(b[:8], binary.BigEndian.Uint64(r[:8])^t)
		copy(b[8:], r[8*i:8*i+8])
		block.Decrypt(b[:], b[:])
		copy(r[:8], b[:8])
		copy(r[8*i:], b[8:])
	}
	clear(b[:])
	if subtle.ConstantTimeCompare(r[:8], []byte(defaultIV)) != 1 {
		clear(r)
		return nil
	}
	return r[8:]
}
