package schema

import (
	"strconv"
	"strings"
)

// pointer is a JSON Pointer (RFC 6901) of the definition's author, with two
// wildcards as whole tokens: * is every element of an array and every member
// of an object, # is every member whose name is all digits (candidate and
// party numbers; the literal member "null" of Sirekap's charts is not one).
type pointer struct {
	text  string
	steps []string
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")
var escape = strings.NewReplacer("~", "~0", "/", "~1")

func parsePointer(text string) (pointer, bool) {
	if len(text) < 2 || text[0] != '/' || len(text) > 400 {
		return pointer{}, false
	}
	p := pointer{text: text}
	for _, step := range strings.Split(text[1:], "/") {
		for i := range len(step) {
			if step[i] == '~' && (i+1 == len(step) || step[i+1] != '0' && step[i+1] != '1') {
				return pointer{}, false
			}
		}
		if step == "" {
			return pointer{}, false
		}
		p.steps = append(p.steps, unescape.Replace(step))
	}
	return p, len(p.steps) <= maxDepth
}

func (p pointer) wild() bool {
	for _, s := range p.steps {
		if s == "*" || s == "#" {
			return true
		}
	}
	return false
}

// match is one place that a pointer leads to. A place whose last steps are
// missing, or that holds null, has the value nil: the two do not differ here.
type match struct {
	value any
	at    string // concrete indexes, wildcards for object members; "" unless asked for
}

// each calls f for every place that p leads to below v, until f returns false.
// Wildcards lead to what exists; a name leads to one place, present or not.
func (p pointer) each(v any, f func(m match) bool) {
	walk(v, p.steps, "", p.wild(), f)
}

// get is each for a pointer without wildcards.
func (p pointer) get(v any) any {
	for _, s := range p.steps {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[s]
	}
	return v
}

func walk(v any, steps []string, at string, track bool, f func(match) bool) bool {
	if len(steps) == 0 {
		return f(match{v, at})
	}
	step, rest := steps[0], steps[1:]
	below := func(name string) string {
		if !track {
			return ""
		}
		return at + "/" + escape.Replace(name)
	}
	switch t := v.(type) {
	case map[string]any:
		if step != "*" && step != "#" {
			return walk(t[step], rest, below(step), track, f)
		}
		for _, name := range sortedKeys(t) {
			if step == "*" || allDigits(name) {
				// The member's name is the sender's, so it is not shown.
				if !walk(t[name], rest, below(step), track, f) {
					return false
				}
			}
		}
		return true
	case []any:
		if step == "*" {
			for i, e := range t {
				if !walk(e, rest, below(strconv.Itoa(i)), track, f) {
					return false
				}
			}
			return true
		}
		return f(match{nil, ""})
	}
	if step == "*" || step == "#" {
		return true
	}
	return walk(nil, rest, below(step), track, f)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// place writes the way to a value of the record as a JSON pointer in the
// schema's own names. A member's name that the schema does not declare is the
// sender's text, so it is written as *.
func place(names map[string]bool, record any, path []string) string {
	var b strings.Builder
	for _, step := range path {
		b.WriteByte('/')
		switch t := record.(type) {
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(t) {
				return b.String() + "*"
			}
			b.WriteString(step) // an index, counted by us
			record = t[i]
			continue
		case map[string]any:
			record = t[step]
		}
		if names[step] {
			b.WriteString(escape.Replace(step))
		} else {
			b.WriteByte('*')
		}
	}
	return b.String()
}
