package silon_test

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

// A photograph whose file name is a NIK; nothing of it is shown.
func ExampleCalon() {
	find("silon/calon", "foto-nik")
	// Output:
	// Alamat foto memuat 16 angka seperti NIK.
	// The address of the photograph holds 16 digits like a NIK.
}

// Two women of eight, on the day of the ruling.
func ExampleDaftar() {
	find("silon/daftar", "kuota-perempuan")
	// Output:
	// Calon perempuan (2) kurang dari 30 % daftar, dibulatkan ke atas, yaitu 3.
	// Women on the list (2) are fewer than 30 % of it, rounded up, that is 3.
}
