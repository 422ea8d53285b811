package schema

import (
	"slices"
	"testing"
)

// TestElementsInPlace: what is asked of an element is found however its members
// are written, in an object within it as well, and never in the one before it.
func TestElementsInPlace(t *testing.T) {
	d := defined(t, `{"segel": "definition/1", "id": "uji/tempat", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/id"], "sensitive": [],
  "schema": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"},
    "daftar": {"type": "array", "items": {"type": ["object", "null"], "properties": {"y": {"type": ["string", "number", "boolean", "null"]}, "tidak": {"type": ["string", "boolean", "null"]},
      "isi": {"type": ["object", "null"], "properties": {"x": {"type": ["integer", "null"]}, "z": {"type": "object", "properties": {"x": {"type": "integer"}}}}}}}}}},
  "values": {}, "rules": [], "groups": [
    {"id": "A", "kind": "rule", "severity": "error", "each": "/daftar/*", "by": ["/daftar/*/isi/x", "/daftar/*/isi/z/x"], "unique": ["/daftar/*/y"],
     "where": {"not": {"all": [{"present": ["/daftar/*/tidak"]}, {"in": ["/daftar/*/tidak", true, "ya"]}]}}}]}`, "A")
	if !d.groups[0].simple {
		t.Fatal("read otherwise")
	}
	for _, c := range []struct {
		name, list string
		want       []string
	}{
		{"twice", `[{"y":1,"isi":{"x":1}},{"isi":{"x":1},"y":1.0}]`, []string{"A 1"}},
		{"another one within", `[{"y":1,"isi":{"x":1}},{"isi":{"x":2},"y":1}]`, nil},
		{"nothing within", `[{"y":1,"isi":{"x":1}},{"y":1},{"y":2}]`, nil},
		{"nothing within, twice", `[{"y":1,"isi":{}},{"y":1},{"y":1,"isi":null}]`, []string{"A 1"}},
		{"deeper", `[{"y":1,"isi":{"x":1,"z":{"x":1}}},{"y":1,"isi":{"z":{"x":2},"x":1}},{"y":1,"isi":{"x":1}}]`, nil},
		{"deeper, twice", `[{"y":1,"isi":{"x":1,"z":{"x":1}}},{"y":1,"isi":{"z":{"x":1},"x":1}}]`, []string{"A 1"}},
		{"blanks", "[ {\t\"y\" : 1 , \"isi\" : { \"x\" : 1 } } , { \"isi\" : { \"x\" : 1 } , \"y\" : 1 } ]", []string{"A 1"}},
		{"escapes in names", `[{"y":"a","isi":{"x":1}},{"\u0079":"\u0061","i\u0073i":{"\u0078":1}}]`, []string{"A 1"}},
		{"a name that only looks so", `[{"y":"a"},{"\\u0079":"a"},{"\"y":"a"}]`, nil},
		{"names and marks in texts", `[{"y":"{\"y\":1,","isi":{"x":1}},{"lain":"}]\\","y":"{\"y\":1,","isi":{"x":1}}]`, []string{"A 1"}},
		{"left out", `[{"y":1,"tidak":true},{"y":1,"tidak":"ya"},{"y":1}]`, nil},
		{"not left out", `[{"y":1,"tidak":false},{"y":1,"tidak":"tidak"}]`, []string{"A 1"}},
		{"no objects", `[null,null,{"y":1}]`, nil},
		{"none", `[]`, nil},
		{"none for the one before", `[{"y":1,"isi":{"x":1}},{},null]`, nil},
	} {
		report, err := checkBoth(t, d, CheckOptions{}, `{"id":1,"daftar":`+c.list+"}\n")
		if err != nil {
			t.Fatal(err)
		}
		if got := said(report); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
