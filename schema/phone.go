package schema

// phone reports whether a telephone number begins at start, which is the first
// digit of a run.
func phone(text []byte, start int) bool {
	if start > 1 && isDigit(text[start-2]) {
		switch text[start-1] {
		case '.', ',', '-', ':':
			return false
		}
	}
	i := start
	switch {
	case hasAt(text, i, "0"):
		i++
	case hasAt(text, i, "62"):
		i = gap(text, i+2)
		if hasAt(text, i, "(0)") { // +62 (0) 812 …
			i = gap(text, i+3)
		}
	default:
		return false
	}
	if len(text)-i < 9 || text[i] != '8' {
		return false
	}
	switch text[i+1] {
	case '1', '2', '3', '5', '7', '8', '9':
	default:
		return false
	}
	for digits, least := 0, 3; ; least = 2 {
		size := 0
		for i < len(text) && isDigit(text[i]) && size <= 12 {
			i++
			size++
		}
		digits += size
		if size < least || digits > 12 {
			return false
		}
		if digits >= 9 {
			return true
		}
		if i = gap(text, i); i >= len(text) || !isDigit(text[i]) {
			return false
		}
	}
}

// gap gives the place behind what parts the groups of a telephone number at i:
// nothing, a closing bracket, a blank, dot or dash, or the first and one of the
// others.
func gap(text []byte, i int) int {
	if i < len(text) && text[i] == ')' {
		i++
	}
	switch {
	case hasAt(text, i, "\u00a0"):
		return i + 2
	case i < len(text) && (text[i] == ' ' || text[i] == '.' || text[i] == '-'):
		return i + 1
	}
	return i
}
