package schema

import (
	"encoding/binary"
	"math/bits"
)

// What leak finds. They are kinds of sensitive fields, see fieldKinds.
const (
	leakNIK   = "nik"
	leakNKK   = "nkk"
	leakPhone = "phone"
)

// leak looks into the decoded text of one string for what looks like an
// identity number of a person (NIK), of a family (NKK) or a mobile telephone
// number, and says which it met first; "" if none. 28,627 candidates' photo
// URLs published in 2024 ended in a file name that was a NIK, so it looks
// inside URLs and file names, not at whole texts only.
//
// A NIK is 16 digits that adjoin no other digit: province (one that exists or
// did), regency and district not 00, day of birth 01 to 31 or, for women, 41
// to 71, month 01 to 12, year, serial not 0000. Letters may adjoin it
// (NIK3201….jpg). It may also be written in groups, all parted by one blank,
// dot, dash or underscore: 4-4-4-4, 6-6-4, 2-2-2-6-4, 6-2-2-2-4 or
// 2-2-2-2-2-2-4; then no letter may adjoin it.
//
// An NKK has the same shape but for the day, which is 01 to 31, so it cannot
// be told from a man's NIK by itself. It is "nkk" if the word before it, No
// and Nomor apart, is KK, NKK or Keluarga; else "nik". Whoever compares the
// answer with a field's declared kind must take the two for one.
//
// A telephone number is +62, 62 or 0, then 8 and a second digit that a
// network has (not 0, 4 or 6), 9 to 12 digits from the 8 on, in groups of at
// least two digits, the first of three, parted by one blank, dot or dash.
//
// What does not count: the decimals of a number (106.8234567890123456); a word
// of at least 24 hexadecimal digits, which is a digest or an object's id; a
// UUID; the 10 to 13 digits of an area or a station; a telephone number that a
// dot, comma, colon or dash joins to a digit before it, as in the times in
// photo URLs. What begins with a year from 2000 to 2099 is no NIK: 20 is no
// province.
//
// It does not see digits of other scripts, percent-encoded separators, NIKs in
// longer runs of digits (the 22 of a NITKU), nor land lines. It cannot know
// whether anybody has the number: of random runs of 16 digits, 3 in 100 have
// the shape of a NIK.
//
// It takes time linear in the length of text and allocates nothing.
func leak(text []byte) string {
	if len(text) < leakDigits { // the shortest of them all is 0811 and six digits
		return ""
	}
	// The digits of 64 bytes at a time, as bits: most texts that come here are
	// URLs with many short runs. A window lets see whatever begins in its part.
	const window, part = 64, 40
	digits := digitBits(text, 0, window)
	if len(text) <= window && bits.OnesCount64(digits) < leakDigits {
		return ""
	}
	for base := 0; ; base += part {
		if base > 0 {
			digits = digits>>part | digitBits(text, base+window-part, part)<<(window-part)
		}
		last := len(text)-base <= window
		starts := digits &^ (digits << 1)
		if base > 0 && isDigit(text[base-1]) {
			starts &^= 1
		}
		if !last {
			starts &= 1<<part - 1
		}
		for starts = suspects(text[base:], digits, starts); starts != 0; starts &= starts - 1 {
			start := base + bits.TrailingZeros64(starts)
			end := start + 1
			for end < len(text) && isDigit(text[end]) {
				end++
			}
			if kind := leakAt(text, start, end); kind != "" {
				return kind
			}
		}
		if last {
			return ""
		}
	}
}

// suspects leaves those starts of runs of digits at which there may be what leak
// looks for: 16 digits or more, digits in the groups of a NIK, or the beginning of
// a telephone number. digits has one bit for each byte; so what a run must be like
// is asked of all runs at once, by shifting.
func suspects(text []byte, digits, starts uint64) uint64 {
	no := ^digits
	two := digits & (digits >> 1)
	four := two & (two >> 2)
	six := four & (two >> 4)
	sixteen := four & (four >> 4) & (four >> 8) & (four >> 12)
	groups := four&(no>>4)&(four>>5)&(no>>9)&(four>>10)&(no>>14)&(four>>15) |
		six&(no>>6)&((six>>7)&(no>>13)&(four>>14)|(two>>7)&(no>>9)&(two>>10)&(no>>12)&(two>>13)&(no>>15)&(four>>16)) |
		two&(no>>2)&(two>>3)&(no>>5)&(two>>6)&(no>>8)&((six>>9)&(no>>15)&(four>>16)|
			(two>>9)&(no>>11)&(two>>12)&(no>>14)&(two>>15)&(no>>17)&(four>>18))
	found := starts & (sixteen | groups)
	// 08 and two more digits, or 62 and either three more or no digit.
	for rest := starts & (four | two&(no>>2)); rest != 0; rest &= rest - 1 {
		at := bits.TrailingZeros64(rest)
		switch pair := binary.LittleEndian.Uint16(text[at:]); pair {
		case '0' | '8'<<8, '6' | '2'<<8:
			found |= rest & -rest
		}
	}
	return found
}

// digitBits gives a bit for each of up to n bytes from base on, 1 for a digit.
// n is a multiple of eight, 64 at most.
func digitBits(text []byte, base, n int) (out uint64) {
	n = min(len(text)-base, n)
	for k := 0; k < n; k += 8 {
		is := ^notDigits(wordAt(text, base+k)) & highs >> 7
		out |= is * 0x0102040810204080 >> 56 << k
	}
	return out
}

// leakAt looks at the run of digits text[start:end].
func leakAt(text []byte, start, end int) string {
	first := text[start]
	if n := end - start; n == 16 {
		if nikShape(text[start:end]) && !fraction(text, start, end) && !inDigest(text, start, end) {
			return nikOrNKK(text, start, text[start+6])
		}
	} else if n <= 6 && n&1 == 0 && first != '0' && end < len(text) && isGap(text[end]) {
		if day, ok := nikInGroups(text, start); ok {
			return nikOrNKK(text, start, day)
		}
	}
	if (first == '0' || first == '6') && phone(text, start) && !inDigest(text, start, end) && !inUUID(text, start) {
		return leakPhone
	}
	return ""
}

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

// inDigest reports whether text[start:end] is part of a word that consists of at
// least 24 hexadecimal digits. It looks at no more than 128 of them to either
// side, so that the time stays linear.
func inDigest(text []byte, start, end int) bool {
	const shortest, far = 24, 128
	low, high := start, end
	for low > 0 && isHex(text[low-1]) && start-low < far {
		low--
	}
	for high < len(text) && isHex(text[high]) && high-end < far {
		high++
	}
	whole := (low == 0 || start-low == far || !isLetter(text[low-1])) && (high == len(text) || high-end == far || !isLetter(text[high]))
	return whole && high-low >= shortest
}

// inUUID reports whether the byte at i is part of 8-4-4-4-12 hexadecimal digits.
func inUUID(text []byte, i int) bool {
	const size = 36
	for u := max(0, i-size+1); u <= i && u+size <= len(text); u++ {
		if isUUID(text[u : u+size]) {
			return true
		}
	}
	return false
}

func isUUID(b []byte) bool {
	if b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return false
	}
	for i, c := range b {
		if !isHex(c) && i != 8 && i != 13 && i != 18 && i != 23 {
			return false
		}
	}
	return true
}

func hasAt(text []byte, i int, s string) bool {
	return len(text)-i >= len(s) && string(text[i:i+len(s)]) == s
}

func equalFold(word []byte, lower string) bool {
	if len(word) != len(lower) {
		return false
	}
	for i, c := range word {
		if c|0x20 != lower[i] {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isHex(c byte) bool    { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
func isGap(c byte) bool    { return c == ' ' || joins(c) }

// joins reports whether c makes one number of the digits around it; a blank may
// stand between two.
func joins(c byte) bool { return c == '.' || c == '-' || c == '_' }
