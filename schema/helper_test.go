package schema

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// A small definition that uses every part of the grammar.
const boxNorm = `{
  "segel": "definition/1", "id": "uji/kotak", "version": "1.2.0", "classification": "public",
  "purposes": ["REKAP-KIRIM", "REKAP-UMUM"],
  "keys": ["/kode"],
  "sensitive": [{"pointer": "/saksi/*/nik", "kind": "nik"}],
  "legalDate": "/tanggal",
  "schema": {
    "type": "object", "required": ["kode"],
    "properties": {
      "kode": {"type": "string", "pattern": "^[0-9A-Z]{3}$"},
      "tanggal": {"type": ["string", "null"], "format": "date"},
      "dpt": {"$ref": "#/$defs/n"}, "sah": {"$ref": "#/$defs/n"}, "total": {"$ref": "#/$defs/n"},
      "chart": {"type": ["object", "null"], "patternProperties": {"^[0-9]+$": {"$ref": "#/$defs/n"}}},
      "saksi": {"type": "array", "items": {"type": "object", "properties": {"nik": {"type": ["string", "null"], "pattern": "^[0-9]{16}$"}}}},
      "lat": {"type": ["number", "string", "null"]},
      "status": {"type": ["string", "boolean", "null"]}
    },
    "$defs": {"n": {"type": ["integer", "null"], "minimum": 0}}
  },
  "values": {
    "sah": "/sah", "total": "/total", "dpt": "/dpt",
    "calon": {"sum": ["/chart/#"]},
    "cadangan": {"sum": ["/dpt", {"ceil": ["/dpt", 25, 1000]}]},
    "saksi": {"count": ["/saksi/*/nik"]}
  },
  "rules": [
    {"id": "SUM", "kind": "rule", "severity": "error", "pointer": "/chart", "require": {"=": ["calon", "sah"]}, "from": null, "until": null, "citation": null},
    {"id": "NEW", "kind": "rule", "severity": "warning", "require": {"<=": ["total", "cadangan"]}, "from": "2024-02-01", "citation": "UU Contoh 1/2000 ps.1"},
    {"id": "OLD", "kind": "rule", "severity": "warning", "require": {"<=": ["total", "dpt"]}, "until": "2024-02-01"},
    {"id": "nik", "kind": "notice", "severity": "info", "require": {"match": ["/saksi/*/nik", "^3"]}},
    {"id": "status", "kind": "notice", "severity": "info", "pointer": "/status", "when": {"not": {"prefix": ["/kode", "9"]}}, "require": {"in": ["/status", "a", "b", true]}}
  ]
}`

const boxTexts = `{"title": {"id": "Kotak uji", "en": "Test box"}, "rules": {
  "SUM": {"id": "Jumlah calon {calon} bukan {sah}.", "en": "Candidates' sum {calon} is not {sah}."},
  "NEW": {"id": "Baru: {total} di atas {cadangan}.", "en": "New: {total} above {cadangan}."},
  "OLD": {"id": "Lama: {total} di atas {dpt}.", "en": "Old: {total} above {dpt}."},
  "nik": {"id": "NIK janggal.", "en": "Odd NIK."},
  "status": {"id": "Status tak dikenal.", "en": "Unknown status."}}}`

func box(t testing.TB) *Definition {
	t.Helper()
	d, err := ParseDefinition([]byte(boxNorm), []byte(boxTexts))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// records joins lines to an NDJSON source.
func records(lines ...string) Source {
	return NDJSON(strings.NewReader(strings.Join(lines, "\n") + "\n"))
}

func checkBox(t testing.TB, lines ...string) *Report {
	t.Helper()
	opt := CheckOptions{AsOf: day(2024, 2, 14)}
	report, err := checkBoth(t, box(t), opt, strings.Join(lines, "\n")+"\n")
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func wantReason(t testing.TB, err error, reason Reason, where string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("got error %v, want %s", err, reason)
		return
	}
	if e.Reason != reason || e.Where != where {
		t.Errorf("got %s at %q, want %s at %q", e.Reason, e.Where, reason, where)
	}
}

// checkBoth checks with both engines and sees that they say the same.
func checkBoth(t testing.TB, d *Definition, opt CheckOptions, in string) (*Report, error) {
	t.Helper()
	if d.Engine() != "compiled" {
		t.Fatalf("%s: not compiled: %s", d.Ref().ID, d.Engine())
	}
	report, err := d.Check(context.Background(), NDJSON(strings.NewReader(in)), opt)
	slow, slowErr := d.Reference().Check(context.Background(), NDJSON(strings.NewReader(in)), opt)
	if fmt.Sprint(err) != fmt.Sprint(slowErr) {
		t.Fatalf("compiled: %v\nreference: %v", err, slowErr)
	}
	if err != nil {
		return nil, err
	}
	got, _ := report.DetailsJSON()
	want, _ := slow.DetailsJSON()
	if string(got) != string(want) {
		t.Fatalf("compiled: %s\nreference: %s\nof %s", got, want, in)
	}
	return report, nil
}

// ofRules leaves out what the leak guard says.
func ofRules(report *Report) (found []Finding) {
	for _, f := range report.Details {
		if !strings.HasPrefix(f.Rule, "leak/") {
			found = append(found, f)
		}
	}
	return found
}
