// Package base64url is base64url (RFC 4648 section 5) with one text for one
// sequence of bytes: no padding, no line breaks, unused bits zero. The standard
// library's strict decoder still skips CR and LF.
package base64url

import (
	"bytes"
	"encoding/base64"
)

var encoding = base64.RawURLEncoding.Strict()

// Encode returns the text of b.
func Encode(b []byte) string { return encoding.EncodeToString(b) }

// Append appends the text of b to text.
func Append(text, b []byte) []byte { return encoding.AppendEncode(text, b) }

// TextLen returns how many characters the text of n bytes has.
func TextLen(n int) int { return encoding.EncodedLen(n) }

// Valid reports whether s is the text of some bytes. It allocates nothing, so
// it can stand in front of large inputs.
func Valid(s []byte) bool {
	for _, c := range s {
		if !alphabet[c] {
			return false
		}
	}
	return canonical(s)
}

// canonical reports whether the end of s has the one form that it can have.
func canonical(s []byte) bool {
	tail := len(s) % 4
	if tail == 0 {
		return true
	}
	var last [3]byte
	_, err := encoding.Decode(last[:], s[len(s)-tail:])
	return err == nil
}

// Decode returns the bytes of s, or false if s is not the text of any.
func Decode(s []byte) ([]byte, bool) {
	if bytes.IndexByte(s, '\r') >= 0 || bytes.IndexByte(s, '\n') >= 0 {
		return nil, false // all that the decoder skips
	}
	out := make([]byte, encoding.DecodedLen(len(s)))
	n, err := encoding.Decode(out, s)
	return out[:n], err == nil
}

// AppendDecode appends the bytes of s to b, or returns false if s is not the
// text of any.
func AppendDecode(b, s []byte) ([]byte, bool) {
	if bytes.IndexByte(s, '\r') >= 0 || bytes.IndexByte(s, '\n') >= 0 {
		return b, false
	}
	b, err := encoding.AppendDecode(b, s)
	return b, err == nil
}

// DecodeLen returns the bytes of s, or false if s is not the text of exactly n.
func DecodeLen(s string, n int) ([]byte, bool) {
	if len(s) != encoding.EncodedLen(n) {
		return nil, false
	}
	return Decode([]byte(s))
}

// Len returns how many bytes a valid text of n characters stands for.
func Len(n int) int { return encoding.DecodedLen(n) }

// alphabet is true for the characters of base64url.
var alphabet = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		set[c] = true
	}
	return set
}()
