package sidapil_test

import (
	"fmt"
	"log"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/record"
	"github.com/segel-id/segel/schema/election/sidapil"
)

// One area that is split over two districts.
func Example() {
	f, err := electiontest.FS().Open("sidapil/dapil/valid/split-district.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range record.All[sidapil.Dapil](schema.NDJSON(f)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.KodeDapil, r.Wilayah[0].KodeWilayah, r.Wilayah[0].Bagian.Or("whole"))
	}
	// Output:
	// 319901 319901 A
	// 319902 319901 B
}
