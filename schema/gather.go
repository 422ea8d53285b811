package schema

import (
	"cmp"
	"context"
	"slices"
)

// contribution is what one record has to say to one group rule.
type contribution struct {
	group   int      // index of the rule; reference rules are behind those over groups
	key     [16]byte // of the group
	first   int      // its amounts in the batch
	missing Missing  // not empty: what is missing to judge the record
}

// reading is a record that one of the engines has read. It answers the
// definition's questions.
type reading interface {
	askNumber(k int) (n int64, ok, small bool)
	askTruth(k int) truth
	// askScalars appends them; whole says that none is null.
	askScalars(parts []byte, k int) (out []byte, whole bool)
}

// gather says what a sound record has to say to the rules over groups.
func (w *worker) gather(b *batch, r reading, record []byte, date dayNumber) {
	w.common.asked = nil
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
	key, ok := w.group(g, r, date)
	if !ok {
		return
	}
	p := contribution{group: i, key: key, first: len(b.amounts)}
	if g.form == groupUnique {
		if digest, whole := w.within(key, r, g.fields); whole {
			b.amounts = append(b.amounts, amount{digest: digest})
			b.parts = append(b.parts, p)
		}
		return
	}
	if g.form != groupRequire {
		n, ok, _ := r.askNumber(g.number)
		a := amount{n: n, none: !ok}
		if g.form == groupEvery {
			a.holds = r.askTruth(g.holds)
		}
		b.amounts = append(b.amounts, a)
	}
	for k := range g.reckons {
		b.amounts = append(b.amounts, w.amount(&g.reckons[k], r, key))
	}
	b.parts = append(b.parts, p)
}

// amount is what one record of a group gives to a number over several.
func (w *worker) amount(k *reckon, r reading, group [16]byte) (a amount) {
	if k.kind != reckonDistinct {
		return k.ask(r)
	}
	digest, whole := w.within(group, r, k.at)
	return amount{digest: digest, none: !whole}
}

func (k *reckon) ask(r reading) (a amount) {
	if k.kind != reckonRecords {
		n, ok, small := r.askNumber(k.of)
		return amount{n: n, none: !ok, great: !small}
	}
	if k.test < 0 || r.askTruth(k.test) == yes {
		a.n = 1
	}
	return a
}

// maxGroupsOfRule limits the groups of one rule.
const maxGroupsOfRule = 4 << 20

// gathered is what the records so far have said to one group rule.
type gathered struct {
	index   map[[16]byte]int32
	first   []int32  // of every group, its first record
	amounts []amount // of every group, as many as the rule reckons, or one
	seen    keys     // digests, of unique and of all distinct
	members []ranked // of gapless and every
	repeats []int32  // of unique: records that repeat
	taken   int      // elements, of a rule with each
}

// ranked is a record of a group that is looked at in the order of a number.
type ranked struct {
	group int32
	holds truth
	n     int64
}

// enter takes what record n has to say. It reports false if there are more
// groups than can be kept.
func (t *gathered) enter(g *groupRule, p *contribution, amounts []amount, n int) bool {
	if g.form == groupUnique {
		if last := len(t.repeats) - 1; !t.seen.add(amounts[0].digest) && (last < 0 || t.repeats[last] != int32(n)) {
			t.repeats = append(t.repeats, int32(n))
		}
		return true
	}
	k, is := t.index[p.key]
	if !is {
		if len(t.first) == maxGroupsOfRule {
			return false
		}
		if t.index == nil {
			t.index = map[[16]byte]int32{}
		}
		k = int32(len(t.first))
		t.index[p.key] = k
		t.first = append(t.first, int32(n))
		for i := range g.reckons {
			t.amounts = append(t.amounts, g.reckons[i].begin())
		}
		if g.form != groupRequire {
			t.amounts = append(t.amounts, amount{})
		}
	}
	if g.form != groupRequire {
		t.amounts[k].none = t.amounts[k].none || amounts[0].none
		t.members = append(t.members, ranked{k, amounts[0].holds, amounts[0].n})
		return true
	}
	mine := t.amounts[int(k)*len(g.reckons):]
	for i := range g.reckons {
		a := &amounts[i]
		fresh := false
		if g.reckons[i].kind == reckonDistinct && !a.none {
			a.digest[14] ^= byte(i >> 8) // one set for all of them
			a.digest[15] ^= byte(i)
			fresh = t.seen.add(a.digest)
		}
		g.reckons[i].enter(&mine[i], a, fresh)
	}
	return true
}

// enter hands record n's parts to the rules over groups.
func (c *check) enter(b *batch, parts []contribution, n int) error {
	for i := range parts {
		p := &parts[i]
		if p.missing != "" {
			c.miss(p, n)
			continue
		}
		g, t := &c.d.groups[p.group], &c.gathered[p.group]
		if g.each != nil {
			t.taken++
		}
		if t.taken > max(c.opt.MaxRecords, maxGroupsOfRule) || !t.enter(g, p, b.amounts[p.first:], n) {
			return &Error{Reason: ReasonTooLarge, Record: n}
		}
	}
	return nil
}

// finish judges the groups, by the order of the rules and then by that of the
// records: neither maps nor goroutines have a say in it.
func (c *check) finish(ctx context.Context) error {
	for i := range c.gathered {
		if err := ctx.Err(); err != nil {
			return err
		}
		g, t := &c.d.groups[i], &c.gathered[i]
		switch g.form {
		case groupUnique:
			for _, n := range t.repeats {
				c.late(g, int(n), nil)
			}
		case groupRequire:
			of := &reckoning{}
			for k, n := range t.first {
				of.amounts = t.amounts[k*len(g.reckons) : (k+1)*len(g.reckons)]
				if said, _ := g.require.eval(of); said == no {
					c.late(g, int(n), of)
				}
			}
		default:
			for k, said := range t.ordered(g) {
				if said == no {
					c.late(g, int(t.first[k]), nil)
				}
			}
		}
	}
	c.report.GroupsPartial = len(c.gathered) > 0 && c.report.Errors > 0
	c.notJudged()
	return nil
}

// ordered judges every group whose members all have a number by their order.
func (t *gathered) ordered(g *groupRule) []truth {
	verdicts := make([]truth, len(t.first))
	slices.SortStableFunc(t.members, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.n, b.n))
	})
	for rest := t.members; len(rest) > 0; {
		k := rest[0].group
		n := slices.IndexFunc(rest, func(m ranked) bool { return m.group != k })
		if n < 0 {
			n = len(rest)
		}
		if !t.amounts[k].none {
			verdicts[k] = judgeOrder(g, rest[:n])
		}
		rest = rest[n:]
	}
	return verdicts
}

func judgeOrder(g *groupRule, of []ranked) truth {
	if g.form == groupGapless {
		last := int64(0)
		for _, m := range of {
			if m.n != last && m.n != last+1 || m.n < 1 {
				return no
			}
			last = m.n
		}
		return yes
	}
	result := yes
	for len(of) > 0 {
		block := floor(of[0].n-1, g.size)
		best, different := no, int64(0)
		n := 0
		for ; n < len(of) && floor(of[n].n-1, g.size) == block; n++ {
			if n == 0 || of[n].n != of[n-1].n {
				different++
			}
			switch {
			case of[n].holds == yes:
				best = yes
			case of[n].holds == unknown && best == no:
				best = unknown
			}
		}
		of = of[n:]
		switch {
		case different < g.size: // nobody can say who is missing
		case best == no:
			return no
		case best == unknown:
			result = unknown
		}
	}
	return result
}

// late enters a finding about a group behind those of single records.
func (c *check) late(g *groupRule, n int, of *reckoning) {
	f := c.finding(&g.rule, "", func(name string) (int64, bool, bool) {
		e := g.values[name]
		n, ok := e.eval(of)
		return n, ok, e.small(of)
	})
	f.Record = n
	c.report.addLate(f, f.Kind == KindRule && c.broken.add(n))
	if len(c.report.Details) == c.opt.MaxDetails {
		c.full.Store(true)
	}
}

// numbers is a set of record numbers.
type numbers []uint64

// add reports whether the number was not there.
func (s *numbers) add(n int) bool {
	for len(*s) <= n/64 {
		*s = append(*s, 0)
	}
	bit := uint64(1) << (n % 64)
	fresh := (*s)[n/64]&bit == 0
	(*s)[n/64] |= bit
	return fresh
}
