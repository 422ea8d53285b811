package schema

import (
	"slices"
	"testing"
)

// TestRulesWithOtherParts: of two rules over groups in a row neither takes the
// other's groups for its own, nor does one element those of the one before.
func TestRulesWithOtherParts(t *testing.T) {
	const head = `"kind": "rule", "severity": "error", `
	d := defined(t, `{"segel": "definition/1", "id": "uji/bagian", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/id"], "sensitive": [],
  "schema": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "a": {"type": "integer"}, "b": {"type": "integer"}, "n": {"type": "integer"},
    "daftar": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}}}}},
  "values": {}, "rules": [], "groups": [
    {"id": "A", `+head+`"by": ["/a"], "unique": ["/n"]},
    {"id": "B", `+head+`"by": ["/b"], "unique": ["/n"]},
    {"id": "C", `+head+`"each": "/daftar/*", "by": ["/daftar/*/x"], "unique": ["/daftar/*/y"]},
    {"id": "D", `+head+`"each": "/daftar/*", "by": ["/a"], "unique": ["/daftar/*/y"]}]}`, "A", "B", "C", "D")
	lines := []string{
		`{"id":1,"a":1,"b":1,"n":1,"daftar":[{"x":1,"y":1},{"x":2,"y":1}]}`,
		`{"id":2,"a":1,"b":2,"n":1,"daftar":[]}`,
		`{"id":3,"a":2,"b":2,"n":1,"daftar":[{"x":1,"y":1}]}`,
	}
	for _, d := range []*Definition{d, d.Reference()} {
		report, err := d.Check(t.Context(), records(lines...), CheckOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := said(report), []string{"A 2", "B 3", "C 3", "D 1"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", d.Engine(), got, want)
		}
	}
}
