package jose

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/segel-id/segel/internal/base64url"
)

// Signed is what a JWS proved: these payload bytes, under this key.
type Signed struct {
	// Payload is exactly what was signed.
	Payload []byte
	// KeyID is the thumbprint of the key that signed.
	KeyID string
	// SigningInput is the text under the signature (RFC 7515 section 2).
	// It shares memory with the token.
	SigningInput []byte
}

// Sign returns the compact JWS of payload with the header alg, kid and typ.
func Sign(typ string, payload []byte, k *PrivateKey) (token []byte, err error) {
	if k == nil || k.pub.use != UseSign || len(payload) == 0 {
		return nil, ErrKey
	}
	defer guard(&err)
	h := jws.NewHeaders() // a fresh one per call: the library writes into it
	for name, value := range map[string]string{jws.TypeKey: typ, jws.KeyIDKey: k.pub.kid} {
		if err := h.Set(name, value); err != nil {
			return nil, ErrInternal
		}
	}
	alg := jwa.SignatureAlgorithm(k.pub.alg)
	token, err = jws.Sign(payload, jws.WithKey(alg, k.raw, jws.WithProtectedHeaders(h)), jws.WithCompact())
	if err != nil {
		return nil, ErrInternal
	}
	return token, nil
}

// Peek returns what a JWS that passes the gate claims, unproven: its kid and
// its payload. Nobody may act on either before Verify.
func Peek(typ string, token []byte, maxLen int) (kid string, payload []byte, err error) {
	h, segments, err := gateJWS(typ, token, maxLen)
	if err != nil {
		return "", nil, err
	}
	payload, ok := base64url.Decode(segments[1])
	if !ok {
		return "", nil, ErrMalformed
	}
	return h.Kid, payload, nil
}

// Verify checks a compact JWS of type typ of at most maxLen bytes. resolve
// returns the key for a kid; its error is returned as it is.
func Verify(typ string, token []byte, maxLen int, resolve func(kid string) (*PublicKey, error)) (signed *Signed, err error) {
	h, segments, err := gateJWS(typ, token, maxLen)
	if err != nil {
		return nil, err
	}
	k, err := resolve(h.Kid)
	if err != nil {
		return nil, err
	}
	if k == nil || k.kid != h.Kid {
		return nil, ErrUnknownKey
	}
	if k.use != UseSign || k.alg != h.Alg {
		return nil, ErrKey
	}
	if !signatureFits(k, base64url.Len(len(segments[2]))) {
		return nil, ErrMalformed
	}
	defer guard(&err)
	msg := jws.NewMessage()
	payload, err := jws.Verify(token, jws.WithKey(jwa.SignatureAlgorithm(k.alg), k.raw), jws.WithCompact(), jws.WithMessage(msg))
	if err != nil {
		return nil, ErrSignature
	}
	read, ok := base64url.Decode(segments[1])
	if !ok || !bytes.Equal(read, payload) || !sameJWS(msg, h) {
		return nil, ErrMalformed
	}
	return &Signed{Payload: read, KeyID: k.kid, SigningInput: token[:len(segments[0])+1+len(segments[1])]}, nil
}

// sameJWS reports whether the library read the header that the gate read.
func sameJWS(msg *jws.Message, h jwsHeader) bool {
	all := msg.Signatures()
	if len(all) != 1 {
		return false
	}
	got := all[0].ProtectedHeaders()
	return got.Algorithm().String() == h.Alg && got.KeyID() == h.Kid && got.Type() == h.Typ
}

func signatureFits(k *PublicKey, size int) bool {
	switch raw := k.raw.(type) {
	case *ecdsa.PublicKey:
		return size == ecdsaSigLen
	case ed25519.PublicKey:
		return size == ed25519Sig
	case *rsa.PublicKey:
		return size == raw.Size()
	}
	return false
}

// guard turns a panic of the library into ErrInternal. What it panicked with
// is dropped, because it may hold the input.
func guard(err *error) {
	if recover() != nil {
		*err = ErrInternal
	}
}
