package schema

// truth is three-valued (Kleene): what depends on a missing number is
// unknown, and only what is false breaks a rule.
type truth int8

const (
	unknown truth = iota
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// A cond is a statement about a record. at names the first place that makes a
// statement over places false, in the definition's names and indexes.
type cond interface {
	eval(record any) (t truth, at string)
}

// compare relates two expressions; unknown if one has no value.
type compare struct {
	op   comparison
	a, b expr
}

// comparison says for which orders of a and b it holds.
type comparison uint8

const (
	less comparison = 1 << iota
	same
	more
)

var comparisons = map[string]comparison{"=": same, "!=": less | more, "<": less, "<=": less | same, ">": more, ">=": more | same}

type allOf []cond

type anyOf []cond

type not struct{ c cond }

// present says that all places hold something other than null; some, that at
// least one does. They are never unknown.
type present []pointer

type some []pointer

// places says that the test holds at every place of the pointer. A null is
// unknown; so is a pointer that leads nowhere.
type places struct {
	at   pointer
	test test
}

func (c compare) eval(record any) (truth, string) {
	a, ok := c.a.eval(record)
	if !ok {
		return unknown, ""
	}
	b, ok := c.b.eval(record)
	if !ok {
		return unknown, ""
	}
	return truthOf(c.op.holds(a, b)), ""
}

func (c comparison) holds(a, b int64) bool {
	order := same
	if a < b {
		order = less
	} else if a > b {
		order = more
	}
	return c&order != 0
}

func (c allOf) eval(record any) (truth, string) {
	result := yes
	for _, part := range c {
		switch t, at := part.eval(record); t {
		case no:
			return no, at
		case unknown:
			result = unknown
		}
	}
	return result, ""
}

func (c anyOf) eval(record any) (truth, string) {
	result, first := no, ""
	for _, part := range c {
		switch t, at := part.eval(record); {
		case t == yes:
			return yes, ""
		case t == unknown:
			result = unknown
		case first == "":
			first = at
		}
	}
	return result, first
}

func (c not) eval(record any) (truth, string) {
	t, _ := c.c.eval(record)
	return negate(t), ""
}

func negate(t truth) truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

func (c present) eval(record any) (truth, string) {
	result, first := yes, ""
	for _, p := range c {
		p.each(record, func(m match) bool {
			if m.value == nil {
				result, first = no, m.at
			}
			return m.value != nil
		})
		if result == no {
			break
		}
	}
	return result, first
}

func (c some) eval(record any) (truth, string) {
	result := no
	for _, p := range c {
		p.each(record, func(m match) bool {
			if m.value != nil {
				result = yes
			}
			return m.value == nil
		})
	}
	return result, ""
}

func (c places) eval(record any) (truth, string) {
	result, any, first := yes, false, ""
	c.at.each(record, func(m match) bool {
		any = true
		switch {
		case m.value == nil:
			result = unknown
		case !c.test.value(m.value):
			result, first = no, m.at
			return false
		}
		return true
	})
	if !any {
		return unknown, ""
	}
	return result, first
}
