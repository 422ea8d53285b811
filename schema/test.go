package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

type testKind uint8

const (
	testIn testKind = iota
	testPrefix
	testMatch
	testWithin
)

// A test is what a rule says about one value that is not null.
type test struct {
	kind      testKind
	in        []any
	prefix    string
	re        *regexp.Regexp
	low, high bound

	set      *set     // of in, and
	matcher  *matcher // in a program: of re, or of in if that can be foreseen
	placed   bool     // somebody may ask which place fails it
	foreseen bool     // every text that is as foreseen passes
}

// key is the same for tests that are the same.
func (t *test) key() string {
	pattern := ""
	if t.re != nil {
		pattern = t.re.String()
	}
	in := ""
	for _, v := range t.in { // 1 and "1" are written alike under %#v
		in += fmt.Sprintf("%T %q ", v, fmt.Sprint(v))
	}
	return fmt.Sprintf("%d %s %q %q %v %v", t.kind, in, t.prefix, pattern, t.low.rat, t.high.rat)
}

// value is the test of a decoded value.
func (t *test) value(v any) bool {
	s, isText := v.(string)
	switch t.kind {
	case testIn:
		return oneOf(v, t.in)
	case testPrefix:
		return isText && strings.HasPrefix(s, t.prefix)
	case testMatch:
		return isText && t.re.MatchString(s)
	}
	n, ok := v.(json.Number)
	if isText && isNumber(s) && inRange(s) {
		n, ok = json.Number(s), true
	}
	if !ok {
		return false
	}
	d := decimal(n)
	return d.Cmp(t.low.rat) >= 0 && d.Cmp(t.high.rat) <= 0
}

// holds is the test of a value in place. It is the same test: within holds for
// a number, or a text that is a JSON number, because coordinates are published
// as both.
func (t *test) holds(m *machine, v *seen) bool {
	switch v.kind {
	case seenText:
		return t.text(m, v.text)
	case seenNumber:
		return t.figure(&v.number)
	case seenFalse, seenTrue:
		return t.kind == testIn && t.set.hasTruth(v.kind == seenTrue)
	}
	return false
}

func (t *test) text(m *machine, text []byte) bool {
	switch t.kind {
	case testMatch:
		return m.matches(t.matcher, text)
	case testIn:
		return t.set.hasText(text)
	case testPrefix:
		return len(text) >= len(t.prefix) && string(text[:len(t.prefix)]) == t.prefix
	}
	f, ok := readFigure(text)
	return ok && t.figure(&f)
}

func (t *test) figure(f *figure) bool {
	switch t.kind {
	case testIn:
		return t.set.hasNumber(f)
	case testWithin:
		return f.cmp(&t.low) >= 0 && f.cmp(&t.high) <= 0
	}
	return false
}

// ranged is a statement that what a slot holds is within bounds. Of a fraction it is
// judged while it is being read, or it would have to be read a second time.
type ranged struct {
	said int
	test *test
}

// bound finds these statements.
func (j *judge) bound() {
	j.ranges = make([][]ranged, len(j.slots))
	for k := range j.said {
		if s := &j.said[k]; s.kind == statementPlaces && s.at[0].slot >= 0 && s.test.kind == testWithin {
			at := &j.ranges[s.at[0].slot]
			*at = append(*at, ranged{k, s.test})
		}
	}
}
