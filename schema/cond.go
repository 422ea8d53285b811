package schema

import (
	"encoding/json"
	"regexp"
	"strings"
)

// truth is three-valued (Kleene): what depends on a missing number is
// unknown, and only what is false breaks a rule.
type truth int8

const (
	unknown truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// A cond is a statement about a record. at names the first place that makes a
// statement over places false, in the definition's names and indexes.
type cond interface {
	eval(record any) (t truth, at string)
}

// compare relates two expressions; unknown if one has no value.
type compare struct {
	op   string
	a, b expr
}

type allOf []cond

type anyOf []cond

type not struct{ c cond }

// present says that all places hold something other than null; some, that at
// least one does. They are never unknown.
type present []pointer

type some []pointer

// places says that the test holds at every place of the pointer. A null is
// unknown; so is a pointer that leads nowhere.
type places struct {
	at   pointer
	test func(v any) bool
}

func (c compare) eval(record any) (truth, string) {
	a, ok := c.a.eval(record)
	if !ok {
		return unknown, ""
	}
	b, ok := c.b.eval(record)
	if !ok {
		return unknown, ""
	}
	switch c.op {
	case "=":
		return truthOf(a == b), ""
	case "!=":
		return truthOf(a != b), ""
	case "<":
		return truthOf(a < b), ""
	case "<=":
		return truthOf(a <= b), ""
	case ">":
		return truthOf(a > b), ""
	default:
		return truthOf(a >= b), ""
	}
}

func (c allOf) eval(record any) (truth, string) {
	result := yes
	for _, part := range c {
		switch t, at := part.eval(record); t {
		case no:
			return no, at
		case unknown:
			result = unknown
		}
	}
	return result, ""
}

func (c anyOf) eval(record any) (truth, string) {
	result, first := no, ""
	for _, part := range c {
		switch t, at := part.eval(record); {
		case t == yes:
			return yes, ""
		case t == unknown:
			result = unknown
		case first == "":
			first = at
		}
	}
	return result, first
}

func (c not) eval(record any) (truth, string) {
	switch t, _ := c.c.eval(record); t {
	case yes:
		return no, ""
	case no:
		return yes, ""
	default:
		return unknown, ""
	}
}

func (c present) eval(record any) (truth, string) {
	result, first := yes, ""
	for _, p := range c {
		p.each(record, func(m match) bool {
			if m.value == nil {
				result, first = no, m.at
			}
			return m.value != nil
		})
		if result == no {
			break
		}
	}
	return result, first
}

func (c some) eval(record any) (truth, string) {
	result := no
	for _, p := range c {
		p.each(record, func(m match) bool {
			if m.value != nil {
				result = yes
			}
			return m.value == nil
		})
	}
	return result, ""
}

func (c places) eval(record any) (truth, string) {
	result, any, first := yes, false, ""
	c.at.each(record, func(m match) bool {
		any = true
		switch {
		case m.value == nil:
			result = unknown
		case !c.test(m.value):
			result, first = no, m.at
			return false
		}
		return true
	})
	if !any {
		return unknown, ""
	}
	return result, first
}

func matches(re *regexp.Regexp) func(any) bool {
	return func(v any) bool {
		s, ok := v.(string)
		return ok && re.MatchString(s)
	}
}

func hasPrefix(prefix string) func(any) bool {
	return func(v any) bool {
		s, ok := v.(string)
		return ok && strings.HasPrefix(s, prefix)
	}
}

func isOneOf(in []any) func(any) bool {
	return func(v any) bool { return oneOf(v, in) }
}

// within holds for a number, or a string that is a JSON number, from low to
// high; coordinates are published as both.
func within(low, high json.Number) func(any) bool {
	lo, hi := decimal(low), decimal(high)
	return func(v any) bool {
		n, ok := v.(json.Number)
		if s, isText := v.(string); isText && isNumber(s) && inRange(s) {
			n, ok = json.Number(s), true
		}
		if !ok {
			return false
		}
		d := decimal(n)
		return d.Cmp(lo) >= 0 && d.Cmp(hi) <= 0
	}
}
