package synthetic_test

import (
	"bytes"
	"runtime"
	"testing"
	"time"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/synthetic"
)

// BenchmarkDatasets checks clean records of every dataset, with rules and leak
// guard, from memory: rows per second on one core and on two, of the reference
// on one, the two ratios, and how often memory was asked for per row (what is
// asked for once a check, divided by the rows, included).
func BenchmarkDatasets(b *testing.B) {
	const rows, few = 20_000, 500
	for _, id := range synthetic.Datasets() {
		b.Run(id, func(b *testing.B) {
			d, err := registry().Latest(id)
			if err != nil {
				b.Fatal(err)
			}
			g := generator(b, id, 1, 0)
			n := min(rows, g.Max())
			all, _ := file(g, n)
			part, _ := file(g, few)
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
			run := func(d *schema.Definition, cores int, in []byte, n int) (time.Duration, uint64) {
				runtime.GOMAXPROCS(cores)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				report, err := d.Check(b.Context(), schema.NDJSON(bytes.NewReader(in)), schema.CheckOptions{AsOf: asOf})
				took := time.Since(start)
				runtime.ReadMemStats(&after)
				if err != nil || report.Records != n || len(report.Details) > 0 {
					b.Fatal(err, report)
				}
				return took, after.Mallocs - before.Mallocs
			}
			var one, two, slow time.Duration
			var mallocs uint64
			for b.Loop() {
				t, m := run(d, 1, all, n)
				one, mallocs = one+t, mallocs+m
				t, _ = run(d, 2, all, n)
				two += t
				t, _ = run(d.Reference(), 1, part, few)
				slow += t
			}
			speed := func(t time.Duration, n int) float64 { return float64(n) * float64(b.N) / t.Seconds() }
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(speed(one, n), "rows/s-1")
			b.ReportMetric(speed(two, n), "rows/s-2")
			b.ReportMetric(speed(slow, few), "jsonschema-rows/s")
			b.ReportMetric(speed(one, n)/speed(slow, few), "times-jsonschema")
			b.ReportMetric(speed(two, n)/speed(one, n), "times-one-core")
			b.ReportMetric(float64(mallocs)/float64(b.N)/float64(n), "allocs/row")
		})
	}
}
