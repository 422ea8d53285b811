package synthetic

import (
	"math/bits"
	"math/rand/v2"
	"strconv"
)

// row is one record in the making: its text, its number, and the chance of
// which it is made. Only Uint64 of the generator is used: that PCG gives the
// same numbers for ever is promised, and what is made of them stands here.
type row struct {
	b     []byte
	n     int  // from 1
	whole bool // nothing optional that a defect may change is left out
	seed  uint64
	rand.PCG
}

// begin starts record n.
func (r *row) begin(n int) {
	r.b, r.n, r.whole = r.b[:0], n, false
	r.Seed(r.seed, mix(uint64(n)))
}

// mix spreads a small number over 64 bits (the finaliser of SplitMix64).
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives a number from 0 to n−1.
func (r *row) below(n int) int {
	high, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(high)
}

// between gives a number from low to high, both included.
func (r *row) between(low, high int) int { return low + r.below(high-low+1) }

// chance is true in percent of a hundred cases.
func (r *row) chance(percent int) bool { return r.below(100) < percent }

// some is true in percent of a hundred sound records and in every record that
// must be whole: whether an optional part is there.
func (r *row) some(percent int) bool { return r.chance(percent) || r.whole }

// pick gives one of the texts.
func (r *row) pick(of []string) string { return of[r.below(len(of))] }

// What follows writes JSON. Texts hold no character that JSON escapes.

func (r *row) comma() {
	if n := len(r.b); n > 0 {
		switch r.b[n-1] {
		case '{', '[', ':':
		default:
			r.b = append(r.b, ',')
		}
	}
}

func (r *row) name(name string) {
	r.comma()
	r.b = append(r.b, '"')
	r.b = append(r.b, name...)
	r.b = append(r.b, '"', ':')
}

func (r *row) object(name string) { r.name(name); r.b = append(r.b, '{') }
func (r *row) list(name string)   { r.name(name); r.b = append(r.b, '[') }
func (r *row) open()              { r.comma(); r.b = append(r.b, '{') }
func (r *row) end()               { r.b = append(r.b, '}') }
func (r *row) endList()           { r.b = append(r.b, ']') }
func (r *row) null(name string)   { r.name(name); r.b = append(r.b, "null"...) }

func (r *row) bool(name string, v bool) {
	r.name(name)
	r.b = strconv.AppendBool(r.b, v)
}

func (r *row) int(name string, v int) {
	r.name(name)
	r.b = strconv.AppendInt(r.b, int64(v), 10)
}

// text writes a member whose text is made of parts.
func (r *row) text(name string, parts ...string) {
	r.name(name)
	r.item(parts...)
}

// item writes an element of a list.
func (r *row) item(parts ...string) {
	r.comma()
	r.b = append(r.b, '"')
	for _, s := range parts {
		r.b = append(r.b, s...)
	}
	r.b = append(r.b, '"')
}

// start and stop are around a text that is put together on r.b itself.
func (r *row) start(name string) { r.name(name); r.b = append(r.b, '"') }
func (r *row) stop()             { r.b = append(r.b, '"') }

func (r *row) add(s string) { r.b = append(r.b, s...) }

// pad appends v in decimal with at least width digits.
func (r *row) pad(v, width int) {
	for w := 10; width > 1; width-- {
		if v < w {
			for range width - 1 {
				r.b = append(r.b, '0')
			}
			break
		}
		w *= 10
	}
	r.b = strconv.AppendInt(r.b, int64(v), 10)
}

// day appends a date between two years, both included.
func (r *row) day(from, to int) {
	r.pad(r.between(from, to), 4)
	r.add("-")
	r.pad(r.between(1, 12), 2)
	r.add("-")
	r.pad(r.between(1, 28), 2)
}

// date writes a member that is a date between two years.
func (r *row) date(name string, from, to int) {
	r.start(name)
	r.day(from, to)
	r.stop()
}

// clock appends a time of day: 13:30:32, or 133032 if colon is "".
func (r *row) clock(colon string) {
	r.pad(r.below(24), 2)
	r.add(colon)
	r.pad(r.below(60), 2)
	r.add(colon)
	r.pad(r.below(60), 2)
}

// uuid appends a random UUID (version 4).
func (r *row) uuid() {
	const hex = "0123456789abcdef"
	high, low := r.Uint64(), r.Uint64()
	high = high&^0xf000 | 0x4000
	low = low&^(0xc<<60) | 0x8<<60
	for i := range 36 {
		switch i {
		case 8, 13, 18, 23:
			r.b = append(r.b, '-')
			continue
		case 19:
			high = low
		}
		r.b = append(r.b, hex[high>>60])
		high <<= 4
	}
}
