package envelope

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/body"
)

const (
	seedLen     = 32
	seedLabel   = "segel/1 seed"
	commitLabel = "segel/1 commit"
)

// commitSeed is what the manifest says of the seed. It makes the encryption
// key-committing: a token that opens to another seed is refused.
func commitSeed(seed []byte) string {
	h := sha256.New()
	h.Write([]byte(seedLabel))
	h.Write(seed)
	return base64url.Encode(h.Sum(nil))
}

// commitKey derives the key of the content's MAC from the seed. Showing it
// proves the content without giving away the seed.
func commitKey(seed []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, seed, nil, commitLabel, sha256.Size)
}

func contentMAC(key, content []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write(content)
	return base64url.Encode(h.Sum(nil))
}

// joinSecret builds a token's plaintext: manifest ~ seed content padding.
func joinSecret(manifest, seed, content []byte) []byte {
	out := make([]byte, 0, len(manifest)+1+seedLen+body.Padme(len(content)))
	out = append(out, manifest...)
	out = append(out, '~')
	out = append(out, seed...)
	out = append(out, content...)
	return append(out, make([]byte, body.Padme(len(content))-len(content))...)
}

// splitSecret cuts a token's plaintext at the first ~, which no compact JWS
// holds (as RFC 9901 does). padded is the content with its padding.
func splitSecret(plaintext []byte) (manifest, seed, padded []byte, ok bool) {
	manifest, rest, found := bytes.Cut(plaintext, []byte{'~'})
	if !found || len(rest) < seedLen {
		return nil, nil, nil, false
	}
	return manifest, rest[:seedLen], rest[seedLen:], true
}

// unpad returns the first n bytes of padded if exactly the zeros follow that
// Padmé demands.
func unpad(padded []byte, n int64) ([]byte, bool) {
	if n > int64(len(padded)) || body.Padme(int(n)) != len(padded) {
		return nil, false
	}
	for _, b := range padded[n:] {
		if b != 0 {
			return nil, false
		}
	}
	return padded[:n:n], true
}
