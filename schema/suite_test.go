package schema

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/shared"
)

// suiteGroup is one schema of the JSON Schema test suite with its instances.
type suiteGroup struct {
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"schema"`
	Tests       []suiteCase     `json:"tests"`
}

type suiteCase struct {
	Description string          `json:"description"`
	Data        json.RawMessage `json:"data"`
	Valid       bool            `json:"valid"`
}

// TestSuite takes the JSON Schema 2020-12 suite through the whole of this
// package: each schema becomes a member's schema in a definition, each instance
// that member of a record, and both engines check it. Schemas that use what a
// definition may not use are refused; of the others every case has the verdict
// of the suite, but for those that departures lists.
func TestSuite(t *testing.T) {
	root := shared.Path(t, "corpora", "json-schema", "tests", "draft2020-12")
	var files []string
	for _, pattern := range []string{"*.json", "optional/*.json", "optional/format/*.json"} {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	var count struct{ cases, refused, reference, both int }
	departed := map[int]int{}    // cases by index in departures
	refused := map[string]int{}  // cases by file
	fallback := map[string]int{} // cases by why
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var groups []suiteGroup
		if err := json.Unmarshal(data, &groups); err != nil {
			t.Fatal(file, err)
		}
		rel, _ := filepath.Rel(root, file)
		rel = filepath.ToSlash(rel)
		for _, g := range groups {
			count.cases += len(g.Tests)
			d, err := suiteDefinition(t, g.Schema)
			if err != nil {
				count.refused += len(g.Tests)
				refused[rel] += len(g.Tests)
				continue
			}
			if d.Engine() == "compiled" {
				count.both += len(g.Tests)
			} else {
				count.reference += len(g.Tests)
				fallback[d.Engine()] += len(g.Tests)
			}
			for _, c := range g.Tests {
				name := rel + ": " + g.Description + ": " + c.Description
				in := suiteRecord(t, c.Data) + "\n"
				var report *Report
				if d.Engine() == "compiled" {
					report, err = checkBoth(t, d, CheckOptions{}, in)
				} else {
					report, err = d.Check(context.Background(), NDJSON(strings.NewReader(in)), CheckOptions{})
				}
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				if valid := report.Errors == 0; valid != c.Valid {
					if !departs(name, valid) {
						t.Errorf("%s: got %v, want %v: %v", name, valid, c.Valid, report.Structure)
					}
					departed[known(name)]++
					t.Logf("departs: %s: %v, suite %v", name, valid, c.Valid)
				}
			}
		}
	}
	for i, d := range departures {
		if departed[i] != d.cases {
			t.Errorf("%s: %d cases depart from the suite, want %d", d.name, departed[i], d.cases)
		}
	}
	for _, rel := range slices.Sorted(maps.Keys(refused)) {
		t.Logf("refused: %4d cases in %s", refused[rel], rel)
	}
	for _, why := range slices.Sorted(maps.Keys(fallback)) {
		t.Logf("%4d cases by the %s", fallback[why], why)
	}
	t.Logf("%d cases: %d refused by the grammar of definitions, %d by the reference alone, %d by both engines",
		count.cases, count.refused, count.reference, count.both)
	if count.both < 1000 {
		t.Errorf("only %d cases reached both engines", count.both)
	}
}

// departures are the cases in which both engines agree with each other and not
// with the suite: the beginning of their names, the verdict that we give, how
// many there are, and why. All but the first are of the suite's optional part.
var departures = []struct {
	name  string
	valid bool
	cases int
	why   string
}{
	{"format.json: ", false, 11, "stricter by design: a format that a definition names is asserted"},
	{"optional/bignum.json: ", false, 4, "stricter by design: no number beyond 2^53-1, which not every peer can hold"},
	{"optional/float-overflow.json: ", false, 1, "stricter by design: no number beyond 2^53-1"},
	{"optional/ecmascript-regex.json: ECMA 262 \\s", false, 5, "patterns are RE2, where \\s is ASCII"},
	{"optional/ecmascript-regex.json: ECMA 262 \\S", true, 5, "patterns are RE2, where \\S is all but ASCII blanks"},
	{"optional/format/ecmascript-regex.json: ECMA", false, 5, "patterns are RE2"},
	{"optional/format/ecmascript-regex.json: ", true, 4, "patterns are RE2"},
	{"optional/format/email.json: ", true, 1, "the library has a laxer format"},
	{"optional/format/hostname.json: ", true, 24, "the library does not look into Punycode"},
	{"optional/format/ipv4.json: ", true, 1, "the library has a laxer format"},
	{"optional/format/uri-reference.json: ", true, 4, "the library has a laxer format"},
	{"optional/format/uri.json: ", true, 10, "the library has a laxer format"},
}

// known gives the index of the departure that has the case, or -1.
func known(name string) int {
	for i, d := range departures {
		if strings.HasPrefix(name, d.name) {
			return i
		}
	}
	return -1
}

func departs(name string, valid bool) bool {
	i := known(name)
	return i >= 0 && departures[i].valid == valid
}

// suiteDefinition makes a definition in which the schema is that of a member.
// Its $defs move to the root, where references of definitions lead.
func suiteDefinition(t *testing.T, schema json.RawMessage) (*Definition, error) {
	t.Helper()
	defs := json.RawMessage("{}")
	var members map[string]json.RawMessage
	if json.Unmarshal(schema, &members) == nil {
		delete(members, "$schema")
		if d, is := members["$defs"]; is {
			defs = d
			delete(members, "$defs")
		}
		b, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		schema = b
	}
	norm := fmt.Sprintf(`{"segel":"definition/1","id":"uji/suite","version":"1.0.0","classification":"public","purposes":["REKAP-UMUM"],
		"keys":["/k"],"sensitive":[],"schema":{"type":"object","required":["k","v"],"properties":{"k":{"type":"integer"},"v":%s},"$defs":%s},"values":{},"rules":[]}`, schema, defs)
	return ParseDefinition([]byte(norm), []byte(`{"title":{"id":"x","en":"x"},"rules":{}}`))
}

func suiteRecord(t *testing.T, data json.RawMessage) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(`{"k":1,"v":`)
	if err := json.Compact(&b, data); err != nil {
		t.Fatal(err)
	}
	b.WriteString("}")
	return b.String()
}
