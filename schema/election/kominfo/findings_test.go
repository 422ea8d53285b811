package kominfo_test

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

// A clarification that names no source.
func ExampleInformasiPublik() {
	find("kominfo/informasi-publik", "klarifikasi-tanpa-rujukan")
	// Output:
	// Klarifikasi tanpa sumber rujukan.
	// A clarification without sources.
}

// A latitude without a longitude.
func ExampleJaringanTPS() {
	find("kominfo/jaringan-tps", "koordinat-sebagian")
	// Output:
	// Hanya satu dari lintang dan bujur yang terisi.
	// Only one of latitude and longitude is given.
}

// An urgent request that took five hours.
func ExampleKonten() {
	find("kominfo/konten", "tindakan-lewat-4-jam")
	// Output:
	// Permintaan mendesak ditindak sesudah 5 jam, lebih dari 4 jam.
	// An urgent request was acted on after 5 hours, more than 4.
}
