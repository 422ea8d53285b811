package referensi_test

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

// A station with 301 voters.
func ExampleRegisterTPS() {
	find("referensi/register-tps", "dpt-300")
	// Output:
	// Pemilih dalam DPT (301) melebihi 300 untuk TPS dalam negeri pada Pemilu 2024.
	// Registered voters (301) exceed 300 at a polling station in the country in the elections of February 2024.
}

// A code that came to an end.
func ExampleWilayah() {
	find("referensi/wilayah", "kode-berakhir")
	// Output:
	// Kode wilayah ini mempunyai hari akhir; kode lama tetap sah dalam data lama dan dalam NIK.
	// This area code has an end; former codes stay good in former data and in NIKs.
}
