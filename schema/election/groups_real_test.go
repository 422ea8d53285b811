package election_test

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
)

// Rules over lists of candidates. They are not part of the definition, because
// a list need not be in one file; a list as one record is silon/daftar.
const listGroups = `
  {"id": "nomor-urut-ganda", "kind": "rule", "severity": "error", "pointer": "/nomor_urut", "by": ["/daftar", "/pemilu", "/kode_wilayah", "/kode_dapil", "/kode_partai"], "unique": ["/nomor_urut"]},
  {"id": "nomor-urut-berlubang", "kind": "notice", "severity": "info", "pointer": "/nomor_urut", "by": ["/daftar", "/pemilu", "/kode_wilayah", "/kode_dapil", "/kode_partai"],
   "where": {"in": ["/pemilu", "pdpr", "pdprdp", "pdprdk"]}, "gapless": "/nomor_urut"},
  {"id": "kuota", "kind": "rule", "severity": "warning", "pointer": "/jenis_kelamin", "by": ["/daftar", "/pemilu", "/kode_wilayah", "/kode_dapil", "/kode_partai"],
   "where": {"in": ["/pemilu", "pdpr", "pdprdp", "pdprdk"]},
   "values": {"perempuan": {"records": [{"in": ["/jenis_kelamin", "P"]}]}, "minimal": {"ceil": [{"records": []}, 30, 100]}},
   "require": {">=": ["perempuan", "minimal"]}, "from": "2023-08-29"},
  {"id": "kuota-lama", "kind": "rule", "severity": "warning", "pointer": "/jenis_kelamin", "by": ["/daftar", "/pemilu", "/kode_wilayah", "/kode_dapil", "/kode_partai"],
   "where": {"in": ["/pemilu", "pdpr", "pdprdp", "pdprdk"]},
   "values": {"perempuan": {"records": [{"in": ["/jenis_kelamin", "P"]}]}, "minimal": {"round": [{"records": []}, 30, 100]}},
   "require": {">=": ["perempuan", "minimal"]}, "until": "2023-08-29"},
  {"id": "satu-dari-tiga", "kind": "rule", "severity": "warning", "by": ["/daftar", "/pemilu", "/kode_wilayah", "/kode_dapil", "/kode_partai"],
   "where": {"in": ["/pemilu", "pdpr", "pdprdp", "pdprdk"]}, "every": [3, "/nomor_urut", {"in": ["/jenis_kelamin", "P"]}]}`

// TestPublishedListsAsGroups judges the final lists of 2024 by both laws: the
// same file on two legal dates. The figures were counted by another program.
func TestPublishedListsAsGroups(t *testing.T) {
	d := grouped(t, "silon/calon", listGroups, "nomor-urut-ganda", "nomor-urut-berlubang", "kuota", "kuota-lama", "satu-dari-tiga")
	after, before := time.Date(2023, 11, 3, 0, 0, 0, 0, time.UTC), time.Date(2023, 8, 28, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		asOf time.Time
		want map[string]int
	}{
		{"candidates for DPR", after, map[string]int{"kuota": 267}}, // of 1,512 lists
		{"candidates for DPR", before, map[string]int{}},
		{"candidates for provincial councils", after, map[string]int{"kuota": 1009, "satu-dari-tiga": 1, "nomor-urut-berlubang": 14}}, // of 5,005
		{"candidates for provincial councils", before, map[string]int{"satu-dari-tiga": 1, "nomor-urut-berlubang": 14}},
		{"candidates for DPD", after, map[string]int{}},
	} {
		for _, p := range published {
			if p.name != c.name {
				continue
			}
			m, err := schema.ParseMapping([]byte(`{"dataset": "silon/calon", ` + p.mapping + `}`))
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(shared.Path(t, "data", p.file))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			src, err := schema.CSV(f, m, d)
			if err != nil {
				t.Fatal(err)
			}
			report, err := d.Check(t.Context(), src, schema.CheckOptions{AsOf: c.asOf})
			if err != nil {
				t.Fatal(err)
			}
			got := maps.Clone(report.ByRule)
			maps.Copy(got, report.Notices)
			if report.Records != p.records || report.Errors != 0 || !maps.Equal(got, c.want) {
				t.Errorf("%s, as of %s: got %d records, %d errors, %v, want %d, 0, %v", c.name, c.asOf.Format(time.DateOnly), report.Records, report.Errors, got, p.records, c.want)
			}
		}
	}
}

// grouped is the newest definition of a dataset with rules over groups added.
func grouped(t *testing.T, id, groups string, ids ...string) *schema.Definition {
	t.Helper()
	return extended(t, id, `"groups": [`+groups+`]`, ids)
}

func withReferences(t *testing.T, id, references string, ids ...string) *schema.Definition {
	t.Helper()
	return extended(t, id, `"references": [`+references+`]`, ids)
}

func extended(t *testing.T, id, member string, ids []string) *schema.Definition {
	t.Helper()
	norm, err := os.ReadFile(id + ".json")
	if err != nil {
		t.Fatal(err)
	}
	texts, err := os.ReadFile(id + ".texts.json")
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, id := range ids {
		said += `"` + id + `": {"id": "x", "en": "x"}, `
	}
	d, err := schema.ParseDefinition(
		[]byte(strings.Replace(string(norm), `"values":`, member+`, "values":`, 1)),
		[]byte(strings.Replace(string(texts), `"rules": {`, `"rules": {`+said, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}
