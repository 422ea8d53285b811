package schema

import "slices"

// fieldKinds are the sorts of personal data that a field may be declared to hold.
var fieldKinds = []string{"nik", "nkk", "name", "birth", "gender", "address", "phone", "email", "coordinate", "identity"}

// vetSensitive reads the sensitive fields and sees to it that no named value,
// which findings print, is computed from one of them. A count of places is
// harmless: it prints how many there are.
func (d *Definition) vetSensitive(c *compiler, v any) {
	var guarded []pointer
	for i, f := range c.list(v, "/sensitive") {
		where := index("/sensitive", i)
		m := c.object(f, where, "pointer", "kind")
		c.oneOf(m["kind"], where+"/kind", fieldKinds...)
		guarded = append(guarded, c.declared(m["pointer"], where+"/pointer"))
	}
	for _, e := range d.values {
		for _, p := range pointersOf(e) {
			if slices.ContainsFunc(guarded, func(g pointer) bool { return overlap(p.steps, g.steps) }) {
				c.fail("/values")
			}
		}
	}
}

func pointersOf(e expr) []pointer {
	switch t := e.(type) {
	case number:
		return []pointer{t.at}
	case every:
		return []pointer{t.at}
	case sum:
		return pointersOfAll(t)
	case largest:
		return pointersOfAll(t)
	case ceil:
		return pointersOf(t.of)
	}
	return nil
}

func pointersOfAll(list []expr) (out []pointer) {
	for _, e := range list {
		out = append(out, pointersOf(e)...)
	}
	return out
}

// overlap reports whether two pointers can lead to the same place, or one to
// a place around the other.
func overlap(a, b []string) bool {
	for i := range min(len(a), len(b)) {
		wild := a[i] == "*" || b[i] == "*" || a[i] == "#" || b[i] == "#"
		if a[i] != b[i] && !wild {
			return false
		}
	}
	return true
}
