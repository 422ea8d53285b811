package schema

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"

	"github.com/segel-id/segel/internal/form"
)

// rule is a compiled rule: a finding arises where it is in force, when is
// true and require is false. Unknown is not false.
type rule struct {
	Rule
	pointer     string
	from, until dayNumber // as in Rule; the ends of the range if it says nothing
	when        cond      // nil: always
	require     cond
	inputs      []string // names of the values that require mentions, in order
}

// compiler turns the rule vocabulary into exprs and conds. Operators that it
// does not know are refused: a rule that silently never fires is worse than
// none.
type compiler struct {
	reader
	values    map[string]expr
	schema    map[string]any // to see that every pointer leads to a declared place
	mentions  []string       // values mentioned since the last reset
	over      *overview      // nil: what is compiled is about one record
	elsewhere *[]pointer     // not nil: what is compiled is about a record of another dataset, at these places
	each      *pointer       // not nil: what is compiled may be about an element that it leads to
	depth     int
}

var (
	ruleID    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,39}$`)
	valueName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
)

// overSeveral are the operators for numbers of groups as well as of records.
var overSeveral = []string{"sum", "largest", "ceil", "round", "floor"}

var roundings = map[string]rounding{"ceil": roundUp, "round": roundNearest, "floor": roundDown}

func (c *compiler) declared(v any, where string) pointer {
	p := c.reader.pointer(v, where)
	if c.elsewhere != nil {
		*c.elsewhere = append(*c.elsewhere, p)
		return c.bind(p)
	}
	if c.err == nil && !declares(c.schema, p.steps) {
		c.fail(where)
	}
	return c.bind(p)
}

// single is a pointer without wildcards.
func (c *compiler) single(v any, where string) pointer {
	p := c.declared(v, where)
	if p.wild() {
		c.fail(where)
	}
	return p
}

// operator splits {"op": arg}.
func (c *compiler) operator(v any, where string) (op string, arg any) {
	m := c.dict(v, where)
	if len(m) != 1 {
		c.fail(where)
		return "", nil
	}
	for op, arg = range m {
	}
	return op, arg
}

// enter guards the recursion and stops after the first error.
func (c *compiler) enter(where string) bool {
	if c.depth++; c.depth > maxDepth {
		c.fail(where)
	}
	return c.err == nil
}

// expr compiles a number (a constant), "/…" (a pointer), "name" (a value of
// the definition) or {"operator": …}.
func (c *compiler) expr(v any, where string) expr {
	defer func() { c.depth-- }()
	if !c.enter(where) {
		return constant(0)
	}
	switch t := v.(type) {
	case json.Number:
		return constant(c.integer(t, where))
	case string:
		if isPlace(t) {
			if c.over != nil {
				c.fail(where) // which record's?
				return constant(0)
			}
			return number{c.single(t, where)}
		}
		e, ok := c.values[t]
		if !ok {
			c.fail(where)
			return constant(0)
		}
		c.mentions = append(c.mentions, t)
		return e
	}
	op, arg := c.operator(v, where)
	if c.over != nil && !slices.Contains(overSeveral, op) {
		return c.reckon(op, arg, where)
	}
	args := c.list(arg, where)
	if len(args) == 0 {
		c.fail(where)
		return constant(0)
	}
	switch op {
	case "sum":
		return sum(c.operands(args, where))
	case "largest":
		return largest(c.operands(args, where))
	case "ceil", "round", "floor":
		if len(args) == 3 {
			e := share{c.expr(args[0], where), c.integer(args[1], where), c.integer(args[2], where), roundings[op]}
			if e.num >= 1 && e.num <= 10_000 && e.den >= 1 && e.den <= 10_000 {
				return e
			}
		}
	case "days", "hours":
		if len(args) == 2 {
			return span{c.single(args[0], where), c.single(args[1], where), op == "hours"}
		}
	case "count":
		return count{c.declared(args[0], where), c.scalars(args[1:], where)}
	}
	c.fail(where)
	return constant(0)
}

func (c *compiler) operands(args []any, where string) []expr {
	var out []expr
	for i, a := range args {
		if s, ok := a.(string); ok && isPlace(s) && c.over == nil {
			if p := c.declared(s, index(where, i)); p.wild() {
				out = append(out, every{p})
				continue
			}
		}
		out = append(out, c.expr(a, index(where, i)))
	}
	return out
}

func (c *compiler) scalars(args []any, where string) []any {
	for _, a := range args {
		switch a.(type) {
		case string, json.Number, bool:
		default:
			c.fail(where)
		}
	}
	return args
}

func (c *compiler) cond(v any, where string) cond {
	defer func() { c.depth-- }()
	if !c.enter(where) {
		return allOf(nil)
	}
	op, arg := c.operator(v, where)
	if op == "not" {
		return not{c.cond(arg, where+"/not")}
	}
	args := c.list(arg, where)
	if len(args) == 0 {
		c.fail(where)
		return allOf(nil)
	}
	if c.over != nil && comparisons[op] == 0 && op != "all" && op != "any" {
		c.fail(where) // which record's?
	}
	switch op {
	case "=", "!=", "<", "<=", ">", ">=":
		if len(args) == 2 {
			return compare{comparisons[op], c.expr(args[0], index(where, 0)), c.expr(args[1], index(where, 1))}
		}
	case "all":
		return allOf(c.conds(args, where+"/all"))
	case "any":
		return anyOf(c.conds(args, where+"/any"))
	case "present":
		return present(c.pointers(args, where+"/present"))
	case "some":
		return some(c.pointers(args, where+"/some"))
	case "in":
		if len(args) > 1 {
			return places{c.declared(args[0], where), test{kind: testIn, in: c.scalars(args[1:], where)}}
		}
	case "prefix":
		if len(args) == 2 {
			return places{c.declared(args[0], where), test{kind: testPrefix, prefix: c.text(args[1], where)}}
		}
	case "match":
		if len(args) == 2 {
			p := c.declared(args[0], where)
			if re, err := regexp.Compile(c.text(args[1], where)); err == nil {
				return places{p, test{kind: testMatch, re: re}}
			}
		}
	case "same", "startsWith":
		if len(args) == 2 {
			return relate{c.single(args[0], where), c.single(args[1], where), op == "startsWith"}
		}
	case "within":
		if len(args) == 3 {
			lo, ok1 := args[1].(json.Number)
			hi, ok2 := args[2].(json.Number)
			if p := c.declared(args[0], where); ok1 && ok2 {
				return places{p, test{kind: testWithin, low: newBound(lo), high: newBound(hi)}}
			}
		}
	}
	c.fail(where)
	return allOf(nil)
}

func (c *compiler) conds(args []any, where string) []cond {
	var out []cond
	for i, a := range args {
		out = append(out, c.cond(a, index(where, i)))
	}
	return out
}

func (c *compiler) pointers(args []any, where string) []pointer {
	var out []pointer
	for i, a := range args {
		out = append(out, c.declared(a, index(where, i)))
	}
	return out
}

// head compiles what all rules have in common.
func (c *compiler) head(m map[string]any, where string) rule {
	r := rule{Rule: Rule{
		Scope:    ScopeRecord,
		ID:       c.text(m["id"], where+"/id"),
		Kind:     Kind(c.oneOf(m["kind"], where+"/kind", string(KindRule), string(KindNotice))),
		Severity: Severity(c.oneOf(m["severity"], where+"/severity", string(SeverityError), string(SeverityWarning), string(SeverityInfo))),
		From:     c.date(m["from"], where+"/from"),
		Until:    c.date(m["until"], where+"/until"),
		Citation: c.optional(m["citation"], where+"/citation"),
	}}
	if !ruleID.MatchString(r.ID) {
		c.fail(where + "/id")
	}
	if r.From != "" && r.Until != "" && r.From >= r.Until {
		c.fail(where + "/until")
	}
	r.from, r.until = noDay, math.MaxInt32
	if r.From != "" {
		r.from, _ = readDay([]byte(r.From))
	}
	if r.Until != "" {
		r.until, _ = readDay([]byte(r.Until))
	}
	if p := m["pointer"]; p != nil {
		r.pointer = c.declared(p, where+"/pointer").text
	}
	return r
}

// rule compiles one element of the definition's rules.
func (c *compiler) rule(v any, i int) rule {
	where := "/rules/" + strconv.Itoa(i)
	m := c.object(v, where, "id", "kind", "severity", "pointer", "when", "require", "from", "until", "citation")
	r := c.head(m, where)
	if w := m["when"]; w != nil {
		r.when = c.cond(w, where+"/when")
	}
	r.require, r.inputs = c.requirement(m["require"], where+"/require")
	return r
}

// requirement compiles a require, and names the values that it mentions, in
// their order.
func (c *compiler) requirement(v any, where string) (require cond, inputs []string) {
	c.mentions = nil
	require = c.cond(v, where)
	for _, name := range c.mentions {
		if !slices.Contains(inputs, name) {
			inputs = append(inputs, name)
		}
	}
	return require, inputs
}

func (c *compiler) date(v any, where string) string {
	s := c.optional(v, where)
	if s != "" && !form.Date(s) {
		c.fail(where)
	}
	return s
}

// inForce reports whether the rule applies on a day. Until is
// the first day on which it no longer does, as in the purpose vocabulary.
func (r *rule) inForce(date dayNumber) bool { return r.from <= date && date < r.until }

func (r *rule) dated() bool { return r.From != "" || r.Until != "" }
