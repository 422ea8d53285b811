package schema

import (
	"slices"
	"strconv"
	"strings"
)

// groupRule is a rule over all the records of a file that have the same
// scalars at by and the same legal date, so that one law judges them.
type groupRule struct {
	rule      // its require is about what was reckoned
	form      groupForm
	each      *pointer   // nil: it is about records, not about their elements
	simple    bool       // what it asks of an element is answered in place
	asked     *questions // that its numbers below are of
	where     int        // condition; -1: every record belongs
	by        []lookup
	scalars   int   // by, as scalars; -1: of some of them only a piece is wanted
	byElement bool  // some of them are the element's
	byDate    bool  // and so is the legal date
	like      int   // the first rule that groups in the same way
	fields    int   // scalars, of unique
	number    int   // of gapless and every, and of unique if it is single
	single    bool  // so the number is the only field
	few       int64 // numbers up to this are kept as marks
	size      int64 // of every
	holds     int   // condition, of every
	values    map[string]expr
	reckons   []reckon
}

// questions are what rules over several records ask of one record, so that
// both engines can number the answers: such a rule holds nothing but indexes.
type questions struct {
	numbers []expr
	truths  []cond
	lists   [][]pointer // of scalars
}

func (q *questions) number(e expr) int {
	q.numbers = append(q.numbers, e)
	return len(q.numbers) - 1
}

func (q *questions) truth(c cond) int {
	q.truths = append(q.truths, c)
	return len(q.truths) - 1
}

// scalars gives equal lists one number.
func (q *questions) scalars(at []pointer) int {
	same := func(a, b pointer) bool { return a.text == b.text }
	if k := slices.IndexFunc(q.lists, func(l []pointer) bool { return slices.EqualFunc(l, at, same) }); k >= 0 {
		return k
	}
	q.lists = append(q.lists, at)
	return len(q.lists) - 1
}

type groupForm uint8

const (
	groupRequire groupForm = iota
	groupUnique            // no two records have the same fields
	groupGapless           // the numbers are 1, 2, 3 and so on, each at least once
	groupEvery             // every block of numbers that are all there has a record for which holds is true
)

// plain is a list of places that hold nothing but scalars; at least one.
func (c *compiler) plain(v any, where string) []pointer {
	var out []pointer
	for i, a := range c.list(v, where) {
		p := c.single(a, index(where, i))
		if c.err == nil && !c.alwaysScalar(p) {
			c.fail(index(where, i))
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		c.fail(where)
	}
	return out
}

// locals compiles the named values of one rule over several records.
func (c *compiler) locals(v any, where string) map[string]expr {
	out := map[string]expr{}
	if v == nil {
		return out
	}
	c.values = nil
	for i, name := range sortedKeys(c.dict(v, where)) {
		if !valueName.MatchString(name) {
			c.fail(index(where, i))
		}
		out[name] = c.expr(v.(map[string]any)[name], index(where, i))
	}
	return out
}

// withAll adds the names of the other values: those of one rule are all for it.
func withAll(inputs []string, values map[string]expr) []string {
	for _, name := range sortedValues(values) {
		if !slices.Contains(inputs, name) {
			inputs = append(inputs, name)
		}
	}
	return inputs
}

// group compiles one element of the definition's groups.
func (c *compiler) group(v any, i int, d *Definition) groupRule {
	where := "/groups/" + strconv.Itoa(i)
	m := c.object(v, where, "id", "kind", "severity", "pointer", "from", "until", "citation",
		"each", "by", "where", "unique", "gapless", "every", "require", "values")
	g := groupRule{rule: c.head(m, where), asked: &d.asked, where: -1}
	g.Scope = ScopeGroup
	if g.each = c.element(m["each"], where+"/each"); g.each != nil {
		g.asked = &d.askedOfElements
	}
	c.each = g.each
	defer func() { c.each = nil }()
	ask := g.asked
	by := c.groupBy(&g, m["by"], where+"/by", d)
	if w := m["where"]; w != nil {
		g.where = ask.truth(c.cond(w, where+"/where"))
	}
	forms := 0
	for form, name := range []string{"require", "unique", "gapless", "every"} {
		if _, is := m[name]; is {
			g.form = groupForm(form)
			forms++
		}
	}
	if forms != 1 || m["values"] != nil && g.form != groupRequire {
		c.fail(where)
		return g
	}
	switch g.form {
	case groupUnique:
		fields := c.plain(m["unique"], where+"/unique")
		g.fields = ask.scalars(fields)
		// The check for keys that appear twice would have found it before.
		g.simple = g.inPlace()
		g.single = g.each == nil && len(fields) == 1
		if g.single {
			g.number = ask.number(number{fields[0]})
		}
		if g.each == nil && !slices.ContainsFunc(d.keys, func(k pointer) bool { return !holds(by, k) && !holds(fields, k) }) {
			c.fail(where + "/unique")
		}
	case groupGapless:
		g.number = ask.number(number{c.single(m["gapless"], where+"/gapless")})
		g.few = mostMarks
	case groupEvery:
		args := c.list(m["every"], where+"/every")
		if len(args) != 3 {
			c.fail(where + "/every")
			return g
		}
		g.size = c.integer(args[0], where+"/every/0")
		if g.size < 2 || g.size > 1000 {
			c.fail(where + "/every/0")
			return g
		}
		g.few = mostMarks / g.size * g.size // whole blocks
		g.number = ask.number(number{c.single(args[1], where+"/every/1")})
		g.holds = ask.truth(c.cond(args[2], where+"/every/2"))
	case groupRequire:
		values := c.values
		c.over = &overview{values: values, asked: ask}
		g.values = c.locals(m["values"], where+"/values")
		c.values = g.values
		g.require, g.inputs = c.requirement(m["require"], where+"/require")
		g.inputs = withAll(g.inputs, g.values)
		g.reckons = c.over.reckons
		c.over, c.values = nil, values
	}
	return g
}

func holds(list []pointer, p pointer) bool {
	return slices.ContainsFunc(list, func(q pointer) bool { return q.text == p.text })
}

// vetGroups sees to it that nothing is reckoned from sensitive fields but how
// many there are.
func (d *Definition) vetGroups(c *compiler) {
	for i := range d.groups {
		g := &d.groups[i]
		for _, r := range g.reckons {
			if r.shows() && d.touchesSensitive(g.asked.numbers[r.of]) {
				c.fail("/groups/" + strconv.Itoa(i) + "/values")
			}
		}
	}
}

// markUnique keeps numbers that must be unique as marks where another rule keeps the
// groups in any case. By itself unique needs digests alone, which take less room
// if there are as many groups as records.
func (d *Definition) markUnique() {
	for i := range d.groups {
		g := &d.groups[i]
		if g.single && slices.ContainsFunc(d.groups, func(o groupRule) bool { return o.like == g.like && o.form != groupUnique }) {
			g.few = mostMarks
		}
	}
}

func (d *Definition) touchesSensitive(e expr) bool {
	return slices.ContainsFunc(pointersOf(e), func(p pointer) bool {
		return slices.ContainsFunc(d.sensitive, func(f sensitiveField) bool { return overlap(p.whole(), f.at.steps) })
	})
}

// isPlace tells a pointer from a name.
func isPlace(s string) bool { return strings.HasPrefix(s, "/") }
