// Konten-bawaslu-kpu follows a report on content: Bawaslu asks Kominfo to act on
// an item, and Kominfo tells Bawaslu and KPU in one envelope what was done about
// it. That it took longer than an urgent request may is a finding that both see.
// No account holder is in it.
//
//	go run ./examples/konten-bawaslu-kpu [-lang en]
package main

import (
	"context"
	"errors"
	"os"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/examples/memorandum"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/schema"
	data "github.com/segel-id/segel/schema/election/kominfo"
)

const (
	bawaslu envelope.Party = "bawaslu/pengawasan"
	kominfo envelope.Party = "kominfo/konten"
	kpu     envelope.Party = "kpu/humas"

	dataset = "kominfo/konten"

	handling purpose.Code = "KONTEN-TINDAK"

	reported = `{"id_isu":"ISU-1","judul_isu":"Contoh isu","kategori":"hoaks","id_konten":"K-1","url":"https://contoh.example/1","tindakan":{"pemohon":"Bawaslu","dasar":"contoh","mendesak":true,"diminta_pada":"2024-02-10 08:00:00"}}`
	acted    = `{"id_isu":"ISU-1","judul_isu":"Contoh isu","kategori":"hoaks","id_konten":"K-1","url":"https://contoh.example/1","tindakan":{"pemohon":"Bawaslu","dasar":"contoh","mendesak":true,"diminta_pada":"2024-02-10 08:00:00","ditindak_pada":"2024-02-10 12:30:00","jam_sampai_tindak":5,"hasil":"diputus"}}`
)

func main() { os.Exit(memorandum.Main(tell)) }

func tell(ctx context.Context, s *memorandum.Story) error {
	if err := s.Sign(
		agreement.Grant{From: bawaslu, To: kominfo, Dataset: dataset, Purposes: []purpose.Code{handling}},
		agreement.Grant{From: kominfo, To: bawaslu, Dataset: dataset, Purposes: []purpose.Code{handling}},
		agreement.Grant{From: kominfo, To: kpu, Dataset: dataset, Purposes: []purpose.Code{handling}},
	); err != nil {
		return err
	}

	s.Receive(kominfo, handling, func(_ context.Context, d *exchange.Delivery) error {
		for item, err := range exchange.Records[data.Konten](d) {
			if err != nil {
				return err
			}
			action, _ := item.Tindakan.Get()
			s.Say("  Kominfo menerima konten %s, mendesak: %t", "  Kominfo gets item %s, urgent: %t", item.IDKonten, action.Mendesak.Or(false))
		}
		return nil
	})
	// Recipients are served at the same time, so each keeps what it has seen.
	var outcomes [2]string
	var reports [2]*schema.Report
	for i, as := range []envelope.Party{bawaslu, kpu} {
		s.Receive(as, handling, func(_ context.Context, d *exchange.Delivery) error {
			reports[i] = d.Report()
			for item, err := range exchange.Records[data.Konten](d) {
				if err != nil {
					return err
				}
				action, _ := item.Tindakan.Get()
				outcomes[i] = action.Hasil.Or("?")
			}
			return nil
		})
	}

	s.Say("1. Bawaslu melaporkan konten kepada Kominfo.", "1. Bawaslu reports content to Kominfo.")
	if _, _, err := s.Dispatcher(bawaslu).Send(ctx, memorandum.Shipment(dataset, handling, reported, kominfo)); err != nil {
		return err
	}
	if err := s.Carry(ctx, bawaslu); err != nil {
		return err
	}
	s.Say("2. Kominfo memberi tahu Bawaslu dan KPU apa yang dilakukan.", "2. Kominfo tells Bawaslu and KPU what was done.")
	if _, _, err := s.Dispatcher(kominfo).Send(ctx, memorandum.Shipment(dataset, handling, acted, bawaslu, kpu)); err != nil {
		return err
	}
	if err := s.Carry(ctx, kominfo); err != nil {
		return err
	}
	s.Say("3. Keduanya melihat: %s, dan temuan yang sama.", "3. Both see: %s, and the same finding.", outcomes[0])
	s.Findings(reports[0])
	if outcomes[0] != outcomes[1] || reports[0].Findings != reports[1].Findings {
		return errors.New("the recipients did not see the same")
	}
	return nil
}
