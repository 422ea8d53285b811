package synthetic_test

import "time"

var asOf = time.Date(2024, 2, 14, 0, 0, 0, 0, time.UTC)

// golden are the first bytes of the SHA-256 of 1,000 records with seed 7 and a
// tenth of defects.
var golden = map[string]string{}
