package completeness

import (
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/form"
)

// State is what is known of a unit.
type State string

// The states.
const (
	Missing    State = "missing"    // nothing of it was accepted
	Reported   State = "reported"   // accepted, and what counts is the first revision
	Superseded State = "superseded" // accepted, and what counts is a later revision
	Retracted  State = "retracted"  // accepted, and taken back since
)

// Arrival is an envelope that was accepted.
type Arrival struct {
	exchange.Key            // sender and id
	exchange.Line           // which revision of what it is
	Digest        string    // its manifest digest
	At            time.Time // when it was accepted
}

// ArrivalOf is the arrival of a delivery that was accepted at a time. While its
// handler runs, and when it has returned nil, a delivery is not accepted yet: the
// settlement may still fail, and the handler be called again. So an arrival is to be
// kept where the settlement is, in the transaction that settles, or be made from
// rows that are settled; a [Tally] in memory that a handler adds to may hold what was
// never accepted.
func ArrivalOf(d *exchange.Delivery, at time.Time) Arrival {
	return Arrival{Key: d.Key(), Line: d.Line(), Digest: d.Proof().Digest, At: at}
}

// A Tally notes which units of a register have reported. It needs about 60 bytes
// for a unit. It is for one goroutine.
type Tally struct {
	register   *Register
	units      []unit
	lines      map[exchange.Key]*line
	also       map[int32][]*line // other lines that brought a unit, in order of arrival
	unexpected int
}

// unit is what is known of one unit of the register.
type unit struct {
	state  State  // "": missing
	first  int64  // when it was first accepted, NumericDate
	digest string // of the envelope that counts, or that took it back
	by     *line  // the line that speaks for it
}

// line is an envelope and what superseded it.
type line struct {
	revision int64
	id       string
	digest   string // of the latest revision
	units    []int32
}

func (l *line) holds(i int32) bool {
	_, ok := slices.BinarySearch(l.units, i)
	return ok
}

// NewTally returns an empty tally of a register.
func NewTally(r *Register) *Tally {
	return &Tally{register: r, units: make([]unit, r.Len()), lines: map[exchange.Key]*line{}, also: map[int32][]*line{}}
}

// Add notes an arrival and the units that it holds records of; none is a
// retraction. The same arrival may be added again, and a revision that comes after
// a later one changes nothing: both happen when a program starts anew. Units that
// the register does not know are counted, see [Tally.Unexpected]. The error has
// [envelope.ReasonMisuse] for an arrival without its members.
func (t *Tally) Add(a Arrival, units ...string) error {
	if !form.Party(string(a.Sender)) || !form.ID(a.ID) || !form.ID(a.First) || a.Revision < 0 || !form.Digest(a.Digest) || a.At.Unix() <= 0 {
		return refuse(envelope.ReasonMisuse, "arrival")
	}
	key := exchange.Key{Sender: a.Sender, ID: a.First}
	l := t.lines[key]
	switch {
	case l == nil:
		l = &line{}
		t.lines[key] = l
	case a.Revision < l.revision || a.ID == l.id:
		return nil
	}
	l.revision, l.id, l.digest = a.Revision, a.ID, a.Digest
	before := l.units
	l.units = make([]int32, 0, len(units))
	for _, code := range units {
		if i, ok := t.register.index(code); ok {
			l.units = append(l.units, int32(i))
		} else {
			t.unexpected++
		}
	}
	slices.Sort(l.units)
	l.units = slices.Compact(l.units)
	for _, i := range l.units {
		t.arrived(i, l, a.At.Unix())
	}
	for _, i := range before {
		if !l.holds(i) && t.units[i].by == l {
			t.gone(i, l)
		}
	}
	return nil
}

// arrived notes that the latest revision of a line holds unit i.
func (t *Tally) arrived(i int32, l *line, at int64) {
	u := &t.units[i]
	switch {
	case u.by == nil:
		u.first = at
	case u.by == l:
	case u.state == Retracted:
	default:
		if !slices.Contains(t.also[i], l) {
			t.also[i] = append(t.also[i], l)
		}
		return
	}
	u.by, u.digest, u.state = l, l.digest, stateOf(l)
}

// gone notes that the line which speaks for unit i no longer holds it. If another
// one does, that one speaks for it now.
func (t *Tally) gone(i int32, l *line) {
	u := &t.units[i]
	u.state, u.digest = Retracted, l.digest
	for _, other := range t.also[i] {
		if other != l && other.holds(i) {
			u.by, u.digest, u.state = other, other.digest, stateOf(other)
			return
		}
	}
}

func stateOf(l *line) State {
	if l.revision > 0 {
		return Superseded
	}
	return Reported
}

// Unexpected returns how many times a unit was added that the register does not
// know.
func (t *Tally) Unexpected() int { return t.unexpected }

// line returns the report's line of unit i.
func (t *Tally) line(i int) Line {
	u := t.units[i]
	if u.state == "" {
		return Line{Unit: t.register.units[i], State: Missing}
	}
	return Line{Unit: t.register.units[i], State: u.state, First: time.Unix(u.first, 0).UTC(), Digest: u.digest}
}
