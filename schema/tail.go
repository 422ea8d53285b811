package schema

import "regexp/syntax"

// tail gives how many characters at the end of a text decide alone: those of a
// pattern that says nothing but what a text ends with, and always as much of it. So
// the serial number of an identity number is looked at without what stands before.
// 0: all of them.
func tail(re *syntax.Regexp) int {
	last := len(re.Sub) - 1
	if re.Op != syntax.OpConcat || re.Sub[last].Op != syntax.OpEndText {
		return 0
	}
	n, ok := 0, true
	for _, sub := range re.Sub[:last] {
		w, fixed := width(sub)
		n, ok = n+w, ok && fixed
	}
	if !ok {
		return 0
	}
	return n
}

// width gives how many characters match; false: not always as many, or what stands
// beside them counts too.
func width(re *syntax.Regexp) (n int, fixed bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune), true
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, true
	case syntax.OpCapture:
		return width(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			w, fixed := width(sub)
			if !fixed {
				return 0, false
			}
			n += w
		}
		return n, true
	case syntax.OpAlternate:
		n, fixed = width(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			w, also := width(sub)
			fixed = fixed && also && w == n
		}
		return n, fixed
	}
	return 0, false
}

// A run is what no text that matches a pattern is without: so many bytes in a row, of
// some. Most texts in which a long number is looked for have none, which is seen
// without a look at each byte.
type run struct {
	size int // 0: none
	of   [256]bool
}

// leastRun is how long a run must be to be looked for.
const leastRun = 8

// newRun finds the longest run that stands in a pattern by itself.
func newRun(re *syntax.Regexp) (r run) {
	switch re.Op {
	case syntax.OpCapture:
		return newRun(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if other := newRun(sub); other.size > r.size {
				r = other
			}
		}
	case syntax.OpRepeat:
		class := re.Sub[0]
		if class.Op != syntax.OpCharClass || re.Min < leastRun || len(class.Rune) == 0 || class.Rune[len(class.Rune)-1] >= 0x80 {
			return r // a class of nothing is none either: [^\x00-\x{10FFFF}]
		}
		r.size = re.Min
		for i := 0; i < len(class.Rune); i += 2 {
			for c := class.Rune[i]; c <= class.Rune[i+1]; c++ {
				r.of[c] = true
			}
		}
	}
	return r
}

// in reports whether a text has the run. A byte that is no part of one is part of none
// that begins up to it, so the next to be looked at is a run's size behind it.
func (r *run) in(text []byte) bool {
	for end := r.size; end <= len(text); {
		i := end - 1
		for i >= end-r.size && r.of[text[i]] {
			i--
		}
		if i < end-r.size {
			return true
		}
		end = i + 1 + r.size
	}
	return false
}
