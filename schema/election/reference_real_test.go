package election_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// TestPublishedStationsAgainstAreas looks the village of every station of 2024
// up in the published area codes: all are there, in the five regions at hand.
func TestPublishedStationsAgainstAreas(t *testing.T) {
	d, err := election.Registry().Latest("sirekap/hasil-tps")
	if err != nil {
		t.Fatal(err)
	}
	areas, err := election.Registry().Latest("referensi/wilayah")
	if err != nil {
		t.Fatal(err)
	}
	index, err := schema.NewIndex(t.Context(), d, areas, publishedFile(t, areas, "wilayah/idn-area-data-4.0.1_villages.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(shared.Path(t, "data", "sirekap2024"), "*_tps_*.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	unknown, records, checked := map[string]bool{}, 0, 0
	for _, file := range files {
		if strings.Contains(file, "EARLIER") {
			continue
		}
		checked++
		m, err := schema.ParseMapping([]byte(`{"dataset": "sirekap/hasil-tps", "columns": {"kode_tps": {"to": "/kode_tps", "type": "string"}},
			"constants": {"/pemilu": "ppwp", "/tanggal_pemungutan": "2024-02-14"}, "ignore": ` + others(t, file, "kode_tps") + `}`))
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		src, err := schema.CSV(f, m, d)
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		report, err := d.Check(t.Context(), src, schema.CheckOptions{MaxDetails: 1 << 20, Against: map[string]*schema.Index{"referensi/wilayah": index},
			Each: func(_ int, record []byte, _ bool) error {
				_, rest, _ := strings.Cut(string(record), `"kode_tps":"`)
				codes = append(codes, rest[:10])
				return nil
			}})
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if report.Errors > 0 || len(report.NotJudged) != 2 {
			t.Errorf("%s: %d records with structure errors, %v not evaluated", filepath.Base(file), report.Errors, report.NotJudged)
		}
		for _, finding := range report.Details {
			if finding.Rule == "kelurahan-dikenal" {
				unknown[codes[finding.Record-1]] = true
			}
		}
		records += report.Records
	}
	if checked != 10 || records != 126_480 || len(unknown) != 0 {
		t.Errorf("%d stations of %d files: unknown are %v", records, checked, unknown)
	}
	// The one village of the whole country whose KPU code the table lacks.
	report, err := d.Check(t.Context(), schema.NDJSON(strings.NewReader(`{"kode_tps":"9503012022001","pemilu":"ppwp","tanggal_pemungutan":"2024-02-14"}`)),
		schema.CheckOptions{Against: map[string]*schema.Index{"referensi/wilayah": index}})
	if err != nil || report.Notices["kelurahan-dikenal"] != 1 {
		t.Errorf("a village that the table lacks: %v, %v", report, err)
	}
}

// others lists all columns of a file but one, as JSON.
func others(t *testing.T, file, column string) string {
	t.Helper()
	rel, err := filepath.Rel(shared.Path(t, "data"), file)
	if err != nil {
		t.Fatal(err)
	}
	header, _, _ := strings.Cut(string(content(t, strings.Split(filepath.ToSlash(rel), "/")...)), "\n")
	var out []string
	for _, name := range strings.Split(strings.TrimSpace(header), ",") {
		if name != column {
			out = append(out, `"`+name+`"`)
		}
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// publishedFile opens one of the published files.
func publishedFile(t *testing.T, d *schema.Definition, file string) schema.Source {
	t.Helper()
	for _, p := range published {
		if p.file != file {
			continue
		}
		m, err := schema.ParseMapping([]byte(`{"dataset": "` + p.dataset + `", ` + p.mapping + `}`))
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(shared.Path(t, "data", p.file))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		src, err := schema.CSV(f, m, d)
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
	t.Fatal("no such file: ", file)
	return nil
}
