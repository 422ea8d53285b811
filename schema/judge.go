package schema

import (
	"cmp"
	"slices"
)

// A judge is a definition's values and rules over registers: first one for
// each place that a rule, a value, a key or the legal date names, filled while
// the record is read, then one for each number computed from them. Every
// number is computed once, whoever mentions it.
type judge struct {
	slots    []pointer // registers that are filled by the machine
	tallies  []tally
	terms    []term // registers behind the slots, in order
	rules    []ruling
	plain    [][]plain        // those of them that are plain comparisons, of 64 rules each,
	turns    []turn           // and the path of the others,
	start    uint32           // which begins here
	sums     []short          // of the terms, those that need no other term:
	totals   []simple         // sums of tallies
	counts   []simple         // of slots
	shares   []simple         // of slots
	rest     []int            // and the others, in order
	said     []statement      // each once, however many rules say it
	values   map[string]int   // named value to register
	ranges   [][]ranged       // of every slot
	required map[spot][]*test // patterns that rules require of all texts of a place
	keys     []int
	date     int // -1: none
	asked    *questions
	numbers  []int   // registers of the questions' numbers
	truths   []int   // statements of the questions' conditions
	lists    [][]int // slots of the questions' scalars

	slot  map[string]int // while it is made
	tally map[string]int
	known map[string]int
	work  *builder
}

// ruling is a rule with its conditions compiled.
type ruling struct {
	rule          *rule
	when, require int // in said; when < 0: always
}

// plain is a rule whose require is a comparison of two registers.
type plain struct {
	a, b, rule uint32
	op         comparison
}

// spot is a place, or all places of a pointer with wildcards.
type spot struct {
	slot  int // -1: tally
	tally int
}

func newJudge(d *Definition, b *builder) *judge {
	j := &judge{asked: &d.asked, values: map[string]int{}, date: -1, required: map[spot][]*test{}, slot: map[string]int{}, tally: map[string]int{}, known: map[string]int{}, work: b}
	// All slots first, because terms are numbered behind them.
	for _, k := range d.keys {
		j.keys = append(j.keys, j.place(k).slot)
	}
	if d.legalDate != nil && (d.dated || len(d.groups)+len(d.references) > 0) { // else nobody asks
		j.date = j.place(*d.legalDate).slot
	}
	// The longest lists first, so that their places are neighbours.
	names := sortedValues(d.values)
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(len(pointersOf(d.values[b])), len(pointersOf(d.values[a])))
	})
	for _, name := range names {
		j.places(d.values[name])
	}
	for i := range d.rules {
		j.places(d.rules[i].when)
		j.places(d.rules[i].require)
	}
	for _, e := range d.asked.numbers {
		j.places(e)
	}
	for _, c := range d.asked.truths {
		j.places(c)
	}
	for _, list := range d.asked.lists {
		var slots []int
		for _, p := range list {
			slots = append(slots, j.place(p).slot)
		}
		j.lists = append(j.lists, slots)
	}
	j.around(d)
	for _, name := range sortedValues(d.values) {
		j.values[name] = j.term(d.values[name])
	}
	for i := range d.rules {
		r := ruling{rule: &d.rules[i], when: -1, require: j.statement(d.rules[i].require)}
		if i%64 == 0 {
			j.plain = append(j.plain, nil)
		}
		if s := &j.said[r.require]; s.kind == statementCompare {
			j.plain[i/64] = append(j.plain[i/64], plain{uint32(s.a), uint32(s.b), uint32(i % 64), s.op})
		}
		if s := &j.said[r.require]; s.kind == statementPlaces && s.test.matcher != nil {
			j.required[s.at[0]] = append(j.required[s.at[0]], s.test)
		}
		if d.rules[i].when != nil {
			r.when = j.statement(d.rules[i].when)
		}
		j.rules = append(j.rules, r)
	}
	for _, e := range d.asked.numbers {
		j.numbers = append(j.numbers, j.term(e))
	}
	for _, c := range d.asked.truths {
		j.truths = append(j.truths, j.statement(c))
	}
	j.sort()
	j.bound()
	j.pave()
	return j
}

// around gives a place to what rules over elements want to know of the record
// around them, if they read the elements where they stand.
func (j *judge) around(d *Definition) {
	for i := range d.groups {
		if g := &d.groups[i]; g.simple {
			j.place(g.list())
			if g.where >= 0 {
				j.places(g.asked.truths[g.where])
			}
		}
	}
	for _, list := range d.askedOfElements.lists {
		for _, p := range list {
			j.place(p)
		}
	}
}

// place gives the slot or tally of a pointer: none, if it leads into an element.
func (j *judge) place(p pointer) spot {
	if p.ofElement() {
		return spot{-1, -1}
	}
	if p.wild() {
		k, is := j.tally[p.text]
		if !is {
			k = len(j.tallies)
			j.tally[p.text] = k
			j.tallies = append(j.tallies, tally{at: p})
		}
		return spot{-1, k}
	}
	k, is := j.slot[p.text]
	if !is {
		k = len(j.slots)
		j.slot[p.text] = k
		j.slots = append(j.slots, p)
	}
	return spot{k, -1}
}

// places gives every pointer in an expr or cond its slot.
func (j *judge) places(v any) {
	switch t := v.(type) {
	case number:
		j.place(t.at)
	case every:
		j.place(t.at)
	case count:
		j.place(t.at)
	case share:
		j.places(t.of)
	case span:
		j.place(t.from)
		j.place(t.to)
	case sum:
		for _, e := range t {
			j.places(e)
		}
	case largest:
		for _, e := range t {
			j.places(e)
		}
	case compare:
		j.places(t.a)
		j.places(t.b)
	case allOf:
		for _, c := range t {
			j.places(c)
		}
	case anyOf:
		for _, c := range t {
			j.places(c)
		}
	case not:
		j.places(t.c)
	case present:
		for _, p := range t {
			j.place(p)
		}
	case some:
		for _, p := range t {
			j.place(p)
		}
	case places:
		j.place(t.at)
	case relate:
		j.place(t.a)
		j.place(t.b)
	}
}

func (t *tally) add(of *test) int {
	t.tests = append(t.tests, of)
	return len(t.tests) - 1
}

func sortedValues(m map[string]expr) []string {
	names := map[string]int{}
	for name := range m {
		names[name] = 0
	}
	return sortedNames(names)
}
