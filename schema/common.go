package schema

import "encoding/binary"

// common is what rules over groups have in common about one record: they mostly
// group by the same scalars.
type common struct {
	asked *questions // nil: nothing is known yet
	by    int        // scalars of which key is a hash,
	dated bool       // with the legal date
	key   [16]byte
}

// group gives the key of the group that a record belongs to: a hash under seeds of
// the check's own, so that nobody can choose records whose groups meet. ok is
// false if there is no such group.
func (w *worker) group(g *groupRule, r reading, date dayNumber) (key [16]byte, ok bool) {
	if same := &w.common; g.pieces == nil && same.asked == g.asked && same.by == g.by && same.dated == g.dated() {
		return same.key, true
	}
	w.parts = w.parts[:0]
	if g.dated() {
		w.parts = binary.BigEndian.AppendUint32(append(w.parts, 'd'), uint32(date))
	}
	if g.pieces == nil {
		w.parts, _ = r.askScalars(w.parts, g.by)
	}
	for k := range g.pieces {
		t := &g.pieces[k]
		w.scalar, _ = r.askScalars(w.scalar[:0], t.ask)
		var state partState
		if w.parts, state = t.append(w.parts, w.scalar); state == partNone {
			return key, false
		}
	}
	key = w.c.seeds.digest(w.parts)
	if g.pieces == nil && !g.byElement {
		w.common = common{g.asked, g.by, g.dated(), key}
	}
	return key, true
}

// within gives a hash of scalars of a record in a group; whole says that none of
// them is null.
func (w *worker) within(group [16]byte, r reading, k int) (digest [16]byte, whole bool) {
	w.parts, whole = r.askScalars(append(w.parts[:0], group[:]...), k)
	return w.c.seeds.digest(w.parts), whole
}

func (s *seeds) digest(parts []byte) (out [16]byte) {
	h := s.hash(parts)
	binary.LittleEndian.PutUint64(out[:], h[0])
	binary.LittleEndian.PutUint64(out[8:], h[1])
	return out
}
