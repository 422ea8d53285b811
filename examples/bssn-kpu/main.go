// Bssn-kpu reports an incident: KPU sends its first report, later than the rules
// for vital infrastructure allow, which is a finding and no reason to refuse it, and
// BSSN answers with indicators of compromise, marked with how far they may travel.
//
//	go run ./examples/bssn-kpu [-lang en]
package main

import (
	"context"
	"os"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/examples/memorandum"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/schema/election/bssn"
)

const (
	kpu  envelope.Party = "kpu/keamanan"
	csrt envelope.Party = "bssn/insiden"

	dataset = "bssn/insiden"

	response purpose.Code = "INSIDEN-SIBER"

	first  = `{"nomor_insiden":"INS-1","urutan_laporan":1,"pelapor":{"lembaga":"KPU"},"deskripsi":"Contoh deskripsi","kronologi":[{"waktu":"2024-02-13 08:00","uraian":"contoh"}],"dampak":"contoh","sistem":"Sirekap","iiv":true,"diketahui_pada":"2024-02-13T08:00:00+07:00","dilaporkan_pada":"2024-02-14T14:00:00+07:00","jam_sampai_lapor":30}`
	answer = `{"nomor_insiden":"INS-1","urutan_laporan":2,"pelapor":{"lembaga":"BSSN"},"deskripsi":"Contoh tanggapan","kronologi":[{"waktu":"2024-02-15","uraian":"contoh"}],"dampak":"contoh","tlp":"TLP:AMBER","ioc":[{"pola":"[ipv4-addr:value = '192.0.2.1']"}]}`
)

func main() { os.Exit(memorandum.Main(tell)) }

func tell(ctx context.Context, s *memorandum.Story) error {
	if err := s.Sign(
		agreement.Grant{From: kpu, To: csrt, Dataset: dataset, Purposes: []purpose.Code{response}},
		agreement.Grant{From: csrt, To: kpu, Dataset: dataset, Purposes: []purpose.Code{response}},
	); err != nil {
		return err
	}

	s.Receive(csrt, response, func(ctx context.Context, d *exchange.Delivery) error {
		s.Findings(d.Report())
		for report, err := range exchange.Records[bssn.Insiden](d) {
			if err != nil {
				return err
			}
			s.Say("  BSSN: insiden pada %s, infrastruktur vital: %t", "  BSSN: incident at %s, vital infrastructure: %t", report.Sistem.Or("?"), report.IIV.Or(false))
		}
		// For the same dataset, purpose and agreement as what it answers.
		return s.Dispatcher(csrt).Reply(ctx, d, memorandum.Shipment(dataset, "", answer))
	})
	s.Receive(kpu, response, func(ctx context.Context, d *exchange.Delivery) error {
		if _, err := s.Dispatcher(kpu).Answered(ctx, d); err != nil {
			return err // nobody has asked for it
		}
		for report, err := range exchange.Records[bssn.Insiden](d) {
			if err != nil {
				return err
			}
			indicators, _ := report.IOC.Get()
			s.Say("  KPU: %d indikator, %s", "  KPU: %d indicator, %s", len(indicators), report.TLP.Or("-"))
		}
		return nil
	})

	s.Say("1. KPU melaporkan insiden kepada BSSN.", "1. KPU reports an incident to BSSN.")
	if _, _, err := s.Dispatcher(kpu).Send(ctx, memorandum.Shipment(dataset, response, first, csrt)); err != nil {
		return err
	}
	if err := s.Carry(ctx, kpu); err != nil {
		return err
	}
	s.Say("2. BSSN menjawab dengan indikator.", "2. BSSN answers with indicators.")
	return s.Carry(ctx, csrt)
}
