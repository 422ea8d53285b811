package jose

import (
	"bytes"
	"crypto/ecdh"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"
	"github.com/lestrrat-go/jwx/v2/x25519"

	"github.com/segel-id/segel/internal/base64url"
)

// Encrypt returns the compact JWE of plaintext for k with the header alg, enc,
// kid, typ and, for ECDH, epk. An empty plaintext is refused: the library
// cannot open its own.
func Encrypt(typ string, plaintext []byte, k *PublicKey) (token []byte, err error) {
	if k == nil || k.use != UseEncrypt || len(plaintext) == 0 {
		return nil, ErrKey
	}
	defer guard(&err)
	h := jwe.NewHeaders()
	for name, value := range map[string]string{jwe.TypeKey: typ, jwe.KeyIDKey: k.kid} {
		if err := h.Set(name, value); err != nil {
			return nil, ErrInternal
		}
	}
	raw := k.raw
	if pub, ok := raw.(*ecdh.PublicKey); ok {
		raw = x25519.PublicKey(pub.Bytes())
	}
	token, err = jwe.Encrypt(plaintext,
		jwe.WithKey(jwa.KeyEncryptionAlgorithm(k.alg), raw),
		jwe.WithContentEncryption(jwa.A256GCM),
		jwe.WithProtectedHeaders(h),
		jwe.WithCompact())
	if err != nil {
		return nil, ErrInternal
	}
	return token, nil
}

// Outside is what somebody without a key sees of a JWE: what its header says,
// unproven, and how many bytes are encrypted.
type Outside struct {
	Alg, Enc, KeyID string
	Bytes           int
}

// PeekJWE applies the gate and returns what an outsider can see.
func PeekJWE(typ string, token []byte, maxLen int) (Outside, error) {
	h, err := gateJWE(typ, token, maxLen)
	if err != nil {
		return Outside{}, err
	}
	ciphertext := bytes.Split(token, []byte{'.'})[3]
	return Outside{Alg: h.Alg, Enc: h.Enc, KeyID: h.Kid, Bytes: base64url.Len(len(ciphertext))}, nil
}

// Decrypt opens a compact JWE of type typ of at most maxLen bytes with the key
// that resolve returns for its kid, or nil for none. Every failure behind the
// gate is ErrUnknownKey or ErrDecrypt.
func Decrypt(typ string, token []byte, maxLen int, resolve func(kid string) *PrivateKey) (plaintext []byte, err error) {
	h, err := gateJWE(typ, token, maxLen)
	if err != nil {
		return nil, err
	}
	k := resolve(h.Kid)
	if k == nil || k.pub.kid != h.Kid {
		return nil, ErrUnknownKey
	}
	wrapped := bytes.Split(token, []byte{'.'})[1]
	if k.pub.use != UseEncrypt || k.pub.alg != h.Alg || !h.fits(&k.pub, base64url.Len(len(wrapped))) {
		return nil, ErrDecrypt
	}
	defer guard(&err)
	raw := k.raw
	if private, ok := raw.(*ecdh.PrivateKey); ok {
		if raw, err = x25519.NewKeyFromSeed(private.Bytes()); err != nil {
			return nil, ErrInternal
		}
	}
	msg := jwe.NewMessage()
	plaintext, err = jwe.Decrypt(token,
		jwe.WithKey(jwa.KeyEncryptionAlgorithm(k.pub.alg), raw),
		jwe.WithMessage(msg),
		jwe.WithMaxDecompressBufferSize(0))
	if err != nil {
		return nil, ErrDecrypt
	}
	got := msg.ProtectedHeaders()
	if got.Algorithm().String() != h.Alg || got.ContentEncryption().String() != h.Enc || got.KeyID() != h.Kid ||
		got.Type() != h.Typ || got.Compression() != jwa.NoCompress {
		return nil, ErrMalformed
	}
	return plaintext, nil
}
