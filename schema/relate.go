package schema

import (
	"bytes"
	"encoding/json"
)

// relate is a statement about the scalars at two places: that they are the
// same, or that one text begins with the other. Unknown if one is null.
type relate struct {
	a, b   pointer
	begins bool
}

func (c relate) eval(record any) (truth, string) {
	a, b := seenOf(c.a.get(record)), seenOf(c.b.get(record))
	return related(&a, &b, c.begins), ""
}

func related(a, b *seen, begins bool) truth {
	switch {
	case a.kind == seenNull || b.kind == seenNull:
		return unknown
	case begins:
		return truthOf(a.kind == seenText && b.kind == seenText && bytes.HasPrefix(a.text, b.text))
	case a.kind != b.kind || a.kind == seenBox:
		return no
	case a.kind == seenText:
		return truthOf(bytes.Equal(a.text, b.text))
	case a.kind != seenNumber:
		return yes // true and true, false and false
	case a.number.whole && b.number.whole:
		return truthOf(a.number.n == b.number.n)
	}
	return truthOf(a.number.rat().Cmp(b.number.rat()) == 0)
}

// seenOf gives a decoded value as the machine would have met it.
func seenOf(v any) (s seen) {
	switch t := v.(type) {
	case nil:
	case string:
		s.kind, s.text = seenText, []byte(t)
	case json.Number:
		s.kind = seenNumber
		s.number, _ = readFigure([]byte(t))
	case bool:
		s.kind = seenFalse
		if t {
			s.kind = seenTrue
		}
	default:
		s.kind = seenBox
	}
	return s
}
