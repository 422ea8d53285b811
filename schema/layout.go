package schema

import "slices"

// object compiles what the parts say about members. Every name that a part or
// a pointer mentions gets a shape of its own; all other members share one, or
// one for each set of patterns that their names match.
func (b *builder) object(l *layers, steps []step) {
	o := &objectShape{id: len(b.prog.objects), index: map[string]int{}}
	names := map[string]bool{}
	var patterns []string
	for _, p := range l.parts {
		m := p.schema.(map[string]any)
		for name := range dict(m["properties"]) {
			names[name] = true
		}
		for _, name := range list(m["required"]) {
			names[name.(string)] = true
		}
		for name, required := range dict(m["dependentRequired"]) {
			names[name] = true
			for _, name := range list(required) {
				names[name.(string)] = true
			}
		}
		for pattern := range dict(m["patternProperties"]) {
			if !slices.Contains(patterns, pattern) {
				patterns = append(patterns, pattern)
			}
		}
	}
	for _, w := range l.when {
		names[w.name] = true
	}
	for _, s := range steps {
		switch name := b.points[s.route].at.steps[s.done]; name {
		case "*":
		case "#":
			o.digits = true
		default:
			names[name] = true
		}
	}
	if len(names) > maxMembers {
		b.fail("more than 256 members of one object")
		return
	}
	if len(patterns) > maxPatterns {
		b.fail("more than 3 patternProperties of one object")
		return
	}
	slices.Sort(patterns)
	for _, p := range patterns {
		o.patterns = append(o.patterns, b.matcher(p))
	}
	for name := range names {
		o.index[name] = 0
	}
	for i, name := range sortedNames(o.index) {
		o.index[name] = i
	}
	b.prog.objects = append(b.prog.objects, len(names))
	o.members = make([]member, len(names))
	for name, i := range o.index {
		quoted := string(appendString(nil, []byte(name))) + ":"
		o.members[i] = member{name: name, quoted: quoted, window: newWindow(quoted)}
	}
	b.objectRules(l, o)
	for _, s := range l.n.lost {
		r := b.lostRest(steps, s.tally)
		if i, is := o.index[r]; is && s.absent {
			s.member = i
			o.lost = append(o.lost, s)
		}
	}
	if b.why != "" {
		return
	}
	for i := range o.members {
		name := o.members[i].name
		matched := 0
		for k, p := range o.patterns {
			if p.match([]byte(name)) {
				matched |= 1 << k
			}
		}
		e := &o.members[i]
		e.shape = b.member(l, steps, patterns, name, true, matched, allDigits(name))
		if q := e.shape.quick; q != nil && !q.fractions && len(e.quoted) <= windowBytes {
			e.quick = q
		}
	}
	kinds := 1 << len(patterns)
	for matched := range kinds {
		o.others = append(o.others, b.member(l, steps, patterns, "", false, matched, false))
	}
	if o.digits {
		for matched := range kinds {
			o.others = append(o.others, b.member(l, steps, patterns, "", false, matched, true))
		}
	}
	l.n.object = o
}

// member compiles one member: what properties say about its name if it is
// declared, what the patterns say that match it, else additionalProperties.
func (b *builder) member(l *layers, steps []step, patterns []string, name string, declared bool, matched int, digits bool) *shape {
	var parts []part
	for _, p := range l.parts {
		m := p.schema.(map[string]any)
		said := false
		if s, is := dict(m["properties"])[name]; is && declared {
			parts, said = append(parts, part{s, p.group}), true
		}
		for k, pattern := range patterns {
			if s, is := dict(m["patternProperties"])[pattern]; is && matched&(1<<k) != 0 {
				parts, said = append(parts, part{s, p.group}), true
			}
		}
		if s, is := m["additionalProperties"]; is && !said {
			parts = append(parts, part{s, p.group})
		}
	}
	var on []step
	for _, s := range steps {
		next := b.points[s.route].at.steps[s.done]
		if next == "*" || next == "#" && digits || declared && next == name {
			on = append(on, step{s.route, s.done + 1})
		}
	}
	return b.shape(parts, on, l.n.exempt)
}

// objectRules compiles required, the numbers of members and what depends on
// the presence of one.
func (b *builder) objectRules(l *layers, o *objectShape) {
	has := func(v any) (set members256) {
		for _, name := range list(v) {
			set.add(o.index[name.(string)])
		}
		return set
	}
	for _, p := range l.parts {
		m := p.schema.(map[string]any)
		r := objectRule{group: p.group, min: b.whole(m, "minProperties", 0), max: b.whole(m, "maxProperties", -1), required: has(m["required"])}
		for name, required := range dict(m["dependentRequired"]) {
			r.implied = append(r.implied, implied{o.index[name], has(required)})
		}
		if r.min > 0 || r.max >= 0 || r.required != (members256{}) || r.implied != nil {
			o.rules = append(o.rules, r)
		}
	}
	for _, w := range l.when {
		o.depends = append(o.depends, depend{o.index[w.name], w.group})
	}
}

// lostRest gives the name that a tally's pointer has next.
func (b *builder) lostRest(steps []step, tally int) string {
	for _, s := range steps {
		if r := b.points[s.route]; r.tally == tally {
			return r.at.steps[s.done]
		}
	}
	return ""
}

// array compiles what the parts say about elements.
func (b *builder) array(l *layers, steps []step) {
	if b.why != "" {
		return
	}
	a := &arrayShape{}
	longest := 0
	for _, p := range l.parts {
		m := p.schema.(map[string]any)
		longest = max(longest, len(list(m["prefixItems"])))
		r := arrayRule{group: p.group, min: b.whole(m, "minItems", 0), max: b.whole(m, "maxItems", -1), unique: m["uniqueItems"] == true}
		if _, is := m["contains"]; is {
			r.contains = b.group()
			r.atLeast, r.atMost = b.whole(m, "minContains", 1), b.whole(m, "maxContains", -1)
			r.counter = b.prog.counters
			b.prog.counters++
		}
		if r.min > 0 || r.max >= 0 || r.unique || r.contains != 0 {
			a.rules = append(a.rules, r)
		}
	}
	for i := range longest {
		a.prefix = append(a.prefix, b.element(l, a, steps, i))
	}
	a.items = b.element(l, a, steps, longest)
	l.n.array = a
}

func (b *builder) element(l *layers, a *arrayShape, steps []step, i int) *shape {
	var parts []part
	rule := 0
	for _, p := range l.parts {
		m := p.schema.(map[string]any)
		prefix := list(m["prefixItems"])
		if i < len(prefix) {
			parts = append(parts, part{prefix[i], p.group})
		} else if s, is := m["items"]; is {
			parts = append(parts, part{s, p.group})
		}
		if s, is := m["contains"]; is {
			for a.rules[rule].contains == 0 {
				rule++
			}
			parts = append(parts, part{s, a.rules[rule].contains})
			rule++
		}
	}
	var on []step
	for _, s := range steps {
		if b.points[s.route].at.steps[s.done] == "*" {
			on = append(on, step{s.route, s.done + 1})
		}
	}
	return b.shape(parts, on, l.n.exempt)
}

func dict(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func sortedNames(m map[string]int) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (s *members256) add(i int) { s[i>>6] |= 1 << (i & 63) }

func (s *members256) has(i int) bool { return s[i>>6]&(1<<(i&63)) != 0 }

// covers reports whether all of want are in s.
func (s *members256) covers(want *members256) bool {
	return want[0]&^s[0] == 0 && want[1]&^s[1] == 0 && want[2]&^s[2] == 0 && want[3]&^s[3] == 0
}
