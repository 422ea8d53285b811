package schema

import (
	"encoding/json"
	"math/big"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/segel-id/segel/internal/limits"
)

// Limits of the strict scan.
const (
	maxDepth     = 32 // nesting of one record or definition
	maxNumberLen = 40 // bytes of one number
	maxExponent  = 30
)

// fault is what the strict scan refuses, as the id of a structure finding, and
// the names on the way to it. The names are the sender's: they are shown only
// after [shape.pointer] has compared them with those of the definition.
type fault struct {
	id   string
	path []string
}

// scanner reads one JSON text into map[string]any, []any, string, json.Number,
// bool and nil, once and strictly: what encoding/json tolerates (duplicate
// members, invalid UTF-8, lone surrogates) would let two readers of the same
// bytes see different data.
type scanner struct {
	b    []byte
	i    int
	path []string
	bad  string
}

// scan reads b as exactly one JSON text.
func scan(b []byte) (any, *fault) {
	s := scanner{b: b}
	v := s.value(0)
	if s.bad == "" {
		s.space()
		if s.i != len(b) {
			s.bad = "structure/trailing-data"
		}
	}
	if s.bad != "" {
		return nil, &fault{s.bad, s.path}
	}
	return v, nil
}

// fail keeps the first fault; the path stays as it was at that moment.
func (s *scanner) fail(id string) any {
	if s.bad == "" {
		s.bad = id
	}
	return nil
}

func (s *scanner) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

func (s *scanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

func (s *scanner) value(depth int) any {
	if depth > maxDepth {
		return s.fail("structure/depth")
	}
	s.space()
	switch c := s.peek(); {
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.array(depth)
	case c == '"':
		return s.str()
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	for _, w := range []struct {
		text string
		v    any
	}{{"true", true}, {"false", false}, {"null", nil}} {
		if len(s.b)-s.i >= len(w.text) && string(s.b[s.i:s.i+len(w.text)]) == w.text {
			s.i += len(w.text)
			return w.v
		}
	}
	return s.fail("structure/json")
}

func (s *scanner) object(depth int) any {
	m := make(map[string]any)
	s.i++
	if s.space(); s.peek() == '}' {
		s.i++
		return m
	}
	for {
		if s.space(); s.peek() != '"' {
			return s.fail("structure/json")
		}
		name, _ := s.str().(string)
		if s.bad != "" {
			return nil
		}
		s.path = append(s.path, name)
		if _, dup := m[name]; dup {
			return s.fail("structure/duplicate-member")
		}
		if s.space(); s.peek() != ':' {
			return s.fail("structure/json")
		}
		s.i++
		v := s.value(depth + 1)
		if s.bad != "" {
			return nil
		}
		s.path = s.path[:len(s.path)-1]
		m[name] = v
		s.space()
		switch s.peek() {
		case ',':
			s.i++
		case '}':
			s.i++
			return m
		default:
			return s.fail("structure/json")
		}
	}
}

func (s *scanner) array(depth int) any {
	a := []any{}
	s.i++
	if s.space(); s.peek() == ']' {
		s.i++
		return a
	}
	for {
		s.path = append(s.path, strconv.Itoa(len(a)))
		v := s.value(depth + 1)
		if s.bad != "" {
			return nil
		}
		s.path = s.path[:len(s.path)-1]
		a = append(a, v)
		s.space()
		switch s.peek() {
		case ',':
			s.i++
		case ']':
			s.i++
			return a
		default:
			return s.fail("structure/json")
		}
	}
}

// str reads a string. Bytes are taken as they are; only escapes are decoded.
func (s *scanner) str() any {
	s.i++
	start := s.i
	for s.i < len(s.b) {
		switch c := s.b[s.i]; {
		case c == '"':
			raw := s.b[start:s.i]
			s.i++
			if !utf8.Valid(raw) {
				return s.fail("structure/utf8")
			}
			return string(raw)
		case c == '\\':
			return s.escaped(start)
		case c < 0x20:
			return s.fail("structure/json")
		default:
			s.i++
		}
	}
	return s.fail("structure/json")
}

// escaped goes on with a string that holds at least one escape.
func (s *scanner) escaped(start int) any {
	out := append([]byte(nil), s.b[start:s.i]...)
	for s.i < len(s.b) {
		c := s.b[s.i]
		s.i++
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				return s.fail("structure/utf8")
			}
			return string(out)
		case c < 0x20:
			return s.fail("structure/json")
		case c != '\\':
			out = append(out, c)
			continue
		}
		e := s.peek()
		s.i++
		switch e {
		case '"', '\\', '/':
			out = append(out, e)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, ok := s.hex4()
			if !ok {
				return s.fail("structure/json")
			}
			if utf16.IsSurrogate(r) {
				// RFC 8259 section 8.2: a lone surrogate is not text, and
				// readers replace it differently.
				if s.peek() != '\\' || s.i+1 >= len(s.b) || s.b[s.i+1] != 'u' {
					return s.fail("structure/surrogate")
				}
				s.i += 2
				low, ok := s.hex4()
				if !ok {
					return s.fail("structure/json")
				}
				if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
					return s.fail("structure/surrogate")
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			return s.fail("structure/json")
		}
	}
	return s.fail("structure/json")
}

func (s *scanner) hex4() (rune, bool) {
	if len(s.b)-s.i < 4 {
		return 0, false
	}
	var r rune
	for _, c := range s.b[s.i : s.i+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	s.i += 4
	return r, true
}

func (s *scanner) number() any {
	start := s.i
	for s.i < len(s.b) && isNumberByte(s.b[s.i]) {
		s.i++
	}
	lit := string(s.b[start:s.i])
	if !isNumber(lit) {
		return s.fail("structure/json")
	}
	if !inRange(lit) {
		return s.fail("structure/number-range")
	}
	return json.Number(lit)
}

func isNumberByte(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}

// isNumber reports whether lit is a number by RFC 8259 section 6.
func isNumber(lit string) bool {
	digits := func() bool {
		n := 0
		for n < len(lit) && lit[n] >= '0' && lit[n] <= '9' {
			n++
		}
		lit = lit[n:]
		return n > 0
	}
	if lit != "" && lit[0] == '-' {
		lit = lit[1:]
	}
	if lit != "" && lit[0] == '0' {
		lit = lit[1:]
	} else if !digits() {
		return false
	}
	if lit != "" && lit[0] == '.' {
		lit = lit[1:]
		if !digits() {
			return false
		}
	}
	if lit != "" && (lit[0] == 'e' || lit[0] == 'E') {
		lit = lit[1:]
		if lit != "" && (lit[0] == '+' || lit[0] == '-') {
			lit = lit[1:]
		}
		if !digits() {
			return false
		}
	}
	return lit == ""
}

// inRange reports whether the number lit is one that every peer can hold
// exactly or, if it has a fraction, compare exactly: magnitude up to 2^53-1,
// length and exponent bounded before any big number is built.
func inRange(lit string) bool {
	if len(lit) > maxNumberLen {
		return false
	}
	for i := range len(lit) {
		if lit[i] == 'e' || lit[i] == 'E' {
			if e, err := strconv.Atoi(lit[i+1:]); err != nil || e > maxExponent || e < -maxExponent {
				return false
			}
		}
	}
	if n, err := strconv.ParseInt(lit, 10, 64); err == nil {
		return n <= limits.MaxInteger && n >= -limits.MaxInteger
	}
	r, ok := new(big.Rat).SetString(lit)
	return ok && r.Abs(r).Cmp(big.NewRat(limits.MaxInteger, 1)) <= 0
}

// integer gives the exact value of a number that is an integer, as JSON
// Schema counts integers: 2.0 and 2e0 are 2.
func integer(n json.Number) (int64, bool) {
	if v, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return v, true
	}
	r, ok := new(big.Rat).SetString(string(n))
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}
