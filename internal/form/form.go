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
	"time"

	"github.com/segel-id/segel/internal/base64url"
)

var (
	party     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}/[a-z][a-z0-9-]{0,31}$`)
	dataset   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}/[a-z][a-z0-9-]{0,63}$`)
	version   = regexp.MustCompile(`^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$`)
	agreement = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$`)
	uuid7     = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
)

// Party reports whether s is written as agency/system: on either side of the
// slash at most 32 lower-case letters, digits and hyphens, a letter first.
func Party(s string) bool { return party.MatchString(s) }

// Dataset reports whether s is written as system/name: like a party, but the
// name has at most 64 characters.
func Dataset(s string) bool { return dataset.MatchString(s) }

// Version reports whether s is three numbers from 0 to 999999 without leading
// zeros, joined by dots.
func Version(s string) bool { return version.MatchString(s) }

// Agreement reports whether s can be an agreement's id: at most 128 letters,
// digits and . _ / -, a letter or digit first.
func Agreement(s string) bool { return agreement.MatchString(s) }

// ID reports whether s is a UUID of version 7 (RFC 9562) in lower case.
func ID(s string) bool { return uuid7.MatchString(s) }

// Digest reports whether s is the one base64url text of 32 bytes, as digests
// and thumbprints are written.
func Digest(s string) bool {
	_, ok := base64url.DecodeLen(s, 32)
	return ok
}

// Date reports whether s is a day of the calendar as YYYY-MM-DD.
func Date(s string) bool {
	d, err := time.Parse(time.DateOnly, s)
	return err == nil && d.Format(time.DateOnly) == s
}

// Unique reports whether no element occurs twice.
func Unique[T comparable](list []T) bool {
	seen := make(map[T]struct{}, len(list))
	for _, v := range list {
		seen[v] = struct{}{}
	}
	return len(seen) == len(list)
}
