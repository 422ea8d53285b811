package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

func openTemp(t testing.TB) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func admission(n int64) exchange.Admission {
	now := time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	return exchange.Admission{
		Key:    exchange.Key{Sender: "kpu/sirekap", ID: fmt.Sprintf("018da7f0-0000-7000-8000-%012d", n)},
		Digest: strings.Repeat("d", 43), AdmittedAt: now, Directory: 7, Agreement: strings.Repeat("a", 43), KeepUntil: now.Add(time.Hour), Quota: 1 << 30,
	}
}

// together makes the functions one batch: the first holds the transaction open
// until all the others wait.
func together(t *testing.T, g *committer, fs ...func(*tx) error) []error {
	t.Helper()
	entered, leave := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	var once sync.Once
	done.Go(func() {
		if err := g.do(func(*tx) error {
			once.Do(func() { close(entered) })
			<-leave
			return nil
		}); err != nil {
			t.Errorf("the one before: %v", err)
		}
	})
	<-entered
	errs := make([]error, len(fs))
	for i, f := range fs {
		done.Go(func() { errs[i] = g.do(f) })
		for g.Waiting() != i+1 { // their order is that of fs
			runtime.Gosched()
		}
	}
	close(leave)
	done.Wait()
	return errs
}

func TestOneFailureSpoilsNothing(t *testing.T) {
	s := openTemp(t)
	put := func(n int64) func(*tx) error {
		return func(t *tx) error { return t.put(&exchange.Row{Admission: admission(n)}) }
	}
	mine := &envelope.Error{Reason: envelope.ReasonUnavailable, Detail: "mine"}
	runs := 0
	errs := together(t, s.writes,
		put(1),
		func(*tx) error { return exchange.ErrBusy }, // writes nothing
		func(t *tx) error { runs++; return put(2)(t) },
		func(t *tx) error { put(3)(t); return mine },
		func(t *tx) error { put(4)(t); panic("a damaged page") },
		func(t *tx) error { // sees what those before it wrote, and nothing of those who failed
			for n, want := range map[int64]bool{1: true, 2: true, 3: false, 4: false} {
				if row, err := t.row(admission(n).Key); (row != nil) != want || err != nil {
					return fmt.Errorf("row %d is there: %v, %v", n, row != nil, err)
				}
			}
			return put(5)(t)
		},
	)
	for i, want := range []error{nil, exchange.ErrBusy, nil, mine, nil, nil} {
		if i == 4 {
			if envelope.ReasonOf(errs[i]) != envelope.ReasonUnavailable {
				t.Errorf("the one that panicked got %v", errs[i])
			}
		} else if errs[i] != want {
			t.Errorf("caller %d got %v, want %v", i, errs[i], want)
		}
	}
	if runs != 3 {
		t.Errorf("a function ran %d times beside two that failed, want 3", runs)
	}
	for n, want := range map[int64]bool{1: true, 2: true, 3: false, 4: false, 5: true} {
		if row, _, err := s.Lookup(context.Background(), admission(n).Key); (row != nil) != want || err != nil {
			t.Errorf("row %d is kept: %v, %v", n, row != nil, err)
		}
	}
}

// A function that fails after it had written may have failed because of what a
// neighbour wrote, which is never kept.
func TestNobodyFailsByWhatNeverWas(t *testing.T) {
	name := []byte("name")
	mine := errors.New("mine")
	take := func(t *tx) error { t.dirty = true; return t.effects().Put(name, []byte("taken")) }
	reject := func(t *tx) error {
		t.dirty = true
		return effect(func(b *Bucket) error {
			if b.Get(name) != nil {
				return exchange.Reject("taken")
			}
			return b.Put(name, []byte("mine"))
		}, t.effects())
	}
	fails := func(t *tx) error { t.dirty = true; return mine }
	for what, tc := range map[string]struct {
		first func(runs int) func(*tx) error // what the neighbour does in each run
		err   error                          // what the neighbour gets
		want  string                         // what is kept
	}{
		"one that fails when it runs again": {func(runs int) func(*tx) error {
			if runs > 1 {
				return fails
			}
			return take
		}, mine, "mine"},
		"one that fails at first": {func(runs int) func(*tx) error {
			if runs == 1 {
				return fails
			}
			return take
		}, mine, "mine"},
		"one that stays": {func(int) func(*tx) error { return take }, nil, "taken"},
	} {
		t.Run(what, func(t *testing.T) {
			s := openTemp(t)
			runs := 0
			errs := together(t, s.writes, func(t *tx) error { runs++; return tc.first(runs)(t) }, reject)
			if !errors.Is(errs[0], tc.err) || tc.err == nil && errs[0] != nil {
				t.Errorf("the neighbour got %v, want %v", errs[0], tc.err)
			}
			if rejected := errors.Is(errs[1], exchange.ErrEffect); rejected != (tc.want == "taken") || !rejected && errs[1] != nil {
				t.Errorf("the other got %v, and what is kept should be %q", errs[1], tc.want)
			}
			_ = s.ViewEffects(context.Background(), func(b *Bucket) error {
				if got := string(b.Get(name)); got != tc.want {
					t.Errorf("kept is %q, want %q", got, tc.want)
				}
				return nil
			})
		})
	}
}

func TestManyShareACommit(t *testing.T) {
	s := openTemp(t)
	before := s.db.Stats()
	f := func(n int64) func(*tx) error {
		return func(t *tx) error { return t.put(&exchange.Row{Admission: admission(n)}) }
	}
	var fs []func(*tx) error
	for n := range int64(50) {
		fs = append(fs, f(n))
	}
	if err := errors.Join(together(t, s.writes, fs...)...); err != nil {
		t.Fatal(err)
	}
	after := s.db.Stats()
	if n := after.TxStats.GetWrite() - before.TxStats.GetWrite(); n > 20 {
		t.Errorf("50 callers at once cost %d writes to the file", n)
	}
}

func TestClosedFileFailsAll(t *testing.T) {
	s := openTemp(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for n := range int64(20) {
		done.Go(func() {
			if _, err := s.Claim(context.Background(), admission(n), time.Now(), time.Minute); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
				t.Errorf("claim on a closed store: %v", err)
			}
		})
	}
	done.Wait()
}

// BenchmarkClaim measures durable claims, fsync included, and beside them in the
// same run what one caller reaches who commits one put of that size at a time to a
// file like this one. x-raw is the one by the other; roomy is raw with space ahead
// in its file.
//
// disk is how often a second the disk does the least that a commit asks of it: one
// page and a sync, then another and a sync. No database that commits so can have
// more from one caller; x-disk is ours by that. page is one page and one sync,
// appended the same at a file's end.
func BenchmarkClaim(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s, ctx, at := openTemp(b), context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
			beside := []struct {
				unit string
				of   func() float64
				rate float64
			}{
				{"raw/s", func() float64 { return rawCommits(b, false) }, 0},
				{"roomy/s", func() float64 { return rawCommits(b, true) }, 0},
				{"disk/s", func() float64 { return diskDoes(b, twoPages) }, 0},
				{"page/s", func() float64 { return diskDoes(b, onePage) }, 0},
				{"appended/s", func() float64 { return diskDoes(b, appended) }, 0},
			}
			// Before and after: a disk has moods.
			measure := func() {
				for i := range beside {
					beside[i].rate += beside[i].of() / 2
				}
			}
			measure()
			var next atomic.Int64
			var done sync.WaitGroup
			b.ResetTimer()
			for range callers {
				done.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						if _, err := s.Claim(ctx, admission(n), at.Add(time.Duration(n)*time.Microsecond), time.Minute); err != nil {
							b.Error(err)
						}
					}
				})
			}
			done.Wait()
			b.StopTimer()
			rate := float64(b.N) / b.Elapsed().Seconds()
			measure()
			b.ReportMetric(rate, "claims/s")
			for _, m := range beside {
				b.ReportMetric(m.rate, m.unit)
			}
			b.ReportMetric(rate/beside[0].rate, "x-raw")
			b.ReportMetric(rate/beside[2].rate, "x-disk")
		})
	}
}

// rawCommits returns how many puts a second bbolt makes durable one by one.
func rawCommits(b *testing.B, roomy bool) float64 {
	b.Helper()
	s := openTemp(b)
	value := make([]byte, 350)
	const n = 1000
	began := time.Now()
	for i := range int64(n) {
		if err := s.db.Update(func(t *bbolt.Tx) error {
			if roomy {
				s.writes.room.make(t.Size())
			}
			return t.Bucket(rowsBucket).Put(rowKey(admission(i).Key), value)
		}); err != nil {
			b.Fatal(err)
		}
	}
	return n / time.Since(began).Seconds()
}

// Marks and numbers are read and written once for all who share a commit; who
// fails leaves nothing of what he changed in them.
func TestWhatIsCommonIsWrittenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	mine := errors.New("mine")
	change := func(n int, fail error) func(*tx) error {
		return func(t *tx) error {
			numbers, err := t.numbersOf("a channel")
			if err != nil {
				return err
			}
			if numbers == nil {
				numbers = &exchange.Numbers{}
			}
			numbers.Take(at)
			t.setNumbers("a channel", numbers)
			if err := t.raise(exchange.Marks{Clock: at.Add(time.Duration(n) * time.Second)}); err != nil {
				return err
			}
			return fail
		}
	}
	for i, err := range together(t, s.writes, change(1, nil), change(9, mine), change(2, nil), func(t *tx) error {
		if m, err := t.getMarks(); err != nil || !m.Clock.Equal(at.Add(2*time.Second)) {
			return fmt.Errorf("the marks are %v, %v", m, err)
		}
		if n, err := t.numbersOf("a channel"); err != nil || n.Last != 2 {
			return fmt.Errorf("the numbers are %v, %v", n, err)
		}
		return nil
	}, change(3, nil)) {
		if (err != nil) != (i == 1) {
			t.Errorf("caller %d: %v", i, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, m, err := s.Lookup(context.Background(), exchange.Key{}); err != nil || !m.Clock.Equal(at.Add(3*time.Second)) {
		t.Errorf("marks %v, %v", m, err)
	}
	if seq, err := s.Outbox().Number(context.Background(), "a channel", at); err != nil || seq.Number != 4 {
		t.Errorf("number %v, %v", seq, err)
	}
	if err := s.Outbox().Renumber(context.Background()); err != nil {
		t.Fatal(err)
	}
	if again, err := s.Outbox().Number(context.Background(), "a channel", at); err != nil || again.Number != 1 {
		t.Errorf("number %v, %v", again, err)
	}
}
