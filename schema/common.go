package schema

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/segel-id/segel/internal/spill"
)

// Rules over groups mostly group by the same scalars. So what is known of a group
// is kept for all rules that group in the same way, by the first one of them: a
// worker reads the scalars of a record once, and the check numbers the groups
// once.

// group is a group that a batch has records of. A batch may have it several times.
type group struct {
	// key is a hash of what the records have in common, under seeds of the check's
	// own, so that nobody can choose records whose groups meet.
	key    spill.Key
	like   int32 // the first rule that groups so
	number int32 // in the check's numbering, from 1; 0: nobody has asked yet
}

// alike is what a worker knows of the rules that group in the same way.
type alike struct {
	asked bool   // about the record at hand
	some  bool   // it belongs to a group
	parts []byte // what the last group has in common
	group int32  // its place in the batch; -1: none

	_ [28]byte // which makes 64: workers write on here all the time, and two of them must not share a cache line
}

// groupBy compiles how a rule groups. It gives the places.
func (c *compiler) groupBy(g *groupRule, v any, where string, d *Definition) (at []pointer) {
	g.by, g.scalars, g.byDate = c.lookups(v, where, g.asked), -1, g.dated()
	plain := true
	for _, t := range g.by {
		at = append(at, t.at)
		plain = plain && t.plain()
		g.byElement = g.byElement || t.at.ofElement()
		if t.plain() && d.legalDate != nil && t.at.text == d.legalDate.text {
			g.byDate = false // it is among them already
		}
	}
	if plain {
		g.scalars = g.asked.scalars(at)
	}
	g.like = slices.IndexFunc(d.groups, g.groupsLike)
	if g.like < 0 {
		g.like = len(d.groups)
	}
	return at
}

func (g *groupRule) groupsLike(other groupRule) bool {
	return g.byDate == other.byDate && slices.EqualFunc(g.by, other.by, lookup.same)
}

// begin empties a batch of what rules over groups were told.
func (w *worker) begin(b *batch) {
	b.parts, b.amounts, b.digests, b.groups = b.parts[:0], b.amounts[:0], b.digests[:0], b.groups[:0]
	for i := range w.alike {
		w.alike[i].group = -1
	}
}

// group gives the place in the batch of the group that a record belongs to. ok is
// false if there is no such group.
func (w *worker) group(b *batch, g *groupRule, r reading, date dayNumber) (place int32, ok bool) {
	k := &w.alike[g.like]
	if k.asked {
		return k.group, k.some
	}
	k.asked = !g.byElement
	if k.some = w.common(g, r, date); !k.some {
		return 0, false
	}
	if k.group < 0 || !bytes.Equal(k.parts, w.parts) {
		k.group, k.parts = int32(len(b.groups)), append(k.parts[:0], w.parts...)
		b.groups = append(b.groups, group{key: w.c.seeds.hash(w.parts), like: int32(g.like)})
	}
	return k.group, true
}

// common puts what the records of a group have in common on w.parts. It gives
// false if the record has no such thing.
func (w *worker) common(g *groupRule, r reading, date dayNumber) bool {
	w.parts = w.parts[:0]
	if g.byDate {
		w.parts = binary.BigEndian.AppendUint32(append(w.parts, 'd'), uint32(date))
	}
	if g.scalars >= 0 {
		w.parts, _ = r.askScalars(w.parts, g.scalars)
		return true
	}
	for k := range g.by {
		t := &g.by[k]
		w.scalar, _ = r.askScalars(w.scalar[:0], t.ask)
		var state partState
		if w.parts, state = t.append(w.parts, w.scalar); state == partNone {
			return false
		}
	}
	return true
}

// within gives a hash of scalars of a record in a group; whole says that none of
// them is null.
func (w *worker) within(of *group, r reading, k int) (digest spill.Key, whole bool) {
	w.parts = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(w.parts[:0], of.key[0]), of.key[1])
	w.parts, whole = r.askScalars(w.parts, k)
	return w.c.seeds.hash(w.parts), whole
}
