package silon_test

import (
	"log"
	"os"

	"github.com/segel-id/segel/schema/election/electiontest"
)

// A photograph whose file name is a NIK; nothing of it is shown.
func ExampleCalon() {
	if err := electiontest.Explain(os.Stdout, "silon/calon/finding/foto-nik.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Alamat foto memuat 16 angka seperti NIK.
	// The address of the photograph holds 16 digits like a NIK.
}

// Two women of eight, on the day of the ruling.
func ExampleDaftar() {
	if err := electiontest.Explain(os.Stdout, "silon/daftar/finding/kuota-perempuan.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Calon perempuan (2) kurang dari 30 % daftar, dibulatkan ke atas, yaitu 3.
	// Women on the list (2) are fewer than 30 % of it, rounded up, that is 3.
}
