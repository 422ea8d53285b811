package schema

// nikShape reports whether 16 digits can be a NIK. An area that was abolished
// stays in it for ever, and a NIK that contradicts the date of birth is not
// issued anew, so neither regencies nor the length of a month are looked up.
func nikShape(d []byte) bool {
	two := func(i int) int { return int(d[i]-'0')*10 + int(d[i+1]-'0') }
	day, month := two(6), two(8)
	return province(two(0)) && two(2) != 0 && two(4) != 0 &&
		(day >= 1 && day <= 31 || day >= 41 && day <= 71) && month >= 1 && month <= 12 &&
		(two(12) != 0 || two(14) != 0)
}

// province reports whether a province has or had the code. 54 was East Timor;
// 97 is the next one of Papua.
func province(n int) bool {
	switch {
	case n >= 11 && n <= 19, n == 21, n >= 31 && n <= 36, n >= 51 && n <= 54,
		n >= 61 && n <= 65, n >= 71 && n <= 76, n == 81, n == 82, n >= 91 && n <= 97:
		return true
	}
	return false
}

// nikGroups are the ways in which 16 digits are written apart.
var nikGroups = [...][]int{{4, 4, 4, 4}, {6, 6, 4}, {2, 2, 2, 6, 4}, {6, 2, 2, 2, 4}, {2, 2, 2, 2, 2, 2, 4}}

// nikInGroups reads a NIK in groups from start on, and gives the first digit
// of its day.
func nikInGroups(text []byte, start int) (day byte, ok bool) {
	if start > 0 && isLetter(text[start-1]) || start > 1 && joins(text[start-1]) && isDigit(text[start-2]) {
		return 0, false
	}
	for _, groups := range nikGroups {
		var d [16]byte
		n, i := 0, start
		var gap byte
		for k, size := range groups {
			if k == 1 && i < len(text) {
				gap = text[i]
			}
			if k > 0 {
				if i >= len(text) || text[i] != gap || !isGap(gap) {
					break
				}
				i++
			}
			if len(text)-i < size {
				break
			}
			for range size {
				if !isDigit(text[i]) {
					break
				}
				d[n] = text[i]
				n++
				i++
			}
		}
		ends := i == len(text) || !isDigit(text[i]) && !isLetter(text[i]) && !(i+1 < len(text) && joins(text[i]) && isDigit(text[i+1]))
		if n == len(d) && ends && nikShape(d[:]) {
			return d[6], true
		}
	}
	return 0, false
}

// nikOrNKK asks the word before the number.
func nikOrNKK(text []byte, start int, day byte) string {
	if day > '3' {
		return leakNIK // only women's days are above 31
	}
	const far = 32 // bytes; no longer word matters
	low := max(0, start-far)
	for i := start; i > low; {
		for i > low && !isLetter(text[i-1]) {
			i--
		}
		end := i
		for i > low && isLetter(text[i-1]) {
			i--
		}
		switch word := text[i:end]; {
		case equalFold(word, "no"), equalFold(word, "nomor"):
		case equalFold(word, "kk"), equalFold(word, "nkk"), equalFold(word, "keluarga"):
			return leakNKK
		default:
			return leakNIK
		}
	}
	return leakNIK
}

// fraction reports whether text[start:end] are the decimals of a number such
// as a longitude: one to three digits and a point, or a comma that parts no
// list, stand before them.
func fraction(text []byte, start, end int) bool {
	point := start - 1
	if point < 1 || text[point] != '.' && text[point] != ',' {
		return false
	}
	i := point
	for i > 0 && isDigit(text[i-1]) && point-i < 4 {
		i--
	}
	if whole := point - i; whole == 0 || whole > 3 {
		return false
	}
	if text[point] == ',' && (i > 0 && text[i-1] == ',' || end < len(text) && text[end] == ',') {
		return false // 7,3201010101010001,Jalan Contoh
	}
	if i > 0 && text[i-1] == '.' {
		return false // 1.2.3201010101010001
	}
	// 12.3201010101010001.jpg is a file's name.
	return !(end+1 < len(text) && text[end] == '.' && isLetter(text[end+1]))
}
