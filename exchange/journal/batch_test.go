package journal

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// held is a file whose first Sync waits, and which counts them.
type held struct {
	lines
	syncs          atomic.Int64
	entered, leave chan struct{}
	fail           atomic.Bool
}

func (h *held) Sync() error {
	if h.syncs.Add(1) == 1 {
		close(h.entered)
		<-h.leave
	}
	if h.fail.Load() {
		return errDisk
	}
	return h.lines.Sync()
}

func at(n int) exchange.Entry {
	return exchange.Entry{Time: time.Unix(1_700_000_000+int64(n), 0), Event: exchange.EventClock, Party: "kpu/sipol"}
}

// together appends one entry, and all the others while that one is being made
// durable, in their order.
func together(f *File, h *held, entries ...exchange.Entry) []error {
	var done sync.WaitGroup
	errs := make([]error, len(entries))
	done.Go(func() { errs[0] = f.Append(context.Background(), entries[0]) })
	<-h.entered
	for i, e := range entries[1:] {
		done.Go(func() { errs[i+1] = f.Append(context.Background(), e) })
		for f.group.Waiting() != i+1 {
			runtime.Gosched()
		}
	}
	close(h.leave)
	done.Wait()
	return errs
}

func TestWhoAppendsTogetherSharesASync(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir)
	h := &held{lines: f.file, entered: make(chan struct{}), leave: make(chan struct{})}
	f.file = h
	var entries []exchange.Entry
	for n := range 60 {
		entries = append(entries, at(n))
	}
	entries[20].Party, entries[59].ID = "no party", "no id" // they are refused, and the others do not notice
	for i, err := range together(f, h, entries...) {
		want := envelope.Reason("")
		if i == 20 || i == 59 {
			want = envelope.ReasonMisuse
		}
		if envelope.ReasonOf(err) != want {
			t.Errorf("entry %d: %v", i, err)
		}
	}
	if n := h.syncs.Load(); n != 2 {
		t.Errorf("60 entries cost %d syncs", n)
	}
	head, err := Verify(dir, f.Head())
	if err != nil || head.Seq != 58 {
		t.Errorf("%v, %v", head, err)
	}
}

func TestAFailedSyncFailsAllThatShareIt(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir)
	h := &held{lines: f.file, entered: make(chan struct{}), leave: make(chan struct{})}
	f.file = h
	h.fail.Store(true)
	for i, err := range together(f, h, at(0), at(1), at(2)) {
		if envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Errorf("entry %d: %v", i, err)
		}
	}
	h.fail.Store(false)
	if err := enter(f); envelope.ReasonOf(err) != envelope.ReasonUnavailable || f.Head().Seq != 0 {
		t.Errorf("then %v", err)
	}
}

// A batch of which the end was cut off leaves whole lines, which stay.
func TestATornBatchKeepsItsWholeLines(t *testing.T) {
	dir := t.TempDir()
	f := opened(t, dir)
	h := &held{lines: f.file, entered: make(chan struct{}), leave: make(chan struct{})}
	f.file = h
	together(f, h, at(0), at(1), at(2), at(3))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, fileName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(text) / 2 {
		if err := os.WriteFile(path, text[:len(text)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, headName), start().marshal(), 0o600); err != nil { // it lags behind
			t.Fatal(err)
		}
		again, err := Open(dir)
		if err != nil {
			t.Fatalf("%d bytes less: %v", cut, err)
		}
		if n, want := again.Head().Seq, 4-int64((cut+len(text)/4-1)/(len(text)/4)); n != want {
			t.Fatalf("%d bytes less: %d lines, want %d", cut, n, want)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkAppend measures durable entries, fsync included, and beside them in the
// same run what this disk can do for one: a line of that size, appended and
// synchronised. x-raw is the one by the other.
func BenchmarkAppend(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			dir := b.TempDir()
			f, err := Open(dir)
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			var next atomic.Int64
			var done sync.WaitGroup
			b.ResetTimer()
			for range callers {
				done.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						if err := f.Append(context.Background(), at(int(n))); err != nil {
							b.Error(err)
						}
					}
				})
			}
			done.Wait()
			b.StopTimer()
			rate, raw := float64(b.N)/b.Elapsed().Seconds(), rawAppends(b, filepath.Join(dir, "raw"))
			b.ReportMetric(rate, "entries/s")
			b.ReportMetric(raw, "raw/s")
			b.ReportMetric(rate/raw, "x-raw")
		})
	}
}

func rawAppends(b *testing.B, path string) float64 {
	b.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	const n = 1000
	line := make([]byte, 150)
	began := time.Now()
	for range n {
		if _, err := file.Write(line); err != nil || file.Sync() != nil {
			b.Fatal("the disk refuses")
		}
	}
	return n / time.Since(began).Seconds()
}
