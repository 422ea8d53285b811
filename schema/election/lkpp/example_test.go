package lkpp_test

import (
	"fmt"
	"log"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/lkpp"
	"github.com/segel-id/segel/schema/election/record"
)

// Some sources write codes as numbers and some as text; both are kept as they were.
func Example() {
	f, err := electiontest.FS().Open("lkpp/paket-pengadaan/valid/codes-as-text.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range record.All[lkpp.PaketPengadaan](schema.NDJSON(f)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.KdTender.Text, r.KdTender.Quoted)
	}
	// Output:
	// 9999999 true
}
