package exchangetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
)

// A StoreHarness makes the stores that [TestStore] judges.
type StoreHarness struct {
	// New returns an empty store. It is closed by t.Cleanup, if it needs to be.
	New func(t *testing.T) exchange.Store
	// Reopen ends the use of a store, as a crash would, and returns a store on
	// what it kept. nil: the store does not outlive its process, and whoever uses
	// it knows.
	Reopen func(t *testing.T, s exchange.Store) exchange.Store
	// Effects let the kit write as a handler does. Mandatory for an
	// [exchange.Transactor]; nil for any other store.
	Effects *Effects
}

// TestStore checks a store against the contract of [exchange.Store]. Every part
// of it is a subtest that says what it wants.
func TestStore(t *testing.T, h StoreHarness) {
	type part struct {
		name string
		test func(*storeTest)
	}
	parts := []part{
		{"a key is admitted once", testAdmission},
		{"another digest is a conflict", testConflict},
		{"a lease keeps others off until it ends", testLease},
		{"a lease that no clock could give now is over", testWrongClock},
		{"an older fence can do nothing", testFence},
		{"a lease that ran out and was not taken over still holds", testLateWorker},
		{"a released claim is over", testRelease},
		{"a settlement is final", testSettle},
		{"a tombstone settles what nobody works on", testTombstone},
		{"keys do not run into each other", testKeys},
		{"only settled rows are purged, at the instant and not before", testPurge},
		{"what is kept for good is not purged", testForGood},
		{"what may have been purged is not admitted again", testPurged},
		{"marks rise, and only an acknowledgement lowers the clock", testMarks},
		{"a store stays the first party's", testParty},
		{"rows belong to the caller", testCopies},
		{"an ended context changes nothing", testContext},
		{"one of many claims wins", testRace},
		{"one of many settlements wins", testSettleRace},

		{"a later revision keeps every earlier one out", testLines},
		{"a correction waits for a lease and takes what is left", testLineTakesOver},
		{"what was settled before it was corrected stays", testLineSettled},
		{"lines keep to their channel and sender", testLinesApart},
		{"a tombstone leaves lines alone", testLineTombstone},
		{"a line is forgotten at the instant and not before", testLinePurge},
		{"a line is kept as long as its latest admission says", testLineHead},
		{"revisions at once are admitted in their order", testLineRace},
		{"numbers that have not come are missing", testMissing},
		{"what is remembered of a channel is bounded", testChannelBounds},
		{"numbers come at once", testChannelRace},
		{"a sender has as many rows that last as it may", testQuota},
		{"a correction takes the place of what it supersedes", testQuotaCorrection},
		{"many senders bring too much at once", testFlood},
		{"a claim that is refused changes nothing", testRefusedClaim},
	}
	if h.Reopen != nil {
		parts = append(parts, part{"a store outlives its process", testReopen})
	}
	if _, ok := h.New(t).(exchange.Transactor); ok != (h.Effects != nil) {
		t.Fatal("a store with transactions needs Effects in its harness, and no other has them")
	}
	if h.Effects != nil {
		parts = append(parts,
			part{"an effect and its settlement are one", effects(testEffect)},
			part{"an effect that was not settled is not there", effects(testEffectCrash)},
			part{"an effect that fails settles nothing", effects(testEffectFails)},
			part{"a claim that is over has no effect", effects(testEffectFenced)},
			part{"an effect can be given up", effects(testEffectDiscard)},
			part{"effects beside some that fail", effects(testEffectRace)},
			part{"of many effects of one envelope one is there", effects(testEffectOnce)},
		)
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { p.test(&storeTest{T: t, h: h, s: h.New(t), ctx: context.Background()}) })
	}
}

// storeTest is one part's store and the words to speak to it.
type storeTest struct {
	*testing.T
	h   StoreHarness
	s   exchange.Store
	ctx context.Context
}

var storeNow = time.Date(2024, 2, 15, 2, 0, 0, 123456000, time.UTC)

const storeLease = time.Minute

func testKey(n int) exchange.Key {
	return exchange.Key{Sender: "kpu/sirekap", ID: fmt.Sprintf("018da7f0-0000-7000-8000-%012d", n)}
}

// admission of key n with a digest that depends on n and what.
func testAdmitted(n int, what string) exchange.Admission {
	return exchange.Admission{
		Key: testKey(n), Digest: envelopetest.Digest(fmt.Sprint(n, what)), AdmittedAt: storeNow, Directory: 7,
		Agreement: envelopetest.Digest("agreement"), KeepUntil: storeNow.Add(48 * time.Hour), Quota: 1000,
	}
}

func testSettled(what string) exchange.Settlement {
	return exchange.Settlement{Outcome: exchange.OutcomeAccepted, At: storeNow.Add(time.Second), Receipt: []byte("receipt " + what)}
}

func (t *storeTest) claim(n int, at time.Time) (exchange.Claim, error) {
	return t.s.Claim(t.ctx, testAdmitted(n, ""), at, storeLease)
}

func (t *storeTest) mustClaim(n int, at time.Time) exchange.Claim {
	t.Helper()
	c, err := t.claim(n, at)
	if err != nil {
		t.Fatalf("claim: %v", err)
	}
	return c
}

func (t *storeTest) want(what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || want == nil && got != nil {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func (t *storeTest) row(n int) *exchange.Row {
	t.Helper()
	row, _, err := t.s.Lookup(t.ctx, testKey(n))
	if err != nil {
		t.Fatalf("lookup: %v", err)
	}
	return row
}

func (t *storeTest) marks() exchange.Marks {
	t.Helper()
	_, m, err := t.s.Lookup(t.ctx, exchange.Key{})
	if err != nil {
		t.Fatalf("lookup: %v", err)
	}
	return m
}
