package body

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// Tally is what is counted over the data chunks of a body, in order. The zero
// value is the beginning.
type Tally struct {
	Chunks  uint64 // data chunks
	Bytes   int64  // of data
	Records int64  // that have ended
	Fault   bool   // the content is no sequence of records, if it is to be one
	peaks   [][sha256.Size]byte
	short   bool // the last chunk was not full, so none may follow
	open    bool // a record has begun and not ended
}

// add counts a chunk.
func (t *Tally) add(leaf [sha256.Size]byte, data int, s Shape, l lines) {
	// An empty line is a line feed at the beginning or behind another.
	t.Fault = t.Fault || l.fault || l.first && !t.open
	t.Records += l.n
	t.open = !l.last
	t.short = data < s.Chunk
	t.Bytes += int64(data)
	t.push(leaf)
}

// Whole reports whether the content may end here: there is some, and if it is to
// be a sequence of records it is one.
func (t *Tally) Whole(s Shape) bool { return t.Chunks > 0 && !(s.Records && (t.Fault || t.open)) }

// Total is the number of records; a document is one.
func (t *Tally) Total(s Shape) int64 {
	if !s.Records {
		return 1
	}
	return t.Records
}

// push adds a leaf to the tree of RFC 6962 section 2.1, of which the roots of the
// full subtrees are kept: those that belong to the bits of the number of leaves.
func (t *Tally) push(leaf [sha256.Size]byte) {
	h := sha256.Sum256(append([]byte{0}, leaf[:]...))
	for n := t.Chunks; n&1 == 1; n >>= 1 {
		h = node(t.peaks[len(t.peaks)-1], h)
		t.peaks = t.peaks[:len(t.peaks)-1]
	}
	t.peaks = append(t.peaks, h)
	t.Chunks++
}

func node(left, right [sha256.Size]byte) [sha256.Size]byte {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// Root is the tree's root, which for no leaves is the hash of nothing.
func (t *Tally) Root() [sha256.Size]byte {
	if len(t.peaks) == 0 {
		return sha256.Sum256(nil)
	}
	root := t.peaks[len(t.peaks)-1]
	for i := len(t.peaks) - 2; i >= 0; i-- {
		root = node(t.peaks[i], root)
	}
	return root
}

// Clone returns a copy that shares nothing.
func (t *Tally) Clone() Tally {
	c := *t
	c.peaks = append([][sha256.Size]byte(nil), t.peaks...)
	return c
}

// AppendBinary writes the tally: 25 bytes and 32 for each of its at most 32 peaks.
func (t *Tally) AppendBinary(b []byte) []byte {
	var flags byte
	for i, on := range []bool{t.Fault, t.short, t.open} {
		if on {
			flags |= 1 << i
		}
	}
	b = binary.BigEndian.AppendUint64(b, t.Chunks)
	b = binary.BigEndian.AppendUint64(b, uint64(t.Bytes))
	b = binary.BigEndian.AppendUint64(b, uint64(t.Records))
	b = append(b, flags)
	for _, p := range t.peaks {
		b = append(b, p[:]...)
	}
	return b
}

// ParseTally reads what AppendBinary wrote, and reports whether it is that by its
// form. Whether it is true is for its keeper.
func ParseTally(b []byte) (t Tally, ok bool) {
	if len(b) < 25 || (len(b)-25)%sha256.Size != 0 {
		return Tally{}, false
	}
	t.Chunks = binary.BigEndian.Uint64(b)
	t.Bytes, t.Records = int64(binary.BigEndian.Uint64(b[8:])), int64(binary.BigEndian.Uint64(b[16:]))
	t.Fault, t.short, t.open = b[24]&1 != 0, b[24]&2 != 0, b[24]&4 != 0
	peaks := 0
	for n := t.Chunks; n > 0; n &= n - 1 {
		peaks++
	}
	if t.Chunks >= MaxChunks || t.Bytes < 0 || t.Records < 0 || b[24] > 7 || len(b) != 25+peaks*sha256.Size {
		return Tally{}, false
	}
	for b = b[25:]; len(b) > 0; b = b[sha256.Size:] {
		t.peaks = append(t.peaks, [sha256.Size]byte(b))
	}
	return t, true
}

// lines is what one chunk shows of the records in it.
type lines struct {
	n     int64 // line feeds
	begun bool  // there is some data
	first bool  // it begins with one
	last  bool  // it ends with one
	fault bool  // two of them stand together
}

// see looks at the next data of the chunk, which are not empty. bytes.IndexByte is
// fast because records are longer than a few bytes.
func (l *lines) see(data []byte) {
	if !l.begun {
		l.begun, l.first = true, data[0] == '\n'
	}
	after := l.last // whether a line feed stands before rest
	for rest := data; ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			break
		}
		l.fault = l.fault || i == 0 && after
		l.n++
		after, rest = true, rest[i+1:]
	}
	l.last = data[len(data)-1] == '\n'
}
