package schema

import "github.com/segel-id/segel/internal/spill"

// batch is a block of input and what was found in it.
type batch struct {
	data []byte // whole rows
	end  error  // what comes behind them

	// Of most rows there is nothing to keep but a key.
	rows    int         // how many
	keys    []spill.Key // of those that are sound
	special []special   // those of which there is more to say
	last    error       // instead of another row: the end of the input among it
	all     bool        // all records are kept,
	records [][]byte    // because somebody wants to see them

	found   []Finding
	parts   []contribution // for rules over groups
	amounts []amount       // of the parts
	digests []digested     // of the amounts
	groups  []group        // of the parts
	out     []byte         // records, if they had to be made, each with a line feed
	made    bool           // they had to be
	unsound int            // records that the machine has refused
	noted   int            // findings and parts of the rows so far
	broken  bool           // one has a structure error, after all was entered

	done  chan struct{}
	panic any
}

// row is the record at hand and its verdict, as far as that does not depend on
// others.
type row struct {
	record  []byte
	key     spill.Key
	sound   bool
	undated bool // a rule needs a date and there is none
}

// special is a row that has more than a key.
type special struct {
	row     int32 // in the batch
	found   int32 // end of its findings in the batch
	parts   int32 // end of its parts in the batch
	size    int32 // of the record, or one more than a record may have; noRecord
	sound   bool
	undated bool
}

const noRecord = -1

func newBatch(buf []byte) *batch { return &batch{data: buf, done: make(chan struct{}, 1)} }

// buffer is where the next block may go.
func (b *batch) buffer() []byte {
	if cap(b.data) == 0 {
		return nil
	}
	return b.data[:0]
}

// reset forgets what was found in the block before, but for what rules over groups
// were told: see begin.
func (b *batch) reset(made, all bool) {
	b.made, b.all, b.last, b.broken = made, all, nil, false
	b.rows, b.keys, b.special, b.records = 0, b.keys[:0], b.special[:0], b.records[:0]
	b.found, b.out, b.unsound, b.noted = b.found[:0], b.out[:0], 0, 0
}

// note keeps the verdict on the next row.
func (b *batch) note(r *row) {
	if r.sound {
		b.keys = append(b.keys, r.key)
	}
	if !r.sound || r.undated || len(b.found)+len(b.parts) > b.noted {
		b.noteSpecial(r)
	}
	if b.all {
		b.records = append(b.records, r.record)
	}
	b.rows++
}

func (b *batch) noteSpecial(r *row) {
	size := noRecord
	if r.record != nil {
		size = min(len(r.record), MaxRecordBytes+1)
	}
	b.special = append(b.special, special{int32(b.rows), int32(len(b.found)), int32(len(b.parts)), int32(size), r.sound, r.undated})
	b.noted = len(b.found) + len(b.parts)
}
