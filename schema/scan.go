package schema

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxDepth limits the nesting of one record or document.
	maxDepth = 32
	// maxValues limits how many values one record or document holds, lists and
	// objects included: 1 MiB of "{}," would keep a checker busy for seconds. The
	// largest board of a party has about 10,000.
	maxValues = 1 << 16
)

// fault is what the strict scan refuses, as the id of a structure finding, and
// the names on the way to it. The names are the sender's: they are shown only
// after place has compared them with those of the definition.
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
	n    int // values so far
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
	if s.n++; s.n > maxValues {
		return s.fail("structure/size")
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
