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

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/strictjson"
)

// jwk is the closed set of members of a JSON Web Key (RFC 7517, RFC 7518
// section 6, RFC 8037) that exist for us, but for key_ops. x5c, x5u, jku, oth and
// every other member are refused, because nothing here would check them.
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv,omitempty"`
	X   string `json:"x,omitempty"`
	Y   string `json:"y,omitempty"`
	N   string `json:"n,omitempty"`
	E   string `json:"e,omitempty"`
	D   string `json:"d,omitempty"`
	P   string `json:"p,omitempty"`
	Q   string `json:"q,omitempty"`
	DP  string `json:"dp,omitempty"`
	DQ  string `json:"dq,omitempty"`
	QI  string `json:"qi,omitempty"`
	Alg string `json:"alg,omitempty"`
	Use string `json:"use,omitempty"`
	Kid string `json:"kid,omitempty"`
}

// ParsePublic parses one public JWK. It must carry use, alg and kid, and kid
// must be the key's thumbprint. A JWK with a private member is refused: it has
// been sent where it must never be.
func ParsePublic(text []byte) (*PublicKey, error) { return ours.parsePublic(text, "") }

func (p profile) parsePublic(text []byte, alg string) (*PublicKey, error) {
	j, operation, err := parseJWK(text)
	if err != nil || j.private() {
		return nil, ErrKey
	}
	raw, err := j.public()
	if err != nil {
		return nil, err
	}
	k, err := p.newPublic(p.algorithm(j, alg), raw)
	// The text must say of the key what the key itself says, and no more.
	if err != nil || p.stated(j, k) != k.jwk || !operation.fits(k, "verify", "wrapKey") {
		return nil, ErrKey
	}
	return k, nil
}

// ParsePrivate parses one private JWK under the rules of ParsePublic. RSA keys
// may leave out dp, dq and qi, all three or none.
func ParsePrivate(text []byte) (*PrivateKey, error) { return ours.parsePrivate(text, "") }

func (p profile) parsePrivate(text []byte, alg string) (*PrivateKey, error) {
	j, operation, err := parseJWK(text)
	if err != nil || !j.private() {
		return nil, ErrKey
	}
	alg = p.algorithm(j, alg)
	raw, err := p.secret(j, alg)
	if err != nil {
		return nil, err
	}
	k, err := p.newPrivate(alg, raw)
	if err != nil || !operation.fits(&k.pub, "sign", "unwrapKey") {
		return nil, ErrKey
	}
	is, err := k.full()
	if err != nil {
		return nil, err
	}
	if j.DP == "" && j.DQ == "" && j.QI == "" {
		is.DP, is.DQ, is.QI = "", "", ""
	}
	if p.stated(j, &k.pub) != is {
		return nil, ErrKey
	}
	return k, nil
}

// keyOps is the optional member key_ops (RFC 7517 section 4.3).
type keyOps []string

// fits reports whether key_ops is absent or names the one operation of the key.
// ECDH keys derive, RSA keys wrap; both names are in use for ours.
func (ops keyOps) fits(k *PublicKey, sign, encrypt string) bool {
	op := sign
	if k.use == UseEncrypt {
		op = encrypt
	}
	return ops == nil || slices.Equal(ops, keyOps{op}) || k.alg == ECDHES && slices.Equal(ops, keyOps{"deriveKey"})
}

// parseJWK splits a JWK into key_ops and what can be compared as a whole.
func parseJWK(text []byte) (jwk, keyOps, error) {
	var members map[string]json.RawMessage
	var ops keyOps
	var j jwk
	if strictjson.Unmarshal(text, &members) != nil {
		return j, nil, ErrKey
	}
	if raw, ok := members["key_ops"]; ok {
		if strictjson.Unmarshal(raw, &ops) != nil {
			return j, nil, ErrKey
		}
		delete(members, "key_ops")
	}
	rest, err := json.Marshal(members)
	if err != nil || strictjson.Unmarshal(rest, &j) != nil {
		return j, nil, ErrKey
	}
	return j, ops, nil
}

func (j jwk) private() bool {
	return j.D != "" || j.P != "" || j.Q != "" || j.DP != "" || j.DQ != "" || j.QI != ""
}

// public builds the raw public key; newPublic validates it.
func (j jwk) public() (any, error) {
	switch {
	case j.Kty == "EC" && j.Crv == "P-256" && j.N == "" && j.E == "":
		x, okX := base64url.DecodeLen(j.X, 32)
		y, okY := base64url.DecodeLen(j.Y, 32)
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
		x, ok := base64url.DecodeLen(j.X, 32)
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
		n, ok := base64url.Decode([]byte(j.N))
		if !ok || len(n) == 0 || n[0] == 0 {
			return nil, ErrKey
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}, nil
	}
	return nil, ErrKey
}

// secret builds the raw private key and checks it against the public members.
func (p profile) secret(j jwk, alg string) (any, error) {
	switch pub, err := j.public(); pub := pub.(type) {
	case *ecdsa.PublicKey:
		d, ok := base64url.DecodeLen(j.D, 32)
		if !ok {
			return nil, ErrKey
		}
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
		if err != nil || !key.PublicKey.Equal(pub) {
			return nil, ErrKey
		}
		return key, nil
	case ed25519.PublicKey:
		seed, ok := base64url.DecodeLen(j.D, ed25519.SeedSize)
		if !ok {
			return nil, ErrKey
		}
		key := ed25519.NewKeyFromSeed(seed)
		if subtle.ConstantTimeCompare(key[32:], pub) != 1 {
			return nil, ErrKey
		}
		return key, nil
	case *ecdh.PublicKey:
		d, ok := base64url.DecodeLen(j.D, 32)
		if !ok {
			return nil, ErrKey
		}
		key, err := ecdh.X25519().NewPrivateKey(d)
		if err != nil || !key.PublicKey().Equal(pub) {
			return nil, ErrKey
		}
		return key, nil
	case *rsa.PublicKey:
		// Check the size before the work that a large modulus would cost.
		if err := p.checkRSA(alg, pub); err != nil {
			return nil, err
		}
		return j.rsa(pub)
	default:
		return nil, err
	}
}

func (j jwk) rsa(pub *rsa.PublicKey) (any, error) {
	var d, p, q big.Int
	for _, m := range []struct {
		text string
		to   *big.Int
	}{{j.D, &d}, {j.P, &p}, {j.Q, &q}} {
		b, ok := base64url.Decode([]byte(m.text))
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
	j, err := k.full()
	if err != nil {
		return nil, err
	}
	return json.Marshal(j)
}

// full returns all members, the private ones included.
func (k *PrivateKey) full() (jwk, error) {
	j := k.pub.jwk
	if k.half == nil {
		return j, ErrKey
	}
	switch raw := k.raw.(type) {
	case *ecdsa.PrivateKey:
		d, err := raw.Bytes()
		if err != nil {
			return j, ErrKey
		}
		j.D = base64url.Encode(d)
	case ed25519.PrivateKey:
		j.D = base64url.Encode(raw.Seed())
	case *ecdh.PrivateKey:
		j.D = base64url.Encode(raw.Bytes())
	case *rsa.PrivateKey:
		j.D, j.P, j.Q = integer(raw.D), integer(raw.Primes[0]), integer(raw.Primes[1])
		j.DP, j.DQ, j.QI = integer(raw.Precomputed.Dp), integer(raw.Precomputed.Dq), integer(raw.Precomputed.Qinv)
	default:
		return j, ErrKey
	}
	return j, nil
}

// integer is Base64urlUInt of RFC 7518 section 2.
func integer(n *big.Int) string { return base64url.Encode(n.Bytes()) }
