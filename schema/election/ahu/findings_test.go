package ahu_test

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

// A decree number of another form.
func ExampleBadanHukum() {
	find("ahu/badan-hukum", "sk-bentuk")
	// Output:
	// Nomor SK tidak berbentuk nomor keputusan Menkumham yang lazim; teksnya dibiarkan seperti tercetak.
	// The decree number does not have the usual form of the ministry's decrees; it stays as printed.
}

// A central board with too few women.
func ExampleKepengurusanPusat() {
	find("ahu/kepengurusan-pusat", "keterwakilan-perempuan")
	// Output:
	// Pengurus perempuan (0) kurang dari 30 % pengurus pusat, yaitu 1.
	// Women on the board (0) are fewer than 30 % of the central officers, that is 1.
}

// A decree number of another form.
func ExamplePermintaanStatus() {
	find("ahu/permintaan-status", "sk-bentuk")
	// Output:
	// Nomor SK tidak berbentuk nomor keputusan Menkumham yang lazim; teksnya dibiarkan seperti tertulis.
	// The decree number does not have the usual form of the ministry's decrees; it stays as written.
}

// A change of statutes without the letter of the party's court.
func ExamplePerubahanADART() {
	find("ahu/perubahan-adart", "tanpa-surat-mahkamah")
	// Output:
	// Surat Mahkamah Partai bahwa tidak ada perselisihan tidak disebut.
	// The letter of the party's court that there is no dispute is not named.
}
