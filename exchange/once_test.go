package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/bolt"
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

func TestP5UnknownCanBeResolved(t *testing.T) {
	ctx := context.Background()
	cancel := func(s *scene, sealed *envelope.Sealed) (*exchange.Receipt, error) {
		return s.Sender(sipol).Cancel(ctx, exchange.SentTo(sealed, ahu.Party))
	}
	t.Run("it never arrived", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		r, err := cancel(s, sealed)
		if err != nil || r.Claims().Outcome != exchange.OutcomeCancelled || r.Claims().Reason != envelope.ReasonCancelled {
			t.Fatalf("%+v, %v", r, err)
		}
		a := s.send(sealed)
		s.refused(a, envelope.ReasonCancelled, true)
		if !bytes.Equal(s.receipt(a, sealed).JWS(), r.JWS()) {
			t.Error("the late envelope got another receipt")
		}
		again, err := cancel(s, sealed)
		if err != nil || !bytes.Equal(again.JWS(), r.JWS()) {
			t.Errorf("asked again: %v", err)
		}
	})
	t.Run("it was settled", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		first := s.send(sealed)
		s.accepted(first)
		r, err := cancel(s, sealed)
		if err != nil || !bytes.Equal(r.JWS(), first.Settlement.Receipt) {
			t.Errorf("%v", err)
		}
	})
	t.Run("it is being handled", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		s.handler = func(context.Context, *exchange.Delivery) error {
			if _, err := cancel(s, sealed); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
				t.Errorf("asked meanwhile: %v", err)
			}
			return nil
		}
		s.accepted(s.send(sealed))
	})
	t.Run("asked by somebody else", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		sent := exchange.SentTo(sealed, ahu.Party)
		if _, err := s.Sender(pengawasan).Cancel(ctx, sent); envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("another's envelope: %v", err)
		}
		for _, question := range [][]byte{nil, []byte("3174012501990001\n"), sealed.ManifestJWS(), forgedQuestion(t, s, sealed)} {
			a := s.r.SettleOrCancel(ctx, question)
			if a.Err() == nil || a.Settlement != nil || a.Reply().Receipt != nil {
				t.Errorf("got %q", a.Reason)
			}
		}
		s.untouched(sealed)
		s.accepted(s.send(sealed))
	})
}

func TestP5QuestionsAreHeldToTheirPlaceAndTime(t *testing.T) {
	ctx := context.Background()
	tests := []struct {
		name     string
		question func(s *scene, e *envelope.Sealed) map[string]any
		reason   envelope.Reason
	}{
		{"to another recipient", func(*scene, *envelope.Sealed) map[string]any { return map[string]any{"aud": "bawaslu/pengawasan"} }, envelope.ReasonForwarded},
		{"from the future", func(s *scene, _ *envelope.Sealed) map[string]any {
			return map[string]any{"iat": s.Clock.Now().Add(envelope.DefaultSkew + time.Second).Unix()}
		}, envelope.ReasonNotYetValid},
		{"about no envelope", func(*scene, *envelope.Sealed) map[string]any { return map[string]any{"jti": nik} }, envelope.ReasonMalformed},
		{"about no digest", func(*scene, *envelope.Sealed) map[string]any { return map[string]any{"manifest": nik} }, envelope.ReasonMalformed},
		{"of another version", func(*scene, *envelope.Sealed) map[string]any { return map[string]any{"v": 2} }, envelope.ReasonMalformed},
		{"with a member more", func(*scene, *envelope.Sealed) map[string]any { return map[string]any{"note": nik} }, envelope.ReasonMalformed},
		{"as it should be", func(*scene, *envelope.Sealed) map[string]any { return nil }, envelope.ReasonCancelled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			sealed := s.sealed()
			q := map[string]any{"v": 1, "jti": sealed.Manifest().ID, "iss": sipol.Party, "aud": ahu.Party, "iat": s.Clock.Now().Unix(), "manifest": sealed.Digest()}
			maps.Copy(q, tt.question(s, sealed))
			text, err := json.Marshal(q)
			if err != nil {
				t.Fatal(err)
			}
			token, err := envelope.SignToken(envelope.TypeQuestion, text, sipol.Signing)
			if err != nil {
				t.Fatal(err)
			}
			a := s.r.SettleOrCancel(ctx, token)
			s.refused(a, tt.reason, tt.reason == envelope.ReasonCancelled)
			s.quiet("the error", a.Err().Error())
			if a.Settlement == nil {
				s.untouched(sealed)
			}
		})
	}
	t.Run("older than an envelope lives", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		text := []byte(`{"v":1,"jti":"` + sealed.Manifest().ID + `","iss":"kpu/sipol","aud":"ahu/badan-hukum","iat":` + strconv.FormatInt(s.Clock.Now().Unix(), 10) + `,"manifest":"` + sealed.Digest() + `"}`)
		token, err := envelope.SignToken(envelope.TypeQuestion, text, sipol.Signing)
		if err != nil {
			t.Fatal(err)
		}
		s.Clock.Move(envelope.MaxLifetime + time.Second)
		if a := s.r.SettleOrCancel(ctx, token); a.Reason != envelope.ReasonExpired || a.Settlement != nil {
			t.Errorf("got %q", a.Reason)
		}
	})
	t.Run("about other content under a settled identity", func(t *testing.T) {
		s := newScene(t)
		first := s.sealed()
		s.accepted(s.send(first))
		sent := exchange.SentTo(first, ahu.Party)
		sent.Digest = envelopetest.Digest("other")
		r, err := s.Sender(sipol).Cancel(ctx, sent)
		if err != nil || r.Claims().Final || r.Claims().Reason != envelope.ReasonConflict {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// forgedQuestion is a question about Sipol's envelope, signed by another agency.
func forgedQuestion(t *testing.T, s *scene, sealed *envelope.Sealed) []byte {
	t.Helper()
	text := []byte(`{"v":1,"jti":"` + sealed.Manifest().ID + `","iss":"kpu/sipol","aud":"ahu/badan-hukum","iat":1707962400,"manifest":"` + sealed.Digest() + `"}`)
	token, err := envelope.SignToken(envelope.TypeQuestion, text, pengawasan.Signing)
	if err != nil {
		t.Fatal(err)
	}
	return token
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
