package bawaslu_test

import (
	"fmt"
	"log"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/bawaslu"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/record"
)

// A report by a citizen and a finding of Bawaslu's own.
func Example() {
	f, err := electiontest.FS().Open("bawaslu/temuan/valid/both.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range record.All[bawaslu.Temuan](schema.NDJSON(f)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Nomor, r.Asal)
	}
	// Output:
	// 001/LP/CONTOH/2024 laporan
	// 002/TM/CONTOH/2024 temuan
}
