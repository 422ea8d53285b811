package referensi_test

import (
	"fmt"
	"log"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/record"
	"github.com/segel-id/segel/schema/election/referensi"
)

// One village in three code systems.
func Example() {
	f, err := electiontest.FS().Open("referensi/wilayah/valid/three-systems.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range record.All[referensi.Wilayah](schema.NDJSON(f)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.Sistem, r.Kode)
	}
	// Output:
	// kemendagri 31.99.01.1001
	// kpu 3199011001
	// bps 3199010001
}
