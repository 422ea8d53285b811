package sipol_test

import (
	"fmt"
	"log"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/record"
	"github.com/segel-id/segel/schema/election/sipol"
)

// One person with two membership cards: two records, and the gender was not given.
func Example() {
	f, err := electiontest.FS().Open("sipol/keanggotaan/valid/one-person-twice-with-two-cards.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range record.All[sipol.Keanggotaan](schema.NDJSON(f)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.NomorKTA, r.JenisKelamin.IsZero())
	}
	// Output:
	// 99.31.74.000001 true
	// 99.31.74.000002 true
}
