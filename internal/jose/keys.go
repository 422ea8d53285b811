package jose

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/limits"
)

// The algorithms that exist for us. A key has exactly one.
const (
	ES256   = "ES256"          // RFC 7518 section 3.4, P-256
	EdDSA   = "EdDSA"          // RFC 8037 section 3.1, Ed25519
	PS256   = "PS256"          // RFC 7518 section 3.5, 3072 bits or more
	ECDHES  = "ECDH-ES+A256KW" // RFC 7518 section 4.6, P-256 or X25519 (RFC 8037)
	RSAOAEP = "RSA-OAEP-256"   // RFC 7518 section 4.3, 2048 bits or more
	A256GCM = "A256GCM"        // RFC 7518 section 5.3, the one content encryption
)

// The uses of a key (RFC 7517 section 4.2). A key has exactly one.
const (
	UseSign    = "sig"
	UseEncrypt = "enc"
)

// A PublicKey is one validated key for one use with one algorithm. It is
// immutable; the zero value is of no use.
type PublicKey struct {
	alg, use, kid string
	raw           any // *ecdsa.PublicKey, ed25519.PublicKey, *rsa.PublicKey, *ecdh.PublicKey
	jwk           jwk
}

// A PrivateKey is the private half of a PublicKey, in memory or in a device. It
// is immutable; the zero value is of no use.
type PrivateKey struct {
	pub PublicKey
	*half
}

// half is the private half. It is behind a pointer of its own, for fmt prints
// what a value holds, and one pointer further, if the value is an unexported
// member of somebody's struct: it may then ask it for no method.
type half struct {
	raw any // *ecdsa.PrivateKey, ed25519.PrivateKey, *rsa.PrivateKey, *ecdh.PrivateKey; nil: in a device

	// What the key is used through, one of them: a device is used exactly as a
	// key in memory is.
	signer    crypto.Signer     // ES256, EdDSA, PS256
	decrypter crypto.Decrypter  // RSAOAEP
	exchanger ecdh.KeyExchanger // ECDHES
}

// ID returns the RFC 7638 SHA-256 thumbprint, recomputed from the key itself.
func (k *PublicKey) ID() string { return k.kid }

// Algorithm returns the one algorithm of the key.
func (k *PublicKey) Algorithm() string { return k.alg }

// Use returns UseSign or UseEncrypt.
func (k *PublicKey) Use() string { return k.use }

// JWK returns the public key as a JSON Web Key with use, alg and kid.
func (k *PublicKey) JWK() []byte {
	text, err := json.Marshal(k.jwk)
	if err != nil {
		return nil // a struct of strings always marshals
	}
	return text
}

// Format prints the key's identifier for every verb, nothing secret.
func (k PrivateKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("private key " + k.pub.kid)) }

// Public returns the public half.
func (k *PrivateKey) Public() *PublicKey { return &k.pub }

// Generate returns a new key for alg: ES256, EdDSA, PS256, ECDHES (on P-256)
// or RSAOAEP.
func Generate(alg string) (*PrivateKey, error) {
	switch alg {
	case ES256, ECDHES:
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		return ours.newPrivate(alg, key)
	case EdDSA:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		return ours.newPrivate(alg, key)
	case PS256, RSAOAEP:
		key, err := rsa.GenerateKey(rand.Reader, limits.RSASigningMin)
		if err != nil {
			return nil, err
		}
		return ours.newPrivate(alg, key)
	}
	return nil, ErrKey
}

// newPrivate builds the key from its raw half, which must fit alg.
func (p profile) newPrivate(alg string, raw crypto.PrivateKey) (*PrivateKey, error) {
	pair, ok := raw.(interface{ Public() crypto.PublicKey })
	if !ok {
		return nil, ErrKey
	}
	pub, err := p.newPublic(alg, pair.Public())
	if err != nil {
		return nil, err
	}
	k := &PrivateKey{*pub, &half{raw: raw}}
	switch alg {
	case RSAOAEP:
		k.decrypter, ok = raw.(crypto.Decrypter)
	case ECDHES:
		if key, elliptic := raw.(*ecdsa.PrivateKey); elliptic {
			k.exchanger, err = key.ECDH()
		} else {
			k.exchanger, ok = raw.(ecdh.KeyExchanger)
		}
	default:
		k.signer, ok = raw.(crypto.Signer)
	}
	if err != nil || !ok {
		return nil, ErrKey
	}
	return k, nil
}

// newPublic validates raw against what alg demands and derives the JWK and the
// thumbprint from it, so that neither can say anything but the truth.
func (p profile) newPublic(alg string, raw crypto.PublicKey) (*PublicKey, error) {
	k := &PublicKey{alg: alg, raw: raw}
	switch alg {
	case ES256, EdDSA, PS256:
		k.use = UseSign
	case ECDHES, RSAOAEP:
		k.use = UseEncrypt
	default:
		return nil, ErrKey
	}
	switch pub := raw.(type) {
	case *ecdsa.PublicKey:
		point, err := pub.Bytes() // refuses a point off the curve and the point at infinity
		if err != nil || pub.Curve != elliptic.P256() || (alg != ES256 && alg != ECDHES) {
			return nil, ErrKey
		}
		k.jwk = jwk{Kty: "EC", Crv: "P-256", X: base64url.Encode(point[1:33]), Y: base64url.Encode(point[33:])}
	case ed25519.PublicKey:
		if len(pub) != ed25519.PublicKeySize || alg != EdDSA || !onEdwards(pub) || smallOrder(pub) {
			return nil, ErrKey
		}
		k.jwk = jwk{Kty: "OKP", Crv: "Ed25519", X: base64url.Encode(pub)}
	case *ecdh.PublicKey:
		if pub.Curve() != ecdh.X25519() || alg != ECDHES || !fieldElement(pub.Bytes()) || lowOrder(pub) {
			return nil, ErrKey
		}
		k.jwk = jwk{Kty: "OKP", Crv: "X25519", X: base64url.Encode(pub.Bytes())}
	case *rsa.PublicKey:
		if err := p.checkRSA(alg, pub); err != nil {
			return nil, err
		}
		k.jwk = jwk{Kty: "RSA", N: base64url.Encode(pub.N.Bytes()), E: "AQAB"}
	default:
		return nil, ErrKey
	}
	k.kid = k.jwk.thumbprint()
	k.jwk.Alg, k.jwk.Use, k.jwk.Kid = alg, k.use, k.kid
	return k, nil
}

func (p profile) checkRSA(alg string, pub *rsa.PublicKey) error {
	if pub == nil || pub.N == nil {
		return ErrKey
	}
	bits := pub.N.BitLen()
	if (alg != PS256 && alg != RSAOAEP) || pub.E != 65537 ||
		bits < p.leastRSA(alg) || bits > limits.RSAModulusMax || bits%8 != 0 || pub.N.Bit(0) == 0 || weakGenerator(pub.N) {
		return ErrKey
	}
	return nil
}

// thumbprint returns the RFC 7638 thumbprint: SHA-256 over the required
// members in lexicographic order, without blanks.
func (j jwk) thumbprint() string {
	var text string
	switch j.Kty {
	case "EC":
		text = `{"crv":"` + j.Crv + `","kty":"EC","x":"` + j.X + `","y":"` + j.Y + `"}`
	case "OKP":
		text = `{"crv":"` + j.Crv + `","kty":"OKP","x":"` + j.X + `"}`
	case "RSA":
		text = `{"e":"` + j.E + `","kty":"RSA","n":"` + j.N + `"}`
	}
	sum := sha256.Sum256([]byte(text))
	return base64url.Encode(sum[:])
}
