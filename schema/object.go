package schema

import "unicode/utf8"

// object reads an object. Members mostly come in the order in which they came
// in the record before, so the name that is expected next is compared before
// anything is looked up.
func (m *machine) object(n *shape, depth int) bool {
	o := n.object
	follow := m.follows[o.id]
	last := 0 // 1 behind the declared member before, 0 at first
	var has members256
	size := 0
	undeclared := m.names.open()
	m.way[depth] = inObject
	begin := m.i
	b, i := m.b, skip(m.b, begin+1)
	if i < len(b) && b[i] == '}' {
		m.i = i + 1
		return m.endObject(n, &has, 0, begin)
	}
	for {
		if k := int(follow[last]); k < len(o.members) && o.members[k].quick != nil {
			i, last, size = m.numbers(o, follow, &has, i, last, size, depth)
		}
		var below *shape
		known := -1
		if k := o.expected(b[i:], follow, last); k >= 0 {
			known, i = k, i+len(o.members[k].quoted)
		} else {
			var ok bool
			m.i = i
			if known, below, ok = m.name(n, undeclared); !ok {
				return false
			}
			i = m.i
			if known >= 0 { // between what came before and what was expected
				follow[known+1], follow[last] = follow[last], uint16(known)
			}
		}
		size++
		if known >= 0 {
			if has.has(known) {
				return false // twice
			}
			has.add(known)
			below, last = o.members[known].shape, known+1
		}
		if i = skip(b, i); i == len(b) {
			return false
		}
		m.i = i
		switch c := b[i]; {
		case c == '"' && below.plain && depth < maxDepth:
			if m.values++; m.values > maxValues || !m.textual(below) {
				return false
			}
			i = m.i
		default:
			if end := m.short(below, i, depth); end > 0 {
				i = end
				break
			}
			if !m.value(below, depth+1) {
				return false
			}
			i = m.i
		}
		if i = skip(b, i); i == len(b) {
			return false
		}
		switch b[i] {
		case ',':
			i = skip(b, i+1)
		case '}':
			m.i = i + 1
			m.names.close(undeclared)
			return m.endObject(n, &has, size, begin)
		default:
			return false
		}
	}
}

// maxSkipped limits how many members are compared before one is looked up.
const maxSkipped = 8

// expected gives the member whose name, quotes and colon come next, if it is one of
// those that are expected behind the last one: most members can be left out, so the
// next may be any of several. -1: it is none of them.
func (o *objectShape) expected(b []byte, follow []uint16, last int) int {
	for range maxSkipped {
		k := int(follow[last])
		if k >= len(o.members) {
			break
		}
		if o.members[k].begins(b) {
			return k
		}
		last = k + 1
	}
	return -1
}

// begins reports whether the member's name, its quotes and the colon come next.
func (e *member) begins(b []byte) bool {
	if len(b) < windowBytes {
		return len(b) > len(e.quoted) && string(b[:len(e.quoted)]) == e.quoted
	}
	return e.window.begins(b) && (len(e.quoted) <= windowBytes ||
		len(b) > len(e.quoted) && string(b[windowBytes:len(e.quoted)]) == e.quoted[windowBytes:])
}

// name reads a member's name that was not expected, and the colon.
func (m *machine) name(n *shape, undeclared scope) (known int, below *shape, ok bool) {
	if m.i == len(m.b) || m.b[m.i] != '"' {
		return 0, nil, false
	}
	start := m.i + 1
	end, digits, escapes, foreign, ok := textEnd(m.b, start)
	if !ok {
		return 0, nil, false
	}
	name := m.b[start:end]
	m.i = end + 1
	if escapes {
		from := len(m.scratch)
		if m.scratch, ok = decodeText(m.scratch, name); !ok {
			return 0, nil, false
		}
		name = m.scratch[from:]
	} else if foreign && !utf8.Valid(name) {
		return 0, nil, false
	}
	m.space()
	if m.i == len(m.b) || m.b[m.i] != ':' {
		return 0, nil, false
	}
	m.i++
	o := n.object
	if known, is := o.index[string(name)]; is {
		return known, nil, true
	}
	if !m.names.add(name, undeclared) {
		return 0, nil, false
	}
	if digits >= leakDigits && !n.exempt && leak(name) != "" && !m.p.names[string(name)] {
		m.leaky = true
	}
	matched := 0
	for k, p := range o.patterns {
		if p.match(name) {
			matched |= 1 << k
		}
	}
	if o.digits && onlyDigits(name) {
		matched |= 1 << len(o.patterns)
	}
	return -1, o.others[matched], true
}

func onlyDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return len(b) > 0
}

// endObject says what only the whole object can tell.
func (m *machine) endObject(n *shape, has *members256, size, begin int) bool {
	o := n.object
	for i := range n.asserts {
		a := &n.asserts[i]
		if a.types&typeObject != 0 && len(a.sets) == 0 {
			continue
		}
		if a.types&typeObject != 0 && n.boxes {
			m.unsure = true
			continue
		}
		if !m.fail(a.group) {
			return false
		}
	}
	for i := range o.rules {
		r := &o.rules[i]
		ok := size >= r.min && (r.max < 0 || size <= r.max) && has.covers(&r.required)
		for _, w := range r.implied {
			ok = ok && (!has.has(w.member) || has.covers(&w.required))
		}
		if !ok && !m.fail(r.group) {
			return false
		}
	}
	for _, d := range o.depends {
		if !has.has(d.member) {
			m.failed[d.group] = false
		}
	}
	for _, l := range o.lost {
		if !has.has(l.member) {
			m.lose(l.tally, false)
		}
	}
	m.keepBox(n, begin)
	return true
}

func (m *machine) keepBox(n *shape, begin int) {
	if n.slot >= 0 {
		m.kinds[n.slot], m.vals[n.slot] = keptBox, int64(begin)<<32|int64(m.i)
	}
	for _, k := range n.visits {
		m.count(k, &seen{kind: seenBox})
	}
}
