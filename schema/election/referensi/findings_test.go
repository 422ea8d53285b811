package referensi_test

import (
	"log"
	"os"

	"github.com/segel-id/segel/schema/election/electiontest"
)

// A station with 301 voters.
func ExampleRegisterTPS() {
	if err := electiontest.Explain(os.Stdout, "referensi/register-tps/finding/dpt-300.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Pemilih dalam DPT (301) melebihi 300 untuk TPS dalam negeri pada Pemilu 2024.
	// Registered voters (301) exceed 300 at a polling station in the country in the elections of February 2024.
}

// A code that came to an end.
func ExampleWilayah() {
	if err := electiontest.Explain(os.Stdout, "referensi/wilayah/finding/kode-berakhir.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Kode wilayah ini mempunyai hari akhir; kode lama tetap sah dalam data lama dan dalam NIK.
	// This area code has an end; former codes stay good in former data and in NIKs.
}
