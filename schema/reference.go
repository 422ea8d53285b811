package schema

import (
	"slices"
	"strconv"

	"github.com/segel-id/segel/internal/form"
)

// reference is a rule about a record and another dataset: that something of it
// is there, or what its numbers are beside those of the records there.
type reference struct {
	rule
	only       int      // condition on the record; -1: always
	each       *pointer // nil: it is about the record, not about its elements
	eachThere  *pointer
	enough     cond // of a require: only then it is judged; nil: always
	here       []lookup
	there      []lookup
	whereThere cond // nil: every record
	valid      []pointer
	places     []pointer // all that must be declared there

	values  map[string]expr // of a require
	asked   questions       // of a record there
	reckons []reckon
}

// exists reports whether the rule asks for nothing but a record there.
func (r *reference) exists() bool { return r.require == nil }

// reference compiles one element of the definition's references.
func (c *compiler) reference(v any, i int, d *Definition) *reference {
	where := "/references/" + strconv.Itoa(i)
	m := c.object(v, where, "id", "kind", "severity", "pointer", "from", "until", "citation", "when",
		"dataset", "each", "eachThere", "here", "there", "whereThere", "validThere", "exists", "enough", "require", "values")
	r := &reference{rule: c.head(m, where), only: -1}
	r.Scope, r.Against = ScopeDataset, c.text(m["dataset"], where+"/dataset")
	if !form.Dataset(r.Against) {
		c.fail(where + "/dataset")
	}
	r.each = c.element(m["each"], where+"/each")
	ask := &d.asked
	if r.each != nil {
		ask = &d.askedOfElements
	}
	c.each = r.each
	if w := m["when"]; w != nil {
		r.only = ask.truth(c.cond(w, where+"/when"))
	}
	r.here = c.lookups(m["here"], where+"/here", ask)
	c.each = nil
	c.about(r, func() {
		r.eachThere = c.element(m["eachThere"], where+"/eachThere")
		c.each = r.eachThere
		for i, v := range c.list(m["there"], where+"/there") {
			r.there = append(r.there, c.lookup(v, index(where+"/there", i)))
		}
		if w := m["whereThere"]; w != nil {
			r.whereThere = c.cond(w, where+"/whereThere")
		}
		if v := m["validThere"]; v != nil {
			list := c.list(v, where+"/validThere")
			for i, v := range list {
				r.valid = append(r.valid, c.single(v, index(where+"/validThere", i)))
			}
			if len(list) != 2 {
				c.fail(where + "/validThere")
			}
		}
	})
	rising := func(t lookup) bool { return t.up == toAllOver }
	if len(r.here) != len(r.there) || len(r.here) == 0 || slices.IndexFunc(r.there, rising) != lastIndexFunc(r.there, rising) {
		c.fail(where + "/there")
	}
	if r.each != nil && r.eachThere != nil && !sameWildcards(r.each, r.eachThere) {
		c.fail(where + "/eachThere")
	}
	c.form(r, m, where)
	return r
}

// form compiles what the rule demands.
func (c *compiler) form(r *reference, m map[string]any, where string) {
	_, required := m["require"]
	if !required {
		if m["exists"] != true {
			c.fail(where + "/exists")
		}
		if m["values"] != nil || m["enough"] != nil || r.eachThere != nil {
			c.fail(where)
		}
		return
	}
	if m["exists"] != nil || r.valid != nil {
		c.fail(where)
		return
	}
	values := c.values
	c.over = &overview{values: values, asked: &r.asked, there: r}
	r.values = c.locals(m["values"], where+"/values")
	c.values = r.values
	if v := m["enough"]; v != nil {
		r.enough = c.cond(v, where+"/enough")
	}
	r.rule.require, r.inputs = c.requirement(m["require"], where+"/require")
	r.inputs = withAll(r.inputs, r.values)
	r.reckons = c.over.reckons
	c.over, c.values = nil, values
}

// about compiles something about a record of the other dataset. What is there
// is for its own definition to say: NewIndex asks it.
func (c *compiler) about(r *reference, f func()) {
	values, each := c.values, c.each
	c.values, c.elsewhere, c.each = nil, &r.places, r.eachThere
	f()
	c.values, c.elsewhere, c.each = values, nil, each
}

// here is a number of the record here, in a rule about another dataset.
type here struct{ of expr }

func (e here) eval(v any) (int64, bool) { return e.of.eval(v.(*reckoning).record) }

func (e here) small(v any) bool { return e.of.small(v.(*reckoning).record) }

func (c *compiler) numberHere(arg any, where string) (e expr) {
	over := c.over
	c.one(func() {
		c.each = over.there.each
		e = here{c.expr(arg, where)}
		c.each = nil
	})
	return e
}

// reckonThere compiles a number of the records there.
func (c *compiler) reckonThere(v any, where string) expr {
	op, arg := c.operator(v, where)
	kind, is := reckonKinds[op]
	if !is || kind == reckonDistinct {
		c.fail(where)
		return constant(0)
	}
	r := reckon{kind: kind, test: -1}
	ask := c.over.asked
	over := c.over
	c.one(func() {
		c.about(over.there, func() {
			if kind != reckonRecords {
				r.of = ask.number(c.expr(arg, where))
			} else if args := c.list(arg, where); len(args) == 1 {
				r.test = ask.truth(c.cond(args[0], where))
			} else if len(args) > 1 {
				c.fail(where)
			}
		})
	})
	over.reckons = append(over.reckons, r)
	return reckoned{len(over.reckons) - 1}
}

func sameWildcards(a, b *pointer) bool {
	of := func(p *pointer) (out []string) {
		for _, s := range p.steps {
			if s == "*" || s == "#" {
				out = append(out, s)
			}
		}
		return out
	}
	return slices.Equal(of(a), of(b))
}

func lastIndexFunc[T any](list []T, f func(T) bool) int {
	for i := len(list) - 1; i >= 0; i-- {
		if f(list[i]) {
			return i
		}
	}
	return -1
}

// vetReferences sees to it that no rule shows what is computed from a sensitive
// field here; NewIndex does so for what is there.
func (d *Definition) vetReferences(c *compiler) {
	for i, r := range d.references {
		for _, e := range r.values {
			if d.touchesSensitive(e) {
				c.fail("/references/" + strconv.Itoa(i) + "/values")
			}
		}
	}
}
