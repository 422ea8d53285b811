package schema

import "bytes"

// lookup is a scalar by which records are put together or looked up, as it is
// or a piece of it.
type lookup struct {
	at   pointer
	ask  int    // of the record here
	head int    // leading characters; 0: all
	drop string // what is left out
	up   rise
}

// rise leads from the code of an area to those around it.
type rise uint8

const (
	stay      rise = iota
	toParent       // one level up
	toAllOver      // every level up
)

// levels are the lengths of KPU's codes, from a station to a province. Around a
// province is the nation, whose code is null.
var levels = []int{13, 10, 6, 4, 2}

// around gives the code one level up; nil is the nation.
func around(code []byte) (up []byte, ok bool) {
	for i, n := range levels {
		switch {
		case len(code) != n:
		case i+1 == len(levels):
			return nil, true
		default:
			return code[:levels[i+1]], true
		}
	}
	return nil, false
}

// partState is what became of a scalar.
type partState uint8

const (
	partNone partState = iota // there is no such piece of it
	partNull
	partSome
)

// plain reports whether the scalar is taken as it is.
func (t *lookup) plain() bool { return t.head == 0 && t.drop == "" && t.up == stay }

// append appends the scalar, or what is wanted of it, to a key. It is as
// scalarsOf wrote it.
func (t *lookup) append(parts, scalar []byte) ([]byte, partState) {
	if scalar[0] == '0' {
		if t.up != stay {
			return parts, partNone // nothing is around the nation
		}
		return append(parts, scalar...), partNull
	}
	if t.plain() {
		return append(parts, scalar...), partSome
	}
	if scalar[0] != 's' {
		return parts, partNone
	}
	text := scalar[partHead:]
	switch {
	case t.up == toParent:
		code, ok := around(text)
		return appendArea(parts, code, ok)
	case t.drop != "":
		text = bytes.ReplaceAll(text, []byte(t.drop), nil)
	default:
		if text = firstRunes(text, t.head); text == nil {
			return parts, partNone
		}
	}
	return keyPart(parts, 's', text), partSome
}

func appendArea(parts, code []byte, ok bool) ([]byte, partState) {
	switch {
	case !ok:
		return parts, partNone
	case code == nil:
		return keyPart(parts, '0', nil), partNull
	}
	return keyPart(parts, 's', code), partSome
}

// firstRunes gives so many characters; nil if there are fewer.
func firstRunes(text []byte, n int) []byte {
	for i := range string(text) {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	if n == 0 {
		return text
	}
	return nil
}

// lookup compiles one scalar to look up.
func (c *compiler) lookup(v any, where string) (t lookup) {
	if _, is := v.(string); is {
		t.at = c.single(v, where)
		return t
	}
	op, arg := c.operator(v, where)
	args := c.list(arg, where)
	if len(args) == 0 {
		c.fail(where)
		return t
	}
	t.at = c.single(args[0], where)
	switch {
	case op == "parent" && len(args) == 1:
		t.up = toParent
		return t
	case op == "ancestors" && len(args) == 1:
		t.up = toAllOver
		return t
	case op == "first" && len(args) == 2:
		if n := c.integer(args[1], where); n >= 1 && n <= 100 {
			t.head = int(n)
			return t
		}
	case op == "drop" && len(args) == 2:
		t.drop = c.text(args[1], where)
		return t
	}
	c.fail(where)
	return t
}

// lookups compiles a list of them about a record here, at places that hold
// nothing but scalars; at least one.
func (c *compiler) lookups(v any, where string, ask *questions) (out []lookup) {
	for i, v := range c.list(v, where) {
		t := c.lookup(v, index(where, i))
		if c.err == nil && !c.alwaysScalar(t.at) || t.up == toAllOver {
			c.fail(index(where, i))
		}
		t.ask = ask.scalars([]pointer{t.at})
		out = append(out, t)
	}
	if len(out) == 0 {
		c.fail(where)
	}
	return out
}

func (c *compiler) alwaysScalar(p pointer) bool {
	return always(c.schema, c.schema, p.whole(), scalar)
}

func (t lookup) same(other lookup) bool {
	return t.at.text == other.at.text && t.head == other.head && t.drop == other.drop && t.up == other.up
}
