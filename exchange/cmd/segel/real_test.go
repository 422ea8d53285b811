package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
)

var mapFile = filepath.Join("..", "..", "..", "examples", "maps", "sirekap-hasil-tps.json")

// command runs the program in this process. It fails the test on another exit
// code than want.
func command(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	now := func() time.Time { return time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC) }
	if got := run(context.Background(), args, strings.NewReader(""), &out, &errs, now); got != want {
		t.Fatalf("segel %s: exit code %d, want %d\n%s", args[0], got, want, errs.String())
	}
	return out.String(), errs.String()
}

// TestRealBoxes holds "segel check" against the list of broken boxes that was
// made apart from this project.
func TestRealBoxes(t *testing.T) {
	oracles, err := filepath.Glob(filepath.Join(shared.Path(t, "data", "sirekap2024", "expected"), "breaks_*.csv.gz"))
	if err != nil || len(oracles) < 6 {
		t.Fatalf("%d oracles found: %v", len(oracles), err)
	}
	for _, oracle := range oracles {
		region := strings.TrimPrefix(filepath.Base(oracle), "breaks_")
		t.Run(region, func(t *testing.T) {
			want, boxes := map[string]int{}, 0
			for _, row := range table(t, oracle)[1:] {
				boxes++
				for _, rule := range strings.Fields(row[1]) {
					want[rule]++
				}
			}
			input := shared.Path(t, "data", "sirekap2024", "ppwp_tps_"+region)
			stdout, stderr := command(t, exitOK, "check", "--dataset", "sirekap/hasil-tps", "--format", "json", "--map", mapFile, input)
			var got struct {
				Records  int            `json:"records"`
				Errors   int            `json:"errors"`
				Findings int            `json:"findings"`
				ByRule   map[string]int `json:"by_rule"`
				With     int            `json:"records_with_findings"`
				Notices  map[string]int `json:"notices"`
			}
			dec := json.NewDecoder(strings.NewReader(stdout))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&got); err != nil || dec.More() {
				t.Fatalf("standard output is not one object: %v", err)
			}
			if !maps.Equal(got.ByRule, want) {
				t.Errorf("by_rule: got %v\nwant %v", got.ByRule, want)
			}
			if got.Errors != 0 || got.With != boxes || got.Notices == nil {
				t.Errorf("errors %d, records with findings %d; want 0 and %d", got.Errors, got.With, boxes)
			}
			if n := len(table(t, input)) - 1; got.Records != n {
				t.Errorf("records: got %d, want %d", got.Records, n)
			}
			if !strings.HasPrefix(stderr, "tidak dinilai / not judged:\n") || strings.Count(stderr, "--against") != 3 {
				t.Errorf("standard error: %q", stderr)
			}
		})
	}
}

// table reads a gzipped CSV file by another reader than the one under test.
func table(t *testing.T, path string) [][]string {
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
	return rows
}

// TestRealRoundTrip seals and opens whole regions by hand. What comes out is,
// byte for byte, what package schema makes of the file.
func TestRealRoundTrip(t *testing.T) {
	for _, region := range []string{"99-luar-negeri", "91-papua"} {
		t.Run(region, func(t *testing.T) {
			input := shared.Path(t, "data", "sirekap2024", "ppwp_tps_"+region+".csv.gz")
			w := newWorld(t)
			command(t, exitOK, w.seal("--map", mapFile, "--in", input, "--out", w.path("rows.segel"))...)
			_, stderr := command(t, exitOK, w.open("--store", w.path("store.db"), "--in", w.path("rows.segel"), "--out", w.path("rows.ndjson"))...)

			want := converted(t, input)
			got, err := os.ReadFile(w.path("rows.ndjson"))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%d bytes came out, which are not the %d bytes that went in", len(got), len(want))
			}
			if n := bytes.Count(want, []byte("\n")); !strings.Contains(stderr, fmt.Sprintf("records: %d\n", n)) {
				t.Errorf("standard error does not tell of %d records:\n%s", n, stderr)
			}
		})
	}
}

// converted is what schema.CSV makes of a file.
func converted(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(mapFile)
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.ParseMapping(text)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	def, err := definition("sirekap/hasil-tps")
	if err != nil {
		t.Fatal(err)
	}
	src, err := schema.CSV(f, m, def)
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for {
		record, err := src.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(append(out, record...), '\n')
	}
}
