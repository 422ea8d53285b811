package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
)

const matching = "PARPOL-BADANHUKUM"

// A story is four agencies' programs and what has happened so far. It goes on step
// by step: a handler runs while the one who sent waits for its answer.
type story struct {
	out  io.Writer
	lang string
	town *town

	sipol, ahu, sirekap, bawaslu *office

	handled    int              // how often AHU's handler was called
	powerFails bool             // when it is called next, after its work
	answered   string           // the id that AHU's answer names
	arrived    int              // records that Bawaslu's handler has seen
	first      *envelope.Sealed // the envelope of the first chapter
	receipt    *exchange.Parcel // and how its parcel was settled
}

func newStory(out io.Writer, lang, dir string) (s *story, err error) {
	s = &story{out: out, lang: lang, town: &town{
		world: exchangetest.NewWorld(), dir: dir, offices: map[envelope.Party]*office{}, urls: map[envelope.Party]string{},
	}}
	defer func() {
		if err != nil {
			s.town.close()
		}
	}()
	if s.sipol, err = s.town.open(envelopetest.Sipol(), matching, s.sipolReads); err != nil {
		return nil, err
	}
	if s.ahu, err = s.town.open(envelopetest.BadanHukum(), matching, s.ahuHandles); err != nil {
		return nil, err
	}
	if s.sirekap, err = s.town.open(envelopetest.Sirekap(), "TPS-JARINGAN", s.never); err != nil {
		return nil, err
	}
	s.bawaslu, err = s.town.open(envelopetest.Pengawasan(), "AWAS-TAHAPAN", s.bawasluReads)
	return s, err
}

// ahuHandles is AHU's application. What it writes through bolt.Update is durable
// together with the settlement of the envelope, or neither is: exactly once.
func (s *story) ahuHandles(ctx context.Context, d *exchange.Delivery) error {
	s.handled++
	err := bolt.Update(d, func(b *bolt.Bucket) error {
		boards, _ := strconv.Atoi(string(b.Get([]byte("boards"))))
		return b.Put([]byte("boards"), []byte(strconv.Itoa(boards+d.Report().Records)))
	})
	if err != nil {
		return err
	}
	if s.powerFails {
		s.powerFails = false
		return s.ahu.cutPower()
	}
	if d.Key().ID != s.first.Manifest().ID {
		return nil // in this story AHU answers once
	}
	s.say("   ✓ AHU membuka segel: %d susunan pengurus, %d temuan, pengirim terbukti %s.",
		"   ✓ AHU opens the seal: %d boards, %d findings, proven sender %s.",
		d.Report().Records, d.Report().Findings, d.Key().Sender)
	decree, err := fixture("ahu/badan-hukum/valid/decree-only.ndjson")
	if err != nil {
		return err
	}
	// The answer waits in AHU's outbox. Were this handler called again with the same
	// envelope, there would still be one answer.
	return s.ahu.dispatcher.Reply(ctx, d, exchange.Shipment{
		Request: exchange.Request{Dataset: "ahu/badan-hukum"}, Records: schema.NDJSON(bytes.NewReader(decree)),
	})
}

// boards returns how many boards AHU's application has written down.
func (s *story) boards(ctx context.Context) (n int, err error) {
	err = s.ahu.store.ViewEffects(ctx, func(b *bolt.Bucket) error {
		n, err = strconv.Atoi(string(b.Get([]byte("boards"))))
		return err
	})
	return n, err
}

// sipolReads is Sipol's application for answers: it takes only those that it has
// asked for.
func (s *story) sipolReads(ctx context.Context, d *exchange.Delivery) error {
	request, err := s.sipol.dispatcher.Answered(ctx, d)
	if err != nil {
		return err // refuses for good what nobody asked for, and nothing else
	}
	s.answered = request.ID
	s.say("   ✓ Sipol menerima jawaban AHU: %d keputusan badan hukum.",
		"   ✓ Sipol receives AHU's answer: %d decree on legal status.", d.Report().Records)
	return nil
}

func (s *story) bawasluReads(_ context.Context, d *exchange.Delivery) error {
	for range d.Records() {
		s.arrived++
	}
	for _, f := range d.Report().Details {
		s.say("     temuan %s (%s): %s", "     finding %s (%s): %s", f.Rule, f.Severity, s.text(f.Text))
	}
	return nil
}

// never is the handler of a system that must not see anything in this story.
func (s *story) never(context.Context, *exchange.Delivery) error {
	return errors.New("a record was released")
}

// shipment is what Sipol sends to AHU.
func (s *story) shipment(name string) (exchange.Shipment, error) {
	records, err := fixture(name)
	return exchange.Shipment{
		Request: s.town.world.Request("sipol/kepengurusan", matching, envelopetest.BadanHukum()),
		Records: schema.NDJSON(bytes.NewReader(records)),
	}, err
}

// seal seals one board and sends it nowhere.
func (s *story) seal(ctx context.Context, change func(*exchange.Shipment)) (*envelope.Sealed, error) {
	shipment, err := s.shipment("sipol/kepengurusan/valid/central-board.ndjson")
	if err != nil {
		return nil, err
	}
	if change != nil {
		change(&shipment)
	}
	sealed, _, err := s.sipol.sender.Seal(ctx, shipment)
	return sealed, err
}

// round has an office's dispatcher carry what is due. A program calls Run once
// instead, and forgets it.
func round(ctx context.Context, o *office) error {
	_, err := o.dispatcher.Step(ctx)
	return err
}

// parcel returns what an office's outbox says of an envelope to a recipient.
func parcel(ctx context.Context, o *office, sealed *envelope.Sealed, to envelope.Party) (*exchange.Parcel, error) {
	p, err := o.store.Outbox().Parcel(ctx, exchange.SentTo(sealed, to).Key, to)
	if err == nil && p == nil {
		err = errors.New("the parcel is gone")
	}
	return p, err
}

// post brings a file to an office as a stranger would, and expects a refusal.
func (s *story) post(ctx context.Context, to *office, file []byte, want envelope.Reason) error {
	reply, err := s.sipol.client.Deliver(ctx, to.party, bytes.NewReader(file))
	if err != nil {
		return err
	}
	if err := s.refused(to.receiver.answered(), want); err != nil {
		return err
	}
	return expect(want.Kind() != envelope.KindDamage || reply.Refusal == exchange.OutwardCannotOpen, "a stranger learns nothing")
}

// refused expects an answer that refuses for this reason, and says so.
func (s *story) refused(a exchange.Answer, want envelope.Reason) error {
	if a.Reason != want {
		return fmt.Errorf("refused for %q, not for %q", a.Reason, want)
	}
	s.reason(want)
	return nil
}

func (s *story) reason(r envelope.Reason) {
	s.say("   ✗ Ditolak (%s): %s", "   ✗ Refused (%s): %s", r, s.text(r.Text()))
}

func (s *story) say(id, en string, values ...any) {
	fmt.Fprintf(s.out, s.text(purpose.Text{ID: id, EN: en})+"\n", values...)
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
