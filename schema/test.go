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

	set     *set     // of in, and
	matcher *matcher // of re, in a program
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
	switch t.kind {
	case testIn:
		switch v.kind {
		case seenText:
			return t.set.hasText(v.text)
		case seenNumber:
			return t.set.hasNumber(&v.number)
		case seenFalse, seenTrue:
			return t.set.hasTruth(v.kind == seenTrue)
		}
	case testPrefix:
		return v.kind == seenText && len(v.text) >= len(t.prefix) && string(v.text[:len(t.prefix)]) == t.prefix
	case testMatch:
		return v.kind == seenText && m.matches(t.matcher, v.text)
	case testWithin:
		switch v.kind {
		case seenNumber:
			return v.number.cmp(&t.low) >= 0 && v.number.cmp(&t.high) <= 0
		case seenText:
			f, ok := readFigure(v.text)
			return ok && f.cmp(&t.low) >= 0 && f.cmp(&t.high) <= 0
		}
	}
	return false
}
