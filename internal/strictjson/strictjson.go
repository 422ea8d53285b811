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
//   - members present unless their tag says omitempty or omitzero, never null;
//   - integers written as integers and within ±(2^53 − 1);
//   - nesting within limits.Depth.
//
// A target may be built of structs, slices, maps with string keys, strings,
// bools, integers, pointers to these, types that implement
// encoding.TextUnmarshaler (which must be JSON strings), and json.RawMessage
// (any value that obeys the rules about names, UTF-8, null and depth). Any
// other target is a programming error and refuses every text.
package strictjson

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
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
	// The walk below relies on the syntax being right: json.Valid is the
	// stricter judge of it than a stream of tokens.
	if !utf8.Valid(data) || !json.Valid(data) || loneSurrogate(data) {
		return Err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if !value(dec, target.Elem(), 0) {
		return Err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return Err
	}
	return nil
}

var (
	rawMessage      = reflect.TypeFor[json.RawMessage]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value reports whether the next value of dec has exactly the form of t.
func value(dec *json.Decoder, t reflect.Type, depth int) bool {
	if depth > limits.Depth {
		return false
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	tok, err := dec.Token()
	if err != nil || tok == nil { // a nil token is null
		return false
	}
	if t == rawMessage {
		return anything(dec, tok, depth)
	}
	if reflect.PointerTo(t).Implements(textUnmarshaler) {
		_, ok := tok.(string)
		return ok
	}
	switch t.Kind() {
	case reflect.Struct:
		return tok == json.Delim('{') && object(dec, t, depth)
	case reflect.Map:
		return tok == json.Delim('{') && t.Key().Kind() == reflect.String && mapping(dec, t.Elem(), depth)
	case reflect.Slice:
		return tok == json.Delim('[') && t.Elem().Kind() != reflect.Uint8 && array(dec, t.Elem(), depth)
	case reflect.String:
		_, ok := tok.(string)
		return ok
	case reflect.Bool:
		_, ok := tok.(bool)
		return ok
	case reflect.Int, reflect.Int64, reflect.Uint32, reflect.Uint64:
		n, ok := tok.(json.Number)
		return ok && integer(n)
	}
	return false
}

// object reads the members of a struct up to and including the closing brace.
func object(dec *json.Decoder, t reflect.Type, depth int) bool {
	seen := make([]bool, t.NumField())
	for dec.More() {
		name, ok := memberName(dec)
		if !ok {
			return false
		}
		i := field(t, name)
		if i < 0 || seen[i] {
			return false
		}
		seen[i] = true
		if !value(dec, t.Field(i).Type, depth+1) {
			return false
		}
	}
	for i, was := range seen {
		if !was && required(t.Field(i)) {
			return false
		}
	}
	return closing(dec)
}

func mapping(dec *json.Decoder, elem reflect.Type, depth int) bool {
	seen := make(map[string]bool)
	for dec.More() {
		name, ok := memberName(dec)
		if !ok || seen[name] {
			return false
		}
		seen[name] = true
		if !value(dec, elem, depth+1) {
			return false
		}
	}
	return closing(dec)
}

func array(dec *json.Decoder, elem reflect.Type, depth int) bool {
	for dec.More() {
		if !value(dec, elem, depth+1) {
			return false
		}
	}
	return closing(dec)
}

// anything reads the rest of a value that begins with tok.
func anything(dec *json.Decoder, tok json.Token, depth int) bool {
	switch tok {
	case json.Delim('{'):
		return mapping(dec, rawMessage, depth)
	case json.Delim('['):
		return array(dec, rawMessage, depth)
	}
	return true
}

func memberName(dec *json.Decoder) (string, bool) {
	tok, err := dec.Token()
	if err != nil {
		return "", false
	}
	name, ok := tok.(string)
	return name, ok
}

func closing(dec *json.Decoder) bool {
	_, err := dec.Token()
	return err == nil
}

// field returns the index of the field whose tag names the member, or −1.
// Names are compared exactly, in letter case too.
func field(t reflect.Type, name string) int {
	for i := range t.NumField() {
		tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if tag == name && tag != "" && tag != "-" {
			return i
		}
	}
	return -1
}

func required(f reflect.StructField) bool {
	tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	return tag != "" && tag != "-" &&
		!strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero")
}

// integer reports whether n is written as an integer that every JSON
// implementation keeps exact.
func integer(n json.Number) bool {
	if strings.ContainsAny(n.String(), ".eE") || n == "-0" {
		return false
	}
	i, err := n.Int64()
	return err == nil && -limits.MaxInteger <= i && i <= limits.MaxInteger
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
