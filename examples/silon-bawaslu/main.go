// Silon-bawaslu lets Bawaslu supervise candidacy without more personal data than
// was agreed: KPU's Silon sends the members of each candidate that a struct of its
// own lets through, Bawaslu refuses for good what has more, and the women's quota
// is judged on lists that hold no name.
//
//	go run ./examples/silon-bawaslu [-lang en]
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/examples/memorandum"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/schema/election/record"
	"github.com/segel-id/segel/schema/election/silon"
)

const (
	kpu     envelope.Party = "kpu/silon"
	bawaslu envelope.Party = "bawaslu/pengawasan"

	inSilon = `{"daftar":"dct","pemilu":"pdpr","kode_dapil":"3199","kode_partai":"99","nomor_urut":1,"nama":"CONTOH SATU, S.H.","jenis_kelamin":"P","nik":"3174994101700001","alamat":"Jalan Contoh 1"}`
	list    = `{"daftar":"dct","pemilu":"pdpr","tanggal_penetapan":"2023-11-03","kode_dapil":"3199","kode_partai":"99","kursi":8,"jenis_kelamin":["P","P","L","L","L","L","L","L"]}`
)

// limited is what the agencies have agreed that Bawaslu may see of a candidate.
type limited struct {
	List     string               `json:"daftar"`
	Election string               `json:"pemilu"`
	District record.Field[string] `json:"kode_dapil,omitzero"`
	Party    record.Field[string] `json:"kode_partai,omitzero"`
	Number   record.Field[int64]  `json:"nomor_urut,omitzero"`
	Name     string               `json:"nama"`
	Gender   record.Field[string] `json:"jenis_kelamin,omitzero"`
}

func main() { os.Exit(memorandum.Main(tell)) }

func tell(ctx context.Context, s *memorandum.Story) error {
	if err := s.Sign(
		agreement.Grant{From: kpu, To: bawaslu, Dataset: "silon/calon", Purposes: []purpose.Code{"AWAS-TAHAPAN"}},
		agreement.Grant{From: kpu, To: bawaslu, Dataset: "silon/daftar", Purposes: []purpose.Code{"AWAS-TAHAPAN"}},
	); err != nil {
		return err
	}

	s.Receive(bawaslu, "AWAS-TAHAPAN", func(_ context.Context, d *exchange.Delivery) error {
		s.Findings(d.Report())
		if d.Report().Dataset.ID == "silon/daftar" {
			return nil // one handler gets every dataset of its purpose
		}
		for c, err := range exchange.Records[silon.Calon](d) {
			if err != nil {
				return err
			}
			if !c.NIK.IsZero() || !c.Alamat.IsZero() {
				return exchange.Reject("more_than_agreed")
			}
			s.Say("  Bawaslu melihat calon nomor %d, dapil %s", "  Bawaslu sees candidate number %d, district %s", c.NomorUrut.Or(0), c.KodeDapil.Or("-"))
		}
		return nil
	})

	s.Say("1. Silon (KPU) keliru mengirim calon dengan NIK dan alamat.", "1. Silon (KPU) sends a candidate with NIK and address, by mistake.")
	if err := send(ctx, s, "silon/calon", inSilon); err != nil {
		return err
	}

	s.Say("2. Calon yang sama, sebatas yang disepakati.", "2. The same candidate, within what was agreed.")
	var c limited
	if err := record.Decode([]byte(inSilon), &c); err != nil {
		return err
	}
	row, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := send(ctx, s, "silon/calon", string(row)); err != nil {
		return err
	}

	s.Say("3. Keterwakilan perempuan diuji tanpa nama.", "3. The women's quota is tested without names.")
	return send(ctx, s, "silon/daftar", list)
}

func send(ctx context.Context, s *memorandum.Story, dataset string, rows string) error {
	if _, _, err := s.Dispatcher(kpu).Send(ctx, memorandum.Shipment(dataset, "AWAS-TAHAPAN", rows, bawaslu)); err != nil {
		return err
	}
	return s.Carry(ctx, kpu)
}
