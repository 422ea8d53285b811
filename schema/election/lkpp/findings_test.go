package lkpp_test

import (
	"log"
	"os"

	"github.com/segel-id/segel/schema/election/electiontest"
)

// An estimate above the budget.
func ExamplePaketPengadaan() {
	if err := electiontest.Explain(os.Stdout, "lkpp/paket-pengadaan/finding/hps-melebihi-pagu.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// HPS (1001) melebihi pagu (1000).
	// The owner's estimate (1001) exceeds the budget (1000).
}
