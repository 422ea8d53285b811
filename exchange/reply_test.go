package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// asked has Sipol ask AHU, whose application is handle, and returns the question.
func asked(t *testing.T, w *exchangetest.World, handle exchange.Handler) *envelope.Sealed {
	t.Helper()
	w.Receiver(envelopetest.BadanHukum(), code, handle)
	d := w.Dispatcher(envelopetest.Sipol())
	sealed, _, err := d.Send(t.Context(), exchange.Shipment{
		Request: w.Request("ahu/permintaan-status", code, envelopetest.BadanHukum()), Records: ndjson(t, "ahu/permintaan-status/valid/one-decree.ndjson"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	return sealed
}

func ndjson(t *testing.T, name string) schema.Source {
	t.Helper()
	records, err := fs.ReadFile(electiontest.FS(), name)
	if err != nil {
		t.Fatal(err)
	}
	return schema.NDJSON(bytes.NewReader(records))
}

func answers(t *testing.T, w *exchangetest.World) []exchange.Parcel {
	t.Helper()
	all, err := w.Outbox(envelopetest.BadanHukum()).Parcels(t.Context(), exchange.Sent{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestReply(t *testing.T) {
	decree := exchange.Request{Dataset: "ahu/badan-hukum"}
	stations := exchange.Request{Dataset: "kominfo/jaringan-tps"}
	with := func(r exchange.Request, p purpose.Code, agreement string) exchange.Request {
		r.Purpose, r.Agreement = p, agreement
		return r
	}
	elsewhere := decree
	elsewhere.To = []envelope.Party{envelopetest.Pengawasan().Party}
	for _, tt := range []struct {
		name    string
		request exchange.Request
		file    string
		want    purpose.Code // of the answer
		reason  envelope.Reason
	}{
		{"as it was asked", decree, "ahu/badan-hukum/valid/decree-only.ndjson", code, ""},
		{"addressed to somebody else, it still goes to who asked", elsewhere, "ahu/badan-hukum/valid/decree-only.ndjson", code, ""},
		{"for another purpose that is granted", with(stations, "TPS-JARINGAN", ""), "kominfo/jaringan-tps/valid/coordinates-and-class.ndjson", "TPS-JARINGAN", ""},
		{"for a purpose that is granted for nothing", with(decree, "KONTEN-TINDAK", ""), "ahu/badan-hukum/valid/decree-only.ndjson", "", envelope.ReasonNotGranted},
		{"of a dataset that is not for the request's purpose", stations, "kominfo/jaringan-tps/valid/coordinates-and-class.ndjson", "", envelope.ReasonNotGranted},
		{"under an agreement that is not there", with(decree, "", "PKS-LAIN"), "ahu/badan-hukum/valid/decree-only.ndjson", "", envelope.ReasonNoAgreement},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := exchangetest.NewWorld()
			ahu := w.Dispatcher(envelopetest.BadanHukum())
			var replied error
			question := asked(t, w, func(ctx context.Context, d *exchange.Delivery) error {
				replied = ahu.Reply(ctx, d, exchange.Shipment{Request: tt.request, Records: ndjson(t, tt.file)})
				return nil
			})
			if envelope.ReasonOf(replied) != tt.reason {
				t.Fatalf("got %v, want %q", replied, tt.reason)
			}
			all := answers(t, w)
			if tt.reason != "" {
				if len(all) != 0 {
					t.Error("it was posted all the same")
				}
				return
			}
			if len(all) != 1 || all[0].Recipient != envelopetest.Sipol().Party || all[0].Purpose != tt.want || all[0].Agreement != exchangetest.Agreement {
				t.Fatalf("got %+v", all)
			}
			var got *envelope.Reference
			w.Receiver(envelopetest.Sipol(), tt.want, func(_ context.Context, d *exchange.Delivery) error {
				got = d.Proof().Manifest.InReplyTo
				return nil
			})
			if _, err := ahu.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got == nil || got.ID != question.Manifest().ID || got.Digest != question.Digest() {
				t.Errorf("it answers %v", got)
			}
		})
	}
}

// An agreement that has no place for the answer's direction refuses the answer: a
// question is no permission.
func TestReplyIsGrantedLikeAnything(t *testing.T) {
	w := exchangetest.NewWorld()
	file, err := trust.Sign(w.Draft([]agreement.Grant{{
		From: envelopetest.Sipol().Party, To: envelopetest.BadanHukum().Party, Dataset: "ahu/permintaan-status", Purposes: []purpose.Code{code},
	}}), envelopetest.Anchor().Signing)
	if err != nil {
		t.Fatal(err)
	}
	if w.Directory, err = trust.Open(file, exchangetest.Anchors(), w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	ahu := w.Dispatcher(envelopetest.BadanHukum())
	var replied error
	asked(t, w, func(ctx context.Context, d *exchange.Delivery) error {
		replied = ahu.Reply(ctx, d, exchange.Shipment{Request: exchange.Request{Dataset: "ahu/badan-hukum"}, Records: ndjson(t, "ahu/badan-hukum/valid/decree-only.ndjson")})
		return nil
	})
	if envelope.ReasonOf(replied) != envelope.ReasonNotGranted || len(answers(t, w)) != 0 {
		t.Errorf("got %v", replied)
	}
}

// However often and however concurrently a request is answered, there is one
// answer, and another request has another.
func TestOneRequestHasOneAnswer(t *testing.T) {
	w := exchangetest.NewWorld()
	ahu := w.Dispatcher(envelopetest.BadanHukum())
	reply := func(ctx context.Context, d *exchange.Delivery) error {
		var all sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			all.Go(func() {
				errs[i] = ahu.Reply(ctx, d, exchange.Shipment{Request: exchange.Request{Dataset: "ahu/badan-hukum"}, Records: ndjson(t, "ahu/badan-hukum/valid/decree-only.ndjson")})
			})
		}
		all.Wait()
		// A dispatcher that knows of nothing, as after a restart.
		return errors.Join(append(errs, w.Dispatcher(envelopetest.BadanHukum()).Reply(ctx, d, exchange.Shipment{}))...)
	}
	for n := 1; n <= 2; n++ {
		question := asked(t, w, reply)
		row, _, err := w.Store(envelopetest.BadanHukum()).Lookup(t.Context(), exchange.SentTo(question, envelopetest.BadanHukum().Party).Key)
		if err != nil || row == nil || row.Settlement == nil || row.Settlement.Outcome != exchange.OutcomeAccepted {
			t.Fatalf("the request is not accepted: %v, %v", row, err)
		}
		if all := answers(t, w); len(all) != n {
			t.Errorf("%d answers to %d requests", len(all), n)
		}
	}
}

func TestAnswered(t *testing.T) {
	w := exchangetest.NewWorld()
	question := asked(t, w, func(context.Context, *exchange.Delivery) error { return nil })
	sipol := w.Dispatcher(envelopetest.Sipol())
	var got *exchange.Parcel
	w.Receiver(envelopetest.Sipol(), code, func(ctx context.Context, d *exchange.Delivery) (err error) {
		got, err = sipol.Answered(ctx, d)
		return err
	})
	ours := envelope.Reference{ID: question.Manifest().ID, Digest: question.Digest()}
	// send sends an answer and returns the receipt's claims.
	send := func(t *testing.T, from envelopetest.Agency, to *envelope.Reference) exchange.Claims {
		t.Helper()
		got = nil
		s := w.Sender(from)
		sealed, _, err := s.Seal(t.Context(), exchange.Shipment{
			Request: w.Request("ahu/badan-hukum", code, envelopetest.Sipol()), Records: ndjson(t, "ahu/badan-hukum/valid/decree-only.ndjson"), InReplyTo: to,
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Deliver(t.Context(), sealed, envelopetest.Sipol().Party)
		if err != nil {
			t.Fatal(err)
		}
		return r.Claims()
	}
	for _, tt := range []struct {
		name string
		from envelopetest.Agency
		to   *envelope.Reference
		ok   bool
	}{
		{"what was asked", envelopetest.BadanHukum(), &ours, true},
		{"nothing", envelopetest.BadanHukum(), nil, false},
		{"what was never asked", envelopetest.BadanHukum(), &envelope.Reference{ID: "018da9f0-0000-7000-8000-000000000001", Digest: ours.Digest}, false},
		{"what was asked in other words", envelopetest.BadanHukum(), &envelope.Reference{ID: ours.ID, Digest: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, false},
		{"what somebody else was asked", envelopetest.Pengawasan(), &ours, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := send(t, tt.from, tt.to)
			switch {
			case tt.ok && (c.Outcome != exchange.OutcomeAccepted || got == nil || got.ID != ours.ID):
				t.Errorf("got %+v, %v", c, got)
			case !tt.ok && (c.Reason != envelope.ReasonRejected || c.Code != "not_asked" || !c.Final || got != nil):
				t.Errorf("got %+v, %v", c, got)
			}
		})
	}

	t.Run("with an outbox that fails, it can be brought again", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w.Receiver(envelopetest.Sipol(), code, func(_ context.Context, d *exchange.Delivery) (err error) {
			_, err = sipol.Answered(ctx, d)
			return err
		})
		s := w.Sender(envelopetest.BadanHukum())
		sealed, _, err := s.Seal(t.Context(), exchange.Shipment{
			Request: w.Request("ahu/badan-hukum", code, envelopetest.Sipol()), Records: ndjson(t, "ahu/badan-hukum/valid/decree-only.ndjson"), InReplyTo: &ours,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Deliver(t.Context(), sealed, envelopetest.Sipol().Party); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Errorf("got %v", err)
		}
	})
}

// TestSendOnce: with an id of the application's, Send posts once however often it
// is called, and whoever was first stands.
func TestSendOnce(t *testing.T) {
	w := exchangetest.NewWorld()
	d := w.Dispatcher(envelopetest.Sipol())
	shipment := func(id string) exchange.Shipment {
		return exchange.Shipment{
			ID: id, Request: w.Request("ahu/permintaan-status", code, envelopetest.BadanHukum()), Records: ndjson(t, "ahu/permintaan-status/valid/one-decree.ndjson"),
		}
	}
	id := envelope.NewID()
	sealed, _, err := d.Send(t.Context(), shipment(id))
	if err != nil || sealed.Manifest().ID != id {
		t.Fatalf("first: %v, %v", sealed, err)
	}
	var calls sync.WaitGroup
	for range 8 {
		calls.Go(func() {
			if again, _, err := d.Send(t.Context(), shipment(id)); !errors.Is(err, exchange.ErrPosted) || again != nil {
				t.Errorf("again: %v, %v", again, err)
			}
		})
	}
	calls.Wait()
	// Several at once, none of which was before: one posts.
	var posted sync.Map
	other := envelope.NewID()
	for i := range 8 {
		calls.Go(func() {
			if sealed, _, err := d.Send(t.Context(), shipment(other)); err == nil {
				posted.Store(i, sealed.Digest())
			} else if !errors.Is(err, exchange.ErrPosted) {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	n := 0
	posted.Range(func(any, any) bool { n++; return true })
	all, err := w.Outbox(envelopetest.Sipol()).Parcels(t.Context(), exchange.Sent{}, 100)
	if n != 1 || len(all) != 2 || err != nil {
		t.Errorf("%d of 8 posted, %d parcels, %v", n, len(all), err)
	}
	if _, _, err := d.Send(t.Context(), shipment("not an id")); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("a text for an id: %v", err)
	}
}

// TestOwnNumberIsNotMissing: the final receipt of an envelope that is refused
// before any claim does not say that this very envelope has not come.
func TestOwnNumberIsNotMissing(t *testing.T) {
	w := exchangetest.NewWorld()
	sender, to := w.Dispatcher(envelopetest.Sipol()), envelopetest.BadanHukum()
	send := func(of *exchange.Correction) exchange.Sent {
		t.Helper()
		sealed, _, err := sender.Send(t.Context(), exchange.Shipment{
			Request: w.Request("ahu/permintaan-status", code, to), Records: ndjson(t, "ahu/permintaan-status/valid/one-decree.ndjson"), Corrects: of,
		})
		if err != nil {
			t.Fatal(err)
		}
		return exchange.SentTo(sealed, to.Party)
	}
	first := send(nil)
	second := send(&exchange.Correction{Of: first, Reason: "salah nama"})
	r := w.Receiver(to, code, func(context.Context, *exchange.Delivery) error { return nil })
	for _, want := range []struct {
		sent    exchange.Sent
		missing []exchange.Range
	}{{second, []exchange.Range{{From: 1, To: 1}}}, {first, nil}} { // the correction overtakes
		p, err := w.Outbox(envelopetest.Sipol()).Parcel(t.Context(), want.sent.Key, to.Party)
		if err != nil {
			t.Fatal(err)
		}
		reply := r.Receive(t.Context(), bytes.NewReader(p.File)).Reply()
		receipt, err := exchange.OpenReceipt(reply.Receipt, envelopetest.Sipol().Keys(), w.Directory, want.sent, w.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		if got := receipt.Claims().Missing; !slices.Equal(got, want.missing) {
			t.Errorf("revision %d: missing %v, want %v", want.sent.Line.Revision, got, want.missing)
		}
	}
}
