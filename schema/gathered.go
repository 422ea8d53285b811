package schema

import (
	"context"

	"github.com/segel-id/segel/internal/spill"
)

// maxGroupsOfRule limits the groups of one rule.
const maxGroupsOfRule = 4 << 20

// gathered is what the records so far have said to one group rule.
type gathered struct {
	own     pile[int32]  // the rule's number of a group and one, by the check's; 0: it has no record of it
	first   pile[int32]  // of every group, its first record
	amounts pile[amount] // of every group, as many as the rule reckons
	marks   pile[marks]  // of every group, but for require
	seen    keys         // digests, of unique and of all distinct
	members []ranked     // of gapless and every, what is not in marks
	repeats []int32      // of unique: records that repeat
	taken   int          // elements, of a rule with each
}

// group gives the rule's number of the group that record n belongs to. ok is false
// if there are more groups than can be kept.
func (t *gathered) group(g *groupRule, of *group, all *numbering, n int) (k int, ok bool) {
	full := t.first.n == maxGroupsOfRule
	if of.number == 0 {
		number, is := all.number(of.key, !full)
		if !is {
			return 0, false
		}
		of.number = number + 1
	}
	for t.own.n < int(of.number) {
		t.own.add(0)
	}
	own := t.own.at(int(of.number) - 1)
	if *own == 0 {
		if full {
			return 0, false
		}
		t.first.add(int32(n))
		*own = int32(t.first.n)
		for i := range g.reckons {
			t.amounts.add(g.reckons[i].begin())
		}
		if g.form != groupRequire {
			t.marks.add(marks{})
		}
	}
	return int(*own) - 1, true
}

// enter takes what record n has to say. It reports false if there are more
// groups than can be kept.
func (t *gathered) enter(g *groupRule, p *contribution, b *batch, all *numbering, n int) bool {
	amounts, of := b.amounts[p.first:], &b.groups[p.group]
	if g.form == groupUnique {
		if last := t.repeats; !t.fresh(g, &amounts[0], b, of, all, n) && (len(last) == 0 || last[len(last)-1] != int32(n)) {
			t.repeats = append(last, int32(n))
		}
		return true
	}
	k, ok := t.group(g, of, all, n)
	if !ok {
		return false
	}
	if g.form != groupRequire {
		t.rank(g, k, &amounts[0])
		return true
	}
	for i := range g.reckons {
		a := &amounts[i]
		fresh := false
		if a.digest {
			key := b.digests[a.n].key
			key[1] ^= uint64(i) // one set for all of them
			fresh = t.seen.add(key)
		}
		g.reckons[i].enter(t.amounts.at(k*len(g.reckons)+i), a, fresh)
	}
	return true
}

// fresh reports whether no record of the group had the same before. Beyond the
// groups that can be kept a number is a digest too.
func (t *gathered) fresh(g *groupRule, a *amount, b *batch, of *group, all *numbering, n int) bool {
	if a.digest {
		return t.seen.add(b.digests[a.n].key)
	}
	k, ok := t.group(g, of, all, n)
	if !ok {
		return t.seen.add(spill.Key{of.key[0], of.key[1] ^ uint64(a.n)})
	}
	return t.marks.at(k).add(a.n)
}

// enter hands record n's parts to the rules over groups.
func (c *check) enter(b *batch, parts []contribution, n int) error {
	for i := range parts {
		p := &parts[i]
		if p.lacks != 0 {
			c.miss(p, n)
			continue
		}
		g, t := &c.d.groups[p.rule], &c.gathered[p.rule]
		if g.each != nil {
			t.taken++
		}
		if t.taken > max(c.opt.MaxRecords, maxGroupsOfRule) || !t.enter(g, p, b, &c.groups[g.like], n) {
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
			for k := range t.first.n {
				of.amounts = of.amounts[:0]
				for i := range g.reckons {
					of.amounts = append(of.amounts, *t.amounts.at(k*len(g.reckons) + i))
				}
				if said, _ := g.require.eval(of); said == no {
					c.late(g, int(*t.first.at(k)), of)
				}
			}
		default:
			t.broken(g, func(k int) { c.late(g, int(*t.first.at(k)), nil) })
		}
	}
	c.report.GroupsPartial = len(c.gathered) > 0 && c.report.Errors > 0
	c.notJudged()
	return nil
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
