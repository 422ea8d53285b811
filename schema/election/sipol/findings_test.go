package sipol_test

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

// An office that is lent until nobody says when.
func ExampleKantor() {
	find("sipol/kantor", "masa-berlaku-tidak-disebut")
	// Output:
	// Kantor bukan milik sendiri, tetapi akhir masa berlakunya tidak disebut.
	// The office is not the party's own, but the end of the right to use it is not given.
}

// A NIK of a woman on the card of a man.
func ExampleKeanggotaan() {
	find("sipol/keanggotaan", "nik-jenis-kelamin")
	// Output:
	// Jenis kelamin tidak sesuai dengan tanggal dalam NIK (perempuan: tanggal ditambah 40); NIK tidak diterbitkan ulang, jadi ini hanya catatan.
	// The gender does not fit the day in the NIK (women: day plus 40); a NIK is not issued again, so this is only a notice.
}

// A central board with too few women.
func ExampleKepengurusan() {
	find("sipol/kepengurusan", "keterwakilan-perempuan")
	// Output:
	// Pengurus perempuan (0) kurang dari 30 % pengurus pusat, yaitu 1.
	// Women on the board (0) are fewer than 30 % of the central officers, that is 1.
}

// A taxpayer number of the former form.
func ExampleProfilPartai() {
	find("sipol/profil-partai", "npwp-lama")
	// Output:
	// NPWP masih berbentuk 15 angka; sejak 1 Juli 2024 bentuknya 16 angka.
	// The taxpayer number still has 15 digits; since 1 July 2024 it has 16.
}
