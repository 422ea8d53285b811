package main

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/schema"
)

// boardsAndAnswer is the exchange itself: two envelopes, two receipts.
func (s *story) boardsAndAnswer(ctx context.Context) error {
	s.say("1. Sipol (KPU) mengirim susunan pengurus partai kepada Ditjen AHU untuk pencocokan badan hukum.",
		"1. Sipol (KPU) sends party boards to Ditjen AHU for legal-status matching.")
	shipment, err := s.shipment("sipol/kepengurusan/valid/board-at-every-level.ndjson")
	if err != nil {
		return err
	}
	if s.first, _, err = s.sipol.dispatcher.Send(ctx, shipment); err != nil {
		return err
	}
	s.say("   ✓ Segel dibuat, dicatat di jurnal, dan tersimpan di kotak keluar sebelum dikirim.",
		"   ✓ The seal is made, on record in the journal, and safe in the outbox before it leaves.")
	if err := round(ctx, s.sipol); err != nil {
		return err
	}
	if s.receipt, err = parcel(ctx, s.sipol, s.first, s.ahu.party); err != nil {
		return err
	}
	s.say("   ✓ Sipol memegang tanda terima AHU yang ditandatangani: %s.",
		"   ✓ Sipol holds AHU's signed receipt: %s.", s.receipt.Outcome)
	if err := round(ctx, s.ahu); err != nil {
		return err
	}
	return expect(s.answered == s.first.Manifest().ID && s.handled == 1, "the answer names the request")
}

func (s *story) replay(ctx context.Context) error {
	s.say("\n2. Segel yang sama dikirim sekali lagi.", "\n2. The same seal is sent once more.")
	again, err := s.sipol.sender.Deliver(ctx, s.first, s.ahu.party)
	if err != nil {
		return err
	}
	if err := s.refused(s.ahu.receiver.answered(), envelope.ReasonReplayed); err != nil {
		return err
	}
	s.say("   ✓ Tanda terima yang sama, byte demi byte; aplikasi AHU tidak dijalankan lagi.",
		"   ✓ The same receipt, byte for byte; AHU's application did not run again.")
	return expect(bytes.Equal(again.JWS(), s.receipt.Receipt) && s.handled == 1, "one effect, one receipt")
}

func (s *story) otherPurpose(ctx context.Context) error {
	s.say("\n3. Meja lain di AHU ingin memakai data itu untuk tujuan lain.", "\n3. Another desk at AHU wants to use the data for another purpose.")
	second, err := s.seal(ctx, nil)
	if err != nil {
		return err
	}
	config := s.town.world.ReceiverConfig(envelopetest.BadanHukum(), "PARPOL-VERMIN", s.never)
	config.Journal, config.Store = s.ahu.journal, s.ahu.store // one party, one store
	desk, err := exchange.NewReceiver(config)
	if err != nil {
		return err
	}
	return s.refused(desk.Receive(ctx, bytes.NewReader(second.File())), envelope.ReasonPurposeMismatch)
}

func (s *story) tampered(ctx context.Context) error {
	s.say("\n4. Seseorang mengubah satu byte di jalan.", "\n4. Somebody changes one byte on the way.")
	second, err := s.seal(ctx, nil)
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
	return s.post(ctx, s.ahu, file, envelope.ReasonCannotOpen)
}

func (s *story) somebodyElse(ctx context.Context) error {
	s.say("\n5. Segel untuk AHU diserahkan kepada Bawaslu.", "\n5. A seal for AHU is handed to Bawaslu.")
	if err := s.post(ctx, s.bawaslu, s.first.File(), envelope.ReasonNotForMe); err != nil {
		return err
	}
	return expect(s.arrived == 0, "Bawaslu saw nothing")
}

func (s *story) expired(ctx context.Context) error {
	s.say("\n6. Segel yang berlaku satu jam tiba setelah dua jam.", "\n6. A seal that is valid for an hour arrives after two.")
	short, err := s.seal(ctx, func(s *exchange.Shipment) { s.ValidFor = time.Hour })
	if err != nil {
		return err
	}
	s.town.world.Clock.Move(2 * time.Hour)
	return s.post(ctx, s.ahu, short.File(), envelope.ReasonExpired)
}

func (s *story) brokenRecord(ctx context.Context) error {
	s.say("\n7. Sipol mencoba menyegel data yang tidak sesuai skema.", "\n7. Sipol tries to seal a record that breaks the schema.")
	shipment, err := s.shipment("sipol/kepengurusan/invalid/nik-15-digits.ndjson")
	if err != nil {
		return err
	}
	sealed, report, err := s.sipol.dispatcher.Send(ctx, shipment)
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
	records, err := fixture("sirekap/hasil-tps/finding/A1.ndjson")
	if err != nil {
		return err
	}
	sealed, _, err := s.sirekap.dispatcher.Send(ctx, exchange.Shipment{
		Request: s.town.world.Request("sirekap/hasil-tps", "AWAS-TAHAPAN", envelopetest.Pengawasan()),
		Records: schema.NDJSON(bytes.NewReader(records)),
	})
	if err != nil {
		return err
	}
	if err := round(ctx, s.sirekap); err != nil {
		return err
	}
	s.say("   ✓ Diterima utuh: %d rekaman; temuan menyertai data dan tidak mengubahnya.",
		"   ✓ Received whole: %d record; findings travel beside the data and change nothing.", s.arrived)
	p, err := parcel(ctx, s.sirekap, sealed, envelopetest.Pengawasan().Party)
	if err != nil {
		return err
	}
	return expect(p.Outcome == exchange.OutcomeAccepted && s.arrived == 1, "findings do not refuse")
}

// powerFailure takes AHU's power away when its application has done its work and
// nothing is settled yet.
func (s *story) powerFailure(ctx context.Context) error {
	s.say("\n9. Listrik AHU padam sesudah aplikasinya bekerja, sebelum ada tanda terima.",
		"\n9. AHU loses power after its application has worked, before there is a receipt.")
	called := s.handled
	before, err := s.boards(ctx)
	if err != nil {
		return err
	}
	shipment, err := s.shipment("sipol/kepengurusan/valid/central-board.ndjson")
	if err != nil {
		return err
	}
	sealed, _, err := s.sipol.dispatcher.Send(ctx, shipment)
	if err != nil {
		return err
	}
	s.powerFails = true
	if err := round(ctx, s.sipol); err != nil {
		return err
	}
	p, err := parcel(ctx, s.sipol, sealed, s.ahu.party)
	if err != nil {
		return err
	}
	s.say("   ✗ Sipol tidak tahu nasib kirimannya (%s) dan menyimpannya.", "   ✗ Sipol does not know what became of it (%s), and keeps it.", p.State)

	// AHU starts anew on the same folder. Sipol's dispatcher tries again by itself,
	// with the same bytes, once AHU's lease on the interrupted work is over.
	s.ahu.close()
	if s.ahu, err = s.town.open(envelopetest.BadanHukum(), matching, s.ahuHandles); err != nil {
		return err
	}
	s.town.world.Clock.Move(2 * time.Minute)
	if err := round(ctx, s.sipol); err != nil {
		return err
	}
	if p, err = parcel(ctx, s.sipol, sealed, s.ahu.party); err != nil {
		return err
	}
	after, err := s.boards(ctx)
	if err != nil {
		return err
	}
	s.say("   ✓ AHU menyala lagi dengan berkas yang sama; Sipol mengirim byte yang sama: %s.", "   ✓ AHU is back on the same files; Sipol sends the same bytes: %s.", p.Outcome)
	s.say("   ✓ Aplikasi AHU dipanggil %d kali, susunan pengurus tercatat %d kali.", "   ✓ AHU's application was called %d times, the board is written down %d time.", s.handled-called, after-before)
	return expect(s.handled == called+2 && after == before+1, "one effect")
}

// correction supersedes a board that is still on its way.
func (s *story) correction(ctx context.Context) error {
	s.say("\n10. Sipol mengoreksi segel yang masih di jalan; koreksinya tiba lebih dahulu.",
		"\n10. Sipol corrects a seal that is still on its way; the correction arrives first.")
	old, err := s.seal(ctx, nil)
	if err != nil {
		return err
	}
	shipment, err := s.shipment("sipol/kepengurusan/valid/names-only.ndjson")
	if err != nil {
		return err
	}
	shipment.Corrects = &exchange.Correction{Of: exchange.SentTo(old, s.ahu.party), Reason: "nama pengurus diperbaiki"}
	corrected, _, err := s.sipol.dispatcher.Send(ctx, shipment)
	if err != nil {
		return err
	}
	if err := round(ctx, s.sipol); err != nil {
		return err
	}
	p, err := parcel(ctx, s.sipol, corrected, s.ahu.party)
	if err != nil {
		return err
	}
	called := s.handled
	s.say("   ✓ Koreksi: %s.", "   ✓ The correction: %s.", p.Outcome)
	late, err := s.sipol.sender.Deliver(ctx, old, s.ahu.party)
	if err != nil {
		return err
	}
	s.reason(late.Claims().Reason)
	s.say("   ✓ Segel lama yang terlambat tidak menimpa koreksinya, untuk seterusnya.", "   ✓ The old seal, which came late, does not overwrite its correction, for good.")
	return expect(p.Outcome == exchange.OutcomeAccepted && late.Claims().Final && late.Claims().Reason == envelope.ReasonSuperseded && s.handled == called,
		"an old revision never overwrites")
}

// onRecord reads the journals, each a file of its own, as an auditor would.
func (s *story) onRecord(context.Context) error {
	s.say("\n11. Semua itu tercatat.", "\n11. All of this is on record.")
	for _, o := range []*office{s.sipol, s.ahu, s.sirekap, s.bawaslu} {
		head, err := journal.Verify(o.dir)
		if err != nil {
			return err
		}
		s.say("   ✓ Jurnal %s utuh: %d baris, tanpa isi data.", "   ✓ The journal of %s is whole: %d lines, no content.", o.party, head.Seq)
		if head.Seq == 0 {
			return errors.New("nothing is on record")
		}
	}
	return nil
}
