package synthetic_test

import "time"

var asOf = time.Date(2024, 2, 14, 0, 0, 0, 0, time.UTC)

// golden are the first bytes of the SHA-256 of 1,000 records with seed 7 and a
// tenth of defects.
var golden = map[string]string{
	"ahu/badan-hukum":       "76cf2190f4d288bf",
	"ahu/permintaan-status": "63846074ab45c37c",
	"kominfo/jaringan-tps":  "b2d3378a41d89873",
	"sipol/kepengurusan":    "f663db95d42c5278",
	"sirekap/hasil-tps":     "e93df9abf1eddbfa",
}
