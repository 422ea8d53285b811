package schema

import (
	"fmt"
	"math"
	"slices"
)

type termKind uint8

const (
	termConstant termKind = iota
	termSum
	termLargest
	termShare
	termDays
	termHours
	termSumAll     // of a tally
	termLargestAll // of a tally
	termCount      // 1 if the slot holds something that passes the test
	termCountAll   // of a tally
)

type term struct {
	kind     termKind
	of       []int // registers, or one tally
	n        int64
	num, den int64
	test     *test
	index    int // of the test in the tally
	rounding rounding
}

// short is the sum of three slots: many have two or three, and a sum without a
// loop costs a fraction. A third one may be a constant 0. A number of a record is
// within 2^53, so the sum fits.
type short struct{ a, b, c, sum int }

// simple is a term of one slot or tally, and its register.
type simple struct {
	of, to int
	term   *term
}

// sort puts the terms that need no other term into lists of one kind each: there
// are dozens, and finding out each time what each is costs more than it does, a
// tenth of all time for the rows of polling stations.
func (j *judge) sort() {
	zero := j.register(term{kind: termConstant})
	for i := range j.terms {
		t, to := &j.terms[i], len(j.slots)+i
		one := simple{term: t, to: to}
		if len(t.of) > 0 {
			one.of = t.of[0]
		}
		switch slot := one.of < len(j.slots); {
		case t.kind == termConstant: // filled in once
		case t.kind == termSum && len(t.of) <= 3 && !slices.ContainsFunc(t.of, func(r int) bool { return r >= len(j.slots) }):
			of := append(slices.Clone(t.of), zero, zero)
			j.sums = append(j.sums, short{of[0], of[1], of[2], to})
		case t.kind == termSumAll:
			j.totals = append(j.totals, one)
		case t.kind == termCount && t.test == nil:
			j.counts = append(j.counts, one)
		case t.kind == termShare && slot:
			j.shares = append(j.shares, one)
		default:
			j.rest = append(j.rest, i)
		}
	}
}

// compute fills the registers of all terms.
func (m *machine) compute() {
	j := m.p.judge
	kinds, vals := m.kinds, m.vals
	for i := range j.sums {
		s := &j.sums[i]
		whole := uint8(0)
		if (kinds[s.a]^keptWhole)|(kinds[s.b]^keptWhole)|(kinds[s.c]^keptWhole) == 0 {
			whole = keptWhole
		}
		kinds[s.sum], vals[s.sum] = whole, vals[s.a]+vals[s.b]+vals[s.c]
	}
	for i := range j.totals {
		t := &j.totals[i]
		all := &m.tallies[t.of]
		whole := uint8(0)
		if all.nulls == 0 && all.filled > 0 && all.whole == all.filled {
			whole = keptWhole
		}
		kinds[t.to], vals[t.to] = whole, all.sum
	}
	for i := range j.counts {
		t := &j.counts[i]
		n := int64(0)
		if kinds[t.of] != keptNull {
			n = 1
		}
		kinds[t.to], vals[t.to] = keptWhole, n
	}
	for i := range j.shares {
		t := &j.shares[i]
		kinds[t.to] = keptNull
		if kinds[t.of] == keptWhole {
			kinds[t.to], vals[t.to] = keptWhole, t.term.rounding.of(vals[t.of], t.term.num, t.term.den)
		}
	}
	at := len(j.slots)
	for _, i := range j.rest {
		t := &j.terms[i]
		var n int64
		ok := true
		switch t.kind {
		case termSum:
			for _, r := range t.of {
				if kinds[r] != keptWhole {
					ok = false
					break
				}
				n = add(n, vals[r])
			}
		case termLargest:
			n, ok = math.MinInt64, false
			for _, r := range t.of {
				if kinds[r] == keptWhole {
					n, ok = max(n, vals[r]), true
				}
			}
		case termShare:
			if ok = kinds[t.of[0]] == keptWhole; ok {
				n = t.rounding.of(vals[t.of[0]], t.num, t.den)
			}
		case termDays, termHours:
			if ok = m.isText(t.of[0]) && m.isText(t.of[1]); ok {
				n, ok = between(m.text(t.of[0]), m.text(t.of[1]), t.kind == termHours)
			}
		case termLargestAll:
			all := &m.tallies[t.of[0]]
			n, ok = all.top, all.whole > 0
		case termCount:
			if kinds[t.of[0]] != keptNull && m.passes(t.of[0], t.test) {
				n = 1
			}
		case termCountAll:
			all := &m.tallies[t.of[0]]
			if n = int64(all.filled); t.test != nil {
				n = int64(all.tests[t.index].holds)
			}
		}
		kinds[at+i] = keptNull
		if ok {
			kinds[at+i], vals[at+i] = keptWhole, n
		}
	}
}

// term gives the register of a number.
func (j *judge) term(e expr) int {
	switch t := e.(type) {
	case number:
		return j.place(t.at).slot
	case constant:
		return j.register(term{kind: termConstant, n: int64(t)})
	case sum:
		of := j.operands(t, termSumAll)
		if len(of) == 1 {
			return of[0]
		}
		return j.register(term{kind: termSum, of: of})
	case largest:
		return j.register(term{kind: termLargest, of: j.operands(t, termLargestAll)})
	case share:
		return j.register(term{kind: termShare, of: []int{j.term(t.of)}, num: t.num, den: t.den, rounding: t.rounding})
	case span:
		kind := termDays
		if t.hours {
			kind = termHours
		}
		return j.register(term{kind: kind, of: []int{j.place(t.from).slot, j.place(t.to).slot}})
	case count:
		s := j.place(t.at)
		var of *test
		if len(t.in) > 0 {
			of = j.test(test{kind: testIn, in: t.in})
		}
		if s.tally < 0 {
			return j.register(term{kind: termCount, of: []int{s.slot}, test: of})
		}
		return j.register(term{kind: termCountAll, of: []int{s.tally}, test: of})
	}
	return 0 // there are no others
}

func (j *judge) operands(list []expr, all termKind) []int {
	var of []int
	for _, e := range list {
		if p, is := e.(every); is {
			of = append(of, j.register(term{kind: all, of: []int{j.place(p.at).tally}}))
		} else {
			of = append(of, j.term(e))
		}
	}
	return of
}

// register gives equal terms one register.
func (j *judge) register(t term) int {
	key := fmt.Sprintf("term %d %v %d %d %d %d", t.kind, t.of, t.n, t.num, t.den, t.rounding)
	if t.test != nil {
		key += t.test.key()
	}
	if r, is := j.known[key]; is {
		return r
	}
	if t.kind == termCountAll && t.test != nil {
		t.index = j.tallies[t.of[0]].add(t.test)
	}
	j.terms = append(j.terms, t)
	r := len(j.slots) + len(j.terms) - 1
	j.known[key] = r
	return r
}
