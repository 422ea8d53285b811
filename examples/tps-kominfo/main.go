// Tps-kominfo maps the network of polling stations: KPU sends their coordinates,
// Kominfo answers with the class of the network at each. Both are restricted
// before polling day and are for this purpose alone.
//
//	go run ./examples/tps-kominfo [-lang en]
package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/examples/memorandum"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/schema/election/kominfo"
	"github.com/segel-id/segel/schema/election/record"
	"github.com/segel-id/segel/schema/election/sirekap"
)

const (
	kpu     envelope.Party = "kpu/sirekap"
	network envelope.Party = "kominfo/jaringan"

	mapping purpose.Code = "TPS-JARINGAN"

	stations = `{"kode_tps":"3199011001001","nama_tps":"TPS 001","lat":-6.1722214,"lon":106.634361}
{"kode_tps":"3199011001901","nama_tps":"TPS 901","lat":null,"lon":null}`
)

func main() { os.Exit(memorandum.Main(tell)) }

func tell(ctx context.Context, s *memorandum.Story) error {
	if err := s.Sign(
		agreement.Grant{From: kpu, To: network, Dataset: "sirekap/lokasi-tps", Purposes: []purpose.Code{mapping}},
		agreement.Grant{From: network, To: kpu, Dataset: "kominfo/jaringan-tps", Purposes: []purpose.Code{mapping}},
	); err != nil {
		return err
	}

	s.Receive(network, mapping, func(ctx context.Context, d *exchange.Delivery) error {
		var rows strings.Builder
		for station, err := range exchange.Records[sirekap.LokasiTPS](d) {
			if err != nil {
				return err
			}
			// A number is kept as it was written; what is not known stays out.
			class := kominfo.JaringanTPS{KodeTPS: station.KodeTPS.Or(""), Lat: station.Lat, Lon: station.Lon}
			if _, known := station.Lat.Get(); known {
				class.Kelas = record.Of("kuat") // as surveyed
			}
			row, err := json.Marshal(class)
			if err != nil {
				return err
			}
			rows.Write(append(row, '\n'))
		}
		return s.Dispatcher(network).Reply(ctx, d, memorandum.Shipment("kominfo/jaringan-tps", "", rows.String()))
	})
	s.Receive(kpu, mapping, func(ctx context.Context, d *exchange.Delivery) error {
		if _, err := s.Dispatcher(kpu).Answered(ctx, d); err != nil {
			return err // nobody has asked for it
		}
		for station, err := range exchange.Records[kominfo.JaringanTPS](d) {
			if err != nil {
				return err
			}
			s.Say("  TPS %s: %s", "  station %s: %s", station.KodeTPS, station.Kelas.Or("?"))
		}
		return nil
	})

	s.Say("1. KPU mengirim koordinat TPS kepada Kominfo.", "1. KPU sends the coordinates of stations to Kominfo.")
	if _, _, err := s.Dispatcher(kpu).Send(ctx, memorandum.Shipment("sirekap/lokasi-tps", mapping, stations, network)); err != nil {
		return err
	}
	if err := s.Carry(ctx, kpu); err != nil {
		return err
	}
	s.Say("2. Kominfo menjawab dengan kelas jaringannya.", "2. Kominfo answers with the class of the network.")
	return s.Carry(ctx, network)
}
