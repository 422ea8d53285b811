package schema

import (
	"bytes"
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

type rawMember struct{ name, value []byte }

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

// What follows walks through JSON that is sound.

// rawMembers appends the members of the object that begins at i, and gives its end.
func rawMembers(out []rawMember, b []byte, i int) (all []rawMember, end int) {
	for i = rawSpace(b, i+1); b[i] != '}'; {
		quote, _, escapes, _, _ := textEnd(b, i+1)
		name := b[i+1 : quote]
		if escapes {
			name = rawText(b[i : quote+1])
		}
		from := rawSpace(b, rawSpace(b, quote+1)+1)
		to := rawEnd(b, from)
		out = append(out, rawMember{name, b[from:to]})
		i = rawNext(b, to)
	}
	return out, i + 1
}

// rawValue gives the value of a member; nil if there is none.
func rawValue(of []rawMember, name string) []byte {
	for i := range of {
		if string(of[i].name) == name {
			return of[i].value
		}
	}
	return nil
}

// rawNext goes from the end of an element or member to the next one, or to the end
// of what it is in.
func rawNext(b []byte, i int) int {
	if i = rawSpace(b, i); b[i] == ',' {
		i = rawSpace(b, i+1)
	}
	return i
}

// rawText gives a text without its quotes and escapes.
func rawText(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b[1 : len(b)-1]
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return nil // it is sound, so this cannot be
	}
	return []byte(s)
}

func rawSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// rawEnd gives the end of the value that begins at i.
func rawEnd(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch c := b[i]; c {
		case '"':
			i, _, _, _, _ = textEnd(b, i+1)
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // behind a number
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}
