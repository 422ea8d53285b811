package jose

import "encoding/base64"

// encoding refuses padding and non-zero unused bits. It still skips CR and LF,
// which is why decode checks the alphabet first.
var encoding = base64.RawURLEncoding.Strict()

// canonical reports whether s is the one base64url text of some bytes
// (RFC 4648 section 5): only the alphabet, no padding, unused bits zero.
// It allocates nothing, so it can stand in front of large tokens.
func canonical(s []byte) bool {
	for _, c := range s {
		if !alphabet(c) {
			return false
		}
	}
	tail := len(s) % 4
	if tail == 0 {
		return true
	}
	var last [3]byte
	_, err := encoding.Decode(last[:], s[len(s)-tail:])
	return err == nil
}

func alphabet(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}

// decode returns the bytes of the one canonical base64url text of them.
func decode(s []byte) ([]byte, bool) {
	if !canonical(s) {
		return nil, false
	}
	out := make([]byte, encoding.DecodedLen(len(s)))
	n, err := encoding.Decode(out, s)
	return out[:n], err == nil
}
