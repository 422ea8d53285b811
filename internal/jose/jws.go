package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"

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
	if k == nil || k.pub.use != UseSign || len(payload) == 0 || !plain(typ) {
		return nil, ErrKey
	}
	// Nothing in this header needs an escape, and no name in it is a variable.
	header := `{"alg":"` + k.pub.alg + `","kid":"` + k.pub.kid + `","typ":"` + typ + `"}`
	token = make([]byte, 0, base64url.TextLen(len(header))+1+base64url.TextLen(len(payload))+1+base64url.TextLen(rsaModulusMax))
	token = base64url.Append(token, []byte(header))
	token = append(token, '.')
	token = base64url.Append(token, payload)
	signature, err := k.sign(token)
	if err != nil {
		return nil, err
	}
	token = append(token, '.')
	return base64url.Append(token, signature), nil
}

// plain reports whether s can stand in a header as it is.
func plain(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}

// sign returns the signature over input in JOSE's form. A device is believed
// nothing: what it returns is verified, which costs a tenth of a millisecond.
func (k *PrivateKey) sign(input []byte) (signature []byte, err error) {
	if k.inDevice() {
		defer deviceGuard(&err)
	} else {
		defer guard(&err)
	}
	signer, err := jws.NewSigner(jwa.SignatureAlgorithm(k.pub.alg))
	if err != nil {
		return nil, ErrInternal
	}
	signature, err = signer.Sign(input, k.signer)
	switch {
	case !k.inDevice() && err != nil:
		return nil, ErrInternal
	case k.inDevice() && (err != nil || !signatureFits(&k.pub, len(signature)) || k.pub.verify(input, signature) != nil):
		return nil, ErrDevice
	}
	return signature, nil
}

// A Claim is a JWS that passed the gate: what it claims, unproven. Nobody may
// act on it before Verify. It shares memory with the token.
type Claim struct {
	// Kid is the thumbprint of the key that it names.
	Kid string
	// Payload is what it says was signed.
	Payload []byte

	profile   profile
	alg       string
	input     []byte // the bytes under the signature: those of the token, not a copy
	signature []byte
}

// Read applies the gate to a compact JWS of type typ of at most maxLen bytes.
func Read(typ string, token []byte, maxLen int) (*Claim, error) {
	return profile{typ: typ}.read(token, maxLen)
}

func (p profile) read(token []byte, maxLen int) (*Claim, error) {
	h, segments, err := p.gateJWS(token, maxLen)
	if err != nil {
		return nil, err
	}
	end := len(segments[0]) + 1 + len(segments[1])
	c := &Claim{Kid: h.Kid, profile: p, alg: h.Alg, input: token[:end:end]}
	var ok [2]bool
	c.Payload, ok[0] = base64url.Decode(segments[1])
	c.signature, ok[1] = base64url.Decode(segments[2])
	if ok != [2]bool{true, true} {
		return nil, ErrMalformed
	}
	return c, nil
}

// Verify checks the signature under the key for c.Kid.
func (c *Claim) Verify(k *PublicKey) (*Signed, error) {
	if k == nil || !c.profile.names(c.Kid, k) {
		return nil, ErrUnknownKey
	}
	if k.use != UseSign || k.alg != c.alg {
		return nil, ErrKey
	}
	if !signatureFits(k, len(c.signature)) {
		return nil, ErrMalformed
	}
	if err := k.verify(c.input, c.signature); err != nil {
		return nil, err
	}
	return &Signed{Payload: c.Payload, KeyID: k.kid, SigningInput: c.input}, nil
}

// Verify reads and verifies. resolve returns the key for a kid; its error is
// returned as it is.
func Verify(typ string, token []byte, maxLen int, resolve func(kid string) (*PublicKey, error)) (*Signed, error) {
	return profile{typ: typ}.verify(token, maxLen, resolve)
}

func (p profile) verify(token []byte, maxLen int, resolve func(kid string) (*PublicKey, error)) (*Signed, error) {
	c, err := p.read(token, maxLen)
	if err != nil {
		return nil, err
	}
	k, err := resolve(c.Kid)
	if err != nil {
		return nil, err
	}
	return c.Verify(k)
}

// Peek returns what a JWS that passes the gate claims, unproven: its kid and
// its payload.
func Peek(typ string, token []byte, maxLen int) (kid string, payload []byte, err error) {
	c, err := Read(typ, token, maxLen)
	if err != nil {
		return "", nil, err
	}
	return c.Kid, c.Payload, nil
}

// verify has the library check a signature. It is handed the signing input, the
// signature and one raw key, never a token: there is nothing in them that it
// could read in its own way.
func (k *PublicKey) verify(input, signature []byte) (err error) {
	defer guard(&err)
	verifier, err := jws.NewVerifier(jwa.SignatureAlgorithm(k.alg))
	if err != nil {
		return ErrInternal
	}
	if verifier.Verify(input, signature, k.raw) != nil {
		return ErrSignature
	}
	// The library takes a salt of any length; RFC 7518 section 3.5 does not.
	if pub, ok := k.raw.(*rsa.PublicKey); ok {
		digest := sha256.Sum256(input)
		if rsa.VerifyPSS(pub, crypto.SHA256, digest[:], signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) != nil {
			return ErrSignature
		}
	}
	return nil
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
