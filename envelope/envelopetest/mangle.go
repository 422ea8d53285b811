package envelopetest

import (
	"bytes"
	"fmt"
	"iter"
	"math/rand/v2"
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

// MangleSome is [Mangle] with 4 mutants a byte, at every offset one of each sort:
// the byte changed to a value that the seed chooses, a byte of such a value
// inserted, the byte deleted, and the text cut there. It is for every run, with
// another seed each time; Mangle is for long ones.
func MangleSome(data []byte, seed uint64) iter.Seq[Mutant] {
	data = bytes.Clone(data)
	return func(yield func(Mutant) bool) {
		random := rand.New(rand.NewPCG(seed, uint64(len(data))))
		for i := range len(data) {
			at, b := strconv.Itoa(i), byte(random.IntN(256))
			changed := bytes.Clone(data)
			changed[i] ^= byte(1 + random.IntN(255))
			for _, m := range []Mutant{
				{"change " + at + " to " + strconv.Itoa(int(changed[i])), changed},
				{"insert " + strconv.Itoa(int(b)) + " at " + at, slices.Insert(bytes.Clone(data), i, b)},
				{"delete " + at, slices.Delete(bytes.Clone(data), i, i+1)},
				{"cut to " + at, bytes.Clone(data[:i])},
			} {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// A MangleReport counts what became of mutants.
type MangleReport struct {
	Tried    int      // mutants
	Accepted []Mutant // those that were accepted
	Panics   []string // the faults of those that made the reader panic
}

// String returns the three numbers.
func (r MangleReport) String() string {
	return fmt.Sprintf("%d mutants tried, %d accepted, %d panics", r.Tried, len(r.Accepted), len(r.Panics))
}

// TryMutants brings each mutant to a reader, which says whether it accepts it,
// and counts. A panic of the reader is caught.
func TryMutants(mutants iter.Seq[Mutant], accepts func(data []byte) bool) MangleReport {
	var r MangleReport
	try := func(m Mutant) {
		defer func() {
			if recover() != nil {
				r.Panics = append(r.Panics, m.Fault)
			}
		}()
		r.Tried++
		if accepts(m.Data) {
			r.Accepted = append(r.Accepted, m)
		}
	}
	for m := range mutants {
		try(m)
	}
	return r
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
