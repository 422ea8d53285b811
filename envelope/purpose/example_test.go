package purpose_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/segel-id/segel/envelope/purpose"
)

func Example() {
	vocabulary := purpose.Default()
	at := time.Date(2024, 2, 14, 13, 0, 0, 0, time.UTC)

	p, err := vocabulary.Lookup("PARPOL-BADANHUKUM", at)
	fmt.Println(p.Label.ID, err)

	// Codes are exact: a group grants nothing, and case counts.
	for _, code := range []purpose.Code{"PARPOL", "parpol-badanhukum", "", "LARANGAN-KAMPANYE"} {
		_, err := vocabulary.Lookup(code, at)
		var refused *purpose.Error
		if errors.As(err, &refused) {
			fmt.Println(refused.Reason, "-", refused.Reason.Text().ID)
		}
	}

	// Output:
	// Pencocokan status badan hukum, AD/ART, pengurus <nil>
	// unknown - tujuan tidak dikenal
	// unknown - tujuan tidak dikenal
	// unknown - tujuan tidak dikenal
	// forbidden - tujuan terlarang
}
