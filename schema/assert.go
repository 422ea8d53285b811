package schema

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// The types of JSON Schema as a set.
const (
	typeNull uint8 = 1 << iota
	typeBoolean
	typeInteger
	typeFraction // a number that is no integer
	typeString
	typeArray
	typeObject

	typeAll    = 1<<7 - 1
	typeNumber = typeInteger | typeFraction
)

var typeNames = map[string]uint8{
	"null": typeNull, "boolean": typeBoolean, "integer": typeInteger, "number": typeNumber,
	"string": typeString, "array": typeArray, "object": typeObject,
}

// An assertion is what one subschema says about a value by itself. If it does
// not hold, its group has failed.
type assertion struct {
	group uint16
	types uint8
	text  *textual
	num   *numeric
	sets  []*set // enum and const
}

// textual is what a subschema says about texts.
type textual struct {
	min, max int // characters; max < 0: no limit
	pattern  *matcher
	format   *format
}

// numeric is what a subschema says about numbers.
type numeric struct {
	low, high    *bound
	above, below *bound // exclusive
	multiple     *bound
}

// fits reports whether a text has as many characters as it may.
func (t *textual) fits(text []byte) bool {
	if t.min == 0 && t.max < 0 {
		return true
	}
	// Bytes first: a character has one to four of them.
	n := len(text)
	if n < t.min || n > 4*t.max && t.max >= 0 {
		return false
	}
	if n > t.max && t.max >= 0 || (n+3)/4 < t.min {
		n = utf8.RuneCount(text)
	}
	return n >= t.min && (n <= t.max || t.max < 0)
}

func (n *numeric) holds(f *figure) bool {
	return (n.low == nil || f.cmp(n.low) >= 0) && (n.high == nil || f.cmp(n.high) <= 0) &&
		(n.above == nil || f.cmp(n.above) > 0) && (n.below == nil || f.cmp(n.below) < 0) &&
		(n.multiple == nil || f.multiple(n.multiple))
}

// A set is the values that enum, const or a rule's in allows.
type set struct {
	all     []string        // texts
	words   []uint64        // those of up to seven bytes, packed
	texts   []string        // the others
	many    map[string]bool // of all texts, if there are many
	numbers []bound
	types   uint8 // null and booleans: which types
	truths  [2]bool
	boxes   bool     // lists or objects, which only the reference compares
	pattern *matcher // of the texts, if those of one length have one track; nil: else
}

func newSet(values []any) *set {
	s := &set{}
	for _, v := range values {
		switch t := v.(type) {
		case nil:
			s.types |= typeNull
		case bool:
			if t {
				s.truths[1] = true
			} else {
				s.truths[0] = true
			}
		case string:
			s.all = append(s.all, t)
		case json.Number:
			s.numbers = append(s.numbers, newBound(t))
		default:
			s.boxes = true
		}
	}
	if len(s.all) > 16 {
		s.many = map[string]bool{}
	}
	for _, t := range s.all {
		if w, short := pack([]byte(t)); s.many != nil {
			s.many[t] = true
		} else if short {
			s.words = append(s.words, w)
		} else {
			s.texts = append(s.texts, t)
		}
	}
	return s
}

func (s *set) hasText(text []byte) bool {
	if s.many != nil {
		return s.many[string(text)]
	}
	if w, short := pack(text); short {
		return slices.Contains(s.words, w)
	}
	for _, t := range s.texts {
		if t == string(text) {
			return true
		}
	}
	return false
}

func (s *set) hasNumber(f *figure) bool {
	for i := range s.numbers {
		if f.cmp(&s.numbers[i]) == 0 {
			return true
		}
	}
	return false
}

func (s *set) hasTruth(v bool) bool {
	if v {
		return s.truths[1]
	}
	return s.truths[0]
}

// A format says yes by itself to what has the usual form, and asks the
// library about everything else, so that both always agree. Days have no other
// form.
type format struct {
	usual func([]byte) bool
	exact bool // whether there is no other
	other engine
}

func newFormat(name string) (*format, bool) {
	e, ok := newLibrary(map[string]any{"format": name})
	if !ok {
		return nil, false
	}
	f := &format{other: e}
	switch name {
	case "date":
		f.usual, f.exact = isDate, true
	case "time":
		f.usual = isTime
	case "date-time":
		f.usual = func(b []byte) bool { return len(b) > 10 && b[10] == 'T' && isDate(b[:10]) && isTime(b[11:]) }
	case "uuid":
		f.usual = func(b []byte) bool { return len(b) == 36 && isUUID(b) }
	}
	return f, true
}

func (f *format) holds(text []byte) bool {
	if f.usual != nil && f.usual(text) {
		return true
	}
	return !f.exact && len(f.other.check(string(text))) == 0
}

// isDate accepts YYYY-MM-DD if there is such a day (RFC 3339 section 5.6).
func isDate(b []byte) bool {
	if len(b) != 10 || b[4] != '-' || b[7] != '-' ||
		notDigits(wordAt(b, 0)) != 0x80<<32|0x80<<56 || notDigits(wordAt(b, 2)) != 0x80<<16|0x80<<40 {
		return false
	}
	two := func(i int) int { return int(b[i]-'0')*10 + int(b[i+1]-'0') }
	century, year, month, day := two(0), two(2), two(5), two(8)
	if month < 1 || month > 12 || day < 1 {
		return false
	}
	if day <= 28 {
		return true // most are, and the months need not be told apart
	}
	last := 31
	switch month {
	case 4, 6, 9, 11:
		last = 30
	case 2:
		last = 28
		if year%4 == 0 && (year != 0 || century%4 == 0) {
			last = 29
		}
	}
	return day <= last
}

// isTime accepts hh:mm:ss with Z or ±hh:mm and without fraction or leap second.
func isTime(b []byte) bool {
	const form, limit = "00:00:00", "23:59:59"
	clock := func(b []byte) bool {
		for i := range b {
			if form[i] == ':' {
				if b[i] != ':' {
					return false
				}
			} else if !isDigit(b[i]) {
				return false
			}
		}
		for i := 0; i < len(b); i += 3 {
			if string(b[i:i+2]) > limit[i:i+2] {
				return false
			}
		}
		return true
	}
	switch len(b) {
	case 9:
		return b[8] == 'Z' && clock(b[:8])
	case 14:
		return (b[8] == '+' || b[8] == '-') && clock(b[:8]) && clock(b[9:])
	}
	return false
}
