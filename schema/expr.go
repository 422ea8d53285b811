package schema

import (
	"encoding/json"
	"math"
	"math/bits"
	"slices"
)

// An expr is a whole number computed from a record. It has no value when an
// operand is null or absent; that is how a rule "is evaluable only if all its
// operands are non-null".
type expr interface {
	eval(record any) (n int64, ok bool)
	// small reports whether every number of the record behind the result is
	// one that a finding may show, so that none can be worked out from it.
	small(record any) bool
}

// maxShown is the greatest number that a finding shows. No count of this
// domain is above it, but an identity number (16 digits) or telephone number
// in the wrong field is, and must not travel in findings.
const maxShown = 999_999_999

func small(n int64) bool { return n <= maxShown && n >= -maxShown }

type constant int64

// number is the value at one place.
type number struct{ at pointer }

// sum adds operands; a pointer with wildcards adds all its places. No value
// if one operand has none, or if there are no operands.
type sum []expr

// every is a pointer with wildcards inside sum or largest.
type every struct{ at pointer }

// largest is the greatest operand that has a value: the one operator that
// looks past nulls. No value only if no operand has one.
type largest []expr

// share is the operand times num/den in whole numbers.
type share struct {
	of       expr
	num, den int64
	rounding rounding
}

type rounding uint8

const (
	roundUp      rounding = iota
	roundNearest          // a half goes up
	roundDown
)

// count is how many places hold one of the values, or, without values, how
// many are not null. It always has a value.
type count struct {
	at pointer
	in []any
}

func (c constant) eval(any) (int64, bool) { return int64(c), true }

func (e number) eval(record any) (int64, bool) { return toInteger(e.at.get(record)) }

func toInteger(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	return integer(n)
}

func (e sum) eval(record any) (int64, bool) {
	var total int64
	for _, operand := range e {
		n, ok := operand.eval(record)
		if !ok {
			return 0, false
		}
		total = add(total, n)
	}
	return total, true
}

func (e every) eval(record any) (int64, bool) {
	var total int64
	some, all := false, true
	e.at.each(record, func(m match) bool {
		n, ok := toInteger(m.value)
		some, all = true, all && ok
		total = add(total, n)
		return all
	})
	return total, some && all
}

func (e largest) eval(record any) (int64, bool) {
	var top int64
	some := false
	consider := func(n int64, ok bool) {
		if ok && (!some || n > top) {
			top, some = n, true
		}
	}
	for _, operand := range e {
		if p, ok := operand.(every); ok {
			p.at.each(record, func(m match) bool {
				consider(toInteger(m.value))
				return true
			})
			continue
		}
		consider(operand.eval(record))
	}
	return top, some
}

func (e share) eval(record any) (int64, bool) {
	n, ok := e.of.eval(record)
	if !ok {
		return 0, false
	}
	return e.rounding.of(n, e.num, e.den), true
}

func (r rounding) of(n, num, den int64) int64 {
	switch r {
	case roundNearest:
		product := mul(n, num)
		whole := floor(product, den)
		if 2*(product-whole*den) >= den {
			whole++
		}
		return whole
	case roundDown:
		return floor(mul(n, num), den)
	}
	return ceiling(n, num, den)
}

func floor(n, den int64) int64 {
	whole := n / den
	if n < 0 && n%den != 0 {
		whole-- // division truncates: downwards only if n is positive
	}
	return whole
}

func ceiling(n, num, den int64) int64 {
	product := mul(n, num)
	whole := product / den
	if n >= 0 && product%den != 0 {
		whole++ // division truncates: upwards only if the product is negative
	}
	return whole
}

func (e count) eval(record any) (int64, bool) {
	var n int64
	e.at.each(record, func(m match) bool {
		if m.value != nil && (len(e.in) == 0 || oneOf(m.value, e.in)) {
			n++
		}
		return true
	})
	return n, true
}

func (c constant) small(any) bool { return true }

func (e number) small(record any) bool { return smallAt(e.at, record) }

func (e every) small(record any) bool { return smallAt(e.at, record) }

func (e sum) small(record any) bool { return allSmall(e, record) }

func (e largest) small(record any) bool { return allSmall(e, record) }

func (e share) small(record any) bool { return e.of.small(record) }

func (e count) small(any) bool { return true }

func allSmall(operands []expr, record any) bool {
	return !slices.ContainsFunc(operands, func(e expr) bool { return !e.small(record) })
}

func smallAt(p pointer, record any) bool {
	all := true
	p.each(record, func(m match) bool {
		n, _ := toInteger(m.value)
		all = small(n)
		return all
	})
	return all
}

// add and mul stay at the ends of the range instead of wrapping: a sum that
// does not fit is still greater than whatever it is compared with.
func add(a, b int64) int64 {
	s := a + b
	if a > 0 && b > 0 && s < 0 {
		return math.MaxInt64
	}
	if a < 0 && b < 0 && s >= 0 {
		return math.MinInt64
	}
	return s
}

// mul multiplies by a factor that is not negative.
func mul(a, factor int64) int64 {
	negative := a < 0
	u := uint64(a)
	if negative {
		u = -u
	}
	hi, lo := bits.Mul64(u, uint64(factor))
	if hi != 0 || lo > math.MaxInt64 {
		if negative {
			return math.MinInt64
		}
		return math.MaxInt64
	}
	if negative {
		return -int64(lo)
	}
	return int64(lo)
}

// oneOf reports whether v is one of the scalars; numbers compare by value.
func oneOf(v any, in []any) bool {
	for _, want := range in {
		if v == want {
			return true
		}
		a, ok := v.(json.Number)
		if !ok {
			continue
		}
		if b, ok := want.(json.Number); ok && decimal(a).Cmp(decimal(b)) == 0 {
			return true
		}
	}
	return false
}
