package schema

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"hash/maphash"
	"strconv"

	"github.com/segel-id/segel/internal/spill"
)

// seeds make the hashes by which records with one key are found. They are this
// check's own: nobody can write records whose hashes are near one another, and a
// hash tells nothing to anybody else.
type seeds [2]maphash.Seed

func newSeeds() seeds { return seeds{maphash.MakeSeed(), maphash.MakeSeed()} }

func (s *seeds) hash(key []byte) (h spill.Key) {
	s.put(&h, key)
	return h
}

// put is hash without a copy: a processor waits for what was just written in two
// halves and is read at once.
func (s *seeds) put(h *spill.Key, key []byte) {
	h[0] = maphash.Bytes(s[0], key)
	h[1] = maphash.Bytes(s[1], key)
}

// expect looks at the places of the keys that come next, because the processor
// then waits for many of them at once instead of for one after the other. Within
// its caller the compiler would see that nobody wants the result.
//
//go:noinline
func (c *check) expect(b *batch) (touched uint64) {
	touched = c.seen.Expect(b.keys)
	for i := range b.groups {
		touched |= c.groups[b.groups[i].like].expect(b.groups[i].key)
	}
	for i := range b.digests {
		touched |= c.gathered[b.digests[i].rule].seen.expect(b.digests[i].key)
	}
	return touched
}

// keys is a set of digests for rules over groups: an open table, at most three
// quarters full.
type keys struct {
	table []spill.Key
	n     int
}

// add reports false if the key is there already.
func (s *keys) add(key spill.Key) bool {
	if 4*s.n >= 3*len(s.table) {
		s.grow()
	}
	if key == (spill.Key{}) {
		key[1] = 1 // all zero is an empty place
	}
	mask := uint64(len(s.table) - 1)
	for i := key[0]; ; i++ {
		switch at := &s.table[i&mask]; *at {
		case key:
			return false
		case spill.Key{}:
			*at = key
			s.n++
			return true
		}
	}
}

// expect looks at the place of a digest that comes soon.
func (s *keys) expect(key spill.Key) (touched uint64) {
	if n := len(s.table); n > 1<<12 {
		touched = s.table[key[0]&uint64(n-1)][0]
	}
	return touched
}

func (s *keys) grow() {
	old := s.table
	s.table = make([]spill.Key, larger(len(old)))
	s.n = 0
	for _, key := range old {
		if key != (spill.Key{}) {
			s.add(key)
		}
	}
}

// larger is the next size of a table: what is small grows fast, so that it is
// soon done with.
func larger(n int) int {
	if n < 1<<14 {
		return max(64, 4*n)
	}
	return 2 * n
}

// partHead is how many bytes stand before the text of a part.
const partHead = 4

// keyPart appends one field of a key: what it is, how long its text is, which a
// record limits to 20 bits, and the text. Null, text, number and truth value differ
// from one another.
func keyPart(out []byte, tag byte, text []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(tag)<<24|uint32(len(text)))
	return append(out, text...)
}

func keyDigest(parts []byte) [16]byte {
	sum := sha256.Sum256(parts)
	return [16]byte(sum[:16])
}

// key is the text of the key fields; equal numbers are equal however they are
// written.
func (d *Definition) key(record any) []byte {
	parts, _ := scalarsOf(record, nil, d.keys)
	return parts
}

// scalarsOf appends the scalars at some places of a decoded record. whole says
// that none is null.
func scalarsOf(record any, parts []byte, at []pointer) (out []byte, whole bool) {
	whole = true
	for _, p := range at {
		switch v := p.get(record).(type) {
		case string:
			parts = keyPart(parts, 's', []byte(v))
		case json.Number:
			parts = keyPart(parts, 'n', []byte(decimal(v).RatString()))
		case bool:
			parts = keyPart(parts, truthTag(v), nil)
		default:
			parts = keyPart(parts, '0', nil)
			whole = false
		}
	}
	return parts, whole
}

func truthTag(v bool) byte {
	if v {
		return 't'
	}
	return 'f'
}

// key is the same text from the registers, good until the next call.
func (m *machine) key() []byte {
	parts := m.parts[:0]
	for _, r := range m.p.judge.keys {
		if k := m.kinds[r]; k == keptText || k == keptGood { // as most are: without a call
			parts = keyPart(parts, 's', m.b[m.vals[r]>>32:m.vals[r]&(1<<32-1)])
		} else {
			parts, _ = m.scalar(parts, r)
		}
	}
	m.parts = parts
	return parts
}

// scalar appends what a slot holds.
func (m *machine) scalar(parts []byte, r int) (out []byte, some bool) {
	switch m.kinds[r] {
	case keptText, keptGood, keptDecoded:
		return keyPart(parts, 's', m.text(r)), true
	case keptWhole:
		var digits [20]byte
		return keyPart(parts, 'n', strconv.AppendInt(digits[:0], m.vals[r], 10)), true
	case keptFraction:
		f, _ := readFigure(m.text(r))
		return keyPart(parts, 'n', []byte(f.rat().RatString())), true
	case keptTrue, keptFalse:
		return keyPart(parts, truthTag(m.kinds[r] == keptTrue), nil), true
	}
	return keyPart(parts, '0', nil), false
}
