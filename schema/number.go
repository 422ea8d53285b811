package schema

import (
	"encoding/json"
	"math/big"
	"strconv"

	"github.com/segel-id/segel/internal/limits"
)

// Limits of one number, checked before anything is computed from it.
const (
	maxNumberLen = 40 // bytes
	maxExponent  = 30
)

func (s *scanner) number() any {
	start := s.i
	for s.i < len(s.b) && isNumberByte(s.b[s.i]) {
		s.i++
	}
	lit := string(s.b[start:s.i])
	if !isNumber(lit) {
		return s.fail("structure/json")
	}
	if !inRange(lit) {
		return s.fail("structure/number-range")
	}
	return json.Number(lit)
}

func isNumberByte(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}

// isNumber reports whether lit is a number by RFC 8259 section 6.
func isNumber(lit string) bool {
	digits := func() bool {
		n := 0
		for n < len(lit) && lit[n] >= '0' && lit[n] <= '9' {
			n++
		}
		lit = lit[n:]
		return n > 0
	}
	if lit != "" && lit[0] == '-' {
		lit = lit[1:]
	}
	if lit != "" && lit[0] == '0' {
		lit = lit[1:]
	} else if !digits() {
		return false
	}
	if lit != "" && lit[0] == '.' {
		lit = lit[1:]
		if !digits() {
			return false
		}
	}
	if lit != "" && (lit[0] == 'e' || lit[0] == 'E') {
		lit = lit[1:]
		if lit != "" && (lit[0] == '+' || lit[0] == '-') {
			lit = lit[1:]
		}
		if !digits() {
			return false
		}
	}
	return lit == ""
}

// inRange reports whether the number lit is one that every peer can hold
// exactly or, if it has a fraction, compare exactly: magnitude up to 2^53-1,
// length and exponent bounded before any big number is built.
func inRange(lit string) bool {
	if len(lit) > maxNumberLen {
		return false
	}
	for i := range len(lit) {
		if lit[i] == 'e' || lit[i] == 'E' {
			if e, err := strconv.Atoi(lit[i+1:]); err != nil || e > maxExponent || e < -maxExponent {
				return false
			}
		}
	}
	if n, err := strconv.ParseInt(lit, 10, 64); err == nil {
		return n <= limits.MaxInteger && n >= -limits.MaxInteger
	}
	r, ok := new(big.Rat).SetString(lit)
	return ok && r.Abs(r).Cmp(big.NewRat(limits.MaxInteger, 1)) <= 0
}

// integer gives the exact value of a number that is an integer, as JSON
// Schema counts integers: 2.0 and 2e0 are 2.
func integer(n json.Number) (int64, bool) {
	if v, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		return v, true
	}
	r, ok := new(big.Rat).SetString(string(n))
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return 0, false
	}
	return r.Num().Int64(), true
}

// decimal gives the exact value of a number that the strict scan let through.
func decimal(n json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		return new(big.Rat)
	}
	return r
}
