package schema

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

	tracks  []tracks // of every pattern
	habits  []habit  // of every place where texts are foreseen
	learned int      // how many tracks there are

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
