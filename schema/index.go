package schema

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/segel-id/segel/internal/base64url"
)

// Index is what the reference rules of one definition need to know of another
// dataset: digests, the days between which they hold, and sums. It is immutable
// and safe for concurrent use. It has 24 bytes for each record there and rule
// that asks whether something exists, and for a rule with a require 16 for each
// group of records there that belong together and 16 more for each number of
// such a group, however many records there are.
type Index struct {
	by, of Ref
	digest string
	rules  map[string]*table
}

// table is what one rule knows.
type table struct {
	list []indexed // of exists, by key

	keys    [][16]byte // of require: groups, in order
	amounts []partial  // of every group, as many as the rule reckons
	whole   [][16]byte // of groups by name: those groups without the name, in order
}

type indexed struct {
	key         [16]byte
	from, until dayNumber
}

// always says that it holds on every day.
func (e *indexed) always() bool { return e.from == math.MinInt32 && e.until == math.MaxInt32 }

// partial is an amount that is kept.
type partial struct {
	n           int64
	none, great bool
}

// NewIndex reads another dataset for the reference rules of d that name it, so
// that [CheckOptions.Against] can bring it. The other dataset may be d itself:
// the areas of one file may be parts of one another. The records are checked
// against their own definition, without its rules. All records are read at
// once; src is not needed afterwards.
//
// The error is an [*Error], or the context's. ReasonBadReference says that d has no rule
// about that dataset, that the definition of it does not declare a place that
// such a rule names, or calls one sensitive whose sum would be shown, or that a
// record has a structure error: what is looked up in half a register would seem
// not to exist. It also says, with Where "/*", that a record has a member that its
// definition does not declare, if one of the rules asks whether something exists:
// there a record counts by being there, and a file of results must not pass for
// the register of those who should have sent them. ReasonTooLarge says that a rule has more than 4,194,304 groups:
// take a part of the country at a time.
func NewIndex(ctx context.Context, d, of *Definition, src Source) (*Index, error) {
	x := &Index{by: d.ref, of: of.ref, rules: map[string]*table{}}
	var rules []*making
	for _, r := range d.references {
		if r.Against != of.ref.ID {
			continue
		}
		if !r.fits(of) {
			return nil, &Error{Reason: ReasonBadReference}
		}
		m := &making{rule: r, table: &table{}, groups: map[[16]byte]int32{}, whole: map[[16]byte]bool{}}
		rules = append(rules, m)
		x.rules[r.ID] = m.table
	}
	if len(rules) == 0 {
		return nil, &Error{Reason: ReasonBadReference}
	}
	strict := slices.ContainsFunc(rules, func(m *making) bool { return m.rule.exists() })
	known := map[string]bool{}
	report, err := of.bare().Check(ctx, src, CheckOptions{MaxDetails: 1, Each: func(n int, record []byte, ok bool) error {
		if !ok {
			return &Error{Reason: ReasonBadReference, Record: n}
		}
		v, _ := scan(record)
		if strict && !of.knows(v, known) {
			return &Error{Reason: ReasonBadReference, Record: n, Where: "/*"}
		}
		for _, m := range rules {
			if m.take(v); m.full {
				return &Error{Reason: ReasonTooLarge, Record: n}
			}
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	if report.Errors > 0 {
		return nil, &Error{Reason: ReasonBadReference}
	}
	h := sha256.New()
	for _, m := range rules {
		m.finish()
		h.Write(keyPart(nil, 'r', []byte(m.rule.ID)))
		for _, e := range m.table.list {
			h.Write(binary.BigEndian.AppendUint64(e.key[:], uint64(e.from)<<32|uint64(uint32(e.until))))
		}
		for i, key := range m.table.keys {
			h.Write(key[:])
			for _, a := range m.table.of(i, len(m.rule.reckons)) {
				h.Write(append(binary.BigEndian.AppendUint64(nil, uint64(a.n)), truthTag(a.none), truthTag(a.great)))
			}
		}
	}
	x.digest = base64url.Encode(h.Sum(nil))
	return x, nil
}

// knows reports whether the definition declares every member of a record. known
// remembers those that it does, and only so many: a pattern may allow any name.
func (d *Definition) knows(record any, known map[string]bool) bool {
	m, _ := record.(map[string]any)
	for name := range m {
		if !known[name] && (name == "*" || name == "#" || !declares(d.schema, []string{name})) {
			return false
		}
		if len(known) < 1024 {
			known[name] = true
		}
	}
	return true
}

// fits reports whether the rule may ask what it asks of a dataset.
func (r *reference) fits(of *Definition) bool {
	for _, p := range r.places {
		if !declares(of.schema, p.whole()) {
			return false
		}
	}
	for _, k := range r.reckons {
		if k.shows() && of.touchesSensitive(r.asked.numbers[k.of]) {
			return false
		}
	}
	return true
}

// bare is the definition without its rules.
func (d *Definition) bare() *Definition {
	b := *d
	b.values, b.rules, b.groups, b.references, b.dated = nil, nil, nil, nil, false
	b.asked, b.askedOfElements = questions{}, questions{}
	b.program, b.why = compile(&b)
	return &b
}

// of gives the numbers of a group.
func (t *table) of(i, n int) []partial { return t.amounts[i*n : (i+1)*n] }

// group gives the numbers of the group with a key; nil if there is none.
func (t *table) group(key [16]byte, n int) []partial {
	i, is := slices.BinarySearchFunc(t.keys, key, compareDigests)
	if !is {
		return nil
	}
	return t.of(i, n)
}

// has says whether a key holds on a day: unknown if that depends on the day,
// and nobody said which.
func (t *table) has(key [16]byte, date dayNumber) truth {
	i, _ := slices.BinarySearchFunc(t.list, key, func(e indexed, key [16]byte) int { return compareDigests(e.key, key) })
	said := no
	for ; i < len(t.list) && t.list[i].key == key; i++ {
		e := &t.list[i]
		switch {
		case e.always() || date != noDay && e.from <= date && date < e.until:
			return yes
		case date == noDay:
			said = unknown
		}
	}
	return said
}

// Against names what a check looked things up in.
type Against struct {
	Dataset Ref    `json:"dataset"` // the other dataset's definition
	Digest  string `json:"digest"`  // of the [Index]: two checks with different ones may find different things
}

// against sees which reference rules can be evaluated.
func (c *check) against() error {
	if len(c.opt.Against) > 0 {
		c.tables = make([]*table, len(c.d.references))
	}
	for id, x := range c.opt.Against {
		if x == nil || x.of.ID != id || x.by != c.d.ref {
			return &Error{Reason: ReasonBadOptions}
		}
		c.report.Against = append(c.report.Against, Against{x.of, x.digest})
	}
	slices.SortFunc(c.report.Against, func(a, b Against) int { return strings.Compare(a.Dataset.ID, b.Dataset.ID) })
	for i, r := range c.d.references {
		if x := c.opt.Against[r.Against]; x != nil {
			c.tables[i] = x.rules[r.ID]
		}
	}
	return nil
}
