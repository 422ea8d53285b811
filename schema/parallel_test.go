package schema

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"
)

// mixed are boxes of which some are unsound, some break a rule, some have the
// key of another and some are too long.
func mixed(n int) []byte {
	r := rand.New(rand.NewPCG(7, 7))
	var out bytes.Buffer
	for line := range bytes.Lines(boxes(n)) {
		switch r.IntN(12) {
		case 0:
			line = bytes.Replace(line, []byte(`"suara_sah":1`), []byte(`"suara_sah":2`), 1)
		case 1:
			line = bytes.Replace(line, []byte(`"chart":{`), []byte(`"chart":{"100025":-1,`), 1)
		case 2:
			line = bytes.Replace(line, []byte(`"kode_tps":"31`), []byte(`"kode_tps":"3100000000001","x":"`), 1)
		case 3:
			line = append(mutate(r, bytes.TrimSuffix(line, lineFeed)), '\n')
		case 4:
			line = bytes.Replace(line, []byte(`"nama_tps":"`), []byte(`"nama_tps":"3174014101900001 `), 1)
		}
		out.Write(line)
		if r.IntN(n) == 0 {
			out.Write(bytes.Repeat([]byte("x"), MaxRecordBytes+5))
			out.WriteByte('\n')
		}
	}
	return out.Bytes()
}

// record of everything that a check calls back with.
type calls struct {
	n    int
	sum  []string
	stop int
}

func (c *calls) each(n int, record []byte, ok bool) error {
	c.n++
	if n != c.n {
		return fmt.Errorf("record %d comes as number %d", n, c.n)
	}
	c.sum = append(c.sum, fmt.Sprint(len(record), ok, string(record[:min(len(record), 900)])))
	if n == c.stop {
		return errStop
	}
	return nil
}

var errStop = errors.New("stop")

// TestManyWorkersSayTheSame: one goroutine or several, whatever the reader
// gives at once, the report is the same and records come in order.
func TestManyWorkersSayTheSame(t *testing.T) {
	d := datasets(t)["sirekap/hasil-tps"]
	in := mixed(1500)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(in)
	_ = z.Close()
	run := func(cores int, src Source) (string, []string) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		var c calls
		report, err := d.Check(context.Background(), src, CheckOptions{Each: c.each, MaxDetails: 200})
		if err != nil {
			t.Fatal(err)
		}
		out, _ := report.DetailsJSON()
		return string(out), c.sum
	}
	want, sum := run(1, NDJSON(bytes.NewReader(in)))
	if !strings.Contains(want, "leak/nik") || !strings.Contains(want, "structure/duplicate-key") || !strings.Contains(want, "structure/size") || !strings.Contains(want, `"A1"`) {
		t.Fatalf("the records show too little: %s", want[:2000])
	}
	if strings.Contains(want, `"cut": 0`) {
		t.Fatal("nothing was cut")
	}
	for name, src := range map[string]func() Source{
		"at once":    func() Source { return NDJSON(bytes.NewReader(in)) },
		"in pieces":  func() Source { return NDJSON(iotest.HalfReader(bytes.NewReader(in))) },
		"with end":   func() Source { return NDJSON(iotest.DataErrReader(bytes.NewReader(in))) },
		"small":      func() Source { return NDJSON(&trickle{in: in, size: 1000}) },
		"gzip":       func() Source { return NDJSON(bytes.NewReader(packed.Bytes())) },
		"one by one": func() Source { return other{NDJSON(bytes.NewReader(in))} },
	} {
		for _, cores := range []int{1, 2, 5} {
			got, gotSum := run(cores, src())
			if got != want {
				t.Errorf("%s with %d: another report", name, cores)
			}
			if !slices.Equal(gotSum, sum) {
				t.Errorf("%s with %d: other records", name, cores)
			}
		}
	}
}

// TestCSVInBlocks: rows that span lines, whole blocks even, are the same
// records whether they are read one by one or in blocks.
func TestCSVInBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	var in strings.Builder
	in.WriteString("kode,sah,satu,lat,ada,buang\n")
	for i := range 8000 {
		note := strings.Repeat("catatan ", r.IntN(20))
		switch r.IntN(10) {
		case 0:
			note = `"` + strings.Repeat("baris\n", r.IntN(40)) + `,""kutip"""`
		case 1:
			note = `"` + strings.Repeat("\n", r.IntN(3)) + `",lebih`
		}
		fmt.Fprintf(&in, "%c%02d,%d,%d,-6.%d,true,%s\n", 'A'+i%26, i%100, r.IntN(100), r.IntN(100), i, note)
	}
	for name, tail := range map[string]string{"whole": "", "open quote": "A01,\"" + strings.Repeat("x\n", 300_000), "long line": strings.Repeat("x", 2*MaxRecordBytes)} {
		text := in.String() + tail
		one, err := CSV(strings.NewReader(text), boxMapping(t), box(t))
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		wantErr := error(nil)
		for {
			record, err := one.Next()
			var e *Error
			if err == io.EOF {
				break
			}
			if errors.As(err, &e) && e.structure == "" {
				wantErr = err
				break
			}
			want = append(want, string(record))
		}
		for _, cores := range []int{1, 3} {
			for _, reader := range []io.Reader{strings.NewReader(text), &trickle{in: []byte(text), size: 3000}} {
				var got []string
				func() {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
					src, err := CSV(reader, boxMapping(t), box(t))
					if err != nil {
						t.Fatal(err)
					}
					_, err = box(t).Check(context.Background(), src, CheckOptions{AsOf: day(2024, 2, 14), Each: func(_ int, record []byte, _ bool) error {
						got = append(got, string(record))
						return nil
					}})
					if fmt.Sprint(err) != fmt.Sprint(wantErr) {
						t.Errorf("%s: got %v, want %v", name, err, wantErr)
					}
				}()
				if !slices.Equal(got, want) {
					t.Errorf("%s with %d: %d records, want %d", name, cores, len(got), len(want))
				}
			}
		}
	}
}

// TestCheckGoesOnBehindNext: a check of a source from which records were
// already taken has the rest.
func TestCheckGoesOnBehindNext(t *testing.T) {
	in := boxes(3000)
	first := bytes.IndexByte(in, '\n')
	src := NDJSON(bytes.NewReader(in))
	if record, err := src.Next(); err != nil || string(record) != string(in[:first]) {
		t.Fatal(string(record), err)
	}
	var rest []byte
	report, err := datasets(t)["sirekap/hasil-tps"].Check(context.Background(), src, CheckOptions{Each: func(_ int, record []byte, _ bool) error {
		rest = append(append(rest, record...), '\n')
		return nil
	}})
	if err != nil || report.Records != 2999 || !bytes.Equal(rest, in[first+1:]) {
		t.Errorf("got %v, %v", report, err)
	}
	if _, err := src.Next(); err != io.EOF {
		t.Errorf("behind the end: %v", err)
	}
}

// other hides what a source is.
type other struct{ Source }

type trickle struct {
	in   []byte
	size int
}

func (r *trickle) Read(b []byte) (int, error) {
	if len(r.in) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), r.size)], r.in)
	r.in = r.in[n:]
	return n, nil
}

// goroutines counts them, and leaves those that have ended the time to be gone.
func goroutines(wanted int) int {
	for begun := time.Now(); runtime.NumGoroutine() > wanted && time.Since(begun) < 10*time.Second; {
		runtime.Gosched()
	}
	return runtime.NumGoroutine()
}

// TestWorkersEnd: however a check ends, it leaves no goroutine behind.
func TestWorkersEnd(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	d := datasets(t)["sirekap/hasil-tps"]
	in := boxes(5000)
	undated := strings.Replace(string(norm(t, "sirekap/hasil-tps")), `"legalDate": "/tanggal_pemungutan",`, "", 1)
	noDate, err := ParseDefinition([]byte(undated), texts(t, "sirekap/hasil-tps"))
	if err != nil {
		t.Fatal(err)
	}
	before := runtime.NumGoroutine()
	for _, c := range []struct {
		name string
		d    *Definition
		r    io.Reader
		opt  func(cancel func()) CheckOptions
		is   error
	}{
		{"Each", d, bytes.NewReader(in), func(func()) CheckOptions { return CheckOptions{Each: (&calls{stop: 3000}).each} }, errStop},
		{"cancelled", d, bytes.NewReader(in), func(cancel func()) CheckOptions {
			return CheckOptions{Each: func(n int, _ []byte, _ bool) error {
				if n == 2500 {
					cancel()
				}
				if n > 2500 {
					t.Error("a record came after the end")
				}
				return nil
			}}
		}, context.Canceled},
		{"too many", d, bytes.NewReader(in), func(func()) CheckOptions { return CheckOptions{MaxRecords: 4000} }, &Error{Reason: ReasonTooLarge}},
		{"reader", d, io.MultiReader(bytes.NewReader(in), iotest.ErrReader(errStop)), func(func()) CheckOptions { return CheckOptions{} }, errStop},
		{"no date", noDate, bytes.NewReader(in), func(func()) CheckOptions { return CheckOptions{} }, &Error{Reason: ReasonNoLegalDate}},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		report, err := c.d.Check(ctx, NDJSON(c.r), c.opt(cancel))
		cancel()
		var e *Error
		_ = errors.As(err, &e)
		if report != nil || !errors.Is(err, c.is) && (e == nil || !(&Error{Reason: e.Reason}).Is(c.is)) {
			t.Errorf("%s: got %v, %v", c.name, report, err)
		}
		if c.name == "reader" && (e == nil || e.Record != 5001) {
			t.Errorf("the reader's error is of record %v", e)
		}
		if n := goroutines(before); n > before {
			t.Errorf("%s: %d goroutines instead of %d", c.name, n, before)
		}
	}
}

// TestAPanicReachesTheCaller: what goes wrong in a worker can be recovered
// where Check was called.
func TestAPanicReachesTheCaller(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	d := *datasets(t)["sirekap/hasil-tps"]
	d.program, d.engine = nil, new(panics)
	before := runtime.NumGoroutine()
	defer func() {
		if recover() != "broken" {
			t.Error("the panic is lost")
		}
		if goroutines(before) > before {
			t.Error("a worker is left")
		}
	}()
	_, _ = d.Check(context.Background(), NDJSON(bytes.NewReader(boxes(2000))), CheckOptions{})
}

type panics struct{ checked atomic.Int64 }

func (p *panics) check(any) []violation {
	if p.checked.Add(1) > 1500 {
		panic("broken")
	}
	return nil
}

// TestFewRecordsNeedNoGoroutine: a small check is the caller's own work.
func TestFewRecordsNeedNoGoroutine(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	before := runtime.NumGoroutine()
	_, err := datasets(t)["sirekap/hasil-tps"].Check(context.Background(), NDJSON(bytes.NewReader(boxes(40))), CheckOptions{
		Each: func(int, []byte, bool) error {
			if n := runtime.NumGoroutine(); n > before {
				t.Errorf("%d goroutines instead of %d", n, before)
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestASlowInputIsReported: what an input has given is checked before it is
// asked for more.
func TestASlowInputIsReported(t *testing.T) {
	d := datasets(t)["sirekap/hasil-tps"]
	r, w := io.Pipe()
	seen := make(chan int)
	go func() {
		big := boxes(2000) // so that there are workers
		_, _ = w.Write(big)
		for n := range seen {
			if n == 2000 {
				break
			}
		}
		more := boxes(2001)
		_, _ = w.Write(more[len(big):])
		for n := range seen {
			if n == 2001 {
				break
			}
		}
		_ = w.Close()
	}()
	report, err := d.Check(context.Background(), NDJSON(r), CheckOptions{Each: func(n int, _ []byte, _ bool) error {
		if n >= 2000 {
			seen <- n
		}
		return nil
	}})
	if err != nil || report.Records != 2001 {
		t.Errorf("got %v, %v", report, err)
	}
}
