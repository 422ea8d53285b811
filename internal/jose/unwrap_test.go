package jose

import (
	"bytes"
	"crypto/aes"
	"crypto/rand"
	"testing"

	"github.com/segel-id/segel/internal/base64url"
)

// TestContentKeysAreFresh: no two tokens have one content key, one ephemeral key
// or one iv. A constant content key would open everywhere and protect nothing.
func TestContentKeysAreFresh(t *testing.T) {
	for _, k := range []*PrivateKey{mustGenerate(t, ECDHES), mustX25519(t), mustGenerate(t, RSAOAEP)} {
		seen := map[string]string{string(make([]byte, cekLen)): "zeros", string(make([]byte, gcmIVLen)): "zeros"}
		for range 8 {
			token, err := Encrypt(typE, fortyBytes, &k.pub)
			if err != nil {
				t.Fatal(err)
			}
			o, err := PeekJWE(typE, token, max)
			if err != nil {
				t.Fatal(err)
			}
			wrapped, _ := base64url.Decode(o.read.segments[1])
			iv, _ := base64url.Decode(o.read.segments[2])
			secrets := map[string][]byte{"content key": k.unwrap(o.read.from, wrapped), "iv": iv}
			if o.read.from != nil {
				secrets["ephemeral key"] = o.read.from.Bytes()
			}
			for name, b := range secrets {
				if was := seen[string(b)]; was != "" || len(b) == 0 {
					t.Fatalf("%s: the %s is one that was used as %s", k.pub.alg, name, was)
				}
				seen[string(b)] = name
			}
		}
	}
}

// TestKeyWrapIsAuthentic: every bit of what RFC 3394 compares is compared, and
// every length that it does not know is refused.
func TestKeyWrapIsAuthentic(t *testing.T) {
	kek, key := make([]byte, 32), make([]byte, 32)
	_, _ = rand.Read(kek)
	_, _ = rand.Read(key)
	wrapped := wrapKey(kek, key)
	if got := unwrapKey(kek, wrapped); !bytes.Equal(got, key) {
		t.Fatal("an honest key does not unwrap")
	}
	for i := range 64 {
		iv := []byte(defaultIV)
		iv[i/8] ^= 1 << (i % 8)
		if unwrapKey(kek, wrapUnder(t, kek, iv, key)) != nil {
			t.Errorf("bit %d of the initial value is not compared", i)
		}
	}
	for n := range 64 {
		if n%8 != 0 || n < 24 {
			if unwrapKey(kek, make([]byte, n)) != nil {
				t.Errorf("%d bytes unwrap", n)
			}
		}
	}
	if !bytes.Equal(wrapUnder(t, kek, []byte(defaultIV), key), wrapped) {
		t.Error("the test wraps in its own way")
	}
}

// wrapUnder is RFC 3394 section 2.2.1 in its index form with any initial value.
func wrapUnder(t *testing.T, kek, iv, key []byte) []byte {
	t.Helper()
	block, err := aes.NewCipher(kek)
	if err != nil {
		t.Fatal(err)
	}
	a, r := bytes.Clone(iv), bytes.Clone(key)
	n := len(key) / 8
	for j := range 6 {
		for i := range n {
			b := append(a, r[8*i:8*i+8]...)
			block.Encrypt(b, b)
			a = b[:8:8]
			a[7] ^= byte(n*j + i + 1)
			copy(r[8*i:], b[8:])
		}
	}
	return append(a, r...)
}
