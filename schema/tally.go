package schema

import (
	"math"
	"strconv"
	"strings"
)

// seen is a value as the machine meets it: its text or number in place.
type seen struct {
	kind   seenKind
	number figure
	text   []byte
}

type seenKind uint8

const (
	seenNull seenKind = iota // or absent
	seenNumber
	seenText
	seenFalse
	seenTrue
	seenBox // a list or an object
)

// A tally is what rules want to know about all the places that one pointer
// with wildcards leads to.
type tally struct {
	at        pointer
	tests     []*test
	wayToNull bool // present wants the first place that is null
}

// tallied is a tally of one record.
type tallied struct {
	nulls  int
	filled int // other than null
	whole  int // of those, whole numbers,
	sum    int64
	top    int64
	great  bool // one of them is beyond what findings show
	nullAt []int32
	tests  []tested
}

type tested struct {
	holds, fails int
	failAt       []int32
}

// The way to a place is kept as the index at each depth.
const (
	inObject = -1 // the container is an object
	nowhere  = -2 // first in a way: a list stood where a member was wanted
)

// count adds one place to a tally.
func (m *machine) count(k int, v *seen) {
	def, t := &m.p.judge.tallies[k], &m.tallies[k]
	if v.kind == seenNull {
		m.lose(k, false)
		return
	}
	t.filled++
	if v.kind == seenNumber && v.number.whole {
		m.addWhole(t, v.number.n)
	}
	for i, test := range def.tests {
		if test.holds(m, v) {
			t.tests[i].holds++
		} else {
			m.keepFailed(def, test, &t.tests[i])
		}
	}
}

// countText is count for a text. good says that it is as foreseen.
func (m *machine) countText(k int, text []byte, good bool) {
	def, t := &m.p.judge.tallies[k], &m.tallies[k]
	t.filled++
	for i, test := range def.tests {
		if good && test.foreseen || test.text(m, text) {
			t.tests[i].holds++
		} else {
			m.keepFailed(def, test, &t.tests[i])
		}
	}
}

func (m *machine) keepFailed(def *tally, of *test, t *tested) {
	if t.fails++; of.placed {
		m.keepWay(&t.failAt, def, t.fails, false)
	}
}

func (m *machine) addWhole(t *tallied, n int64) {
	if t.whole == 0 || n > t.top {
		t.top = n
	}
	t.whole++
	t.great = t.great || !small(n)
	if t.sum = add(t.sum, n); t.sum == math.MaxInt64 || t.sum == math.MinInt64 {
		m.unsure = true // the sum depends on the order, which is that of names
	}
}

// countWhole is count for a whole number.
func (m *machine) countWhole(k int, n int64) {
	if len(m.p.judge.tallies[k].tests) > 0 {
		m.count(k, &seen{kind: seenNumber, number: figure{whole: true, n: n}})
		return
	}
	t := &m.tallies[k]
	t.filled++
	m.addWhole(t, n)
}

// lose adds a place that is null or absent.
func (m *machine) lose(k int, list bool) {
	def, t := &m.p.judge.tallies[k], &m.tallies[k]
	t.nulls++
	if def.wayToNull {
		m.keepWay(&t.nullAt, def, t.nulls, list)
	}
}

// keepWay keeps the way to the first place of its sort. First is by the names
// of members, which only the reference sorts: it decides where that could
// make a difference.
func (m *machine) keepWay(way *[]int32, def *tally, n int, list bool) {
	named := false
	for i, step := range def.at.steps {
		if step != "*" && step != "#" {
			continue
		}
		if m.way[i] == inObject {
			named = true
		} else if named {
			m.unsure = true
		}
	}
	if list {
		if named {
			m.unsure = true
		}
		if n == 1 {
			*way = append((*way)[:0], nowhere)
		}
		return
	}
	if n == 1 {
		*way = append((*way)[:0], m.way[:len(def.at.steps)]...)
	}
}

// pointer writes a way as a finding has it: indexes, and wildcards for the
// names of members, which are the sender's.
func (t *tally) pointer(way []int32) string {
	if way[0] == nowhere {
		return ""
	}
	var b strings.Builder
	for i, step := range t.at.steps {
		b.WriteByte('/')
		if step == "*" && way[i] != inObject {
			b.WriteString(strconv.Itoa(int(way[i])))
		} else {
			b.WriteString(escape.Replace(step))
		}
	}
	return b.String()
}

func (t *tallied) reset() {
	t.nulls, t.filled, t.whole, t.sum, t.great = 0, 0, 0, 0, false
	for i := range t.tests {
		t.tests[i].holds, t.tests[i].fails = 0, 0
	}
}

// meet counts a value that is no object in the tallies that lead to it or
// would lead further.
func (m *machine) meet(n *shape, v *seen) {
	for _, k := range n.visits {
		m.count(k, v)
	}
	for i := range n.lost {
		if n.lost[i].absent {
			m.lose(n.lost[i].tally, false)
		}
	}
}

// meetText is meet for a text. good says that it is as foreseen.
func (m *machine) meetText(n *shape, text []byte, good bool) {
	for _, k := range n.visits {
		m.countText(k, text, good)
	}
	for i := range n.lost {
		if n.lost[i].absent {
			m.lose(n.lost[i].tally, false)
		}
	}
}
