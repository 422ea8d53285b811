package schema

import "unicode/utf8"

// A machine runs a program over one record after the other. It is for one
// goroutine, and allocates nothing but room that it keeps.
type machine struct {
	p *program

	b       []byte // the record
	i       int    // how far it has been read
	values  int
	scratch []byte // decoded texts
	parts   []byte // of the key
	names   names  // of undeclared members
	failed  []bool // groups
	counted []int  // of contains

	kinds   []uint8 // registers
	vals    []int64
	tallies []tallied
	truths  []truth  // of statements
	todo    []uint64 // rules that are to be looked at, a bit for each
	way     [maxDepth + 2]int32

	// follows has, for every object of the program, which member is expected
	// behind each member, and first: the order in which they came so far.
	follows [][]uint16

	tracks []tracks // of every pattern
	habits []habit  // of every place where texts are foreseen

	leaky  bool // the record holds something for the leak guard
	unsure bool // only the reference can tell
}

func newMachine(p *program) *machine {
	if m, is := p.pool.Get().(*machine); is {
		return m
	}
	j := p.judge
	registers := len(j.slots) + len(j.terms)
	m := &machine{
		p: p, failed: make([]bool, p.groups+1), counted: make([]int, p.counters),
		kinds: make([]uint8, registers), vals: make([]int64, registers), tallies: make([]tallied, len(j.tallies)),
		truths: make([]truth, len(j.said)), todo: make([]uint64, len(j.plain)), follows: make([][]uint16, len(p.objects)),
		tracks: make([]tracks, p.matchers), habits: make([]habit, p.habits),
	}
	for i, t := range j.tallies {
		m.tallies[i].tests = make([]tested, len(t.tests))
	}
	for i := range j.terms {
		if t := &j.terms[i]; t.kind == termConstant {
			m.kinds[len(j.slots)+i], m.vals[len(j.slots)+i] = keptWhole, t.n
		}
	}
	for i, n := range p.objects {
		m.follows[i] = make([]uint16, n+1)
		for k := range m.follows[i] {
			m.follows[i][k] = uint16(n) // nothing is expected yet
		}
	}
	return m
}

// run reads one record and reports whether it is sound. Unless it is unsure,
// the registers and tallies are filled then.
func (m *machine) run(record []byte) bool {
	m.b, m.i, m.values = record, 0, 0
	m.scratch, m.leaky, m.unsure = m.scratch[:0], false, false
	m.names.reset()
	clear(m.kinds[:len(m.p.judge.slots)])
	clear(m.truths)
	for i := range m.tallies {
		m.tallies[i].reset()
	}
	if !m.value(m.p.root, 0) {
		return false
	}
	m.space()
	return m.i == len(m.b)
}

func (m *machine) space() { m.i = skip(m.b, m.i) }

// skip gives the place of the first byte from i on that is not blank.
func skip(b []byte, i int) int {
	if i < len(b) && b[i] <= ' ' {
		return blanks(b, i)
	}
	return i
}

func blanks(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// fail notes that something in a group does not hold, and reports whether the
// record may still be sound.
func (m *machine) fail(group uint16) bool {
	m.failed[group] = true
	return group != 0
}

// value reads one value of shape n.
func (m *machine) value(n *shape, depth int) bool {
	if m.values++; depth > maxDepth || m.values > maxValues {
		return false
	}
	m.space()
	if m.i == len(m.b) {
		return false
	}
	if n.first != n.last {
		clear(m.failed[n.first:n.last])
	}
	ok := false
	switch c := m.b[m.i]; c {
	case '"':
		ok = m.textual(n)
	case '{':
		ok = m.object(n, depth)
		if len(n.joints) > 0 {
			return ok && m.join(n, true)
		}
		return ok
	case '[':
		ok = m.array(n, depth)
	case 'n':
		ok = m.literal("null") && m.plain(n, typeNull, seenNull)
	case 't':
		ok = m.literal("true") && m.plain(n, typeBoolean, seenTrue)
	case 'f':
		ok = m.literal("false") && m.plain(n, typeBoolean, seenFalse)
	default:
		if c != '-' && !isDigit(c) {
			return false
		}
		if n.quick != nil && n.quick.fractions && m.fraction(n) {
			return true
		}
		ok = m.numeric(n)
	}
	return ok && (len(n.joints) == 0 || m.join(n, false))
}

func (m *machine) literal(word string) bool {
	end := m.i + len(word)
	if end > len(m.b) || string(m.b[m.i:end]) != word {
		return false
	}
	m.i = end
	return true
}

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

// meet counts a value that is no object in the tallies that lead to it or
// would lead further.
func (m *machine) meet(n *shape, v *seen) {
	for _, k := range n.visits {
		m.count(k, v)
	}
	for i := range n.lost {
		if n.lost[i].absent {
			m.lose(n.lost[i].tally, false)
		}
	}
}

// meetText is meet for a text. good says that it is as foreseen.
func (m *machine) meetText(n *shape, text []byte, good bool) {
	for _, k := range n.visits {
		m.countText(k, text, good)
	}
	for i := range n.lost {
		if n.lost[i].absent {
			m.lose(n.lost[i].tally, false)
		}
	}
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

// join says what follows from the groups that ended with a value.
func (m *machine) join(n *shape, object bool) bool {
	failed := m.failed
	for i := range n.joints {
		if j := &n.joints[i]; !j.holds(object, failed) && !m.fail(j.parent) {
			return false
		}
	}
	return true
}

// holds reports whether what is said about the groups is true.
func (j *joint) holds(object bool, failed []bool) bool {
	held := 0
	for _, g := range j.groups {
		if !failed[g] {
			held++
		}
	}
	switch j.kind {
	case joinAny:
		return held > 0
	case joinOne:
		return held == 1
	case joinNot:
		return held == 0
	case joinIf:
		then := j.groups[1]
		if failed[j.groups[0]] {
			then = j.groups[2]
		}
		return then == 0 || !failed[then]
	}
	return !object || held == 1 // joinObject
}
