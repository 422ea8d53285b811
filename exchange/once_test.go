package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/trust"
)

func TestP4Once(t *testing.T) {
	tests := []struct {
		name  string
		again func(s *scene, sealed *envelope.Sealed) exchange.Answer
	}{
		{"sent again", func(s *scene, e *envelope.Sealed) exchange.Answer { return s.send(e) }},
		{"after a restart", func(s *scene, e *envelope.Sealed) exchange.Answer { s.restart(nil); return s.send(e) }},
		{"encoded anew by another recipient", func(s *scene, e *envelope.Sealed) exchange.Answer {
			return s.receive(rewrap(s.T, e.File(), ahu, ahu, nil))
		}},
		{"a second before expiry", func(s *scene, e *envelope.Sealed) exchange.Answer {
			s.Clock.Move(24*time.Hour - time.Second)
			return s.send(e)
		}},
		{"at expiry", func(s *scene, e *envelope.Sealed) exchange.Answer { s.Clock.Move(24 * time.Hour); return s.send(e) }},
		{"at expiry and skew", func(s *scene, e *envelope.Sealed) exchange.Answer {
			s.Clock.Move(24*time.Hour + envelope.DefaultSkew)
			return s.send(e)
		}},
		{"long after expiry", func(s *scene, e *envelope.Sealed) exchange.Answer {
			s.Clock.Move(20 * 24 * time.Hour)
			return s.send(e)
		}},
		{"to a receiver for another purpose", func(s *scene, e *envelope.Sealed) exchange.Answer {
			s.restart(func(c *exchange.ReceiverConfig) { c.Purpose = "PARPOL-GANDA" })
			return s.send(e)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			sealed := s.sealed()
			first := s.send(sealed)
			s.accepted(first)
			again := tt.again(s, sealed)
			s.called(1)
			if again.Reason != envelope.ReasonReplayed || !again.Repeat() || !bytes.Equal(again.Settlement.Receipt, first.Settlement.Receipt) {
				t.Errorf("got %q, %+v", again.Reason, again.Settlement)
			}
			if !bytes.Equal(s.receipt(first, sealed).JWS(), s.receipt(again, sealed).JWS()) {
				t.Error("the receipts differ")
			}
		})
	}
}

func TestP4FiftyAtOnce(t *testing.T) {
	s := newScene(t)
	store, err := bolt.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	enough := make(chan struct{})
	s.handler = func(context.Context, *exchange.Delivery) error { <-enough; return nil }
	s.restart(func(c *exchange.ReceiverConfig) { c.Store = store })
	sealed := s.sealed()
	answers := make(chan exchange.Answer, 50)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { answers <- s.send(sealed) })
	}
	for range 49 { // all but the one whose handler waits
		if a := <-answers; a.Reason != envelope.ReasonBusy || a.Reply().Refusal != exchange.OutwardTryLater {
			t.Errorf("got %q", a.Reason)
		}
	}
	close(enough)
	wg.Wait()
	s.accepted(<-answers)
	s.called(1)
}

func TestP4ConflictIsAnAlarm(t *testing.T) {
	for _, settled := range []bool{true, false} {
		s := newScene(t)
		if !settled {
			s.handler = func(context.Context, *exchange.Delivery) error { return errors.New("not now") }
		}
		first := s.sealed()
		s.send(first)
		s.called(1)
		other := s.craftWith(sipol.Signing, fixture(t, dataset+"/valid/names-only.ndjson"), func(d *envelope.Draft) { d.ID = first.Manifest().ID })
		for range 3 {
			a := s.send(other)
			if a.Reason != envelope.ReasonConflict || a.Settlement != nil {
				t.Errorf("got %q, %+v", a.Reason, a.Settlement)
			}
			if c := s.receipt(a, other).Claims(); c.Final || c.Reason != envelope.ReasonConflict {
				t.Errorf("the receipt says %+v", c)
			}
		}
		alarms := 0
		for _, e := range s.Journal(ahu).Entries() {
			if e.Event == exchange.EventConflict && e.Digest == other.Digest() {
				alarms++
			}
		}
		if alarms != 1 {
			t.Errorf("%d alarms in the journal", alarms)
		}
		s.called(1)
		s.handler = nil
		if a := s.send(first); settled != a.Repeat() || !settled && a.Err() != nil {
			t.Errorf("the honest one then gets %q", a.Reason)
		}
	}
}

func TestP4ANeverIsFinal(t *testing.T) {
	s := newScene(t)
	s.handler = func(context.Context, *exchange.Delivery) error { return exchange.Reject("unknown_party") }
	sealed := s.sealed()
	a := s.send(sealed)
	if a.Reason != envelope.ReasonRejected || a.Settlement == nil || a.Settlement.Outcome != exchange.OutcomeRefused {
		t.Fatalf("got %q, %+v", a.Reason, a.Settlement)
	}
	if c := s.receipt(a, sealed).Claims(); c.Reason != envelope.ReasonRejected || c.Code != "unknown_party" || !c.Final {
		t.Errorf("the receipt says %+v", c)
	}
	s.handler = nil
	if again := s.send(sealed); !again.Repeat() || !bytes.Equal(again.Settlement.Receipt, a.Settlement.Receipt) {
		t.Errorf("then %q", again.Reason)
	}
	s.called(1)
}

func TestP5NeverLost(t *testing.T) {
	tests := []struct {
		name   string
		first  func(s *scene) // what goes wrong in the first attempt
		reason envelope.Reason
		then   func(s *scene) // before the second
		calls  int64
	}{
		{"the handler fails", func(s *scene) {
			s.handler = func(context.Context, *exchange.Delivery) error { return errors.New("no") }
		}, envelope.ReasonHandlerFailed, nil, 2},
		{"the handler panics", func(s *scene) {
			s.handler = func(context.Context, *exchange.Delivery) error { panic("3174012501990001") }
		}, envelope.ReasonHandlerFailed, nil, 2},
		{"the journal fails before the release", func(s *scene) {
			s.Journal(ahu).Fail = func(exchange.Entry) error { return errors.New("disk full") }
		}, envelope.ReasonUnavailable, func(s *scene) { s.Journal(ahu).Fail = nil }, 1},
		{"the store fails at the claim", func(s *scene) {
			s.restart(func(c *exchange.ReceiverConfig) { c.Store = &broken{Store: c.Store, claim: true} })
		}, envelope.ReasonUnavailable, nil, 1},
		{"the process dies between claim and settlement", func(s *scene) {
			s.restart(func(c *exchange.ReceiverConfig) { c.Store = &broken{Store: c.Store, settle: true, release: true} })
		}, envelope.ReasonUnavailable, func(s *scene) { s.Clock.Move(exchange.DefaultLease) }, 2},
		{"and the envelope expires meanwhile", func(s *scene) {
			s.restart(func(c *exchange.ReceiverConfig) { c.Store = &broken{Store: c.Store, settle: true, release: true} })
		}, envelope.ReasonUnavailable, func(s *scene) { s.Clock.Move(48 * time.Hour) }, 2},
		{"the handler fails and the envelope expires", func(s *scene) {
			s.handler = func(context.Context, *exchange.Delivery) error { return errors.New("no") }
		}, envelope.ReasonHandlerFailed, func(s *scene) { s.Clock.Move(48 * time.Hour) }, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			sealed := s.sealed()
			tt.first(s)
			a := s.send(sealed)
			if a.Reason != tt.reason || a.Settlement != nil || a.Reply().Refusal != exchange.OutwardTryLater {
				t.Fatalf("got %q, %+v", a.Reason, a.Reply())
			}
			s.handler = nil
			s.restart(nil)
			if tt.then != nil {
				tt.then(s)
			}
			s.accepted(s.send(sealed))
			s.called(tt.calls)
		})
	}
}

func TestP5ALeaseThatRunsKeepsOthersOff(t *testing.T) {
	s := newScene(t)
	s.restart(func(c *exchange.ReceiverConfig) { c.Store = &broken{Store: c.Store, settle: true, release: true} })
	sealed := s.sealed()
	s.send(sealed)
	s.restart(nil)
	s.Clock.Move(exchange.DefaultLease - time.Microsecond)
	if a := s.send(sealed); a.Reason != envelope.ReasonBusy {
		t.Errorf("got %q", a.Reason)
	}
	s.called(1)
}

func TestP5AnOvertakenWorkerCannotSettle(t *testing.T) {
	s := newScene(t)
	sealed := s.sealed()
	s.handler = func(context.Context, *exchange.Delivery) error {
		s.handler = nil
		s.Clock.Move(exchange.DefaultLease) // it slept past its lease
		s.accepted(s.send(sealed))
		return exchange.Reject("too_late")
	}
	if a := s.send(sealed); a.Reason != envelope.ReasonBusy || a.Settlement != nil {
		t.Errorf("the overtaken worker got %q, %+v", a.Reason, a.Settlement)
	}
	if row := s.row(sealed); row.Settlement == nil || row.Settlement.Outcome != exchange.OutcomeAccepted || row.Fence != 2 {
		t.Errorf("the row is %+v", row)
	}
}

func TestP5ASettlementOutlivesTheCaller(t *testing.T) {
	s := newScene(t)
	ctx, cancel := context.WithCancel(context.Background())
	s.handler = func(context.Context, *exchange.Delivery) error { cancel(); return nil }
	s.accepted(s.r.Receive(ctx, bytes.NewReader(s.sealed().File())))
}

// A caller that gives up between the claim and the handler has decided nothing,
// and hinders nobody.
func TestP5ACallerThatGivesUpEarlySettlesNothing(t *testing.T) {
	s := newScene(t)
	ctx, cancel := context.WithCancel(context.Background())
	s.Journal(ahu).Fail = func(e exchange.Entry) error {
		if e.Event == exchange.EventReleased {
			cancel()
		}
		return nil
	}
	sealed := s.sealed()
	a := s.r.Receive(ctx, bytes.NewReader(sealed.File()))
	s.refused(a, envelope.ReasonUnavailable, false)
	if row := s.row(sealed); row == nil || row.Settlement != nil || !row.LeaseUntil.IsZero() {
		t.Errorf("the row is %+v", row)
	}
	s.Journal(ahu).Fail = nil
	s.accepted(s.send(sealed)) // at once: the claim was released
	s.called(1)
}

// A clock that was wrong, and a crash, leave a lease that ends in weeks.
func TestP5ALeaseOfAWrongClockIsOver(t *testing.T) {
	s := newScene(t)
	sealed := s.craft(sipol.Signing, func(d *envelope.Draft) { d.ValidFor = envelope.MaxLifetime })
	s.accepted(s.send(s.sealed()))
	s.Clock.Move(20 * 24 * time.Hour)
	s.restart(func(c *exchange.ReceiverConfig) { c.Store = &broken{Store: c.Store, settle: true, release: true} })
	if a := s.send(sealed); a.Reason != envelope.ReasonUnavailable {
		t.Fatalf("got %q", a.Reason)
	}
	s.Clock.Move(-20 * 24 * time.Hour) // mended
	s.restart(nil)
	if err := s.r.AcknowledgeClock(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.accepted(s.send(sealed))
}

// A receipt that is kept for ever is signed by a key that was valid when it was
// signed, however long the handler took.
func TestP5AKeyThatEndsWhileTheHandlerRuns(t *testing.T) {
	s := newScene(t)
	until := func(d time.Duration) *trust.Directory {
		return s.directory(func(draft *trust.Draft) {
			keyOf(draft, ahu.Party, envelope.UseSign).Until = s.Clock.Now().Add(d).Truncate(time.Second)
		})
	}
	s.Directory = until(time.Hour)
	s.restart(nil)
	sealed := s.sealed()
	s.handler = func(context.Context, *exchange.Delivery) error { s.Clock.Move(61 * time.Minute); return nil }
	a := s.send(sealed)
	if a.Reason != envelope.ReasonUnavailable || a.Settlement != nil || a.Reply().Refusal != exchange.OutwardTryLater {
		t.Fatalf("got %q, %+v", a.Reason, a.Settlement)
	}
	s.handler = nil
	s.Directory = until(time.Hour)
	if err := s.r.SetDirectory(context.Background(), s.Directory); err != nil {
		t.Fatal(err)
	}
	a = s.send(sealed) // the claim was released
	s.accepted(a)
	s.receipt(a, sealed)
	s.called(2)
}

// blind does not see the row of an envelope in its first look-ups, as when
// somebody else settles it in between.
type blind struct {
	exchange.Store
	left    int
	failing bool // and then the store fails
}

func (b *blind) Lookup(ctx context.Context, k exchange.Key) (*exchange.Row, exchange.Marks, error) {
	row, marks, err := b.Store.Lookup(ctx, k)
	switch {
	case k == exchange.Key{}:
	case b.left > 0:
		b.left--
		return nil, marks, err
	case b.failing:
		return nil, exchange.Marks{}, errBroken
	}
	return row, marks, err
}

func TestP4SettledByAnotherInBetween(t *testing.T) {
	allowed := func(*scene) {}
	forbidden := func(s *scene) {
		s.agree(map[string]any{"validUntil": s.Clock.Now().Add(time.Hour).Format(time.RFC3339), "grants": []agreement.Grant{
			{From: ahu.Party, To: sipol.Party, Dataset: dataset, Purposes: []purpose.Code{code}}}})
	}
	for _, tt := range []struct {
		name   string
		before func(*scene)
		store  blind
		reason envelope.Reason
	}{
		{"found at the claim", allowed, blind{left: 1}, envelope.ReasonReplayed},
		{"and then the store fails", allowed, blind{left: 1, failing: true}, envelope.ReasonUnavailable},
		{"found at the tombstone", forbidden, blind{left: 1}, envelope.ReasonReplayed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			tt.before(s)
			sealed := s.sealed()
			first := s.send(sealed)
			calls := s.calls.Load()
			if first.Settlement == nil {
				t.Fatalf("got %q", first.Reason)
			}
			s.restart(func(c *exchange.ReceiverConfig) { tt.store.Store = c.Store; c.Store = &tt.store })
			a := s.send(sealed)
			if a.Reason != tt.reason || a.Repeat() != (tt.reason == envelope.ReasonReplayed) {
				t.Fatalf("got %q", a.Reason)
			}
			if a.Repeat() && !bytes.Equal(s.receipt(a, sealed).JWS(), first.Settlement.Receipt) {
				t.Error("another receipt than the first")
			}
			s.called(calls)
		})
	}
	t.Run("accepted while the sender cancels", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		first := s.send(sealed)
		s.accepted(first)
		s.restart(func(c *exchange.ReceiverConfig) { c.Store = &blind{Store: c.Store, left: 1} })
		r, err := s.Sender(sipol).Cancel(context.Background(), exchange.SentTo(sealed, ahu.Party))
		if err != nil || !bytes.Equal(r.JWS(), first.Settlement.Receipt) {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestP5AReceiptIsThereAgainIfTheJournalFailsLate(t *testing.T) {
	s := newScene(t)
	s.Journal(ahu).Fail = func(e exchange.Entry) error {
		if e.Event == exchange.EventSettled {
			return errors.New("disk full")
		}
		return nil
	}
	sealed := s.sealed()
	if a := s.send(sealed); a.Reason != envelope.ReasonUnavailable || a.Reply().Receipt != nil {
		t.Errorf("got %q", a.Reason)
	}
	s.Journal(ahu).Fail = nil
	if a := s.send(sealed); !a.Repeat() || s.receipt(a, sealed).Claims().Outcome != exchange.OutcomeAccepted {
		t.Errorf("then %q", a.Reason)
	}
	s.called(1)
}

func TestP5ADamagedCopyDoesNotHinder(t *testing.T) {
	s := newScene(t)
	sealed := s.sealed()
	file := sealed.File()
	n := 0
	for m := range envelopetest.MangleBits(file) {
		if n++; n%211 != 0 {
			continue
		}
		if a := s.receive(m.Data); a.Err() == nil || a.Settlement != nil || a.Reply().Receipt != nil || a.Key != (exchange.Key{}) {
			t.Fatalf("%s: %q, %+v", m.Fault, a.Reason, a.Reply())
		}
	}
	s.called(0)
	s.untouched(sealed)
	s.accepted(s.send(sealed))
}

func TestExchangeOnDurableStores(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s := newScene(t)
	sealed := s.sealed()
	var first exchange.Answer
	for i := range 3 { // the process starts, works, and ends
		store, err := bolt.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		s.restart(func(c *exchange.ReceiverConfig) { c.Store = store })
		a := s.send(sealed)
		if i == 0 {
			s.accepted(a)
			first = a
		} else if !a.Repeat() || !bytes.Equal(a.Settlement.Receipt, first.Settlement.Receipt) {
			t.Errorf("start %d: %q", i, a.Reason)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s.called(1)
	text, err := os.ReadFile(path)
	if err != nil || bytes.Contains(text, []byte("Warga Contoh")) {
		t.Errorf("the store's file holds a record's value, or cannot be read: %v", err)
	}
}
