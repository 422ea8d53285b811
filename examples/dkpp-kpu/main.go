// Dkpp-kpu hands over decisions: KPU acts on DKPP's official text alone and refuses
// for good a copy as on the web site, which says of itself that it may not be used
// as a reference. The signed receipts show both.
//
//	go run ./examples/dkpp-kpu [-lang en]
package main

import (
	"context"
	"os"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/examples/memorandum"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	data "github.com/segel-id/segel/schema/election/dkpp"
)

const (
	dkpp envelope.Party = "dkpp/persidangan"
	kpu  envelope.Party = "kpu/hukum"

	dataset = "dkpp/putusan"

	copied   = `{"nomor_perkara":"99-PKE-DKPP/I/2099","salinan":"salinan","tanggal_putusan":"2024-01-10","teradu":[{"nama":"Contoh Satu","jabatan":"Anggota Contoh","sanksi":"teguran"}]}`
	official = `{"nomor_perkara":"99-PKE-DKPP/I/2099","salinan":"resmi","tanggal_putusan":"2024-01-10","teradu":[{"nama":"Contoh Satu","jabatan":"Anggota Contoh","sanksi":"teguran"},{"nama":"Contoh Dua","jabatan":"Anggota Contoh","sanksi":"rehabilitasi"}]}`
)

func main() { os.Exit(memorandum.Main(tell)) }

func tell(ctx context.Context, s *memorandum.Story) error {
	if err := s.Sign(agreement.Grant{From: dkpp, To: kpu, Dataset: dataset, Purposes: []purpose.Code{"ETIK-PERIKSA"}}); err != nil {
		return err
	}

	s.Receive(kpu, "ETIK-PERIKSA", func(_ context.Context, d *exchange.Delivery) error {
		s.Findings(d.Report())
		for decision, err := range exchange.Records[data.Putusan](d) {
			if err != nil {
				return err
			}
			if decision.Salinan != "resmi" {
				return exchange.Reject("not_official")
			}
			for _, person := range decision.Teradu { // no name is told
				s.Say("  %s, %s: %s", "  %s, %s: %s", decision.NomorPerkara, person.Jabatan.Or("-"), person.Sanksi.Or("-"))
			}
		}
		return nil
	})

	s.Say("1. DKPP mengirim salinan dari situsnya.", "1. DKPP sends the copy from its web site.")
	if err := send(ctx, s, copied); err != nil {
		return err
	}
	s.Say("2. DKPP mengirim putusan resmi.", "2. DKPP sends the official decision.")
	return send(ctx, s, official)
}

func send(ctx context.Context, s *memorandum.Story, decision string) error {
	if _, _, err := s.Dispatcher(dkpp).Send(ctx, memorandum.Shipment(dataset, "ETIK-PERIKSA", decision, kpu)); err != nil {
		return err
	}
	return s.Carry(ctx, dkpp)
}
