// Usb carries results where there is no network: KPU puts sealed files onto a stick,
// Bawaslu takes them and puts its receipts beside them, and the stick goes back. On
// the way a file is damaged, and one stick arrives twice.
//
//	go run ./examples/usb [-lang en]
//
// The command does the same: segel drop export, segel drop import.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/examples/memorandum"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/transport/filedrop"
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
	receiver := s.Receive(bawaslu, "AWAS-TAHAPAN", func(_ context.Context, d *exchange.Delivery) error {
		for result, err := range exchange.Records[sirekap.HasilTPS](d) {
			if err != nil {
				return err
			}
			s.Say("  Bawaslu mencatat TPS %s (%s)", "  Bawaslu enters station %s (%s)", result.KodeTPS, result.Pemilu)
		}
		return nil
	})
	dir, err := os.MkdirTemp("", "stick") // in the field, where the stick is mounted
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	stick, err := filedrop.Open(dir, filedrop.Limits{})
	if err != nil {
		return err
	}
	defer stick.Close()

	s.Say("1. Tanpa jaringan: KPU menaruh hasil dua pemilihan di stik.", "1. There is no network: KPU puts the results of two elections onto a stick.")
	if _, err := send(ctx, s, "complete"); err != nil {
		return err
	}
	second, err := send(ctx, s, "dpd")
	if err != nil {
		return err
	}
	if err := export(ctx, s, stick); err != nil {
		return err
	}

	s.Say("2. Satu berkas rusak di jalan; yang lain tidak terhalang.", "2. One file is damaged on the way, and hinders no other.")
	sum := sha256.Sum256(second.File())
	file := filepath.Join(dir, "to-bawaslu.pengawasan", hex.EncodeToString(sum[:])+".segel")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	if err := receive(ctx, s, stick, receiver); err != nil {
		return err
	}

	s.Say("3. Stik kembali ke KPU, yang menaruh lagi apa yang belum dijawab.", "3. The stick comes back to KPU, which puts again what has no answer.")
	if err := export(ctx, s, stick); err != nil {
		return err
	}

	s.Say("4. Stik sampai dua kali, dengan satu akibat.", "4. The stick arrives twice, to one effect.")
	for range 2 {
		if err := receive(ctx, s, stick, receiver); err != nil {
			return err
		}
	}

	s.Say("5. Stik kembali lagi, dan tidak ada yang belum dijawab.", "5. The stick comes back again, and nothing is without an answer.")
	return export(ctx, s, stick)
}

// send seals what one station reports and leaves it in the outbox.
func send(ctx context.Context, s *memorandum.Story, name string) (*envelope.Sealed, error) {
	rows, err := fs.ReadFile(electiontest.FS(), dataset+"/valid/"+name+".ndjson") // synthetic
	if err != nil {
		return nil, err
	}
	sealed, _, err := s.Dispatcher(kpu).Send(ctx, memorandum.Shipment(dataset, "AWAS-TAHAPAN", string(rows), bawaslu))
	return sealed, err
}

// export is KPU's side: receipts are taken in, and what is open is put.
func export(ctx context.Context, s *memorandum.Story, stick *filedrop.Folder) error {
	carried, err := stick.Export(ctx, s.Dispatcher(kpu), s.Outbox(kpu))
	if err != nil {
		return err
	}
	open, err := s.Receipts(ctx, kpu)
	if err == nil && len(open) != carried.Waiting {
		err = errors.New("something open is not on the stick")
	}
	s.Say("  amplop di stik: %d", "  envelopes on the stick: %d", carried.Waiting)
	return err
}

// receive is Bawaslu's side: what is for it is taken, and answers are put.
func receive(ctx context.Context, s *memorandum.Story, stick *filedrop.Folder, r filedrop.Receiver) error {
	got, err := stick.Receive(ctx, bawaslu, r)
	if err != nil {
		return err
	}
	for _, taken := range got.Taken {
		if taken.Answer.Repeat() {
			s.Say("  sudah dijawab: tanda terima yang sama", "  was answered before: the same receipt")
		}
	}
	for _, failed := range got.Failed {
		s.Say("  ✗ tidak dibaca (%s)", "  ✗ not read (%s)", failed.Fault)
	}
	return nil
}
