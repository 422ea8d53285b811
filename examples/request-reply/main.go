// Request-reply asks and is answered: KPU's Sipol asks Ditjen AHU for the legal
// status of a party, and AHU's application answers, once, although its machine
// loses power while it is at work and the request has to be handled again.
//
//	go run ./examples/request-reply            in Indonesian
//	go run ./examples/request-reply -lang en   in English
//
// It shows a dataset that is a question (ahu/permintaan-status),
// [exchange.Dispatcher.Reply] in the handler that answers, and
// [exchange.Dispatcher.Answered] in the handler that gets the answer. Stores,
// outboxes and journals are files, as in the field; the network is a wire in
// memory, and the clock stands until it is moved.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// The request and its answer are for the same purpose, which both definitions
// list.
const matching = "PARPOL-BADANHUKUM"

// Where AHU's machine may lose power while its application is at work.
const (
	beforeReply = "before the reply"
	afterReply  = "after the reply" // the answer is in the outbox, and the request is not settled
)

func main() {
	lang := flag.String("lang", "id", "language of the story: id or en")
	flag.Parse()
	dir, err := os.MkdirTemp("", "segel-request-reply-")
	if err == nil {
		err = run(context.Background(), os.Stdout, *lang, dir, afterReply)
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "request-reply:", err)
		os.Exit(1)
	}
}

// run tells the exchange, which leaves its files in a folder, and returns an error
// as soon as something does not go as told.
func run(ctx context.Context, out io.Writer, lang, dir, powerFails string) (err error) {
	s := &story{out: out, lang: lang, world: exchangetest.NewWorld(), dir: dir, powerFails: powerFails}
	if s.sipol, err = open(s.world, envelopetest.Sipol(), matching, dir, s.keep); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.sipol.close()) }()
	if s.ahu, err = open(s.world, envelopetest.BadanHukum(), matching, dir, s.answer); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.ahu.close()) }()
	for _, chapter := range []func(context.Context) error{s.ask, s.askAgain, s.status, s.unasked} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	return nil
}

// A story is the two agencies' programs and what has happened so far.
type story struct {
	out        io.Writer
	lang       string
	world      *exchangetest.World
	dir        string
	powerFails string

	sipol, ahu *agency
	question   exchange.Sent
	called     int // how often AHU's application was called
}

// ask puts the question into Sipol's outbox and carries it. AHU loses power over
// it, so no receipt comes, and Sipol does not know what became of it.
func (s *story) ask(ctx context.Context) error {
	records, err := fs.ReadFile(electiontest.FS(), "ahu/permintaan-status/valid/one-decree.ndjson")
	if err != nil {
		return err
	}
	sealed, _, err := s.sipol.Send(ctx, exchange.Shipment{
		Request: s.world.Request("ahu/permintaan-status", matching, envelopetest.BadanHukum()),
		Records: schema.NDJSON(bytes.NewReader(records)),
	})
	if err != nil {
		return err
	}
	s.question = exchange.SentTo(sealed, envelopetest.BadanHukum().Party)
	s.say("1. Sipol (KPU) bertanya kepada Ditjen AHU: apa status badan hukum Partai Contoh Satu?",
		"1. Sipol (KPU) asks Ditjen AHU: what is the legal status of Partai Contoh Satu?")
	if _, err := s.sipol.Step(ctx); err != nil {
		return err
	}
	parcel, err := s.sent(ctx)
	if err != nil {
		return err
	}
	s.say("   ✗ Listrik AHU padam ketika aplikasinya bekerja. Di Sipol: %s, tanpa tanda terima.",
		"   ✗ AHU loses power while its application is at work. At Sipol: %s, without a receipt.", parcel.State)
	return expect(s.called == 1 && parcel.State == exchange.ParcelUnknown, "one call, and no receipt")
}

// answer is AHU's application: it looks the party up and replies. It may be
// called again after a crash, as here: Reply derives the answer's id from the
// request, so the second call finds that the answer is posted already, and does
// nothing.
func (s *story) answer(ctx context.Context, d *exchange.Delivery) error {
	s.called++
	if s.called == 1 && s.powerFails == beforeReply {
		return s.ahu.close()
	}
	var decrees bytes.Buffer
	for record := range d.Records() {
		var question struct {
			Name string `json:"nama"`
		}
		if err := json.Unmarshal(record, &question); err != nil {
			return err
		}
		if decree, ok := register[question.Name]; ok { // an answer without a record says that there is none
			decrees.WriteString(decree + "\n")
		}
	}
	err := s.ahu.Reply(ctx, d, exchange.Shipment{
		Request: exchange.Request{Dataset: "ahu/badan-hukum"}, // to whom, and for what, the request says
		Records: schema.NDJSON(&decrees),
	})
	if s.called == 1 && s.powerFails == afterReply {
		return errors.Join(err, s.ahu.close())
	}
	return err
}

// register is what AHU has on record: one party, which does not exist.
var register = map[string]string{
	"Partai Contoh Satu": `{"nama":"Partai Contoh Satu","nomor_sk":"M.HH-999.AH.11.01 TAHUN 2020","tanggal_sk":"2020-05-19","statusHukum":"berbadan hukum"}`,
}

// askAgain starts AHU's program anew on the same folder. Sipol's dispatcher brings
// the same bytes again by itself, as soon as its pause and AHU's lease on the
// interrupted work are over.
func (s *story) askAgain(ctx context.Context) (err error) {
	s.say("\n2. AHU menyala lagi, dengan berkas yang sama.", "\n2. AHU is back, on the same files.")
	if s.ahu, err = open(s.world, envelopetest.BadanHukum(), matching, s.dir, s.answer); err != nil {
		return err
	}
	s.world.Clock.Move(2 * time.Minute)
	if _, err := s.sipol.Step(ctx); err != nil {
		return err
	}
	parcel, err := s.sent(ctx)
	if err != nil {
		return err
	}
	answers, err := s.ahu.store.Outbox().Parcels(ctx, exchange.Sent{}, 10)
	if err != nil {
		return err
	}
	s.say("   ✓ Aplikasi AHU dipanggil %d kali; jawaban yang dibuat: %d. Di Sipol: %s.",
		"   ✓ AHU's application was called %d times; answers made: %d. At Sipol: %s.", s.called, len(answers), parcel.State)
	return expect(s.called == 2 && len(answers) == 1 && parcel.Outcome == exchange.OutcomeAccepted, "called twice, answered once")
}

// status has AHU's dispatcher carry the answer, and shows what Sipol knows then.
func (s *story) status(ctx context.Context) error {
	s.say("\n3. Jawaban AHU tiba di Sipol.", "\n3. AHU's answer arrives at Sipol.")
	if _, err := s.ahu.Step(ctx); err != nil {
		return err
	}
	known := 0
	err := s.sipol.store.ViewEffects(ctx, func(b *bolt.Bucket) error {
		return b.ForEach(func(id, record []byte) error {
			var decree struct {
				Name   string `json:"nama"`
				Number string `json:"nomor_sk"`
				Status string `json:"statusHukum"`
			}
			if string(id) != s.question.ID || json.Unmarshal(record, &decree) != nil {
				return errors.New("an effect that nobody asked for")
			}
			known++
			s.say("   ✓ %s: %s, SK %s.", "   ✓ %s: %s, decree %s.", decree.Name, decree.Status, decree.Number)
			return nil
		})
	})
	return errors.Join(err, expect(known == 1, "one answer was kept"))
}

// keep is Sipol's application for answers. It takes an answer only to a question
// of its own, and writes it under the question's id in the transaction that
// settles the delivery: once, however often it is called.
func (s *story) keep(ctx context.Context, d *exchange.Delivery) error {
	question, err := s.sipol.Answered(ctx, d)
	if err != nil {
		return err // refuses for good what nobody asked for, and nothing else
	}
	return bolt.Update(d, func(b *bolt.Bucket) error {
		for record := range d.Records() {
			if err := b.Put([]byte(question.ID), record); err != nil {
				return err
			}
		}
		return nil
	})
}

// unasked has AHU send a decree that answers nothing.
func (s *story) unasked(ctx context.Context) error {
	s.say("\n4. AHU mengirim keputusan yang tidak ditanyakan.", "\n4. AHU sends a decree that nobody asked for.")
	sealed, _, err := s.ahu.Send(ctx, exchange.Shipment{
		Request: s.world.Request("ahu/badan-hukum", matching, envelopetest.Sipol()),
		Records: schema.NDJSON(bytes.NewReader([]byte(register["Partai Contoh Satu"]))),
	})
	if err != nil {
		return err
	}
	if _, err := s.ahu.Step(ctx); err != nil {
		return err
	}
	sent := exchange.SentTo(sealed, envelopetest.Sipol().Party)
	parcel, err := s.ahu.store.Outbox().Parcel(ctx, sent.Key, sent.Recipient)
	if err != nil || parcel == nil {
		return errors.Join(err, errors.New("the parcel is gone"))
	}
	claims, _ := parcel.Claims()
	s.say("   ✗ Ditolak Sipol untuk seterusnya (%s: %s).", "   ✗ Refused by Sipol for good (%s: %s).", claims.Reason, claims.Code)
	return expect(claims.Code == "not_asked", "what nobody asked for is refused")
}

// sent returns the question as it stands in Sipol's outbox.
func (s *story) sent(ctx context.Context) (*exchange.Parcel, error) {
	parcel, err := s.sipol.store.Outbox().Parcel(ctx, s.question.Key, s.question.Recipient)
	if err == nil && parcel == nil {
		err = errors.New("the question is gone")
	}
	return parcel, err
}

func (s *story) say(id, en string, values ...any) {
	if s.lang == "en" {
		id = en
	}
	fmt.Fprintf(s.out, id+"\n", values...)
}

func expect(ok bool, what string) error {
	if !ok {
		return errors.New("it did not hold that: " + what)
	}
	return nil
}
