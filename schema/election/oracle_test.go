package election_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// TestOracle checks the published rows of whole regions against the list of
// broken boxes that was made apart from this project, box by box and rule by
// rule, with both engines.
func TestOracle(t *testing.T) {
	d, err := election.Registry().Latest("sirekap/hasil-tps")
	if err != nil {
		t.Fatal(err)
	}
	small := []string{"91-papua", "99-luar-negeri"}
	all := append([]string{"11-aceh", "31-dki-jakarta", "31-dki-jakarta_EARLIER_20240219", "34-di-yogyakarta"}, small...)
	t.Run("compiled", func(t *testing.T) { regions(t, d, all) })
	if os.Getenv("SEGEL_LONG") != "1" {
		all = small // the reference takes its time
	}
	t.Run("reference", func(t *testing.T) { regions(t, d.Reference(), all) })
}

func regions(t *testing.T, d *schema.Definition, names []string) {
	for _, region := range names {
		t.Run(region, func(t *testing.T) {
			t.Parallel()
			want := oracle(t, shared.Path(t, "data", "sirekap2024", "expected", "breaks_"+region+".csv.gz"))
			got, report := broken(t, d, shared.Path(t, "data", "sirekap2024", "ppwp_tps_"+region+".csv.gz"))

			if report.Errors != 0 {
				t.Errorf("got %d records with structure errors, want 0: %v", report.Errors, report.Structure)
			}
			if report.Cut != 0 {
				t.Fatalf("%d findings were cut, so the comparison is not complete", report.Cut)
			}
			if report.RecordsWithFindings != len(want) {
				t.Errorf("got %d boxes with findings, want %d", report.RecordsWithFindings, len(want))
			}
			for box, rules := range want {
				if !slices.Equal(got[box], rules) {
					t.Errorf("box %s: got %v, want %v", box, got[box], rules)
				}
			}
			for box := range got {
				if want[box] == nil {
					t.Errorf("box %s: got %v, want none", box, got[box])
				}
			}
			byRule := map[string]int{}
			for _, rules := range want {
				for _, r := range rules {
					byRule[r]++
				}
			}
			for rule, n := range byRule {
				if report.ByRule[rule] != n {
					t.Errorf("rule %s: got %d, want %d", rule, report.ByRule[rule], n)
				}
			}
		})
	}
}

// broken checks a CSV file and gives the sorted rule ids of every box that
// breaks one.
func broken(t *testing.T, d *schema.Definition, path string) (map[string][]string, *schema.Report) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	src, err := schema.CSV(f, mapping(t), d)
	if err != nil {
		t.Fatal(err)
	}
	boxes := []string{""} // by record number
	report, err := d.Check(context.Background(), src, schema.CheckOptions{
		MaxDetails: 1_000_000,
		Each: func(n int, record []byte, ok bool) error {
			var box struct {
				Kode string `json:"kode_tps"`
			}
			if err := json.Unmarshal(record, &box); err != nil {
				return err
			}
			boxes = append(boxes, box.Kode)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, f := range report.Details {
		if f.Kind == schema.KindRule {
			got[boxes[f.Record]] = append(got[boxes[f.Record]], f.Rule)
		}
	}
	for _, rules := range got {
		slices.Sort(rules)
	}
	return got, report
}

func oracle(t *testing.T, path string) map[string][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, row := range rows[1:] {
		rules := strings.Fields(row[1])
		slices.Sort(rules)
		want[row[0]] = rules
	}
	return want
}

func mapping(t *testing.T) *schema.Mapping {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "examples", "maps", "sirekap-hasil-tps.json"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.ParseMapping(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestRecordsAreTheSameEveryTime: rows of a file become the same bytes each
// time, and those bytes, read as NDJSON on the other side, give the same
// report with the same findings.
func TestRecordsAreTheSameEveryTime(t *testing.T) {
	d, err := election.Registry().Latest("sirekap/hasil-tps")
	if err != nil {
		t.Fatal(err)
	}
	read := func(path string) ([]byte, []byte) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		src, err := schema.CSV(f, mapping(t), d)
		if err != nil {
			t.Fatal(err)
		}
		var records bytes.Buffer
		return check(t, d, src, func(_ int, record []byte, ok bool) error {
			if !ok {
				t.Error("a published row has a structure error")
			}
			records.Write(record)
			records.WriteByte('\n')
			return nil
		}), records.Bytes()
	}
	for _, region := range []string{"91-papua", "99-luar-negeri"} {
		path := shared.Path(t, "data", "sirekap2024", "ppwp_tps_"+region+".csv.gz")
		report, records := read(path)
		report2, records2 := read(path)
		if !bytes.Equal(records, records2) || !bytes.Equal(report, report2) {
			t.Errorf("%s: a second reading differs", region)
		}
		n := 0
		there := check(t, d, schema.NDJSON(bytes.NewReader(records)), func(_ int, record []byte, _ bool) error {
			if end := n + len(record); end > len(records) || !bytes.Equal(records[n:end], record) {
				t.Fatalf("%s: record at byte %d differs", region, n)
			}
			n += len(record) + 1
			return nil
		})
		if n != len(records) {
			t.Errorf("%s: %d of %d bytes came back", region, n, len(records))
		}
		if !bytes.Equal(report, there) {
			t.Errorf("%s: the other side finds something else", region)
		}
	}
}

// check gives the whole report as JSON.
func check(t *testing.T, d *schema.Definition, src schema.Source, each func(int, []byte, bool) error) []byte {
	t.Helper()
	report, err := d.Check(context.Background(), src, schema.CheckOptions{Each: each, MaxDetails: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	b, err := report.DetailsJSON()
	if err != nil {
		t.Fatal(err)
	}
	return b
}
