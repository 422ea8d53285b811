// Sidapil-all gives electoral districts to everybody who builds on them: KPU's
// Sidapil seals them once for Silon, Sirekap and Bawaslu, each of whom gets a token
// of its own and signs a receipt of its own. What only some of them may use does
// not go to all.
//
//	go run ./examples/sidapil-all [-lang en]
package main

import (
	"context"
	"os"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/examples/memorandum"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/schema/election/sidapil"
)

const (
	kpu     envelope.Party = "kpu/sidapil"
	silon   envelope.Party = "kpu/silon"
	sirekap envelope.Party = "kpu/sirekap"
	bawaslu envelope.Party = "bawaslu/pengawasan"

	dataset = "sidapil/dapil"

	districts = `{"pemilu":"pdpr","kode_dapil":"3198","nama_dapil":"CONTOH I","wilayah":[{"tingkat":"kab","kode_wilayah":"3198"},{"tingkat":"kab","kode_wilayah":"3199"}],"kursi":7}
{"pemilu":"pdpr","kode_dapil":"3199","nama_dapil":"CONTOH II","wilayah":[{"tingkat":"kab","kode_wilayah":"3197"}],"kursi":5}`
)

func main() { os.Exit(memorandum.Main(tell)) }

func tell(ctx context.Context, s *memorandum.Story) error {
	if err := s.Sign(
		agreement.Grant{From: kpu, To: silon, Dataset: dataset, Purposes: []purpose.Code{"DAPIL-TATA"}},
		agreement.Grant{From: kpu, To: sirekap, Dataset: dataset, Purposes: []purpose.Code{"DAPIL-TATA"}},
		agreement.Grant{From: kpu, To: bawaslu, Dataset: dataset, Purposes: []purpose.Code{"DAPIL-TATA", "AWAS-TAHAPAN"}},
	); err != nil {
		return err
	}

	// The recipients are served at the same time, so each counts for itself.
	var seats [3]int64
	recipients := []envelope.Party{silon, sirekap, bawaslu}
	for i, as := range recipients {
		s.Receive(as, "DAPIL-TATA", func(_ context.Context, d *exchange.Delivery) error {
			seats[i] = 0
			for district, err := range exchange.Records[sidapil.Dapil](d) {
				if err != nil {
					return err
				}
				seats[i] += district.Kursi.Or(0)
			}
			return nil
		})
	}

	s.Say("1. Untuk pengawasan kepada ketiganya: tidak disepakati.", "1. For supervision, to all three: not agreed.")
	_, _, err := s.Dispatcher(kpu).Send(ctx, memorandum.Shipment(dataset, "AWAS-TAHAPAN", districts, recipients...))
	s.Say("  ✗ tidak disegel: %s", "  ✗ not sealed: %s", envelope.ReasonOf(err))

	s.Say("2. Untuk penataan dapil: satu segel, tiga penerima.", "2. For districting: one seal, three recipients.")
	_, report, err := s.Dispatcher(kpu).Send(ctx, memorandum.Shipment(dataset, "DAPIL-TATA", districts, recipients...))
	if err != nil {
		return err
	}
	s.Say("  ✓ %d dapil disegel sekali", "  ✓ %d districts are sealed once", report.Records)
	if err := s.Carry(ctx, kpu); err != nil {
		return err
	}
	s.Say("3. Kursi menurut masing-masing: %v", "3. Seats, as each of them counts: %v", seats)
	return nil
}
