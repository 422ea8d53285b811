package kominfo_test

import (
	"log"
	"os"

	"github.com/segel-id/segel/schema/election/electiontest"
)

// A clarification that names no source.
func ExampleInformasiPublik() {
	if err := electiontest.Explain(os.Stdout, "kominfo/informasi-publik/finding/klarifikasi-tanpa-rujukan.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Klarifikasi tanpa sumber rujukan.
	// A clarification without sources.
}

// A latitude without a longitude.
func ExampleJaringanTPS() {
	if err := electiontest.Explain(os.Stdout, "kominfo/jaringan-tps/finding/koordinat-sebagian.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Hanya satu dari lintang dan bujur yang terisi.
	// Only one of latitude and longitude is given.
}

// An urgent request that took five hours.
func ExampleKonten() {
	if err := electiontest.Explain(os.Stdout, "kominfo/konten/finding/tindakan-lewat-4-jam.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Permintaan mendesak ditindak sesudah 5 jam, lebih dari 4 jam.
	// An urgent request was acted on after 5 hours, more than 4.
}
