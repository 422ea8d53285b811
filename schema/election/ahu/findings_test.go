package ahu_test

import (
	"log"
	"os"

	"github.com/segel-id/segel/schema/election/electiontest"
)

// A decree number of another form.
func ExampleBadanHukum() {
	if err := electiontest.Explain(os.Stdout, "ahu/badan-hukum/finding/sk-bentuk.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Nomor SK tidak berbentuk nomor keputusan Menkumham yang lazim; teksnya dibiarkan seperti tercetak.
	// The decree number does not have the usual form of the ministry's decrees; it stays as printed.
}

// A central board with too few women.
func ExampleKepengurusanPusat() {
	if err := electiontest.Explain(os.Stdout, "ahu/kepengurusan-pusat/finding/keterwakilan-perempuan.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Pengurus perempuan (0) kurang dari 30 % pengurus pusat, yaitu 1.
	// Women on the board (0) are fewer than 30 % of the central officers, that is 1.
}

// A decree number of another form.
func ExamplePermintaanStatus() {
	if err := electiontest.Explain(os.Stdout, "ahu/permintaan-status/finding/sk-bentuk.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Nomor SK tidak berbentuk nomor keputusan Menkumham yang lazim; teksnya dibiarkan seperti tertulis.
	// The decree number does not have the usual form of the ministry's decrees; it stays as written.
}

// A change of statutes without the letter of the party's court.
func ExamplePerubahanADART() {
	if err := electiontest.Explain(os.Stdout, "ahu/perubahan-adart/finding/tanpa-surat-mahkamah.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Surat Mahkamah Partai bahwa tidak ada perselisihan tidak disebut.
	// The letter of the party's court that there is no dispute is not named.
}
