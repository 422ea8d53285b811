package dkpp_test

import (
	"fmt"
	"log"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/dkpp"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/record"
)

// The official text of a decision about two persons.
func Example() {
	f, err := electiontest.FS().Open("dkpp/putusan/valid/official-text.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range record.All[dkpp.Putusan](schema.NDJSON(f)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.NomorPerkara, r.Salinan, len(r.Teradu))
	}
	// Output:
	// 99-PKE-DKPP/I/2099 resmi 2
}
