package exchangetest

import (
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
)

// epoch is the n-th of a sender's epochs.
func epoch(n string) string { return envelopetest.Digest("epoch " + n)[:22] }

// testNumbered is key n with a number in an epoch of channelA.
func testNumbered(n int, of string, number int64, void ...int64) exchange.Admission {
	a := testAdmitted(n, "")
	a.Place = exchange.Place{Channel: channelA, Epoch: of, Number: number}
	a.Void = void
	return a
}

// missing wants these ranges to be missing, given as from, to, from, to.
func (t *storeTest) missing(what string, sender envelope.Party, channel, of string, want ...int64) {
	t.Helper()
	got, err := t.s.Missing(t.ctx, sender, exchange.Place{Channel: channel, Epoch: of})
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	var flat []int64
	for _, r := range got {
		flat = append(flat, r.From, r.To)
	}
	if !slices.Equal(flat, want) {
		t.Errorf("%s: missing %v, want %v", what, flat, want)
	}
}

func testMissing(t *storeTest) {
	sender, e := testKey(1).Sender, epoch("a")
	t.missing("of an empty store", sender, channelA, e)
	five := t.mustAdmit(testNumbered(5, e, 5), storeNow)
	t.missing("5 came", sender, channelA, e, 1, 4)
	t.mustAdmit(testNumbered(1, e, 1), storeNow)
	t.mustAdmit(testNumbered(2, e, 2), storeNow)
	t.missing("1, 2 and 5 came", sender, channelA, e, 3, 4)
	t.want("release", t.s.Release(t.ctx, five), nil)
	five = t.mustAdmit(testNumbered(5, e, 5), storeNow) // again
	t.want("settle", t.s.Settle(t.ctx, five, testSettled("5")), nil)
	t.missing("5 came again and was settled", sender, channelA, e, 3, 4)
	t.mustAdmit(testNumbered(9, e, 9, 3, 8), storeNow)
	t.missing("9 came, 3 and 8 are void", sender, channelA, e, 4, 4, 6, 7)
	_, err := t.s.Tombstone(t.ctx, testNumbered(12, e, 12, 7), testSettled("12"), storeNow)
	t.want("tombstone", err, nil)
	t.missing("12 was refused for good, 7 is void", sender, channelA, e, 4, 4, 6, 6, 10, 11)
	t.mustAdmit(testNumbered(4, e, 4, 1, 2), storeNow) // void, and had come
	unnumbered := testNumbered(20, "", 20, 10)
	t.mustAdmit(unnumbered, storeNow)
	want := []int64{6, 6, 10, 11}
	t.missing("4 came", sender, channelA, e, want...)
	t.missing("of another channel", sender, channelB, e)
	t.missing("of another sender", "kpu/sipol", channelA, e)
	t.missing("of another epoch", sender, channelA, epoch("b"))
	t.missing("of no epoch", sender, channelA, "")
	for n, change := range []func(*exchange.Admission){
		func(a *exchange.Admission) { a.Sender = "kpu/sipol" },
		func(a *exchange.Admission) { a.Place.Channel = channelB },
		func(a *exchange.Admission) { a.Place.Epoch = epoch("b") },
	} {
		a := testNumbered(30+n, e, 3)
		change(&a)
		t.mustAdmit(a, storeNow)
		t.missing("3 came elsewhere", a.Sender, a.Place.Channel, a.Place.Epoch, 1, 2)
	}
	t.restart()
	t.missing("after all", sender, channelA, e, want...)
	if _, err := t.s.Purge(t.ctx, storeNow.AddDate(1, 0, 0)); err != nil {
		t.Errorf("purge: %v", err)
	}
	t.missing("after a purge", sender, channelA, e, want...)
}

func testChannelBounds(t *storeTest) {
	sender, e := testKey(1).Sender, epoch("a")
	var even []int64
	for n := int64(2); n <= 128; n += 2 {
		even = append(even, n)
	}
	t.mustAdmit(testNumbered(1, e, 130, even...), storeNow)
	t.mustAdmit(testNumbered(2, e, 132), storeNow)
	var lowest []int64 // 64 of the 66 numbers that have not come
	for n := int64(1); n <= 127; n += 2 {
		lowest = append(lowest, n, n)
	}
	t.missing("more than 64 ranges", sender, channelA, e, lowest...)
	for n, of := range []string{"b", "c", "d"} {
		t.mustAdmit(testNumbered(10+n, epoch(of), 2), storeNow)
	}
	t.missing("of the first of four epochs", sender, channelA, e, lowest...)
	t.mustAdmit(testNumbered(20, epoch("e"), 2), storeNow)
	t.missing("of the first of five epochs", sender, channelA, e)
	for _, of := range []string{"b", "c", "d", "e"} {
		t.missing("of the last four epochs", sender, channelA, epoch(of), 1, 1)
	}
}

func testChannelRace(t *storeTest) {
	sender, e := testKey(1).Sender, epoch("a")
	for i, err := range workers(64, func(i int) error {
		_, err := t.admit(testNumbered(i+1, e, int64(3*i+3), int64(3*i+1)), storeNow)
		return err
	}) {
		t.want("claim of "+testKey(i+1).ID, err, nil)
	}
	var want []int64
	for n := int64(2); n < 192; n += 3 {
		want = append(want, n, n)
	}
	t.missing("every second of three", sender, channelA, e, want...)
}

// What a claim would change is changed as a whole or not at all.
func testRefusedClaim(t *storeTest) {
	sender, e := testKey(1).Sender, epoch("a")
	at := storeNow.Add(time.Second)
	settled := t.mustAdmit(testNumbered(1, e, 1), storeNow)
	t.want("settle", t.s.Settle(t.ctx, settled, testSettled("1")), nil)
	t.mustAdmit(testNumbered(2, e, 2), storeNow)         // and is worked on
	t.mustAdmit(testRevision(3, 3, 0), storeNow)         // and is worked on
	head := t.mustAdmit(testRevision(5, 4, 2), storeNow) // of another line
	t.want("release", t.s.Release(t.ctx, head), nil)
	const lasting = 3
	numbered := func(a exchange.Admission, change func(*exchange.Admission)) exchange.Admission {
		a.Place = exchange.Place{Channel: channelA, Epoch: e, Number: 9}
		a.Void, a.LineUntil = []int64{3, 7}, storeNow.AddDate(1, 0, 0)
		if change != nil {
			change(&a)
		}
		return a
	}
	few := func(a *exchange.Admission) { a.Quota = lasting }
	fewer := func(a *exchange.Admission) { a.Quota = lasting - 1 }
	forGood := func(a *exchange.Admission) {
		a.Quota, a.KeepUntil = lasting, time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	before, rows := t.marks(), map[int]exchange.Row{}
	for n := range 10 {
		if row := t.row(n); row != nil {
			rows[n] = *row
		}
	}
	for _, tt := range []struct {
		what string
		a    exchange.Admission
		want error
		bury bool // also for a tombstone
	}{
		{"other content", numbered(testAdmitted(2, "other"), nil), exchange.ErrConflict, true},
		{"a settled key", numbered(testAdmitted(1, ""), nil), exchange.ErrSettled, false},
		{"what is worked on", numbered(testAdmitted(2, ""), nil), exchange.ErrBusy, true},
		{"a revision of what is worked on", numbered(testRevision(6, 3, 1), nil), exchange.ErrBusy, false},
		{"an earlier revision", numbered(testRevision(7, 4, 1), nil), exchange.ErrSuperseded, false},
		{"one too many", numbered(testAdmitted(8, ""), few), exchange.ErrQuota, false},
		{"one too many that corrects", numbered(testRevision(8, 4, 3), fewer), exchange.ErrQuota, false},
		{"one too many, for good", numbered(testAdmitted(8, ""), forGood), exchange.ErrQuota, true},
	} {
		_, err := t.admit(tt.a, at)
		t.want("claim of "+tt.what, err, tt.want)
		if tt.bury {
			_, err := t.s.Tombstone(t.ctx, tt.a, testSettled("x"), at)
			t.want("tombstone for "+tt.what, err, tt.want)
		}
		t.missing("after a claim of "+tt.what, sender, channelA, e)
		if after := t.marks(); !after.Clock.Equal(before.Clock) || after.Directory != before.Directory || after.Party != before.Party {
			t.Errorf("a claim of %s made the marks %+v", tt.what, after)
		}
		for n := range 10 {
			row := t.row(n)
			was, known := rows[n]
			if known != (row != nil) || known && (row.Fence != was.Fence || !row.LeaseUntil.Equal(was.LeaseUntil) ||
				row.Digest != was.Digest || row.Superseded != was.Superseded || (row.Settlement == nil) != (was.Settlement == nil)) {
				t.Errorf("a claim of %s made row %d %+v", tt.what, n, row)
			}
		}
	}
	t.mustAdmit(testRevision(5, 4, 2), at) // the line's latest, still
	fresh := testAdmitted(9, "")
	fresh.Quota = lasting
	_, err := t.admit(fresh, at)
	t.want("one more than there were", err, exchange.ErrQuota)
	fresh.Quota++
	t.mustAdmit(fresh, at)
}
