package schema

import (
	"cmp"
	"math/bits"
	"slices"
)

// marks are the numbers of a group's records from 1 to 63, a bit each: hardly any
// list is longer. Bit 0 says that one of the records has no number.
type marks struct {
	met  uint64
	good uint64 // of every: those for which holds is not false
}

const mostMarks = 63

// ranked is a record whose number is not among the marks.
type ranked struct {
	group int32
	good  bool
	n     int64
}

// add reports whether the number was not there.
func (m *marks) add(n int64) (fresh bool) {
	fresh = m.met>>n&1 == 0
	m.met |= 1 << n
	return fresh
}

// rank enters a record's number into its group.
func (t *gathered) rank(g *groupRule, k int, a *amount) {
	n := a.n
	switch {
	case a.none:
		n = 0
	case n < 1 || n > g.few:
		t.members = append(t.members, ranked{int32(k), a.holds != no, n})
		return
	}
	m := t.marks.at(k)
	m.add(n)
	if a.holds != no {
		m.good |= 1 << n
	}
}

// broken calls f for the groups that break a rule about the order of their numbers.
func (t *gathered) broken(g *groupRule, f func(k int)) {
	slices.SortFunc(t.members, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.n, b.n))
	})
	rest := t.members
	for k := range t.marks.n {
		n := 0
		for n < len(rest) && rest[n].group == int32(k) {
			n++
		}
		m := t.marks.at(k)
		broken := m.met&1 == 0
		if g.form == groupGapless {
			broken = broken && m.gap(rest[:n])
		} else {
			broken = broken && m.idle(g.size, rest[:n])
		}
		if broken {
			f(k)
		}
		rest = rest[n:]
	}
}

// gap reports whether the numbers are not 1, 2, 3 and so on.
func (m *marks) gap(others []ranked) bool {
	last := int64(bits.TrailingZeros64(^(m.met | 1))) - 1
	if m.met>>(last+1) != 0 {
		return true
	}
	for _, o := range others {
		if o.n != last && o.n != last+1 || o.n < 1 {
			return true
		}
		last = o.n
	}
	return false
}

// idle reports whether there is a block of numbers that are all there, and not one
// of them is good. Of a block in which one is missing nobody can say which.
func (m *marks) idle(size int64, others []ranked) bool {
	block := uint64(1)<<size - 1
	for at := int64(1); at+size <= mostMarks+1; at += size {
		if m.met>>at&block == block && m.good>>at&block == 0 {
			return true
		}
	}
	for len(others) > 0 {
		block := floor(others[0].n-1, size)
		good, different, n := false, int64(0), 0
		for ; n < len(others) && floor(others[n].n-1, size) == block; n++ {
			if n == 0 || others[n].n != others[n-1].n {
				different++
			}
			good = good || others[n].good
		}
		if different == size && !good {
			return true
		}
		others = others[n:]
	}
	return false
}
