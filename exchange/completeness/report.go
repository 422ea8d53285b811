package completeness

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/form"
)

// Line is what a report says of one unit.
type Line struct {
	Unit   string    // its code
	State  State     // what is known of it
	First  time.Time // when it was first accepted, UTC; zero if missing
	Digest string    // manifest digest of the envelope that counts, or took it back; "" if missing
}

// String returns the line as it stands in the report, without its line feed.
func (l Line) String() string {
	if l.State == Missing {
		return l.Unit + " " + string(Missing)
	}
	return l.Unit + " " + string(l.State) + " " + l.First.UTC().Format(time.RFC3339) + " " + l.Digest
}

// parseLine reads what String wrote; false for any other text.
func parseLine(s string) (Line, bool) {
	unit, rest, _ := strings.Cut(s, " ")
	state, rest, _ := strings.Cut(rest, " ")
	l := Line{Unit: unit, State: State(state)}
	switch l.State {
	case Missing:
	case Reported, Superseded, Retracted:
		at, digest, _ := strings.Cut(rest, " ")
		var err error
		if l.First, err = time.Parse(time.RFC3339, at); err != nil || !form.Digest(digest) {
			return Line{}, false
		}
		l.Digest = digest
	default:
		return Line{}, false
	}
	return l, isUnit(unit) && l.String() == s
}

// Counts sum up the units of an area.
type Counts struct {
	Expected   int64 `json:"expected"`   // units of the register
	Reported   int64 `json:"reported"`   // accepted and in force: the superseded included, the retracted not
	Late       int64 `json:"late"`       // of those that were ever accepted, how many came after the due time
	Superseded int64 `json:"superseded"` // of the reported, those of which a later revision counts
	Retracted  int64 `json:"retracted"`  // accepted once, taken back since
	Missing    int64 `json:"missing"`    // never accepted
}

func (c *Counts) add(l Line, due int64) {
	c.Expected++
	switch l.State {
	case Missing:
		c.Missing++
		return
	case Superseded:
		c.Superseded++
		c.Reported++
	case Reported:
		c.Reported++
	case Retracted:
		c.Retracted++
	}
	if l.First.Unix() > due {
		c.Late++
	}
}

func (c Counts) sound() bool {
	return c.Expected > 0 && c.Reported >= 0 && c.Late >= 0 && c.Superseded >= 0 && c.Retracted >= 0 && c.Missing >= 0 &&
		c.Reported+c.Retracted+c.Missing == c.Expected && c.Superseded <= c.Reported && c.Late <= c.Reported+c.Retracted
}

// Area is the counts of all units whose code has one beginning.
type Area struct {
	Prefix string `json:"prefix"` // how the codes of its units begin
	Counts
}

// A Report says of every unit of a register whether it has reported. It is
// immutable and may be used concurrently. Only [Tally.Report] and [OpenReport]
// make one.
type Report struct {
	expected *Expected
	register *Register
	summary  Summary
	jws      []byte
	lines    []Line // in the register's order
	tree     tree
}

// Summary returns what the reporter signed.
func (r *Report) Summary() Summary { return r.summary }

// Expected returns the expectation that the report answers.
func (r *Report) Expected() *Expected { return r.expected }

// Lines returns what is said of each unit whose code begins with prefix, in
// order; of all for "".
func (r *Report) Lines(prefix string) iter.Seq[Line] {
	from, to := r.register.below(prefix)
	return slices.Values(r.lines[from:to])
}

// Missing returns the units that have never reported and whose code begins with
// prefix, in order.
func (r *Report) Missing(prefix string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for l := range r.Lines(prefix) {
			if l.State == Missing && !yield(l.Unit) {
				return
			}
		}
	}
}

// Areas sums up by the first n characters of the code, in order: 2 for
// provinces, 4 for regencies, 6 for districts and 10 for villages in KPU's codes.
// A shorter code is an area of its own.
func (r *Report) Areas(n int) []Area {
	var out []Area
	for _, l := range r.lines {
		prefix := l.Unit[:max(0, min(n, len(l.Unit)))]
		if len(out) == 0 || out[len(out)-1].Prefix != prefix {
			out = append(out, Area{Prefix: prefix})
		}
		out[len(out)-1].add(l, r.expected.claims.Due)
	}
	return out
}

// Disagreement is a unit of which the sender knows something else than the
// report says.
type Disagreement struct {
	Line
	Sent string // manifest digest of the sender's latest accepted envelope that holds it
}

// Dispute holds the report against what the sender knows to have been accepted:
// for a unit, the manifest digest of the latest envelope that holds it and has an
// accepted receipt signed before the report; "" if there is none. It returns the
// units of which the report says something else, in order: called missing or
// retracted although accepted, or said to rest on an envelope that the sender has
// no receipt for. Each receipt is the proof; see exchange.Receipt.
func (r *Report) Dispute(accepted func(unit string) (digest string)) []Disagreement {
	var out []Disagreement
	for _, l := range r.lines {
		digest := accepted(l.Unit)
		counts := l.Digest
		if l.State == Retracted {
			counts = ""
		}
		if digest != counts {
			out = append(out, Disagreement{l, digest})
		}
	}
	return out
}

// Report signs what the tally holds now, as an answer to an expectation of the
// same register. now is the time of the report. The error has
// [envelope.ReasonMisuse] if the expectation is of another register.
func (t *Tally) Report(e *Expected, reporter envelope.Party, now time.Time, key *envelope.PrivateKey) (*Report, error) {
	if e == nil || !e.of(t.register) {
		return nil, refuse(envelope.ReasonMisuse, "the expectation is of another register")
	}
	r := &Report{expected: e, register: t.register, lines: make([]Line, t.register.Len())}
	for i := range r.lines {
		r.lines[i] = t.line(i)
	}
	r.grow()
	r.summary = Summary{
		Version: 1, Issuer: reporter, Audience: e.claims.Issuer, IssuedAt: now.Unix(), Expectation: digestOf(e.jws),
		Counts: r.count(), Unexpected: int64(t.unexpected), Root: r.tree.root,
	}
	if !r.summary.sound() {
		return nil, refuse(envelope.ReasonMisuse, "reporter or time")
	}
	var err error
	r.jws, err = sign(envelope.TypeCompleteness, r.summary, key)
	return r, err
}

func (r *Report) grow() {
	r.tree = newTree(len(r.lines), func(i int) string { return r.lines[i].String() })
}

func (r *Report) count() Counts {
	var c Counts
	for _, l := range r.lines {
		c.add(l, r.expected.claims.Due)
	}
	return c
}
