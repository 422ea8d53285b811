package sirekap_test

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

// A document without a single byte.
func ExampleDokumenTPS() {
	find("sirekap/dokumen-tps", "dokumen-kosong")
	// Output:
	// Dokumen tidak berisi (0 byte).
	// The document is empty (0 bytes).
}

// Votes for DPR that do not add up.
func ExampleHasilTPS() {
	find("sirekap/hasil-tps", "A4_caleg")
	// Output:
	// Suara partai (140) ditambah suara calon (61) tidak sama dengan jumlah keduanya menurut formulir (200).
	// Votes for parties (140) plus votes for candidates (61) do not equal their total on the form (200).
}

// A longitude with its point in the wrong place.
func ExampleLokasiTPS() {
	find("sirekap/lokasi-tps", "bujur-di-luar")
	// Output:
	// Bujur di luar wilayah Indonesia (95 sampai 141 BT) untuk TPS dalam negeri.
	// The longitude is outside Indonesia (95 to 141 E) for a polling station in the country.
}

// Ballot papers that are missing.
func ExampleRekapitulasi() {
	find("sirekap/rekapitulasi", "R6")
	// Output:
	// Surat suara digunakan (5), dikembalikan (1) dan tidak digunakan (3) tidak berjumlah yang diterima (10).
	// Ballots used (5), returned (1) and unused (3) do not add up to those received (10).
}
