package schema

import (
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
)

// Foreseen is what a definition says about the texts of one place, if that is
// patterns, of the schema or of rules, or that they are days. They mostly have the
// size and the form of the one before. So the end of a text is looked for there, and
// the text compared with the track of that one, before anybody looks at single bytes:
// nothing on a track ends a JSON text or begins an escape.
type foreseen struct {
	id       int // of the machine's habits
	min, max int // bytes
	patterns []*matcher
	day      bool
}

// habit is what a machine remembers of the texts of one place.
type habit struct {
	size   int // of the last
	tracks tracks
}

const (
	maxForeseeable = 16 // texts, if they are all that a place has
	maxTogether    = 8  // patterns of one place: with more a track would become long
)

const dayBytes = len("2006-01-02")

// foresee finds out whether there is something to be foreseen of a shape's texts.
// Rules that require a pattern of all of them are looked at together with the schema.
func (b *builder) foresee(n *shape) {
	f := &foreseen{id: b.prog.habits, max: maxTrack}
	if len(n.asserts) > 1 {
		return
	}
	for _, a := range n.asserts {
		if a.types&typeString == 0 {
			return
		}
		for _, s := range a.sets {
			if s.pattern == nil {
				return
			}
			f.patterns = append(f.patterns, s.pattern)
		}
		t := a.text
		if t == nil {
			continue
		}
		f.min = t.min
		if t.max >= 0 {
			f.max = t.max
		}
		if t.pattern != nil {
			f.patterns = append(f.patterns, t.pattern)
		}
		if t.format != nil {
			if f.day = t.format.exact; !f.day {
				return
			}
		}
	}
	var tests []*test
	if n.slot >= 0 {
		tests = append(tests, b.prog.judge.required[spot{n.slot, -1}]...)
	}
	for _, k := range n.visits {
		tests = append(tests, b.prog.judge.required[spot{-1, k}]...)
	}
	for _, t := range tests {
		if !slices.Contains(f.patterns, t.matcher) {
			f.patterns = append(f.patterns, t.matcher)
		}
	}
	if f.day == (len(f.patterns) > 0) || len(f.patterns) > maxTogether {
		return
	}
	for _, t := range tests {
		t.foreseen = true
	}
	n.foreseen = f
	b.prog.habits++
}

// foreseeable gives the pattern of a few texts if those of one length have one track,
// else nil.
func (b *builder) foreseeable(texts []string) *matcher {
	long := func(s string) bool { return len(s) > maxTrack }
	if len(texts) == 0 || len(texts) > maxForeseeable || slices.ContainsFunc(texts, long) {
		return nil
	}
	quoted := make([]string, len(texts))
	for i, s := range texts {
		quoted[i] = regexp.QuoteMeta(s)
	}
	p := b.matcher("^(?:" + strings.Join(quoted, "|") + ")$")
	if p == nil {
		return nil
	}
	var known [maxTrack + 1]*track
	for _, s := range texts {
		w := known[len(s)]
		if w == nil {
			w = &track{}
			w.lead([]byte(s), []*matcher{p})
			known[len(s)] = w
		}
		if !w.holds([]byte(s)) {
			return nil
		}
	}
	return p
}

// foresee gives the size of a text that begins at start, if it is as foreseen, and
// whether the leak guard need not look at it; 0: that remains to be seen.
func (m *machine) foresee(f *foreseen, start int) (size int, clean bool) {
	p := &m.habits[f.id]
	size = p.size
	b := m.b[start:]
	if len(b) <= max(size, 8) || b[size] != '"' || size < f.min || size > f.max {
		return 0, false
	}
	if f.day {
		if size != dayBytes || !isDate(b[:size]) {
			return 0, false
		}
		return size, true
	}
	w := p.tracks.last[size]
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

// known reports whether a text of ASCII is as foreseen.
func (m *machine) known(f *foreseen, text []byte) bool {
	p := &m.habits[f.id]
	if len(text) < f.min || len(text) > f.max || !p.tracks.known(text) {
		return false
	}
	p.size = len(text)
	return true
}

// remember takes a text of ASCII that the schema allows.
func (m *machine) remember(f *foreseen, text []byte) {
	if len(text) > maxTrack {
		return
	}
	p := &m.habits[f.id]
	p.size = len(text)
	if !f.day {
		m.learn(&p.tracks, text, f.patterns...)
	}
}
