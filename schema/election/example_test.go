package election_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// Which datasets there are, and which purposes may carry them.
func Example() {
	for _, d := range election.Registry().All() {
		fmt.Println(d.Ref().ID, d.Ref().Version, d.Classification(), d.Purposes())
	}
	// Output:
	// ahu/badan-hukum 1.0.0 public [PARPOL-VERMIN PARPOL-VERFAK PARPOL-BADANHUKUM PARPOL-GANDA PARPOL-MUTAKHIR]
	// ahu/permintaan-status 1.0.0 restricted [PARPOL-VERMIN PARPOL-VERFAK PARPOL-BADANHUKUM PARPOL-GANDA PARPOL-MUTAKHIR]
	// kominfo/jaringan-tps 1.0.0 restricted [TPS-JARINGAN]
	// sipol/kepengurusan 1.0.0 restricted [PARPOL-VERMIN PARPOL-VERFAK PARPOL-BADANHUKUM PARPOL-GANDA PARPOL-MUTAKHIR]
	// sirekap/hasil-tps 1.0.0 public [REKAP-KIRIM REKAP-JENJANG REKAP-UMUM AWAS-TAHAPAN AWAS-TEMUAN SENGKETA-HASIL]
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
