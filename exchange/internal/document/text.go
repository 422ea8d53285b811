package document

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// rfc3339 is the grammar of RFC 3339 section 5.6 with its letters in capitals.
// time.Parse alone takes more than that, a comma for the fraction for one.
var rfc3339 = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)

// Time reads an RFC 3339 time with at most nine digits of a fraction, without
// leap seconds, from 1970 on. It is returned in UTC.
func Time(s string) (time.Time, bool) {
	if !rfc3339.MatchString(s) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err == nil && t.Unix() >= 0
}

// FormatTime writes t in UTC and whole seconds, in the form that Time reads.
// The zero time is written as "".
func FormatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Plain reports whether s is a text of 1 to max characters for people that a
// terminal or a log can show as it is: no control or format character (which
// could reorder or hide what is shown), no line break, no blank at an end.
func Plain(s string, max int) bool {
	if s == "" || len(s) > 4*max || !utf8.ValidString(s) || utf8.RuneCountInString(s) > max || strings.TrimSpace(s) != s {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) })
}
