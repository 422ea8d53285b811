package schema

import (
	"slices"
	"strconv"
	"strings"
)

// A rule with each is about every element of a list or member of an object: it
// is evaluated once for each, on the decoded record with the element under a
// name that no definition declares. So its pointers that begin with each lead
// into the element, and everything else is as in other rules.
const elementName = "\x00"

// element compiles an each: a pointer that ends in a wildcard. nil is none.
func (c *compiler) element(v any, where string) *pointer {
	if v == nil {
		return nil
	}
	p := c.declared(v, where)
	if c.err != nil {
		return nil
	}
	if last := p.steps[len(p.steps)-1]; last != "*" && last != "#" {
		c.fail(where)
	}
	return &p
}

// bind leads a pointer that begins with each into the element.
func (c *compiler) bind(p pointer) pointer {
	if c.each == nil || len(p.steps) < len(c.each.steps) || !slices.Equal(p.steps[:len(c.each.steps)], c.each.steps) {
		return p
	}
	return pointer{text: p.text, steps: append([]string{elementName}, p.steps[len(c.each.steps):]...)}
}

// list leads to what holds the elements of the rule.
func (g *groupRule) list() pointer {
	last := len(g.each.steps) - 1
	return pointer{text: g.each.text[:strings.LastIndexByte(g.each.text, '/')], steps: g.each.steps[:last]}
}

// ofElement reports whether the pointer leads into the element.
func (p pointer) ofElement() bool { return p.steps[0] == elementName }

// whole gives the steps of a pointer as it was written.
func (p pointer) whole() []string {
	q, _ := parsePointer(p.text)
	return q.steps
}

// elements calls f for every element that the pointer leads to, with the way
// to it, until f returns false. Members come by the order of their names. The
// element stands under elementName meanwhile.
func elements(record any, each pointer, f func(way []string) bool) {
	m, ok := record.(map[string]any)
	if !ok {
		return
	}
	own, is := m[elementName] // a sender may have chosen the same name
	defer func() {
		if delete(m, elementName); is {
			m[elementName] = own
		}
	}()
	var way []string
	descend(record, each.steps, &way, func(v any) bool {
		m[elementName] = v
		return f(way)
	})
}

func descend(v any, steps []string, way *[]string, f func(v any) bool) bool {
	if len(steps) == 0 {
		return f(v)
	}
	into := func(name string, v any) bool {
		*way = append(*way, name)
		defer func() { *way = (*way)[:len(*way)-1] }()
		return descend(v, steps[1:], way, f)
	}
	wild := steps[0] == "*" || steps[0] == "#"
	switch t := v.(type) {
	case map[string]any:
		if !wild {
			return into(steps[0], t[steps[0]])
		}
		for _, name := range sortedKeys(t) {
			if (len(*way) > 0 || name != elementName) && (steps[0] == "*" || allDigits(name)) && !into(name, t[name]) {
				return false
			}
		}
	case []any:
		if steps[0] != "*" {
			return true
		}
		for i, e := range t {
			if !into(strconv.Itoa(i), e) {
				return false
			}
		}
	}
	return true
}

// named appends the names at the wildcards of a way, so that members there meet
// members here of the same name.
func named(parts []byte, each *pointer, way []string) []byte {
	for i, step := range each.steps {
		if step == "*" || step == "#" {
			parts = keyPart(parts, 'm', []byte(way[i]))
		}
	}
	return parts
}
