package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestOrderIsLearned: whichever members come, once each has been met the machine
// knows in which order they do.
func TestOrderIsLearned(t *testing.T) {
	d := defined(t, `{"segel": "definition/1", "id": "uji/urutan", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/z"], "sensitive": [], "schema": {"type": "object", "required": ["z"], "properties": {"z": {"type": "string"}, "a": {}, "b": {}, "c": {}, "d": {}, "e": {}}},
  "values": {}, "rules": []}`)
	m := newMachine(d.program)
	order := []string{"d", "z", "b", "e", "a", "c"}
	o := d.program.root.object
	var known []uint16
	for k := range 4 << len(order) {
		if k == 3<<len(order) {
			known = slices.Clone(m.follows[o.id])
		}
		present := k % (1 << len(order))
		var members []string
		for i, name := range order {
			if name == "z" || present>>i&1 == 1 {
				members = append(members, fmt.Sprintf("%q:%q", name, name))
			}
		}
		if record := "{" + strings.Join(members, ",") + "}"; !m.run([]byte(record)) {
			t.Fatal(record)
		}
	}
	if !slices.Equal(m.follows[o.id], known) {
		t.Error("the order is known, and yet changed")
	}
	var got []string
	for last := 0; len(got) < len(order); {
		k := int(m.follows[o.id][last])
		got, last = append(got, o.members[k].name), k+1
	}
	if !slices.Equal(got, order) {
		t.Errorf("learned %q, want %q", got, order)
	}
	for i, name := range order { // and finds each behind any of those before it
		for last := range i + 1 {
			at := 0
			if last > 0 {
				at = slices.IndexFunc(o.members, func(e member) bool { return e.name == order[last-1] }) + 1
			}
			if k := o.expected([]byte(`"`+name+`":"x"}`), m.follows[o.id], at); k < 0 || o.members[k].name != name {
				t.Errorf("%s is not expected behind member %d", name, last)
			}
		}
	}
}

// TestLimitsOfTexts: texts are no way around the limits of a record.
func TestLimitsOfTexts(t *testing.T) {
	d := defined(t, `{"segel": "definition/1", "id": "uji/batas", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/z"], "sensitive": [], "schema": {"type": "object", "required": ["z"], "properties": {"z": {"type": "string"}, "o": {"type": "object"}}},
  "values": {}, "rules": []}`)
	nested := func(depth int) string { // a text so deep
		return `{"z":"z","o":` + strings.Repeat(`{"x":`, depth-2) + `{"x":"t"}` + strings.Repeat("}", depth-1)
	}
	many := func(values int) string { // with all lists and objects
		var b strings.Builder
		for i := range values - 3 {
			fmt.Fprintf(&b, `,"x%d":"t"`, i)
		}
		return `{"z":"z","o":{` + b.String()[1:] + `}}`
	}
	for _, c := range []struct {
		name, record string
		sound        bool
	}{
		{"at the depth", nested(maxDepth), true}, {"too deep", nested(maxDepth + 1), false},
		{"as many as allowed", many(maxValues), true}, {"one more", many(maxValues + 1), false},
	} {
		if _, bad := scan([]byte(c.record)); bad == nil != c.sound {
			t.Errorf("%s: the reference says %v", c.name, bad)
		}
		if got := newMachine(d.program).run([]byte(c.record)); got != c.sound {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

// TestEitherMember: of two members that never come together, each stays expected.
func TestEitherMember(t *testing.T) {
	d := defined(t, `{"segel": "definition/1", "id": "uji/salah-satu", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/z"], "sensitive": [], "schema": {"type": "object", "required": ["z"], "properties": {"z": {"type": "string"}, "a": {}, "b": {}, "c": {}}},
  "values": {}, "rules": []}`)
	m := newMachine(d.program)
	var before []uint16
	for k := range 12 {
		if !m.run([]byte([]string{`{"z":"z","a":"x","c":"x"}`, `{"z":"z","b":"x","c":"x"}`}[k%2])) {
			t.Fatal("not sound")
		}
		now := m.follows[d.program.root.object.id]
		if k > 4 && !slices.Equal(now, before) {
			t.Fatalf("record %d changed what is expected", k)
		}
		before = slices.Clone(now)
	}
}
