package schema

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unsafe"
)

// TestEachChangesNothing: if nobody wants to see the records, those that have
// nothing but a key are entered many at a time. The report and the error are the same.
func TestEachChangesNothing(t *testing.T) {
	hasil := datasets(t)["sirekap/hasil-tps"]
	clean := boxes(1500)
	lines := bytes.SplitAfter(clean, lineFeed)
	undated := strings.Replace(string(norm(t, "sirekap/hasil-tps")), `"legalDate": "/tanggal_pemungutan",`, "", 1)
	noDate, err := ParseDefinition([]byte(undated), texts(t, "sirekap/hasil-tps"))
	if err != nil {
		t.Fatal(err)
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	for _, c := range []struct {
		name string
		d    *Definition
		in   []byte
		most int
		end  error
		want string // "": a report
	}{
		{"all kinds", hasil, mixed(1500), 0, nil, ""},
		{"clean", hasil, clean, 0, nil, ""},
		{"as many as may be", hasil, clean, 1500, nil, ""},
		{"one too many", hasil, clean, 1499, nil, "too_large 1500"},
		{"the last has the key of the first", hasil, join(clean, lines[0]), 0, nil, ""},
		{"the key of the one before", hasil, join(clean, lines[1499]), 0, nil, ""},
		{"one too many, with the key of another", hasil, join(clean, lines[0]), 1500, nil, "too_large 1501"},
		{"a broken one at the limit", hasil, join(clean, []byte("{}\n")), 1500, nil, "too_large 1501"},
		{"only broken ones", hasil, bytes.Repeat(lineFeed, 3000), 0, nil, ""},
		{"an input that fails", hasil, clean, 0, errStop, "read_failed 1501"},
		{"an input that fails at the limit", hasil, clean, 1500, errStop, "too_large 1501"},
		{"no date behind a broken one", noDate, join([]byte("{}\n"), clean), 0, nil, "no_legal_date 2"},
		{"no date, and the key of another", noDate, join(lines[0], lines[0]), 0, nil, "no_legal_date 1"},
	} {
		said := map[string]int{}
		for _, cores := range []int{1, 3} {
			for _, each := range []func(int, []byte, bool) error{nil, func(int, []byte, bool) error { return nil }} {
				func() {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
					var in io.Reader = bytes.NewReader(c.in)
					if c.end != nil {
						in = io.MultiReader(in, iotest.ErrReader(c.end))
					}
					report, err := c.d.Check(context.Background(), NDJSON(in), CheckOptions{Each: each, MaxRecords: c.most})
					got := ""
					if e, ok := err.(*Error); ok {
						got = fmt.Sprint(e.Reason, " ", e.Record)
					}
					if got != c.want {
						t.Errorf("%s: got %q, want %q", c.name, got, c.want)
					}
					if err == nil {
						text, _ := report.DetailsJSON()
						said[string(text)]++
					}
				}()
			}
		}
		if len(said) > 1 {
			t.Errorf("%s: %d different reports", c.name, len(said))
		}
	}
}

// TestWhatARowTakes: a block may have a row for each of its bytes, and as many
// blocks are under way as there are cores and more.
func TestWhatARowTakes(t *testing.T) {
	if n := unsafe.Sizeof(special{}); n > 20 {
		t.Errorf("a row takes %d bytes", n)
	}
	c := &check{d: box(t), seeds: newSeeds(), explained: explained{most: 10}}
	w := c.worker(NDJSON(nil).(*ndjson))
	defer w.release()
	b := newBatch(bytes.Repeat(lineFeed, 50))
	b.end = errMore
	w.do(b)
	if len(b.special) != 50 || b.keys != nil || b.records != nil {
		t.Errorf("50 unsound rows: %d kept, %d keys, %d records", len(b.special), len(b.keys), len(b.records))
	}
	b.data = []byte(strings.Repeat(`{"kode":"A00","sah":1}`+"\n", 50))
	if w.do(b); len(b.special) != 0 || len(b.keys) != 50 || b.records != nil {
		t.Errorf("50 sound rows: %d are special, %d keys, %d records", len(b.special), len(b.keys), len(b.records))
	}
	b.data = append([]byte("\n"), b.data...)
	if w.do(b); len(b.special) != 1 || len(b.keys) != 50 || b.rows != 51 {
		t.Errorf("50 of 51 rows are sound: %d are special, %d keys", len(b.special), len(b.keys))
	}
}

// TestEachEndsTheContextAtTheLast: a check that was ended gives no report, even if
// all records were seen.
func TestEachEndsTheContextAtTheLast(t *testing.T) {
	for _, end := range []string{"", "\n"} {
		ctx, cancel := context.WithCancel(t.Context())
		in := append(bytes.TrimSuffix(boxes(20), lineFeed), end...)
		report, err := datasets(t)["sirekap/hasil-tps"].Check(ctx, NDJSON(bytes.NewReader(in)), CheckOptions{Each: func(n int, _ []byte, _ bool) error {
			if n == 20 {
				cancel()
			}
			return nil
		}})
		if report != nil || err != context.Canceled {
			t.Errorf("got %v, %v", report, err)
		}
	}
}

// TestBlocksBehindABrokenOne: a structure error is one of its block, wherever it is
// there, and not of others.
func TestBlocksBehindABrokenOne(t *testing.T) {
	in := bytes.Join([][]byte{boxes(5), []byte("{}\n"), boxes(2000)[len(boxes(5)):]}, nil)
	for _, cores := range []int{1, 3} {
		for _, each := range []func(int, []byte, bool) error{nil, func(int, []byte, bool) error { return nil }} {
			func() {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				var sound []bool
				_, err := datasets(t)["sirekap/hasil-tps"].Check(context.Background(), NDJSON(bytes.NewReader(in)), CheckOptions{Each: each, Blocks: func(_ []byte, ok bool) error {
					sound = append(sound, ok)
					return nil
				}})
				if err != nil || len(sound) < 3 || sound[0] || slices.Contains(sound[1:], false) {
					t.Errorf("%d cores: got %v, %v", cores, sound, err)
				}
			}()
		}
	}
}

// TestTotal: how long an input is at least is known of one in memory at once, and
// of others as far as they were read.
func TestTotal(t *testing.T) {
	in := boxes(3000)
	for _, c := range []struct {
		name    string
		r       io.Reader
		at, end int
	}{
		{"in memory", bytes.NewReader(in), len(in), len(in)},
		{"a text", strings.NewReader(string(in)), len(in), len(in)},
		{"else", struct{ io.Reader }{bytes.NewReader(in)}, 0, len(in)},
	} {
		l := &NDJSON(c.r).(*ndjson).in
		if n := l.total(); n != c.at {
			t.Errorf("%s: %d, want %d", c.name, n, c.at)
		}
		var err error
		for n := 0; err == nil || err == errMore; {
			var block []byte
			block, err = l.block(nil)
			if n += len(block); l.total() < n || l.total() > len(in) {
				t.Errorf("%s: %d of %d behind %d", c.name, l.total(), len(in), n)
			}
		}
		if n := l.total(); n != c.end {
			t.Errorf("%s: %d at the end, want %d", c.name, n, c.end)
		}
	}
	for _, c := range []struct{ len, at, size int }{{-7, 0, 1}, {0, 0, 1}, {1000, 1000, 1001}, {math.MaxInt, math.MaxInt32, blockBytes}} {
		l := &lines{r: says{len: c.len}, left: maxSourceBytes}
		if at, size := l.total(), l.size(); at != c.at || size != c.size {
			t.Errorf("one that says %d: %d, and %d for the first block", c.len, at, size)
		}
	}
	if n := (single{}).total(); n != 0 {
		t.Errorf("of records one by one %d bytes are known", n)
	}
}

// says says of itself how long it is.
type says struct {
	io.Reader
	len int
}

func (s says) Len() int { return s.len }
