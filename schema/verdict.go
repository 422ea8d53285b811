package schema

// What the machine keeps in a register. Texts, lists and objects are kept as their
// place in the record or, if they had to be decoded, in the scratch.
const (
	keptNull uint8 = iota // or absent, or, of a term, no value
	keptWhole
	keptFraction
	keptText
	keptGood // a text that is as foreseen
	keptDecoded
	keptFalse
	keptTrue
	keptBox
)

// text gives what a register of a text or fraction stands for.
func (m *machine) text(r int) []byte {
	from, to := m.vals[r]>>32, m.vals[r]&(1<<32-1)
	if m.kinds[r] == keptDecoded {
		return m.scratch[from:to]
	}
	return m.b[from:to]
}

func (m *machine) isText(r int) bool { return m.kinds[r] >= keptText && m.kinds[r] <= keptDecoded }

// recall gives a slot's value back as it was seen.
func (m *machine) recall(r int) (v seen) {
	switch m.kinds[r] {
	case keptWhole:
		v.kind, v.number = seenNumber, figure{whole: true, n: m.vals[r]}
	case keptFraction:
		v.kind = seenNumber
		v.number, _ = readFigure(m.text(r))
	case keptText, keptGood, keptDecoded:
		v.kind, v.text = seenText, m.text(r)
	case keptFalse:
		v.kind = seenFalse
	case keptTrue:
		v.kind = seenTrue
	case keptBox:
		v.kind = seenBox
	}
	return v
}

func (m *machine) passes(r int, t *test) bool {
	if m.isText(r) {
		return t.text(m, m.text(r))
	}
	v := m.recall(r)
	return t.holds(m, &v)
}

// truth gives what a statement says of the record, computed once.
func (m *machine) truth(k int) truth {
	s := &m.p.judge.said[k]
	if s.kind == statementCompare {
		if m.kinds[s.a] != keptWhole || m.kinds[s.b] != keptWhole {
			return unknown
		}
		return truthOf(s.op.holds(m.vals[s.a], m.vals[s.b]))
	}
	if m.truths[k] == 0 { // nobody has asked yet
		m.truths[k] = m.weigh(s) + 1
	}
	return m.truths[k] - 1
}

// pick chooses the rules that are to be looked at: of plain comparisons, which
// most rules are, those that do not hold, and of the others those that are broken.
// Comparing takes the same steps whatever the numbers are, because a processor
// cannot guess how they compare.
func (m *machine) pick() {
	j := m.p.judge
	kinds := m.kinds
	vals := m.vals[:len(kinds)]
	for k, list := range j.plain {
		todo := uint64(0)
		for i := range list {
			p := &list[i]
			under, over, broken := uint8(0), uint8(0), uint64(0)
			if vals[p.a] < vals[p.b] {
				under = 1
			}
			if vals[p.a] > vals[p.b] {
				over = 1
			}
			if p.op&(same>>under<<over)|comparison((kinds[p.a]^keptWhole)|(kinds[p.b]^keptWhole)) == 0 {
				broken = 1
			}
			todo |= broken << (p.rule & 63)
		}
		m.todo[k] = todo
	}
	m.walk()
}

func (m *machine) weigh(s *statement) truth {
	switch s.kind {
	case statementAll:
		result := yes
		for _, part := range s.of {
			switch m.truth(part) {
			case no:
				return no
			case unknown:
				result = unknown
			}
		}
		return result
	case statementAny:
		result := no
		for _, part := range s.of {
			switch m.truth(part) {
			case yes:
				return yes
			case unknown:
				result = unknown
			}
		}
		return result
	case statementNot:
		return negate(m.truth(s.of[0]))
	case statementPresent:
		for _, p := range s.at {
			if p.tally < 0 && m.kinds[p.slot] == keptNull || p.tally >= 0 && m.tallies[p.tally].nulls > 0 {
				return no
			}
		}
		return yes
	case statementSome:
		for _, p := range s.at {
			if p.tally < 0 && m.kinds[p.slot] != keptNull || p.tally >= 0 && m.tallies[p.tally].filled > 0 {
				return yes
			}
		}
		return no
	case statementSame, statementBegins:
		a, b := m.recall(s.a), m.recall(s.b)
		return related(&a, &b, s.kind == statementBegins)
	}
	p := s.at[0]
	if p.tally < 0 {
		if m.kinds[p.slot] == keptNull {
			return unknown
		}
		return truthOf(m.passes(p.slot, s.test))
	}
	t := &m.tallies[p.tally]
	switch {
	case t.tests[s.index].fails > 0:
		return no
	case t.nulls > 0 || t.filled == 0:
		return unknown
	}
	return yes
}

// place names the first place that makes a false statement false, as the
// reference does; empty if it is about no place of several.
func (m *machine) place(k int) string {
	s := &m.p.judge.said[k]
	switch s.kind {
	case statementAll:
		for _, part := range s.of {
			if m.truth(part) == no {
				return m.place(part)
			}
		}
	case statementAny:
		for _, part := range s.of {
			if at := m.place(part); m.truth(part) == no && at != "" {
				return at
			}
		}
	case statementPresent:
		for _, p := range s.at {
			if p.tally < 0 && m.kinds[p.slot] == keptNull {
				return ""
			}
			if p.tally >= 0 && m.tallies[p.tally].nulls > 0 {
				return m.p.judge.tallies[p.tally].pointer(m.tallies[p.tally].nullAt)
			}
		}
	case statementPlaces:
		if k := s.at[0].tally; k >= 0 && m.tallies[k].tests[s.index].fails > 0 {
			return m.p.judge.tallies[k].pointer(m.tallies[k].tests[s.index].failAt)
		}
	}
	return ""
}

// small is [expr.small] over registers.
func (m *machine) small(e expr) bool {
	j := m.p.judge
	switch t := e.(type) {
	case number:
		r := j.slot[t.at.text]
		return m.kinds[r] != keptWhole || small(m.vals[r])
	case every:
		return !m.tallies[j.tally[t.at.text]].great
	case share:
		return m.small(t.of)
	case sum:
		return m.allSmall(t)
	case largest:
		return m.allSmall(t)
	}
	return true
}

func (m *machine) allSmall(list []expr) bool {
	for _, e := range list {
		if !m.small(e) {
			return false
		}
	}
	return true
}

// The questions of rules over several records, answered from the registers.

func (m *machine) askNumber(k int) (n int64, ok bool) {
	r := m.p.judge.numbers[k]
	return m.vals[r], m.kinds[r] == keptWhole
}

func (m *machine) askSmall(k int) bool {
	j := m.p.judge
	if r := j.numbers[k]; r < len(j.slots) { // a place
		return m.kinds[r] != keptWhole || small(m.vals[r])
	}
	return m.small(j.asked.numbers[k])
}

func (m *machine) askTruth(k int) truth { return m.truth(m.p.judge.truths[k]) }

func (m *machine) askScalars(parts []byte, k int) (out []byte, whole bool) {
	whole = true
	for _, r := range m.p.judge.lists[k] {
		var some bool
		parts, some = m.scalar(parts, r)
		whole = whole && some
	}
	return parts, whole
}
