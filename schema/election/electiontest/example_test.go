package electiontest_test

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// Every invalid decree of Ditjen AHU must be refused; a handler of your own
// stands in the place of Check.
func ExampleFS() {
	d, err := election.Registry().Latest("ahu/badan-hukum")
	if err != nil {
		log.Fatal(err)
	}
	files, err := fs.Glob(electiontest.FS(), "ahu/badan-hukum/invalid/*-name.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range files {
		f, err := electiontest.FS().Open(name)
		if err != nil {
			log.Fatal(err)
		}
		report, err := d.Check(context.Background(), schema.NDJSON(f), schema.CheckOptions{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(path.Base(name), report.Errors)
		_ = f.Close()
	}
	// Output:
	// empty-name.ndjson 1
	// missing-name.ndjson 1
}

// What people are told about a station whose votes do not add up.
func ExampleExplain() {
	if err := electiontest.Explain(os.Stdout, "sirekap/hasil-tps/finding/A1.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Suara sah (200) ditambah suara tidak sah (6) tidak sama dengan suara total (205).
	// Valid votes (200) plus invalid votes (6) do not equal total votes (205).
}
