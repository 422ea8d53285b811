package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
)

// correct seals a revision of an envelope, by a sender.
func (s *scene) correct(of *envelope.Sealed, change func(*exchange.Shipment)) (*envelope.Sealed, error) {
	s.Helper()
	shipment := exchange.Shipment{
		Request: s.Request(dataset, code, ahu), Records: source(fixture(s, dataset+"/valid/central-board.ndjson")),
		Corrects: &exchange.Correction{Of: exchange.SentTo(of, ahu.Party), Reason: "salah ketik"},
	}
	if change != nil {
		change(&shipment)
	}
	sealed, _, err := s.Sender(sipol).Seal(context.Background(), shipment)
	return sealed, err
}

func (s *scene) corrected(of *envelope.Sealed) *envelope.Sealed {
	s.Helper()
	sealed, err := s.correct(of, nil)
	if err != nil {
		s.Fatal(err)
	}
	return sealed
}

// superseded wants an envelope to be refused for good because a later revision
// was there before it, now and ever after.
func (s *scene) superseded(sealed *envelope.Sealed) {
	s.Helper()
	calls := s.calls.Load()
	first := s.send(sealed)
	if first.Reason != envelope.ReasonSuperseded || first.Settlement == nil || first.Settlement.Outcome != exchange.OutcomeRefused {
		s.Errorf("got %q, %+v", first.Reason, first.Settlement)
		return
	}
	r := s.receipt(first, sealed)
	if c := r.Claims(); !c.Final || c.Reason != envelope.ReasonSuperseded || c.Outcome != exchange.OutcomeRefused {
		s.Errorf("the receipt says %+v", c)
	}
	s.restart(nil)
	if again := s.send(sealed); !again.Repeat() || !bytes.Equal(s.receipt(again, sealed).JWS(), r.JWS()) {
		s.Errorf("a repeat gets %q", again.Reason)
	}
	s.called(calls)
}

// Three revisions arrive in every order: the handler sees each that is later than
// all before it, and no other.
func TestRevisionsInEveryOrder(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			s := newScene(t)
			var handled []int64
			s.handler = func(_ context.Context, d *exchange.Delivery) error {
				revision := int64(0)
				if m := d.Proof().Manifest; m.Supersedes != nil {
					revision = m.Supersedes.Revision
				}
				handled = append(handled, revision)
				return nil
			}
			a := s.sealed()
			b := s.corrected(a)
			revisions := []*envelope.Sealed{a, b, s.corrected(b)}
			latest := -1
			for _, i := range order {
				if i < latest {
					s.superseded(revisions[i])
					continue
				}
				latest = i
				s.accepted(s.send(revisions[i]))
				if last := handled[len(handled)-1]; last != int64(i) {
					t.Errorf("revision %d was handled as %d", i, last)
				}
			}
			if !slices.IsSorted(handled) || latest != 2 {
				t.Errorf("handled were %v", handled)
			}
			for i, sealed := range revisions { // and all of them again
				if again := s.send(sealed); !again.Repeat() {
					t.Errorf("revision %d again: %q", i, again.Reason)
				}
			}
		})
	}
}

func TestRevisionsSayWhatTheyAre(t *testing.T) {
	s := newScene(t)
	a := s.sealed()
	b := s.corrected(a)
	c := s.corrected(b)
	for n, tt := range []struct {
		sealed, of *envelope.Sealed
		want       int64
	}{{b, a, 1}, {c, b, 2}} {
		got, of := tt.sealed.Manifest().Supersedes, tt.of
		if got.ID != of.Manifest().ID || got.Digest != of.Digest() || got.First != a.Manifest().ID || got.Revision != tt.want || got.Reason != "salah ketik" {
			t.Errorf("revision %d says %+v", n+1, got)
		}
	}
	s.accepted(s.send(c))
	for _, e := range s.Journal(ahu).Entries() {
		if e.Supersedes != b.Manifest().ID {
			t.Errorf("the entry %q does not say what is superseded: %+v", e.Event, e)
		}
	}
}

func TestRetraction(t *testing.T) {
	s := newScene(t)
	retracts := func(sh *exchange.Shipment) { sh.Records, sh.Corrects.Retracts = source(nil), true }
	for _, first := range []bool{true, false} {
		a := s.sealed()
		if first {
			s.accepted(s.send(a))
		}
		b, err := s.correct(a, retracts)
		if err != nil {
			t.Fatal(err)
		}
		retracted := false
		s.handler = func(_ context.Context, d *exchange.Delivery) error {
			for range d.Records() {
				t.Error("a retraction has a record")
			}
			retracted = d.Retracts()
			return nil
		}
		s.accepted(s.send(b))
		if !retracted {
			t.Error("the handler was not told that it is a retraction")
		}
		s.handler = nil
		if !first {
			s.superseded(a)
		}
	}
	s.handler = func(_ context.Context, d *exchange.Delivery) error {
		if d.Retracts() {
			t.Error("it retracts nothing")
		}
		return nil
	}
	a := s.sealed()
	s.accepted(s.send(a))
	s.accepted(s.send(s.corrected(a)))
	s.accepted(s.send(s.craftWith(sipol.Signing, nil, nil))) // no record, and supersedes nothing
}

func TestCorrectionsThatAreNone(t *testing.T) {
	s := newScene(t)
	a := s.sealed()
	other := s.craft(pengawasan.Signing, func(d *envelope.Draft) { d.Sender = pengawasan.Party })
	for name, tt := range map[string]struct {
		change func(*exchange.Shipment)
		want   envelope.Reason
	}{
		"for another recipient": {func(sh *exchange.Shipment) { sh.To = []envelope.Party{pengawasan.Party} }, envelope.ReasonMisuse},
		"for one more":          {func(sh *exchange.Shipment) { sh.To = append(sh.To, pengawasan.Party) }, envelope.ReasonMisuse},
		"of another dataset": {func(sh *exchange.Shipment) {
			sh.Corrects.Of.Channel = exchange.ChannelOf(sipol.Party, "ahu/badan-hukum", sh.To)
		}, envelope.ReasonMisuse},
		"of another's envelope":        {func(sh *exchange.Shipment) { sh.Corrects.Of = exchange.SentTo(other, ahu.Party) }, envelope.ReasonMisuse},
		"of what has no line":          {func(sh *exchange.Shipment) { sh.Corrects.Of.Line = exchange.Line{} }, envelope.ReasonMisuse},
		"of nothing":                   {func(sh *exchange.Shipment) { sh.Corrects.Of = exchange.Sent{} }, envelope.ReasonMisuse},
		"without a reason":             {func(sh *exchange.Shipment) { sh.Corrects.Reason = "" }, envelope.ReasonMisuse},
		"by an empty input":            {func(sh *exchange.Shipment) { sh.Records = source(nil) }, envelope.ReasonMisuse},
		"a retraction with a record":   {func(sh *exchange.Shipment) { sh.Corrects.Retracts = true }, envelope.ReasonMisuse},
		"of the same, as it should be": {func(*exchange.Shipment) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			sealed, err := s.correct(a, tt.change)
			if envelope.ReasonOf(err) != tt.want || (sealed != nil) != (tt.want == "") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// What a correction says of the one before is held against what came.
func TestCorrectionOfOtherContentIsAnAlarm(t *testing.T) {
	supersede := func(s *scene, a *envelope.Sealed, digest string) *envelope.Sealed {
		return s.craft(sipol.Signing, func(d *envelope.Draft) {
			d.Supersedes = &envelope.Supersession{ID: a.Manifest().ID, Digest: digest, First: a.Manifest().ID, Revision: 1, Reason: "lain"}
		})
	}
	for _, settled := range []bool{true, false} {
		s := newScene(t)
		a := s.sealed()
		if !settled {
			s.handler = func(context.Context, *exchange.Delivery) error { return errors.New("not now") }
		}
		s.send(a)
		s.handler = nil
		b := supersede(s, a, envelopetest.Digest("other"))
		for range 2 {
			answer := s.send(b)
			if answer.Reason != envelope.ReasonConflict || answer.Settlement != nil {
				t.Errorf("got %q, %+v", answer.Reason, answer.Settlement)
			}
			if c := s.receipt(answer, b).Claims(); c.Final || c.Reason != envelope.ReasonConflict {
				t.Errorf("the receipt says %+v", c)
			}
		}
		if s.row(b) != nil {
			t.Error("there is a row")
		}
		alarms := 0
		for _, e := range s.Journal(ahu).Entries() {
			if e.Event == exchange.EventConflict && e.Digest == b.Digest() {
				alarms++
			}
		}
		if alarms != 1 {
			t.Errorf("%d alarms in the journal", alarms)
		}
		s.called(1)
		if again := s.send(a); again.Repeat() != settled || !settled && again.Err() != nil {
			t.Errorf("what it names then gets %q", again.Reason)
		}
	}
	s := newScene(t) // nobody can tell
	s.accepted(s.send(supersede(s, s.sealed(), envelopetest.Digest("other"))))
	t.Run("the store fails", func(t *testing.T) {
		s := newScene(t)
		b := supersede(s, s.sealed(), envelopetest.Digest("other"))
		s.restart(func(c *exchange.ReceiverConfig) { c.Store = &blind{Store: c.Store, left: 1, failing: true} })
		s.refused(s.send(b), envelope.ReasonUnavailable, false)
	})
}

func TestCorrectionWaitsForTheHandler(t *testing.T) {
	s := newScene(t)
	a := s.sealed()
	b := s.corrected(a)
	s.handler = func(context.Context, *exchange.Delivery) error {
		if answer := s.send(b); answer.Reason != envelope.ReasonBusy || answer.Settlement != nil || answer.Reply().Refusal != exchange.OutwardTryLater {
			t.Errorf("meanwhile: %q", answer.Reason)
		}
		return nil
	}
	s.accepted(s.send(a))
	s.handler = nil
	s.accepted(s.send(b))
	s.called(2)
}

func TestCorrectionOvertakesAStalledHandler(t *testing.T) {
	s := newScene(t)
	a := s.sealed()
	b := s.corrected(a)
	s.handler = func(context.Context, *exchange.Delivery) error {
		s.handler = nil
		s.Clock.Move(exchange.DefaultLease)
		s.accepted(s.send(b))
		return nil // with the old figures, too late
	}
	if answer := s.send(a); answer.Reason != envelope.ReasonBusy || answer.Settlement != nil {
		t.Errorf("the stalled one got %q, %+v", answer.Reason, answer.Settlement)
	}
	s.superseded(a)
	s.called(2)
}

// A revision counts from its admission on; what was not admitted has no effect.
func TestWhatSupersedes(t *testing.T) {
	for name, tt := range map[string]struct {
		before func(s *scene)
		after  func(s *scene)
		draft  func(*envelope.Draft)
		ndjson string
		want   envelope.Reason
		counts bool
	}{
		"rejected by its handler": {before: func(s *scene) {
			s.handler = func(context.Context, *exchange.Delivery) error { return exchange.Reject("no") }
		}, want: envelope.ReasonRejected, counts: true},
		"failed by its handler": {before: func(s *scene) {
			s.handler = func(context.Context, *exchange.Delivery) error { return errors.New("no") }
		}, want: envelope.ReasonHandlerFailed, counts: true},
		"of records that break the schema": {ndjson: "{}\n", want: envelope.ReasonStructure, counts: true},
		"for another purpose":              {draft: func(d *envelope.Draft) { d.Purpose = "PARPOL-GANDA" }, want: envelope.ReasonPurposeMismatch},
		"expired":                          {draft: func(d *envelope.Draft) { d.ValidFor = time.Hour }, before: func(s *scene) { s.Clock.Move(2 * time.Hour) }, want: envelope.ReasonExpired},
		"of a definition that nobody has":  {draft: func(d *envelope.Draft) { d.Dataset.Digest = envelopetest.Digest("x") }, want: envelope.ReasonUnknownDefinition},
		"while the store fails at the claim": {
			before: func(s *scene) {
				s.restart(func(c *exchange.ReceiverConfig) { c.Store = &broken{Store: c.Store, claim: true} })
			},
			after: func(s *scene) { s.restart(nil) }, want: envelope.ReasonUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			a := s.sealed()
			ndjson := fixture(t, dataset+"/valid/central-board.ndjson")
			if tt.ndjson != "" {
				ndjson = []byte(tt.ndjson)
			}
			b := s.craftWith(sipol.Signing, ndjson, func(d *envelope.Draft) {
				d.Supersedes = &envelope.Supersession{ID: a.Manifest().ID, Digest: a.Digest(), First: a.Manifest().ID, Revision: 1, Reason: "lain"}
				if tt.draft != nil {
					tt.draft(d)
				}
			})
			if tt.before != nil {
				tt.before(s)
			}
			if answer := s.send(b); answer.Reason != tt.want {
				t.Fatalf("the correction got %q", answer.Reason)
			}
			s.handler = nil
			if tt.after != nil {
				tt.after(s)
			}
			if tt.counts {
				s.superseded(a)
			} else {
				s.accepted(s.send(a))
			}
		})
	}
}

// An envelope whose handler failed is judged as of its admission as long as its
// row is there. It must not come back when the line that kept it out has been
// forgotten, nor when the row has.
func TestSupersededStaysSo(t *testing.T) {
	s := newScene(t)
	ctx := context.Background()
	s.handler = func(context.Context, *exchange.Delivery) error { return errors.New("not now") }
	a := s.sealed()
	s.send(a)
	s.handler = nil
	b := s.corrected(a)
	s.accepted(s.send(b))
	for range 5 {
		s.Clock.Move(50 * 24 * time.Hour)
		s.accepted(s.send(s.sealed()))
		if _, err := s.r.Purge(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if s.row(a) != nil || s.row(b) != nil {
		t.Fatal("one of them is remembered still")
	}
	s.calls.Store(0)
	s.refused(s.send(a), envelope.ReasonExpired, false)
}

// A line is remembered for as long as an earlier revision could be accepted.
func TestALineOutlivesItsEnvelopes(t *testing.T) {
	s := newScene(t)
	a := s.craft(sipol.Signing, func(d *envelope.Draft) { d.ValidFor = envelope.MaxLifetime })
	s.accepted(s.send(s.corrected(a)))
	s.Clock.Move(envelope.MaxLifetime - time.Hour)
	if _, err := s.r.Purge(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.superseded(a)
}
