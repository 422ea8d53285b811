package lkpp_test

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

// An estimate above the budget.
func ExamplePaketPengadaan() {
	find("lkpp/paket-pengadaan", "hps-melebihi-pagu")
	// Output:
	// HPS (1001) melebihi pagu (1000).
	// The owner's estimate (1001) exceeds the budget (1000).
}
