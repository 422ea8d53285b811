// Package form holds the grammars of the texts that stand in envelopes and in
// what is said about them: signed documents, questions, journals, definitions.
// The wire form is that of package envelope. There is one place for each, so
// that no part of the module writes what another refuses to read.
//
// What passes is printable ASCII of bounded length on one line, so it may stand
// in an error, a log or a journal. It is only well formed: whether there is such
// a party or agreement is another question. Purposes have their grammar in
// package purpose, which imports nothing of this module.
package form

import (
	"regexp"
	"strings"
	"time"

	"github.com/segel-id/segel/internal/base64url"
)

var version = regexp.MustCompile(`^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$`)

// Party reports whether s is written as agency/system: on either side of the
// slash at most 32 lower-case letters, digits and hyphens, a letter first.
func Party(s string) bool { return pair(s, 32) }

// Dataset reports whether s is written as system/name: like a party, but the
// name has at most 64 characters.
func Dataset(s string) bool { return pair(s, 64) }

// pair is written by hand, as Agreement and ID are: an envelope's way asks dozens of
// times, and a regular expression takes ten times as long.
func pair(s string, most int) bool {
	system, name, ok := strings.Cut(s, "/")
	return ok && word(system, 32) && word(name, most)
}

func word(s string, most int) bool {
	if s == "" || len(s) > most || !lower(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !lower(c) && !digit(c) && c != '-' {
			return false
		}
	}
	return true
}

func lower(c byte) bool { return 'a' <= c && c <= 'z' }
func digit(c byte) bool { return '0' <= c && c <= '9' }

// Version reports whether s is three numbers from 0 to 999999 without leading
// zeros, joined by dots.
func Version(s string) bool { return version.MatchString(s) }

// Agreement reports whether s can be an agreement's id: at most 128 letters,
// digits and . _ / -, a letter or digit first.
func Agreement(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !lower(c) && !digit(c) && !('A' <= c && c <= 'Z') && (i == 0 || !strings.ContainsRune("._/-", rune(c))) {
			return false
		}
	}
	return true
}

// ID reports whether s is a UUID of version 7 (RFC 9562) in lower case.
func ID(s string) bool {
	const form = "xxxxxxxx-xxxx-7xxx-vxxx-xxxxxxxxxxxx"
	if len(s) != len(form) {
		return false
	}
	for i := range len(s) {
		ok, c := false, s[i]
		switch form[i] {
		case 'x':
			ok = digit(c) || 'a' <= c && c <= 'f'
		case 'v':
			ok = c == '8' || c == '9' || c == 'a' || c == 'b'
		default:
			ok = c == form[i]
		}
		if !ok {
			return false
		}
	}
	return true
}

// Digest reports whether s is the one base64url text of 32 bytes, as digests
// and thumbprints are written.
func Digest(s string) bool {
	return len(s) == base64url.TextLen(32) && base64url.Valid([]byte(s))
}

// Date reports whether s is a day of the calendar as YYYY-MM-DD.
func Date(s string) bool {
	d, err := time.Parse(time.DateOnly, s)
	return err == nil && d.Format(time.DateOnly) == s
}

// Unique reports whether no element occurs twice.
func Unique[T comparable](list []T) bool {
	if len(list) < 2 {
		return true
	}
	seen := make(map[T]struct{}, len(list))
	for _, v := range list {
		seen[v] = struct{}{}
	}
	return len(seen) == len(list)
}
