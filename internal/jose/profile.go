package jose

import (
	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/limits"
)

// A profile is what tokens and keys must say of themselves beside what the
// standards make them say. Everything that is exported follows ours.
//
// The public corpora are other people's tokens, which carry neither our typ nor
// our kid. So that they reach the very code that judges ours, the tests judge
// them by a bare profile, which leaves out four things and nothing else: typ and
// kid of a token may be absent or anything; alg, use and kid of a JWK may be
// absent, and kid anything; a JWK without alg is taken for the algorithm that
// the corpus tells; and PS256 keys may have 2048 bits.
type profile struct {
	typ  string // the one typ of a token
	bare bool
}

// ours is the profile of keys, which have no typ.
var ours profile

// fits reports whether a token says of itself what it must.
func (p profile) fits(typ, kid string) bool {
	return p.bare || p.typ != "" && typ == p.typ && len(kid) == kidLen && base64url.Valid([]byte(kid))
}

// names reports whether a token's kid names the key.
func (p profile) names(kid string, k *PublicKey) bool { return p.bare || kid == k.kid }

// leastRSA is the least size of a modulus, in bits.
func (p profile) leastRSA(alg string) int {
	if alg == PS256 && !p.bare {
		return limits.RSASigningMin
	}
	return limits.RSAModulusMin
}

// algorithm is the algorithm of a JWK: the one that it states.
func (p profile) algorithm(j jwk, otherwise string) string {
	if p.bare && j.Alg == "" {
		return otherwise
	}
	return j.Alg
}

// stated is what a JWK says, to be compared with what its key says.
func (p profile) stated(j jwk, k *PublicKey) jwk {
	if p.bare {
		j.Kid = k.kid
		j.Alg = p.algorithm(j, k.alg)
		if j.Use == "" {
			j.Use = k.use
		}
	}
	return j
}
