package jose

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/base64url"
)

// A primitive is one vector of Wycheproof for a primitive; which members it has
// depends on the file.
type primitive struct {
	TcID                                           int
	Key, IV, AAD, Msg, CT, Tag, Sig, Label, Shared string
	Public, Private                                json.RawMessage
	Result                                         string
}

type primitiveGroup struct {
	KeySize, IvSize, TagSize    int
	PublicKeyJwk, PrivateKeyJwk json.RawMessage
	PublicKey                   json.RawMessage
	Sha, MgfSha                 string
	Tests                       []primitive
}

// tally counts what became of a file's vectors.
type tally struct{ accepted, refused, either, skipped int }

// run applies judge to every vector of a file that use picks. judge reports
// whether the primitive accepts the vector with the right result; a wrong result
// is a failure of its own.
func run(t *testing.T, name string, prepare func(g *primitiveGroup) (judge func(v *primitive) (right, accepted bool))) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		var file struct{ TestGroups []*primitiveGroup }
		readJSON(t, &file, "wycheproof", name+"_test.json")
		var n tally
		for _, g := range file.TestGroups {
			judge := prepare(g)
			for i := range g.Tests {
				v := &g.Tests[i]
				if judge == nil {
					n.skipped++
					continue
				}
				right, accepted := judge(v)
				switch {
				case accepted && !right:
					t.Errorf("tc%d: accepted with a wrong result", v.TcID)
				case v.Result == "acceptable":
					n.either++
				case accepted && v.Result == "invalid":
					t.Errorf("tc%d: invalid and accepted", v.TcID)
				case !accepted && v.Result == "valid":
					t.Errorf("tc%d: valid and refused", v.TcID)
				case accepted:
					n.accepted++
				default:
					n.refused++
				}
			}
		}
		if n.accepted == 0 {
			t.Error("nothing was accepted")
		}
		t.Logf("%s: %d valid accepted, %d invalid refused, %d acceptable refused or right, %d of parameters that we do not use", name, n.accepted, n.refused, n.either, n.skipped)
	})
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWycheproofSignatures(t *testing.T) {
	for name, alg := range map[string]string{
		"ed25519":                      EdDSA,
		"ecdsa_secp256r1_sha256_p1363": ES256,
		"rsa_pss_2048_sha256_mgf1_32":  PS256,
	} {
		run(t, name, func(g *primitiveGroup) func(*primitive) (bool, bool) {
			text := []byte(g.PublicKeyJwk)
			if text == nil { // some groups of ES256 have none
				var point struct{ Uncompressed string }
				if err := json.Unmarshal(g.PublicKey, &point); err != nil {
					t.Fatal(err)
				}
				b := unhex(t, point.Uncompressed)
				text = []byte(`{"kty":"EC","crv":"P-256","x":"` + base64url.Encode(b[1:33]) + `","y":"` + base64url.Encode(b[33:]) + `"}`)
			}
			k, err := bare.parsePublic(text, alg)
			if err != nil {
				return func(v *primitive) (bool, bool) { return false, false }
			}
			return func(v *primitive) (bool, bool) {
				sig := unhex(t, v.Sig)
				ok := signatureFits(k, len(sig)) && k.verify(unhex(t, v.Msg), sig) == nil
				return ok, ok
			}
		})
	}
}

// TestWycheproofECDH runs the key agreement as a token's epk would drive it.
func TestWycheproofECDH(t *testing.T) {
	// agree returns whether epk and the private key give the shared secret.
	agree := func(e *epk, private *ecdh.PrivateKey, err error, want string) (right, accepted bool) {
		pub := e.point()
		if pub == nil || err != nil {
			return false, false
		}
		got, err := private.ECDH(pub)
		return err == nil && bytes.Equal(got, unhex(t, want)), err == nil
	}
	hexed := func(raw json.RawMessage) []byte {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		return unhex(t, s)
	}
	text := base64url.Encode
	run(t, "x25519", func(*primitiveGroup) func(*primitive) (bool, bool) {
		return func(v *primitive) (bool, bool) {
			private, err := ecdh.X25519().NewPrivateKey(hexed(v.Private))
			return agree(&epk{Kty: "OKP", Crv: "X25519", X: text(hexed(v.Public))}, private, err, v.Shared)
		}
	})
	// The points of this file stand in ASN.1, which we do not read: only keys in
	// the one form that everybody writes are run.
	const spki = "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
	run(t, "ecdh_secp256r1", func(*primitiveGroup) func(*primitive) (bool, bool) {
		return func(v *primitive) (bool, bool) {
			der, ok := strings.CutPrefix(hex.EncodeToString(hexed(v.Public)), spki)
			if !ok || len(der) != 128 {
				return false, false
			}
			d := bytes.TrimLeft(hexed(v.Private), "\x00")
			private, err := ecdh.P256().NewPrivateKey(append(make([]byte, 32-len(d)), d...))
			point := unhex(t, der)
			return agree(&epk{Kty: "EC", Crv: "P-256", X: text(point[:32]), Y: text(point[32:])}, private, err, v.Shared)
		}
	})
	for name, curve := range map[string]ecdh.Curve{"x25519_jwk": ecdh.X25519(), "ecdh_secp256r1_webcrypto": ecdh.P256()} {
		run(t, name, func(*primitiveGroup) func(*primitive) (bool, bool) {
			return func(v *primitive) (bool, bool) {
				var e epk
				var secret struct{ D string }
				if json.Unmarshal(v.Public, &e) != nil || json.Unmarshal(v.Private, &secret) != nil {
					return false, false
				}
				d, ok := base64url.DecodeLen(secret.D, 32)
				if !ok {
					return false, false
				}
				private, err := curve.NewPrivateKey(d)
				return agree(&e, private, err, v.Shared)
			}
		})
	}
}

func TestWycheproofRSAOAEP(t *testing.T) {
	for _, name := range []string{"rsa_oaep_2048_sha256_mgf1sha256", "rsa_oaep_misc"} {
		run(t, name, func(g *primitiveGroup) func(*primitive) (bool, bool) {
			if g.Sha != "SHA-256" || g.MgfSha != "SHA-256" || g.KeySize < 2048 {
				return nil
			}
			k, err := bare.parsePrivate(g.PrivateKeyJwk, RSAOAEP)
			if err != nil {
				t.Logf("%s: a key of %d bits is refused", name, g.KeySize)
				return nil
			}
			return func(v *primitive) (bool, bool) {
				got, err := k.decrypter.Decrypt(rand.Reader, unhex(t, v.CT), oaep())
				if v.Label != "" { // JOSE has none, so such a vector must fail for us
					if err == nil {
						t.Errorf("tc%d: decrypts without its label", v.TcID)
					}
					return v.Result == "valid", v.Result == "valid"
				}
				return err == nil && bytes.Equal(got, unhex(t, v.Msg)), err == nil
			}
		})
	}
}

func TestWycheproofAES(t *testing.T) {
	run(t, "aes_gcm", func(g *primitiveGroup) func(*primitive) (bool, bool) {
		if g.KeySize != 256 || g.IvSize != 8*gcmIVLen || g.TagSize != 8*gcmTagLen {
			return nil
		}
		return func(v *primitive) (bool, bool) {
			block, err := aes.NewCipher(unhex(t, v.Key))
			if err != nil {
				t.Fatal(err)
			}
			gcm, err := cipher.NewGCM(block)
			if err != nil {
				t.Fatal(err)
			}
			got, err := gcm.Open(nil, unhex(t, v.IV), unhex(t, v.CT+v.Tag), unhex(t, v.AAD))
			return err == nil && bytes.Equal(got, unhex(t, v.Msg)), err == nil
		}
	})
	run(t, "aes_wrap", func(g *primitiveGroup) func(*primitive) (bool, bool) {
		if g.KeySize != 256 {
			return nil
		}
		return func(v *primitive) (bool, bool) {
			got := unwrapKey(unhex(t, v.Key), unhex(t, v.CT))
			return got != nil && bytes.Equal(got, unhex(t, v.Msg)), got != nil
		}
	})
}
