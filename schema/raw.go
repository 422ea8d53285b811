package schema

import (
	"encoding/json"
	"strconv"
)

// rawReading is a sound record with one of its elements, read where it stands:
// decoding every record for the few scalars that a rule over elements asks for
// would cost more than the rest of the check. It knows the questions that
// [groupRule.inPlace] lets through.
type rawReading struct {
	asked   *questions
	m       *machine // that has read the record
	element []byte
	members []rawMember // of the element, if it is an object
	within  []rawMember // of what is in it
}

// inPlace reports whether the rule's questions can be answered without
// decoding.
func (g *groupRule) inPlace() bool {
	if g.each == nil || len(g.each.steps) < 2 || g.form != groupUnique {
		return false
	}
	for i, s := range g.each.steps {
		if last := i == len(g.each.steps)-1; s == "#" || s == "*" && !last {
			return false
		}
	}
	return g.where < 0 || answerable(g.asked.truths[g.where])
}

func answerable(c cond) bool {
	switch t := c.(type) {
	case not:
		return answerable(t.c)
	case allOf:
		for _, part := range t {
			if !answerable(part) {
				return false
			}
		}
		return true
	case present:
		for _, p := range t {
			if p.wild() {
				return false
			}
		}
		return true
	case places:
		return !t.at.wild()
	}
	return false
}

// inPlace calls f for every element of a record. It gives false if they are no
// list, which the decoded record has to tell.
func (w *worker) inPlace(g *groupRule, f func(r *rawReading)) bool {
	slot := w.m.p.judge.slot[g.list().text]
	if w.m.kinds[slot] == keptNull {
		return true // absent, or null
	}
	if w.m.kinds[slot] != keptBox || w.m.text(slot)[0] != '[' {
		return false
	}
	list := w.m.text(slot)
	w.raw.asked, w.raw.m = g.asked, w.m
	for i := rawSpace(list, 1); list[i] != ']'; {
		end := w.raw.take(list, i)
		f(&w.raw)
		i = rawNext(list, end)
	}
	return true
}

// take makes the value that begins at i the element. Its members are found in
// one go, because the rule asks for several.
func (r *rawReading) take(b []byte, i int) (end int) {
	r.members = r.members[:0]
	if b[i] == '{' {
		r.members, end = rawMembers(r.members, b, i)
	} else {
		end = rawEnd(b, i)
	}
	r.element = b[i:end]
	return end
}

func (r *rawReading) askNumber(int) (n int64, ok bool) { return 0, false }

func (r *rawReading) askSmall(int) bool { return false }

func (r *rawReading) askTruth(k int) truth { return r.truth(r.asked.truths[k]) }

func (r *rawReading) truth(c cond) truth {
	switch t := c.(type) {
	case not:
		return negate(r.truth(t.c))
	case allOf:
		result := yes
		for _, part := range t {
			switch r.truth(part) {
			case no:
				return no
			case unknown:
				result = unknown
			}
		}
		return result
	case present:
		for _, p := range t {
			if r.at(p).kind == seenNull {
				return no
			}
		}
		return yes
	case places:
		v := r.at(t.at)
		if v.kind == seenNull {
			return unknown
		}
		return truthOf(t.test.value(v.decoded()))
	}
	return unknown // there are no others
}

func (r *rawReading) askScalars(parts []byte, k int) (out []byte, whole bool) {
	whole = true
	for _, p := range r.asked.lists[k] {
		switch v := r.at(p); v.kind {
		case seenText:
			parts = keyPart(parts, 's', v.text)
		case seenNumber:
			if v.number.whole {
				var digits [20]byte
				parts = keyPart(parts, 'n', strconv.AppendInt(digits[:0], v.number.n, 10))
			} else {
				parts = keyPart(parts, 'n', []byte(v.number.rat().RatString()))
			}
		case seenTrue, seenFalse:
			parts = keyPart(parts, truthTag(v.kind == seenTrue), nil)
		default:
			parts = keyPart(parts, '0', nil)
			whole = false
		}
	}
	return parts, whole
}

// at gives the value at a place.
func (r *rawReading) at(p pointer) (v seen) {
	if !p.ofElement() {
		return r.m.recall(r.m.p.judge.slot[p.text])
	}
	b, members := r.element, r.members
	for i, name := range p.steps[1:] {
		if i > 0 {
			r.within = r.within[:0]
			if len(b) > 0 && b[0] == '{' {
				r.within, _ = rawMembers(r.within, b, 0)
			}
			members = r.within
		}
		b = rawValue(members, name)
	}
	if len(b) == 0 {
		return v
	}
	switch b[0] {
	case 'n':
	case 't':
		v.kind = seenTrue
	case 'f':
		v.kind = seenFalse
	case '"':
		v.kind, v.text = seenText, rawText(b)
	case '{', '[':
		v.kind = seenBox
	default:
		v.kind = seenNumber
		v.number, _ = readFigure(b)
	}
	return v
}

// decoded gives a value that was read in place as the reference has it.
func (v *seen) decoded() any {
	switch v.kind {
	case seenText:
		return string(v.text)
	case seenNumber:
		if v.number.whole {
			return json.Number(strconv.FormatInt(v.number.n, 10))
		}
		return json.Number(v.number.text)
	case seenTrue, seenFalse:
		return v.kind == seenTrue
	case seenBox:
		return map[string]any{}
	}
	return nil
}
