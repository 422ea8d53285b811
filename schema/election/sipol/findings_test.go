package sipol_test

import (
	"log"
	"os"

	"github.com/segel-id/segel/schema/election/electiontest"
)

// An office that is lent until nobody says when.
func ExampleKantor() {
	if err := electiontest.Explain(os.Stdout, "sipol/kantor/finding/masa-berlaku-tidak-disebut.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Kantor bukan milik sendiri, tetapi akhir masa berlakunya tidak disebut.
	// The office is not the party's own, but the end of the right to use it is not given.
}

// A NIK of a woman on the card of a man.
func ExampleKeanggotaan() {
	if err := electiontest.Explain(os.Stdout, "sipol/keanggotaan/finding/nik-jenis-kelamin.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Jenis kelamin tidak sesuai dengan tanggal dalam NIK (perempuan: tanggal ditambah 40); NIK tidak diterbitkan ulang, jadi ini hanya catatan.
	// The gender does not fit the day in the NIK (women: day plus 40); a NIK is not issued again, so this is only a notice.
}

// A central board with too few women.
func ExampleKepengurusan() {
	if err := electiontest.Explain(os.Stdout, "sipol/kepengurusan/finding/keterwakilan-perempuan.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Pengurus perempuan (0) kurang dari 30 % pengurus pusat, yaitu 1.
	// Women on the board (0) are fewer than 30 % of the central officers, that is 1.
}

// A taxpayer number of the former form.
func ExampleProfilPartai() {
	if err := electiontest.Explain(os.Stdout, "sipol/profil-partai/finding/npwp-lama.ndjson"); err != nil {
		log.Fatal(err)
	}
	// Output:
	// NPWP masih berbentuk 15 angka; sejak 1 Juli 2024 bentuknya 16 angka.
	// The taxpayer number still has 15 digits; since 1 July 2024 it has 16.
}
