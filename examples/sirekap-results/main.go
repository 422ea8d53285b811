// Sirekap-results sends one envelope to two agencies at once, and gets an answer
// from one of them: KPU's Sirekap gives the published results of polling stations
// to Bawaslu and to Kominfo, and Kominfo tells KPU how well each of these stations
// is connected.
//
//	go run ./examples/sirekap-results            in Indonesian
//	go run ./examples/sirekap-results -lang en   in English
//
// It shows an agreement of one's own, a question before sealing ([exchange.Sender.Preflight]),
// a token and a receipt for each recipient, and an answer for another purpose
// than what it answers. The network is a wire in memory; examples/agency-http has
// the real one.
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

const (
	results = "sirekap/hasil-tps"    // its definition lists REKAP-* and AWAS-*, not TPS-JARINGAN
	network = "kominfo/jaringan-tps" // its definition lists TPS-JARINGAN alone
)

// The parties, with the keys of package envelopetest.
var sirekap, bawaslu, kominfo = envelopetest.Sirekap(), envelopetest.Pengawasan(), envelopetest.Jaringan()

// grants is what the three have agreed on, and all of it. What both recipients
// may use is published results; supervision is Bawaslu's alone, and no envelope
// for two recipients can be for it.
var grants = []agreement.Grant{
	{From: sirekap.Party, To: bawaslu.Party, Dataset: results, Purposes: []purpose.Code{"REKAP-UMUM", "AWAS-TAHAPAN"}},
	{From: sirekap.Party, To: kominfo.Party, Dataset: results, Purposes: []purpose.Code{"REKAP-UMUM"}},
	{From: kominfo.Party, To: sirekap.Party, Dataset: network, Purposes: []purpose.Code{"TPS-JARINGAN"}},
}

func main() {
	lang := flag.String("lang", "id", "language of the story: id or en")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *lang); err != nil {
		fmt.Fprintln(os.Stderr, "sirekap-results:", err)
		os.Exit(1)
	}
}

// run tells the exchange and returns an error as soon as something does not go as
// told.
func run(ctx context.Context, out io.Writer, lang string) error {
	s := &story{out: out, lang: lang, world: exchangetest.NewWorld()}
	signed, err := trust.Sign(s.world.Draft(grants), envelopetest.Anchor().Signing)
	if err != nil {
		return err
	}
	if s.world.Directory, err = trust.Open(signed, exchangetest.Anchors(), s.world.Clock.Now()); err != nil {
		return err
	}
	s.sirekap, s.kominfo = s.world.Dispatcher(sirekap), s.world.Dispatcher(kominfo)
	s.world.Receiver(bawaslu, "REKAP-UMUM", s.bawasluReads)
	s.world.Receiver(kominfo, "REKAP-UMUM", s.kominfoAnswers)
	s.world.Receiver(sirekap, "TPS-JARINGAN", s.sirekapReads)

	s.ask(ctx, "AWAS-TAHAPAN")
	s.ask(ctx, "REKAP-UMUM")
	if err := s.send(ctx); err != nil {
		return err
	}
	// Each program has one loop that carries what its outbox holds, until the
	// program ends: Dispatcher.Run. Here the clock stands and the rounds are made
	// one by one.
	if _, err := s.sirekap.Step(ctx); err != nil {
		return err
	}
	if err := s.receipts(ctx); err != nil {
		return err
	}
	if _, err := s.kominfo.Step(ctx); err != nil {
		return err
	}
	if s.connected != 2 {
		return errors.New("no answer came from Kominfo")
	}
	s.say("\nSatu segel, dua tanda terima, satu jawaban.", "\nOne seal, two receipts, one answer.")
	return nil
}

// A story is the three programs and what has happened so far.
type story struct {
	out   io.Writer
	lang  string
	world *exchangetest.World

	sirekap, kominfo *exchange.Dispatcher
	sent             *envelope.Sealed

	// How many stations each has seen. Recipients are served at the same time, so
	// each handler has a number of its own.
	atBawaslu, atKominfo, connected int
}

// ask has Sirekap decide, before it collects a single record, whether one
// envelope may go to both for this purpose.
func (s *story) ask(ctx context.Context, code purpose.Code) {
	d := s.world.Sender(sirekap).Preflight(ctx, s.world.Request(results, code, bawaslu, kominfo))
	s.say("? Kepada keduanya untuk %s? %s", "? To both of them for %s? %s", code, s.text(d.Why))
}

// send seals once for both. Send has returned when the envelope is durable in the
// outbox: one parcel for each recipient, with a token that only this one opens.
func (s *story) send(ctx context.Context) error {
	records, err := fs.ReadFile(electiontest.FS(), "sirekap/hasil-tps/valid/complete.ndjson")
	if err != nil {
		return err
	}
	var report *schema.Report
	s.sent, report, err = s.sirekap.Send(ctx, exchange.Shipment{
		Request: s.world.Request(results, "REKAP-UMUM", bawaslu, kominfo),
		Records: schema.NDJSON(bytes.NewReader(records)),
	})
	if err != nil {
		return err
	}
	s.say("\n✓ Sirekap menyegel hasil %d TPS sekali, untuk dua penerima.", "\n✓ Sirekap seals the results of %d stations once, for two recipients.", report.Records)
	return nil
}

// bawasluReads is Bawaslu's application.
func (s *story) bawasluReads(_ context.Context, d *exchange.Delivery) error {
	s.atBawaslu = d.Report().Records
	return nil
}

// kominfoAnswers is Kominfo's application. It looks the stations up in its own
// survey and answers with what it knows of them. Where the answer goes, and that
// this request is answered once although the handler may be called again, is the
// business of Reply. The purpose has to be named: places and networks of stations
// are for TPS-JARINGAN and nothing else, whatever they answer.
func (s *story) kominfoAnswers(ctx context.Context, d *exchange.Delivery) error {
	var rows bytes.Buffer
	for record := range d.Records() {
		var station struct {
			Code string `json:"kode_tps"`
		}
		if err := json.Unmarshal(record, &station); err != nil {
			return err
		}
		row, err := json.Marshal(map[string]string{"kode_tps": station.Code, "kelas": survey[station.Code]})
		if err != nil {
			return err
		}
		rows.Write(append(row, '\n'))
		s.atKominfo++
	}
	return s.kominfo.Reply(ctx, d, exchange.Shipment{
		Request: exchange.Request{Dataset: network, Purpose: "TPS-JARINGAN"},
		Records: schema.NDJSON(&rows),
	})
}

// survey is what Kominfo has measured: synthetic, for two stations that do not
// exist.
var survey = map[string]string{"3199011001001": "kuat", "3199011001901": "lemah"}

// sirekapReads is KPU's application for answers. It takes only those to what it
// has sent itself.
func (s *story) sirekapReads(ctx context.Context, d *exchange.Delivery) error {
	asked, err := s.sirekap.Answered(ctx, d)
	if err != nil {
		return err // refuses for good what nobody asked for, and nothing else
	}
	if asked.ID != s.sent.Manifest().ID {
		return exchange.Reject("other_request")
	}
	s.say("\n✓ Sirekap menerima jawaban Kominfo atas segel tadi:", "\n✓ Sirekap receives Kominfo's answer to that seal:")
	for record := range d.Records() {
		var station struct {
			Code  string `json:"kode_tps"`
			Class string `json:"kelas"`
		}
		if err := json.Unmarshal(record, &station); err != nil {
			return err
		}
		s.connected++
		s.say("    TPS %s: sinyal %s", "    station %s: signal %s", station.Code, station.Class)
	}
	return nil
}

// receipts shows what Sirekap holds now: from each recipient a receipt that this
// one has signed.
func (s *story) receipts(ctx context.Context) error {
	s.say("✓ Bawaslu menerima hasil %d TPS, Kominfo %d.", "✓ Bawaslu receives the results of %d stations, Kominfo of %d.", s.atBawaslu, s.atKominfo)
	for _, to := range []envelope.Party{bawaslu.Party, kominfo.Party} {
		sent := exchange.SentTo(s.sent, to)
		parcel, err := s.world.Outbox(sirekap).Parcel(ctx, sent.Key, sent.Recipient)
		if err != nil {
			return err
		}
		claims, ok := parcel.Claims()
		if !ok || claims.Outcome != exchange.OutcomeAccepted || claims.Issuer != to {
			return errors.New("a receipt is missing")
		}
		s.say("✓ Tanda terima %s: %s.", "✓ Receipt of %s: %s.", claims.Issuer, claims.Outcome)
	}
	return nil
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
