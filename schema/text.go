package schema

import (
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// textEnd finds the end of a JSON text that begins at i, behind its quote: the
// place of the closing quote. ok is false for what no text may hold. escapes
// says that it has escapes, foreign that it has bytes beyond ASCII, digits how many
// digits it has at most, for the leak guard.
//
// What marks the first byte of a kind in a word is exact, and only the first
// counts. Zero bytes beyond the record count as what no text may hold.
func textEnd(b []byte, i int) (end, digits int, escapes, foreign, ok bool) {
	var high uint64
	for {
		w := wordAt(b, i)
		stop := (((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones) | (w - ones*0x20)) &^ w & highs
		if stop == 0 {
			high |= w
			digits += 8 - bits.OnesCount64(notDigits(w))
			i += 8
			continue
		}
		before := stop&-stop>>7 - 1 // the bytes before the first
		high |= w & before
		digits += bits.OnesCount64(^notDigits(w) & before & highs)
		if i += first(stop); i >= len(b) {
			return 0, 0, false, false, false
		}
		switch b[i] {
		case '"':
			return i, digits, escapes, high&highs != 0, true
		case '\\':
			escapes = true
			i += 2 // what follows is looked at when the text is decoded
		default:
			return 0, 0, false, false, false
		}
	}
}

// decodeText appends a JSON text, given without its quotes, decoded; false if it
// is none. The scan finds out what exactly is wrong. Scanner.escaped does the same
// and stays apart on purpose: the two engines are held against each other.
func decodeText(out, text []byte) ([]byte, bool) {
	begin := len(out)
	for i := 0; i < len(text); {
		c := text[i]
		i++
		if c < 0x20 {
			return out, false
		}
		if c != '\\' {
			out = append(out, c)
			continue
		}
		if i == len(text) {
			return out, false
		}
		e := text[i]
		i++
		switch e {
		case '"', '\\', '/':
			out = append(out, e)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, ok := hex4(text[i:])
			if !ok {
				return out, false
			}
			i += 4
			if utf16.IsSurrogate(r) {
				// RFC 8259 section 8.2: a lone surrogate is not text, and
				// readers replace it differently.
				if len(text)-i < 2 || text[i] != '\\' || text[i+1] != 'u' {
					return out, false
				}
				low, ok := hex4(text[i+2:])
				if !ok {
					return out, false
				}
				i += 6
				if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
					return out, false
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			return out, false
		}
	}
	return out, utf8.Valid(out[begin:])
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
