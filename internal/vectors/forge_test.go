package vectors

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
)

// A key is a private key of the folder keys, for a maker that may do anything.
type key struct {
	KTY string `json:"kty"`
	CRV string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
	N   string `json:"n"`
	E   string `json:"e"`
	D   string `json:"d"`
	P   string `json:"p"`
	Q   string `json:"q"`
	Alg string `json:"alg"`
	Use string `json:"use"`
	Kid string `json:"kid"`
}

// A pair is a signing and an encryption key of one party.
type pair struct{ sign, encrypt *key }

// keysOf reads one file of the folder keys.
func keysOf(t testing.TB, name string) (pair, []byte) {
	t.Helper()
	text, err := os.ReadFile(folder + "/keys/" + name + ".jwks")
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []*key }
	if err := json.Unmarshal(text, &set); err != nil || len(set.Keys) != 2 || set.Keys[0].Use != "sig" || set.Keys[1].Use != "enc" {
		t.Fatalf("%s: not a signing and an encryption key (%v)", name, err)
	}
	return pair{set.Keys[0], set.Keys[1]}, text
}

// public is the key's public JWK.
func (k *key) public() json.RawMessage {
	switch k.KTY {
	case "EC":
		return json.RawMessage(`{"kty":"EC","crv":"P-256","x":"` + k.X + `","y":"` + k.Y + `","alg":"` + k.Alg + `","use":"` + k.Use + `","kid":"` + k.Kid + `"}`)
	case "RSA":
		return json.RawMessage(`{"kty":"RSA","n":"` + k.N + `","e":"AQAB","alg":"` + k.Alg + `","use":"` + k.Use + `","kid":"` + k.Kid + `"}`)
	}
	return json.RawMessage(`{"kty":"OKP","crv":"` + k.CRV + `","x":"` + k.X + `","alg":"` + k.Alg + `","use":"` + k.Use + `","kid":"` + k.Kid + `"}`)
}

// A forge makes tokens. All that is random comes from its seed.
type forge struct {
	testing.TB
	seed string
}

// random returns n bytes that belong to the seed and the label.
func (f forge) random(label string, n int) []byte {
	var out []byte
	for i := byte(0); len(out) < n; i++ {
		sum := sha256.Sum256([]byte("segel vectors\n" + f.seed + "\n" + label + "\n" + string(rune('a'+i))))
		out = append(out, sum[:]...)
	}
	return out[:n]
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func unb64(s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// jws returns the segments of a compact JWS with any header.
func (f forge) jws(header string, payload []byte, k *key) []string {
	f.Helper()
	input := b64([]byte(header)) + "." + b64(payload)
	return append(strings.Split(input, "."), b64(f.sign([]byte(input), k)))
}

// signed is an honest compact JWS.
func (f forge) signed(typ string, payload []byte, k *key) string {
	return strings.Join(f.jws(jwsHeader(typ, k), payload, k), ".")
}

func jwsHeader(typ string, k *key) string {
	return `{"alg":"` + k.Alg + `","kid":"` + k.Kid + `","typ":"` + typ + `"}`
}

func (f forge) sign(input []byte, k *key) []byte {
	f.Helper()
	digest := sha256.Sum256(input)
	switch k.KTY {
	case "EC":
		private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), unb64(k.D))
		if err != nil {
			f.Fatal(err)
		}
		der, err := private.Sign(nil, digest[:], crypto.SHA256) // without randomness: RFC 6979
		var rs struct{ R, S *big.Int }
		if err == nil {
			_, err = asn1.Unmarshal(der, &rs)
		}
		if err != nil {
			f.Fatal(err)
		}
		return append(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32))...)
	case "RSA":
		return k.rsa(pss(digest[:], f.random("salt", 32), len(unb64(k.N))))
	}
	return ed25519.Sign(ed25519.NewKeyFromSeed(unb64(k.D)), input)
}

// rsa raises to the private exponent.
func (k *key) rsa(block []byte) []byte {
	n := new(big.Int).SetBytes(unb64(k.N))
	m := new(big.Int).Exp(new(big.Int).SetBytes(block), new(big.Int).SetBytes(unb64(k.D)), n)
	return m.FillBytes(make([]byte, len(unb64(k.N))))
}

// pss is EMSA-PSS-ENCODE of RFC 8017 section 9.1.1 for moduli of whole bytes.
func pss(digest, salt []byte, size int) []byte {
	h := sha256.Sum256(slices.Concat(make([]byte, 8), digest, salt))
	db := make([]byte, size-32-1)
	db[len(db)-len(salt)-1] = 1
	copy(db[len(db)-len(salt):], salt)
	mgf1(db, h[:])
	db[0] &= 0x7f
	return slices.Concat(db, h[:], []byte{0xbc})
}

// oaep is the encoding of RFC 8017 section 7.1.1, with an empty label.
func oaep(message, seed []byte, size int) []byte {
	empty := sha256.Sum256(nil)
	db := make([]byte, size-32-1)
	copy(db, empty[:])
	db[len(db)-len(message)-1] = 1
	copy(db[len(db)-len(message):], message)
	mgf1(db, seed)
	masked := bytes.Clone(seed)
	mgf1(masked, db)
	return slices.Concat([]byte{0}, masked, db)
}

// mgf1 masks data (RFC 8017 appendix B.2.1).
func mgf1(data, seed []byte) {
	for i := range data {
		block := sha256.Sum256(binary.BigEndian.AppendUint32(bytes.Clone(seed), uint32(i/32)))
		data[i] ^= block[i%32]
	}
}

// A sealing is how a JWE is made. The zero value is honest.
type sealing struct {
	header func(string) string // changes the header, before encryption
	wrap   func([]byte) []byte // changes the wrapped key
	cek    int                 // bytes of the content key; 0 is 32
	epk    []byte              // the point in the header, if it is not the true one
	iv     int                 // bytes; 0 is 12
}

// jwe returns the segments of a compact JWE for k.
func (f forge) jwe(typ string, plaintext []byte, k *key, how sealing) []string {
	f.Helper()
	cek := f.random("cek", max(how.cek, 32))[:cmpOr(how.cek, 32)]
	iv := f.random("iv", cmpOr(how.iv, 12))
	epk, wrapped := f.wrapped(cek, k, how.epk)
	header := `{"alg":"` + k.Alg + `","enc":"A256GCM",` + epk + `"kid":"` + k.Kid + `","typ":"` + typ + `"}`
	if how.header != nil {
		changed := how.header(header)
		if changed == header {
			f.Fatalf("%s: the change of the header changes nothing", f.seed)
		}
		header = changed
	}
	if how.wrap != nil {
		wrapped = how.wrap(wrapped)
	}
	block, err := aes.NewCipher(cek)
	if err != nil {
		f.Fatal(err)
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, len(iv))
	if err != nil {
		f.Fatal(err)
	}
	aad := b64([]byte(header))
	sealed := gcm.Seal(nil, iv, plaintext, []byte(aad))
	return []string{aad, b64(wrapped), b64(iv), b64(sealed[:len(plaintext)]), b64(sealed[len(plaintext):])}
}

func cmpOr(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// wrapped returns the header's member epk, with a comma, and the encrypted key.
func (f forge) wrapped(cek []byte, k *key, point []byte) (epk string, wrapped []byte) {
	f.Helper()
	if k.KTY == "RSA" {
		e := new(big.Int).SetBytes(oaep(cek, f.random("oaep", 32), len(unb64(k.N))))
		n := new(big.Int).SetBytes(unb64(k.N))
		return "", e.Exp(e, big.NewInt(65537), n).FillBytes(make([]byte, len(unb64(k.N))))
	}
	curve, text := ecdh.P256(), slices.Concat([]byte{4}, unb64(k.X))
	if k.CRV == "X25519" {
		curve, text = ecdh.X25519(), unb64(k.X)
	} else {
		text = append(text, unb64(k.Y)...)
	}
	private, err := curve.NewPrivateKey(f.random("epk", 32))
	if err != nil {
		f.Fatal(err)
	}
	to, err := curve.NewPublicKey(text)
	if err != nil {
		f.Fatal(err)
	}
	secret, err := private.ECDH(to)
	if err != nil {
		f.Fatal(err)
	}
	if point == nil {
		point = private.PublicKey().Bytes()
	}
	if k.CRV == "X25519" {
		epk = `"epk":{"kty":"OKP","crv":"X25519","x":"` + b64(point) + `"},`
	} else {
		epk = `"epk":{"kty":"EC","crv":"P-256","x":"` + b64(point[1:33]) + `","y":"` + b64(point[33:]) + `"},`
	}
	return epk, wrapKey(concatKDF(secret, k.Alg), cek)
}

// concatKDF is that of RFC 7518 section 4.6.2, for 256 bits, without apu and apv.
func concatKDF(secret []byte, alg string) []byte {
	text := slices.Concat([]byte{0, 0, 0, 1}, secret)
	text = binary.BigEndian.AppendUint32(text, uint32(len(alg)))
	text = slices.Concat(text, []byte(alg), make([]byte, 8), []byte{0, 0, 1, 0})
	sum := sha256.Sum256(text)
	return sum[:]
}

// wrapKey is the AES key wrap of RFC 3394 section 2.2.1.
func wrapKey(kek, key []byte) []byte {
	block, err := aes.NewCipher(kek)
	if err != nil {
		panic(err)
	}
	n := len(key) / 8
	out := append(bytes.Repeat([]byte{0xa6}, 8), key...)
	for t := 1; t <= 6*n; t++ {
		i := (t-1)%n + 1
		b := slices.Concat(out[:8], out[8*i:8*i+8])
		block.Encrypt(b, b)
		binary.BigEndian.PutUint64(out, binary.BigEndian.Uint64(b)^uint64(t))
		copy(out[8*i:], b[8:])
	}
	return out
}

// fileOf makes an envelope file of tokens.
func fileOf(tokens ...string) []byte {
	out := binary.BigEndian.AppendUint16([]byte("segel/1\n"), uint16(len(tokens)))
	for _, t := range tokens {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(t))), t...)
	}
	return out
}

// flipped returns a text of base64url with one bit of what it says changed.
func flipped(text string, at int) string {
	b := unb64(text)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	return b64(b)
}
