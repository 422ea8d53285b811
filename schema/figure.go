package schema

import (
	"encoding/json"
	"math/big"
	"math/bits"

	"github.com/segel-id/segel/internal/limits"
)

// A figure is a number of a record, read in place. Whole numbers, which are
// nearly all, and decimals of at most 18 digits are compared without anything
// being built; the few others carry their text for math/big.
type figure struct {
	n        int64  // if whole
	text     []byte // as it was written, of a fraction
	digits   uint64 // of a fraction: its value is digits·10^−scale,
	scale    uint8  // if that is not 0; else only text tells;
	negative bool   // and its sign
	whole    bool
}

// maxDigits fit into a uint64, with room for one more operation.
const maxDigits = 18

// readFigure reads what isNumber and inRange accept, and nothing else.
func readFigure(text []byte) (f figure, ok bool) {
	if n := len(text); n > 0 && n <= 15 && (text[0] != '0' || n == 1) { // the usual case
		for f.whole = true; n > 0; n-- {
			d := text[len(text)-n] - '0'
			if d > 9 {
				break
			}
			f.n = f.n*10 + int64(d)
		}
		if n == 0 {
			return f, true
		}
		f = figure{}
	}
	if f, end := decimalAt(text, 0); end > 0 && end == len(text) {
		return f, true
	}
	i := 0
	if i < len(text) && text[i] == '-' {
		f.negative = true
		i++
	}
	digits, fraction := 0, 0
	many := false
	take := func() bool {
		start := i
		for i < len(text) && isDigit(text[i]) {
			if f.digits != 0 || text[i] != '0' {
				digits++
			}
			if digits <= maxDigits {
				f.digits = f.digits*10 + uint64(text[i]-'0')
			} else {
				many = true
			}
			i++
		}
		return i > start
	}
	if i < len(text) && text[i] == '0' {
		i++
	} else if !take() {
		return f, false
	}
	if i < len(text) && text[i] == '.' {
		i++
		start := i
		if !take() {
			return f, false
		}
		fraction = i - start
	}
	exponent := 0
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		less := i < len(text) && text[i] == '-'
		if less || i < len(text) && text[i] == '+' {
			i++
		}
		start := i
		for i < len(text) && isDigit(text[i]) {
			exponent = min(exponent*10+int(text[i]-'0'), maxExponent+1)
			i++
		}
		if i == start || exponent > maxExponent {
			return f, false
		}
		if less {
			exponent = -exponent
		}
	}
	if i != len(text) || i > maxNumberLen {
		return f, false
	}
	if many {
		return longFigure(text)
	}
	f.text = text
	return f, f.settle(exponent - fraction)
}

// settle gives the figure its value, digits·10^exponent, and reports whether
// it is in range.
func (f *figure) settle(exponent int) bool {
	if f.digits == 0 {
		f.whole = true
		return true
	}
	for exponent < 0 && f.digits%10 == 0 {
		f.digits /= 10
		exponent++
	}
	for ; exponent > 0; exponent-- {
		if f.digits *= 10; f.digits > limits.MaxInteger {
			return false
		}
	}
	if exponent == 0 {
		f.whole, f.n = true, int64(f.digits)
		if f.negative {
			f.n = -f.n
		}
		return f.digits <= limits.MaxInteger
	}
	f.scale = uint8(-exponent)
	return f.cmpWhole(limits.MaxInteger) <= 0 && f.cmpWhole(-limits.MaxInteger) >= 0
}

func longFigure(text []byte) (figure, bool) {
	s := string(text)
	if !inRange(s) {
		return figure{}, false
	}
	if n, ok := integer(json.Number(s)); ok {
		return figure{whole: true, n: n}, true
	}
	return figure{text: text, negative: s[0] == '-'}, true
}

// cmpWhole compares a fraction that has a scale with a whole number.
func (f *figure) cmpWhole(n int64) int {
	if f.negative != (n < 0) || n == 0 {
		if f.negative {
			return -1
		}
		return 1
	}
	size := 1 // of the fraction's magnitude against n's
	u := uint64(n)
	if n < 0 {
		u = -u
	}
	if f.scale > maxDigits {
		size = -1 // less than 1
	} else if hi, lo := bits.Mul64(u, tens[f.scale]); hi > 0 || lo > f.digits {
		size = -1
	}
	if f.negative {
		return -size
	}
	return size
}

// tens are the powers of ten.
var tens = [maxDigits + 1]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// decimalAt reads a fraction as coordinates and shares mostly are: up to seven digits,
// the point, and more of them up to maxDigits, the last of which is not 0. It gives
// the place behind it; 0: something else stands there.
func decimalAt(b []byte, from int) (f figure, end int) {
	i := from
	if i < len(b) && b[i] == '-' {
		f.negative = true
		i++
	}
	w := wordAt(b, i)
	n := first(notDigits(w))
	if uint(n-1) >= 7 || byte(w>>(8*n&63)) != '.' || n > 1 && byte(w) == '0' {
		return f, 0
	}
	value, digits := uint64(number8(w, n)), n
	i += n + 1
	for start := i; ; {
		w = wordAt(b, i)
		if n = first(notDigits(w)); n > 0 {
			value = value*tens[n] + uint64(number8(w, n))
			i += n
		}
		if digits += n; digits > maxDigits {
			return f, 0
		}
		if n < 8 {
			f.scale = uint8(i - start)
			break
		}
	}
	if f.scale == 0 || b[i-1] == '0' || i < len(b) && isNumberByte(b[i]) {
		return f, 0
	}
	f.digits, f.text = value, b[from:i]
	return f, i
}

// rat gives the exact value.
func (f *figure) rat() *big.Rat {
	if f.whole {
		return new(big.Rat).SetInt64(f.n)
	}
	return decimal(json.Number(f.text))
}
