package exchangetest

import (
	"bytes"
	"context"
	"time"

	"github.com/segel-id/segel/exchange"
)

func testPurge(t *storeTest) {
	settled := t.mustClaim(1, storeNow)
	t.want("settle", t.s.Settle(t.ctx, settled, testSettled("a")), nil)
	t.mustClaim(2, storeNow) // claimed, lease long over
	released := t.mustClaim(3, storeNow)
	t.want("release", t.s.Release(t.ctx, released), nil)
	_, err := t.s.Tombstone(t.ctx, testAdmitted(4, ""), testSettled("d"), storeNow)
	t.want("tombstone", err, nil)
	before := t.marks()
	keep := testAdmitted(1, "").KeepUntil
	purge := func(at time.Time, want int) {
		t.Helper()
		if n, err := t.s.Purge(t.ctx, at); n != want || err != nil {
			t.Errorf("purge removed %d, %v; want %d", n, err, want)
		}
	}
	purge(storeNow, 0)
	purge(keep.Add(-time.Microsecond), 0)
	purge(keep, 2)
	purge(keep.AddDate(100, 0, 0), 0)
	for n, want := range map[int]bool{1: false, 2: true, 3: true, 4: false} {
		if got := t.row(n) != nil; got != want {
			t.Errorf("row %d kept: %v, want %v", n, got, want)
		}
	}
	if after := t.marks(); !after.Clock.Equal(before.Clock) {
		t.Errorf("purge moved the clock mark from %v to %v", before.Clock, after.Clock)
	}
}

func testForGood(t *storeTest) {
	a := testAdmitted(1, "")
	a.KeepUntil = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	_, err := t.s.Tombstone(t.ctx, a, testSettled("a"), storeNow)
	t.want("tombstone", err, nil)
	if n, err := t.s.Purge(t.ctx, storeNow.AddDate(1000, 0, 0)); n != 0 || err != nil {
		t.Errorf("purge removed %d, %v", n, err)
	}
	if row := t.row(1); row == nil || !row.KeepUntil.Equal(a.KeepUntil) {
		t.Errorf("row is %+v", row)
	}
}

// A wrong clock purges, and is set right again.
func testPurged(t *storeTest) {
	until := func(n int, keep time.Time) exchange.Admission {
		a := testAdmitted(n, "")
		a.KeepUntil = keep
		return a
	}
	purged := storeNow.AddDate(0, 1, 0)
	for n, keep := range map[int]time.Time{1: purged.Add(-time.Hour), 2: purged, 3: purged.Add(time.Microsecond), 4: purged} {
		c := t.mustAdmit(until(n, keep), storeNow)
		if n == 4 {
			t.want("release", t.s.Release(t.ctx, c), nil)
			continue
		}
		t.want("settle", t.s.Settle(t.ctx, c, testSettled("a")), nil)
	}
	if m := t.marks(); !m.Purged.IsZero() {
		t.Errorf("the marks of a store that was never purged: %+v", m)
	}
	for _, at := range []time.Time{purged, storeNow} { // the mark stays
		if _, err := t.s.Purge(t.ctx, at); err != nil {
			t.Errorf("purge: %v", err)
		}
	}
	mark := func(what string) {
		t.Helper()
		if m := t.marks(); !m.Purged.Equal(purged) {
			t.Errorf("%s the purge mark is %v, want %v", what, m.Purged, purged)
		}
	}
	mark("after two purges")
	t.want("raise", t.s.Raise(t.ctx, exchange.Marks{Clock: storeNow, Purged: storeNow}), nil)
	mark("after an earlier one was raised")
	t.want("acknowledge", t.s.Acknowledge(t.ctx, storeNow), nil)
	mark("after an acknowledgement")
	t.restart()
	mark("after a restart")

	refused := func(what string, a exchange.Admission) {
		t.Helper()
		_, err := t.admit(a, storeNow)
		t.want("claim of "+what, err, exchange.ErrPurged)
		_, err = t.s.Tombstone(t.ctx, a, testSettled("b"), storeNow)
		t.want("tombstone for "+what, err, exchange.ErrPurged)
		if row, _, err := t.s.Lookup(t.ctx, a.Key); row != nil || err != nil {
			t.Errorf("%s has the row %+v, %v", what, row, err)
		}
	}
	refused("what was purged", until(1, purged.Add(-time.Hour)))
	refused("what was purged at its last instant", until(2, purged))
	refused("what never came and may have been there", until(5, purged))
	_, err := t.admit(until(3, purged.Add(time.Microsecond)), storeNow)
	t.want("claim of what was not purged", err, exchange.ErrSettled)
	t.mustAdmit(until(4, purged), storeNow) // it was never settled
	t.mustAdmit(until(6, purged.Add(time.Microsecond)), storeNow)
	_, err = t.s.Tombstone(t.ctx, until(7, purged.Add(time.Microsecond)), testSettled("b"), storeNow)
	t.want("tombstone for what cannot have been purged", err, nil)

	later := purged.AddDate(0, 1, 0)
	if n, err := t.s.Purge(t.ctx, later); n != 2 || err != nil {
		t.Errorf("purge removed %d, %v", n, err)
	}
	refused("what a later purge may have removed", until(8, later))
	if _, err := t.s.Purge(t.ctx, later.Add(time.Hour)); err != nil { // nothing is left
		t.Errorf("purge: %v", err)
	}
	refused("what a purge of nothing may have removed", until(8, later.Add(time.Hour)))
	_, err = t.s.Tombstone(t.ctx, until(9, time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)), testSettled("b"), storeNow)
	t.want("tombstone for good", err, nil)
}

func testParty(t *storeTest) {
	for _, m := range []exchange.Marks{{Clock: storeNow}, {Party: "ahu/badan-hukum"}, {Party: "bawaslu/pengawasan", Directory: 1, DirectoryDigest: "one"}, {}} {
		t.want("raise", t.s.Raise(t.ctx, m), nil)
	}
	t.want("acknowledge", t.s.Acknowledge(t.ctx, storeNow.Add(time.Hour)), nil)
	t.mustClaim(1, storeNow.Add(2*time.Hour))
	if t.h.Reopen != nil {
		t.s = t.h.Reopen(t.T, t.s)
	}
	if m := t.marks(); m.Party != "ahu/badan-hukum" || m.Directory != 1 || !m.Clock.Equal(storeNow.Add(2*time.Hour)) {
		t.Errorf("marks are %+v", m)
	}
}

func testMarks(t *storeTest) {
	if m := t.marks(); !m.Clock.IsZero() || m.Directory != 0 || m.DirectoryDigest != "" || m.Party != "" {
		t.Errorf("an empty store has marks %+v", m)
	}
	check := func(what string, clock time.Time, directory int64, digest string) {
		t.Helper()
		if m := t.marks(); !m.Clock.Equal(clock) || m.Directory != directory || m.DirectoryDigest != digest {
			t.Errorf("after %s the marks are %+v", what, m)
		}
	}
	raise := func(m exchange.Marks) { t.Helper(); t.want("raise", t.s.Raise(t.ctx, m), nil) }
	raise(exchange.Marks{Directory: 3, DirectoryDigest: "three"})
	check("a directory", time.Time{}, 3, "three")
	raise(exchange.Marks{Directory: 3, DirectoryDigest: "other"})
	raise(exchange.Marks{Directory: 2, DirectoryDigest: "two"})
	check("an older directory", time.Time{}, 3, "three")
	c := t.mustClaim(1, storeNow)
	check("a claim", storeNow, 3, "three")
	raise(exchange.Marks{Clock: storeNow.Add(-time.Hour), Directory: 4, DirectoryDigest: "four"})
	check("a newer directory and an older clock", storeNow, 4, "four")
	s := testSettled("a")
	t.want("settle", t.s.Settle(t.ctx, c, s), nil)
	check("a settlement", s.At, 4, "four")
	at := s.At.Add(time.Minute)
	_, err := t.s.Tombstone(t.ctx, testAdmitted(2, ""), testSettled("b"), at)
	t.want("tombstone", err, nil)
	check("a tombstone", at, 4, "four")
	_, err = t.claim(1, at.Add(time.Hour))
	t.want("claim", err, exchange.ErrSettled)
	check("a claim that failed", at, 4, "four")
	for _, at := range []time.Time{storeNow.Add(-time.Hour), storeNow.Add(time.Hour)} {
		t.want("acknowledge", t.s.Acknowledge(t.ctx, at), nil)
		check("an acknowledgement", at, 4, "four")
	}
}

func testCopies(t *storeTest) {
	c := t.mustClaim(1, storeNow)
	s := testSettled("a")
	t.want("settle", t.s.Settle(t.ctx, c, s), nil)
	row := t.row(1)
	row.Digest, row.Settlement.Outcome, row.Settlement.Receipt[0] = "", "", 'X'
	if again := t.row(1); again.Digest == "" || again.Settlement.Outcome == "" || !bytes.Equal(again.Settlement.Receipt, s.Receipt) {
		t.Errorf("what a caller did to its row is in the store: %+v", again.Settlement)
	}
}

func testContext(t *storeTest) {
	c := t.mustClaim(1, storeNow)
	ended, cancel := context.WithCancel(t.ctx)
	cancel()
	// Either the context is ignored, or nothing has happened.
	if _, err := t.s.Claim(ended, testAdmitted(2, ""), storeNow, storeLease); err != nil && t.row(2) != nil {
		t.Error("a claim failed and left a row")
	}
	if err := t.s.Settle(ended, c, testSettled("a")); err != nil && t.row(1).Settlement != nil {
		t.Error("a settlement failed and was kept")
	}
	if _, err := t.s.Tombstone(ended, testAdmitted(3, ""), testSettled("a"), storeNow); err != nil && t.row(3) != nil {
		t.Error("a tombstone failed and was kept")
	}
}

func testReopen(t *storeTest) {
	claimed := t.mustClaim(1, storeNow)
	settled := t.mustClaim(2, storeNow)
	t.want("settle", t.s.Settle(t.ctx, settled, testSettled("b")), nil)
	t.want("raise", t.s.Raise(t.ctx, exchange.Marks{Directory: 3, DirectoryDigest: "three"}), nil)
	one, two, marks := t.row(1), t.row(2), t.marks()
	t.s = t.h.Reopen(t.T, t.s)
	for n, before := range map[int]*exchange.Row{1: one, 2: two} {
		row := t.row(n)
		if row == nil || row.Digest != before.Digest || row.Fence != before.Fence || !row.AdmittedAt.Equal(before.AdmittedAt) ||
			!row.KeepUntil.Equal(before.KeepUntil) || !row.LeaseUntil.Equal(before.LeaseUntil) || (row.Settlement == nil) != (before.Settlement == nil) {
			t.Errorf("row %d is %+v, was %+v", n, row, before)
		}
	}
	if row := t.row(2); row != nil && !bytes.Equal(row.Settlement.Receipt, two.Settlement.Receipt) {
		t.Errorf("the receipt is %q, was %q", row.Settlement.Receipt, two.Settlement.Receipt)
	}
	if m := t.marks(); !m.Clock.Equal(marks.Clock) || m.Directory != 3 || m.DirectoryDigest != "three" {
		t.Errorf("marks are %+v, were %+v", m, marks)
	}
	_, err := t.claim(1, storeNow)
	t.want("claim of what was claimed before the crash", err, exchange.ErrBusy)
	t.want("settle by a claim from before the crash", t.s.Settle(t.ctx, claimed, testSettled("a")), nil)
}
