package schema

import (
	"slices"
	"strings"
	"testing"
	"unsafe"
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
	if d.groups[3].like != 0 || d.groups[1].like != 1 {
		t.Error("A and D group alike, A and B do not")
	}
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

// TestRulesWithOtherPieces: so it is with pieces of one scalar.
func TestRulesWithOtherPieces(t *testing.T) {
	pieces := []string{`"/kode"`, `{"first": ["/kode", 2]}`, `{"first": ["/kode", 4]}`, `{"drop": ["/kode", "1"]}`, `{"drop": ["/kode", "2"]}`, `{"parent": ["/kode"]}`, `{"first": ["/lain", 2]}`}
	var rules, ids []string
	for i, by := range pieces {
		ids = append(ids, string(rune('A'+i)))
		rules = append(rules, `{"id": "`+ids[i]+`", "kind": "rule", "severity": "error", "by": [`+by+`], "values": {"n": {"records": []}}, "require": {"<": ["n", 2]}}`)
	}
	d := defined(t, `{"segel": "definition/1", "id": "uji/potongan", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/id"], "sensitive": [],
  "schema": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "kode": {"type": "string"}, "lain": {"type": "string"}}},
  "values": {}, "rules": [], "groups": [`+strings.Join(rules, ", ")+`]}`, ids...)
	report, err := checkBoth(t, d, CheckOptions{}, strings.Join([]string{
		`{"id":1,"kode":"110101","lain":"ab"}`,
		`{"id":2,"kode":"110102","lain":"c"}`,
		`{"id":3,"kode":"120101","lain":"cd"}`,
		`{"id":4,"kode":"000","lain":"cde"}`,
		`{"id":5,"kode":"01000","lain":"c"}`,
		`{"id":6,"kode":"00001","lain":"d"}`,
		`{"id":7,"kode":"110201","lain":"e"}`,
		`{"id":8,"kode":"2110101","lain":"f"}`,
	}, "\n")+"\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"B 1 n=3", "B 4 n=2", "C 1 n=2", "D 3 n=2", "D 5 n=2", "E 1 n=2", "F 1 n=2", "G 3 n=2"}
	if got := said(report); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestWorkersDoNotShareLines: a list of these is allocated on whole cache lines.
func TestWorkersDoNotShareLines(t *testing.T) {
	if n := unsafe.Sizeof(alike{}); n%64 != 0 && unsafe.Sizeof(uintptr(0)) == 8 {
		t.Errorf("%d bytes are not whole cache lines", n)
	}
}
