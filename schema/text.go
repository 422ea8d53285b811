package schema

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// textEnd finds the end of a JSON text that begins at i, behind its quote: the
// place of the closing quote. ok is false for what no text may hold. escapes
// says that it has escapes, foreign that it has bytes beyond ASCII, and digits
// counts its digits, roughly: none is left out.
//
// Eight bytes are looked at together; what marks the first byte of a kind in a
// word is exact, and only the first counts.
func textEnd(b []byte, i int) (end int, escapes, foreign bool, digits int, ok bool) {
	var high uint64
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		stop := ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*0x20)&^w) & highs
		digit := ^(((w^ones*'0')&^highs + ones*(0x80-10)) | w) & highs
		if stop == 0 {
			high |= w
			digits += bits.OnesCount64(digit)
			i += 8
			continue
		}
		k := bits.TrailingZeros64(stop) &^ 7
		before := uint64(1)<<k - 1
		high |= w & before
		digits += bits.OnesCount64(digit & before)
		i += k >> 3
		switch c := b[i]; {
		case c == '"':
			return i, escapes, high&highs != 0, digits, true
		case c == '\\':
			escapes = true
			i += 2 // what follows is looked at when the text is decoded
		default:
			return 0, false, false, 0, false
		}
	}
	for i < len(b) {
		c := b[i]
		switch {
		case c == '"':
			return i, escapes, high&highs != 0, digits, true
		case c == '\\':
			escapes = true
			i++
		case c < 0x20:
			return 0, false, false, 0, false
		case isDigit(c):
			digits++
		}
		high |= uint64(c)
		i++
	}
	return 0, false, false, 0, false
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
