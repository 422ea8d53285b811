package schema

import (
	"bytes"
	"unicode/utf8"
)

// object reads an object. Members mostly come in the order in which they came
// in the record before, so the bytes of the name that is expected next are
// compared before anything is looked up.
func (m *machine) object(n *shape, depth int) bool {
	o := n.object
	follow := m.follows[o.id]
	last := 0 // 1 behind the declared member before, 0 at first
	var has members256
	size := 0
	undeclared := m.names.open()
	m.way[depth] = inObject
	m.i++
	if m.space(); m.i < len(m.b) && m.b[m.i] == '}' {
		m.i++
		return m.endObject(n, &has, 0)
	}
	for {
		var below *shape
		b, i := m.b, m.i
		known := -1
		if len(o.members) > 0 {
			k := int(follow[last])
			if q := o.members[k].quoted; len(b)-i > len(q) && string(b[i:i+len(q)]) == q {
				known, m.i = k, i+len(q)
			}
		}
		if known < 0 {
			var ok bool
			if known, below, ok = m.name(n, undeclared); !ok {
				return false
			}
			if known >= 0 {
				follow[last] = uint16(known)
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
		if m.i < len(m.b) && m.b[m.i] <= ' ' {
			m.space()
		}
		if (depth == maxDepth || !m.short(below)) && !m.value(below, depth+1) {
			return false
		}
		if m.i < len(m.b) && m.b[m.i] <= ' ' {
			m.space()
		}
		if m.i == len(m.b) {
			return false
		}
		switch m.b[m.i] {
		case ',':
			m.i++
			if m.i < len(m.b) && m.b[m.i] <= ' ' {
				m.space()
			}
		case '}':
			m.i++
			m.names.close(undeclared)
			return m.endObject(n, &has, size)
		default:
			return false
		}
	}
}

// short reads a whole number in a place where a range is all there is to say.
// False: nothing was read.
func (m *machine) short(n *shape) bool {
	q := n.quick
	if q == nil {
		return false
	}
	b, i := m.b, m.i
	if len(b)-i < 17 {
		return false
	}
	v := int64(b[i]) - '0'
	if uint64(v) > 9 {
		return false
	}
	if v == 0 {
		i++
	} else {
		for i++; uint8(b[i]-'0') <= 9; {
			v = v*10 + int64(b[i]-'0')
			if i++; i-m.i > 15 {
				return false // and 16 digits are for the leak guard
			}
		}
	}
	if c := b[i]; c != ',' && c != '}' && c != ']' || v < q.low || v > q.high {
		return false
	}
	if m.values++; m.values > maxValues {
		m.values--
		return false
	}
	m.i = i
	if q.slot >= 0 {
		m.kinds[q.slot], m.vals[q.slot] = keptWhole, v
	}
	if q.tallied {
		for _, k := range n.visits {
			m.countWhole(k, v)
		}
		for i := range n.lost {
			if n.lost[i].absent {
				m.lose(n.lost[i].tally, false)
			}
		}
	}
	return true
}

// name reads a member's name that was not expected, and the colon.
func (m *machine) name(n *shape, undeclared scope) (known int, below *shape, ok bool) {
	if m.i == len(m.b) || m.b[m.i] != '"' {
		return 0, nil, false
	}
	start := m.i + 1
	end, escapes, foreign, digits, ok := textEnd(m.b, start)
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
		name, digits = m.scratch[from:], leakNumber // an escape may be a digit
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
func (m *machine) endObject(n *shape, has *members256, size int) bool {
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
	m.keepBox(n)
	return true
}

func (m *machine) keepBox(n *shape) {
	if n.slot >= 0 {
		m.kinds[n.slot] = keptBox
	}
	for _, k := range n.visits {
		m.count(k, &seen{kind: seenBox})
	}
}

// array reads a list.
func (m *machine) array(n *shape, depth int) bool {
	a := n.array
	for i := range a.rules {
		if r := &a.rules[i]; r.contains != 0 {
			m.counted[r.counter] = 0
		}
	}
	begin := m.i
	m.i++
	size := 0
	if m.space(); m.i < len(m.b) && m.b[m.i] == ']' {
		m.i++
		return m.endArray(n, 0, begin)
	}
	for {
		m.way[depth] = int32(size)
		below := a.items
		if size < len(a.prefix) {
			below = a.prefix[size]
		}
		for i := range a.rules {
			if r := &a.rules[i]; r.contains != 0 {
				m.failed[r.contains] = false
			}
		}
		if (depth == maxDepth || !m.short(below)) && !m.value(below, depth+1) {
			return false
		}
		for i := range a.rules {
			if r := &a.rules[i]; r.contains != 0 && !m.failed[r.contains] {
				m.counted[r.counter]++
			}
		}
		size++
		if m.i < len(m.b) && m.b[m.i] <= ' ' {
			m.space()
		}
		if m.i == len(m.b) {
			return false
		}
		switch m.b[m.i] {
		case ',':
			m.i++
			if m.i < len(m.b) && m.b[m.i] <= ' ' {
				m.space()
			}
		case ']':
			m.i++
			return m.endArray(n, size, begin)
		default:
			return false
		}
	}
}

func (m *machine) endArray(n *shape, size, begin int) bool {
	for i := range n.asserts {
		a := &n.asserts[i]
		if a.types&typeArray != 0 && len(a.sets) == 0 {
			continue
		}
		if a.types&typeArray != 0 && n.boxes {
			m.unsure = true
			continue
		}
		if !m.fail(a.group) {
			return false
		}
	}
	for i := range n.array.rules {
		r := &n.array.rules[i]
		ok := size >= r.min && (r.max < 0 || size <= r.max)
		if r.contains != 0 {
			c := m.counted[r.counter]
			ok = ok && c >= r.atLeast && (r.atMost < 0 || c <= r.atMost)
		}
		if r.unique && size > 1 {
			m.unsure = m.unsure || !distinct(m.b[begin:m.i])
		}
		if !ok && !m.fail(r.group) {
			return false
		}
	}
	for _, l := range n.lost {
		if l.list {
			m.lose(l.tally, true)
		}
	}
	m.keepBox(n)
	return true
}

// distinct reports whether a list is short, of texts without escapes, and none
// of them appears twice. About other lists the reference decides.
func distinct(list []byte) bool {
	const most = 32
	var items [most][]byte
	n := 0
	for i := 1; i < len(list); i++ {
		switch list[i] {
		case ' ', '\t', '\n', '\r', ',', ']':
			continue
		case '"':
		default:
			return false
		}
		end, escapes, _, _, _ := textEnd(list, i+1)
		item := list[i+1 : end]
		if escapes || n == most {
			return false
		}
		for _, other := range items[:n] {
			if bytes.Equal(item, other) {
				return false
			}
		}
		items[n] = item
		n++
		i = end
	}
	return true
}
