package exchangetest

import (
	"bytes"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

func testAdmission(t *storeTest) {
	if t.row(1) != nil {
		t.Fatal("an empty store has a row")
	}
	first := testAdmitted(1, "")
	c := t.mustClaim(1, storeNow)
	if c.Key != first.Key || c.Fence == 0 || !c.Until.Equal(storeNow.Add(storeLease)) {
		t.Errorf("claim is %+v", c)
	}
	later := first
	later.AdmittedAt, later.KeepUntil, later.Directory = storeNow.Add(time.Hour), storeNow.Add(99*time.Hour), 9
	if _, err := t.s.Claim(t.ctx, later, storeNow.Add(time.Hour), storeLease); err != nil {
		t.Fatalf("claim after the lease: %v", err)
	}
	row := t.row(1)
	if row == nil || row.Key != first.Key || row.Digest != first.Digest || row.Agreement != first.Agreement || row.Directory != first.Directory ||
		!row.AdmittedAt.Equal(first.AdmittedAt) || !row.KeepUntil.Equal(first.KeepUntil) || row.Settlement != nil {
		t.Errorf("the first admission did not stay: %+v", row)
	}
	if row.Fence != c.Fence+1 || !row.LeaseUntil.Equal(storeNow.Add(time.Hour+storeLease)) {
		t.Errorf("the second claim is not in the row: %+v", row)
	}
}

func testConflict(t *storeTest) {
	c := t.mustClaim(1, storeNow)
	other := testAdmitted(1, "other")
	_, err := t.s.Claim(t.ctx, other, storeNow, storeLease)
	t.want("claim of other content while claimed", err, exchange.ErrConflict)
	_, err = t.s.Tombstone(t.ctx, other, testSettled("x"), storeNow.Add(time.Hour))
	t.want("tombstone for other content", err, exchange.ErrConflict)
	t.want("settle", t.s.Settle(t.ctx, c, testSettled("a")), nil)
	_, err = t.s.Claim(t.ctx, other, storeNow, storeLease)
	t.want("claim of other content when settled", err, exchange.ErrConflict)
	_, err = t.s.Tombstone(t.ctx, other, testSettled("x"), storeNow)
	t.want("tombstone for other content when settled", err, exchange.ErrConflict)
	if row := t.row(1); row.Digest != testAdmitted(1, "").Digest || row.Fence != c.Fence {
		t.Errorf("a conflict changed the row: %+v", row)
	}
}

func testLease(t *storeTest) {
	c := t.mustClaim(1, storeNow)
	for _, at := range []time.Time{storeNow.Add(-time.Hour), storeNow, c.Until.Add(-time.Microsecond)} {
		_, err := t.claim(1, at)
		t.want("claim before the lease's end", err, exchange.ErrBusy)
	}
	renewed, err := t.s.Renew(t.ctx, c, storeNow.Add(30*time.Second), storeLease)
	t.want("renew", err, nil)
	if renewed.Fence != c.Fence || !renewed.Until.Equal(storeNow.Add(30*time.Second+storeLease)) {
		t.Errorf("renewed claim is %+v", renewed)
	}
	_, err = t.claim(1, c.Until)
	t.want("claim at the former end of a renewed lease", err, exchange.ErrBusy)
	next, err := t.claim(1, renewed.Until)
	t.want("claim at the lease's end", err, nil)
	if next.Fence <= c.Fence {
		t.Errorf("fence %d after %d", next.Fence, c.Fence)
	}
}

func testWrongClock(t *storeTest) {
	ahead := storeNow.AddDate(0, 0, 20)
	for n, take := range map[int]func(n int, at time.Time) error{
		1: func(n int, at time.Time) error { _, err := t.claim(n, at); return err },
		2: func(n int, at time.Time) error {
			_, err := t.s.Tombstone(t.ctx, testAdmitted(n, ""), testSettled("x"), at)
			return err
		},
	} {
		c := t.mustClaim(n, ahead)
		furthest := c.Until.Add(-exchange.MaxLease - envelope.MaxSkew) // at which it could have been given
		t.want("before the end of a lease that could be", take(n, furthest), exchange.ErrBusy)
		t.want("before the end of one that could not", take(n, furthest.Add(-time.Microsecond)), nil)
		t.want("settle by the claim that was taken over", t.s.Settle(t.ctx, c, testSettled("late")), exchange.ErrFenced)
	}
}

func testFence(t *storeTest) {
	old := t.mustClaim(1, storeNow)
	latest := t.mustClaim(1, storeNow.Add(storeLease))
	_, err := t.s.Renew(t.ctx, old, storeNow, storeLease)
	t.want("renew by the older claim", err, exchange.ErrFenced)
	t.want("release by the older claim", t.s.Release(t.ctx, old), exchange.ErrFenced)
	t.want("settle by the older claim", t.s.Settle(t.ctx, old, testSettled("old")), exchange.ErrFenced)
	for _, made := range []exchange.Claim{{Key: testKey(1)}, {Key: testKey(1), Fence: latest.Fence + 1}, {Key: testKey(2), Fence: 1}} {
		t.want("settle by a claim that nobody was given", t.s.Settle(t.ctx, made, testSettled("x")), exchange.ErrFenced)
	}
	if t.row(2) != nil {
		t.Error("a failure made a row")
	}
	t.want("settle by the latest claim", t.s.Settle(t.ctx, latest, testSettled("new")), nil)
	if row := t.row(1); row.Settlement == nil || string(row.Settlement.Receipt) != "receipt new" {
		t.Errorf("row is %+v", row)
	}
}

func testLateWorker(t *storeTest) {
	c := t.mustClaim(1, storeNow)
	c, err := t.s.Renew(t.ctx, c, c.Until.Add(time.Hour), storeLease)
	t.want("renew after the end", err, nil)
	s := testSettled("late")
	s.At = c.Until.Add(time.Hour)
	t.want("settle after the end", t.s.Settle(t.ctx, c, s), nil)
}

func testRelease(t *storeTest) {
	c := t.mustClaim(1, storeNow)
	t.want("release", t.s.Release(t.ctx, c), nil)
	t.want("settle after release", t.s.Settle(t.ctx, c, testSettled("x")), exchange.ErrFenced)
	_, err := t.s.Renew(t.ctx, c, storeNow, storeLease)
	t.want("renew after release", err, exchange.ErrFenced)
	t.want("second release", t.s.Release(t.ctx, c), exchange.ErrFenced)
	next := t.mustClaim(1, storeNow)
	if next.Fence <= c.Fence {
		t.Errorf("fence %d after %d", next.Fence, c.Fence)
	}
}

func testSettle(t *storeTest) {
	c := t.mustClaim(1, storeNow)
	s := exchange.Settlement{Outcome: exchange.OutcomeRefused, Reason: envelope.ReasonRejected, At: storeNow.Add(time.Second), Receipt: []byte("receipt \x00\xff")}
	t.want("settle", t.s.Settle(t.ctx, c, s), nil)
	t.want("second settle", t.s.Settle(t.ctx, c, testSettled("other")), exchange.ErrFenced)
	t.want("release after settle", t.s.Release(t.ctx, c), exchange.ErrFenced)
	_, err := t.s.Renew(t.ctx, c, storeNow, storeLease)
	t.want("renew after settle", err, exchange.ErrFenced)
	_, err = t.claim(1, storeNow.Add(1000*time.Hour))
	t.want("claim long after settle", err, exchange.ErrSettled)
	got := t.row(1).Settlement
	if got == nil || got.Outcome != s.Outcome || got.Reason != s.Reason || !got.At.Equal(s.At) || !bytes.Equal(got.Receipt, s.Receipt) {
		t.Errorf("settlement is %+v, want %+v", got, s)
	}
}

func testTombstone(t *storeTest) {
	kept, err := t.s.Tombstone(t.ctx, testAdmitted(1, ""), testSettled("first"), storeNow)
	t.want("tombstone on a new key", err, nil)
	again, err := t.s.Tombstone(t.ctx, testAdmitted(1, ""), testSettled("second"), storeNow)
	t.want("tombstone on a settled key", err, nil)
	if string(kept.Receipt) != "receipt first" || string(again.Receipt) != "receipt first" {
		t.Errorf("kept %q, then %q", kept.Receipt, again.Receipt)
	}
	_, err = t.claim(1, storeNow)
	t.want("claim of a tombstone", err, exchange.ErrSettled)

	c := t.mustClaim(2, storeNow)
	_, err = t.s.Tombstone(t.ctx, testAdmitted(2, ""), testSettled("x"), c.Until.Add(-time.Microsecond))
	t.want("tombstone while claimed", err, exchange.ErrBusy)
	_, err = t.s.Tombstone(t.ctx, testAdmitted(2, ""), testSettled("buried"), c.Until)
	t.want("tombstone at the lease's end", err, nil)
	t.want("settle over a tombstone", t.s.Settle(t.ctx, c, testSettled("x")), exchange.ErrFenced)

	c = t.mustClaim(3, storeNow)
	t.want("release", t.s.Release(t.ctx, c), nil)
	_, err = t.s.Tombstone(t.ctx, testAdmitted(3, ""), testSettled("x"), storeNow)
	t.want("tombstone on a released key", err, nil)
}

func testKeys(t *storeTest) {
	a := testAdmitted(1, "")
	b, c := a, a
	b.Sender = "kpu/sipol"
	c.ID = testKey(2).ID
	for _, adm := range []exchange.Admission{a, b, c} {
		if _, err := t.s.Claim(t.ctx, adm, storeNow, storeLease); err != nil {
			t.Errorf("claim of %v: %v", adm.Key, err)
		}
	}
	for _, adm := range []exchange.Admission{a, b, c} {
		row, _, err := t.s.Lookup(t.ctx, adm.Key)
		if err != nil || row == nil || row.Key != adm.Key {
			t.Errorf("lookup of %v: %+v, %v", adm.Key, row, err)
		}
	}
}
