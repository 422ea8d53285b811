package jose

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/base64url"
)

const (
	typS = "test+jwt"
	typE = "test+jwe"
	max  = 1 << 20
)

func mustGenerate(t testing.TB, alg string) *PrivateKey {
	t.Helper()
	k, err := Generate(alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mustX25519(t testing.TB) *PrivateKey {
	t.Helper()
	raw, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := ours.newPrivate(ECDHES, raw)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func only(k *PublicKey) func(string) (*PublicKey, error) {
	return func(string) (*PublicKey, error) { return k, nil }
}

func TestRoundTripAndKeyFiles(t *testing.T) {
	keys := map[string]*PrivateKey{"X25519": mustX25519(t)}
	for _, alg := range []string{ES256, EdDSA, PS256, ECDHES, RSAOAEP} {
		keys[alg] = mustGenerate(t, alg)
	}
	for name, k := range keys {
		t.Run(name, func(t *testing.T) {
			text, err := k.PrivateJWK()
			if err != nil {
				t.Fatal(err)
			}
			k, err = ParsePrivate(text)
			if err != nil {
				t.Fatal(err)
			}
			pub, err := ParsePublic(k.Public().JWK())
			if err != nil || pub.ID() != k.Public().ID() {
				t.Fatal("public half does not survive", err)
			}
			if _, err := ParsePublic(text); err == nil {
				t.Error("private JWK accepted as a public one")
			}
			message := []byte("pesan")
			if k.Public().Use() == UseSign {
				token, err := Sign(typS, message, k)
				if err != nil {
					t.Fatal(err)
				}
				got, err := Verify(typS, token, max, only(pub))
				if err != nil || !bytes.Equal(got.Payload, message) || got.KeyID != pub.ID() {
					t.Fatal(got, err)
				}
				if _, err := Verify("other+jwt", token, max, only(pub)); !errors.Is(err, ErrMalformed) {
					t.Errorf("other typ: %v", err)
				}
				return
			}
			token, err := Encrypt(typE, message, pub)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decrypt(typE, token, max, func(string) *PrivateKey { return k })
			if err != nil || !bytes.Equal(got, message) {
				t.Fatal(got, err)
			}
			seen, err := PeekJWE(typE, token, max)
			if err != nil || seen.KeyID != pub.ID() || seen.Bytes != len(message) {
				t.Fatal(seen, err)
			}
		})
	}
}

// reheader replaces the header of a token, leaving the rest.
func reheader(token []byte, header string) []byte {
	_, rest, _ := bytes.Cut(token, []byte{'.'})
	return []byte(base64url.Encode([]byte(header)) + "." + string(rest))
}

func TestGateRefusesJWS(t *testing.T) {
	k := mustGenerate(t, ES256)
	token, err := Sign(typS, []byte(`{"a":1}`), k)
	if err != nil {
		t.Fatal(err)
	}
	kid := k.Public().ID()
	parts := strings.Split(string(token), ".")
	honest := `{"alg":"ES256","kid":"` + kid + `","typ":"test+jwt"}`
	for name, tc := range map[string]struct {
		token []byte
		want  error
	}{
		"empty":                {nil, ErrMalformed},
		"two segments":         {[]byte(parts[0] + "." + parts[1]), ErrMalformed},
		"four segments":        {append(bytes.Clone(token), ".AA"...), ErrMalformed},
		"trailing newline":     {append(bytes.Clone(token), '\n'), ErrMalformed},
		"newline inside":       {[]byte(parts[0] + "." + parts[1][:2] + "\n" + parts[1][2:] + "." + parts[2]), ErrMalformed},
		"padding":              {append(bytes.Clone(token), "="...), ErrMalformed},
		"empty payload":        {[]byte(parts[0] + ".." + parts[2]), ErrMalformed},
		"short signature":      {token[:len(token)-4], ErrMalformed},
		"alg none":             {reheader(token, `{"alg":"none","kid":"`+kid+`","typ":"test+jwt"}`), ErrMalformed},
		"alg HS256":            {reheader(token, `{"alg":"HS256","kid":"`+kid+`","typ":"test+jwt"}`), ErrMalformed},
		"alg of another kind":  {reheader(token, `{"alg":"EdDSA","kid":"`+kid+`","typ":"test+jwt"}`), ErrKey},
		"alg absent":           {reheader(token, `{"kid":"`+kid+`","typ":"test+jwt"}`), ErrMalformed},
		"alg twice":            {reheader(token, `{"alg":"ES256","alg":"ES256","kid":"`+kid+`","typ":"test+jwt"}`), ErrMalformed},
		"crit":                 {reheader(token, `{"alg":"ES256","crit":["x"],"kid":"`+kid+`","typ":"test+jwt"}`), ErrMalformed},
		"b64":                  {reheader(token, `{"alg":"ES256","b64":false,"kid":"`+kid+`","typ":"test+jwt"}`), ErrMalformed},
		"jku":                  {reheader(token, `{"alg":"ES256","jku":"http://127.0.0.1/","kid":"`+kid+`","typ":"test+jwt"}`), ErrMalformed},
		"blank in header":      {reheader(token, `{"alg": "ES256","kid":"`+kid+`","typ":"test+jwt"}`), ErrMalformed},
		"escape in header":     {reheader(token, `{"\u0061lg":"ES256","kid":"`+kid+`","typ":"test+jwt"}`), ErrMalformed},
		"case of a name":       {reheader(token, `{"ALG":"ES256","kid":"`+kid+`","typ":"test+jwt"}`), ErrMalformed},
		"trailing data":        {reheader(token, honest+`{}`), ErrMalformed},
		"kid of another":       {reheader(token, strings.Replace(honest, kid[:4], "AAAA", 1)), ErrUnknownKey},
		"typ absent":           {reheader(token, `{"alg":"ES256","kid":"`+kid+`"}`), ErrMalformed},
		"payload changed":      {[]byte(parts[0] + "." + base64url.Encode([]byte(`{"a":2}`)) + "." + parts[2]), ErrSignature},
		"JSON serialisation":   {[]byte(`{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`), ErrMalformed},
		"header member order":  {reheader(token, `{"typ":"test+jwt","kid":"`+kid+`","alg":"ES256"}`), ErrSignature},
		"one byte past limits": {bytes.Repeat([]byte("A"), max+1), ErrTooLarge},
	} {
		if _, err := Verify(typS, tc.token, max, only(k.Public())); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
}

func TestGateRefusesJWE(t *testing.T) {
	k := mustGenerate(t, ECDHES)
	token, err := Encrypt(typE, []byte("isi"), k.Public())
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(token), ".")
	text, _ := base64url.Decode([]byte(parts[0]))
	header := string(text)
	var h jweHeader
	if err := json.Unmarshal(text, &h); err != nil {
		t.Fatal(err)
	}
	with := func(i int, s string) []byte {
		p := append([]string(nil), parts...)
		p[i] = s
		return []byte(strings.Join(p, "."))
	}
	zero := base64url.Encode(make([]byte, 32))
	for name, tc := range map[string]struct {
		token []byte
		want  error
	}{
		"empty encrypted key": {with(1, ""), ErrMalformed}, // panics in jwx v2.1.7
		"short encrypted key": {with(1, base64url.Encode(make([]byte, 32))), ErrMalformed},
		"empty iv":            {with(2, ""), ErrMalformed},
		"long iv":             {with(2, base64url.Encode(make([]byte, 16))), ErrMalformed},
		"short tag":           {with(4, base64url.Encode(make([]byte, 8))), ErrMalformed},
		"moved tag boundary":  {with(4, base64url.Encode(make([]byte, 24))), ErrMalformed},
		"other ciphertext":    {with(3, base64url.Encode([]byte("xxx"))), ErrDecrypt},
		"zip":                 {reheader(token, strings.Replace(header, `{`, `{"zip":"DEF",`, 1)), ErrMalformed},
		"apu":                 {reheader(token, strings.Replace(header, `{`, `{"apu":"AA",`, 1)), ErrMalformed},
		"p2c":                 {reheader(token, strings.Replace(header, `{`, `{"p2c":2000000000,`, 1)), ErrMalformed},
		"enc A128CBC-HS256":   {reheader(token, strings.Replace(header, `A256GCM`, `A128CBC-HS256`, 1)), ErrMalformed},
		"alg RSA1_5":          {reheader(token, strings.Replace(header, ECDHES, `RSA1_5`, 1)), ErrMalformed},
		"alg dir":             {reheader(token, strings.Replace(header, ECDHES, `dir`, 1)), ErrMalformed},
		"epk off the curve":   {reheader(token, strings.Replace(header, h.Epk.X, zero, 1)), ErrMalformed},
		"epk private":         {reheader(token, strings.Replace(header, `"kty"`, `"d":"`+zero+`","kty"`, 1)), ErrMalformed},
		"epk of X25519, zero": {reheader(token, `{"alg":"ECDH-ES+A256KW","enc":"A256GCM","epk":{"crv":"X25519","kty":"OKP","x":"`+zero+`"},"kid":"`+h.Kid+`","typ":"test+jwe"}`), ErrMalformed},
		"a JWS":               {[]byte("e30.e30.AA"), ErrMalformed},
		"six segments":        {append(bytes.Clone(token), ".AA"...), ErrMalformed},
		"typ of a JWS":        {reheader(token, strings.Replace(header, typE, typS, 1)), ErrMalformed},
		"kid of another":      {reheader(token, strings.Replace(header, h.Kid[:4], "AAAA", 1)), ErrUnknownKey},
	} {
		if _, err := Decrypt(typE, tc.token, max, func(string) *PrivateKey { return k }); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
}

func TestKeysRefused(t *testing.T) {
	ec := string(mustGenerate(t, ES256).Public().JWK())
	ed := mustGenerate(t, EdDSA).Public()
	okp := string(ed.JWK())
	for name, text := range map[string]string{
		"unknown member":         strings.Replace(ec, `{`, `{"x5u":"http://127.0.0.1/",`, 1),
		"alg of another family":  strings.Replace(ec, ES256, EdDSA, 1),
		"use for the wrong alg":  strings.Replace(ec, `"sig"`, `"enc"`, 1),
		"kid not thumbprint":     strings.Replace(ec, `"kid":"`, `"kid":"A`, 1),
		"HMAC key":               `{"kty":"oct","k":"AAAA","alg":"HS256","use":"sig","kid":"x"}`,
		"wrong key operation":    strings.Replace(ec, `{`, `{"key_ops":["sign"],`, 1),
		"OKP of wrong length":    strings.Replace(okp, ed.jwk.X, ed.jwk.X+"AA", 1), // panics in jwx v2.1.7
		"empty private member":   strings.Replace(ec, `{`, `{"d":"",`, 1),
		"member of another type": strings.Replace(ec, `{`, `{"n":"AQAB",`, 1),
		"duplicate member":       strings.Replace(ec, `{`, `{"kty":"EC",`, 1),
		"Ed25519 as X25519":      strings.Replace(okp, "Ed25519", "X25519", 1),
	} {
		if _, err := ParsePublic([]byte(text)); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParsePublic([]byte(strings.Replace(ec, `{`, `{"key_ops":["verify"],`, 1))); err != nil {
		t.Errorf("right key operation: %v", err)
	}
}

func TestSmallOrderKeysRefused(t *testing.T) {
	for _, text := range smallOrderEd25519 {
		for _, sign := range []byte{0, 0x80} {
			y, err := hex.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			y[31] |= sign
			if _, err := ours.newPublic(EdDSA, ed25519.PublicKey(y)); !errors.Is(err, ErrKey) {
				t.Errorf("Ed25519 %x accepted", y)
			}
		}
	}
	for _, text := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		pub, err := ecdh.X25519().NewPublicKey(b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ours.newPublic(ECDHES, pub); !errors.Is(err, ErrKey) {
			t.Errorf("X25519 %s accepted", text)
		}
	}
}

func TestCurvePoints(t *testing.T) {
	accepted := 0
	for range 400 {
		b := make([]byte, 32)
		if _, err := rand.Read(b); err != nil {
			t.Fatal(err)
		}
		if onEdwards(b) {
			accepted++
		}
	}
	if accepted < 100 || accepted > 300 { // half of all y belong to a point
		t.Errorf("%d of 400 random encodings are points", accepted)
	}
	for range 20 {
		if k := mustGenerate(t, EdDSA); !onEdwards(k.pub.raw.(ed25519.PublicKey)) {
			t.Fatal("an honest key is refused")
		}
	}
	x := mustX25519(t)
	twin := x.pub.raw.(*ecdh.PublicKey).Bytes()
	twin[31] |= 0x80 // the same key to X25519, another thumbprint
	pub, err := ecdh.X25519().NewPublicKey(twin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ours.newPublic(ECDHES, pub); !errors.Is(err, ErrKey) {
		t.Error("a second encoding of one X25519 key is accepted")
	}
}

func TestPrivateKeysRefused(t *testing.T) {
	ec, err := mustGenerate(t, ES256).PrivateJWK()
	if err != nil {
		t.Fatal(err)
	}
	rsa, err := mustGenerate(t, RSAOAEP).PrivateJWK()
	if err != nil {
		t.Fatal(err)
	}
	other, err := mustGenerate(t, ES256).PrivateJWK()
	if err != nil {
		t.Fatal(err)
	}
	var a, b, r jwk
	for text, to := range map[string]*jwk{string(ec): &a, string(other): &b, string(rsa): &r} {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			t.Fatal(err)
		}
	}
	change := func(text []byte, before, after string) string { return strings.Replace(string(text), before, after, 1) }
	for name, text := range map[string]string{
		"scalar of another key": change(ec, a.D, b.D),
		"junk beside it":        change(ec, `{`, `{"p":"AAAA",`),
		"wrong dp":              change(rsa, r.DP, r.DQ),
		"no qi":                 change(rsa, `,"qi":"`+r.QI+`"`, ``),
		"p twice":               change(rsa, r.Q, r.P),
		"wrong operation":       change(ec, `{`, `{"key_ops":["verify"],`),
		"public key":            string(mustGenerate(t, ES256).Public().JWK()),
	} {
		if _, err := ParsePrivate([]byte(text)); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	short := change([]byte(change([]byte(change(rsa, `,"dp":"`+r.DP+`"`, ``)), `,"dq":"`+r.DQ+`"`, ``)), `,"qi":"`+r.QI+`"`, ``)
	if _, err := ParsePrivate([]byte(short)); err != nil {
		t.Errorf("without dp, dq and qi: %v", err)
	}
}
