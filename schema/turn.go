package schema

import "slices"

// A turn is one question about the record with two answers, and what is asked next
// after each. Whether a rule is broken, its when true and its require false, needs no
// third truth value on the way: a conjunction is false if one of its parts is, a
// disjunction if all are, a negation if its part is true, and none of that asks what
// is unknown. So the rules that are no plain comparison are one path of turns, and a
// part that makes no difference any more is not looked at.
type turn struct {
	kind      turnKind
	op        comparison
	want      truth
	a, b      uint32 // slots, registers, a tally, a statement or a rule
	hit, miss uint32
	test      *test
}

type turnKind uint8

const (
	turnEnd     turnKind = iota // the first turn is the end of the path
	turnBroken                  // rule a is broken
	turnThere                   // does slot a hold something?
	turnNull                    // is one of the places of tally a null?
	turnFilled                  // or is one not?
	turnCompare                 // do registers a and b have numbers for which op holds?
	turnTest                    // does slot a hold something that passes, or fails, the test?
	turnFailed                  // has one of the places of tally a failed test b?
	turnTruth                   // is statement a as wanted?
)

// walk marks the rules on the path that are broken.
func (m *machine) walk() {
	turns, kinds, vals := m.p.judge.turns, m.kinds, m.vals
	for at := m.p.judge.start; at != 0; {
		t := &turns[at]
		hit := false
		switch t.kind {
		case turnBroken:
			m.todo[t.a>>6] |= 1 << (t.a & 63)
		case turnThere:
			hit = kinds[t.a] != keptNull
		case turnNull:
			hit = m.tallies[t.a].nulls > 0
		case turnFilled:
			hit = m.tallies[t.a].filled > 0
		case turnCompare:
			hit = kinds[t.a] == keptWhole && kinds[t.b] == keptWhole && t.op.holds(vals[t.a], vals[t.b])
		case turnTest:
			switch kind := kinds[t.a]; kind {
			case keptNull:
			case keptText, keptGood:
				passes := kind == keptGood && t.test.foreseen || t.test.text(m, m.b[vals[t.a]>>32:vals[t.a]&(1<<32-1)])
				hit = passes == (t.want == yes)
			default:
				hit = m.passes(int(t.a), t.test) == (t.want == yes)
			}
		case turnFailed:
			hit = m.tallies[t.a].tests[t.b].fails > 0
		case turnTruth:
			hit = m.truth(int(t.a)) == t.want
		}
		if at = t.miss; hit {
			at = t.hit
		}
	}
}

// pave makes the path, from its end: so what comes next is always known.
func (j *judge) pave() {
	j.turns = []turn{{kind: turnEnd}}
	for i, r := range slices.Backward(j.rules) {
		if j.said[r.require].kind == statementCompare {
			continue
		}
		broken := j.turn(turn{kind: turnBroken, a: uint32(i), miss: j.start})
		switch {
		case r.when < 0:
			j.start = j.ask(r.require, no, broken, j.start)
		case j.tries(r.require) && !j.tries(r.when): // patterns cost most
			j.start = j.ask(r.when, yes, j.ask(r.require, no, broken, j.start), j.start)
		default: // nearly every record keeps every rule
			j.start = j.ask(r.require, no, j.ask(r.when, yes, broken, j.start), j.start)
		}
	}
}

func (j *judge) turn(t turn) uint32 {
	j.turns = append(j.turns, t)
	return uint32(len(j.turns) - 1)
}

// ask puts turns on the path that lead to hit if the statement is as wanted, yes or
// no, else to miss. It gives the first of them.
func (j *judge) ask(k int, want truth, hit, miss uint32) uint32 {
	s := &j.said[k]
	switch s.kind {
	case statementAll, statementAny:
		if (s.kind == statementAll) == (want == yes) { // every part has to be as wanted
			for _, part := range slices.Backward(s.of) {
				hit = j.ask(part, want, hit, miss)
			}
			return hit
		}
		for _, part := range slices.Backward(s.of) {
			miss = j.ask(part, want, hit, miss)
		}
		return miss
	case statementNot:
		return j.ask(s.of[0], negate(want), hit, miss)
	case statementPresent, statementSome:
		if want == no {
			hit, miss = miss, hit
		}
		for _, p := range slices.Backward(s.at) {
			if s.kind == statementPresent {
				hit = j.askSpot(p, true, hit, miss)
			} else {
				miss = j.askSpot(p, false, hit, miss)
			}
		}
		if s.kind == statementPresent {
			return hit
		}
		return miss
	case statementCompare:
		op := s.op
		if want == no {
			op ^= less | same | more
		}
		return j.turn(turn{kind: turnCompare, a: uint32(s.a), b: uint32(s.b), op: op, hit: hit, miss: miss})
	case statementPlaces:
		switch p := s.at[0]; {
		case p.tally < 0 && s.test.kind != testWithin:
			return j.turn(turn{kind: turnTest, a: uint32(p.slot), want: want, test: s.test, hit: hit, miss: miss})
		case p.tally >= 0 && want == no:
			return j.turn(turn{kind: turnFailed, a: uint32(p.tally), b: uint32(s.index), hit: hit, miss: miss})
		}
	}
	return j.turn(turn{kind: turnTruth, a: uint32(k), want: want, hit: hit, miss: miss})
}

// askSpot puts a turn on the path that leads to hit if a place holds something: of
// several places all or, if not all are wanted, one.
func (j *judge) askSpot(p spot, all bool, hit, miss uint32) uint32 {
	switch {
	case p.tally < 0:
		return j.turn(turn{kind: turnThere, a: uint32(p.slot), hit: hit, miss: miss})
	case all:
		return j.turn(turn{kind: turnNull, a: uint32(p.tally), hit: miss, miss: hit})
	}
	return j.turn(turn{kind: turnFilled, a: uint32(p.tally), hit: hit, miss: miss})
}

// tries reports whether a pattern has to be tried to know a statement.
func (j *judge) tries(k int) bool {
	s := &j.said[k]
	return s.kind == statementPlaces && s.at[0].tally < 0 && s.test.kind == testMatch || slices.ContainsFunc(s.of, j.tries)
}
