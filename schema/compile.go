package schema

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/segel-id/segel/internal/limits"
)

// A program is a definition compiled for the machine. It is immutable but for
// the pool of machines that have run it.
type program struct {
	root     *shape
	names    map[string]bool // that the definition declares
	groups   int
	counters int
	objects  []int // of every objectShape, how many members it declares
	matchers int
	habits   int // where texts are foreseen
	judge    *judge
	pool     sync.Pool
}

// A shape is what holds for a value at one place: of every subschema that
// applies there, whatever led to it, and of every pointer that leads there.
//
// A subschema that must hold is in group 0. One under anyOf, oneOf, not, if or
// the like has a group of its own: if something in it fails, that group has
// failed, and when the value ends, joints say what follows from that. No
// reference is circular, so every group stands for at most one value at a time.
type shape struct {
	first, last uint16 // groups that begin with the value: [first, last)
	asserts     []assertion
	joints      []joint   // innermost first
	boxes       bool      // whether the value may be a list or object that enum or const must be compared with
	quick       *quick    // short cut for whole numbers
	plain       bool      // no group begins or ends with it, so a text needs no preparation
	least, most int       // bytes of texts for which every assertion holds, whatever they are
	foreseen    *foreseen // of texts; nil: nothing
	tallied     bool      // tallies want it, or would have led further
	slot        int       // where the value is kept; -1: nowhere
	visits      []int     // tallies that the value counts in
	lost        []lost    // tallies that lead further down
	exempt      bool      // declared to hold what the leak guard looks for
	object      *objectShape
	array       *arrayShape
}

// lost is a tally whose pointer leads to a member below this value. If the
// value has none, the place is null: in a list always, else if no wildcard
// follows that could have led nowhere.
type lost struct {
	tally  int
	list   bool
	absent bool
	member int // in an objectShape: which member
}

type jointKind uint8

const (
	joinAny    jointKind = iota // at least one of the groups holds
	joinOne                     // exactly one does
	joinNot                     // the group does not
	joinIf                      // if the first holds, the second does, else the third
	joinObject                  // if the value is an object, the group holds
)

type joint struct {
	kind   jointKind
	parent uint16
	groups []uint16 // 0 in joinIf: nothing is said
}

type objectShape struct {
	id       int
	members  []member
	index    map[string]int
	rules    []objectRule
	depends  []depend
	patterns []*matcher
	digits   bool     // whether it matters that a name is all digits
	others   []*shape // members that are not declared, by the patterns that match
	lost     []lost
}

type member struct {
	quoted string // "name":
	window window // of quoted
	name   string
	shape  *shape
	quick  *quick // of the shape, if the window holds all of quoted
}

// bits is a set of declared members.
type members256 [4]uint64

const maxMembers = 256

type objectRule struct {
	group    uint16
	min, max int // max < 0: no limit
	required members256
	implied  []implied
}

// implied is dependentRequired.
type implied struct {
	member   int
	required members256
}

// depend is dependentSchemas: without the member, the group holds.
type depend struct {
	member int
	group  uint16
}

type arrayShape struct {
	prefix []*shape
	items  *shape
	rules  []arrayRule
}

type arrayRule struct {
	group    uint16
	min, max int
	unique   bool
	contains uint16 // group of what is looked for; 0: nothing
	atLeast  int
	atMost   int
	counter  int
}

// Limits of a program. Whoever writes a definition can make it expand; beyond
// them the reference does the work.
const (
	maxShapes   = 20_000
	maxGroups   = 4_000
	maxPatterns = 3 // of undeclared names in one object
)

// builder compiles a schema into shapes.
type builder struct {
	defs     map[string]any
	prog     *program
	shapes   int
	work     int
	matchers map[string]*matcher
	formats  map[string]*format
	points   []route
	any      [2]*shape
	why      string // why the schema cannot be compiled
}

// compile gives the program of a definition, or says why there is none.
func compile(d *Definition) (p *program, why string) {
	defs, _ := d.schema["$defs"].(map[string]any)
	b := &builder{defs: defs, prog: &program{names: d.names}, work: maxWork, matchers: map[string]*matcher{}, formats: map[string]*format{}}
	j := newJudge(d, b)
	b.prog.judge = j
	for i, at := range j.slots {
		b.points = append(b.points, route{at: at, slot: i, tally: -1})
	}
	for i, t := range j.tallies {
		b.points = append(b.points, route{at: t.at, slot: -1, tally: i})
	}
	for _, f := range d.sensitive {
		if f.holdsNumber() {
			b.points = append(b.points, route{at: f.at, slot: -1, tally: -1, exempt: true})
		}
	}
	var steps []step
	for i := range b.points {
		steps = append(steps, step{i, 0})
	}
	b.prog.root = b.shape([]part{{d.schema, 0}}, steps, false)
	if b.why != "" {
		return nil, b.why
	}
	return b.prog, ""
}

// part is a subschema that applies to a value, and its group.
type part struct {
	schema any
	group  uint16
}

// route is a pointer of the definition and what is done where it leads.
type route struct {
	at     pointer
	slot   int // -1: none
	tally  int // -1: none
	exempt bool
}

// step is a route that has been followed so far.
type step struct {
	route, done int
}

func (b *builder) fail(why string) {
	if b.why == "" {
		b.why = why
	}
}

func (b *builder) group() uint16 {
	b.prog.groups++
	if b.prog.groups > maxGroups {
		b.fail("too many alternatives")
		return 0
	}
	return uint16(b.prog.groups)
}

// layers are the subschemas of one value, references and allOf resolved.
type layers struct {
	n     *shape
	parts []part // with an object as schema
	when  []when
}

type when struct {
	name  string
	group uint16
}

func (b *builder) shape(parts []part, steps []step, exempt bool) *shape {
	if len(parts) == 0 && len(steps) == 0 {
		return b.anything(exempt)
	}
	n := &shape{slot: -1, exempt: exempt}
	if b.shapes++; b.shapes > maxShapes {
		b.fail("too many subschemas")
	}
	if b.why != "" {
		return n
	}
	var below []step
	for _, s := range steps {
		r := &b.points[s.route]
		if s.done < len(r.at.steps) {
			below = append(below, s)
			if r.tally >= 0 {
				n.lost = append(n.lost, newLost(r.tally, r.at.steps[s.done:]))
			}
			continue
		}
		if r.slot >= 0 {
			n.slot = r.slot
		}
		if r.tally >= 0 {
			n.visits = append(n.visits, r.tally)
		}
		n.exempt = n.exempt || r.exempt
	}
	l := &layers{n: n}
	n.first = uint16(b.prog.groups + 1)
	for _, p := range parts {
		b.gather(l, p.schema, p.group)
	}
	n.last = uint16(b.prog.groups + 1)
	if b.why == "" {
		b.object(l, below)
		b.array(l, below)
		n.tallied = len(n.visits)+len(n.lost) > 0
		n.ease()
		n.shorten()
		b.foresee(n)
	}
	return n
}

// anything is the shape of a value about which nothing is said, nor about
// anything in it.
func (b *builder) anything(exempt bool) *shape {
	known := &b.any[0]
	if exempt {
		known = &b.any[1]
	}
	if *known == nil {
		n := &shape{slot: -1, exempt: exempt, plain: true, most: math.MaxInt, quick: &quick{low: -limits.MaxInteger, high: limits.MaxInteger, slot: -1}}
		n.object = &objectShape{id: len(b.prog.objects), others: []*shape{n}}
		n.array = &arrayShape{items: n}
		b.prog.objects = append(b.prog.objects, 0)
		*known = n
	}
	return *known
}

func newLost(tally int, rest []string) lost {
	wild := slices.ContainsFunc(rest, func(s string) bool { return s == "*" || s == "#" })
	return lost{tally: tally, list: rest[0] != "*", absent: !wild}
}

// gather collects what a subschema says, and makes groups where its parts need
// not hold.
func (b *builder) gather(l *layers, schema any, group uint16) {
	if b.shapes++; b.shapes > maxShapes {
		b.fail("too many subschemas")
	}
	m, ok := schema.(map[string]any)
	if !ok {
		if schema != true {
			l.n.asserts = append(l.n.asserts, assertion{group: group}) // no type is right
		}
		return
	}
	if b.why != "" {
		return
	}
	for _, k := range []string{"unevaluatedProperties", "unevaluatedItems"} {
		if _, is := m[k]; is {
			b.fail(k)
			return
		}
	}
	b.assert(l, m, group)
	l.parts = append(l.parts, part{m, group})
	if ref, is := m["$ref"].(string); is {
		b.gather(l, b.defs[strings.TrimPrefix(ref, "#/$defs/")], group)
	}
	for _, s := range list(m["allOf"]) {
		b.gather(l, s, group)
	}
	alone := func(schema any) uint16 {
		g := b.group()
		b.gather(l, schema, g)
		return g
	}
	join := func(kind jointKind, groups ...uint16) {
		l.n.joints = append(l.n.joints, joint{kind, group, groups})
	}
	for kind, k := range []string{joinAny: "anyOf", joinOne: "oneOf"} {
		if branches := list(m[k]); len(branches) > 0 {
			var groups []uint16
			for _, s := range branches {
				groups = append(groups, alone(s))
			}
			join(jointKind(kind), groups...)
		}
	}
	if s, is := m["not"]; is {
		join(joinNot, alone(s))
	}
	if s, is := m["if"]; is {
		groups := []uint16{alone(s), 0, 0}
		if then, is := m["then"]; is {
			groups[1] = alone(then)
		}
		if other, is := m["else"]; is {
			groups[2] = alone(other)
		}
		join(joinIf, groups...)
	}
	dependent, _ := m["dependentSchemas"].(map[string]any)
	for _, name := range sortedKeys(dependent) {
		g := alone(dependent[name])
		l.when = append(l.when, when{name, g})
		join(joinObject, g)
	}
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// assert compiles what a subschema says about the value itself.
func (b *builder) assert(l *layers, m map[string]any, group uint16) {
	a := assertion{group: group, types: typeAll}
	if t, is := m["type"]; is {
		a.types = 0
		names, many := t.([]any)
		if !many {
			names = []any{t}
		}
		for _, name := range names {
			s, _ := name.(string)
			a.types |= typeNames[s]
		}
	}
	if v, is := m["const"]; is {
		a.sets = append(a.sets, newSet([]any{v}))
	}
	if v, is := m["enum"].([]any); is {
		a.sets = append(a.sets, newSet(v))
	}
	for _, s := range a.sets {
		l.n.boxes = l.n.boxes || s.boxes
		s.pattern = b.foreseeable(s.all)
	}
	t := textual{min: b.whole(m, "minLength", 0), max: b.whole(m, "maxLength", -1)}
	if p, is := m["pattern"].(string); is {
		t.pattern = b.matcher(p)
	}
	if f, is := m["format"].(string); is {
		t.format = b.format(f)
	}
	if t.min > 0 || t.max >= 0 || t.pattern != nil || t.format != nil {
		a.text = &t
	}
	n := numeric{
		low: limit(m["minimum"]), high: limit(m["maximum"]),
		above: limit(m["exclusiveMinimum"]), below: limit(m["exclusiveMaximum"]), multiple: limit(m["multipleOf"]),
	}
	if n != (numeric{}) {
		a.num = &n
	}
	if a.types != typeAll || a.text != nil || a.num != nil || a.sets != nil {
		l.n.asserts = append(l.n.asserts, a)
	}
}

func limit(v any) *bound {
	n, ok := v.(json.Number)
	if !ok {
		return nil
	}
	b := newBound(n)
	return &b
}

// whole gives a limit of length or number of things.
func (b *builder) whole(m map[string]any, keyword string, without int) int {
	v, is := m[keyword].(json.Number)
	if !is {
		return without
	}
	n, ok := integer(v)
	if !ok || n < 0 {
		b.fail(keyword)
	}
	return int(min(n, 1<<30))
}

func (b *builder) matcher(pattern string) *matcher {
	m := b.matchers[pattern]
	if m == nil {
		re, err := regexp.Compile(pattern)
		if err != nil {
			b.fail("pattern")
			return nil
		}
		m = newMatcher(re, &b.work)
		m.id = b.prog.matchers
		b.prog.matchers++
		b.matchers[pattern] = m
	}
	return m
}

func (b *builder) format(name string) *format {
	f := b.formats[name]
	if f == nil {
		var ok bool
		if f, ok = newFormat(name); !ok {
			b.fail("format")
			return nil
		}
		b.formats[name] = f
	}
	return f
}

// ease finds lengths of texts of which nothing else needs to be known. A character
// has one to four bytes.
func (n *shape) ease() {
	n.least, n.most = 0, math.MaxInt
	for i := range n.asserts {
		a := &n.asserts[i]
		if a.types&typeString == 0 || len(a.sets) > 0 {
			n.most = -1
			return
		}
		if t := a.text; t != nil {
			if t.pattern != nil || t.format != nil {
				n.most = -1
				return
			}
			n.least = max(n.least, 4*t.min-3)
			if t.max >= 0 {
				n.most = min(n.most, t.max)
			}
		}
	}
}
