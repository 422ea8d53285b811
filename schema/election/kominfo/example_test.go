package kominfo_test

import (
	"fmt"
	"log"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/kominfo"
	"github.com/segel-id/segel/schema/election/record"
)

// Two items of one issue.
func Example() {
	f, err := electiontest.FS().Open("kominfo/konten/valid/two-items-of-one-issue.ndjson")
	if err != nil {
		log.Fatal(err)
	}
	for r, err := range record.All[kominfo.Konten](schema.NDJSON(f)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(r.IDIsu.Or("-"), r.IDKonten)
	}
	// Output:
	// ISU-1 K-1
	// ISU-1 K-2
}
