package jose

import (
	"bytes"
	"crypto/rsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/shared"
)

// bare is the level at which other people's tokens are judged; see profile.
var bare = profile{bare: true}

// accepted are the vectors of Wycheproof that are valid and of our algorithms,
// by file and tcId. Everything else must be refused.
var accepted = map[string][]int{
	// ES256; PS256 with 2048 bits.
	"json_web_signature": {18, 378, 273, 274, 275, 287, 288},
	// ECDH-ES+A256KW on P-256 and RSA-OAEP-256, with A256GCM.
	"json_web_encryption": {66, 90},
	// Its valid tokens are of HS256, HS384, HS512 and RS256.
	"json_web_key": nil,
	// ES256.
	"json_web_crypto": {18},
}

// exceptions are valid vectors of our algorithms that are refused on purpose.
var exceptions = map[string][]int{
	"json_web_signature": {272}, // the payload is empty, and we never sign nothing
}

// misjudged are vectors whose own verdict is wrong, and what the syntax of
// their token is instead. All are of algorithms that are not ours.
var misjudged = map[string]map[int]bool{
	"json_web_signature": {
		346: true, 350: true, // called invalid: PS384 under a key for PS256; refused for the algorithm
		347: true, 351: true, // called valid: the key's alg is ES521, which does not exist
		367: true, 370: true, // called invalid for padding, of which there is none: sound tokens of HS256
		372: false, 373: false, // called valid: a ? stands in the base64url
	},
	"json_web_encryption": {132: false}, // called valid: dir, under a key whose alg is A128GCM; it has no encrypted key
}

// A vector is one token of a corpus with the keys that it is for.
type vector struct {
	id        int
	token     []byte
	public    []json.RawMessage
	private   []json.RawMessage
	alg, enc  string // as the token's header says, or the corpus
	valid     bool
	plaintext []byte
}

// ours reports whether the vector is of an algorithm that exists for us.
func (v *vector) ours() bool {
	switch v.alg {
	case ES256, EdDSA, PS256:
		return true
	case ECDHES, RSAOAEP:
		return v.enc == A256GCM
	}
	return false
}

// open judges a vector, and returns what it holds.
func (v *vector) open(p profile) ([]byte, error) {
	if signed, err := v.verify(p); err == nil {
		return signed.Payload, nil
	}
	return v.decrypt(p)
}

func (v *vector) verify(p profile) (*Signed, error) {
	var keys []*PublicKey
	for _, text := range v.public {
		k, err := p.parsePublic(text, v.alg)
		if err != nil {
			return nil, err // one bad key spoils a set
		}
		keys = append(keys, k)
	}
	if len(keys) != 1 {
		return nil, ErrUnknownKey
	}
	return p.verify(v.token, max, only(keys[0]))
}

func (v *vector) decrypt(p profile) ([]byte, error) {
	if len(v.private) != 1 {
		return nil, ErrUnknownKey
	}
	k, err := p.parsePrivate(v.private[0], v.alg)
	if err != nil {
		return nil, err
	}
	return p.decrypt(v.token, max, func(string) *PrivateKey { return k })
}

// header reads the algorithms of a token as leniently as can be.
func (v *vector) header() {
	first, _, _ := bytes.Cut(v.token, []byte{'.'})
	text, _ := base64url.Decode(bytes.TrimRight(first, "="))
	var h struct{ Alg, Enc any }
	if json.Unmarshal(text, &h) == nil {
		v.alg, _ = h.Alg.(string)
		v.enc, _ = h.Enc.(string)
	}
}

// readJSON reads a file of a corpus.
func readJSON(t testing.TB, to any, elem ...string) {
	t.Helper()
	text, err := os.ReadFile(shared.Path(t, append([]string{"corpora"}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatal(err)
	}
}

func TestWycheproofJOSE(t *testing.T) {
	for _, name := range []string{"json_web_signature", "json_web_encryption", "json_web_key", "json_web_crypto"} {
		t.Run(name, func(t *testing.T) {
			all := wycheproofJOSE(t, name)
			var opened []int
			var invalid, others, onPurpose, ours int
			for _, v := range all {
				got, err := v.open(bare)
				switch {
				case err == nil:
					opened = append(opened, v.id)
					if !v.valid {
						t.Errorf("tc%d is invalid and accepted", v.id)
					}
					if v.plaintext != nil && !bytes.Equal(got, v.plaintext) {
						t.Errorf("tc%d opens to another plaintext", v.id)
					}
				case !v.valid:
					invalid++
					if v.ours() {
						ours++
					}
				case v.ours():
					onPurpose++
					if !slices.Contains(exceptions[name], v.id) {
						t.Errorf("tc%d is valid, of our algorithms, and refused: %v", v.id, err)
					}
				default:
					others++
				}
				if syntax, ok := misjudged[name][v.id]; ok {
					n := bytes.Count(v.token, []byte{'.'}) + 1
					if _, _, err := split(v.token, n, max); (err == nil) != syntax {
						t.Errorf("tc%d: syntax is sound: %v", v.id, err == nil)
					}
				}
				// The full gate knows none of their types and thumbprints.
				for _, p := range []profile{{typ: "segel-manifest+jwt"}, {typ: "segel-envelope+jwe"}, {typ: "JWT"}} {
					if _, err := v.open(p); err == nil {
						t.Errorf("tc%d passes the gate for %s", v.id, p.typ)
					}
				}
				if _, _, err := Peek("segel-manifest+jwt", v.token, max); !errors.Is(err, ErrMalformed) {
					t.Errorf("tc%d passes the gate unverified: %v", v.id, err)
				}
				if _, err := PeekJWE("segel-envelope+jwe", v.token, max); !errors.Is(err, ErrMalformed) {
					t.Errorf("tc%d passes the gate undecrypted: %v", v.id, err)
				}
			}
			want := slices.Clone(accepted[name])
			slices.Sort(want)
			if slices.Sort(opened); !slices.Equal(opened, want) {
				t.Errorf("accepted %v, want %v", opened, want)
			}
			t.Logf("%s: %d vectors: %d valid of our algorithms accepted %v, %d refused on purpose %v; %d invalid refused, %d of them of our algorithms; %d valid of other algorithms refused; through the full gate: 0 accepted",
				name, len(all), len(opened), opened, onPurpose, exceptions[name], invalid, ours, others)
		})
	}
}

// wycheproofJOSE reads one of the four files.
func wycheproofJOSE(t *testing.T, name string) (all []*vector) {
	t.Helper()
	var file struct {
		NumberOfTests int
		TestGroups    []struct {
			Public, Private json.RawMessage
			Tests           []struct {
				TcID     int
				JWS, JWE json.RawMessage
				PT       *string
				Result   string
			}
		}
	}
	readJSON(t, &file, "wycheproof", name+"_test.json")
	for _, g := range file.TestGroups {
		private := keysOf(t, g.Private)
		public := keysOf(t, g.Public)
		if len(public) == 0 {
			public = private // a symmetric key has one half
		}
		for _, test := range g.Tests {
			v := &vector{id: test.TcID, public: public, private: private, valid: test.Result == "valid"}
			text := test.JWS
			if text == nil {
				text = test.JWE
			}
			var compact string
			if json.Unmarshal(text, &compact) == nil {
				v.token = []byte(compact)
			} else {
				v.token = text
			}
			if test.PT != nil {
				plaintext, err := hex.DecodeString(*test.PT)
				if err != nil {
					t.Fatal(err)
				}
				v.plaintext = plaintext
			}
			v.header()
			all = append(all, v)
		}
	}
	if len(all) == 0 || len(all) != file.NumberOfTests {
		t.Fatalf("%d vectors, the file says %d", len(all), file.NumberOfTests)
	}
	return all
}

// keysOf returns the keys of a JWK or of a JWK Set.
func keysOf(t *testing.T, text json.RawMessage) []json.RawMessage {
	t.Helper()
	if len(text) == 0 {
		return nil
	}
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	if set.Keys != nil {
		return set.Keys
	}
	return []json.RawMessage{text}
}

// TestCookbook runs RFC 7520, RFC 8037 and RFC 7797. Two of their tokens are
// compact and of our algorithms.
func TestCookbook(t *testing.T) {
	want := []string{
		"6.nesting_signatures_and_encryption.json sign compact", // PS256, 2048 bits
		"curve25519/jws.json compact",                           // EdDSA
	}
	root := shared.Path(t, "corpora", "cookbook")
	var opened []string
	files, tokens := 0, 0
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" || filepath.Base(filepath.Dir(path)) == "jwk" {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		files++
		for what, v := range cookbook(t, filepath.ToSlash(name)) {
			tokens++
			if got, err := v.open(bare); err == nil {
				opened = append(opened, what)
				if !bytes.Equal(got, v.plaintext) {
					t.Errorf("%s opens to another text", what)
				}
			}
			for _, p := range []profile{{typ: "segel-manifest+jwt"}, {typ: "segel-envelope+jwe"}, {typ: "JWT"}} {
				if _, err := v.open(p); err == nil {
					t.Errorf("%s passes the gate for %s", what, p.typ)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if slices.Sort(opened); !slices.Equal(opened, want) {
		t.Errorf("accepted %q, want %q", opened, want)
	}
	if files < 24 || tokens < 50 {
		t.Errorf("only %d files with %d tokens", files, tokens)
	}
	t.Logf("cookbook: %d files, %d tokens with a key: %d of our algorithms accepted %q, %d of other algorithms or forms refused; through the full gate: 0 accepted",
		files, tokens, len(opened), opened, tokens-len(opened))
}

// cookbook returns each serialisation in a file under each of the file's keys.
func cookbook(t *testing.T, name string) map[string]*vector {
	t.Helper()
	type part struct {
		Input struct {
			Payload, Plaintext string
			Key, Alg           json.RawMessage
			Enc                string
		}
		Output map[string]json.RawMessage
	}
	var file struct {
		part
		Sign, Encrypt *part
	}
	readJSON(t, &file, append([]string{"cookbook"}, strings.Split(name, "/")...)...)
	all := map[string]*vector{}
	add := func(name string, p *part) {
		var keys []json.RawMessage
		if p == nil || json.Unmarshal(p.Input.Key, &keys) != nil {
			if p == nil {
				return
			}
			keys = []json.RawMessage{p.Input.Key}
		}
		var algs []string
		if json.Unmarshal(p.Input.Alg, &algs) != nil {
			algs = make([]string, 1)
			_ = json.Unmarshal(p.Input.Alg, &algs[0]) // an empty one is no algorithm
		}
		for form, text := range p.Output {
			for i, key := range keys {
				v := &vector{public: []json.RawMessage{publicHalf(t, key)}, private: []json.RawMessage{key}, alg: algs[min(i, len(algs)-1)], token: text}
				var compact string
				if json.Unmarshal(text, &compact) == nil {
					v.token = []byte(compact)
				}
				v.plaintext = []byte(p.Input.Payload + p.Input.Plaintext)
				what := name + " " + form
				if len(keys) > 1 {
					what += " " + algs[min(i, len(algs)-1)]
				}
				all[what] = v
			}
		}
	}
	add(name, &file.part)
	add(name+" sign", file.Sign)
	add(name+" encrypt", file.Encrypt)
	return all
}

// publicHalf drops the private members of a JWK.
func publicHalf(t *testing.T, text json.RawMessage) json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	if len(text) == 0 || json.Unmarshal(text, &members) != nil {
		return text
	}
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi"} {
		delete(members, name)
	}
	half, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return half
}

// TestWeakGenerator: the keys that Wycheproof took from the broken generator
// carry its mark, and all others do not.
func TestWeakGenerator(t *testing.T) {
	weak := map[string][]int{"json_web_key": {7}, "json_web_crypto": {46}}
	for _, name := range []string{"json_web_signature", "json_web_encryption", "json_web_key", "json_web_crypto"} {
		seen := 0
		for _, v := range wycheproofJOSE(t, name) {
			for _, text := range v.public {
				var j struct{ N string }
				n, ok := []byte(nil), false
				if json.Unmarshal(text, &j) == nil {
					n, ok = base64url.Decode([]byte(j.N))
				}
				if !ok || len(n) < 128 {
					continue
				}
				seen++
				if got := weakGenerator(new(big.Int).SetBytes(n)); got != slices.Contains(weak[name], v.id) {
					t.Errorf("%s tc%d: marked as weak: %v", name, v.id, got)
				}
			}
		}
		if seen == 0 {
			t.Errorf("%s: no RSA key", name)
		}
	}
	// None of those is of a size that we take; this one is 1 modulo every small prime.
	n := big.NewInt(1)
	for p := int64(3); p <= 167; p += 2 {
		n.Mul(n, big.NewInt(p))
	}
	n.Lsh(n, uint(2048-n.BitLen()))
	for i, mark := range []int64{1, 3} {
		if _, err := ours.newPublic(RSAOAEP, &rsa.PublicKey{N: new(big.Int).Add(n, big.NewInt(mark)), E: 65537}); (err == nil) != (i == 1) {
			t.Errorf("modulus that is %d modulo small primes: %v", mark, err)
		}
	}
}
