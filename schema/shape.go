package schema

import (
	"math"
	"slices"
)

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

func newLost(tally int, rest []string) lost {
	wild := slices.ContainsFunc(rest, func(s string) bool { return s == "*" || s == "#" })
	return lost{tally: tally, list: rest[0] != "*", absent: !wild}
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
	quick  *quick // of the shape, if it wants whole numbers alone and the window holds all of quoted
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
