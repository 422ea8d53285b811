package exchangetest

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
)

var (
	channelA = envelopetest.Digest("channel a")
	channelB = envelopetest.Digest("channel b")
)

// testRevision is key n as a revision of the line that begins with key first.
func testRevision(n, first int, revision int64) exchange.Admission {
	a := testAdmitted(n, "")
	a.Place.Channel = channelA
	a.Line = exchange.Line{First: testKey(first).ID, Revision: revision}
	a.LineUntil = storeNow.Add(96 * time.Hour)
	return a
}

func (t *storeTest) admit(a exchange.Admission, at time.Time) (exchange.Claim, error) {
	return t.s.Claim(t.ctx, a, at, storeLease)
}

func (t *storeTest) mustAdmit(a exchange.Admission, at time.Time) exchange.Claim {
	t.Helper()
	c, err := t.admit(a, at)
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	return c
}

// restart reopens the store, if it outlives its process.
func (t *storeTest) restart() {
	t.Helper()
	if t.h.Reopen != nil {
		t.s = t.h.Reopen(t.T, t.s)
	}
}

func testLines(t *storeTest) {
	later := storeNow.Add(time.Hour)
	for i, end := range []struct {
		what string
		do   func(c exchange.Claim)
	}{
		{"settled", func(c exchange.Claim) { t.want("settle", t.s.Settle(t.ctx, c, testSettled("b")), nil) }},
		{"released", func(c exchange.Claim) { t.want("release", t.s.Release(t.ctx, c), nil) }},
		{"left by a crash", func(exchange.Claim) { t.restart() }},
	} {
		a, b, c := 10*i+1, 10*i+2, 10*i+3
		end.do(t.mustAdmit(testRevision(b, a, 1), storeNow))
		superseded := func(what string, adm exchange.Admission) {
			t.Helper()
			_, err := t.admit(adm, later)
			t.want(what+", the later one "+end.what, err, exchange.ErrSuperseded)
		}
		superseded("the first revision", testRevision(a, a, 0))
		superseded("an equal revision", testRevision(10*i+4, a, 1))
		if t.row(a) != nil || t.row(10*i+4) != nil {
			t.Error("a superseded envelope has a row")
		}
		own := t.mustAdmit(testRevision(10*i+5, a, 4), later) // revisions are skipped
		t.want("release", t.s.Release(t.ctx, own), nil)
		for r := range int64(4) {
			superseded("an earlier revision", testRevision(10*i+6, a, r))
		}
		if _, err := t.admit(testRevision(b, a, 1), later); err == nil {
			t.Errorf("a revision that was %s and is superseded was claimed again", end.what)
		}
		for range 2 {
			own = t.mustAdmit(testRevision(10*i+5, a, 4), later) // its own claim, again
			t.want("release", t.s.Release(t.ctx, own), nil)
		}
		t.restart()
		superseded("the first revision", testRevision(c, a, 0))
	}
}

func testLineTakesOver(t *storeTest) {
	a := t.mustAdmit(testRevision(1, 1, 0), storeNow)
	_, err := t.admit(testRevision(2, 1, 1), a.Until.Add(-time.Microsecond))
	t.want("a correction while the first is worked on", err, exchange.ErrBusy)
	a, err = t.s.Renew(t.ctx, a, storeNow.Add(time.Second), storeLease)
	t.want("renew", err, nil)
	_, err = t.admit(testRevision(2, 1, 1), a.Until.Add(-time.Microsecond))
	t.want("a correction while the lease is renewed", err, exchange.ErrBusy)
	if t.row(2) != nil {
		t.Error("a claim that was refused left a row")
	}
	b := t.mustAdmit(testRevision(2, 1, 1), a.Until)
	over := func(what string, c exchange.Claim) {
		t.Helper()
		_, err := t.s.Renew(t.ctx, c, storeNow, storeLease)
		t.want("renew of "+what, err, exchange.ErrFenced)
		t.want("release of "+what, t.s.Release(t.ctx, c), exchange.ErrFenced)
		t.want("settle of "+what, t.s.Settle(t.ctx, c, testSettled("old")), exchange.ErrFenced)
	}
	over("the first", a)
	t.restart()
	over("the first", a)
	if row := t.row(1); row == nil || row.Settlement != nil || !row.LeaseUntil.IsZero() || !row.Superseded || row.Fence != a.Fence {
		t.Errorf("the row of the first is %+v", row)
	}
	_, err = t.admit(testRevision(3, 1, 2), b.Until.Add(-time.Microsecond))
	t.want("a second correction while the first one is worked on", err, exchange.ErrBusy)
	c := t.mustAdmit(testRevision(3, 1, 2), b.Until)
	over("the first correction", b)
	t.want("settle of the last", t.s.Settle(t.ctx, c, testSettled("new")), nil)
	for n, revision := range map[int]int64{1: 0, 2: 1} { // refused for good, with a receipt
		_, err := t.s.Tombstone(t.ctx, testRevision(n, 1, revision), testSettled("late"), c.Until)
		t.want("tombstone of an earlier one", err, nil)
		_, err = t.admit(testRevision(n, 1, revision), c.Until)
		t.want("claim of a settled one", err, exchange.ErrSettled)
	}
	t.mustAdmit(testRevision(11, 11, 0), storeNow.AddDate(0, 0, 20)) // by a clock that was wrong
	t.mustAdmit(testRevision(12, 11, 1), storeNow)
}

func testLineSettled(t *storeTest) {
	a := t.mustAdmit(testRevision(1, 1, 0), storeNow)
	t.want("settle", t.s.Settle(t.ctx, a, testSettled("a")), nil)
	t.mustAdmit(testRevision(2, 1, 1), storeNow)
	if row := t.row(1); row.Settlement == nil || string(row.Settlement.Receipt) != "receipt a" || row.Superseded {
		t.Errorf("a correction changed what was settled: %+v", row)
	}
	_, err := t.admit(testRevision(1, 1, 0), storeNow)
	t.want("a repeat of what was settled before it was corrected", err, exchange.ErrSettled)
}

func testLinesApart(t *storeTest) {
	elsewhere := testRevision(1, 1, 0)
	elsewhere.Place.Channel = channelB
	held := t.mustAdmit(elsewhere, storeNow)
	t.mustAdmit(testRevision(2, 1, 1), storeNow) // names an envelope of another channel
	t.mustAdmit(testRevision(3, 1, 2), storeNow.Add(storeLease))
	_, err := t.s.Renew(t.ctx, held, storeNow.Add(storeLease), storeLease)
	t.want("renew in another channel", err, nil)
	t.want("release in another channel", t.s.Release(t.ctx, held), nil)
	t.mustAdmit(elsewhere, storeNow)
	stranger := testRevision(1, 1, 0)
	stranger.Sender = "kpu/sipol"
	t.mustAdmit(stranger, storeNow)
	t.mustAdmit(testRevision(4, 4, 0), storeNow) // another line
	other := testRevision(5, 1, 1)               // the same line, in the other channel
	other.Place.Channel = channelB
	_, err = t.admit(other, storeNow)
	t.want("a correction in the other channel", err, exchange.ErrBusy)
	t.mustAdmit(other, storeNow.Add(storeLease))
}

func testLineTombstone(t *storeTest) {
	_, err := t.s.Tombstone(t.ctx, testRevision(3, 1, 2), testSettled("c"), storeNow)
	t.want("tombstone", err, nil)
	a := t.mustAdmit(testRevision(1, 1, 0), storeNow)
	t.want("release", t.s.Release(t.ctx, a), nil)
	b := t.mustAdmit(testRevision(2, 1, 1), storeNow)
	_, err = t.s.Tombstone(t.ctx, testRevision(4, 1, 3), testSettled("d"), storeNow)
	t.want("tombstone", err, nil)
	t.want("settle after a tombstone of a later revision", t.s.Settle(t.ctx, b, testSettled("b")), nil)
}

func testLinePurge(t *storeTest) {
	first := testRevision(1, 1, 0)
	first.KeepUntil = first.LineUntil.Add(time.Hour)
	until := first.LineUntil
	a := t.mustAdmit(first, storeNow)
	t.want("release", t.s.Release(t.ctx, a), nil)
	b := t.mustAdmit(testRevision(2, 1, 1), storeNow)
	t.want("settle", t.s.Settle(t.ctx, b, testSettled("b")), nil)
	sooner := testRevision(3, 1, 2)
	sooner.LineUntil = storeNow.Add(time.Hour)
	c := t.mustAdmit(sooner, storeNow)
	t.want("settle", t.s.Settle(t.ctx, c, testSettled("c")), nil)
	purge := func(at time.Time) {
		t.Helper()
		if _, err := t.s.Purge(t.ctx, at); err != nil {
			t.Errorf("purge: %v", err)
		}
	}
	purge(until.Add(-time.Microsecond))
	earlier := testRevision(4, 1, 1)
	earlier.KeepUntil = until // as that of every earlier revision is, at most
	_, err := t.admit(earlier, storeNow)
	t.want("before the line is forgotten", err, exchange.ErrSuperseded)
	purge(until)
	t.restart()
	// What was superseded is never claimed, whatever its line.
	_, err = t.admit(first, storeNow)
	t.want("what was superseded and never settled", err, exchange.ErrSuperseded)
	purge(first.KeepUntil)
	_, err = t.admit(first, storeNow)
	t.want("what was superseded and purged", err, exchange.ErrPurged)
	_, err = t.admit(earlier, storeNow)
	t.want("an earlier revision, once its line is forgotten", err, exchange.ErrPurged)
	earlier.KeepUntil = first.KeepUntil.Add(time.Microsecond)
	t.mustAdmit(earlier, storeNow) // the line is really forgotten
}

// testLineHead: what makes a revision the latest is kept, also if there was nothing
// to look at: the same revision, admitted again by one that keeps its line longer.
func testLineHead(t *storeTest) {
	a := testRevision(2, 1, 1)
	c := t.mustAdmit(a, storeNow)
	t.want("release", t.s.Release(t.ctx, c), nil)
	a.LineUntil = a.LineUntil.Add(time.Hour)
	t.mustAdmit(a, storeNow)
	if _, err := t.s.Purge(t.ctx, a.LineUntil.Add(-time.Microsecond)); err != nil {
		t.Errorf("purge: %v", err)
	}
	t.restart()
	earlier := testRevision(3, 1, 0)
	earlier.KeepUntil = a.LineUntil.Add(time.Hour)
	_, err := t.admit(earlier, storeNow)
	t.want("an earlier revision", err, exchange.ErrSuperseded)
}

func testLineRace(t *storeTest) {
	var mu sync.Mutex
	var order []int64
	const revisions = 16
	for i, err := range workers(revisions, func(i int) error {
		for {
			c, err := t.admit(testRevision(i+1, 1, int64(i)), storeNow)
			switch {
			case errors.Is(err, exchange.ErrBusy): // another revision is worked on
				runtime.Gosched()
				continue
			case errors.Is(err, exchange.ErrSuperseded):
				return nil
			case err != nil:
				return err
			}
			mu.Lock()
			order = append(order, int64(i)) // nobody else can be admitted meanwhile
			mu.Unlock()
			return t.s.Settle(t.ctx, c, testSettled("x"))
		}
	}) {
		t.want("revision "+testKey(i).ID, err, nil)
	}
	if !slices.IsSorted(order) || len(order) == 0 || order[len(order)-1] != revisions-1 {
		t.Errorf("admitted in the order %v", order)
	}
}
