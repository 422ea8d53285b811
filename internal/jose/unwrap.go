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

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
)

const cekLen = 32 // A256GCM

// unwrapper gives the library the content key of one token, so that the private
// key, in memory or in a device, is used here and in one way. The library's own
// way would panic for an empty encrypted key.
type unwrapper struct {
	key    *PrivateKey
	from   *ecdh.PublicKey // epk, for ECDHES
	cek    []byte
	failed bool // the device did
}

// DecryptKey implements jwe.KeyDecrypter.
func (u *unwrapper) DecryptKey(_ jwa.KeyEncryptionAlgorithm, wrapped []byte, _ jwe.Recipient, _ *jwe.Message) ([]byte, error) {
	if u.cek = u.unwrap(wrapped); len(u.cek) != cekLen {
		// Was it the token or the device? A device's own errors do not tell.
		u.failed = u.key.inDevice() && !u.key.tried()
		return nil, ErrDecrypt
	}
	return u.cek, nil
}

// unwrap returns the content key, or nil.
func (u *unwrapper) unwrap(wrapped []byte) (cek []byte) {
	defer func() {
		if recover() != nil {
			cek = nil
		}
	}()
	if u.from == nil {
		cek, err := u.key.decrypter.Decrypt(rand.Reader, wrapped, oaep())
		if err != nil {
			return nil
		}
		return cek
	}
	secret, err := u.key.exchanger.ECDH(u.from)
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
	if subtle.ConstantTimeCompare(r[:8], []byte{0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6}) != 1 {
		clear(r)
		return nil
	}
	return r[8:]
}
