package bssn_test

import (
	"fmt"
	"log"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/bssn"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/record"
)

// An incident that was reported in time.
func Example() {
	f, err := electiontest.FS().Open("bssn/insiden/valid/within-a-day.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range record.All[bssn.Insiden](schema.NDJSON(f)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.NomorInsiden, r.JamSampaiLapor.Or(-1))
	}
	// Output:
	// INS-1 24
}
