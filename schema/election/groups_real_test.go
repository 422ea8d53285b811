package election_test

import (
	"maps"
	"os"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// TestPublishedListsAsGroups judges the final lists of 2024 by both laws: the
// same file on two legal dates. The figures were counted by another program.
func TestPublishedListsAsGroups(t *testing.T) {
	d, err := election.Registry().Latest("silon/calon")
	if err != nil {
		t.Fatal(err)
	}
	after, before := time.Date(2023, 11, 3, 0, 0, 0, 0, time.UTC), time.Date(2023, 8, 28, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		asOf time.Time
		want map[string]int
	}{
		{"candidates for DPR", after, map[string]int{"kuota-perempuan": 267}}, // of 1,512 lists
		{"candidates for DPR", before, map[string]int{}},
		{"candidates for provincial councils", after, map[string]int{"kuota-perempuan": 1009, "nomor-urut-berlubang": 14}}, // of 5,005
		{"candidates for provincial councils", before, map[string]int{"nomor-urut-berlubang": 14}},
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
