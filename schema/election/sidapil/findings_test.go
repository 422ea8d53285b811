package sidapil_test

import (
	"log"
	"os"

	"github.com/segel-id/segel/schema/election/electiontest"
)

// A district with eleven seats.
func ExampleDapil() {
	if err := electiontest.Explain(os.Stdout, "sidapil/dapil/finding/kursi-dpr.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Kursi dapil DPR (11) tidak antara 3 dan 10.
	// The seats of a district of DPR (11) are not between 3 and 10.
}
