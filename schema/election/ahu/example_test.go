package ahu_test

import (
	"fmt"
	"log"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/ahu"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/record"
)

// Two changes of one party's statutes.
func Example() {
	f, err := electiontest.FS().Open("ahu/perubahan-adart/valid/two-decrees-of-one-party.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range record.All[ahu.PerubahanADART](schema.NDJSON(f)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.NomorSK, r.TanggalSK)
	}
	// Output:
	// M.HH-99.AH.11.03 TAHUN 2022 2022-06-01
	// M.HH-100.AH.11.03 TAHUN 2023 2023-06-01
}
