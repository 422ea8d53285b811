package schema

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const areaNorm = `{"segel": "definition/1", "id": "uji/wilayah", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/kode", "/dari"], "sensitive": [],
  "schema": {"type": "object", "required": ["kode"], "properties": {"kode": {"type": "string"}, "tingkat": {"type": ["string", "null"]},
    "dari": {"type": ["string", "null"]}, "sampai": {"type": ["string", "null"]}}},
  "values": {}, "rules": [{"id": "R", "kind": "rule", "severity": "error", "require": {"present": ["/tingkat"]}, "from": "2020-01-01"}]}`

const placeNorm = `{"segel": "definition/1", "id": "uji/tps", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/id"], "sensitive": [], "legalDate": "/tanggal",
  "schema": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "kode": {"type": ["string", "number", "null"]}, "tanggal": {"type": ["string", "null"], "format": "date"}, "x": {}}},
  "values": {}, "rules": [],
  "references": [
    {"id": "dikenal", "kind": "notice", "severity": "warning", "pointer": "/kode", "when": {"not": {"prefix": ["/kode", "99"]}}, "dataset": "uji/wilayah",
     "here": [{"first": ["/kode", 4]}], "there": [{"drop": ["/kode", "."]}], "whereThere": {"in": ["/tingkat", "kel"]}, "validThere": ["/dari", "/sampai"], "exists": true},
    {"id": "lain", "kind": "rule", "severity": "error", "dataset": "uji/lain", "here": ["/kode"], "there": ["/kode"], "exists": true}
  ]}`

func defined(t testing.TB, norm string, ids ...string) *Definition {
	t.Helper()
	var texts []string
	for _, id := range ids {
		texts = append(texts, `"`+id+`": {"id": "x", "en": "x"}`)
	}
	d, err := ParseDefinition([]byte(norm), []byte(`{"title": {"id": "x", "en": "x"}, "rules": {`+strings.Join(texts, ", ")+`}}`))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestReferences(t *testing.T) {
	d, areas := defined(t, placeNorm, "dikenal", "lain"), defined(t, areaNorm, "R")
	x, err := NewIndex(t.Context(), d, areas, records(
		`{"kode":"31.74","tingkat":"kel"}`, `{"kode":"31.75","tingkat":"kec"}`, `{"kode":"31.76"}`,
		`{"kode":"32.01","tingkat":"kel","dari":"2023-01-01","sampai":"2024-01-01"}`, `{"kode":"32.02","tingkat":"kel","dari":"2024-01-01"}`,
		`{"kode":"32.03","tingkat":"kel","dari":"then"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, record string
		known        bool
	}{
		{"known", `{"id":1,"kode":"3174001"}`, true},
		{"exactly as long", `{"id":1,"kode":"3174"}`, true},
		{"unknown", `{"id":1,"kode":"3179001"}`, false},
		{"of another level", `{"id":1,"kode":"3175001"}`, false},
		{"without a level", `{"id":1,"kode":"3176001"}`, false},
		{"too short has no value", `{"id":1,"kode":"317"}`, true},
		{"null has no value", `{"id":1,"kode":null}`, true},
		{"a number has no leading characters", `{"id":1,"kode":9}`, true},
		{"not asked", `{"id":1,"kode":"9900001"}`, true},
		{"before the first day", `{"id":1,"kode":"3201001","tanggal":"2022-12-31"}`, false},
		{"on the first day", `{"id":1,"kode":"3201001","tanggal":"2023-01-01"}`, true},
		{"on the last day", `{"id":1,"kode":"3201001","tanggal":"2023-12-31"}`, true},
		{"on the day behind it", `{"id":1,"kode":"3201001","tanggal":"2024-01-01"}`, false},
		{"by the date of the check", `{"id":1,"kode":"3201001"}`, false},
		{"open end", `{"id":1,"kode":"3202001","tanggal":"2099-01-01"}`, true},
		{"since nobody knows when", `{"id":1,"kode":"3203001"}`, false},
	} {
		report, err := checkBoth(t, d, CheckOptions{AsOf: day(2024, 2, 14), Against: map[string]*Index{"uji/wilayah": x}}, c.record+"\n")
		if err != nil {
			t.Fatal(c.name, err)
		}
		if known := report.Notices["dikenal"] == 0; known != c.known || !known && (report.Details[0].Pointer != "/kode" || report.Details[0].Record != 1) {
			t.Errorf("%s: got %v", c.name, report.Details)
		}
		if len(report.NotJudged) != 1 || report.NotJudged[0].Rule != "lain" || len(report.Against) != 1 || report.Against[0].Dataset != areas.Ref() || len(report.Against[0].Digest) != 43 {
			t.Errorf("%s: got %v, %v", c.name, report.NotJudged, report.Against)
		}
	}
	// Without a date what depends on none is judged, and the rest is not.
	undated, err := checkBoth(t, d, CheckOptions{Against: map[string]*Index{"uji/wilayah": x}},
		`{"id":1,"kode":"3174001"}`+"\n"+`{"id":2,"kode":"3179001"}`+"\n"+`{"id":3,"kode":"3201001"}`+"\n"+`{"id":4,"kode":"3202001"}`+"\n")
	if err != nil || !slices.Equal(said(undated), []string{"dikenal 2"}) || len(undated.NotJudged) != 2 ||
		undated.NotJudged[0].Missing != MissingDate || undated.NotJudged[0].Records != 2 {
		t.Errorf("got %v, %v, %v", said(undated), undated.NotJudged, err)
	}
	// Without it nothing is found, no date is needed, and the report says so.
	report, err := checkBoth(t, d, CheckOptions{}, `{"id":1,"kode":"3179001"}`+"\n")
	if err != nil || len(report.Details) != 0 || len(report.NotJudged) != 2 || report.NotJudged[0].Rule != "dikenal" || report.NotJudged[1].Rule != "lain" || report.Against != nil {
		t.Errorf("got %+v, %v", report, err)
	}
	for name, against := range map[string]map[string]*Index{
		"nothing": {"uji/wilayah": nil}, "another dataset's": {"uji/lain": x},
	} {
		if _, err := d.Check(t.Context(), records(`{"id":1}`), CheckOptions{Against: against}); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			wantReason(t, err, ReasonBadOptions, "")
		}
	}
	_, err = areas.Check(t.Context(), records(`{"kode":"1"}`), CheckOptions{AsOf: day(2024, 1, 1), Against: map[string]*Index{"uji/wilayah": x}})
	wantReason(t, err, ReasonBadOptions, "")
}

// TestWhenMustBeTrue: a rule about a record whose condition nobody can judge says
// nothing of it.
func TestWhenMustBeTrue(t *testing.T) {
	norm := strings.Replace(placeNorm, `"dataset": "uji/lain", "here"`, `"when": {"in": ["/x", 1]}, "dataset": "uji/wilayah", "here"`, 1)
	d, areas := defined(t, norm, "dikenal", "lain"), defined(t, areaNorm, "R")
	x, err := NewIndex(t.Context(), d, areas, records(`{"kode":"31"}`))
	if err != nil {
		t.Fatal(err)
	}
	report, err := checkBoth(t, d, CheckOptions{Against: map[string]*Index{"uji/wilayah": x}},
		`{"id":1,"kode":"1"}`+"\n"+`{"id":2,"kode":"1","x":1}`+"\n"+`{"id":3,"kode":"1","x":null}`+"\n"+`{"id":4,"kode":"1","x":2}`+"\n"+`{"id":5,"kode":"31","x":1}`+"\n"+
			`{"id":6,"kode":null,"x":1}`+"\n") // nothing to look up
	if err != nil || !slices.Equal(said(report), []string{"lain 2"}) {
		t.Errorf("got %v, %v", said(report), err)
	}
}

// TestDatedReferences: a rule is judged by the law of the record's day, and not
// at all if nobody says which that is.
func TestDatedReferences(t *testing.T) {
	norm := strings.Replace(placeNorm, `"dataset": "uji/lain", "here"`, `"from": "2023-01-01", "until": "2024-01-01", "dataset": "uji/wilayah", "here"`, 1)
	d, areas := defined(t, norm, "dikenal", "lain"), defined(t, areaNorm, "R")
	x, err := NewIndex(t.Context(), d, areas, records(`{"kode":"31"}`))
	if err != nil {
		t.Fatal(err)
	}
	lines := `{"id":1,"kode":"1"}` + "\n" + `{"id":2,"kode":"1","tanggal":"2022-12-31"}` + "\n" + `{"id":3,"kode":"1","tanggal":"2023-01-01"}` + "\n" + `{"id":4,"kode":"1","tanggal":"2024-01-01"}` + "\n"
	for asOf, want := range map[time.Time][]string{{}: {"lain 3"}, day(2022, 6, 1): {"lain 3"}, day(2023, 6, 1): {"lain 1", "lain 3"}} {
		report, err := checkBoth(t, d, CheckOptions{AsOf: asOf, Against: map[string]*Index{"uji/wilayah": x}}, lines)
		if err != nil || !slices.Equal(said(report), want) {
			t.Errorf("as of %v: got %v, %v, want %v", asOf, said(report), err, want)
			continue
		}
		if asOf.IsZero() && (len(report.NotJudged) != 1 || report.NotJudged[0].Missing != MissingDate || report.NotJudged[0].Records != 1) || !asOf.IsZero() && len(report.NotJudged) > 0 {
			t.Errorf("as of %v: not judged %v", asOf, report.NotJudged)
		}
	}
}

// TestMembersThatAreDeclaredForSome: what a definition declares for some records only
// is no member of another dataset.
func TestMembersThatAreDeclaredForSome(t *testing.T) {
	d := defined(t, placeNorm, "dikenal", "lain")
	const member = `{"properties": {"lurah": {"type": "string"}}}`
	for schema, is := range map[string]bool{
		`"if": {"required": ["tingkat"]}, "then": ` + member:                 true,
		`"if": {"required": ["kode"]}, "else": ` + member:                    true,
		`"dependentSchemas": {"tingkat": ` + member + `}`:                    true,
		`"anyOf": [` + member + `, true]`:                                    true,
		`"patternProperties": {"^l": {}}`:                                    true,
		`"if": ` + member:                                                    false, // says nothing of what may stand there
		`"not": {"required": ["x"], "properties": {"lurah": {}}}`:            false,
		`"dependentSchemas": {"lurah": {"properties": {"tingkat": {}}}}`:     false,
		`"if": {"required": ["x"]}, "then": {"properties": {"lurahan": {}}}`: false,
	} {
		areas := defined(t, strings.Replace(areaNorm, `"schema": {`, `"schema": {`+schema+`, `, 1), "R")
		_, err := NewIndex(t.Context(), d, areas, records(`{"kode":"1","tingkat":"kel","lurah":"x"}`))
		if is && err != nil || !is && err == nil {
			t.Errorf("%s: %v", schema, err)
		}
	}
	areas, known := defined(t, strings.Replace(areaNorm, `"schema": {`, `"schema": {"patternProperties": {"^l": {}}, `, 1), "R"), map[string]bool{}
	for i := range 2000 {
		if !areas.knows(map[string]any{fmt.Sprint("l", i): 1}, known) {
			t.Fatal(i)
		}
	}
	if len(known) > 1024 {
		t.Errorf("%d names are remembered", len(known))
	}
}

// TestIndexDoesNotDependOnOrder: the digest is that of what is known.
func TestIndexDoesNotDependOnOrder(t *testing.T) {
	d, areas := defined(t, placeNorm, "dikenal", "lain"), defined(t, areaNorm, "R")
	digest := func(lines ...string) string {
		x, err := NewIndex(context.Background(), d, areas, records(lines...))
		if err != nil {
			t.Fatal(err)
		}
		return x.digest
	}
	a, b := `{"kode":"31.74","tingkat":"kel"}`, `{"kode":"31.75","tingkat":"kel"}`
	if digest(a, b) != digest(b, a) || digest(a) == digest(b) || digest(a) == digest(a, b) || digest(a) == digest(`{"kode":"31.74","tingkat":"kel","dari":"2024-01-01"}`) {
		t.Error("the digest is not that of what is known")
	}
	// It stands in reports, so two versions of this program must agree on it.
	if got := digest(a, b); got != "e7nHu3CJOb_OCIaAoM3tacg-b_dhm7pTljg-XPzVSyI" {
		t.Errorf("the digest of the same records was another one: %s", got)
	}
}

func TestIndexesThatAreRefused(t *testing.T) {
	d, areas := defined(t, placeNorm, "dikenal", "lain"), defined(t, areaNorm, "R")
	for _, c := range []struct {
		name, line string
		of         *Definition
	}{
		{"a record that is not sound", `{"kode":"1"}` + "\n" + `{"kode":3174}`, areas},
		{"a member that its definition does not have", `{"kode":"1","suara":1}`, areas},
		{"a member by the name of all members", `{"kode":"1","*":1}`, areas},
		{"a dataset that no rule is about", `{"id":1}`, box(t)},
		{"a definition without the place", `{"kode":"1"}`, defined(t, strings.ReplaceAll(areaNorm, `tingkat`, `level`), "R")},
	} {
		_, err := NewIndex(t.Context(), d, c.of, records(c.line))
		if e, is := err.(*Error); !is || e.Reason != ReasonBadReference || c.name == "a record that is not sound" && e.Record != 2 {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

func TestReferencesThatAreRefused(t *testing.T) {
	for _, c := range []struct{ name, old, new, where string }{
		{"not exists", `"exists": true},`, `"exists": false},`, "/references/0/exists"},
		{"no dataset", `"dataset": "uji/lain"`, `"dataset": "lain"`, "/references/1/dataset"},
		{"nothing to look up", `"here": ["/kode"], "there": ["/kode"]`, `"here": [], "there": []`, "/references/1/here"},
		{"another number of them", `"there": ["/kode"]`, `"there": ["/kode", "/x"]`, "/references/1/there"},
		{"place that nobody declared", `"here": ["/kode"]`, `"here": ["/kod"]`, "/references/1/here/0"},
		{"place that may be a list", `"here": ["/kode"]`, `"here": ["/x"]`, "/references/1/here/0"},
		{"no leading characters", `{"first": ["/kode", 4]}`, `{"first": ["/kode", 0]}`, "/references/0/here/0"},
		{"unknown piece", `{"first": ["/kode", 4]}`, `{"last": ["/kode", 4]}`, "/references/0/here/0"},
		{"one day", `["/dari", "/sampai"]`, `["/dari"]`, "/references/0/validThere"},
		{"id twice", `"id": "lain"`, `"id": "dikenal"`, "/references/1/id"},
	} {
		norm := strings.Replace(placeNorm, c.old, c.new, 1)
		if norm == placeNorm {
			t.Fatal(c.name, ": nothing replaced")
		}
		_, err := ParseDefinition([]byte(norm), []byte(`{"title": {"id": "x", "en": "x"}, "rules": {"dikenal": {"id": "x", "en": "x"}, "lain": {"id": "x", "en": "x"}}}`))
		wantReason(t, err, ReasonBadDefinition, c.where)
	}
}
