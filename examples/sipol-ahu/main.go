// Sipol-ahu matches boards: KPU's Sipol sends the central board that a party has
// entered, Ditjen AHU answers with the decree that it has on record for it, and
// Sipol sees in which office the two differ.
//
//	go run ./examples/sipol-ahu [-lang en]
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
	"github.com/segel-id/segel/schema/election/ahu"
	"github.com/segel-id/segel/schema/election/sipol"
)

const (
	kpu    envelope.Party = "kpu/sipol"
	ditjen envelope.Party = "ahu/badan-hukum"

	matching purpose.Code = "PARPOL-BADANHUKUM"

	entered = `{"kode_partai":"99","partai":"Partai Contoh","tingkat":"pusat","kode_wilayah":null,"nomor_sk":"M.HH-99.AH.11.02 TAHUN 2022","tanggal_sk":"2022-06-01","pengurus":[{"jabatan":"Ketua Umum","nama":"Contoh Satu","jenis_kelamin":"P"},{"jabatan":"Sekretaris Jenderal","nama":"Contoh Tiga","jenis_kelamin":"L"}]}`
	decree  = `{"kode_partai":"99","nama":"Partai Contoh","nomor_sk":"M.HH-99.AH.11.02 TAHUN 2022","tanggal_sk":"2022-06-01","pengurus":[{"jabatan":"Ketua Umum","nama":"Contoh Satu","jenis_kelamin":"P"},{"jabatan":"Sekretaris Jenderal","nama":"Contoh Dua","jenis_kelamin":"L"}]}`
)

// register is what AHU has on record, by the number of the decree.
var register = map[string]string{"M.HH-99.AH.11.02 TAHUN 2022": decree}

func main() { os.Exit(memorandum.Main(tell)) }

func tell(ctx context.Context, s *memorandum.Story) error {
	if err := s.Sign(
		agreement.Grant{From: kpu, To: ditjen, Dataset: "sipol/kepengurusan", Purposes: []purpose.Code{matching}},
		agreement.Grant{From: ditjen, To: kpu, Dataset: "ahu/kepengurusan-pusat", Purposes: []purpose.Code{matching}},
	); err != nil {
		return err
	}

	s.Receive(ditjen, matching, func(ctx context.Context, d *exchange.Delivery) error {
		var decrees strings.Builder
		for board, err := range exchange.Records[sipol.Kepengurusan](d) {
			if err != nil {
				return err
			}
			if decree, ok := register[board.NomorSK]; ok {
				decrees.WriteString(decree + "\n")
			}
		}
		// To whom, and for what, the request says; it is answered once, however often
		// this handler is called.
		return s.Dispatcher(ditjen).Reply(ctx, d, memorandum.Shipment("ahu/kepengurusan-pusat", "", decrees.String()))
	})
	inSipol := map[string]string{"Ketua Umum": "Contoh Satu", "Sekretaris Jenderal": "Contoh Tiga"}
	s.Receive(kpu, matching, func(ctx context.Context, d *exchange.Delivery) error {
		if _, err := s.Dispatcher(kpu).Answered(ctx, d); err != nil {
			return err // nobody has asked for it
		}
		for decree, err := range exchange.Records[ahu.KepengurusanPusat](d) {
			if err != nil {
				return err
			}
			for _, officer := range decree.Pengurus {
				same := map[bool]string{true: "=", false: "≠"}[inSipol[officer.Jabatan] == officer.Nama]
				s.Say("  %s %s: Sipol dan SK %s", "  %s %s: Sipol and decree %s", same, officer.Jabatan, decree.NomorSK)
			}
		}
		return nil
	})

	s.Say("1. Sipol (KPU) mengirim susunan pengurus pusat kepada Ditjen AHU.", "1. Sipol (KPU) sends a central board to Ditjen AHU.")
	if _, _, err := s.Dispatcher(kpu).Send(ctx, memorandum.Shipment("sipol/kepengurusan", matching, entered, ditjen)); err != nil {
		return err
	}
	if err := s.Carry(ctx, kpu); err != nil {
		return err
	}
	s.Say("2. AHU menjawab dengan keputusan yang tercatat padanya.", "2. AHU answers with the decree that it has on record.")
	return s.Carry(ctx, ditjen)
}
