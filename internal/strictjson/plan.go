package strictjson

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// A form is how a value of a type is written.
type form uint8

const (
	formNone    form = iota // not at all
	formPointer             // as what it points to
	formRaw                 // json.RawMessage
	formJSON                // by its UnmarshalJSON
	formText                // as a string, by its UnmarshalText
	formQuoted              // as a string, by its UnmarshalJSON, which encoding/json prefers
	formStruct
	formMap
	formSlice
	formString
	formBool
	formInt
	formUint
)

// A plan is what the walk has to know of a type.
type plan struct {
	typ    reflect.Type
	form   form
	elem   *plan   // of pointers, maps and slices
	fields []field // of structs
}

// A field is what it has to know of a struct's field that has a member.
type field struct {
	name     string // compared exactly, in letter case too
	index    int
	plan     *plan
	optional bool
}

// known remembers the plans of types, which never change: looking at tags costs
// more than the rest of the walk.
var known sync.Map // of reflect.Type to *plan

func planOf(t reflect.Type) *plan {
	if p, ok := known.Load(t); ok {
		return p.(*plan)
	}
	p := makePlan(t, map[reflect.Type]*plan{})
	known.Store(t, p)
	return p
}

var (
	rawMessage      = reflect.TypeFor[json.RawMessage]()
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// makePlan plans a type; begun are those that it is part of.
func makePlan(t reflect.Type, begun map[reflect.Type]*plan) *plan {
	if p := begun[t]; p != nil {
		return p
	}
	p := &plan{typ: t}
	begun[t] = p
	switch {
	case t.Kind() == reflect.Pointer:
		p.form, p.elem = formPointer, makePlan(t.Elem(), begun)
	case t == rawMessage:
		p.form = formRaw
	case reflect.PointerTo(t).Implements(unmarshaler) && reflect.PointerTo(t).Implements(textUnmarshaler):
		p.form = formQuoted
	case reflect.PointerTo(t).Implements(textUnmarshaler):
		p.form = formText
	case reflect.PointerTo(t).Implements(unmarshaler):
		p.form = formJSON
	default:
		p.kind(t, begun)
	}
	return p
}

func (p *plan) kind(t reflect.Type, begun map[reflect.Type]*plan) {
	switch t.Kind() {
	case reflect.Struct:
		p.form = formStruct
		for i := range t.NumField() {
			f := t.Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "" && name != "-" {
				optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
				p.fields = append(p.fields, field{name, i, makePlan(f.Type, begun), optional})
			}
		}
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			p.form, p.elem = formMap, makePlan(t.Elem(), begun)
		}
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			p.form, p.elem = formSlice, makePlan(t.Elem(), begun)
		}
	case reflect.String:
		p.form = formString
	case reflect.Bool:
		p.form = formBool
	case reflect.Int, reflect.Int64:
		p.form = formInt
	case reflect.Uint32, reflect.Uint64:
		p.form = formUint
	}
}
