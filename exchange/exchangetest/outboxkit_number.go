package exchangetest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
)

func (t *outboxTest) number(channel string, now time.Time) envelope.Sequence {
	t.Helper()
	s, err := t.o.Number(t.ctx, channel, now)
	if err != nil {
		t.Fatalf("number: %v", err)
	}
	return s
}

// burn makes numbers of channelA void.
func (t *outboxTest) burn(epoch string, numbers ...int64) {
	t.Helper()
	t.want("burn", t.o.Burn(t.ctx, channelA, epoch, numbers...), nil)
}

func (t *outboxTest) restart() {
	t.Helper()
	if t.h.Reopen != nil {
		t.o = t.h.Reopen(t.T, t.o)
	}
}

// numbered is parcel n with a number of channelA.
func numbered(n int, to envelope.Party, epoch string, number int64) exchange.Parcel {
	p := testParcel(n, to)
	p.Channel, p.Epoch, p.Number = channelA, epoch, number
	return p
}

// void wants the next number of channelA to say that these are void.
func (t *outboxTest) void(what string, now time.Time, want ...int64) envelope.Sequence {
	t.Helper()
	s := t.number(channelA, now)
	if !slices.Equal(s.Void, want) {
		t.Errorf("%s: void are %v, want %v", what, s.Void, want)
	}
	return s
}

func testNumber(t *outboxTest) {
	first := t.number(channelA, storeNow)
	if len(first.Epoch) != 22 || first.Number != 1 || len(first.Void) != 0 {
		t.Fatalf("the first number is %+v", first)
	}
	other := t.number(channelB, storeNow)
	if other.Number != 1 || other.Epoch == first.Epoch {
		t.Errorf("the first number of another channel is %+v, beside %+v", other, first)
	}
	for want := int64(2); want <= 5; want++ {
		if want == 4 {
			t.restart()
		}
		if s := t.number(channelA, storeNow.Add(-time.Hour)); s.Number != want || s.Epoch != first.Epoch {
			t.Errorf("got %+v, want number %d of the same epoch", s, want)
		}
	}
	if s := t.number(channelB, storeNow); s.Number != 2 || s.Epoch != other.Epoch {
		t.Errorf("the second number of another channel is %+v", s)
	}
}

func testNumberRace(t *outboxTest) {
	taken := make([]envelope.Sequence, 64)
	for i, err := range workers(len(taken), func(i int) (err error) {
		channel := channelA
		if i%4 == 0 {
			channel = channelB
		}
		taken[i], err = t.o.Number(t.ctx, channel, storeNow)
		return err
	}) {
		t.want(fmt.Sprint("number ", i), err, nil)
	}
	seen := map[string][]int64{}
	for _, s := range taken {
		seen[s.Epoch] = append(seen[s.Epoch], s.Number)
	}
	if len(seen) != 2 {
		t.Errorf("two channels have %d epochs", len(seen))
	}
	for _, numbers := range seen {
		slices.Sort(numbers)
		for i, n := range numbers {
			if n != int64(i)+1 {
				t.Fatalf("taken at once: %v", numbers)
			}
		}
	}
}

func testPutNumbered(t *outboxTest) {
	s := t.number(channelA, storeNow)
	t.put(numbered(1, recipientA, s.Epoch, s.Number), numbered(1, recipientB, s.Epoch, s.Number)) // one number
	t.put(numbered(1, recipientA, s.Epoch, s.Number), numbered(1, recipientB, s.Epoch, s.Number)) // again
	fenced := func(what string, p exchange.Parcel) {
		t.Helper()
		t.want("put of "+what, t.o.Put(t.ctx, p), exchange.ErrFenced)
		if t.parcel(2, recipientA) != nil {
			t.Errorf("%s is in the outbox", what)
		}
	}
	fenced("what has another envelope's number", numbered(2, recipientA, s.Epoch, s.Number))
	fenced("a number that nobody took", numbered(2, recipientA, s.Epoch, 2))
	fenced("no number of the epoch", numbered(2, recipientA, s.Epoch, 0))
	two := t.number(channelA, storeNow)
	fenced("a number of another epoch", numbered(2, recipientA, epoch("other"), two.Number))
	elsewhere := numbered(2, recipientA, two.Epoch, two.Number)
	elsewhere.Channel = channelB
	fenced("a number of another channel", elsewhere)
	t.burn(two.Epoch, two.Number)
	fenced("a void number", numbered(2, recipientA, two.Epoch, two.Number))
	t.restart()
	fenced("a void number", numbered(2, recipientA, two.Epoch, two.Number))
	t.put(testParcel(2, recipientA)) // without a number
	t.burn(s.Epoch, s.Number)        // as when what was posted is cancelled
	t.put(numbered(1, recipientA, s.Epoch, s.Number))
	if t.parcel(1, recipientA) == nil || t.parcel(1, recipientB) == nil {
		t.Error("what was posted is not there")
	}
}

func testPutNumberedAll(t *outboxTest) {
	one, two, three := t.number(channelA, storeNow), t.number(channelA, storeNow), t.number(channelA, storeNow)
	t.burn(two.Epoch, two.Number)
	good, bad := numbered(1, recipientA, one.Epoch, one.Number), numbered(2, recipientA, two.Epoch, two.Number)
	last := numbered(3, recipientB, three.Epoch, three.Number)
	t.want("put with a void number", t.o.Put(t.ctx, good, bad, last), exchange.ErrFenced)
	t.put(testParcel(4, recipientA))
	other := testParcel(4, recipientA)
	other.Digest = envelopetest.Digest("other")
	t.want("put with a conflict", t.o.Put(t.ctx, good, other, last), exchange.ErrConflict)
	for n, to := range map[int]envelope.Party{1: recipientA, 2: recipientA, 3: recipientB} {
		if t.parcel(n, to) != nil {
			t.Errorf("parcel %d was put beside one that was refused", n)
		}
	}
	t.put(good, last, testParcel(5, recipientA)) // their numbers are not used up
	t.void("after all were posted but one", storeNow.Add(2*exchange.NumberLease), two.Number)
}

func testNumberLease(t *outboxTest) {
	posted, left, late := t.number(channelA, storeNow), t.number(channelA, storeNow), t.number(channelA, storeNow.Add(time.Second))
	t.put(numbered(1, recipientA, posted.Epoch, posted.Number))
	t.restart()
	end := storeNow.Add(exchange.NumberLease)
	t.void("before the lease's end", end.Add(-time.Microsecond))
	t.void("at the lease's end", end, left.Number)
	t.want("put of what came too late", t.o.Put(t.ctx, numbered(2, recipientA, left.Epoch, left.Number)), exchange.ErrFenced)
	t.put(numbered(3, recipientA, late.Epoch, late.Number))
	t.restart()
	t.void("after the others' lease", end.Add(time.Hour), left.Number, late.Number+1, late.Number+2)
}

func testBurn(t *outboxTest) {
	t.burn(epoch("other"), 1) // of a channel that nobody knows
	s := t.number(channelA, storeNow)
	if s.Number != 1 || len(s.Void) != 0 {
		t.Errorf("the first number is %+v", s)
	}
	for range 4 {
		t.number(channelA, storeNow)
	}
	t.burn(s.Epoch, 4, 2)
	t.burn(s.Epoch, 2, 3)
	t.burn(s.Epoch)
	t.burn(s.Epoch, 0, -1, 6, 1<<53-1) // nobody took them
	t.burn(epoch("other"), 5)
	t.restart()
	if six := t.void("burned", storeNow, 2, 3, 4); six.Number != 6 || six.Epoch != s.Epoch {
		t.Errorf("the number is %+v", six)
	}
	if other := t.number(channelB, storeNow); len(other.Void) != 0 {
		t.Errorf("void in another channel: %v", other.Void)
	}
}

func testManyVoid(t *outboxTest) {
	var all []int64
	s := t.number(channelA, storeNow)
	for n := int64(1); n <= 70; n++ {
		all = append(all, n)
		t.number(channelA, storeNow)
	}
	t.burn(s.Epoch, all[40:]...)
	t.void("30 are burned", storeNow, all[40:]...)
	t.burn(s.Epoch, all[:40]...)
	t.void("70 are burned", storeNow, all[6:]...)
	t.burn(s.Epoch, 1) // is known to all by now
	t.void("the lowest is burned again", storeNow, all[6:]...)
}

func testRenumber(t *outboxTest) {
	s, other := t.number(channelA, storeNow), t.number(channelB, storeNow)
	t.number(channelA, storeNow)
	t.put(numbered(1, recipientA, s.Epoch, s.Number))
	t.want("renumber", t.o.Renumber(t.ctx), nil)
	t.restart()
	next := t.number(channelA, storeNow.Add(time.Hour))
	if next.Number != 1 || next.Epoch == s.Epoch || len(next.Void) != 0 {
		t.Errorf("after it was renumbered the first number is %+v", next)
	}
	if b := t.number(channelB, storeNow); b.Number != 1 || b.Epoch == other.Epoch {
		t.Errorf("after it was renumbered the first number of another channel is %+v", b)
	}
	t.want("put of a number from before", t.o.Put(t.ctx, numbered(2, recipientA, s.Epoch, 2)), exchange.ErrFenced)
	t.put(numbered(1, recipientA, s.Epoch, s.Number)) // was posted before
	if p := t.parcel(1, recipientA); p == nil || p.Epoch != s.Epoch {
		t.Errorf("what was posted before is %+v", p)
	}
}

// What a parcel says of its channel and line comes back wherever it is listed.
func testParcelPlace(t *outboxTest) {
	s := t.number(channelA, storeNow)
	want := numbered(1, recipientA, s.Epoch, s.Number)
	want.Line = exchange.Line{First: testKey(9).ID, Revision: 3}
	want.Root, want.Body, want.Upload = strings.Repeat("r", 43), 1<<33, strings.Repeat("u", 43)
	t.put(want)
	check := func(where string, p *exchange.Parcel) {
		t.Helper()
		if p == nil || !same(*p, want) {
			t.Errorf("%s it is %+v, want %+v", where, p, want)
		}
	}
	for _, round := range []string{"", "after a restart, "} {
		check(round+"by itself", t.parcel(1, recipientA))
		for where, list := range map[string]func() ([]exchange.Parcel, error){
			"listed":  func() ([]exchange.Parcel, error) { return t.o.Parcels(t.ctx, exchange.Sent{}, 9) },
			"due":     func() ([]exchange.Parcel, error) { return t.o.Due(t.ctx, recipientA, storeNow.Add(time.Hour), 9) },
			"overdue": func() ([]exchange.Parcel, error) { return t.o.Overdue(t.ctx, storeNow.Add(time.Hour), 9) },
		} {
			if got, err := list(); err != nil || len(got) != 1 {
				t.Errorf("%s: %v, %v", where, got, err)
			} else {
				check(round+where, &got[0])
			}
		}
		t.restart()
	}
	p := *t.parcel(1, recipientA)
	p.Channel, p.Line, p.Epoch, p.Number = channelB, exchange.Line{}, epoch("other"), 7
	p.Root, p.Body, p.Upload = "", 1, "x"
	t.want("update", t.o.Update(t.ctx, p), nil)
	check("changed", t.parcel(1, recipientA))
}

func testOutboxMarks(t *outboxTest) {
	check := func(what string, want exchange.Marks) {
		t.Helper()
		m, err := t.o.Marks(t.ctx)
		if err != nil || m.Directory != want.Directory || m.DirectoryDigest != want.DirectoryDigest || m.Party != want.Party || !m.Clock.Equal(want.Clock) {
			t.Errorf("after %s the marks are %+v, %v; want %+v", what, m, err, want)
		}
	}
	raise := func(m exchange.Marks) { t.Helper(); t.want("raise", t.o.Raise(t.ctx, m), nil) }
	check("nothing", exchange.Marks{})
	raise(exchange.Marks{Directory: 3, DirectoryDigest: "three", Party: "kpu/sirekap"})
	raise(exchange.Marks{Directory: 2, DirectoryDigest: "two", Party: "kpu/sipol", Clock: storeNow})
	raise(exchange.Marks{Directory: 3, DirectoryDigest: "other", Clock: storeNow.Add(-time.Hour)})
	raise(exchange.Marks{})
	t.restart()
	check("an older directory", exchange.Marks{Directory: 3, DirectoryDigest: "three", Party: "kpu/sirekap", Clock: storeNow})
	raise(exchange.Marks{Directory: 4, DirectoryDigest: "four"})
	check("a newer one", exchange.Marks{Directory: 4, DirectoryDigest: "four", Party: "kpu/sirekap", Clock: storeNow})
}

// Numbers are taken and posted at once, beside puts that are refused.
func testPostRace(t *outboxTest) {
	const n = 48
	taken := make([]envelope.Sequence, n)
	errs := workers(n, func(i int) (err error) {
		if taken[i], err = t.o.Number(t.ctx, channelA, storeNow); err != nil {
			return err
		}
		number := taken[i].Number
		if i%3 == 0 {
			number += n // nobody's
		}
		return t.o.Put(t.ctx, numbered(i, recipientA, taken[i].Epoch, number), numbered(i, recipientB, taken[i].Epoch, number))
	})
	var void []int64
	for i, err := range errs {
		a, b := t.parcel(i, recipientA), t.parcel(i, recipientB)
		switch {
		case i%3 == 0:
			t.want(fmt.Sprint("put of nobody's number ", i), err, exchange.ErrFenced)
			void = append(void, taken[i].Number)
			if a != nil || b != nil {
				t.Errorf("parcel %d is there", i)
			}
		case err != nil || a == nil || b == nil || a.Number != taken[i].Number || b.Number != a.Number || !bytes.Equal(a.File, testParcel(i, recipientA).File):
			t.Errorf("put %d: %v, %+v", i, err, a)
		}
	}
	slices.Sort(void)
	t.void("what was not posted", storeNow.Add(exchange.NumberLease), void...)
}
