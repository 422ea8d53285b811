package schema

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// askedFor counts what the reference is asked.
type askedFor struct {
	engine
	asked *atomic.Int64
}

func (e askedFor) check(record any) []violation {
	e.asked.Add(1)
	return e.engine.check(record)
}

// TestTheFirstRecordsAreExplained: beyond them a check says that a record is
// faulty, but no longer why, and does not even look.
func TestTheFirstRecordsAreExplained(t *testing.T) {
	kode := func(i int) string { return fmt.Sprintf("%c%02d", 'A'+i/100, i%100) }
	file := func(n int, filler string, behind ...string) string {
		var in strings.Builder
		for i := range n {
			fmt.Fprintf(&in, `{"kode":"%s","sah":7}`+"\n", kode(i))
			fmt.Fprintf(&in, `{"kode":"%s","sah":-1,"x":"%s"}`+"\n", kode(i), filler)
		}
		return in.String() + strings.Join(behind, "\n")
	}
	last := []string{`{"kode":"A00"}`, strings.Repeat("x", MaxRecordBytes+1), "x"}
	for _, c := range []struct {
		name  string
		in    string
		keep  int
		want  map[string]int
		cut   int
		asked int64 // at most, by one goroutine: those of a block that is begun too
	}{
		{"as many as are explained", file(1000, ""), 0, map[string]int{"structure/minimum": 1000}, 0, 1000},
		{"one more", file(1001, ""), 0, map[string]int{"structure/minimum": 1000, "structure/unexplained": 1}, 1, 1001},
		{"many more, and what costs nothing", file(2500, "", last...), 0, map[string]int{"structure/minimum": 1000, "structure/unexplained": 1501, "structure/duplicate-key": 1, "structure/size": 1}, 1503, 1400},
		{"fewer details", file(1500, ""), 1, map[string]int{"structure/minimum": 1000, "structure/unexplained": 500}, 1499, 1400},
		{"more details", file(1500, ""), 1200, map[string]int{"structure/minimum": 1200, "structure/unexplained": 300}, 300, 1500},
		{"large ones", file(100, strings.Repeat("x", 100<<10)), 0, map[string]int{"structure/minimum": 40, "structure/unexplained": 60}, 0, 41},
	} {
		t.Run(c.name, func(t *testing.T) {
			var reports []string
			for _, cores := range []int{1, 3} {
				for _, compiled := range []bool{true, false} {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
					var asked atomic.Int64
					d := *box(t)
					d.engine = askedFor{d.engine, &asked}
					if !compiled {
						d.program = nil
					}
					report, err := d.Check(context.Background(), records(strings.TrimSuffix(c.in, "\n")), CheckOptions{AsOf: day(2024, 2, 14), MaxDetails: c.keep})
					if err != nil {
						t.Fatal(err)
					}
					if !maps.Equal(report.Structure, c.want) || report.Cut != c.cut {
						t.Errorf("with %d, compiled %v: got %v, %d more", cores, compiled, report.Structure, report.Cut)
					}
					if n := asked.Load(); compiled && cores == 1 && n > c.asked {
						t.Errorf("the reference was asked %d times", n)
					}
					text, err := report.DetailsJSON()
					if err != nil {
						t.Fatal(err)
					}
					reports = append(reports, string(text))
				}
			}
			for _, text := range reports {
				if text != reports[0] {
					t.Error("the reports differ")
				}
			}
		})
	}
}

// several hands records on, whatever they are.
type several [][]byte

func (g *several) Next() ([]byte, error) {
	if len(*g) == 0 {
		return nil, io.EOF
	}
	record := (*g)[0]
	*g = (*g)[1:]
	return record, nil
}

// TestOtherSourcesAreExplained: what is too large costs nothing, so it is said of
// every record that is; one that is nil is a record like others.
func TestOtherSourcesAreExplained(t *testing.T) {
	large := bytes.Repeat([]byte("x"), MaxRecordBytes+1)
	in := several{large}
	for range 999 {
		in = append(in, []byte(`{"kode":"A00","sah":-1}`))
	}
	in = append(in, large, nil, []byte(`{"kode":"A00"}`), nil, []byte("x"), large)
	want := map[string]int{"structure/minimum": 999, "structure/size": 3, "structure/json": 1, "structure/unexplained": 2}
	for name, d := range map[string]*Definition{"compiled": box(t), "reference": box(t).Reference()} {
		src, nils := slices.Clone(in), 0
		report, err := d.Check(t.Context(), &src, CheckOptions{AsOf: day(2024, 2, 14), Each: func(_ int, record []byte, _ bool) error {
			if record == nil {
				nils++
			}
			return nil
		}})
		if err != nil || !maps.Equal(report.Structure, want) || report.Records != len(in) || nils > 0 {
			t.Errorf("%s: got %v, %v, %d records that nobody made", name, report, err, nils)
		}
	}
}

// TestABatchIsExplainedInPart: a batch has no more findings than a check explains,
// however small and many its records are.
func TestABatchIsExplainedInPart(t *testing.T) {
	c := &check{d: box(t), seeds: newSeeds(), explained: explained{most: 10}}
	in := NDJSON(nil).(*ndjson)
	w := c.worker(in)
	defer w.release()
	b := newBatch(bytes.Repeat(lineFeed, 50))
	for range 2 {
		b.end = errMore
		if w.do(b); b.rows != 50 || len(b.found) != 10 {
			t.Errorf("got %d findings of %d records, want 10 of 50", len(b.found), b.rows)
		}
	}
	c.explained.all.Store(true)
	if w.do(b); len(b.found) != 0 {
		t.Errorf("got %d findings, want none", len(b.found))
	}
}

// TestErrorsOfARecordAreInOrder: of their places, not of what is wrong there.
func TestErrorsOfARecordAreInOrder(t *testing.T) {
	report := checkBox(t, `{"dpt":-1,"chart":5,"sah":"x","saksi":[{"nik":"1"},7]}`)
	var got []string
	for _, f := range report.Details {
		got = append(got, f.Pointer+" "+f.Rule)
	}
	want := []string{"/chart structure/type", "/dpt structure/minimum", "/kode structure/required", "/sah structure/type", "/saksi/0/nik structure/pattern", "/saksi/1 structure/type"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
