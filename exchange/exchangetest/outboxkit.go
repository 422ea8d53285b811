package exchangetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
)

// An OutboxHarness makes the outboxes that [TestOutbox] judges, as a
// [StoreHarness] makes stores.
type OutboxHarness struct {
	// New returns an empty outbox. It is closed by t.Cleanup, if it needs to be.
	New func(t *testing.T) exchange.Outbox
	// Reopen ends the use of an outbox, as a crash would, and returns an outbox on
	// what it kept. nil: the outbox does not outlive its process.
	Reopen func(t *testing.T, o exchange.Outbox) exchange.Outbox
}

// TestOutbox checks an outbox against the contract of [exchange.Outbox]. Every
// part of it is a subtest that says what it wants.
func TestOutbox(t *testing.T, h OutboxHarness) {
	type part struct {
		name string
		test func(*outboxTest)
	}
	parts := []part{
		{"a parcel is put once", testPut},
		{"all parcels are put or none", testPutAll},
		{"one identity is one content, whoever the recipients", testPutOneContent},
		{"a parcel is listed behind another", testParcels},
		{"only open parcels are due, at the instant and not before", testDue},
		{"only open parcels are overdue, at the instant and not before", testOverdue},
		{"whom there is something for", testRecipients},
		{"a change takes the place of what it began from", testUpdate},
		{"a settled parcel never changes", testSettledParcel},
		{"only settled parcels are purged", testOutboxPurge},
		{"recipients do not run into each other", testOutboxKeys},
		{"parcels belong to the caller", testOutboxCopies},
		{"an ended context changes nothing", testOutboxContext},
		{"one of many changes wins", testUpdateRace},
		{"many put at once", testPutRace},

		{"a number is given once", testNumber},
		{"numbers are taken at once", testNumberRace},
		{"a parcel is put with a number that was taken", testPutNumbered},
		{"all numbers are posted or none", testPutNumberedAll},
		{"a number that nobody posts is void in the end", testNumberLease},
		{"a burned number is void", testBurn},
		{"the highest void numbers are listed", testManyVoid},
		{"numbers begin anew", testRenumber},
		{"a parcel keeps its place and line", testParcelPlace},
		{"an outbox remembers the directory and whose it is", testOutboxMarks},
		{"numbers are posted at once", testPostRace},
	}
	if h.Reopen != nil {
		parts = append(parts, part{"an outbox outlives its process", testOutboxReopen})
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { p.test(&outboxTest{T: t, h: h, o: h.New(t), ctx: context.Background()}) })
	}
}

// outboxTest is one part's outbox and the words to speak to it.
type outboxTest struct {
	*testing.T
	h   OutboxHarness
	o   exchange.Outbox
	ctx context.Context
}

const (
	recipientA = envelope.Party("ahu/badan-hukum")
	recipientB = envelope.Party("ahu/badan-hukum-2") // has the other as its beginning
)

// testParcel is parcel n for a recipient, due n seconds after storeNow and
// overdue n hours after it.
func testParcel(n int, to envelope.Party) exchange.Parcel {
	return exchange.Parcel{
		Sent:    exchange.Sent{Key: testKey(n), Digest: envelopetest.Digest(fmt.Sprint(n)), Recipient: to, IssuedAt: storeNow.Truncate(time.Second), Channel: channelA, Line: exchange.Line{First: testKey(n).ID}},
		Expires: storeNow.Add(24 * time.Hour), Dataset: "sipol/kepengurusan", Purpose: "PARPOL-BADANHUKUM", Agreement: "PKS-UJI",
		PostedAt: storeNow, State: exchange.ParcelQueued, Next: storeNow.Add(time.Duration(n) * time.Second),
		Deadline: storeNow.Add(time.Duration(n) * time.Hour), File: fmt.Appendf(nil, "file %d for %s", n, to),
	}
}

func (t *outboxTest) want(what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || want == nil && got != nil {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func (t *outboxTest) put(parcels ...exchange.Parcel) {
	t.Helper()
	if err := t.o.Put(t.ctx, parcels...); err != nil {
		t.Fatalf("put: %v", err)
	}
}

func (t *outboxTest) parcel(n int, to envelope.Party) *exchange.Parcel {
	t.Helper()
	p, err := t.o.Parcel(t.ctx, testKey(n), to)
	if err != nil {
		t.Fatalf("parcel: %v", err)
	}
	return p
}

// change updates a parcel that is there.
func (t *outboxTest) change(n int, to envelope.Party, change func(*exchange.Parcel)) {
	t.Helper()
	p := t.parcel(n, to)
	if p == nil {
		t.Fatalf("there is no parcel %d", n)
	}
	change(p)
	t.want("update", t.o.Update(t.ctx, *p), nil)
}

func settle(what string) func(*exchange.Parcel) {
	return func(p *exchange.Parcel) {
		p.State, p.Outcome, p.SettledAt, p.Receipt = exchange.ParcelSettled, exchange.OutcomeAccepted, storeNow.Add(time.Minute), []byte("receipt "+what)
	}
}

func giveUp(p *exchange.Parcel) {
	p.State, p.Reason = exchange.ParcelGivenUp, envelope.ReasonUnavailable
}

// same reports whether two parcels say the same, but for the file and the
// revision.
func same(a, b exchange.Parcel) bool {
	for _, times := range [][2]*time.Time{
		{&a.IssuedAt, &b.IssuedAt}, {&a.Expires, &b.Expires}, {&a.PostedAt, &b.PostedAt}, {&a.Next, &b.Next}, {&a.Deadline, &b.Deadline}, {&a.SettledAt, &b.SettledAt},
	} {
		if !times[0].Equal(*times[1]) {
			return false
		}
	}
	return a.Sent.Key == b.Sent.Key && a.Digest == b.Digest && a.Recipient == b.Recipient && a.Channel == b.Channel && a.Line == b.Line &&
		a.Epoch == b.Epoch && a.Number == b.Number && a.Dataset == b.Dataset && a.Purpose == b.Purpose && a.Agreement == b.Agreement && a.State == b.State && a.Cancel == b.Cancel && a.Attempts == b.Attempts && a.Reason == b.Reason &&
		a.Outcome == b.Outcome && bytes.Equal(a.Receipt, b.Receipt)
}

// numbers returns the numbers of parcels that testParcel made, which carry no
// file.
func (t *outboxTest) numbers(parcels []exchange.Parcel, err error) string {
	t.Helper()
	if err != nil {
		t.Errorf("got %v", err)
	}
	out := ""
	for _, p := range parcels {
		n := 0
		if _, err := fmt.Sscanf(p.ID[len(p.ID)-12:], "%d", &n); err != nil {
			t.Errorf("a parcel that nobody put: %q", p.ID)
		}
		if p.File != nil {
			t.Errorf("parcel %d carries its file", n)
		}
		if p.Recipient == recipientA {
			out += fmt.Sprintf("%da ", n)
		} else {
			out += fmt.Sprintf("%db ", n)
		}
	}
	return out
}

func testPut(t *outboxTest) {
	if p := t.parcel(1, recipientA); p != nil {
		t.Fatal("an empty outbox has a parcel")
	}
	first := testParcel(1, recipientA)
	t.put(first)
	p := t.parcel(1, recipientA)
	if p == nil || !same(*p, first) || !bytes.Equal(p.File, first.File) || p.Revision != 1 {
		t.Fatalf("got %+v, put %+v", p, first)
	}
	again := first
	again.File, again.PostedAt, again.Attempts, again.Revision = []byte("another"), storeNow.Add(time.Hour), 7, 9
	t.put(again)
	if p := t.parcel(1, recipientA); !same(*p, first) || !bytes.Equal(p.File, first.File) || p.Revision != 1 {
		t.Errorf("a second put made it %+v", p)
	}
	again.Digest = envelopetest.Digest("other")
	t.want("put of another digest", t.o.Put(t.ctx, again), exchange.ErrConflict)
	t.change(1, recipientA, settle("a"))
	t.put(first)
	if p := t.parcel(1, recipientA); p.State != exchange.ParcelSettled {
		t.Errorf("a put opened a settled parcel: %+v", p)
	}
	t.want("put of another digest over a settled parcel", t.o.Put(t.ctx, again), exchange.ErrConflict)
	large := testParcel(2, recipientA)
	large.File = bytes.Repeat([]byte("0123456789abcdef"), 8<<20/16)
	t.put(large)
	if p := t.parcel(2, recipientA); !bytes.Equal(p.File, large.File) {
		t.Errorf("a file of 8 MiB came back with %d bytes", len(p.File))
	}
}

func testPutAll(t *outboxTest) {
	t.put(testParcel(1, recipientA))
	other := testParcel(1, recipientA)
	other.Digest = envelopetest.Digest("other")
	t.want("put with a conflict", t.o.Put(t.ctx, testParcel(2, recipientA), other, testParcel(3, recipientA)), exchange.ErrConflict)
	for _, n := range []int{2, 3} {
		if t.parcel(n, recipientA) != nil {
			t.Errorf("parcel %d was put beside a conflict", n)
		}
	}
	other = testParcel(5, recipientA)
	other.Digest = envelopetest.Digest("other")
	t.want("put of a conflict in itself", t.o.Put(t.ctx, testParcel(5, recipientA), other), exchange.ErrConflict)
	t.put(testParcel(2, recipientA), testParcel(2, recipientB), testParcel(1, recipientA), testParcel(2, recipientA))
	if a, b := t.parcel(2, recipientA), t.parcel(2, recipientB); a == nil || b == nil || bytes.Equal(a.File, b.File) {
		t.Error("two recipients of one envelope do not have a parcel each")
	}
	t.put()
}

func testPutOneContent(t *outboxTest) {
	other := func(n int, to envelope.Party) exchange.Parcel {
		p := testParcel(n, to)
		p.Digest = envelopetest.Digest("other")
		return p
	}
	put := func(what string, want error, parcels ...exchange.Parcel) {
		t.Helper()
		t.want("put of "+what, t.o.Put(t.ctx, parcels...), want)
	}
	t.put(testParcel(1, recipientA), testParcel(3, recipientB))
	put("another content for another recipient", exchange.ErrConflict, other(1, recipientB))
	put("another content for a recipient that sorts first", exchange.ErrConflict, other(3, recipientA))
	put("two contents for two recipients", exchange.ErrConflict, testParcel(2, recipientA), other(2, recipientB))
	put("a conflict beside what is not", exchange.ErrConflict, testParcel(4, recipientA), other(1, recipientB))
	for _, p := range []exchange.Parcel{testParcel(1, recipientB), testParcel(2, recipientA), testParcel(2, recipientB), testParcel(3, recipientA), testParcel(4, recipientA)} {
		if got, err := t.o.Parcel(t.ctx, p.Key, p.Recipient); got != nil || err != nil {
			t.Errorf("a put that failed left %+v, %v", got, err)
		}
	}
	t.change(1, recipientA, settle("a"))
	put("another content beside a settled parcel", exchange.ErrConflict, other(1, recipientB))
	put("the same content for another recipient", nil, testParcel(1, recipientB), testParcel(3, recipientA))
	stranger := other(1, recipientA)
	stranger.Sender = "kpu/sipol"
	put("another sender's", nil, stranger)
	put("another identity", nil, other(2, recipientA))
}

func testParcels(t *outboxTest) {
	for _, n := range []int{3, 1, 2} {
		t.put(testParcel(n, recipientB), testParcel(n, recipientA))
	}
	t.change(2, recipientA, settle("a"))
	t.change(2, recipientB, giveUp)
	list := func(after exchange.Sent, limit int, want string) {
		t.Helper()
		if got := t.numbers(t.o.Parcels(t.ctx, after, limit)); got != want {
			t.Errorf("behind %s %s, at most %d: got %s, want %s", after.ID, after.Recipient, limit, got, want)
		}
	}
	list(exchange.Sent{}, 10, "1a 1b 2a 2b 3a 3b ")
	list(exchange.Sent{}, 2, "1a 1b ")
	list(testParcel(1, recipientB).Sent, 2, "2a 2b ")
	list(testParcel(2, recipientA).Sent, 10, "2b 3a 3b ")
	list(exchange.Sent{Key: testKey(2)}, 10, "2a 2b 3a 3b ")
	list(exchange.Sent{Key: testKey(9)}, 10, "")
	list(exchange.Sent{}, 0, "")
	list(exchange.Sent{}, -1, "")
}

func testDue(t *outboxTest) {
	for _, n := range []int{3, 1, 4, 2} {
		t.put(testParcel(n, recipientA))
	}
	t.put(testParcel(1, recipientB))
	at := func(seconds int) time.Time { return storeNow.Add(time.Duration(seconds) * time.Second) }
	due := func(now time.Time, limit int, want string) {
		t.Helper()
		if got := t.numbers(t.o.Due(t.ctx, recipientA, now, limit)); got != want {
			t.Errorf("due at %s, at most %d: got %s, want %s", now, limit, got, want)
		}
	}
	due(at(1).Add(-time.Microsecond), 10, "")
	due(at(1), 10, "1a ")
	due(at(9), 10, "1a 2a 3a 4a ")
	due(at(9), 2, "1a 2a ")
	due(at(9), 0, "")
	t.change(1, recipientA, func(p *exchange.Parcel) { p.State, p.Next = exchange.ParcelUnknown, at(3) })
	due(at(2), 10, "2a ")
	due(at(9), 10, "2a 1a 3a 4a ") // equal times in the order of keys
	t.change(2, recipientA, settle("a"))
	t.change(3, recipientA, giveUp)
	due(at(9), 10, "1a 4a ")
	t.change(3, recipientA, func(p *exchange.Parcel) { p.State, p.Next = exchange.ParcelUnknown, at(0) })
	due(at(9), 10, "3a 1a 4a ")
	t.put(testParcel(3, recipientA)) // changes nothing
	due(at(9), 10, "3a 1a 4a ")
	early := testParcel(8, recipientA)
	early.Next = time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)
	zero := testParcel(9, recipientA)
	zero.Next = time.Time{}
	t.put(early, zero)
	due(at(0), 10, "9a 8a 3a ")
}
