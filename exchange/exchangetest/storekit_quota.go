package exchangetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

func testQuota(t *storeTest) {
	allowed := func(n, quota int) exchange.Admission { a := testAdmitted(n, ""); a.Quota = quota; return a }
	forGood := func(n, quota int) exchange.Admission {
		a := allowed(n, quota)
		a.KeepUntil = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
		return a
	}
	claim := func(what string, a exchange.Admission, at time.Time, want error) exchange.Claim {
		t.Helper()
		c, err := t.admit(a, at)
		t.want("claim of "+what, err, want)
		return c
	}
	bury := func(what string, a exchange.Admission, want error) {
		t.Helper()
		_, err := t.s.Tombstone(t.ctx, a, testSettled("x"), storeNow.Add(time.Hour))
		t.want("tombstone for "+what, err, want)
	}
	claim("the first where none is allowed", allowed(1, 0), storeNow, exchange.ErrQuota)
	claim("the first where fewer are", allowed(1, -1), storeNow, exchange.ErrQuota)
	one := claim("the first of two", allowed(1, 2), storeNow, nil)
	two := claim("the second of two", allowed(2, 2), storeNow, nil)
	claim("a third", allowed(3, 2), storeNow, exchange.ErrQuota)
	other := allowed(3, 1)
	other.Sender = "kpu/sipol"
	claim("another sender's first", other, storeNow, nil)
	claim("a third, if three are allowed", allowed(4, 3), storeNow, nil)
	t.restart()
	claim("a fourth", allowed(5, 3), storeNow, exchange.ErrQuota)
	one = claim("a known key", allowed(1, 0), one.Until, nil)
	t.want("release", t.s.Release(t.ctx, one), nil)
	claim("a fourth beside one that was released", allowed(5, 3), storeNow, exchange.ErrQuota)
	t.want("settle", t.s.Settle(t.ctx, two, testSettled("b")), nil)
	claim("what takes the place of one that was settled", allowed(5, 3), storeNow, nil)
	claim("one more", allowed(6, 3), storeNow, exchange.ErrQuota)
	bury("one that does not last", allowed(6, 3), nil)
	bury("one that lasts", forGood(7, 3), exchange.ErrQuota)
	bury("one that was claimed", allowed(1, 0), nil)
	bury("one that takes its place for good", forGood(7, 3), nil)
	bury("the same one again", forGood(7, 0), nil)
	claim("one beside what is kept for good", allowed(8, 3), storeNow, exchange.ErrQuota)
	kept := claim("what will be kept for good", forGood(8, 4), storeNow, nil)
	t.want("settle", t.s.Settle(t.ctx, kept, testSettled("k")), nil)
	claim("one beside two that are kept for good", allowed(9, 4), storeNow, exchange.ErrQuota)
	if n, err := t.s.Purge(t.ctx, storeNow.AddDate(1, 0, 0)); n != 3 || err != nil {
		t.Errorf("purge removed %d, %v", n, err)
	}
	t.restart()
	fresh := func(n, quota int) exchange.Admission {
		a := allowed(n, quota)
		a.KeepUntil = storeNow.AddDate(2, 0, 0) // longer than what was purged
		return a
	}
	claim("one after a purge", fresh(9, 4), storeNow, exchange.ErrQuota)
	claim("the fifth of five", fresh(9, 5), storeNow, nil)
	claim("a sixth", fresh(10, 5), storeNow, exchange.ErrQuota)
	left := claim("the sixth of six, for good", forGood(10, 6), storeNow, nil)
	t.want("release", t.s.Release(t.ctx, left), nil)
	bury("what has its place already", forGood(10, 0), nil)
	claim("a seventh", fresh(11, 6), storeNow, exchange.ErrQuota)
}

// What gives way no longer counts, and can be purged.
func testQuotaCorrection(t *storeTest) {
	revision := func(n, first int, revision int64, quota int) exchange.Admission {
		a := testRevision(n, first, revision)
		a.Quota = quota
		return a
	}
	claim := func(what string, a exchange.Admission, at time.Time, want error) exchange.Claim {
		t.Helper()
		c, err := t.admit(a, at)
		t.want("claim of "+what, err, want)
		return c
	}
	one := claim("the first of two", revision(1, 1, 0, 2), storeNow, nil)
	claim("the second of two", revision(2, 2, 0, 2), storeNow, nil)
	claim("a correction of what is worked on", revision(3, 1, 1, 2), storeNow, exchange.ErrBusy)
	claim("a correction where fewer are allowed", revision(3, 1, 1, 1), one.Until, exchange.ErrQuota)
	if row := t.row(1); row == nil || row.Superseded {
		t.Errorf("a claim that was refused made the row %+v", row)
	}
	two := claim("a correction at the quota", revision(3, 1, 1, 2), one.Until, nil)
	t.restart()
	claim("one more", revision(4, 4, 0, 2), one.Until, exchange.ErrQuota)
	three := claim("a correction of the correction", revision(5, 1, 2, 2), two.Until, nil)
	claim("one more", revision(4, 4, 0, 2), two.Until, exchange.ErrQuota)
	claim("a correction of what never came", revision(6, 7, 1, 2), two.Until, exchange.ErrQuota)
	if n, err := t.s.Purge(t.ctx, revision(1, 1, 0, 2).KeepUntil); n != 2 || err != nil {
		t.Errorf("purge removed %d, %v; two were superseded", n, err)
	}
	t.want("settle", t.s.Settle(t.ctx, three, testSettled("c")), nil)
	fresh := revision(4, 4, 0, 2)
	fresh.KeepUntil = fresh.KeepUntil.Add(time.Hour)
	claim("one in the place of what was settled", fresh, two.Until, nil)
	fresh.ID = testKey(8).ID
	claim("one too many", fresh, two.Until, exchange.ErrQuota)
}

// Many senders bring more than they may have, all at once.
func testFlood(t *storeTest) {
	const senders, each, quota = 8, 24, 10
	admission := func(i int) exchange.Admission {
		a := testNumbered(i/senders, epoch("a"), int64(i/senders)+1)
		a.Sender = envelope.Party(fmt.Sprintf("kpu/sistem-%d", i%senders))
		a.Quota = quota
		return a
	}
	claims := make([]exchange.Claim, senders*each)
	flood := func() (admitted []int) {
		admitted = make([]int, senders)
		for i, err := range workers(senders*each, func(i int) (err error) {
			if claims[i].Fence != 0 {
				return nil // it is there since the last time
			}
			claims[i], err = t.admit(admission(i), storeNow)
			return err
		}) {
			switch {
			case err == nil:
				admitted[i%senders]++
			case !errors.Is(err, exchange.ErrQuota):
				t.Errorf("claim %d: %v", i, err)
			}
		}
		return admitted
	}
	for sender, n := range flood() {
		if n != quota {
			t.Errorf("sender %d has %d rows, %d are allowed", sender, n, quota)
		}
	}
	for i, err := range workers(senders*each, func(i int) error {
		if claims[i].Fence == 0 {
			return nil
		}
		return t.s.Settle(t.ctx, claims[i], testSettled("x"))
	}) {
		t.want(fmt.Sprint("settlement ", i), err, nil)
	}
	for sender, n := range flood() {
		if n != 2*quota {
			t.Errorf("sender %d had %d rows in all, %d are allowed at a time", sender, n, quota)
		}
	}
	for i := range claims {
		row, _, err := t.s.Lookup(t.ctx, admission(i).Key)
		if err != nil || (row != nil) != (claims[i].Fence != 0) {
			t.Errorf("row %d is there: %v, %v", i, row != nil, err)
		}
	}
}
