package schema

import (
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
	spans    []registers // of, as far as they follow one another
	flat     bool        // a sum of so few slots that it fits
}

// registers are those from first to before end.
type registers struct{ first, end int }

// maxFlat is how many numbers of a record have a sum that fits into 64 bits: each
// is within 2^53.
const maxFlat = 512

// short is the sum of three slots: many have two or three, and a sum without a
// loop costs a fraction. A third one may be a constant 0.
type short struct{ a, b, c, sum int }

// simple is a term of one slot or tally, and its register.
type simple struct {
	of, to int
	term   *term
}

// sort puts the terms that need no other term into lists of one kind each: there
// are dozens, and finding out each time what each is costs more than it does.
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
		case t.flat && len(t.of) <= 3:
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

// spans puts registers together that follow one another, because most sums are
// over neighbours.
func spans(of []int) (out []registers) {
	for _, r := range of {
		if n := len(out); n > 0 && out[n-1].end == r {
			out[n-1].end++
		} else {
			out = append(out, registers{r, r + 1})
		}
	}
	return out
}

// compute fills the registers of all terms.
func (m *machine) compute() {
	j := m.p.judge
	clear(m.truths)
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
			if t.flat {
				n, ok = m.flat(t.spans)
				break
			}
			for _, r := range t.of {
				if kinds[r] != keptWhole {
					ok = false
					break
				}
				n = add(n, vals[r])
			}
		case termLargest:
			n, ok = m.largest(t.spans)
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

// flat adds up slots. Each is within 2^53, so the sum fits; what a slot that is
// no whole number adds does not matter then.
func (m *machine) flat(spans []registers) (n int64, ok bool) {
	other := uint8(0)
	for _, s := range spans {
		for _, kind := range m.kinds[s.first:s.end] {
			other |= kind ^ keptWhole
		}
		for _, v := range m.vals[s.first:s.end] {
			n += v
		}
	}
	return n, other == 0
}

// largest gives the greatest of the whole numbers among registers.
func (m *machine) largest(spans []registers) (top int64, some bool) {
	top = math.MinInt64
	for _, s := range spans {
		vals := m.vals[s.first:s.end]
		for i, kind := range m.kinds[s.first:s.end] {
			v := vals[i]
			if kind != keptWhole {
				v = math.MinInt64
			} else {
				some = true
			}
			top = max(top, v)
		}
	}
	return top, some
}
