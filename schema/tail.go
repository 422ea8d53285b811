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
