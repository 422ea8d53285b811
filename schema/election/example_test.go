package election_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// Which purposes may carry a dataset, and who may see it in general.
func Example() {
	for _, id := range []string{"sirekap/hasil-tps", "sipol/keanggotaan", "kominfo/jaringan-tps"} {
		d, err := election.Registry().Latest(id)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(id, d.Classification(), d.Purposes())
	}
	// Output:
	// sirekap/hasil-tps public [REKAP-KIRIM REKAP-JENJANG REKAP-UMUM AWAS-TAHAPAN AWAS-TEMUAN SENGKETA-HASIL]
	// sipol/keanggotaan restricted [PARPOL-VERMIN PARPOL-VERFAK PARPOL-GANDA PARPOL-MUTAKHIR]
	// kominfo/jaringan-tps restricted [TPS-JARINGAN]
}

// A station that published two valid votes instead of two hundred and two.
func ExampleRegistry() {
	d, err := election.Registry().Latest("sirekap/hasil-tps")
	if err != nil {
		log.Fatal(err)
	}
	row := `{"kode_tps":"3199011001001","pemilu":"ppwp","tanggal_pemungutan":"2024-02-14",` +
		`"chart":{"100025":100,"100026":82,"100027":20,"null":null},"administrasi":{"suara_sah":2,"suara_tidak_sah":5,"suara_total":207}}`
	report, err := d.Check(context.Background(), schema.NDJSON(strings.NewReader(row)), schema.CheckOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range report.Details {
		fmt.Println(f.Rule, f.Text.EN)
	}
	// Output:
	// A1 Valid votes (2) plus invalid votes (5) do not equal total votes (207).
	// A4 The candidates' votes (202) do not equal valid votes (2).
}
