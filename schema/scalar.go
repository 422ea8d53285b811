package schema

import "unicode/utf8"

// plain is null, true or false.
func (m *machine) plain(n *shape, kind uint8, v seenKind) bool {
	for i := range n.asserts {
		a := &n.asserts[i]
		ok := a.types&kind != 0
		for _, s := range a.sets {
			ok = ok && (v == seenNull && s.types&typeNull != 0 || v != seenNull && s.hasTruth(v == seenTrue))
		}
		if !ok && !m.fail(a.group) {
			return false
		}
	}
	if n.slot >= 0 {
		switch v {
		case seenTrue:
			m.kinds[n.slot] = keptTrue
		case seenFalse:
			m.kinds[n.slot] = keptFalse
		}
	}
	if len(n.visits) > 0 || len(n.lost) > 0 {
		m.meet(n, &seen{kind: v})
	}
	return true
}

func (m *machine) textual(n *shape) bool {
	start := m.i + 1
	if n.foreseen != nil {
		if size, clean := m.foresee(n.foreseen, start); size > 0 {
			m.i = start + size + 1
			m.keepText(n, keptGood, start, m.b[start:start+size], clean)
			return true
		}
	}
	end, digits, escapes, foreign, ok := textEnd(m.b, start)
	if !ok {
		return false
	}
	text := m.b[start:end]
	m.i = end + 1
	kind, from := keptText, start
	if escapes {
		kind, from = keptDecoded, len(m.scratch)
		if m.scratch, ok = decodeText(m.scratch, text); !ok {
			return false
		}
		text = m.scratch[from:]
	} else if foreign && !utf8.Valid(text) {
		return false
	}
	f := n.foreseen
	if escapes || foreign {
		f = nil
	}
	switch {
	case f != nil && m.known(f, text):
		kind = keptGood
	case (len(text) < n.least || len(text) > n.most) && !m.assertText(n, text):
		return false
	case f != nil:
		m.remember(f, text)
	}
	m.keepText(n, kind, from, text, digits < leakDigits)
	return true
}

// keepText does with a text what its place wants. Clean says that the leak guard
// need not look at it.
func (m *machine) keepText(n *shape, kind uint8, from int, text []byte, clean bool) {
	if n.slot >= 0 {
		m.kinds[n.slot], m.vals[n.slot] = kind, int64(from)<<32|int64(from+len(text))
	}
	if n.tallied {
		m.meetText(n, text, kind == keptGood)
	}
	if !clean && !n.exempt && leak(text) != "" {
		m.leaky = true
	}
}

// assertText reports whether the record may still be sound with this text.
func (m *machine) assertText(n *shape, text []byte) bool {
	for i := range n.asserts {
		a := &n.asserts[i]
		ok := a.types&typeString != 0 && (a.text == nil || m.textHolds(a.text, text))
		for _, s := range a.sets {
			ok = ok && s.hasText(text)
		}
		if !ok && !m.fail(a.group) {
			return false
		}
	}
	return true
}

func (m *machine) numeric(n *shape) bool {
	start := m.i
	f, end := decimalAt(m.b, start)
	if end == 0 {
		for end = start; end < len(m.b) && isNumberByte(m.b[end]); {
			end++
		}
		var ok bool
		if f, ok = readFigure(m.b[start:end]); !ok {
			return false
		}
	}
	kind := typeFraction
	if f.whole {
		kind = typeInteger
	}
	for i := range n.asserts {
		a := &n.asserts[i]
		ok := a.types&kind != 0 && (a.num == nil || a.num.holds(&f))
		for _, s := range a.sets {
			ok = ok && s.hasNumber(&f)
		}
		if !ok && !m.fail(a.group) {
			return false
		}
	}
	m.keepNumber(n, &f, end)
	return true
}

// fraction is numeric for a fraction in a range in which there is nothing to be asked.
func (m *machine) fraction(n *shape) bool {
	f, end := decimalAt(m.b, m.i)
	if end == 0 || f.cmpWhole(n.quick.low) < 0 || f.cmpWhole(n.quick.high) > 0 {
		return false
	}
	m.keepNumber(n, &f, end)
	return true
}

// keepNumber does with a number what its place wants.
func (m *machine) keepNumber(n *shape, f *figure, end int) {
	start := m.i
	m.i = end
	if n.slot >= 0 {
		if f.whole {
			m.kinds[n.slot], m.vals[n.slot] = keptWhole, f.n
		} else {
			m.kinds[n.slot], m.vals[n.slot] = keptFraction, int64(start)<<32|int64(end)
			for _, r := range m.p.judge.ranges[n.slot] {
				m.truths[r.said] = truthOf(r.test.figure(f)) + 1
			}
		}
	}
	if n.tallied {
		m.meet(n, &seen{kind: seenNumber, number: *f})
	}
	if end-start >= leakNumber && !n.exempt && leakyNumber(m.b[start:end]) {
		m.leaky = true
	}
}

func (m *machine) textHolds(t *textual, text []byte) bool {
	return t.fits(text) && (t.pattern == nil || m.matches(t.pattern, text)) && (t.format == nil || t.format.holds(text))
}
