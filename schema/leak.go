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

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func isGap(c byte) bool { return c == ' ' || joins(c) }

// joins reports whether c makes one number of the digits around it; a blank may
// stand between two.
func joins(c byte) bool { return c == '.' || c == '-' || c == '_' }
