package jose

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"

	"github.com/segel-id/segel/internal/base64url"
)

// Encrypt returns the compact JWE of plaintext for k with the header alg, enc,
// kid, typ and, for ECDH, epk. An empty plaintext is refused: some libraries
// cannot open it.
func Encrypt(typ string, plaintext []byte, k *PublicKey) (token []byte, err error) {
	if k == nil || k.use != UseEncrypt || len(plaintext) == 0 || !plain(typ) {
		return nil, ErrKey
	}
	cek := make([]byte, cekLen)
	defer clear(cek)
	if _, err := rand.Read(cek); err != nil {
		return nil, ErrInternal
	}
	epk, wrapped, err := k.wrap(cek)
	if err != nil {
		return nil, ErrInternal
	}
	// Nothing in this header needs an escape, and no name in it is a variable.
	header := `{"alg":"` + k.alg + `","enc":"` + A256GCM + `",` + epk + `"kid":"` + k.kid + `","typ":"` + typ + `"}`
	gcm, err := newGCM(cek)
	if err != nil {
		return nil, ErrInternal
	}
	var iv [gcmIVLen]byte // random: the content key is used once
	if _, err := rand.Read(iv[:]); err != nil {
		return nil, ErrInternal
	}
	size := func(n int) int { return base64url.TextLen(n) + 1 }
	token = make([]byte, 0, size(len(header))+size(len(wrapped))+size(gcmIVLen)+size(len(plaintext))+size(gcmTagLen))
	token = base64url.Append(token, []byte(header))
	sealed := gcm.Seal(make([]byte, 0, len(plaintext)+gcmTagLen), iv[:], plaintext, token)
	for _, part := range [][]byte{wrapped, iv[:], sealed[:len(plaintext)], sealed[len(plaintext):]} {
		token = base64url.Append(append(token, '.'), part)
	}
	return token, nil
}

// wrap returns the content key encrypted for k, and the member epk with the
// comma behind it, if there is one.
func (k *PublicKey) wrap(cek []byte) (epk string, wrapped []byte, err error) {
	if pub, ok := k.raw.(*rsa.PublicKey); ok {
		wrapped, err = rsa.EncryptOAEP(sha256.New(), rand.Reader, pub, cek, nil)
		return "", wrapped, err
	}
	pub, err := k.exchange()
	if err != nil {
		return "", nil, err
	}
	once, err := pub.Curve().GenerateKey(rand.Reader)
	if err != nil {
		return "", nil, err
	}
	secret, err := once.ECDH(pub)
	if err != nil {
		return "", nil, err
	}
	defer clear(secret)
	kek := concatKDF(secret)
	defer clear(kek)
	point := once.PublicKey().Bytes()
	if pub.Curve() == ecdh.P256() {
		epk = `"epk":{"crv":"P-256","kty":"EC","x":"` + base64url.Encode(point[1:33]) + `","y":"` + base64url.Encode(point[33:]) + `"},`
	} else {
		epk = `"epk":{"crv":"X25519","kty":"OKP","x":"` + base64url.Encode(point) + `"},`
	}
	return epk, wrapKey(kek, cek), nil
}

func newGCM(cek []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
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
	plaintext, ok := t.open(k)
	switch {
	case ok:
		return plaintext, nil
	case k.inDevice() && !k.tried():
		// Was it the token or the device? Neither a device's own errors tell, nor
		// a content key that has the right length.
		return nil, ErrDevice
	}
	return nil, ErrDecrypt
}

// open unwraps the content key and opens the ciphertext with it. The gate has
// found all segments canonical.
func (t *sealedToken) open(k *PrivateKey) (plaintext []byte, ok bool) {
	wrapped, _ := base64url.Decode(t.segments[1])
	cek := k.unwrap(t.from, wrapped)
	defer clear(cek)
	if len(cek) != cekLen {
		return nil, false
	}
	gcm, err := newGCM(cek)
	if err != nil {
		return nil, false
	}
	iv, _ := base64url.Decode(t.segments[2])
	sealed := make([]byte, 0, base64url.Len(len(t.segments[3]))+gcmTagLen)
	sealed, _ = base64url.AppendDecode(sealed, t.segments[3])
	sealed, _ = base64url.AppendDecode(sealed, t.segments[4])
	plaintext, err = gcm.Open(sealed[:0], iv, sealed, t.segments[0])
	return plaintext, err == nil && len(plaintext) > 0
}
