package bolt

import (
	"context"
	"testing"
	"time"
	"unsafe"

	"github.com/segel-id/segel/exchange"
)

// setBack is the present by the monotonic clock, an hour ago by the wall clock: what
// time.Now gives when somebody has set the clock.
func setBack() time.Time {
	t := time.Now()
	*(*uint64)(unsafe.Pointer(&t)) -= 3600 << 30
	return t
}

// TestMarksOnlyRise: whoever calls with the time of a clock that was set back lowers
// no mark, although what is kept from the commit before was made in this process.
func TestMarksOnlyRise(t *testing.T) {
	s, ctx := openTemp(t), context.Background()
	first := time.Now()
	if err := s.Raise(ctx, exchange.Marks{Clock: first, Purged: first}); err != nil {
		t.Fatal(err)
	}
	later := setBack()
	if d := later.Round(0).Sub(first.Round(0)); d > -time.Minute || !later.After(first) {
		t.Fatalf("the wall clock went by %v", d)
	}
	if err := s.Raise(ctx, exchange.Marks{Clock: later, Purged: later}); err != nil {
		t.Fatal(err)
	}
	m, err := s.Outbox().Marks(ctx)
	if err != nil || m.Clock.Before(first.Round(0)) || m.Purged.Before(first.Round(0)) {
		t.Errorf("the marks fell: clock by %v, purge by %v, %v", first.Sub(m.Clock), first.Sub(m.Purged), err)
	}
}

// TestNumbersOfAClockThatWasAhead are void.
func TestNumbersOfAClockThatWasAhead(t *testing.T) {
	s, ctx := openTemp(t), context.Background()
	first := time.Now()
	if _, err := s.Outbox().Number(ctx, "c", first); err != nil {
		t.Fatal(err)
	}
	later := setBack()
	seq, err := s.Outbox().Number(ctx, "c", later)
	if err != nil || len(seq.Void) != 1 {
		t.Errorf("got %v, %v; want one void number", seq, err)
	}
}
