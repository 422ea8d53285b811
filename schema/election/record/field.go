package record

import "encoding/json"

// Field is a member that may be absent, null, or a value. The zero Field is
// absent. Two Fields of a comparable type may be compared with ==.
type Field[T any] struct {
	value T
	state state
}

type state uint8

const (
	absent state = iota
	null
	present
)

// Of makes a field that holds v.
func Of[T any](v T) Field[T] { return Field[T]{value: v, state: present} }

// Null makes a field that is null.
func Null[T any]() Field[T] { return Field[T]{state: null} }

// Get gives the value; ok is false if the field is null or absent.
func (f Field[T]) Get() (v T, ok bool) { return f.value, f.state == present }

// Or gives the value, or other if the field is null or absent.
func (f Field[T]) Or(other T) T {
	if f.state == present {
		return f.value
	}
	return other
}

// IsNull reports whether the field is there and null.
func (f Field[T]) IsNull() bool { return f.state == null }

// IsZero reports whether the field is absent. encoding/json leaves out an
// absent field whose tag says omitzero.
func (f Field[T]) IsZero() bool { return f.state == absent }

// MarshalJSON gives the value as JSON, and null for a field that is null or
// absent. The error is that of the value.
func (f Field[T]) MarshalJSON() ([]byte, error) {
	if f.state != present {
		return []byte("null"), nil
	}
	return json.Marshal(f.value)
}

// UnmarshalJSON reads a value or null, by the rules of [Decode].
func (f *Field[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*f = Null[T]()
		return nil
	}
	var v T
	if err := Decode(data, &v); err != nil {
		return err
	}
	*f = Of(v)
	return nil
}

// Scalar is a number or a text, as it was written: Text is the number's digits
// or the text itself, and Quoted says which of the two it was.
type Scalar struct {
	Text   string // what stands between the quotes, or the number
	Quoted bool   // it was a text
}

// Float gives the number nearest to s. The error is that of strconv.ParseFloat.
func (s Scalar) Float() (float64, error) { return json.Number(s.Text).Float64() }

// MarshalJSON writes s as it was: a text as text and a number as number. A
// Scalar whose Text is no number must be Quoted, else the error is
// encoding/json's.
func (s Scalar) MarshalJSON() ([]byte, error) {
	if s.Quoted {
		return json.Marshal(s.Text)
	}
	return json.Marshal(json.Number(s.Text))
}

// UnmarshalJSON reads a number or a text. The error is [ErrForm].
func (s *Scalar) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		s.Quoted = true
		if json.Unmarshal(data, &s.Text) != nil {
			return ErrForm
		}
		return nil
	}
	var n json.Number
	if json.Unmarshal(data, &n) != nil || n == "" {
		return ErrForm
	}
	*s = Scalar{Text: n.String()}
	return nil
}

// Numbered is an object whose members are named by numbers. Members with other
// names, such as the member "null" of Sirekap's charts, are not in it.
type Numbered[T any] map[string]T

// UnmarshalJSON reads the members whose names are all digits, by the rules of
// [Decode].
func (m *Numbered[T]) UnmarshalJSON(data []byte) error {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil || members == nil {
		return ErrForm
	}
	*m = make(Numbered[T], len(members))
	for name, data := range members {
		if !digits(name) {
			continue
		}
		var v T
		if err := Decode(data, &v); err != nil {
			return err
		}
		(*m)[name] = v
	}
	return nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
