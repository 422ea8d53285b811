package sirekap_test

import (
	"log"
	"os"

	"github.com/segel-id/segel/schema/election/electiontest"
)

// A document without a single byte.
func ExampleDokumenTPS() {
	if err := electiontest.Explain(os.Stdout, "sirekap/dokumen-tps/finding/dokumen-kosong.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Dokumen tidak berisi (0 byte).
	// The document is empty (0 bytes).
}

// Votes for DPR that do not add up.
func ExampleHasilTPS() {
	if err := electiontest.Explain(os.Stdout, "sirekap/hasil-tps/finding/A4_caleg.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Suara partai (140) ditambah suara calon (61) tidak sama dengan jumlah keduanya menurut formulir (200).
	// Votes for parties (140) plus votes for candidates (61) do not equal their total on the form (200).
}

// A longitude with its point in the wrong place.
func ExampleLokasiTPS() {
	if err := electiontest.Explain(os.Stdout, "sirekap/lokasi-tps/finding/bujur-di-luar.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Bujur di luar wilayah Indonesia (95 sampai 141 BT) untuk TPS dalam negeri.
	// The longitude is outside Indonesia (95 to 141 E) for a polling station in the country.
}

// Ballot papers that are missing.
func ExampleRekapitulasi() {
	if err := electiontest.Explain(os.Stdout, "sirekap/rekapitulasi/finding/R6.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Surat suara digunakan (5), dikembalikan (1) dan tidak digunakan (3) tidak berjumlah yang diterima (10).
	// Ballots used (5), returned (1) and unused (3) do not add up to those received (10).
}
