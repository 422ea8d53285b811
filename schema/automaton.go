package schema

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// A matcher answers whether a pattern matches a text, as package regexp does,
// at one table look-up per byte. Texts with bytes beyond ASCII, and patterns
// that would need too large a table, are left to package regexp, which is
// linear too and allocates nothing either.
type matcher struct {
	re    *regexp.Regexp
	table [][256]uint8 // nil: no automaton; state and byte to state
	ends  []bool       // whether a text may end in the state
	start uint8
	tail  int // how many bytes at the end decide alone; 0: all
	run   run // of a pattern that matches anywhere in a text

	forks []*fork // by state; nil: none
	id    int     // of the tracks of a machine
}

// The first states of every automaton are ends of the way.
const (
	stateNever  = iota // no text that begins like this matches
	stateAlways        // every text that begins like this matches
	stateOther         // a byte beyond ASCII: package regexp decides
	statesFirst
)

const (
	maxStates  = 250     // of one automaton: a state is a byte, a table 64 KiB
	maxPattern = 500     // instructions of a pattern that becomes an automaton
	maxWork    = 8 << 20 // instructions looked at for all automata of a definition: some 50 ms
)

func (m *matcher) match(text []byte) bool {
	if m.table == nil {
		return m.re.Match(text)
	}
	if m.run.size > 0 && !m.run.in(text) {
		return false
	}
	s := m.start
	part := m.part(text)
	for i, c := range part {
		if s = m.table[s][c]; s < statesFirst {
			if s == stateOther || m.tail > 0 && foreign(part[i:]) {
				return m.re.Match(text)
			}
			return s == stateAlways
		}
	}
	return m.ends[s]
}

// foreign reports whether a text has bytes beyond ASCII. As many bytes of it are not
// as many characters: its last characters begin further ahead.
func foreign(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// part is what decides of a text.
func (m *matcher) part(text []byte) []byte {
	if m.tail > 0 && len(text) > m.tail {
		return text[len(text)-m.tail:]
	}
	return text
}

// newMatcher compiles a pattern and takes what it costs from work.
func newMatcher(re *regexp.Regexp, work *int) *matcher {
	m := &matcher{re: re}
	parsed, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil {
		return m
	}
	longest := newRun(parsed)
	parsed = parsed.Simplify()
	prog, err := syntax.Compile(parsed)
	if err != nil || len(prog.Inst) > maxPattern {
		return m
	}
	n := tail(parsed)
	a := &automaton{prog: prog, work: work, fixed: n > 0, known: map[string]uint8{}, mark: make([]bool, len(prog.Inst))}
	if a.build() {
		m.table, m.ends, m.start = a.table, a.ends, a.start
		m.tail = n
		if prog.StartCond()&syntax.EmptyBeginText == 0 {
			m.run = longest
		}
		for s := range m.table {
			m.forks = append(m.forks, m.newFork(uint8(s), work))
		}
	}
	return m
}

// automaton is a pattern's table in the making: the subset construction. A
// state is the instructions that wait for the next byte, and what the byte
// before was, because ^, $ and \b look at both sides.
type automaton struct {
	prog  *syntax.Prog
	work  *int
	known map[string]uint8
	sets  [][]uint32 // of each state
	prior []rune     // of each state: -1 at the beginning, else one that stands for its class
	table [][256]uint8
	ends  []bool
	start uint8
	mark  []bool
	queue []uint32
	fixed bool           // a match begins where the text does, which is a tail
	looks syntax.EmptyOp // what the pattern asks of the bytes at either side
}

func (a *automaton) build() bool {
	for range statesFirst {
		a.sets, a.prior = append(a.sets, nil), append(a.prior, 0)
		a.table, a.ends = append(a.table, [256]uint8{}), append(a.ends, false)
	}
	for i := range a.prog.Inst {
		if in := &a.prog.Inst[i]; in.Op == syntax.InstEmptyWidth {
			a.looks |= syntax.EmptyOp(in.Arg)
		}
	}
	var ok bool
	if a.start, ok = a.state([]uint32{uint32(a.prog.Start)}, -1); !ok {
		return false
	}
	for s := statesFirst; s < len(a.sets); s++ {
		var row [256]uint8
		for c := range 256 {
			if c >= 0x80 {
				row[c] = stateOther
				continue
			}
			if row[c], ok = a.step(a.sets[s], a.prior[s], rune(c)); !ok {
				return false
			}
		}
		a.table[s] = row
		_, a.ends[s] = a.closure(a.sets[s], a.prior[s], -1)
		if *a.work < 0 {
			return false
		}
	}
	return true
}

// step gives the state behind byte c.
func (a *automaton) step(set []uint32, prior, c rune) (uint8, bool) {
	waiting, matched := a.closure(set, prior, c)
	if matched {
		return stateAlways, true
	}
	var next []uint32
	for _, pc := range waiting {
		if in := &a.prog.Inst[pc]; in.MatchRune(c) && !slices.Contains(next, in.Out) {
			next = append(next, in.Out)
		}
	}
	if !a.fixed && a.prog.StartCond()&syntax.EmptyBeginText == 0 { // else it cannot match from here on
		if start := uint32(a.prog.Start); !slices.Contains(next, start) {
			next = append(next, start)
		}
	}
	if len(next) == 0 {
		return stateNever, true
	}
	return a.state(next, a.class(c))
}

// class gives a rune that looks the same to what stands behind it.
func (a *automaton) class(c rune) rune {
	switch {
	case c == '\n' && a.looks&syntax.EmptyBeginLine != 0:
		return '\n'
	case syntax.IsWordChar(c) && a.looks&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0:
		return 'a'
	}
	return ' '
}

func (a *automaton) state(set []uint32, prior rune) (uint8, bool) {
	slices.Sort(set)
	key := make([]byte, 0, 2*len(set)+1)
	key = append(key, byte(prior))
	for _, pc := range set {
		key = append(key, byte(pc), byte(pc>>8))
	}
	if s, ok := a.known[string(key)]; ok {
		return s, true
	}
	if len(a.sets) >= maxStates {
		return 0, false
	}
	s := uint8(len(a.sets))
	a.known[string(key)] = s
	a.sets, a.prior = append(a.sets, set), append(a.prior, prior)
	a.table, a.ends = append(a.table, [256]uint8{}), append(a.ends, false)
	return s, true
}

// closure follows what needs no byte, between the bytes prior and c, either of
// which is -1 at an end of the text.
func (a *automaton) closure(set []uint32, prior, c rune) (waiting []uint32, matched bool) {
	flags := syntax.EmptyOpContext(prior, c)
	clear(a.mark)
	*a.work -= len(a.mark)/8 + 1
	a.queue = append(a.queue[:0], set...)
	for len(a.queue) > 0 {
		pc := a.queue[len(a.queue)-1]
		a.queue = a.queue[:len(a.queue)-1]
		if a.mark[pc] {
			continue
		}
		a.mark[pc] = true
		*a.work--
		switch in := &a.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			a.queue = append(a.queue, in.Arg, in.Out)
		case syntax.InstCapture, syntax.InstNop:
			a.queue = append(a.queue, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^flags == 0 {
				a.queue = append(a.queue, in.Out)
			}
		case syntax.InstMatch:
			matched = true
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			waiting = append(waiting, pc)
		}
	}
	return waiting, matched
}
