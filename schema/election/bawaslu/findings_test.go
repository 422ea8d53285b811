package bawaslu_test

import (
	"context"
	"fmt"
	"log"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// find prints what the dataset's definition finds in a fixture, as it is told
// to people.
func find(dataset, fixture string) {
	d, err := election.Registry().Latest(dataset)
	if err != nil {
		log.Fatal(err)
	}
	f, err := electiontest.FS().Open(dataset + "/finding/" + fixture + ".ndjson")
	if err != nil {
		log.Fatal(err)
	}
	report, err := d.Check(context.Background(), schema.NDJSON(f), schema.CheckOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range report.Details {
		fmt.Println(f.Text.ID)
		fmt.Println(f.Text.EN)
	}
}

// A report on the eighth day.
func ExampleTemuan() {
	find("bawaslu/temuan", "lewat-7-hari")
	// Output:
	// Laporan disampaikan 8 hari sejak diketahui, lebih dari 7 hari.
	// The report came 8 days after the matter was known, more than 7.
}
