package exchangetest

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
)

func testOverdue(t *outboxTest) {
	t.put(testParcel(2, recipientA), testParcel(1, recipientB), testParcel(3, recipientB))
	t.put(testParcel(1, recipientA))
	at := func(hours int) time.Time { return storeNow.Add(time.Duration(hours) * time.Hour) }
	overdue := func(now time.Time, limit int, want string) {
		t.Helper()
		if got := t.numbers(t.o.Overdue(t.ctx, now, limit)); got != want {
			t.Errorf("overdue at %s, at most %d: got %s, want %s", now, limit, got, want)
		}
	}
	overdue(at(1).Add(-time.Microsecond), 10, "")
	overdue(at(1), 10, "1a 1b ")
	overdue(at(9), 10, "1a 1b 2a 3b ")
	overdue(at(9), 3, "1a 1b 2a ")
	t.change(1, recipientA, settle("a"))
	t.change(2, recipientA, giveUp)
	t.change(1, recipientB, func(p *exchange.Parcel) { p.Deadline = at(5) })
	overdue(at(9), 10, "3b 1b ")
	t.change(2, recipientA, func(p *exchange.Parcel) { p.State, p.Deadline = exchange.ParcelUnknown, at(4) })
	overdue(at(9), 10, "3b 2a 1b ")
}

func testRecipients(t *outboxTest) {
	recipients := func(want map[envelope.Party]time.Time) {
		t.Helper()
		got, err := t.o.Recipients(t.ctx)
		if err != nil || len(got) != len(want) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
		for to, at := range want {
			if !got[to].Equal(at) {
				t.Errorf("%s is first due at %s, want %s", to, got[to], at)
			}
		}
	}
	at := func(n int) time.Time { return testParcel(n, "").Next }
	recipients(nil)
	t.put(testParcel(2, recipientA), testParcel(1, recipientA), testParcel(3, recipientB))
	recipients(map[envelope.Party]time.Time{recipientA: at(1), recipientB: at(3)})
	t.change(1, recipientA, func(p *exchange.Parcel) { p.State, p.Next = exchange.ParcelUnknown, at(7) })
	recipients(map[envelope.Party]time.Time{recipientA: at(2), recipientB: at(3)})
	t.change(3, recipientB, settle("b"))
	t.change(2, recipientA, giveUp)
	recipients(map[envelope.Party]time.Time{recipientA: at(7)})
}

func testUpdate(t *outboxTest) {
	t.want("update of nothing", t.o.Update(t.ctx, testParcel(1, recipientA)), exchange.ErrFenced)
	t.put(testParcel(1, recipientA))
	p := *t.parcel(1, recipientA)
	first := p
	p.State, p.Cancel, p.Attempts, p.Reason = exchange.ParcelUnknown, true, 3, envelope.ReasonCannotOpen
	p.Next, p.Deadline = storeNow.Add(time.Hour), storeNow.Add(2*time.Hour)
	want := p
	// What was known when it was posted stays, whatever a change says.
	p.Digest, p.IssuedAt, p.Expires, p.PostedAt = "another", storeNow.Add(time.Second), time.Time{}, time.Time{}
	p.Dataset, p.Purpose, p.Agreement, p.File = "x/y", "X-Y", "Z", []byte("another")
	t.want("update", t.o.Update(t.ctx, p), nil)
	got := t.parcel(1, recipientA)
	if !same(*got, want) || !bytes.Equal(got.File, first.File) || got.Revision != 2 {
		t.Errorf("got %+v, want %+v", got, want)
	}
	first.Attempts = 9
	t.want("update from an older revision", t.o.Update(t.ctx, first), exchange.ErrFenced)
	first.Revision = 3
	t.want("update from a later revision", t.o.Update(t.ctx, first), exchange.ErrFenced)
	first.Recipient = recipientB
	t.want("update of another recipient's", t.o.Update(t.ctx, first), exchange.ErrFenced)
	if again := t.parcel(1, recipientA); !same(*again, want) || again.Revision != 2 {
		t.Errorf("a failure made it %+v", again)
	}
}

func testSettledParcel(t *outboxTest) {
	t.put(testParcel(1, recipientA))
	open := t.parcel(1, recipientA)
	t.change(1, recipientA, func(p *exchange.Parcel) {
		settle("a")(p)
		p.Outcome, p.Reason = exchange.OutcomeRefused, envelope.ReasonStructure
	})
	want := t.parcel(1, recipientA)
	if want.State != exchange.ParcelSettled || want.Outcome != exchange.OutcomeRefused || want.Reason != envelope.ReasonStructure ||
		string(want.Receipt) != "receipt a" || !want.SettledAt.Equal(storeNow.Add(time.Minute)) || want.File != nil {
		t.Fatalf("settled: %+v", want)
	}
	for name, p := range map[string]*exchange.Parcel{"of a settled parcel": t.parcel(1, recipientA), "from before it was settled": open} {
		settle("b")(p)
		t.want("update "+name, t.o.Update(t.ctx, *p), exchange.ErrSettled)
	}
	if got := t.parcel(1, recipientA); !same(*got, *want) || got.Revision != want.Revision {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func testOutboxPurge(t *outboxTest) {
	for n := range 4 {
		t.put(testParcel(n+1, recipientA))
	}
	t.change(1, recipientA, settle("a"))
	t.change(2, recipientA, giveUp)
	t.change(3, recipientA, func(p *exchange.Parcel) { p.State = exchange.ParcelUnknown })
	settledAt := t.parcel(1, recipientA).SettledAt
	purge := func(before time.Time, want int) {
		t.Helper()
		if n, err := t.o.Purge(t.ctx, before); n != want || err != nil {
			t.Errorf("purge removed %d, %v; want %d", n, err, want)
		}
	}
	purge(settledAt, 0)
	purge(settledAt.Add(time.Microsecond), 1)
	purge(settledAt.AddDate(100, 0, 0), 0)
	if got := t.numbers(t.o.Parcels(t.ctx, exchange.Sent{}, 10)); got != "2a 3a 4a " {
		t.Errorf("kept %s", got)
	}
	if t.parcel(1, recipientA) != nil {
		t.Error("a purged parcel is there")
	}
}

func testOutboxKeys(t *outboxTest) {
	t.put(testParcel(1, recipientA), testParcel(1, recipientB))
	t.change(1, recipientA, settle("a"))
	if p := t.parcel(1, recipientB); p == nil || p.State != exchange.ParcelQueued || len(p.File) == 0 {
		t.Errorf("another recipient's receipt settled it: %+v", p)
	}
	if got := t.numbers(t.o.Due(t.ctx, recipientA, storeNow.Add(time.Hour), 10)); got != "" {
		t.Errorf("due for one whose name another's begins with: %s", got)
	}
	if p, err := t.o.Parcel(t.ctx, testKey(1), ""); p != nil || err != nil {
		t.Errorf("a parcel for nobody: %+v, %v", p, err)
	}
	if p, err := t.o.Parcel(t.ctx, exchange.Key{}, recipientB); p != nil || err != nil {
		t.Errorf("a parcel without a key: %+v, %v", p, err)
	}
}

func testOutboxCopies(t *outboxTest) {
	mine := testParcel(1, recipientA)
	t.put(mine)
	mine.File[0] = 'X'
	p := t.parcel(1, recipientA)
	if p.File[0] == 'X' {
		t.Error("what a caller did to its file is in the outbox")
	}
	p.File[1], p.Attempts = 'X', 7
	settle("a")(p)
	p.Attempts = 0
	t.want("settle", t.o.Update(t.ctx, *p), nil)
	p.Receipt[0] = 'X'
	got := t.parcel(1, recipientA)
	if string(got.Receipt) != "receipt a" {
		t.Errorf("what a caller did to its receipt is in the outbox: %q", got.Receipt)
	}
	got.Receipt[0], got.State = 'X', exchange.ParcelQueued
	if again := t.parcel(1, recipientA); string(again.Receipt) != "receipt a" || again.State != exchange.ParcelSettled {
		t.Errorf("what a caller did to its parcel is in the outbox: %+v", again)
	}
}

func testOutboxContext(t *outboxTest) {
	t.put(testParcel(1, recipientA))
	ended, cancel := context.WithCancel(t.ctx)
	cancel()
	// Either the context is ignored, or nothing has happened.
	if err := t.o.Put(ended, testParcel(2, recipientA)); err != nil && t.parcel(2, recipientA) != nil {
		t.Error("a put failed and left a parcel")
	}
	p := t.parcel(1, recipientA)
	settle("a")(p)
	if err := t.o.Update(ended, *p); err != nil && t.parcel(1, recipientA).State != exchange.ParcelQueued {
		t.Error("an update failed and was kept")
	}
}

func testUpdateRace(t *outboxTest) {
	t.put(testParcel(1, recipientA))
	for range 5 {
		began := *t.parcel(1, recipientA)
		won := 0
		for i, err := range workers(16, func(i int) error {
			p := began
			p.State, p.Attempts = exchange.ParcelUnknown, 100*i
			return t.o.Update(t.ctx, p)
		}) {
			switch {
			case err == nil:
				won++
				if p := t.parcel(1, recipientA); p.Attempts != 100*i || p.Revision != began.Revision+1 {
					t.Errorf("the winner wrote %d attempts, there are %d in revision %d", 100*i, p.Attempts, p.Revision)
				}
			case !errors.Is(err, exchange.ErrFenced):
				t.Errorf("loser got %v", err)
			}
		}
		if won != 1 {
			t.Fatalf("%d changes won", won)
		}
	}
}

func testPutRace(t *outboxTest) {
	errs := workers(32, func(i int) error {
		p, other := testParcel(1, recipientA), testParcel(100+i, recipientB)
		if i%2 == 1 {
			p.Digest = envelopetest.Digest("other")
		}
		return t.o.Put(t.ctx, other, p)
	})
	digest := t.parcel(1, recipientA).Digest
	for i, err := range errs {
		mine := i%2 == 0 == (digest == testParcel(1, "").Digest)
		if put := t.parcel(100+i, recipientB) != nil; put != mine || errors.Is(err, exchange.ErrConflict) == mine || mine && err != nil {
			t.Errorf("put %d: %v, and its other parcel is there: %v", i, err, put)
		}
	}
}

func testOutboxReopen(t *outboxTest) {
	for n := range 4 {
		t.put(testParcel(n+1, recipientA))
	}
	t.change(1, recipientA, settle("a"))
	t.change(2, recipientA, giveUp)
	t.change(3, recipientA, func(p *exchange.Parcel) {
		p.State, p.Attempts, p.Cancel, p.Reason = exchange.ParcelUnknown, 2, true, envelope.ReasonTooLarge
	})
	before := map[int]*exchange.Parcel{}
	for n := range 4 {
		before[n+1] = t.parcel(n+1, recipientA)
	}
	t.o = t.h.Reopen(t.T, t.o)
	for n, want := range before {
		if got := t.parcel(n, recipientA); got == nil || !same(*got, *want) || !bytes.Equal(got.File, want.File) || got.Revision != want.Revision {
			t.Errorf("parcel %d is %+v, was %+v", n, got, want)
		}
	}
	if got := t.numbers(t.o.Due(t.ctx, recipientA, storeNow.Add(time.Minute), 10)); got != "3a 4a " {
		t.Errorf("due after the crash: %s", got)
	}
	p := before[3]
	settle("c")(p)
	t.want("settle by an attempt from before the crash", t.o.Update(t.ctx, *p), nil)
}
