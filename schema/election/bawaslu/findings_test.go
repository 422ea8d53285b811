package bawaslu_test

import (
	"log"
	"os"

	"github.com/segel-id/segel/schema/election/electiontest"
)

// A report on the eighth day.
func ExampleTemuan() {
	if err := electiontest.Explain(os.Stdout, "bawaslu/temuan/finding/lewat-7-hari.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Laporan disampaikan 8 hari sejak diketahui, lebih dari 7 hari.
	// The report came 8 days after the matter was known, more than 7.
}
