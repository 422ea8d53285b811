package schema

import "slices"

// reckon is a number over the records of a group.
type reckon struct {
	kind reckonKind
	of   int // number, of total, least and most
	test int // condition, of records; -1: all
	at   int // scalars, of distinct
}

type reckonKind uint8

const (
	reckonRecords  reckonKind = iota
	reckonTotal               // no value if one record has none
	reckonLeast               // of those that have a value
	reckonMost                // of those that have a value
	reckonDistinct            // combinations of scalars without null
)

var reckonKinds = map[string]reckonKind{
	"records": reckonRecords, "total": reckonTotal, "least": reckonLeast, "most": reckonMost, "distinct": reckonDistinct,
}

// amount is what one record gives to one number of its group, and then that
// number.
type amount struct {
	n      int64
	none   bool  // no value
	great  bool  // beyond what findings show, or computed from something that is
	digest bool  // n is its place among the batch's digests, of distinct and unique
	holds  truth // of every
}

// begin is the number of a group that has no record yet.
func (r *reckon) begin() amount {
	return amount{none: r.kind == reckonLeast || r.kind == reckonMost}
}

// enter adds a record's amount to a group's number. fresh says that distinct
// has not met its scalars yet.
func (r *reckon) enter(a, of *amount, fresh bool) {
	a.great = a.great || of.great
	switch r.kind {
	case reckonDistinct:
		if fresh {
			a.n++
		}
	case reckonRecords:
		a.n += of.n
	case reckonTotal:
		a.n, a.none = add(a.n, of.n), a.none || of.none
	case reckonLeast, reckonMost:
		if !of.none && (a.none || (of.n < a.n) == (r.kind == reckonLeast) && of.n != a.n) {
			a.n, a.none = of.n, false
		}
	}
}

// reckoning stands in for the record where a require is about several: all
// its numbers.
type reckoning struct {
	amounts []amount
	record  any // here, of a rule about another dataset
}

// reckoned is one of them.
type reckoned struct{ index int }

func (e reckoned) eval(v any) (int64, bool) {
	a := &v.(*reckoning).amounts[e.index]
	return a.n, !a.none
}

func (e reckoned) small(v any) bool { return !v.(*reckoning).amounts[e.index].great }

// overview is set while what is compiled is about several records, or about
// one here and several there.
type overview struct {
	values  map[string]expr // of one record: the definition's
	asked   *questions      // of one record, there if it is about another dataset
	reckons []reckon
	there   *reference // not nil: about another dataset
}

// one compiles something about one record inside something about several.
func (c *compiler) one(f func()) {
	over, values, mentions := c.over, c.values, c.mentions
	c.over, c.values = nil, over.values
	f()
	c.over, c.values, c.mentions = over, values, mentions
}

// reckon compiles a number over several records.
func (c *compiler) reckon(op string, arg any, where string) expr {
	if c.over.there != nil {
		switch op {
		case "here":
			return c.numberHere(arg, where)
		case "there":
			return c.reckonThere(arg, where)
		}
		c.fail(where)
		return constant(0)
	}
	kind, is := reckonKinds[op]
	if !is {
		c.fail(where)
		return constant(0)
	}
	r := reckon{kind: kind, test: -1}
	ask := c.over.asked
	c.one(func() {
		switch kind {
		case reckonRecords:
			if args := c.list(arg, where); len(args) == 1 {
				r.test = ask.truth(c.cond(args[0], where))
			} else if len(args) > 1 {
				c.fail(where)
			}
		case reckonDistinct:
			r.at = ask.scalars(c.plain(arg, where))
		default:
			r.of = ask.number(c.expr(arg, where))
		}
	})
	if k := slices.Index(c.over.reckons, r); k >= 0 {
		return reckoned{k}
	}
	c.over.reckons = append(c.over.reckons, r)
	return reckoned{len(c.over.reckons) - 1}
}

// shows reports whether the number tells something of the records' own ones.
func (r *reckon) shows() bool {
	return r.kind == reckonTotal || r.kind == reckonLeast || r.kind == reckonMost
}
