package sirekap_test

import (
	"fmt"
	"log"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/record"
	"github.com/segel-id/segel/schema/election/sirekap"
)

// A count that nobody entered is null, which is not zero.
func Example() {
	f, err := electiontest.FS().Open("sirekap/hasil-tps/valid/null-is-not-zero.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for box, err := range record.All[sirekap.HasilTPS](schema.NDJSON(f)) {
		if err != nil {
			log.Fatal(err)
		}
		adm, ok := box.Administrasi.Get()
		fmt.Println(box.KodeTPS, ok)
		fmt.Println(adm.SuaraSah.Get())
		fmt.Println(adm.PenggunaDPTbJ.Get())
		fmt.Println(adm.PenggunaDPTbJ.IsNull(), box.Caleg.IsZero())
	}
	// Output:
	// 3199011001001 true
	// 200 true
	// 0 false
	// true true
}

// A party's votes for DPR, and those of its second candidate.
func ExampleSuara() {
	f, err := electiontest.FS().Open("sirekap/hasil-tps/valid/dpr.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for box, err := range record.All[sirekap.HasilTPS](schema.NDJSON(f)) {
		if err != nil {
			log.Fatal(err)
		}
		chart, ok := box.Chart.Get()
		if !ok {
			fmt.Println("no votes yet")
			continue
		}
		caleg, _ := box.Caleg.Get()
		fmt.Println(chart["1"].Jumlah.Or(0), chart["1"].Partai.Or(0), caleg["1"].Or(nil)["2"].Or(0))
	}
	// Output:
	// 100 40 10
	// no votes yet
}
