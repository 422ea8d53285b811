package schema

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// making is a table while records are read.
type making struct {
	rule    *reference
	table   *table
	groups  map[[16]byte]int32
	amounts []amount
	whole   map[[16]byte]bool
	parts   []byte
	scalar  []byte
	full    bool
}

// take enters a record there.
func (m *making) take(record any) {
	if m.rule.eachThere == nil {
		m.enter(record, nil)
		return
	}
	elements(record, *m.rule.eachThere, func(way []string) bool {
		m.enter(record, way)
		return true
	})
}

func (m *making) enter(record any, way []string) {
	if m.rule.whereThere != nil {
		if t, _ := m.rule.whereThere.eval(record); t != yes {
			return
		}
	}
	m.join(m.parts[:0], record, way, 0)
}

// join puts the key together from the i-th scalar on.
func (m *making) join(parts []byte, record any, way []string, i int) {
	if i == len(m.rule.there) {
		m.parts = parts
		m.keep(parts, record, way)
		return
	}
	t := &m.rule.there[i]
	m.scalar, _ = scalarsOf(record, m.scalar[:0], []pointer{t.at})
	scalar := m.scalar
	if t.up == toAllOver {
		if scalar[0] != 's' {
			return
		}
		for code, ok := around(bytes.Clone(scalar[partHead:])); ok; code, ok = around(code) {
			longer, _ := appendArea(parts, code, true)
			m.join(longer, record, way, i+1)
		}
		return
	}
	longer, state := t.append(parts, scalar)
	if state == partNone || state == partNull && m.rule.exists() {
		return
	}
	m.join(longer, record, way, i+1)
}

func (m *making) keep(parts []byte, record any, way []string) {
	r := m.rule
	if r.exists() {
		if e, ok := r.entry(keyDigest(parts), record); ok {
			m.table.list = append(m.table.list, e)
		}
		return
	}
	if r.each != nil && r.eachThere != nil {
		m.whole[keyDigest(parts)] = true
		parts = named(parts, r.eachThere, way)
	}
	key := keyDigest(parts)
	k, is := m.groups[key]
	if !is {
		if len(m.groups) == maxGroupsOfRule {
			m.full = true
			return
		}
		k = int32(len(m.groups))
		m.groups[key] = k
		for i := range r.reckons {
			m.amounts = append(m.amounts, r.reckons[i].begin())
		}
	}
	at := &decoded{&r.asked, record}
	for i := range r.reckons {
		a := r.reckons[i].ask(at)
		r.reckons[i].enter(&m.amounts[int(k)*len(r.reckons)+i], &a, false)
	}
}

// entry is a key with the days on which it holds.
func (r *reference) entry(key [16]byte, record any) (e indexed, ok bool) {
	e = indexed{key, math.MinInt32, math.MaxInt32}
	for i, p := range r.valid {
		v := p.get(record)
		if v == nil {
			continue // open
		}
		text, _ := v.(string)
		n, ok := readDay([]byte(text))
		if !ok {
			return e, false // nobody can say when
		}
		if i == 0 {
			e.from = n
		} else {
			e.until = n
		}
	}
	return e, true
}

// finish puts the table in order.
func (m *making) finish() {
	t, n := m.table, len(m.rule.reckons)
	slices.SortFunc(t.list, func(a, b indexed) int {
		return cmp.Or(bytes.Compare(a.key[:], b.key[:]), cmp.Compare(a.from, b.from), cmp.Compare(a.until, b.until))
	})
	t.list = slices.Clip(slices.Compact(t.list))
	t.keys = sortedDigests(m.groups)
	t.whole = sortedDigests(m.whole)
	t.amounts = make([]partial, 0, len(m.amounts))
	for _, key := range t.keys {
		k := int(m.groups[key])
		for _, a := range m.amounts[k*n : (k+1)*n] {
			t.amounts = append(t.amounts, partial{a.n, a.none, a.great})
		}
	}
}

func sortedDigests[V any](of map[[16]byte]V) [][16]byte {
	out := make([][16]byte, 0, len(of))
	for key := range of {
		out = append(out, key)
	}
	slices.SortFunc(out, compareDigests)
	return out
}

func compareDigests(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) }
