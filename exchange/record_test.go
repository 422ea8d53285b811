package exchange_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/journal"
)

func TestP9OnRecord(t *testing.T) {
	ctx := context.Background()
	events := func(j *exchangetest.Journal) (out []exchange.Event) {
		for _, e := range j.Entries() {
			out = append(out, e.Event)
		}
		return out
	}
	t.Run("sealed before it is handed out", func(t *testing.T) {
		s := newScene(t)
		s.Journal(sipol).Fail = func(exchange.Entry) error { return errors.New("disk full") }
		shipment := exchange.Shipment{Request: s.Request(dataset, code, ahu), Records: source(fixture(t, dataset+"/valid/central-board.ndjson"))}
		sealed, _, err := s.Sender(sipol).Seal(ctx, shipment)
		if sealed != nil || envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Errorf("%v", err)
		}
	})
	t.Run("released before the handler sees it", func(t *testing.T) {
		s := newScene(t)
		s.Journal(ahu).Fail = func(e exchange.Entry) error {
			if e.Event == exchange.EventReleased {
				return errors.New("disk full")
			}
			return nil
		}
		s.refused(s.send(s.sealed()), envelope.ReasonUnavailable, false)
		s.Journal(ahu).Fail = nil
		s.handler = func(_ context.Context, d *exchange.Delivery) error {
			e := s.Journal(ahu).Entries()
			last := e[len(e)-1]
			if last.Event != exchange.EventReleased || last.ID != d.Key().ID || last.Purpose != code || last.Party != ahu.Party {
				t.Errorf("when the handler is called the journal ends with %+v", last)
			}
			return nil
		}
		s.accepted(s.send(s.sealed()))
	})
	t.Run("a whole exchange", func(t *testing.T) {
		s := newScene(t)
		request := s.Request(dataset, code, ahu)
		if _, err := s.Exchange(ctx, sipol, request, fixture(t, dataset+"/valid/central-board.ndjson")); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(events(s.Journal(sipol)), events(s.Journal(ahu))); got != "[sealed receipt] [released settled]" {
			t.Errorf("got %s", got)
		}
		for _, e := range append(s.Journal(sipol).Entries(), s.Journal(ahu).Entries()...) {
			if e.Sender != sipol.Party || e.ID == "" || e.Digest == "" || e.Dataset != dataset || e.Purpose != code || e.Agreement != exchangetest.Agreement || len(e.Recipients) != 1 {
				t.Errorf("an entry is %+v", e)
			}
		}
	})
	t.Run("refused for good", func(t *testing.T) {
		s := newScene(t)
		narrow(s)
		s.send(s.craft(sipol.Signing, forWhat[2].draft))
		if e := s.Journal(ahu).Entries(); len(e) != 1 || e[0].Event != exchange.EventSettled || e[0].Outcome != exchange.OutcomeRefused || e[0].Reason != envelope.ReasonNotGranted {
			t.Errorf("the journal has %+v", e)
		}
	})
	t.Run("settled before a repeat sees the receipt", func(t *testing.T) {
		s := newScene(t)
		narrow(s)
		var settled []*envelope.Sealed
		for _, seal := range []func() *envelope.Sealed{
			s.sealed, // accepted
			func() *envelope.Sealed { return s.craft(sipol.Signing, forWhat[2].draft) }, // refused for good
		} {
			sealed := seal()
			settled = append(settled, sealed)
			s.Journal(ahu).Fail = func(e exchange.Entry) error {
				if e.Event == exchange.EventSettled {
					return errors.New("disk full")
				}
				return nil
			}
			for range 2 {
				a := s.send(sealed)
				if a.Reason != envelope.ReasonUnavailable || a.Reply().Receipt != nil || a.Settlement != nil {
					t.Errorf("got %q", a.Reason)
				}
			}
			if _, err := s.Sender(sipol).Cancel(ctx, exchange.SentTo(sealed, ahu.Party)); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
				t.Errorf("asked: %v", err)
			}
			s.Journal(ahu).Fail = nil
		}
		for i, outcome := range []exchange.Outcome{exchange.OutcomeAccepted, exchange.OutcomeRefused} {
			for range 3 {
				if a := s.send(settled[i]); s.receipt(a, settled[i]).Claims().Outcome != outcome {
					t.Errorf("got %q", a.Reason)
				}
			}
			n := 0
			for _, e := range s.Journal(ahu).Entries() {
				if e.Event == exchange.EventSettled && e.ID == settled[i].Manifest().ID && e.Outcome == outcome {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s: %d entries", outcome, n)
			}
		}
	})
	t.Run("settled once, if all goes well", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		for range 3 {
			s.send(sealed)
		}
		if got := fmt.Sprint(events(s.Journal(ahu))); got != "[released settled]" {
			t.Errorf("got %s", got)
		}
		s.restart(nil) // which does not know what the journal has
		for range 3 {
			s.send(sealed)
		}
		if got := fmt.Sprint(events(s.Journal(ahu))); got != "[released settled settled]" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("in a file that third parties can check", func(t *testing.T) {
		s := newScene(t)
		dir := filepath.Join(t.TempDir(), "journal")
		file, err := journal.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		s.restart(func(c *exchange.ReceiverConfig) { c.Journal = file })
		s.accepted(s.send(s.sealed()))
		s.send(s.sealed())
		if head, err := journal.Verify(dir, file.Head()); err != nil || head.Seq != 4 {
			t.Errorf("%v, %v", head, err)
		}
	})
}

const (
	nik    = "3174012501990001"
	canary = nik + "\nWARNING forged log line"
)

// TestP10Quiet plants a number like a person's and a line feed wherever a
// sender, a recipient or a stranger can write, and looks for them wherever
// somebody reads.
func TestP10Quiet(t *testing.T) {
	ctx := context.Background()
	digits := func(d *envelope.Draft) { // what the grammars of a manifest let through
		d.Agreement.ID = "PKS-" + nik
		d.Dataset.ID = "sipol/n" + nik
		d.Supersedes = &envelope.Supersession{ID: "018da7f0-0000-7000-8000-000000000001", Digest: envelopetest.Digest("x"), First: "018da7f0-0000-7000-8000-000000000001", Revision: 1, Reason: nik}
		d.Commitments = map[string]string{"/" + nik: envelopetest.Digest("x")}
	}
	record := []byte(`{"kode_partai":"99","partai":"` + nik + `","tingkat":"pusat","kode_wilayah":null,"nomor_sk":"` + nik + `","tanggal_sk":"2022-06-01","pengurus":[{"jabatan":"` + nik + `","nama":"` + nik + `\nX","` + nik + `":1}]}` + "\n")
	invalid := []byte(`{"kode_partai":"` + nik + `","` + nik + `":"` + nik + `","tingkat":"` + nik + `","pengurus":"` + nik + `"}` + "\n")
	crowd := func(d *envelope.Draft) {
		d.Recipients = append(d.Recipients, envelope.Recipient{Party: "x/n" + nik, Key: pengawasan.Encryption.Public()})
	}
	tests := []struct {
		name    string
		answer  func(s *scene) exchange.Answer
		handler exchange.Handler
	}{
		{"another recipient's name", func(s *scene) exchange.Answer { return s.send(s.craft(sipol.Signing, crowd)) }, nil},
		{"a handler's error that panics", func(s *scene) exchange.Answer { return s.send(s.sealed()) }, func(context.Context, *exchange.Delivery) error { return explosive{} }},
		{"the manifest's free members", func(s *scene) exchange.Answer { return s.send(s.craft(sipol.Signing, digits)) }, nil},
		{"the purpose", func(s *scene) exchange.Answer {
			return s.send(s.craft(sipol.Signing, func(d *envelope.Draft) { d.Purpose = "PARPOL-" + nik }))
		}, nil},
		{"a sound record", func(s *scene) exchange.Answer { return s.send(s.craftWith(sipol.Signing, record, nil)) }, nil},
		{"a broken record", func(s *scene) exchange.Answer { return s.send(s.craftWith(sipol.Signing, invalid, nil)) }, nil},
		{"a record that is no JSON", func(s *scene) exchange.Answer {
			return s.send(s.craftWith(sipol.Signing, []byte(nik+"{\r\n"), nil))
		}, nil},
		{"a handler's error", func(s *scene) exchange.Answer { return s.send(s.sealed()) }, func(context.Context, *exchange.Delivery) error { return errors.New(canary) }},
		{"a handler's panic", func(s *scene) exchange.Answer { return s.send(s.sealed()) }, func(context.Context, *exchange.Delivery) error { panic(canary) }},
		{"a handler's code", func(s *scene) exchange.Answer { return s.send(s.sealed()) }, func(context.Context, *exchange.Delivery) error { return exchange.Reject(canary) }},
		{"a handler's wrapped code", func(s *scene) exchange.Answer { return s.send(s.sealed()) }, func(context.Context, *exchange.Delivery) error {
			return fmt.Errorf("%s: %w", canary, exchange.Reject("no"))
		}},
		{"a file that is none", func(s *scene) exchange.Answer { return s.receive([]byte(canary)) }, nil},
		{"a token that is none", func(s *scene) exchange.Answer {
			return s.receive([]byte("segel/1\n\x00\x01\x00\x00\x00\x28" + canary))
		}, nil},
		{"a question that is none", func(s *scene) exchange.Answer { return s.r.SettleOrCancel(ctx, []byte(canary)) }, nil},
		{"a store's error", func(s *scene) exchange.Answer {
			s.restart(func(c *exchange.ReceiverConfig) { c.Store = &broken{Store: c.Store, claim: true} })
			return s.send(s.sealed())
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			s.handler = tt.handler
			a := tt.answer(s)
			s.quiet("the error", fmt.Sprintf("%v %+v %q", a.Err(), a.Err(), a.Err()))
			s.quiet("the answer", fmt.Sprintf("%+v", a))
			s.quiet("the entries", fmt.Sprintf("%+v", s.Journal(ahu).Entries()))
			s.quiet("the log", s.log.String())
			s.quiet("the observations", fmt.Sprintf("%+v", s.seen.all()))
			if s.log.String() == "" || len(s.seen.all()) != 1 {
				t.Errorf("told %d times: %s", len(s.seen.all()), s.log.String())
			}
			if a.Report != nil {
				report, err := a.Report.DetailsJSON()
				if err != nil {
					t.Fatal(err)
				}
				s.quiet("the report", string(report))
			}
			if a.Settlement != nil {
				_, payload, err := envelope.PeekToken(envelope.TypeReceipt, a.Settlement.Receipt)
				if err != nil {
					t.Fatal(err)
				}
				s.quiet("the receipt", string(payload))
			}
			reply, err := json.Marshal(a.Reply())
			if err != nil {
				t.Fatal(err)
			}
			s.quiet("the reply", string(reply))
		})
	}
}

// explosive is an error that panics when it is looked at.
type explosive struct{}

func (explosive) Error() string { panic(canary) }
func (explosive) As(any) bool   { panic(canary) }

func TestP5AnErrorThatPanicsIsNotNow(t *testing.T) {
	s := newScene(t)
	s.handler = func(context.Context, *exchange.Delivery) error { return explosive{} }
	sealed := s.sealed()
	if a := s.send(sealed); a.Reason != envelope.ReasonHandlerFailed {
		t.Errorf("got %q", a.Reason)
	}
	s.handler = nil
	s.accepted(s.send(sealed))
}

// quiet wants a text to hold neither the number nor a forged line.
func (s *scene) quiet(what, text string) {
	s.Helper()
	if strings.Contains(text, nik) || strings.Contains(text, "forged") {
		s.Errorf("%s is not quiet", what)
	}
}

func TestP10TheSenderIsQuiet(t *testing.T) {
	ctx := context.Background()
	s := newScene(t)
	sender := s.Sender(sipol)
	request := s.Request("sipol/n"+nik, code, ahu)
	request.Agreement = canary
	d := sender.Preflight(ctx, request)
	s.quiet("preflight", fmt.Sprintf("%+v %v", d, d.Err()))
	request = s.Request(dataset, canary, ahu)
	d = sender.Preflight(ctx, request)
	s.quiet("preflight", fmt.Sprintf("%+v %v", d, d.Err()))
	request = s.Request(dataset, code, ahu)
	request.To = append(request.To, canary)
	d = sender.Preflight(ctx, request)
	s.quiet("preflight", fmt.Sprintf("%+v %v", d, d.Err()))
	_, report, err := sender.Seal(ctx, exchange.Shipment{Request: s.Request(dataset, code, ahu), Records: source([]byte(`{"` + nik + `":"` + nik + `"}`))})
	details, jsonErr := report.DetailsJSON()
	if err == nil || jsonErr != nil {
		t.Fatal(err, jsonErr)
	}
	s.quiet("seal", err.Error()+string(details))
	s.Journal(sipol).Fail = func(exchange.Entry) error { return errors.New(canary) }
	_, _, err = sender.Seal(ctx, exchange.Shipment{Request: s.Request(dataset, code, ahu), Records: source(nil)})
	s.quiet("a journal that fails", err.Error())
	s.Wire.Connect(ahu.Party, nil)
	_, err = sender.Deliver(ctx, s.sealed(), ahu.Party)
	s.quiet("a transport that fails", err.Error())
}

func TestP10FourOutwardAnswers(t *testing.T) {
	allowed := map[exchange.Outward]bool{
		exchange.OutwardMalformed: true, exchange.OutwardCannotOpen: true, exchange.OutwardTooLarge: true, exchange.OutwardTryLater: true,
	}
	for _, r := range append(envelope.Reasons(), "", "something new", canary) {
		o := exchange.Outwardly(r)
		if !allowed[o] {
			t.Errorf("%q is told as %q", r, o)
		}
		if r.Kind() == envelope.KindDamage && o == exchange.OutwardTryLater {
			t.Errorf("%q, which is damage, is told as %q", r, o)
		}
	}
}

func TestP10AStrangerLearnsNothing(t *testing.T) {
	s := newScene(t)
	sealed := s.sealed()
	accepted := s.send(sealed)
	s.accepted(accepted)
	refused := s.craftWith(sipol.Signing, fixture(t, dataset+"/invalid/nik-15-digits.ndjson"), nil)
	a := s.send(refused)
	for _, keys := range [][]*envelope.PrivateKey{stranger.Keys(), pengawasan.Keys(), ahu.Keys()} {
		if _, err := exchange.OpenReceipt(accepted.Reply().Receipt, keys, s.Directory, exchange.SentTo(sealed, ahu.Party), s.Clock.Now()); envelope.ReasonOf(err) != envelope.ReasonNotForMe {
			t.Errorf("got %v", err)
		}
	}
	if x, y := len(accepted.Reply().Receipt), len(a.Reply().Receipt); x != y {
		t.Errorf("an acceptance has %d bytes, a refusal %d: the length tells", x, y)
	}
	again := s.send(sealed)
	if string(again.Reply().Receipt) == string(accepted.Reply().Receipt) {
		t.Error("two replies are equal: whoever listens sees the repeat")
	}
}
