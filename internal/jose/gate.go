package jose

import (
	"bytes"
	"crypto/ecdh"
	"slices"

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/limits"
	"github.com/segel-id/segel/internal/strictjson"
)

// jwsHeader is the closed header set of our JWS.
type jwsHeader struct {
	Alg string `json:"alg"`
	Kid string `json:"kid"`
	Typ string `json:"typ"`
}

// jweHeader is the closed header set of our JWE. epk is there exactly when
// alg is ECDHES.
type jweHeader struct {
	Alg string `json:"alg"`
	Enc string `json:"enc"`
	Epk *epk   `json:"epk,omitempty"`
	Kid string `json:"kid"`
	Typ string `json:"typ"`
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
func gateJWS(typ string, token []byte, maxLen int) (jwsHeader, [][]byte, error) {
	var h jwsHeader
	segments, text, err := split(token, 3, maxLen)
	if err != nil {
		return h, nil, err
	}
	if strictjson.Unmarshal(text, &h) != nil || h.Typ != typ || len(h.Kid) != kidLen || !base64url.Valid([]byte(h.Kid)) {
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
		if sig < limits.RSASigningMin/8 || sig > rsaModulusMax {
			return h, nil, ErrMalformed
		}
	default:
		return h, nil, ErrMalformed
	}
	return h, segments, nil
}

// gateJWE applies steps 1 to 6 to a compact JWE.
func gateJWE(typ string, token []byte, maxLen int) (jweHeader, error) {
	var h jweHeader
	segments, text, err := split(token, 5, maxLen)
	if err != nil {
		return h, err
	}
	if strictjson.Unmarshal(text, &h) != nil || h.Typ != typ || h.Enc != A256GCM ||
		len(h.Kid) != kidLen || !base64url.Valid([]byte(h.Kid)) ||
		base64url.Len(len(segments[2])) != gcmIVLen || base64url.Len(len(segments[4])) != gcmTagLen {
		return h, ErrMalformed
	}
	wrapped := base64url.Len(len(segments[1]))
	switch h.Alg {
	case ECDHES:
		if wrapped != wrappedLen || h.Epk == nil || !h.Epk.onCurve() {
			return h, ErrMalformed
		}
	case RSAOAEP:
		if wrapped < rsaModulusMin || wrapped > rsaModulusMax || h.Epk != nil {
			return h, ErrMalformed
		}
	default:
		return h, ErrMalformed
	}
	return h, nil
}

// onCurve reports whether e is a point of one of our two curves.
func (e *epk) onCurve() bool {
	x, ok := base64url.DecodeLen(e.X, 32)
	if !ok {
		return false
	}
	switch {
	case e.Kty == "EC" && e.Crv == "P-256":
		y, ok := base64url.DecodeLen(e.Y, 32)
		if !ok {
			return false
		}
		_, err := ecdh.P256().NewPublicKey(slices.Concat([]byte{4}, x, y))
		return err == nil
	case e.Kty == "OKP" && e.Crv == "X25519" && e.Y == "":
		pub, err := ecdh.X25519().NewPublicKey(x)
		return err == nil && fieldElement(x) && !lowOrder(pub)
	}
	return false
}

// fits reports whether the ephemeral key is on the curve of k and the
// encrypted key is as long as k's modulus.
func (h jweHeader) fits(k *PublicKey, wrapped int) bool {
	if h.Epk != nil {
		return h.Epk.Crv == k.jwk.Crv
	}
	return wrapped == base64url.Len(len(k.jwk.N))
}
