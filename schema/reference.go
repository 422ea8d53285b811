package schema

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/form"
)

// reference is a rule that something of a record is in another dataset.
type reference struct {
	rule
	only       int // condition on the record; -1: always
	dataset    string
	here       []lookup
	there      []lookup
	whereThere cond // nil: every record
	valid      []pointer
	places     []pointer // all that must be declared there
}

// lookup is a scalar to look up, as it is or a piece of it.
type lookup struct {
	at   pointer
	ask  int    // of the record here
	head int    // leading characters; 0: all
	drop string // what is left out
}

// append appends the scalar, or what is wanted of it, to a key. It is as
// scalarsOf wrote it. false says that it has no value.
func (t *lookup) append(parts, scalar []byte) ([]byte, bool) {
	if t.head == 0 && t.drop == "" {
		return append(parts, scalar...), scalar[0] != '0'
	}
	if scalar[0] != 's' {
		return parts, false
	}
	text := scalar[9:]
	if t.drop != "" {
		text = bytes.ReplaceAll(text, []byte(t.drop), nil)
	} else if text = firstRunes(text, t.head); text == nil {
		return parts, false
	}
	return keyPart(parts, 's', text), true
}

// firstRunes gives so many characters; nil if there are fewer.
func firstRunes(text []byte, n int) []byte {
	for i := range string(text) {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	if n == 0 {
		return text
	}
	return nil
}

// lookup compiles one scalar to look up.
func (c *compiler) lookup(v any, where string) (t lookup) {
	if _, is := v.(string); is {
		t.at = c.single(v, where)
		return t
	}
	op, arg := c.operator(v, where)
	args := c.list(arg, where)
	if len(args) != 2 {
		c.fail(where)
		return t
	}
	t.at = c.single(args[0], where)
	switch op {
	case "first":
		if n := c.integer(args[1], where); n >= 1 && n <= 100 {
			t.head = int(n)
			return t
		}
	case "drop":
		t.drop = c.text(args[1], where)
		return t
	}
	c.fail(where)
	return t
}

// reference compiles one element of the definition's references.
func (c *compiler) reference(v any, i int, d *Definition) reference {
	where := "/references/" + strconv.Itoa(i)
	m := c.object(v, where, "id", "kind", "severity", "pointer", "from", "until", "citation", "when",
		"dataset", "here", "there", "whereThere", "validThere", "exists")
	r := reference{rule: c.head(m, where), only: -1, dataset: c.text(m["dataset"], where+"/dataset")}
	if !form.Dataset(r.dataset) {
		c.fail(where + "/dataset")
	}
	if m["exists"] != true {
		c.fail(where + "/exists")
	}
	if w := m["when"]; w != nil {
		r.only = d.asked.truth(c.cond(w, where+"/when"))
	}
	here, there := c.list(m["here"], where+"/here"), c.list(m["there"], where+"/there")
	if len(here) == 0 || len(here) != len(there) {
		c.fail(where + "/there")
		return r
	}
	for i, v := range here {
		t := c.lookup(v, index(where+"/here", i))
		if c.err == nil && !always(c.schema, c.schema, t.at.steps, scalar) {
			c.fail(index(where+"/here", i))
		}
		t.ask = d.asked.scalars([]pointer{t.at})
		r.here = append(r.here, t)
	}
	// What is there is for the other definition to say: NewIndex asks it.
	values := c.values
	c.values, c.elsewhere = nil, &r.places
	for i, v := range there {
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
	c.values, c.elsewhere = values, nil
	return r
}

// Index is what the reference rules of one definition need to know of another
// dataset: digests, and the days between which they hold. It is immutable and
// safe for concurrent use, and has 24 bytes for each record there and rule.
type Index struct {
	by, of Ref
	digest string
	rules  map[string][]indexed
}

type indexed struct {
	key         [16]byte
	from, until int32 // days
}

// NewIndex reads another dataset for the reference rules of d that name it, so
// that [CheckOptions.Against] can bring it. The records are checked against
// their own definition, without its rules. All records are read at once; src
// is not needed afterwards.
//
// The error is an [*Error], or the context's. ReasonBadReference says that d has no rule
// about that dataset, that the definition of it does not declare a place that
// such a rule names, or that a record has a structure error: what is looked up
// in half a register would seem not to exist.
func NewIndex(ctx context.Context, d, of *Definition, src Source) (*Index, error) {
	x := &Index{by: d.ref, of: of.ref, rules: map[string][]indexed{}}
	var rules []*reference
	for i := range d.references {
		r := &d.references[i]
		if r.dataset != of.ref.ID {
			continue
		}
		for _, p := range r.places {
			if !declares(of.schema, p.steps) {
				return nil, &Error{Reason: ReasonBadReference}
			}
		}
		rules = append(rules, r)
	}
	if len(rules) == 0 {
		return nil, &Error{Reason: ReasonBadReference}
	}
	bare := *of
	bare.values, bare.rules, bare.groups, bare.references, bare.asked, bare.dated = nil, nil, nil, nil, questions{}, false
	bare.program, bare.why = compile(&bare)
	report, err := bare.Check(ctx, src, CheckOptions{Each: func(n int, record []byte, ok bool) error {
		if !ok {
			return &Error{Reason: ReasonBadReference, Record: n}
		}
		v, _ := scan(record)
		for _, r := range rules {
			if e, ok := r.entry(v); ok {
				x.rules[r.ID] = append(x.rules[r.ID], e)
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
	for _, r := range rules {
		list := x.rules[r.ID]
		slices.SortFunc(list, func(a, b indexed) int {
			return cmp.Or(bytes.Compare(a.key[:], b.key[:]), cmp.Compare(a.from, b.from), cmp.Compare(a.until, b.until))
		})
		list = slices.Clip(slices.Compact(list))
		x.rules[r.ID] = list
		h.Write(keyPart(nil, 'r', []byte(r.ID)))
		for _, e := range list {
			h.Write(binary.BigEndian.AppendUint64(e.key[:], uint64(e.from)<<32|uint64(uint32(e.until))))
		}
	}
	x.digest = base64url.Encode(h.Sum(nil))
	return x, nil
}

// entry is what a record there is looked up by.
func (r *reference) entry(record any) (e indexed, ok bool) {
	if r.whereThere != nil {
		if t, _ := r.whereThere.eval(record); t != yes {
			return e, false
		}
	}
	var parts []byte
	for i := range r.there {
		t := &r.there[i]
		scalar, _ := scalarsOf(record, nil, []pointer{t.at})
		if parts, ok = t.append(parts, scalar); !ok {
			return e, false
		}
	}
	e = indexed{keyDigest(parts), math.MinInt32, math.MaxInt32}
	for i, p := range r.valid {
		v := p.get(record)
		if v == nil {
			continue // open
		}
		text, _ := v.(string)
		n, ok := dayNumber([]byte(text))
		if !ok {
			return e, false // nobody can say when
		}
		if i == 0 {
			e.from = int32(n)
		} else {
			e.until = int32(n)
		}
	}
	return e, true
}

// has looks a key up.
func has(list []indexed, key [16]byte, date string, dated bool) bool {
	i, _ := slices.BinarySearchFunc(list, key, func(e indexed, key [16]byte) int { return bytes.Compare(e.key[:], key[:]) })
	day, _ := dayNumber([]byte(date))
	for ; i < len(list) && list[i].key == key; i++ {
		if !dated || int64(list[i].from) <= day && day < int64(list[i].until) {
			return true
		}
	}
	return false
}

// lookUp judges a record by the reference rules for which there is an index.
func (w *worker) lookUp(b *batch, r reading, date string) {
	for i := range w.c.d.references {
		rule, list := &w.c.d.references[i], w.c.indexes[i]
		if list == nil || !rule.inForce(date) || rule.only >= 0 && r.askTruth(rule.only) != yes {
			continue
		}
		key, whole := w.parts[:0], true
		for k := range rule.here {
			w.scalar, _ = r.askScalars(w.scalar[:0], rule.here[k].ask)
			if key, whole = rule.here[k].append(key, w.scalar); !whole {
				break
			}
		}
		w.parts = key
		if whole && !has(*list, keyDigest(key), date, rule.valid != nil) {
			b.found = append(b.found, w.c.finding(&rule.rule, "", nil))
		}
	}
}

// Against names what a check looked things up in.
type Against struct {
	Dataset Ref    `json:"dataset"` // the other dataset's definition
	Digest  string `json:"digest"`  // of the [Index]: two checks with different ones may find different things
}

// against sees which reference rules can be evaluated.
func (c *check) against() error {
	d := c.d
	c.dated = d.dated
	c.indexes = make([]*[]indexed, len(d.references))
	for id, x := range c.opt.Against {
		if x == nil || x.of.ID != id || x.by != d.ref {
			return &Error{Reason: ReasonBadOptions}
		}
		c.report.Against = append(c.report.Against, Against{x.of, x.digest})
	}
	slices.SortFunc(c.report.Against, func(a, b Against) int { return strings.Compare(a.Dataset.ID, b.Dataset.ID) })
	for i := range d.references {
		r := &d.references[i]
		x := c.opt.Against[r.dataset]
		if x == nil {
			c.report.Unevaluated = append(c.report.Unevaluated, r.ID)
			continue
		}
		list := x.rules[r.ID]
		c.indexes[i] = &list
		c.dated = c.dated || r.rule.dated() || r.valid != nil
	}
	return nil
}
