package dkpp_test

import (
	"log"
	"os"

	"github.com/segel-id/segel/schema/election/electiontest"
)

// A copy is not the official text.
func ExamplePutusan() {
	if err := electiontest.Explain(os.Stdout, "dkpp/putusan/finding/bukan-rujukan-resmi.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Ini salinan; situs DKPP menyatakan bahwa salinan tidak dapat dipergunakan sebagai rujukan resmi.
	// This is a copy; the site of DKPP says that copies may not be used as an official reference.
}
