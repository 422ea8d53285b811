package election_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/schema"
)

// TestAreasHoldOnTheirDays: a code that was given and taken away again is known
// from its first day until before its last, on the record's own day or, where it
// has none, on the day that the check states.
func TestAreasHoldOnTheirDays(t *testing.T) {
	const (
		village  = `{"sistem":"kemendagri","tingkat":"kel","kode":"31.99.01.1001","nama":"CONTOH","berlaku_dari":"2023-01-01","berlaku_sampai":"2024-01-01"}`
		district = `{"sistem":"kemendagri","tingkat":"kec","kode":"31.99.01","nama":"CONTOH","berlaku_dari":"2023-01-01","berlaku_sampai":"2024-01-01"}`
	)
	for _, c := range []struct{ dataset, rule, record string }{
		{"sirekap/hasil-tps", "kelurahan-dikenal", `{"kode_tps":"3199011001001","pemilu":"ppwp","tanggal_pemungutan":"%s"}`},
		{"referensi/register-tps", "kelurahan-dikenal", `{"kode_tps":"3199011001001","tanggal_pemungutan":"%s"}`},
		{"sirekap/rekapitulasi", "wilayah-dikenal", `{"pemilu":"ppwp","tanggal_pemungutan":"%s","tingkat":"kec","kode_wilayah":"319901"}`},
		{"sirekap/lokasi-tps", "kelurahan-dikenal", `{"kode_tps":"3199011001001"}`},
		{"kominfo/jaringan-tps", "kelurahan-dikenal", `{"kode_tps":"3199011001001"}`},
		{"sidapil/dapil", "wilayah-dikenal", `{"pemilu":"pdprdk","kode_dapil":"319901","nama_dapil":"X","wilayah":[{"tingkat":"kec","kode_wilayah":"319901"}]}`},
	} {
		d, opt := beside(t, c.dataset, "referensi/wilayah", strings.NewReader(village+"\n"+district+"\n"))
		for day, known := range map[string]bool{"2022-12-31": false, "2023-01-01": true, "2023-12-31": true, "2024-01-01": false} {
			line := c.record
			if opt.AsOf = (time.Time{}); strings.Contains(line, "%s") {
				line = fmt.Sprintf(line, day)
			} else {
				var err error
				if opt.AsOf, err = time.Parse(time.DateOnly, day); err != nil {
					t.Fatal(err)
				}
			}
			report, err := d.Check(t.Context(), schema.NDJSON(strings.NewReader(line)), opt)
			if err != nil || report.Errors != 0 || (report.Notices[c.rule] == 0) != known {
				t.Errorf("%s on %s: got %+v, %v, want known: %v", c.dataset, day, report, err, known)
			}
		}
	}
}
