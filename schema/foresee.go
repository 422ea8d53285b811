package schema

import "encoding/binary"

// Foreseen is what a schema says about the texts of one place if it is one pattern,
// or that they are days: they mostly have the size of the one before. So its end
// is looked for there, and the text seen to have the form before anybody looks at
// single bytes: nothing in such a form ends a JSON text or begins an escape.
type foreseen struct {
	id       int // of the machine's sizes
	min, max int // bytes
	pattern  *matcher
	day      bool
}

const dayBytes = len("2006-01-02")

// foreseen gives the form of a shape's texts; nil: there is none.
func (b *builder) foreseen(n *shape) *foreseen {
	if len(n.asserts) != 1 {
		return nil
	}
	a := &n.asserts[0]
	t := a.text
	if t == nil || a.types&typeString == 0 || len(a.sets) > 0 || (t.pattern == nil) == (t.format == nil) ||
		t.format != nil && !t.format.exact || t.pattern != nil && t.pattern.tail > 0 {
		return nil
	}
	f := &foreseen{id: b.prog.foreseen, min: t.min, max: t.max, pattern: t.pattern, day: t.pattern == nil}
	if f.max < 0 {
		f.max = maxWay
	}
	b.prog.foreseen++
	return f
}

// foresee gives the size of a text that begins at start, if it has the form, and
// whether the leak guard need not look at it; 0: that remains to be seen.
func (m *machine) foresee(f *foreseen, start int) (size int, clean bool) {
	size = int(m.sizes[f.id])
	b := m.b[start:]
	if len(b) <= max(size, 8) || b[size] != '"' || size < f.min || size > f.max {
		return 0, false
	}
	if f.day {
		if size == dayBytes && isDate(b[:size]) {
			return size, true
		}
		return 0, false
	}
	w := m.ways[f.pattern.id].last[size]
	if w == nil || !w.whole {
		return 0, false
	}
	if size < 8 {
		if !w.holdsShort(binary.LittleEndian.Uint64(b)&(1<<(8*size)-1), b[:size]) {
			return 0, false
		}
	} else if !w.holds(b[:size]) {
		return 0, false
	}
	return size, w.clean
}
