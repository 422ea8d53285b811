package synthetic_test

import "time"

var asOf = time.Date(2024, 2, 14, 0, 0, 0, 0, time.UTC)

// golden are the first bytes of the SHA-256 of 1,000 records with seed 7 and a
// tenth of defects.
var golden = map[string]string{
	"ahu/badan-hukum":          "8d2041ee64c529a4",
	"ahu/kepengurusan-pusat":   "316340f5a472df17",
	"ahu/permintaan-status":    "3e29d422bf105666",
	"ahu/perubahan-adart":      "2858cea7af0dfe5c",
	"bawaslu/temuan":           "765ba56e8b5093ad",
	"bssn/insiden":             "787a5589f509bc31",
	"dkpp/putusan":             "53ed0156342a8bea",
	"kominfo/informasi-publik": "acc6ee808d774c03",
	"kominfo/jaringan-tps":     "462a81f15725fe30",
	"kominfo/konten":           "e02bbf25f79321af",
	"lkpp/paket-pengadaan":     "f5c256f70765a41b",
	"referensi/register-tps":   "e3597b892ca8e93d",
	"referensi/wilayah":        "8068db57d5b5570c",
	"sidapil/dapil":            "277ccfc5b3f05d43",
	"silon/calon":              "a9aac2018ebc4ca3",
	"silon/daftar":             "bcb0329bce7379a8",
	"sipol/kantor":             "7ce3d0a289eeeb25",
	"sipol/keanggotaan":        "f683afab2ba263b3",
	"sipol/kepengurusan":       "ca38a99f6bc9aa76",
	"sipol/profil-partai":      "a11adb7e90dea038",
	"sirekap/dokumen-tps":      "d03ff6d89a95fbab",
	"sirekap/hasil-tps":        "c129f47bac10a895",
	"sirekap/lokasi-tps":       "b73ba93dc8da35f7",
	"sirekap/rekapitulasi":     "5ef8d9ead012597c",
}
