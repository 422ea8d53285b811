package schema

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes are looked at together, as a word whose lowest byte comes first.
// A mark is the highest bit of a byte.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// notDigits marks the bytes of a word that are no digits.
func notDigits(w uint64) uint64 {
	x := w ^ ones*'0'
	return (x&^highs + ones*(0x80-10) | x) & highs
}

// number gives the value of the n digits, one to eight, that a word begins with.
// It takes the same steps for each n: a processor cannot guess how many digits
// come next, and a wrong guess costs more than the rest.
func number8(w uint64, n int) int64 {
	x := (w ^ ones*'0') << (uint(64-8*n) & 63)
	x = x*10 + x>>8 // two digits in each second byte
	const two = 0x000000ff000000ff
	return int64(((x&two)*(100+1000000<<32) + (x>>16&two)*(1+10000<<32)) >> 32)
}

// window is a text of at most so many bytes as words, for comparisons without a
// loop: what a word has beyond the text is masked.
const windowBytes = 24

type window struct {
	word, mask [windowBytes / 8]uint64
}

func newWindow(text string) (w window) {
	var b, mask [windowBytes]byte
	for i := range mask[:copy(b[:], text)] {
		mask[i] = 0xff
	}
	for k := range w.word {
		w.word[k] = binary.LittleEndian.Uint64(b[8*k:])
		w.mask[k] = binary.LittleEndian.Uint64(mask[8*k:])
	}
	return w
}

// begins reports whether b, which has windowBytes at least, begins with the text.
func (w *window) begins(b []byte) bool {
	_ = b[windowBytes-1]
	return (binary.LittleEndian.Uint64(b)^w.word[0])&w.mask[0]|
		(binary.LittleEndian.Uint64(b[8:])^w.word[1])&w.mask[1]|
		(binary.LittleEndian.Uint64(b[16:])^w.word[2])&w.mask[2] == 0
}

// pack gives a text of at most seven bytes as one word that no other text has.
func pack(text []byte) (w uint64, ok bool) {
	if len(text) > 7 {
		return 0, false
	}
	return shortWord(text) | uint64(len(text))<<56, true
}

// shortWord gives a text of at most seven bytes, with zeros behind it.
func shortWord(text []byte) (w uint64) {
	switch n := len(text); {
	case n >= 4:
		w = uint64(binary.LittleEndian.Uint32(text)) | uint64(binary.LittleEndian.Uint32(text[n-4:]))<<(8*(n-4))
	case n >= 2:
		w = uint64(binary.LittleEndian.Uint16(text)) | uint64(binary.LittleEndian.Uint16(text[n-2:]))<<(8*(n-2))
	case n == 1:
		w = uint64(text[0])
	}
	return w
}

// wordAt gives the eight bytes from i on, zero beyond the end.
func wordAt(b []byte, i int) uint64 {
	if len(b)-i >= 8 {
		return binary.LittleEndian.Uint64(b[i:])
	}
	return lastWord(b, i)
}

func lastWord(b []byte, i int) uint64 {
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b[len(b)-8:]) >> (8 * uint(i+8-len(b)))
	}
	var w [8]byte
	if i < len(b) {
		copy(w[:], b[i:])
	}
	return binary.LittleEndian.Uint64(w[:])
}

// first gives the place of the first mark, 8 if there is none.
func first(marks uint64) int { return bits.TrailingZeros64(marks) >> 3 }
