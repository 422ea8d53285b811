package schema

import "slices"

// lookUp judges a record by the reference rules for which there is an index.
func (w *worker) lookUp(b *batch, r reading, record []byte, date dayNumber) {
	if w.c.tables == nil {
		return
	}
	for i, rule := range w.c.d.references {
		if w.c.tables[i] == nil || rule.dated() && date != noDay && !rule.inForce(date) {
			continue
		}
		if rule.exists() && rule.each == nil {
			w.beside(b, i, r, date, nil)
			continue
		}
		of := w.decode(r, record)
		if rule.each == nil {
			w.beside(b, i, of, date, nil)
			continue
		}
		of = &decoded{&w.c.d.askedOfElements, of.record}
		elements(of.record, *rule.each, func(way []string) bool { return w.beside(b, i, of, date, way) })
	}
}

// beside judges a record, or one of its elements. It gives false if the rule
// has said what it has to say of this record: at most once.
func (w *worker) beside(b *batch, i int, r reading, date dayNumber, way []string) (more bool) {
	rule := w.c.d.references[i]
	if rule.only >= 0 && r.askTruth(rule.only) != yes {
		return true
	}
	if rule.dated() && date == noDay {
		w.unjudged(b, len(w.c.d.groups)+i, MissingDate)
		return false
	}
	if !w.key(rule, r) {
		return true
	}
	if rule.exists() {
		return w.exists(b, i, r, date, way)
	}
	return w.compare(b, i, r.(*decoded), way)
}

// decode gives the record as the reference reads it.
func (w *worker) decode(r reading, record []byte) *decoded {
	if d, is := r.(*decoded); is {
		return d
	}
	if w.decoded == nil {
		v, _ := scan(record)
		w.decoded = &decoded{&w.c.d.asked, v}
	}
	return w.decoded
}

// key puts the key of what is looked up on w.parts. ok says that there is
// something to look up.
func (w *worker) key(rule *reference, r reading) (ok bool) {
	w.parts = w.parts[:0]
	for k := range rule.here {
		t := &rule.here[k]
		w.scalar, _ = r.askScalars(w.scalar[:0], t.ask)
		var state partState
		if w.parts, state = t.append(w.parts, w.scalar); state == partNone || state == partNull && rule.exists() {
			return false
		}
	}
	return true
}

// exists looks for a record there.
func (w *worker) exists(b *batch, i int, r reading, date dayNumber, way []string) (more bool) {
	rule := w.c.d.references[i]
	switch w.c.tables[i].has(keyDigest(w.parts), date) {
	case no:
		b.found = append(b.found, w.c.finding(&rule.rule, w.at(r, way), nil))
		return false
	case unknown:
		w.unjudged(b, len(w.c.d.groups)+i, MissingDate)
		return false
	}
	return true
}

// compare judges the numbers of a record beside those of the records there.
func (w *worker) compare(b *batch, i int, r *decoded, way []string) (more bool) {
	rule, t := w.c.d.references[i], w.c.tables[i]
	n := len(rule.reckons)
	of := &reckoning{record: r.record}
	var group []partial
	if rule.each != nil && rule.eachThere != nil {
		if _, is := slices.BinarySearchFunc(t.whole, keyDigest(w.parts), compareDigests); is {
			if group = t.group(keyDigest(named(w.parts, rule.each, way)), n); group == nil {
				if rule.numbered(of) {
					w.unjudged(b, len(w.c.d.groups)+i, MissingParts) // no part has such a member
				}
				return true
			}
		}
	} else {
		group = t.group(keyDigest(w.parts), n)
	}
	if group == nil {
		w.unjudged(b, len(w.c.d.groups)+i, MissingParts)
		return false
	}
	for _, a := range group {
		of.amounts = append(of.amounts, amount{n: a.n, none: a.none, great: a.great})
	}
	said := unknown
	if rule.sufficient(of) {
		said, _ = rule.require.eval(of)
	}
	if said == unknown && rule.numbered(of) {
		w.unjudged(b, len(w.c.d.groups)+i, MissingParts)
	}
	if said != no {
		return true
	}
	b.found = append(b.found, w.c.finding(&rule.rule, w.at(r, way), func(name string) (int64, bool, bool) {
		e := rule.values[name]
		n, ok := e.eval(of)
		return n, ok, e.small(of)
	}))
	return false
}

// sufficient reports whether what is there is enough to judge by.
func (r *reference) sufficient(of *reckoning) bool {
	if r.enough == nil {
		return true
	}
	said, _ := r.enough.eval(of)
	return said == yes
}

// numbered reports whether the record here has every number that the rule names:
// without one there is nothing to judge, whatever is there.
func (r *reference) numbered(of *reckoning) bool {
	for _, e := range r.values {
		if e, is := e.(here); is {
			if _, ok := e.eval(of); !ok {
				return false
			}
		}
	}
	return true
}

// at is the place of an element in a finding; "" is the rule's own.
func (w *worker) at(r reading, way []string) string {
	if way == nil {
		return ""
	}
	return place(w.c.d.names, r.(*decoded).record, way)
}

// unjudged notes that a rule could not be judged for a record.
func (w *worker) unjudged(b *batch, rule int, why Missing) {
	b.parts = append(b.parts, contribution{rule: int32(rule), lacks: uint8(slices.Index(missings[:], why))})
}
