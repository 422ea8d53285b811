package electiontest_test

import (
	"context"
	"fmt"
	"io/fs"
	"log"
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
