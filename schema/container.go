package schema

import "bytes"

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
		if m.i < len(m.b) && m.b[m.i] == '"' && below.plain && depth < maxDepth {
			if m.values++; m.values > maxValues || !m.textual(below) {
				return false
			}
		} else if end := m.short(below, m.i, depth); end > 0 {
			m.i = end
		} else if !m.value(below, depth+1) {
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
	m.keepBox(n, begin)
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
		end, _, escapes, _, _ := textEnd(list, i+1)
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
