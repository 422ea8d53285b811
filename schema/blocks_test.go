package schema

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// TestBlocks: what Blocks sees is what Each sees, with line feeds, up to the
// first record with a structure error, which it is told.
func TestBlocks(t *testing.T) {
	in := boxes(1500)
	lines := bytes.SplitAfter(in, lineFeed)
	broken := bytes.Join([][]byte{in, []byte("{}\n"), in[:0]}, nil)
	var rows strings.Builder
	rows.WriteString("kode,sah,satu,lat,ada,buang\n")
	for i := range 2600 {
		fmt.Fprintf(&rows, "%c%02d,%d,%d,-6.%d,true,\n", 'A'+i/100, i%100, i%50, i%9, i)
	}
	hasil := datasets(t)["sirekap/hasil-tps"]
	table := func() Source {
		src, err := CSV(strings.NewReader(rows.String()), boxMapping(t), box(t))
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
	for _, c := range []struct {
		name string
		of   *Definition
		src  func() Source
		ok   bool
	}{
		{"records", hasil, func() Source { return NDJSON(bytes.NewReader(in)) }, true},
		{"no last line feed", hasil, func() Source { return NDJSON(bytes.NewReader(in[:len(in)-1])) }, true},
		{"in pieces", hasil, func() Source { return NDJSON(iotest.HalfReader(bytes.NewReader(in))) }, true},
		{"one by one", hasil, func() Source { return other{NDJSON(bytes.NewReader(in))} }, true},
		{"CSV", box(t), table, true},
		{"nothing", hasil, func() Source { return NDJSON(strings.NewReader("")) }, true},
		{"a broken one", hasil, func() Source { return NDJSON(bytes.NewReader(broken)) }, false},
		{"one that is there twice", hasil, func() Source { return NDJSON(io.MultiReader(bytes.NewReader(in), bytes.NewReader(lines[0]))) }, false},
		{"an empty line", hasil, func() Source { return NDJSON(io.MultiReader(bytes.NewReader(in), strings.NewReader("\n"))) }, false},
	} {
		for _, cores := range []int{1, 3} {
			t.Run(fmt.Sprint(c.name, " ", cores), func(t *testing.T) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				var each, blocks []byte
				all, whole := true, true
				report, err := c.of.Check(context.Background(), c.src(), CheckOptions{AsOf: day(2024, 2, 14),
					Each: func(_ int, record []byte, ok bool) error {
						all = all && ok
						each = append(append(each, record...), '\n')
						return nil
					},
					Blocks: func(records []byte, ok bool) error {
						if ok == (records == nil) {
							t.Errorf("%d bytes, and sound: %v", len(records), ok)
						}
						whole = whole && ok
						blocks = append(blocks, records...)
						return nil
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				if all != c.ok || whole != c.ok || (report.Errors == 0) != c.ok {
					t.Errorf("Each says %v, Blocks %v, with %d errors", all, whole, report.Errors)
				}
				if c.ok && !bytes.Equal(each, blocks) || !bytes.HasPrefix(each, blocks) {
					t.Errorf("%d bytes one by one, %d in blocks", len(each), len(blocks))
				}
			})
		}
	}
	_, err := hasil.Check(context.Background(), NDJSON(bytes.NewReader(in)), CheckOptions{AsOf: day(2024, 2, 14), Blocks: func([]byte, bool) error { return errStop }})
	if !errors.Is(err, errStop) {
		t.Errorf("an error of Blocks: %v", err)
	}
}
