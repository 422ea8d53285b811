package silon_test

import (
	"fmt"
	"log"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/record"
	"github.com/segel-id/segel/schema/election/silon"
)

// A list from which the third candidate was struck off.
func Example() {
	f, err := electiontest.FS().Open("silon/calon/finding/nomor-urut-berlubang.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range record.All[silon.Calon](schema.NDJSON(f)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.NomorUrut.Or(0), r.JenisKelamin.Or(""))
	}
	// Output:
	// 1 P
	// 2 L
	// 4 P
}
