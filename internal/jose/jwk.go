package jose

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/json"
	"math/big"
	"slices"

	"github.com/segel-id/segel/internal/strictjson"
)

// jwk is the closed set of members of a JSON Web Key (RFC 7517, RFC 7518
// section 6, RFC 8037) that exist for us. x5c, x5u, jku, oth and every other
// member are refused, because nothing here would check them.
type jwk struct {
	Kty    string   `json:"kty"`
	Crv    string   `json:"crv,omitempty"`
	X      string   `json:"x,omitempty"`
	Y      string   `json:"y,omitempty"`
	N      string   `json:"n,omitempty"`
	E      string   `json:"e,omitempty"`
	D      string   `json:"d,omitempty"`
	P      string   `json:"p,omitempty"`
	Q      string   `json:"q,omitempty"`
	DP     string   `json:"dp,omitempty"`
	DQ     string   `json:"dq,omitempty"`
	QI     string   `json:"qi,omitempty"`
	Alg    string   `json:"alg"`
	Use    string   `json:"use"`
	Kid    string   `json:"kid"`
	KeyOps []string `json:"key_ops,omitempty"`
}

// ParsePublic parses one public JWK. It must carry use, alg and kid, and kid
// must be the key's thumbprint. A JWK with a private member is refused: it has
// been sent where it must never be.
func ParsePublic(text []byte) (*PublicKey, error) {
	var j jwk
	if strictjson.Unmarshal(text, &j) != nil || j.private() {
		return nil, ErrKey
	}
	raw, err := j.public()
	if err != nil {
		return nil, err
	}
	k, err := newPublic(j.Alg, raw)
	if err != nil {
		return nil, err
	}
	return k, k.agrees(j, "verify", "wrapKey")
}

// ParsePrivate parses one private JWK under the rules of ParsePublic. The
// public members must be those of the private ones.
func ParsePrivate(text []byte) (*PrivateKey, error) {
	var j jwk
	if strictjson.Unmarshal(text, &j) != nil || j.D == "" {
		return nil, ErrKey
	}
	raw, err := j.secret()
	if err != nil {
		return nil, err
	}
	k, err := newPrivate(j.Alg, raw)
	if err != nil {
		return nil, err
	}
	return k, k.pub.agrees(j, "sign", "unwrapKey")
}

// agrees reports ErrKey unless what the text says about the key is what the
// key itself says: members, use, kid and, if present, the one key operation.
func (k *PublicKey) agrees(j jwk, signOp, encryptOp string) error {
	op := signOp
	if k.use == UseEncrypt {
		op = encryptOp
	}
	said := jwk{Kty: j.Kty, Crv: j.Crv, X: j.X, Y: j.Y, N: j.N, E: j.E, Alg: j.Alg, Use: j.Use, Kid: j.Kid}
	is := k.jwk
	if said.Kty != is.Kty || said.Crv != is.Crv || said.X != is.X || said.Y != is.Y || said.N != is.N || said.E != is.E ||
		said.Alg != is.Alg || said.Use != is.Use || said.Kid != is.Kid {
		return ErrKey
	}
	// ECDH keys derive, RSA keys wrap; both names are in RFC 7517 section 4.3.
	if j.KeyOps != nil && !slices.Equal(j.KeyOps, []string{op}) &&
		!(k.alg == ECDHES && slices.Equal(j.KeyOps, []string{"deriveKey"})) {
		return ErrKey
	}
	return nil
}

func (j jwk) private() bool {
	return j.D != "" || j.P != "" || j.Q != "" || j.DP != "" || j.DQ != "" || j.QI != ""
}

// public builds the raw public key; newPublic validates it.
func (j jwk) public() (any, error) {
	switch {
	case j.Kty == "EC" && j.Crv == "P-256" && j.N == "" && j.E == "":
		x, okX := bytesOf(j.X, 32)
		y, okY := bytesOf(j.Y, 32)
		if !okX || !okY {
			return nil, ErrKey
		}
		point := slices.Concat([]byte{4}, x, y)
		pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		if err != nil {
			return nil, ErrKey
		}
		return pub, nil
	case j.Kty == "OKP" && j.Y == "" && j.N == "" && j.E == "":
		x, ok := bytesOf(j.X, 32)
		if !ok {
			return nil, ErrKey
		}
		switch j.Crv {
		case "Ed25519":
			return ed25519.PublicKey(x), nil
		case "X25519":
			pub, err := ecdh.X25519().NewPublicKey(x)
			if err != nil {
				return nil, ErrKey
			}
			return pub, nil
		}
	case j.Kty == "RSA" && j.Crv == "" && j.X == "" && j.Y == "" && j.E == "AQAB":
		n, ok := decode([]byte(j.N))
		if !ok || len(n) == 0 || n[0] == 0 {
			return nil, ErrKey
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}, nil
	}
	return nil, ErrKey
}

// secret builds the raw private key and checks it against the public members.
func (j jwk) secret() (any, error) {
	switch pub, err := j.public(); pub := pub.(type) {
	case *ecdsa.PublicKey:
		d, ok := bytesOf(j.D, 32)
		if !ok {
			return nil, ErrKey
		}
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
		if err != nil || !key.PublicKey.Equal(pub) {
			return nil, ErrKey
		}
		return key, nil
	case ed25519.PublicKey:
		seed, ok := bytesOf(j.D, ed25519.SeedSize)
		if !ok {
			return nil, ErrKey
		}
		key := ed25519.NewKeyFromSeed(seed)
		if subtle.ConstantTimeCompare(key[32:], pub) != 1 {
			return nil, ErrKey
		}
		return key, nil
	case *ecdh.PublicKey:
		d, ok := bytesOf(j.D, 32)
		if !ok {
			return nil, ErrKey
		}
		key, err := ecdh.X25519().NewPrivateKey(d)
		if err != nil || !key.PublicKey().Equal(pub) {
			return nil, ErrKey
		}
		return key, nil
	case *rsa.PublicKey:
		return j.rsa(pub)
	default:
		return nil, err
	}
}

func (j jwk) rsa(pub *rsa.PublicKey) (any, error) {
	// Check the size before the work that a large modulus would cost.
	if err := checkRSA(j.Alg, pub); err != nil {
		return nil, err
	}
	var d, p, q big.Int
	for _, m := range []struct {
		text string
		to   *big.Int
	}{{j.D, &d}, {j.P, &p}, {j.Q, &q}} {
		b, ok := decode([]byte(m.text))
		if !ok || len(b) == 0 || len(b) > (pub.N.BitLen()+7)/8 {
			return nil, ErrKey
		}
		m.to.SetBytes(b)
	}
	key := &rsa.PrivateKey{PublicKey: *pub, D: &d, Primes: []*big.Int{&p, &q}}
	if key.Validate() != nil {
		return nil, ErrKey
	}
	key.Precompute()
	return key, nil
}

// PrivateJWK returns the key as a private JSON Web Key. It is the one way out
// for key material, and only key files need it.
func (k *PrivateKey) PrivateJWK() ([]byte, error) {
	j := k.pub.jwk
	switch raw := k.raw.(type) {
	case *ecdsa.PrivateKey:
		d, err := raw.Bytes()
		if err != nil {
			return nil, ErrKey
		}
		j.D = b64(d)
	case ed25519.PrivateKey:
		j.D = b64(raw.Seed())
	case *ecdh.PrivateKey:
		j.D = b64(raw.Bytes())
	case *rsa.PrivateKey:
		raw.Precompute()
		j.D, j.P, j.Q = b64(raw.D.Bytes()), b64(raw.Primes[0].Bytes()), b64(raw.Primes[1].Bytes())
		j.DP, j.DQ, j.QI = b64(raw.Precomputed.Dp.Bytes()), b64(raw.Precomputed.Dq.Bytes()), b64(raw.Precomputed.Qinv.Bytes())
	default:
		return nil, ErrKey
	}
	return json.Marshal(j)
}

func bytesOf(text string, size int) ([]byte, bool) {
	b, ok := decode([]byte(text))
	return b, ok && len(b) == size
}
