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
// The work is linear in the text, and little: one pass beside encoding/json's.
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
	"sync"
	"unicode/utf8"

	"github.com/segel-id/segel/internal/limits"
)

// Err is the one error of this package. It says nothing about the text,
// because the text may be an attacker's.
var Err = errors.New("not strict JSON of the expected form")

// Unmarshal parses data into the value that v points to, or returns Err and
// leaves v unspecified.
func Unmarshal(data []byte, v any) error {
	target := reflect.TypeOf(v)
	if target == nil || target.Kind() != reflect.Pointer {
		return Err
	}
	// The walk relies on the syntax being right, so it can be short.
	if !utf8.Valid(data) || !json.Valid(data) || loneSurrogate(data) {
		return Err
	}
	w := walk{data: data}
	if _, ok := w.value(target.Elem(), 1); !ok {
		return Err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return Err
	}
	return nil
}

// walk goes through valid JSON. Its methods report whether the value is as it
// must be and, first, whether it is empty.
type walk struct {
	data []byte
	pos  int
}

var (
	rawMessage      = reflect.TypeFor[json.RawMessage]()
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value checks that the next value has exactly the form of t. depth is how many
// arrays and objects it would be nested in, itself included.
func (w *walk) value(t reflect.Type, depth int) (empty, ok bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	first := w.peek()
	if first == 'n' {
		return false, false // null
	}
	if (first == '{' || first == '[') && depth > limits.Depth {
		return false, false
	}
	switch {
	case t == rawMessage:
		return w.anything(first, depth)
	case reflect.PointerTo(t).Implements(textUnmarshaler):
		return w.text(first)
	case reflect.PointerTo(t).Implements(unmarshaler):
		return w.anything(first, depth)
	}
	switch t.Kind() {
	case reflect.Struct:
		if first == '{' {
			return w.object(t, depth)
		}
	case reflect.Map:
		if first == '{' && t.Key().Kind() == reflect.String {
			return w.mapping(t.Elem(), depth)
		}
	case reflect.Slice:
		if first == '[' && t.Elem().Kind() != reflect.Uint8 {
			return w.array(t.Elem(), depth)
		}
	case reflect.String:
		return w.text(first)
	case reflect.Bool:
		literal := w.literal()
		return literal == "false", literal == "true" || literal == "false"
	case reflect.Int, reflect.Int64, reflect.Uint32, reflect.Uint64:
		literal := w.literal()
		return literal == "0", integer(literal)
	}
	return false, false
}

// object reads a struct.
func (w *walk) object(t reflect.Type, depth int) (empty, ok bool) {
	fields := fieldsOf(t)
	seen := make([]bool, len(fields))
	for w.more('}') {
		name := w.name()
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 || seen[i] {
			return false, false
		}
		seen[i] = true
		empty, ok := w.value(fields[i].typ, depth+1)
		if !ok || empty && fields[i].optional {
			return false, false
		}
	}
	empty = true
	for i, was := range seen {
		if !was && !fields[i].optional {
			return false, false
		}
		empty = empty && !was
	}
	return empty, true
}

// mapping reads an object whose members have any name and one type.
func (w *walk) mapping(elem reflect.Type, depth int) (empty, ok bool) {
	var seen map[string]bool
	for w.more('}') {
		name := w.name()
		if seen == nil {
			seen = map[string]bool{}
		}
		if seen[name] {
			return false, false
		}
		seen[name] = true
		if _, ok := w.value(elem, depth+1); !ok {
			return false, false
		}
	}
	return seen == nil, true
}

func (w *walk) array(elem reflect.Type, depth int) (empty, ok bool) {
	empty = true
	for w.more(']') {
		empty = false
		if _, ok := w.value(elem, depth+1); !ok {
			return false, false
		}
	}
	return empty, true
}

func (w *walk) text(first byte) (empty, ok bool) {
	return first == '"' && len(w.quoted()) == 2, first == '"'
}

// anything reads a value of any type.
func (w *walk) anything(first byte, depth int) (empty, ok bool) {
	switch first {
	case '{':
		return w.mapping(rawMessage, depth)
	case '[':
		return w.array(rawMessage, depth)
	case '"':
		return w.text(first)
	}
	w.literal()
	return false, true
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
func (w *walk) name() string {
	quoted := w.quoted()
	w.peek()
	w.pos++ // the colon
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1]) // as almost always
	}
	var name string
	if json.Unmarshal(quoted, &name) != nil {
		return ""
	}
	return name
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
func (w *walk) literal() string {
	begin := w.pos
	for w.pos < len(w.data) && strings.IndexByte(" \t\r\n,]}", w.data[w.pos]) < 0 {
		w.pos++
	}
	return string(w.data[begin:w.pos])
}

// A field is what the walk has to know of a struct's field that has a member.
type field struct {
	name     string // compared exactly, in letter case too
	typ      reflect.Type
	optional bool
}

// known remembers the fields of types, which never change: looking at tags costs
// more than the rest of the walk.
var known sync.Map // of reflect.Type to []field

// fieldsOf returns the fields whose tag names a member.
func fieldsOf(t reflect.Type) []field {
	if fields, ok := known.Load(t); ok {
		return fields.([]field)
	}
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			fields = append(fields, field{name, f.Type, strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")})
		}
	}
	known.Store(t, fields)
	return fields
}

// integer reports whether a literal is an integer that every JSON
// implementation keeps exact.
func integer(literal string) bool {
	i, err := strconv.ParseInt(literal, 10, 64)
	return err == nil && literal != "-0" && -limits.MaxInteger <= i && i <= limits.MaxInteger
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
