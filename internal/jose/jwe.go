package jose

import (
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
	if k == nil || k.use != UseEncrypt || len(plaintext) == 0 || !plain(typ) {
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

// Outside is a JWE that passed the gate as somebody without a key sees it: what
// its header says, unproven, and how many bytes are encrypted. It shares memory
// with the token.
type Outside struct {
	Alg, Enc, KeyID string
	Bytes           int

	profile profile
	token   []byte
	read    sealedToken
}

// PeekJWE applies the gate to a compact JWE of type typ of at most maxLen bytes.
func PeekJWE(typ string, token []byte, maxLen int) (Outside, error) {
	return profile{typ: typ}.peek(token, maxLen)
}

func (p profile) peek(token []byte, maxLen int) (Outside, error) {
	t, err := p.gateJWE(token, maxLen)
	if err != nil {
		return Outside{}, err
	}
	return Outside{Alg: t.Alg, Enc: t.Enc, KeyID: t.Kid, Bytes: base64url.Len(len(t.segments[3])), profile: p, token: token, read: t}, nil
}

// Decrypt peeks and decrypts, with the key that resolve returns for the kid, or
// nil for none.
func Decrypt(typ string, token []byte, maxLen int, resolve func(kid string) *PrivateKey) (plaintext []byte, err error) {
	return profile{typ: typ}.decrypt(token, maxLen, resolve)
}

func (p profile) decrypt(token []byte, maxLen int, resolve func(kid string) *PrivateKey) (plaintext []byte, err error) {
	o, err := p.peek(token, maxLen)
	if err != nil {
		return nil, err
	}
	return o.Decrypt(resolve(o.KeyID))
}

// Decrypt opens the JWE with the key for its kid. Every failure is ErrUnknownKey,
// ErrDecrypt or, if the key is in a device, ErrDevice.
func (o *Outside) Decrypt(k *PrivateKey) (plaintext []byte, err error) {
	t := &o.read
	if k == nil || !o.profile.names(t.Kid, &k.pub) {
		return nil, ErrUnknownKey
	}
	if k.pub.use != UseEncrypt || k.pub.alg != t.Alg || !t.fits(&k.pub) {
		return nil, ErrDecrypt
	}
	defer guard(&err)
	content := &unwrapper{key: k, from: t.from}
	defer func() { clear(content.cek) }()
	msg := jwe.NewMessage()
	plaintext, err = jwe.Decrypt(o.token,
		jwe.WithKey(jwa.KeyEncryptionAlgorithm(k.pub.alg), content),
		jwe.WithMessage(msg),
		jwe.WithMaxDecompressBufferSize(0))
	switch {
	case content.failed:
		return nil, ErrDevice
	case err != nil:
		return nil, ErrDecrypt
	}
	got := msg.ProtectedHeaders()
	if got.Algorithm().String() != t.Alg || got.ContentEncryption().String() != t.Enc || got.KeyID() != t.Kid ||
		got.Type() != t.Typ || got.Compression() != jwa.NoCompress {
		return nil, ErrMalformed
	}
	return plaintext, nil
}
