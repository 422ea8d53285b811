package schema

import (
	"math"
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
