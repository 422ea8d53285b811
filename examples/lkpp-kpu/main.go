// Lkpp-kpu keeps procurement packages up to date: LKPP sends one whose owner's
// estimate exceeds the budget, which is a finding, and corrects it. Nothing is
// edited: the correction supersedes, and KPU keeps the later revision.
//
//	go run ./examples/lkpp-kpu [-lang en]
package main

import (
	"context"
	"os"
	"strings"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/examples/memorandum"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	data "github.com/segel-id/segel/schema/election/lkpp"
)

const (
	lkpp envelope.Party = "lkpp/pengadaan"
	kpu  envelope.Party = "kpu/logistik"

	dataset = "lkpp/paket-pengadaan"

	logistics purpose.Code = "LOGISTIK-ADA"

	wrong = `{"tahun_anggaran":2023,"kd_lpse":999,"kd_tender":9999999,"nama_paket":"Contoh kotak suara","kd_rup":"99999998;99999999","pagu":1000000000,"hps":9990000000}`
	right = `{"tahun_anggaran":2023,"kd_lpse":999,"kd_tender":9999999,"nama_paket":"Contoh kotak suara","kd_rup":"99999998;99999999","pagu":1000000000,"hps":999000000}`
)

func main() { os.Exit(memorandum.Main(tell)) }

func tell(ctx context.Context, s *memorandum.Story) error {
	if err := s.Sign(agreement.Grant{From: lkpp, To: kpu, Dataset: dataset, Purposes: []purpose.Code{logistics}}); err != nil {
		return err
	}

	kept := map[string][]data.PaketPengadaan{} // by the first envelope of its line
	s.Receive(kpu, logistics, func(_ context.Context, d *exchange.Delivery) error {
		s.Findings(d.Report())
		var packages []data.PaketPengadaan
		for p, err := range exchange.Records[data.PaketPengadaan](d) {
			if err != nil {
				return err
			}
			packages = append(packages, p)
		}
		kept[d.Line().First] = packages // a correction takes the place of what it corrects
		return nil
	})

	s.Say("1. LKPP mengirim paket pengadaan.", "1. LKPP sends a procurement package.")
	sealed, _, err := s.Dispatcher(lkpp).Send(ctx, memorandum.Shipment(dataset, logistics, wrong, kpu))
	if err != nil {
		return err
	}
	if err := s.Carry(ctx, lkpp); err != nil {
		return err
	}

	s.Say("2. LKPP mengoreksi HPS.", "2. LKPP corrects the owner's estimate.")
	corrected := memorandum.Shipment(dataset, logistics, right, kpu)
	corrected.Corrects = &exchange.Correction{Of: exchange.SentTo(sealed, kpu), Reason: "HPS salah ketik"}
	if _, _, err := s.Dispatcher(lkpp).Send(ctx, corrected); err != nil {
		return err
	}
	if err := s.Carry(ctx, lkpp); err != nil {
		return err
	}

	for _, packages := range kept {
		for _, p := range packages {
			// Amounts are kept digit by digit, and one field may hold several plans.
			plans := strings.Split(p.KdRUP.Or(p.KdTender).Text, ";")
			s.Say("3. KPU menyimpan satu paket: HPS %s, %d RUP.", "3. KPU keeps one package: estimate %s, %d plans.", p.HPS.Or("-"), len(plans))
		}
	}
	return nil
}
