package envelopetest

import (
	"bytes"
	"iter"
	"slices"
	"strconv"
)

// A Mutant is a text with one fault.
type Mutant struct {
	// Fault says what was done and where, as "delete 17" or "cut to 40".
	Fault string
	// Data is the result. It is the receiver's to keep.
	Data []byte
}

// Mangle yields every text that one small accident makes of data, and nothing
// that equals data: at each offset a byte changed to every other value, a byte
// deleted, a byte of every value inserted; and every truncation. That is about
// 513 mutants a byte: for short texts, or for those that are refused early.
func Mangle(data []byte) iter.Seq[Mutant] {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return mangle(data, func(old byte) []byte { return slices.Delete(slices.Clone(all), int(old), int(old)+1) }, all)
}

// MangleBits is [Mangle] with about 13 mutants a byte: at each offset each bit
// flipped, the byte deleted, and a zero, a line feed or an A inserted; and every
// truncation.
func MangleBits(data []byte) iter.Seq[Mutant] {
	flips := func(old byte) []byte {
		out := make([]byte, 8)
		for bit := range out {
			out[bit] = old ^ 1<<bit
		}
		return out
	}
	return mangle(data, flips, []byte{0, '\n', 'A'})
}

func mangle(data []byte, changes func(old byte) []byte, inserts []byte) iter.Seq[Mutant] {
	data = bytes.Clone(data)
	return func(yield func(Mutant) bool) {
		for i := range len(data) + 1 {
			at := strconv.Itoa(i)
			for _, b := range inserts {
				if i > 0 && data[i-1] == b {
					continue // the same text as inserting it one place earlier
				}
				if !yield(Mutant{"insert " + strconv.Itoa(int(b)) + " at " + at, slices.Insert(bytes.Clone(data), i, b)}) {
					return
				}
			}
			if i == len(data) {
				return
			}
			for _, b := range changes(data[i]) {
				m := bytes.Clone(data)
				m[i] = b
				if !yield(Mutant{"change " + at + " to " + strconv.Itoa(int(b)), m}) {
					return
				}
			}
			if !yield(Mutant{"cut to " + at, bytes.Clone(data[:i])}) {
				return
			}
			if i < len(data)-1 && data[i] != data[i+1] { // else the same text again
				if !yield(Mutant{"delete " + at, slices.Delete(bytes.Clone(data), i, i+1)}) {
					return
				}
			}
		}
	}
}
