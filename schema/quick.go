package schema

import "github.com/segel-id/segel/internal/limits"

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
