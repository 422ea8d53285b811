package bssn_test

import (
	"log"
	"os"

	"github.com/segel-id/segel/schema/election/electiontest"
)

// A report that came an hour too late.
func ExampleInsiden() {
	if err := electiontest.Explain(os.Stdout, "bssn/insiden/finding/lapor-lewat-24-jam.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Insiden pada infrastruktur informasi vital dilaporkan sesudah 25 jam, lebih dari 1 x 24 jam.
	// An incident of vital information infrastructure was reported after 25 hours, more than 1 x 24.
}
