package schema

import (
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope/purpose"
)

// sumNorm compares areas with their parts, in all and by name, and looks up
// every area of a list.
const sumNorm = `{"segel": "definition/1", "id": "uji/rekap", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/kode"], "sensitive": [{"pointer": "/nik", "kind": "nik"}],
  "schema": {"type": "object", "properties": {"kode": {"type": ["string", "null"]}, "tps": {"type": ["integer", "null"]}, "nik": {"type": ["integer", "null"]},
    "suara": {"type": ["object", "null"], "patternProperties": {"^[0-9]+$": {"type": ["integer", "null"]}}},
    "daerah": {"type": ["array", "null"], "items": {"type": "object", "properties": {"kode": {"type": ["string", "null"]}, "bagian": {"type": ["boolean", "null"]}}}}}},
  "values": {"tps": "/tps"}, "rules": [],
  "groups": [
    {"id": "daerah-ganda", "kind": "rule", "severity": "error", "each": "/daerah/*", "by": [{"first": ["/kode", 2]}], "where": {"not": {"present": ["/daerah/*/bagian"]}}, "unique": ["/daerah/*/kode"]}
  ],
  "references": [
    {"id": "induk", "kind": "rule", "severity": "error", "pointer": "/tps", "dataset": "uji/rekap", "here": ["/kode"], "there": [{"parent": ["/kode"]}],
     "values": {"tps": {"here": "tps"}, "semua": {"there": {"total": "/tps"}}, "banyak": {"there": {"records": []}}}, "require": {"=": ["tps", "semua"]}},
    {"id": "calon", "kind": "rule", "severity": "error", "dataset": "uji/rekap", "each": "/suara/#", "eachThere": "/suara/#", "here": ["/kode"], "there": [{"ancestors": ["/kode"]}], "whereThere": {"present": ["/tps"]},
     "values": {"suara": {"here": "/suara/#"}, "semua": {"there": {"total": "/suara/#"}}, "besar": {"there": {"most": "/suara/#"}}}, "require": {"=": ["suara", "semua"]}},
    {"id": "ada", "kind": "notice", "severity": "info", "dataset": "uji/rekap", "each": "/daerah/*", "when": {"not": {"prefix": ["/daerah/*/kode", "99"]}}, "here": ["/daerah/*/kode"], "there": ["/kode"], "exists": true}
  ]}`

var sumIDs = []string{"daerah-ganda", "induk", "calon", "ada"}

func TestSumsOfParts(t *testing.T) {
	d := defined(t, sumNorm, sumIDs...)
	x, err := NewIndex(t.Context(), d, d, records(
		`{"kode":"3174","tps":3,"suara":{"1":5,"2":7,"null":9}}`, `{"kode":"3175","tps":4,"suara":{"1":1,"2":null}}`, `{"kode":"31","tps":9}`,
		`{"kode":"319901","tps":2,"suara":{"1":1,"2":2}}`, `{"kode":"319902","suara":{"1":100}}`, `{"kode":"AB","tps":1}`, `{"kode":"odd","tps":1}`, `{"kode":null,"tps":1}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, record string
		want         []string
		missing      string
	}{
		{"the sum", `{"kode":"31","tps":7}`, nil, ""},
		{"not the sum, of direct parts only", `{"kode":"31","tps":9}`, []string{"induk 1 tps=9 semua=7 banyak=2"}, ""},
		{"a part without the number", `{"kode":"3199","tps":2}`, nil, "induk parts 1"},
		{"the nation", `{"kode":null,"tps":10}`, nil, ""},
		{"the nation, not", `{"tps":9}`, []string{"induk 1 tps=9 semua=10 banyak=2"}, ""},
		{"no part", `{"kode":"3174","tps":3}`, nil, "induk parts 1"},
		{"no number here", `{"kode":"31","tps":null}`, nil, ""},
		{"by name, over all levels below", `{"kode":"31","suara":{"1":7}}`, nil, ""},
		{"by name, not", `{"kode":"31","suara":{"1":8}}`, []string{"calon 1 suara=8 semua=7 besar=5"}, ""},
		{"of two names the first", `{"kode":"3199","suara":{"1":2,"2":3}}`, []string{"calon 1 suara=2 semua=1 besar=1"}, ""},
		{"a name with a null there", `{"kode":"31","suara":{"2":1}}`, nil, "calon parts 1"},
		{"a name that no part has", `{"kode":"31","suara":{"3":1}}`, nil, "calon parts 1"},
		{"two names that no part has, in one record", `{"kode":"31","suara":{"3":1,"4":1}}`, nil, "calon parts 1"},
		{"a name that no part has, and no number here", `{"kode":"31","suara":{"3":null}}`, nil, ""},
		{"a name that is no number", `{"kode":"31","suara":{"null":1}}`, nil, ""},
		{"all areas there", `{"kode":"x","daerah":[{"kode":"31"},{"kode":"3174"},{"kode":null},{"kode":"9901"}]}`, nil, "induk parts 1"},
		{"one is not", `{"kode":"x","daerah":[{"kode":"31"},{"kode":"32"},{"kode":"33"}]}`, []string{"ada 1"}, "induk parts 1"},
		{"one twice in a record", `{"kode":"xx","daerah":[{"kode":"31"},{"kode":"31"},{"kode":"31"}]}`, []string{"daerah-ganda 1"}, "induk parts 1"},
		{"twice, but a part", `{"kode":"xx","daerah":[{"kode":"31"},{"kode":"31","bagian":true}]}`, nil, "induk parts 1"},
		{"odd in form", ` { "daerah" : [ {"x":{"kode":[1,"}"]}, "k\u006fde" :"3\u0031" } , {"bagian": null , "kode":"31"},{} ] , "kode" : "xx" } `, []string{"daerah-ganda 1"}, "induk parts 1"},
		{"no list", `{"kode":"xx","daerah":null}`, nil, "induk parts 1"},
		{"an empty list", `{"kode":"xx","daerah":[ ]}`, nil, "induk parts 1"},
		{"no such piece to group by", `{"kode":"x","daerah":[{"kode":"31"},{"kode":"31"}]}`, nil, "induk parts 1"},
		{"what is great is not shown", `{"kode":"31","tps":3299990101}`, []string{"induk 1 semua=7 banyak=2"}, ""},
	} {
		report, err := checkBoth(t, d, CheckOptions{Against: map[string]*Index{"uji/rekap": x}}, c.record+"\n")
		if err != nil {
			t.Fatal(c.name, err)
		}
		if got := said(report); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
		missing := ""
		for _, n := range report.NotJudged {
			missing += n.Rule + " " + string(n.Missing) + " " + string(rune('0'+n.Records))
		}
		if missing != c.missing {
			t.Errorf("%s: not judged %q, want %q", c.name, missing, c.missing)
		}
	}
	report, err := checkBoth(t, d, CheckOptions{Against: map[string]*Index{"uji/rekap": x}},
		`{"kode":"31","daerah":[{"kode":"3174"}]}`+"\n"+`{"kode":"32","daerah":[{"kode":"3174"}]}`+"\n"+`{"kode":"313","daerah":[{"kode":"31"},{"kode":"3174"}],"suara":{"1":0}}`+"\n")
	if err != nil || !slices.Equal(said(report), []string{"daerah-ganda 3"}) {
		t.Errorf("got %v, %v", said(report), err)
	}
	report, err = checkBoth(t, d, CheckOptions{Against: map[string]*Index{"uji/rekap": x}}, `{"kode":"31","daerah":[{"kode":"31"},{"kode":"32"}],"suara":{"1":8}}`+"\n")
	if err != nil || report.Details[0].Pointer != "/suara/*" || report.Details[1].Pointer != "/daerah/1" {
		t.Errorf("got %v, %v", report.Details, err)
	}
}

func TestSumsThatAreRefused(t *testing.T) {
	for _, c := range []struct{ name, old, new, where string }{
		{"each without a wildcard at its end", `"each": "/suara/#", "eachThere"`, `"each": "/suara/#/x", "eachThere"`, "/references/1/each"},
		{"each of nothing declared", `"each": "/daerah/*", "by"`, `"each": "/daera/*", "by"`, "/groups/0/each"},
		{"other wildcards there", `"eachThere": "/suara/#"`, `"eachThere": "/daerah/*"`, "/references/1/eachThere"},
		{"ancestors here", `"here": ["/kode"], "there": [{"ancestors": ["/kode"]}]`, `"here": [{"ancestors": ["/kode"]}], "there": ["/kode"]`, "/references/1/here/0"},
		{"place in a require", `"require": {"=": ["tps", "semua"]}`, `"require": {"=": ["/tps", "semua"]}`, "/references/0/require/0"},
		{"number of nobody", `{"there": {"total": "/tps"}}`, `{"total": "/tps"}`, "/references/0/values/1"},
		{"distinct there", `{"there": {"total": "/tps"}}`, `{"there": {"distinct": ["/tps"]}}`, "/references/0/values/1"},
		{"both forms", `"here": ["/kode"], "there": [{"parent"`, `"exists": true, "here": ["/kode"], "there": [{"parent"`, "/references/0"},
		{"days with a require", `"here": ["/kode"], "there": [{"parent"`, `"validThere": ["/kode", "/kode"], "here": ["/kode"], "there": [{"parent"`, "/references/0"},
		{"values of exists", `"there": ["/kode"], "exists"`, `"there": ["/kode"], "values": {}, "exists"`, "/references/2"},
		{"something sensitive here", `{"here": "tps"}`, `{"here": "/nik"}`, "/references/0/values"},
	} {
		norm := strings.Replace(sumNorm, c.old, c.new, 1)
		if norm == sumNorm {
			t.Fatal(c.name, ": nothing replaced")
		}
		var texts []string
		for _, id := range sumIDs {
			texts = append(texts, `"`+id+`": {"id": "x", "en": "x"}`)
		}
		_, err := ParseDefinition([]byte(norm), []byte(`{"title": {"id": "x", "en": "x"}, "rules": {`+strings.Join(texts, ", ")+`}}`))
		e, is := err.(*Error)
		if !is || e.Reason != ReasonBadDefinition || e.Where != c.where {
			t.Errorf("%s: got %v, want %s", c.name, err, c.where)
		}
	}
	// What is sensitive there is for the other definition to say.
	d := defined(t, strings.Replace(sumNorm, `{"total": "/tps"}`, `{"total": "/nik"}`, 1), sumIDs...)
	if _, err := NewIndex(t.Context(), d, d, records(`{"kode":"31"}`)); err == nil {
		t.Error("a sum of identity numbers would be shown")
	}
}

// TestEnoughMustBeTrue: what is there is judged only if it is known to be enough.
func TestEnoughMustBeTrue(t *testing.T) {
	norm := strings.Replace(sumNorm, `"require": {"=": ["tps", "semua"]}`, `"enough": {"=": [{"here": "/suara/9"}, "banyak"]}, "require": {"=": ["tps", "semua"]}`, 1)
	d := defined(t, norm, sumIDs...)
	x, err := NewIndex(t.Context(), d, d, records(`{"kode":"3174","tps":3}`, `{"kode":"3175","tps":4}`))
	if err != nil {
		t.Fatal(err)
	}
	for record, want := range map[string]string{
		`{"kode":"31","tps":9,"suara":{"9":2}}`:    "induk 1 tps=9 semua=7 banyak=2",
		`{"kode":"31","tps":7,"suara":{"9":2}}`:    "",
		`{"kode":"31","tps":9,"suara":{"9":3}}`:    "not judged: parts",
		`{"kode":"31","tps":9,"suara":{"9":null}}`: "not judged: parts",
		`{"kode":"31","tps":9}`:                    "not judged: parts",
	} {
		report, err := checkBoth(t, d, CheckOptions{Against: map[string]*Index{"uji/rekap": x}}, record+"\n")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, s := range said(report) {
			got += s
		}
		for _, n := range report.NotJudged {
			if n.Rule == "induk" {
				got += "not judged: " + string(n.Missing)
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", record, got, want)
		}
	}
}

// TestPartsMayHaveMore: in a sum nothing counts but the numbers that a rule names,
// so the parts may have members that their definition does not; where a record
// counts by being there they may not.
func TestPartsMayHaveMore(t *testing.T) {
	const more = `{"kode":"31","tps":9,"mode":"x"}`
	d := defined(t, sumNorm, sumIDs...)
	_, err := NewIndex(t.Context(), d, d, records(`{"kode":"32"}`, more))
	if e, is := err.(*Error); !is || e.Reason != ReasonBadReference || e.Record != 2 || e.Where != "/*" {
		t.Errorf("got %v", err)
	}
	sums := defined(t, sumNorm[:strings.Index(sumNorm, `,
    {"id": "ada"`)]+"]}", sumIDs[:3]...)
	if _, err := NewIndex(t.Context(), sums, sums, records(more)); err != nil {
		t.Error(err)
	}
}

// TestFillSaysWhatIsNotShown: in one pair of brackets, whoever wrote them.
func TestFillSaysWhatIsNotShown(t *testing.T) {
	for in, want := range map[string]string{
		"{a} of {b}":           "7 of (not shown)",
		"votes ({b})":          "votes (not shown)",
		"(sum {b})":            "(sum not shown)",
		"(of {a}) and {b}":     "(of 7) and (not shown)",
		"({a} + {b}), ({b})":   "(7 + not shown), (not shown)",
		"nothing ({c}) is {c}": "nothing (null) is null",
	} {
		if got := fill(purpose.Text{EN: in}, []Input{{Name: "a", Value: 7}, {Name: "c", Null: true}}); got.EN != want {
			t.Errorf("%s: got %s, want %s", in, got.EN, want)
		}
	}
}
