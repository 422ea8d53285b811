package election_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// TestRawDocuments checks boxes in the very form in which they were published,
// with the three members added that stood in the path. The counts of A1, A4 and of
// flags that contradict (one chart holds nothing but the member "null")
// were made with another program over the same files.
func TestRawDocuments(t *testing.T) {
	z, err := zip.OpenReader(shared.Path(t, "data", "sirekap2024", "raw_sirekap_ppwp_dki.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var lines bytes.Buffer
	for _, f := range z.File {
		if path.Dir(f.Name) != "ppwp" || path.Ext(f.Name) != ".json" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		raw = bytes.ReplaceAll(bytes.TrimSpace(raw), []byte("\n"), []byte(" "))
		kode := strings.TrimSuffix(path.Base(f.Name), ".json")
		fmt.Fprintf(&lines, `{"kode_tps":"%s","pemilu":"ppwp","tanggal_pemungutan":"2024-02-14",%s`+"\n", kode, raw[1:])
	}
	d, err := election.Registry().Latest("sirekap/hasil-tps")
	if err != nil {
		t.Fatal(err)
	}
	report, err := d.Check(context.Background(), schema.NDJSON(&lines), schema.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Records != 603 || report.Errors != 0 {
		t.Errorf("got %d records, %d with structure errors, want 603 and 0: %v", report.Records, report.Errors, report.Structure)
	}
	if report.ByRule["A1"] != 8 || report.ByRule["A4"] != 19 || len(report.Notices) != 1 || report.Notices["status-suara-bertentangan"] != 1 {
		t.Errorf("got %v and %v, want A1 8 times, A4 19 times, one contradictory flag", report.ByRule, report.Notices)
	}
}
