package schema

import (
	"encoding/json"
	"math/big"
)

// A bound is a number of the definition.
type bound struct {
	whole bool
	n     int64
	rat   *big.Rat
}

func newBound(n json.Number) bound {
	i, ok := integer(n)
	return bound{ok, i, decimal(n)}
}

// cmp compares a number of a record with one of the definition, exactly.
func (f *figure) cmp(b *bound) int {
	switch {
	case f.whole && b.whole:
		switch {
		case f.n < b.n:
			return -1
		case f.n > b.n:
			return 1
		}
		return 0
	case b.whole && f.scale > 0:
		return f.cmpWhole(b.n)
	}
	return f.rat().Cmp(b.rat)
}

// multiple reports whether the number is a whole multiple of b.
func (f *figure) multiple(b *bound) bool {
	if f.whole && b.whole && b.n != 0 {
		return f.n%b.n == 0
	}
	return new(big.Rat).Quo(f.rat(), b.rat).IsInt()
}
