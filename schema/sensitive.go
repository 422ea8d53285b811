package schema

import "slices"

// fieldKinds are the sorts of personal data that a field may be declared to hold.
var fieldKinds = []string{"nik", "nkk", "name", "birth", "gender", "address", "phone", "email", "coordinate", "identity"}

// sensitiveField is a field that a definition declares to hold personal data.
type sensitiveField struct {
	at   pointer
	kind string
}

// holdsNumber reports whether the leak guard has nothing to say about the field.
func (f *sensitiveField) holdsNumber() bool {
	return slices.Contains([]string{leakNIK, leakNKK, leakPhone, "identity"}, f.kind)
}

// Sensitive reports whether a place of a record may hold personal data, and of
// what kind: one of nik, nkk, name, birth, gender, address, phone, email,
// coordinate and identity. The pointer is one of a finding, a rule or a record,
// with indexes or wildcards. A place is sensitive if the definition declares
// it, something in it or something around it; the kind is the first declared
// one. What is no pointer is sensitive, without a kind, because nobody can say
// what it leads to; so whoever prints values asks here and prints what is not.
func (d *Definition) Sensitive(at string) (kind string, ok bool) {
	p, valid := pointer{}, true
	if at != "" {
		p, valid = parsePointer(at)
	}
	if !valid {
		return "", true
	}
	for _, s := range d.sensitive {
		if overlap(p.steps, s.at.steps) {
			return s.kind, true
		}
	}
	return "", false
}

// SensitiveFields lists the fields that are declared to hold personal data: the
// kind of each, as [Definition.Sensitive] has it, by JSON pointer.
func (d *Definition) SensitiveFields() map[string]string {
	out := make(map[string]string, len(d.sensitive))
	for _, s := range d.sensitive {
		out[s.at.text] = s.kind
	}
	return out
}

// vetSensitive reads the sensitive fields and sees to it that no named value,
// which findings print, is computed from one of them. A count of places is
// harmless: it prints how many there are.
func (d *Definition) vetSensitive(c *compiler, v any) {
	for i, f := range c.list(v, "/sensitive") {
		where := index("/sensitive", i)
		m := c.object(f, where, "pointer", "kind")
		d.sensitive = append(d.sensitive, sensitiveField{
			kind: c.oneOf(m["kind"], where+"/kind", fieldKinds...),
			at:   c.declared(m["pointer"], where+"/pointer"),
		})
	}
	for _, e := range d.values {
		if d.touchesSensitive(e) {
			c.fail("/values")
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
	case share:
		return pointersOf(t.of)
	case here:
		return pointersOf(t.of)
	case span:
		return []pointer{t.from, t.to}
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
