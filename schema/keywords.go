package schema

import (
	"encoding/json"
	"regexp"
	"strings"
)

// gather collects what a subschema says, and makes groups where its parts need
// not hold.
func (b *builder) gather(l *layers, schema any, group uint16) {
	if b.shapes++; b.shapes > maxShapes {
		b.fail("too many subschemas")
	}
	m, ok := schema.(map[string]any)
	if !ok {
		if schema != true {
			l.n.asserts = append(l.n.asserts, assertion{group: group}) // no type is right
		}
		return
	}
	if b.why != "" {
		return
	}
	for _, k := range []string{"unevaluatedProperties", "unevaluatedItems"} {
		if _, is := m[k]; is {
			b.fail(k)
			return
		}
	}
	b.assert(l, m, group)
	l.parts = append(l.parts, part{m, group})
	if ref, is := m["$ref"].(string); is {
		b.gather(l, b.defs[strings.TrimPrefix(ref, "#/$defs/")], group)
	}
	for _, s := range list(m["allOf"]) {
		b.gather(l, s, group)
	}
	alone := func(schema any) uint16 {
		g := b.group()
		b.gather(l, schema, g)
		return g
	}
	join := func(kind jointKind, groups ...uint16) {
		l.n.joints = append(l.n.joints, joint{kind, group, groups})
	}
	for kind, k := range []string{joinAny: "anyOf", joinOne: "oneOf"} {
		if branches := list(m[k]); len(branches) > 0 {
			var groups []uint16
			for _, s := range branches {
				groups = append(groups, alone(s))
			}
			join(jointKind(kind), groups...)
		}
	}
	if s, is := m["not"]; is {
		join(joinNot, alone(s))
	}
	if s, is := m["if"]; is {
		groups := []uint16{alone(s), 0, 0}
		if then, is := m["then"]; is {
			groups[1] = alone(then)
		}
		if other, is := m["else"]; is {
			groups[2] = alone(other)
		}
		join(joinIf, groups...)
	}
	dependent, _ := m["dependentSchemas"].(map[string]any)
	for _, name := range sortedKeys(dependent) {
		g := alone(dependent[name])
		l.when = append(l.when, when{name, g})
		join(joinObject, g)
	}
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// assert compiles what a subschema says about the value itself.
func (b *builder) assert(l *layers, m map[string]any, group uint16) {
	a := assertion{group: group, types: typeAll}
	if t, is := m["type"]; is {
		a.types = 0
		names, many := t.([]any)
		if !many {
			names = []any{t}
		}
		for _, name := range names {
			s, _ := name.(string)
			a.types |= typeNames[s]
		}
	}
	if v, is := m["const"]; is {
		a.sets = append(a.sets, newSet([]any{v}))
	}
	if v, is := m["enum"].([]any); is {
		a.sets = append(a.sets, newSet(v))
	}
	for _, s := range a.sets {
		l.n.boxes = l.n.boxes || s.boxes
		s.pattern = b.foreseeable(s.all)
	}
	t := textual{min: b.whole(m, "minLength", 0), max: b.whole(m, "maxLength", -1)}
	if p, is := m["pattern"].(string); is {
		t.pattern = b.matcher(p)
	}
	if f, is := m["format"].(string); is {
		t.format = b.format(f)
	}
	if t.min > 0 || t.max >= 0 || t.pattern != nil || t.format != nil {
		a.text = &t
	}
	n := numeric{
		low: limit(m["minimum"]), high: limit(m["maximum"]),
		above: limit(m["exclusiveMinimum"]), below: limit(m["exclusiveMaximum"]), multiple: limit(m["multipleOf"]),
	}
	if n != (numeric{}) {
		a.num = &n
	}
	if a.types != typeAll || a.text != nil || a.num != nil || a.sets != nil {
		l.n.asserts = append(l.n.asserts, a)
	}
}

func limit(v any) *bound {
	n, ok := v.(json.Number)
	if !ok {
		return nil
	}
	b := newBound(n)
	return &b
}

// whole gives a limit of length or number of things.
func (b *builder) whole(m map[string]any, keyword string, without int) int {
	v, is := m[keyword].(json.Number)
	if !is {
		return without
	}
	n, ok := integer(v)
	if !ok || n < 0 {
		b.fail(keyword)
	}
	return int(min(n, 1<<30))
}

func (b *builder) matcher(pattern string) *matcher {
	m := b.matchers[pattern]
	if m == nil {
		re, err := regexp.Compile(pattern)
		if err != nil {
			b.fail("pattern")
			return nil
		}
		m = newMatcher(re, &b.work)
		m.id = b.prog.matchers
		b.prog.matchers++
		b.matchers[pattern] = m
	}
	return m
}

func (b *builder) format(name string) *format {
	f := b.formats[name]
	if f == nil {
		var ok bool
		if f, ok = newFormat(name); !ok {
			b.fail("format")
			return nil
		}
		b.formats[name] = f
	}
	return f
}
