// Sirekap-bawaslu sends results as they were published, odd numbers included: the
// findings travel beside the data and refuse nothing. At the end Bawaslu signs who
// has not reported, and KPU holds that against its own receipts.
//
//	go run ./examples/sirekap-bawaslu [-lang en]
package main

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/examples/memorandum"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/completeness"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/sirekap"
)

const (
	kpu     envelope.Party = "kpu/sirekap"
	bawaslu envelope.Party = "bawaslu/pengawasan"

	dataset = "sirekap/hasil-tps"
)

func main() { os.Exit(memorandum.Main(tell)) }

func tell(ctx context.Context, s *memorandum.Story) error {
	if err := s.Sign(agreement.Grant{From: kpu, To: bawaslu, Dataset: dataset, Purposes: []purpose.Code{"AWAS-TAHAPAN"}}); err != nil {
		return err
	}
	now := s.World.Clock.Now()

	// KPU signs which stations must report, before anything is sent.
	register, err := completeness.NewRegister(slices.Values([]string{"3199011001001", "3199011001002", "3199011001901"}))
	if err != nil {
		return err
	}
	signed, err := register.Expect(completeness.Expectation{
		Issuer: kpu, IssuedAt: now.Unix(), Dataset: dataset, LegalDate: "2024-02-14", Due: now.Add(time.Hour).Unix(),
	}, s.Key(kpu))
	if err != nil {
		return err
	}

	tally := completeness.NewTally(register)
	s.Receive(bawaslu, "AWAS-TAHAPAN", func(_ context.Context, d *exchange.Delivery) error {
		s.Findings(d.Report())
		var stations []string
		for result, err := range exchange.Records[sirekap.HasilTPS](d) {
			if err != nil {
				return err
			}
			stations = append(stations, result.KodeTPS)
		}
		return tally.Add(completeness.ArrivalOf(d, s.World.Clock.Now()), stations...)
	})

	s.Say("1. Sirekap (KPU) mengirim hasil satu TPS, seperti yang dipublikasikan.", "1. Sirekap (KPU) sends the result of one station, as published.")
	published, err := fs.ReadFile(electiontest.FS(), dataset+"/finding/A1.ndjson") // synthetic
	if err != nil {
		return err
	}
	sealed, _, err := s.Dispatcher(kpu).Send(ctx, memorandum.Shipment(dataset, "AWAS-TAHAPAN", string(published), bawaslu))
	if err != nil {
		return err
	}
	if err := s.Carry(ctx, kpu); err != nil {
		return err
	}

	s.Say("2. Bawaslu menandatangani laporan kelengkapan.", "2. Bawaslu signs a report on completeness.")
	expected, err := completeness.OpenExpectation(signed, s.World.Directory, now)
	if err != nil {
		return err
	}
	report, err := tally.Report(expected, bawaslu, now, s.Key(bawaslu))
	if err != nil {
		return err
	}

	s.Say("3. KPU memeriksa tanda tangan dan daftarnya.", "3. KPU verifies the signature and the list.")
	opened, err := completeness.OpenReport(report.File(), register, s.World.Directory, now)
	if err != nil {
		return err
	}
	for unit := range opened.Missing("") {
		s.Say("  belum melapor: TPS %s", "  has not reported: station %s", unit)
	}
	receipted := map[string]string{"3199011001001": sealed.Digest()} // what Bawaslu has signed that it accepted
	disputed := opened.Dispute(func(unit string) string { return receipted[unit] })
	s.Say("  bertentangan dengan tanda terima: %d TPS", "  against a receipt: %d stations", len(disputed))
	return nil
}
