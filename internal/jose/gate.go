package jose

import (
	"bytes"
	"crypto/ecdh"
	"slices"

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/limits"
	"github.com/segel-id/segel/internal/strictjson"
)

// jwsHeader is the closed header set of our JWS. That kid and typ are there is
// for the profile to see to.
type jwsHeader struct {
	Alg string `json:"alg"`
	Kid string `json:"kid,omitempty"`
	Typ string `json:"typ,omitempty"`
}

// jweHeader is the closed header set of our JWE. epk is there exactly when
// alg is ECDHES.
type jweHeader struct {
	Alg string `json:"alg"`
	Enc string `json:"enc"`
	Epk *epk   `json:"epk,omitempty"`
	Kid string `json:"kid,omitempty"`
	Typ string `json:"typ,omitempty"`
}

type epk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y,omitempty"`
}

const (
	kidLen        = 43 // base64url of a SHA-256 thumbprint
	gcmIVLen      = 12
	gcmTagLen     = 16
	wrappedLen    = 40 // A256KW of a 256-bit key: RFC 3394
	ecdsaSigLen   = 64
	ed25519Sig    = 64
	rsaModulusMin = limits.RSAModulusMin / 8
	rsaModulusMax = limits.RSAModulusMax / 8
)

// split cuts a token into exactly n segments of canonical base64url, the first
// of which is a header text.
func split(token []byte, n, maxLen int) ([][]byte, []byte, error) {
	if len(token) > maxLen {
		return nil, nil, ErrTooLarge
	}
	if bytes.Count(token, []byte{'.'}) != n-1 {
		return nil, nil, ErrMalformed
	}
	segments := bytes.Split(token, []byte{'.'})
	for _, s := range segments {
		if len(s) == 0 || !base64url.Valid(s) {
			return nil, nil, ErrMalformed
		}
	}
	if base64url.Len(len(segments[0])) > limits.Header {
		return nil, nil, ErrMalformed
	}
	header, ok := base64url.Decode(segments[0])
	if !ok {
		return nil, nil, ErrMalformed
	}
	// One text per header: no blanks (a peer library re-serialises them away
	// and then fails) and no escapes, for none of our values needs one.
	for _, c := range header {
		if c <= ' ' || c >= 0x7f || c == '\\' {
			return nil, nil, ErrMalformed
		}
	}
	return segments, header, nil
}

// gateJWS applies steps 1 to 6 to a compact JWS.
func (p profile) gateJWS(token []byte, maxLen int) (jwsHeader, [][]byte, error) {
	var h jwsHeader
	segments, text, err := split(token, 3, maxLen)
	if err != nil {
		return h, nil, err
	}
	if strictjson.Unmarshal(text, &h) != nil || !p.fits(h.Typ, h.Kid) {
		return h, nil, ErrMalformed
	}
	sig := base64url.Len(len(segments[2]))
	switch h.Alg {
	case ES256:
		if sig != ecdsaSigLen {
			return h, nil, ErrMalformed
		}
	case EdDSA:
		if sig != ed25519Sig {
			return h, nil, ErrMalformed
		}
	case PS256:
		if sig < p.leastRSA(PS256)/8 || sig > rsaModulusMax {
			return h, nil, ErrMalformed
		}
	default:
		return h, nil, ErrMalformed
	}
	return h, segments, nil
}

// sealedToken is a JWE that passed steps 1 to 6.
type sealedToken struct {
	jweHeader
	segments [][]byte
	from     *ecdh.PublicKey // epk, for ECDHES
}

// gateJWE applies steps 1 to 6 to a compact JWE.
func (p profile) gateJWE(token []byte, maxLen int) (sealedToken, error) {
	var t sealedToken
	segments, text, err := split(token, 5, maxLen)
	if err != nil {
		return t, err
	}
	t.segments = segments
	if strictjson.Unmarshal(text, &t.jweHeader) != nil || !p.fits(t.Typ, t.Kid) || t.Enc != A256GCM ||
		base64url.Len(len(segments[2])) != gcmIVLen || base64url.Len(len(segments[4])) != gcmTagLen {
		return t, ErrMalformed
	}
	switch wrapped := t.wrappedLen(); t.Alg {
	case ECDHES:
		if t.from = t.Epk.point(); wrapped != wrappedLen || t.from == nil {
			return t, ErrMalformed
		}
	case RSAOAEP:
		if wrapped < rsaModulusMin || wrapped > rsaModulusMax || t.Epk != nil {
			return t, ErrMalformed
		}
	default:
		return t, ErrMalformed
	}
	return t, nil
}

// wrappedLen is the length of the encrypted key.
func (t *sealedToken) wrappedLen() int { return base64url.Len(len(t.segments[1])) }

// fits reports whether the ephemeral key is on the curve of k and the
// encrypted key is as long as k's modulus.
func (t *sealedToken) fits(k *PublicKey) bool {
	if t.Epk != nil {
		return t.Epk.Crv == k.jwk.Crv
	}
	return t.wrappedLen() == base64url.Len(len(k.jwk.N))
}

// point returns the key if it is a point of one of our two curves, else nil.
func (e *epk) point() *ecdh.PublicKey {
	if e == nil {
		return nil
	}
	x, ok := base64url.DecodeLen(e.X, 32)
	if !ok {
		return nil
	}
	switch {
	case e.Kty == "EC" && e.Crv == "P-256":
		y, ok := base64url.DecodeLen(e.Y, 32)
		if !ok {
			return nil
		}
		if pub, err := ecdh.P256().NewPublicKey(slices.Concat([]byte{4}, x, y)); err == nil {
			return pub
		}
	case e.Kty == "OKP" && e.Crv == "X25519" && e.Y == "":
		if pub, err := ecdh.X25519().NewPublicKey(x); err == nil && fieldElement(x) && !lowOrder(pub) {
			return pub
		}
	}
	return nil
}
