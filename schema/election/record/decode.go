package record

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"math"
	"reflect"
	"strings"

	"github.com/segel-id/segel/schema"
)

// ErrForm says that a record does not have the form of its struct. It says
// nothing else, because a record's text does not belong in errors; a check
// says where and why.
var ErrForm = errors.New("record does not have the form of its dataset")

// All gives the records of src, decoded into structs, in their order. The error
// beside a record is that of src or, for a record that does not have the form
// of T, an [*schema.Error] with ReasonMalformed and the record's number; the
// record is then a zero T. All goes on after a record, row or cell of a wrong
// form and ends after any other error, or when the loop is left. It reads src once, and so
// may the caller.
func All[T any](src schema.Source) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for n := 1; ; n++ {
			data, err := src.Next()
			if err == io.EOF {
				return
			}
			var v T
			if err == nil && Decode(data, &v) != nil {
				var zero T
				v, err = zero, &schema.Error{Reason: schema.ReasonMalformed, Record: n}
				if !yield(v, err) {
					return
				}
				continue
			}
			if !yield(v, err) || err != nil && !passes(err) {
				return
			}
		}
	}
}

// passes reports whether a source goes on behind the error.
func passes(err error) bool {
	var e *schema.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Reason == schema.ReasonBadCell || e.Reason == schema.ReasonBadRow
}

// Decode reads one record into the struct to which v points. Members are taken
// by the exact name in the field's json tag; others are passed over, and a
// member that is absent leaves its field as it was. Of two members with one
// name the last counts: a check refuses such a record. The error is [ErrForm].
func Decode(data []byte, v any) error {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() || into(data, p.Elem()) != nil {
		return ErrForm
	}
	return nil
}

func into(data []byte, v reflect.Value) error {
	if u, ok := v.Addr().Interface().(json.Unmarshaler); ok {
		return u.UnmarshalJSON(data)
	}
	switch v.Kind() {
	case reflect.Struct:
		return intoStruct(data, v)
	case reflect.Slice:
		var elements []json.RawMessage
		if err := json.Unmarshal(data, &elements); err != nil || elements == nil {
			return ErrForm
		}
		list := reflect.MakeSlice(v.Type(), len(elements), len(elements))
		for i, data := range elements {
			if err := into(data, list.Index(i)); err != nil {
				return err
			}
		}
		v.Set(list)
		return nil
	}
	if string(data) == "null" { // encoding/json would leave the value as it was
		return ErrForm
	}
	err := json.Unmarshal(data, v.Addr().Interface())
	if err != nil && v.Kind() == reflect.Int64 {
		return intoWhole(data, v)
	}
	return err
}

// intoWhole reads a whole number that is written with a fraction or an exponent:
// for a check 7.0 and 7e0 are 7, and encoding/json refuses them. Beyond 2^53 such
// a number may not be the one that is written.
func intoWhole(data []byte, v reflect.Value) error {
	var f float64
	if err := json.Unmarshal(data, &f); err != nil {
		return err
	}
	if f != math.Trunc(f) || math.Abs(f) > 1<<53-1 {
		return ErrForm
	}
	v.SetInt(int64(f))
	return nil
}

func intoStruct(data []byte, v reflect.Value) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil || members == nil {
		return ErrForm
	}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		data, ok := members[name]
		if !ok || name == "" {
			continue
		}
		if err := into(data, v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}
