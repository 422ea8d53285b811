package schema

import "github.com/segel-id/segel/internal/spill"

// contribution is what one record has to say to one group rule.
type contribution struct {
	rule  int32 // reference rules are behind those over groups
	group int32 // its place in the batch
	first int   // its amounts in the batch
	lacks uint8 // not 0: what is missing to judge the record, by missings
}

// digested is a digest for the set of one rule.
type digested struct {
	key  spill.Key
	rule int32
}

// reading is a record that one of the engines has read. It answers the
// definition's questions.
type reading interface {
	askNumber(k int) (n int64, ok bool)
	// askSmall says that every number behind it may be shown.
	askSmall(k int) bool
	askTruth(k int) truth
	// askScalars appends them; whole says that none is null.
	askScalars(parts []byte, k int) (out []byte, whole bool)
}

// decoded is a record as the reference has read it.
type decoded struct {
	asked  *questions
	record any
}

func (r *decoded) askNumber(k int) (n int64, ok bool) { return r.asked.numbers[k].eval(r.record) }

func (r *decoded) askSmall(k int) bool { return r.asked.numbers[k].small(r.record) }

func (r *decoded) askTruth(k int) truth {
	t, _ := r.asked.truths[k].eval(r.record)
	return t
}

func (r *decoded) askScalars(parts []byte, k int) ([]byte, bool) {
	return scalarsOf(r.record, parts, r.asked.lists[k])
}

// gather says what a sound record has to say to the rules over groups.
func (w *worker) gather(b *batch, r reading, record []byte, date dayNumber) {
	for i := range w.c.d.groups {
		w.alike[i].asked = false
	}
	for i := range w.c.d.groups {
		g := &w.c.d.groups[i]
		if g.dated() && date != noDay && !g.inForce(date) {
			continue
		}
		if g.each == nil {
			w.contribute(b, i, r, date)
			continue
		}
		if record != nil && g.simple && w.inPlace(g, func(e *rawReading) { w.contribute(b, i, e, date) }) {
			continue
		}
		of := &decoded{g.asked, w.decode(r, record).record}
		elements(of.record, *g.each, func([]string) bool {
			w.contribute(b, i, of, date)
			return true
		})
	}
}

// contribute says what a record, or one of its elements, has to say to one.
func (w *worker) contribute(b *batch, i int, r reading, date dayNumber) {
	g := &w.c.d.groups[i]
	if g.where >= 0 && r.askTruth(g.where) != yes {
		return
	}
	if g.dated() && date == noDay {
		w.unjudged(b, i, MissingDate)
		return
	}
	group, ok := w.group(b, g, r, date)
	if !ok {
		return
	}
	p := contribution{rule: int32(i), group: group, first: len(b.amounts)}
	switch g.form {
	case groupUnique:
		a := w.only(b, &p, g, r)
		if a.none {
			return
		}
		b.amounts = append(b.amounts, a)
	case groupGapless, groupEvery:
		n, ok := r.askNumber(g.number)
		a := amount{n: n, none: !ok}
		if g.form == groupEvery {
			a.holds = r.askTruth(g.holds)
		}
		b.amounts = append(b.amounts, a)
	case groupRequire:
		for k := range g.reckons {
			b.amounts = append(b.amounts, w.amount(b, &p, &g.reckons[k], r))
		}
	}
	b.parts = append(b.parts, p)
}

// only is what no other record of the group may have: a number that is kept as a
// mark, or else a digest.
func (w *worker) only(b *batch, p *contribution, g *groupRule, r reading) amount {
	if g.few > 0 {
		if n, ok := r.askNumber(g.number); ok && n >= 1 && n <= g.few {
			return amount{n: n}
		}
	}
	return w.digest(b, p, g.fields, r)
}

// amount is what one record of a group gives to a number over several.
func (w *worker) amount(b *batch, p *contribution, k *reckon, r reading) amount {
	if k.kind == reckonDistinct {
		return w.digest(b, p, k.at, r)
	}
	return k.ask(r)
}

// digest is an amount of which only matters which others are the same: none if one
// of the scalars is null.
func (w *worker) digest(b *batch, p *contribution, scalars int, r reading) amount {
	key, whole := w.within(&b.groups[p.group], r, scalars)
	if !whole {
		return amount{none: true}
	}
	b.digests = append(b.digests, digested{key, p.rule})
	return amount{n: int64(len(b.digests) - 1), digest: true}
}

func (k *reckon) ask(r reading) (a amount) {
	if k.kind != reckonRecords {
		n, ok := r.askNumber(k.of)
		return amount{n: n, none: !ok, great: !r.askSmall(k.of)}
	}
	if k.test < 0 || r.askTruth(k.test) == yes {
		a.n = 1
	}
	return a
}
