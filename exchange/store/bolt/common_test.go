package bolt

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/segel-id/segel/exchange"
)

// What a transaction leaves to the next one is what is durable, never what one that
// failed had changed: a number that is taken again after a failure is the same as
// without it, and so is the clock mark.
func TestWhatIsKeptIsWhatIsDurable(t *testing.T) {
	s, ctx, at := openTemp(t), context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	box := s.Outbox()
	if _, err := box.Number(ctx, "c", at); err != nil {
		t.Fatal(err)
	}
	for _, a := range []exchange.Admission{arriving(1), arriving(3)} {
		if _, err := s.Claim(ctx, a, at, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	failed := errors.New("failed")
	err := s.update(ctx, func(t *tx) error {
		n, err := t.numbersOf("c")
		if err != nil {
			return err
		}
		n.Take(at)
		t.setNumbers("c", n)
		if err := t.raise(exchange.Marks{Clock: at.Add(time.Hour)}); err != nil {
			return err
		}
		if err := t.arrived(arriving(2)); err != nil {
			return err
		}
		return failed
	})
	if err == nil {
		t.Fatal("it did not fail")
	}
	if seq, err := box.Number(ctx, "c", at); err != nil || seq.Number != 2 {
		t.Errorf("number %d, %v, want 2", seq.Number, err)
	}
	// What follows rests on what was kept; what is read, on the file.
	if _, err := s.Claim(ctx, arriving(4), at, time.Minute); err != nil {
		t.Fatal(err)
	}
	missing, err := s.Missing(ctx, "a/b", arriving(4).Place)
	if err != nil || fmt.Sprint(missing) != "[{2 2}]" {
		t.Errorf("missing %v, %v, want 2 alone", missing, err)
	}
	if m, err := box.Marks(ctx); err != nil || !m.Clock.Equal(at) {
		t.Errorf("the clock mark is %v, %v, want %v", m.Clock, err, at)
	}
}

// Numbers that were forgotten are not remembered by what is kept.
func TestRenumberForgetsWhatIsKept(t *testing.T) {
	s, ctx, at := openTemp(t), context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	box := s.Outbox()
	first, err := box.Number(ctx, "c", at)
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Renumber(ctx); err != nil {
		t.Fatal(err)
	}
	again, err := box.Number(ctx, "c", at)
	if err != nil || again.Epoch == first.Epoch || again.Number != 1 {
		t.Errorf("number %d of epoch %s after %s, %v", again.Number, again.Epoch, first.Epoch, err)
	}
}

// Of many channels not all are kept, and none is lost.
func TestManyChannels(t *testing.T) {
	s, ctx, at := openTemp(t), context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	box := s.Outbox()
	take := func(want int64) {
		t.Helper()
		for n := range kept + 2 {
			if seq, err := box.Number(ctx, fmt.Sprint(n), at); err != nil || seq.Number != want {
				t.Fatalf("channel %d: number %d, %v, want %d", n, seq.Number, err, want)
			}
			if size := len(s.writes.known.numbers); size > kept {
				t.Fatalf("%d channels are kept", size)
			}
		}
	}
	take(1)
	take(2)
}

// arriving returns the admission of an envelope with a number in its channel.
func arriving(n int64) exchange.Admission {
	a := admission(n)
	a.Sender = "a/b"
	a.Place = exchange.Place{Channel: "c", Epoch: "e", Number: n}
	a.Line = exchange.Line{First: a.ID}
	return a
}
