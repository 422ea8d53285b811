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

// BenchmarkClaim measures durable claims, fsync included.
func BenchmarkClaim(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s, ctx, at := openTemp(b), context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
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
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
		})
	}
}
