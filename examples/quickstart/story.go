package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// A story is two agencies and more, and what has happened so far.
type story struct {
	out   io.Writer
	lang  string
	world *exchangetest.World

	sipol, ahu *exchange.Sender
	handled    int              // how often AHU's handler was called
	first      *envelope.Sealed // the envelope of the first chapter
	receipt    *exchange.Receipt
}

func newStory(out io.Writer, lang string) *story {
	s := &story{out: out, lang: lang, world: exchangetest.NewWorld()}
	s.sipol = s.world.Sender(envelopetest.Sipol())
	s.ahu = s.world.Sender(envelopetest.BadanHukum())
	return s
}

// boardsAndAnswer is the exchange itself: two receivers, two envelopes, two
// receipts.
func (s *story) boardsAndAnswer(ctx context.Context) error {
	s.say("1. Sipol (KPU) mengirim susunan pengurus partai kepada Ditjen AHU untuk pencocokan badan hukum.",
		"1. Sipol (KPU) sends party boards to Ditjen AHU for legal-status matching.")
	const code = "PARPOL-BADANHUKUM"
	var answered string
	s.world.Receiver(envelopetest.Sipol(), code, func(_ context.Context, d *exchange.Delivery) error {
		answered = d.Proof().Manifest.InReplyTo.ID
		s.say("   ✓ Sipol menerima jawaban AHU: %d keputusan badan hukum.",
			"   ✓ Sipol receives AHU's answer: %d decree on legal status.", d.Report().Records)
		return nil
	})
	s.world.Receiver(envelopetest.BadanHukum(), code, func(ctx context.Context, d *exchange.Delivery) error {
		s.handled++
		s.say("   ✓ AHU membuka segel: %d susunan pengurus, %d temuan, pengirim terbukti %s.",
			"   ✓ AHU opens the seal: %d boards, %d findings, proven sender %s.",
			d.Report().Records, d.Report().Findings, d.Key().Sender)
		return s.answer(ctx, d)
	})
	var err error
	if s.first, err = s.seal(ctx, "sipol/kepengurusan/valid/board-at-every-level.ndjson", 0); err != nil {
		return err
	}
	s.say("   ✓ Segel dibuat dan dicatat sebelum dikirim.", "   ✓ The seal is made, and on record before it leaves.")
	if s.receipt, err = s.sipol.Deliver(ctx, s.first, envelopetest.BadanHukum().Party); err != nil {
		return err
	}
	s.say("   ✓ Sipol memegang tanda terima AHU yang ditandatangani: %s.",
		"   ✓ Sipol holds AHU's signed receipt: %s.", s.receipt.Claims().Outcome)
	return expect(answered == s.first.Manifest().ID && s.handled == 1, "the answer names the request")
}

// answer is what AHU's system does with boards: look the party up and reply.
func (s *story) answer(ctx context.Context, d *exchange.Delivery) error {
	proof := d.Proof()
	records, err := fixture("ahu/badan-hukum/valid/decree-only.ndjson")
	if err != nil {
		return err
	}
	reply, _, err := s.ahu.Seal(ctx, exchange.Shipment{
		Request:   s.world.Request("ahu/badan-hukum", proof.Manifest.Purpose, envelopetest.Sipol()),
		Records:   schema.NDJSON(bytes.NewReader(records)),
		InReplyTo: &envelope.Reference{ID: proof.Manifest.ID, Digest: proof.Digest},
	})
	if err != nil {
		return err
	}
	_, err = s.ahu.Deliver(ctx, reply, envelopetest.Sipol().Party)
	return err
}

func (s *story) replay(ctx context.Context) error {
	s.say("\n2. Segel yang sama dikirim sekali lagi.", "\n2. The same seal is sent once more.")
	again, err := s.sipol.Deliver(ctx, s.first, envelopetest.BadanHukum().Party)
	if err != nil {
		return err
	}
	if err := s.refused(envelope.ReasonReplayed); err != nil {
		return err
	}
	s.say("   ✓ Tanda terima yang sama, byte demi byte; aplikasi AHU tidak dijalankan lagi.",
		"   ✓ The same receipt, byte for byte; AHU's application did not run again.")
	return expect(bytes.Equal(again.JWS(), s.receipt.JWS()) && s.handled == 1, "one effect, one receipt")
}

func (s *story) otherPurpose(ctx context.Context) error {
	s.say("\n3. Meja lain di AHU ingin memakai data itu untuk tujuan lain.", "\n3. Another desk at AHU wants to use the data for another purpose.")
	second, err := s.seal(ctx, "sipol/kepengurusan/valid/central-board.ndjson", 0)
	if err != nil {
		return err
	}
	honest := s.world.ReceiverConfig(envelopetest.BadanHukum(), "PARPOL-VERMIN", s.never)
	desk, err := exchange.NewReceiver(honest)
	if err != nil {
		return err
	}
	return s.refusedBy(desk.Receive(ctx, bytes.NewReader(second.File())), envelope.ReasonPurposeMismatch)
}

func (s *story) tampered(ctx context.Context) error {
	s.say("\n4. Seseorang mengubah satu byte di jalan.", "\n4. Somebody changes one byte on the way.")
	second, err := s.seal(ctx, "sipol/kepengurusan/valid/central-board.ndjson", 0)
	if err != nil {
		return err
	}
	file := second.File()
	middle := &file[len(file)/2]
	if *middle == 'A' {
		*middle = 'B'
	} else {
		*middle = 'A'
	}
	return s.post(ctx, envelopetest.BadanHukum(), file, envelope.ReasonCannotOpen)
}

func (s *story) somebodyElse(ctx context.Context) error {
	s.say("\n5. Segel untuk AHU diserahkan kepada Bawaslu.", "\n5. A seal for AHU is handed to Bawaslu.")
	s.world.Receiver(envelopetest.Pengawasan(), "AWAS-TAHAPAN", s.never)
	return s.post(ctx, envelopetest.Pengawasan(), s.first.File(), envelope.ReasonNotForMe)
}

func (s *story) expired(ctx context.Context) error {
	s.say("\n6. Segel yang berlaku satu jam tiba setelah dua jam.", "\n6. A seal that is valid for an hour arrives after two.")
	short, err := s.seal(ctx, "sipol/kepengurusan/valid/central-board.ndjson", time.Hour)
	if err != nil {
		return err
	}
	s.world.Clock.Move(2 * time.Hour)
	return s.post(ctx, envelopetest.BadanHukum(), short.File(), envelope.ReasonExpired)
}

func (s *story) brokenRecord(ctx context.Context) error {
	s.say("\n7. Sipol mencoba menyegel data yang tidak sesuai skema.", "\n7. Sipol tries to seal a record that breaks the schema.")
	records, err := fixture("sipol/kepengurusan/invalid/nik-15-digits.ndjson")
	if err != nil {
		return err
	}
	sealed, report, err := s.sipol.Seal(ctx, exchange.Shipment{Request: s.boards(), Records: schema.NDJSON(bytes.NewReader(records))})
	if err := expect(sealed == nil && envelope.ReasonOf(err) == envelope.ReasonStructure, "structure is refused"); err != nil {
		return err
	}
	s.reason(envelope.ReasonStructure)
	for _, f := range report.Details {
		if f.Kind == schema.KindStructure {
			s.say("     rekaman %d, %s: %s (nilainya tidak ditampilkan)", "     record %d, %s: %s (its value is not shown)", f.Record, f.Pointer, f.Rule)
		}
	}
	return nil
}

func (s *story) findingsTravel(ctx context.Context) error {
	s.say("\n8. Sirekap (KPU) mengirim hasil TPS yang angkanya janggal kepada Bawaslu, seperti yang dipublikasikan.",
		"\n8. Sirekap (KPU) sends polling-station results with odd numbers to Bawaslu, as published.")
	arrived := 0
	s.world.Receiver(envelopetest.Pengawasan(), "AWAS-TAHAPAN", func(_ context.Context, d *exchange.Delivery) error {
		for range d.Records() {
			arrived++
		}
		for _, f := range d.Report().Details {
			s.say("     temuan %s (%s): %s", "     finding %s (%s): %s", f.Rule, f.Severity, s.text(f.Text))
		}
		return nil
	})
	records, err := fixture("sirekap/hasil-tps/finding/A1.ndjson")
	if err != nil {
		return err
	}
	request := s.world.Request("sirekap/hasil-tps", "AWAS-TAHAPAN", envelopetest.Pengawasan())
	receipt, err := s.world.Exchange(ctx, envelopetest.Sirekap(), request, records)
	if err != nil {
		return err
	}
	s.say("   ✓ Diterima utuh: %d rekaman; temuan menyertai data dan tidak mengubahnya.",
		"   ✓ Received whole: %d record; findings travel beside the data and change nothing.", arrived)
	return expect(receipt.Claims().Outcome == exchange.OutcomeAccepted && arrived == 1, "findings do not refuse")
}

// boards names the exchange of the first chapter.
func (s *story) boards() exchange.Request {
	return s.world.Request("sipol/kepengurusan", "PARPOL-BADANHUKUM", envelopetest.BadanHukum())
}

func (s *story) seal(ctx context.Context, name string, validFor time.Duration) (*envelope.Sealed, error) {
	records, err := fixture(name)
	if err != nil {
		return nil, err
	}
	sealed, _, err := s.sipol.Seal(ctx, exchange.Shipment{
		Request: s.boards(), Records: schema.NDJSON(bytes.NewReader(records)), ValidFor: validFor,
	})
	return sealed, err
}

// post brings a file to an agency as a stranger would, and expects a refusal.
func (s *story) post(ctx context.Context, to envelopetest.Agency, file []byte, want envelope.Reason) error {
	if _, err := s.world.Wire.Deliver(ctx, to.Party, bytes.NewReader(file)); err != nil {
		return err
	}
	return s.refused(want)
}

// refused expects that the last answer on the wire refuses for this reason.
func (s *story) refused(want envelope.Reason) error {
	answers := s.world.Wire.Answers()
	return s.refusedBy(answers[len(answers)-1], want)
}

func (s *story) refusedBy(answer exchange.Answer, want envelope.Reason) error {
	if answer.Reason != want {
		return fmt.Errorf("refused for %q, not for %q", answer.Reason, want)
	}
	s.reason(want)
	return nil
}

func (s *story) reason(r envelope.Reason) {
	s.say("   ✗ Ditolak (%s): %s", "   ✗ Refused (%s): %s", r, s.text(r.Text()))
}

// never is the handler of a system that must not see anything in this story.
func (s *story) never(context.Context, *exchange.Delivery) error {
	return errors.New("a record was released")
}

func (s *story) say(id, en string, values ...any) {
	if s.lang == "en" {
		id = en
	}
	fmt.Fprintf(s.out, id+"\n", values...)
}

func (s *story) text(t purpose.Text) string {
	if s.lang == "en" {
		return t.EN
	}
	return t.ID
}

func fixture(name string) ([]byte, error) { return fs.ReadFile(electiontest.FS(), name) }

func expect(ok bool, what string) error {
	if !ok {
		return errors.New("it did not hold that " + what)
	}
	return nil
}
