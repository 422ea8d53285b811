package schema

import "fmt"

type statementKind uint8

const (
	statementCompare statementKind = iota
	statementAll
	statementAny
	statementNot
	statementPresent
	statementSome
	statementPlaces
	statementSame   // of two slots
	statementBegins // of two slots
)

type statement struct {
	kind  statementKind
	op    comparison
	a, b  int   // registers, or slots
	of    []int // in said
	at    []spot
	test  *test
	index int // of the test in the tally
}

// statement gives equal statements one number.
func (j *judge) statement(c cond) int {
	var s statement
	key := ""
	switch t := c.(type) {
	case compare:
		s = statement{kind: statementCompare, op: t.op, a: j.term(t.a), b: j.term(t.b)}
	case allOf:
		s = statement{kind: statementAll, of: j.parts(t)}
	case anyOf:
		s = statement{kind: statementAny, of: j.parts(t)}
	case not:
		s = statement{kind: statementNot, of: j.parts([]cond{t.c})}
	case present:
		s = statement{kind: statementPresent, at: j.spots(t)}
		for _, p := range s.at {
			if p.tally >= 0 {
				j.tallies[p.tally].wayToNull = true
			}
		}
	case some:
		s = statement{kind: statementSome, at: j.spots(t)}
	case places:
		s = statement{kind: statementPlaces, at: j.spots([]pointer{t.at})}
		key = t.test.key()
	case relate:
		s = statement{kind: statementSame, a: j.place(t.a).slot, b: j.place(t.b).slot}
		if t.begins {
			s.kind = statementBegins
		}
	}
	key = fmt.Sprintf("statement %d %d %d %d %v %v %s", s.kind, s.op, s.a, s.b, s.of, s.at, key)
	if k, is := j.known[key]; is {
		return k
	}
	if t, is := c.(places); is {
		s.test = j.test(t.test)
		s.test.placed = true
		if k := s.at[0].tally; k >= 0 {
			s.index = j.tallies[k].add(s.test)
		}
	}
	j.said = append(j.said, s)
	j.known[key] = len(j.said) - 1
	return len(j.said) - 1
}

func (j *judge) test(t test) *test {
	t.set = newSet(t.in)
	if t.re != nil {
		t.matcher = j.work.matcher(t.re.String())
	} else if t.kind == testIn {
		t.matcher = j.work.foreseeable(t.set.all)
	}
	return &t
}

func (j *judge) parts(list []cond) (of []int) {
	for _, c := range list {
		of = append(of, j.statement(c))
	}
	return of
}

func (j *judge) spots(list []pointer) (at []spot) {
	for _, p := range list {
		at = append(at, j.place(p))
	}
	return at
}
