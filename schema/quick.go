package schema

import (
	"encoding/binary"

	"github.com/segel-id/segel/internal/limits"
)

// quick says that a whole number from low to high needs no more than to be
// kept in the slot.
type quick struct {
	low, high int64
	slot      int
	tallied   bool // tallies want it, or would have led further
	fractions bool // the same goes for fractions
}

// shorten finds the short cut for numbers: a range in which it is known of every
// assertion whether it holds, and that the value is sound.
func (n *shape) shorten() {
	n.plain = n.first == n.last && len(n.joints) == 0
	q := &quick{low: -limits.MaxInteger, high: limits.MaxInteger, slot: n.slot, tallied: n.tallied}
	for i := range n.asserts {
		a := &n.asserts[i]
		if len(a.sets) > 0 {
			return
		}
		if a.num == nil {
			continue
		}
		low, high := a.num.low, a.num.high
		if a.num.above != nil || a.num.below != nil || a.num.multiple != nil || low != nil && !low.whole || high != nil && !high.whole {
			return
		}
		if low != nil {
			q.low = max(q.low, low.n)
		}
		if high != nil {
			q.high = min(q.high, high.n)
		}
	}
	if !n.takes(typeInteger) {
		return
	}
	q.fractions = n.takes(typeFraction)
	n.quick = q
}

// takes reports whether a value of a type is sound by its type alone, and nothing
// outside of it hears of what does not hold for it.
func (n *shape) takes(kind uint8) bool {
	failed := make([]bool, n.last)
	fail := func(group uint16) bool {
		failed[group] = true
		return n.first <= group && group < n.last
	}
	for i := range n.asserts {
		if a := &n.asserts[i]; a.types&kind == 0 && !fail(a.group) {
			return false
		}
	}
	for i := range n.joints {
		if j := &n.joints[i]; !j.holds(false, failed) && !fail(j.parent) {
			return false
		}
	}
	return true
}

// numbers reads members from i on for as long as each is the expected one, a
// whole number of up to seven digits is all that is expected of it, and a comma
// and the next member follow: in many records that is most of them. It gives the
// place of what it has not read, and last and size there.
func (m *machine) numbers(o *objectShape, follow []uint16, has *members256, i, last, size, depth int) (int, int, int) {
	if depth == maxDepth {
		return i, last, size
	}
	b := m.b
	for len(b)-i >= windowBytes {
		k := int(follow[last])
		if k >= len(o.members) {
			break
		}
		e := &o.members[k]
		q := e.quick
		at := i + len(e.quoted)
		if q == nil || len(b)-at <= 8 || !e.window.begins(b[i:]) {
			break
		}
		w := binary.LittleEndian.Uint64(b[at:])
		digits := first(notDigits(w))
		v := number8(w, digits)
		at += digits
		if uint(digits-1) >= 7 || byte(w>>(8*digits&63)) != ',' || b[at+1] <= ' ' ||
			digits > 1 && byte(w) == '0' || v < q.low || v > q.high || has.has(k) {
			break
		}
		has.add(k)
		if q.slot >= 0 {
			m.kinds[q.slot], m.vals[q.slot] = keptWhole, v
		}
		if q.tallied {
			m.meetWhole(e.shape, v)
		}
		i, last, size = at+1, k+1, size+1
		m.values++
	}
	return i, last, size
}

// short reads a whole number of up to seven digits at i, in a place where a
// range is all there is to say about one, and gives the place behind it; 0: that
// is not what stands there.
func (m *machine) short(n *shape, i, depth int) int {
	q, b := n.quick, m.b
	if q == nil || len(b)-i < 8 || depth == maxDepth {
		return 0
	}
	w := binary.LittleEndian.Uint64(b[i:])
	digits := first(notDigits(w))
	if uint(digits-1) >= 7 || digits > 1 && byte(w) == '0' {
		return 0
	}
	v := number8(w, digits)
	if c := byte(w >> (8 * digits & 63)); c != ',' && c != '}' && c != ']' || v < q.low || v > q.high {
		return 0
	}
	if m.values++; m.values > maxValues {
		m.values--
		return 0
	}
	if q.slot >= 0 {
		m.kinds[q.slot], m.vals[q.slot] = keptWhole, v
	}
	if q.tallied {
		m.meetWhole(n, v)
	}
	return i + digits
}

// meetWhole is meet for a whole number.
func (m *machine) meetWhole(n *shape, v int64) {
	for _, k := range n.visits {
		m.countWhole(k, v)
	}
	for i := range n.lost {
		if n.lost[i].absent {
			m.lose(n.lost[i].tally, false)
		}
	}
}
