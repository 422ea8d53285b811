// Package strictjson reads JSON texts that somebody signed.
//
// encoding/json is lenient where a signed text must not be: the last of two
// equal members wins, member names match in any case, invalid UTF-8 and lone
// surrogates become U+FFFD, null leaves a field as it was, and an absent
// member is a zero. Two readers can then hold two opinions of one signature.
// Unmarshal refuses all of it, so that a text has one meaning or none:
//
//   - valid UTF-8, no lone surrogate, nothing but blanks behind the value;
//   - every object member named exactly as the Go field's json tag, once;
//   - members present unless their tag says omitempty or omitzero; those never
//     empty (0, false, "", [], {}), so that absence has one text; none null;
//   - integers written as integers and within ±(2^53 − 1);
//   - nesting within limits.Depth.
//
// A target may be built of structs, slices, maps with string keys, strings,
// bools, integers, pointers to these, types that implement
// encoding.TextUnmarshaler (which must be JSON strings), json.RawMessage and
// types that implement json.Unmarshaler (any value that obeys the rules about
// names, UTF-8, null and depth; their UnmarshalJSON judges the rest). Any other
// target is a programming error and refuses every text.
//
// The work is linear in the text, and little: one pass beside that of json.Valid.
package strictjson

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/segel-id/segel/internal/limits"
)

// Err is the one error of this package. It says nothing about the text,
// because the text may be an attacker's.
var Err = errors.New("not strict JSON of the expected form")

// Unmarshal parses data into the value that v points to, or returns Err and
// leaves v unspecified. Nothing of v refers to data.
func Unmarshal(data []byte, v any) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return Err
	}
	// The walk relies on the syntax being right, so it can be short.
	if !utf8.Valid(data) || !json.Valid(data) || loneSurrogate(data) {
		return Err
	}
	w := walk{data: data}
	if _, ok := w.value(target.Elem(), planOf(target.Type().Elem()), 1); !ok {
		return Err
	}
	return nil
}

// walk goes through valid JSON. Its methods set what they read and report whether
// it is as it must be and, first, whether it is empty.
type walk struct {
	data []byte
	pos  int
}

// value reads the next value, which must have exactly the form of the plan. depth
// is how many arrays and objects it would be nested in, itself included.
func (w *walk) value(v reflect.Value, p *plan, depth int) (empty, ok bool) {
	first := w.peek()
	if first == 'n' || (first == '{' || first == '[') && depth > limits.Depth {
		return false, false // null, or too deep
	}
	switch p.form {
	case formPointer:
		v.Set(reflect.New(p.elem.typ))
		return w.value(v.Elem(), p.elem, depth)
	case formRaw, formJSON:
		begin := w.pos
		if empty, ok = w.anything(first, depth); !ok {
			return false, false
		}
		text := w.data[begin:w.pos]
		if p.form == formRaw {
			v.SetBytes(bytes.Clone(text))
			return empty, true
		}
		return empty, v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(text) == nil
	case formText:
		if first != '"' {
			return false, false
		}
		text, ok := w.text()
		return len(text) == 0, ok && v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)) == nil
	case formQuoted:
		if first != '"' {
			return false, false
		}
		quoted := w.quoted()
		return len(quoted) == 2, v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(quoted) == nil
	case formStruct:
		return w.object(v, p, first, depth)
	case formMap:
		return w.mapping(v, p, first, depth)
	case formSlice:
		return w.array(v, p, first, depth)
	case formString:
		if first != '"' {
			return false, false
		}
		text, ok := w.text()
		v.SetString(text)
		return text == "", ok
	case formBool:
		literal := w.literal()
		v.SetBool(string(literal) == "true")
		return string(literal) == "false", string(literal) == "true" || string(literal) == "false"
	case formInt:
		i, ok := integer(w.literal())
		if !ok || v.OverflowInt(i) {
			return false, false
		}
		v.SetInt(i)
		return i == 0, true
	case formUint:
		i, ok := integer(w.literal())
		if !ok || i < 0 || v.OverflowUint(uint64(i)) {
			return false, false
		}
		v.SetUint(uint64(i))
		return i == 0, true
	}
	return false, false
}

// object reads a struct.
func (w *walk) object(v reflect.Value, p *plan, first byte, depth int) (empty, ok bool) {
	if first != '{' {
		return false, false
	}
	var few [32]bool
	seen := few[:]
	if len(p.fields) > len(few) {
		seen = make([]bool, len(p.fields))
	}
	empty = true
	for w.more('}') {
		name, ok := w.name()
		if !ok {
			return false, false
		}
		i := slices.IndexFunc(p.fields, func(f field) bool { return f.name == string(name) })
		if i < 0 || seen[i] {
			return false, false
		}
		f := &p.fields[i]
		seen[i], empty = true, false
		if none, ok := w.value(v.Field(f.index), f.plan, depth+1); !ok || none && f.optional {
			return false, false
		}
	}
	for i := range p.fields {
		if !seen[i] && !p.fields[i].optional {
			return false, false
		}
	}
	return empty, true
}

// mapping reads an object whose members have any name and one type.
func (w *walk) mapping(v reflect.Value, p *plan, first byte, depth int) (empty, ok bool) {
	if first != '{' {
		return false, false
	}
	m := reflect.MakeMap(p.typ)
	for w.more('}') {
		name, ok := w.name()
		if !ok {
			return false, false
		}
		key, elem := reflect.New(p.typ.Key()).Elem(), reflect.New(p.elem.typ).Elem()
		if key.SetString(string(name)); m.MapIndex(key).IsValid() {
			return false, false
		}
		if _, ok := w.value(elem, p.elem, depth+1); !ok {
			return false, false
		}
		m.SetMapIndex(key, elem)
	}
	v.Set(m)
	return m.Len() == 0, true
}

func (w *walk) array(v reflect.Value, p *plan, first byte, depth int) (empty, ok bool) {
	if first != '[' {
		return false, false
	}
	v.Set(reflect.MakeSlice(p.typ, 0, 0))
	for w.more(']') {
		n := v.Len()
		v.Grow(1)
		v.SetLen(n + 1)
		v.Index(n).SetZero()
		if _, ok := w.value(v.Index(n), p.elem, depth+1); !ok {
			return false, false
		}
	}
	return v.Len() == 0, true
}

// anything reads a value of any type and keeps nothing of it.
func (w *walk) anything(first byte, depth int) (empty, ok bool) {
	if (first == '{' || first == '[') && depth > limits.Depth {
		return false, false
	}
	empty = true
	switch first {
	case '{':
		var seen map[string]bool
		for w.more('}') {
			name, ok := w.name()
			if !ok || seen[string(name)] {
				return false, false
			}
			if seen == nil {
				seen = map[string]bool{}
			}
			seen[string(name)], empty = true, false
			if _, ok := w.anything(w.peek(), depth+1); !ok {
				return false, false
			}
		}
	case '[':
		for w.more(']') {
			empty = false
			if _, ok := w.anything(w.peek(), depth+1); !ok {
				return false, false
			}
		}
	case '"':
		return len(w.quoted()) == 2, true
	case 'n':
		return false, false
	default:
		w.literal()
		return false, true
	}
	return empty, true
}

// peek returns the first byte of the next token.
func (w *walk) peek() byte {
	for strings.IndexByte(" \t\r\n", w.data[w.pos]) >= 0 {
		w.pos++
	}
	return w.data[w.pos]
}

// more steps to the next element of an array or object, or over its end.
func (w *walk) more(end byte) bool {
	if c := w.peek(); c == '{' || c == '[' || c == ',' {
		w.pos++
	}
	if w.peek() == end {
		w.pos++
		return false
	}
	return true
}

// name reads a member's name and the colon behind it.
func (w *walk) name() ([]byte, bool) {
	quoted := w.quoted()
	w.peek()
	w.pos++ // the colon
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], true // as almost always
	}
	text, ok := unquote(quoted)
	return []byte(text), ok
}

// text reads a string.
func (w *walk) text() (string, bool) { return unquote(w.quoted()) }

func unquote(quoted []byte) (text string, ok bool) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1]), true
	}
	ok = json.Unmarshal(quoted, &text) == nil
	return text, ok
}

// quoted reads a string with its quotes.
func (w *walk) quoted() []byte {
	begin := w.pos
	for w.pos++; w.data[w.pos] != '"'; w.pos++ {
		if w.data[w.pos] == '\\' {
			w.pos++
		}
	}
	w.pos++
	return w.data[begin:w.pos]
}

// literal reads a number, true or false. Of a value that is none of these it
// reads nothing or too much, which no caller accepts.
func (w *walk) literal() []byte {
	begin := w.pos
	for w.pos < len(w.data) && strings.IndexByte(" \t\r\n,]}", w.data[w.pos]) < 0 {
		w.pos++
	}
	return w.data[begin:w.pos]
}

// integer returns an integer that every JSON implementation keeps exact.
func integer(literal []byte) (int64, bool) {
	i, err := strconv.ParseInt(string(literal), 10, 64)
	return i, err == nil && string(literal) != "-0" && -limits.MaxInteger <= i && i <= limits.MaxInteger
}

// loneSurrogate reports whether an escape names half of a surrogate pair.
// data must be valid JSON, so every backslash begins an escape.
func loneSurrogate(data []byte) bool {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		i++
		if data[i] != 'u' {
			continue
		}
		switch hex := hex4(data[i+1:]); {
		case hex >= 0xDC00 && hex < 0xE000:
			return true
		case hex >= 0xD800 && hex < 0xDC00:
			rest := data[i+5:]
			if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
				return true
			}
			if low := hex4(rest[2:]); low < 0xDC00 || low >= 0xE000 {
				return true
			}
			i += 6
		}
		i += 4
	}
	return false
}

func hex4(b []byte) (n int) {
	for _, c := range b[:4] {
		n <<= 4
		switch {
		case c <= '9':
			n |= int(c - '0')
		case c <= 'F':
			n |= int(c - 'A' + 10)
		default:
			n |= int(c - 'a' + 10)
		}
	}
	return n
}
