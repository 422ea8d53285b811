package exchange_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// naive is what Arrivals should be, without bounds: a set of numbers by epoch.
type naive map[string]map[int64]bool

func (n naive) add(epoch string, numbers ...int64) {
	if n[epoch] == nil {
		n[epoch] = map[int64]bool{}
	}
	for _, number := range numbers {
		n[epoch][number] = true
	}
}

func (n naive) missing(epoch string) (out []exchange.Range) {
	top := int64(0)
	for number := range n[epoch] {
		top = max(top, number)
	}
	for number := int64(1); number <= top; number++ {
		switch last := len(out) - 1; {
		case n[epoch][number]:
		case last >= 0 && out[last].To == number-1:
			out[last].To = number
		default:
			out = append(out, exchange.Range{From: number, To: number})
		}
	}
	return out[:min(64, len(out))]
}

// sound wants runs that ascend with a gap between any two of them.
func sound(t *testing.T, a exchange.Arrivals) {
	t.Helper()
	if len(a) > 4 {
		t.Fatalf("%d epochs", len(a))
	}
	for _, e := range a {
		if len(e.Seen) > 256 {
			t.Fatalf("%d runs", len(e.Seen))
		}
		for i, r := range e.Seen {
			if r.From < 1 || r.To < r.From || i > 0 && r.From < e.Seen[i-1].To+2 {
				t.Fatalf("the runs are %v", e.Seen)
			}
		}
	}
}

func agree(t *testing.T, a exchange.Arrivals, want naive, epochs ...string) {
	t.Helper()
	sound(t, a)
	for _, epoch := range epochs {
		if got := a.Missing(epoch); !slices.Equal(got, want.missing(epoch)) {
			t.Fatalf("missing in %s: %v, want %v", epoch, got, want.missing(epoch))
		}
	}
}

func TestArrivalsAreASet(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	epochs := []string{"a", "b", "c", "d"}
	for range 200 {
		var a exchange.Arrivals
		want := naive{}
		top := rng.Int64N(40) + 1
		for range rng.IntN(60) {
			epoch := epochs[rng.IntN(len(epochs))]
			number := rng.Int64N(top) + 1
			var void []int64
			for range rng.IntN(4) {
				void = append(void, rng.Int64N(top)+1)
			}
			before := fmt.Sprint(a)
			next := a.Add(exchange.Place{Epoch: epoch, Number: number}, void)
			if fmt.Sprint(a) != before {
				t.Fatalf("adding %d and %v changed what it was added to: %v", number, void, a)
			}
			a = next
			want.add(epoch, append(void, number)...)
		}
		agree(t, a, want, epochs...)
	}
}

func FuzzArrivals(f *testing.F) {
	f.Add([]byte{5, 1, 2, 4, 3, 0})
	f.Add([]byte{0x82, 1, 0x84, 3, 200, 9})
	f.Fuzz(func(t *testing.T, steps []byte) {
		if len(steps) > 300 {
			return
		}
		var a exchange.Arrivals
		want := naive{}
		for i := 0; i+1 < len(steps); i += 2 {
			epoch, number := string('a'+rune(steps[i]>>6)), int64(steps[i]&63)+1
			var void []int64
			if steps[i+1] > 0 {
				void = []int64{int64(steps[i+1])}
			}
			a = a.Add(exchange.Place{Epoch: epoch, Number: number}, void)
			want.add(epoch, append(void, number)...)
		}
		agree(t, a, want, "a", "b", "c", "d", "e")
	})
}

func TestArrivalsAreBounded(t *testing.T) {
	var a exchange.Arrivals
	add := func(epoch string, number int64, void ...int64) {
		t.Helper()
		a = a.Add(exchange.Place{Epoch: epoch, Number: number}, void)
		sound(t, a)
	}
	const most = 256
	for n := int64(1); n <= most; n++ {
		add("a", 2*n)
	}
	if first := a.Missing("a")[0]; first != (exchange.Range{From: 1, To: 1}) {
		t.Errorf("with %d runs the first gap is %v", most, first)
	}
	add("a", 2*most+2)
	if got := a.Missing("a"); got[0] != (exchange.Range{From: 1, To: 1}) || got[1] != (exchange.Range{From: 5, To: 5}) || len(got) != 64 {
		t.Errorf("with one run more the gaps are %v", got[:2])
	}
	add("a", 2*most+9, 2*most+5, 2*most+7) // three more at once
	if got := a.Missing("a"); got[1] != (exchange.Range{From: 11, To: 11}) {
		t.Errorf("with three runs more the gaps are %v", got[:2])
	}
	add("a", 3) // in what is taken for closed
	if got := a.Missing("a"); got[1] != (exchange.Range{From: 11, To: 11}) {
		t.Errorf("a late number opened a gap: %v", got[:2])
	}
	add("b", 1<<53-1)
	if got := a.Missing("b"); !slices.Equal(got, []exchange.Range{{From: 1, To: 1<<53 - 2}}) {
		t.Errorf("below the highest number there is: %v", got)
	}
	add("c", 2)
	add("d", 2)
	add("a", 4) // heard of again: now b was not heard of for longest
	add("e", 2)
	if got := a.Missing("b"); got != nil {
		t.Errorf("five epochs are known: %v", got)
	}
	for _, epoch := range []string{"a", "c", "d", "e"} {
		if a.Missing(epoch) == nil {
			t.Errorf("epoch %s is forgotten", epoch)
		}
	}
}

func TestChannelOf(t *testing.T) {
	base := exchange.ChannelOf("kpu/sipol", "sipol/kepengurusan", []envelope.Party{"ahu/badan-hukum", "bawaslu/pengawasan"})
	if want := "rFPP6z6t6IrTzFHaFIinj83J1VJ8J9IE9kNnL2Byl54"; base != want {
		t.Errorf("the name is %q", base)
	}
	if other := exchange.ChannelOf("kpu/sipol", "sipol/kepengurusan", []envelope.Party{"bawaslu/pengawasan", "ahu/badan-hukum"}); other != base {
		t.Error("the order of the recipients makes another channel")
	}
	to := []envelope.Party{"bawaslu/pengawasan", "ahu/badan-hukum"}
	exchange.ChannelOf("kpu/sipol", "x/y", to)
	if to[0] != "bawaslu/pengawasan" {
		t.Error("the caller's recipients were sorted")
	}
	for name, other := range map[string]string{
		"sender":        exchange.ChannelOf("kpu/sirekap", "sipol/kepengurusan", to),
		"dataset":       exchange.ChannelOf("kpu/sipol", "sipol/kepengurusan-2", to),
		"one recipient": exchange.ChannelOf("kpu/sipol", "sipol/kepengurusan", to[:1]),
		"more":          exchange.ChannelOf("kpu/sipol", "sipol/kepengurusan", append(to, "kominfo/jaringan")),
	} {
		if other == base {
			t.Errorf("another %s, the same channel", name)
		}
	}
}

func TestNumbersGoTheirWay(t *testing.T) {
	now := time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	var nobody *exchange.Numbers
	if nobody.Posts("e", 1) {
		t.Error("a number of no channel may be posted")
	}
	var n exchange.Numbers
	first := n.Take(now)
	n.Take(now)
	if !n.Posts(first.Epoch, 1) || !n.Posts(first.Epoch, 2) || n.Posts(first.Epoch, 3) || n.Posts(first.Epoch, 0) || n.Posts("", 1) {
		t.Errorf("of two that were taken others may be posted: %+v", n)
	}
	if err := n.Post(first.Epoch, 3); !errors.Is(err, exchange.ErrFenced) || n.Last != 2 || len(n.Taken) != 2 {
		t.Errorf("post of nobody's number: %v, %+v", err, n)
	}
	if err := n.Post(first.Epoch, 1); err != nil || n.Posts(first.Epoch, 1) {
		t.Errorf("post: %v, %+v", err, n)
	}
	n.Burn(first.Epoch, 2)
	third := n.Take(now)
	if n.Posts(first.Epoch, 2) || !slices.Equal(third.Void, []int64{2}) {
		t.Errorf("a burned number: %+v", n)
	}
	third.Void[0] = 7
	if n.Void[0] != 2 {
		t.Error("what was handed out is what is kept")
	}
	n.Take(now.Add(exchange.NumberLease - time.Microsecond))
	if !n.Posts(first.Epoch, 3) {
		t.Error("void before its lease ended")
	}
	if fifth := n.Take(now.Add(exchange.NumberLease)); !slices.Equal(fifth.Void, []int64{2, 3}) || n.Posts(first.Epoch, 3) {
		t.Errorf("at the end of the third one's lease: %+v", n)
	}
	if last := n.Take(now.Add(time.Hour)); !slices.Equal(last.Void, []int64{2, 3, 4, 5}) || last.Number != 6 {
		t.Errorf("after all leases: %+v", last)
	}
}

// TestNumberOfAWrongClock: a number that was taken by a clock far ahead waits for
// nobody.
func TestNumberOfAWrongClock(t *testing.T) {
	now := time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		ahead time.Duration
		void  []int64
	}{
		"within the skew": {envelope.MaxSkew, nil},
		"beyond it":       {envelope.MaxSkew + time.Microsecond, []int64{1}},
	} {
		var n exchange.Numbers
		n.Take(now.Add(tc.ahead))
		if got := n.Take(now).Void; !slices.Equal(got, tc.void) {
			t.Errorf("%s: void %v, want %v", name, got, tc.void)
		}
	}
}
