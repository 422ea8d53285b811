package synthetic_test

import (
	"bytes"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/synthetic"
)

// BenchmarkDatasets checks clean records of every dataset from memory, with rules
// and leak guard, beside jsonschema/v6 that decodes the same lines and validates
// them against the same schema, and does no more: no rules, no leak guard, no keys,
// no members that appear twice. In each round they take turns; of the ratios
// within a round the median counts, of times the least, because what disturbs only
// adds to them. So:
//
//	go test -run '^$' -bench Datasets -benchtime 5x ./schema/election/synthetic
//
// Rows and bytes per second are by the time of one core, and so is
// times-jsonschema; times-one-core is by the clock, and worth something only
// where nobody else wants the cores. allocs/row includes what is asked for once a
// check.
func BenchmarkDatasets(b *testing.B) {
	const size, part = 8 << 20, 20 // bytes, and what share of them the other one gets
	for _, id := range synthetic.Datasets() {
		b.Run(id, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
			d, err := registry().Latest(id)
			if err != nil {
				b.Fatal(err)
			}
			all, lines := rows(b, id, size)
			peer, few := validator(b, id), lines[:len(lines)/part]
			var mallocs uint64
			check := func(cores int) (clock, core time.Duration) {
				runtime.GOMAXPROCS(cores)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start, had := time.Now(), shared.CPUTime()
				report, err := d.Check(b.Context(), schema.NDJSON(bytes.NewReader(all)), schema.CheckOptions{AsOf: asOf})
				clock, core = time.Since(start), shared.CPUTime()-had
				runtime.ReadMemStats(&after)
				if mallocs = after.Mallocs - before.Mallocs; err != nil || report.Records != len(lines) || len(report.Details) > 0 {
					b.Fatal(err, report)
				}
				return clock, core
			}
			const never = time.Duration(math.MaxInt64)
			core, other, allocs := never, never, uint64(math.MaxUint64)
			var times, cores []float64
			share := float64(len(lines)) / float64(len(few))
			for b.Loop() {
				runtime.GC() // none of what was made before this
				two, _ := check(2)
				one, used := check(1)
				core, allocs = min(core, used), min(allocs, mallocs)
				had := shared.CPUTime()
				for _, line := range few {
					v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
					if err == nil {
						err = peer.Validate(v)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
				took := shared.CPUTime() - had
				other = min(other, took)
				times = append(times, share*took.Seconds()/used.Seconds())
				cores = append(cores, one.Seconds()/two.Seconds())
			}
			n := float64(len(lines))
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(n/core.Seconds(), "rows/s")
			b.ReportMetric(float64(len(all))/core.Seconds()/1e6, "MB/s")
			b.ReportMetric(float64(len(few))/other.Seconds(), "jsonschema-rows/s")
			b.ReportMetric(median(times), "times-jsonschema")
			b.ReportMetric(median(cores), "times-one-core")
			b.ReportMetric(float64(allocs)/n, "allocs/row")
		})
	}
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// rows gives clean records of so many bytes, or as many as there are.
func rows(b *testing.B, id string, size int) (all []byte, lines [][]byte) {
	g := generator(b, id, 1, 0)
	for record := range g.Rows(g.Max()) {
		lines = append(lines, bytes.Clone(record))
		all = append(append(all, record...), '\n')
		if len(all) >= size {
			break
		}
	}
	return all, lines
}

// validator is the schema of a dataset as the library compiles it by itself.
func validator(b *testing.B, id string) *jsonschema.Schema {
	norm, err := os.ReadFile("../" + id + ".json")
	if err != nil {
		b.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(norm))
	if err != nil {
		b.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("definition.json", doc.(map[string]any)["schema"]); err != nil {
		b.Fatal(err)
	}
	s, err := c.Compile("definition.json")
	if err != nil {
		b.Fatal(err)
	}
	return s
}
