package election_test

import (
	"context"
	"maps"
	"os"
	"testing"

	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// published are files as they stand on public sites, each with the columns that
// its source gave it, and what the definition must find in them: no structure
// error anywhere, and the totals that were published or counted with another
// program.
var published = []struct {
	name, file, dataset string
	mapping             string // without the dataset
	records             int
	findings            map[string]int // rules and notices
}{
	{name: "candidates for DPR", file: "dct2024/dct_dpr.csv.gz", dataset: "silon/calon", records: 9917, mapping: candidates("pdpr", "/kode_dapil", partyID, "level")},
	{name: "candidates for provincial councils", file: "dct2024/dct_dprdprov.csv.gz", dataset: "silon/calon", records: 32861, findings: map[string]int{"nomor-urut-berlubang": 14}, mapping: candidates("pdprdp", "/kode_dapil", partyID, "level")},
	{name: "candidates for DPD", file: "dct2024/dct_dpd.csv.gz", dataset: "silon/calon", records: 668, mapping: candidates("pdpd", "/kode_wilayah", "", `level", "id_partai`)},
	{name: "parties", file: "dct2024/parpol2024.csv", dataset: "sipol/profil-partai", records: 24, mapping: `"columns": {
		"nomor_urut": {"to": "/nomor_urut", "type": "integer"}, "id_parpol_kpu": {"to": "/kode_partai", "type": "string"}, "nama": {"to": "/nama", "type": "string"}},
		"constants": {"/tanggal_data": "2024-02-14"}`},
	{name: "provinces", file: "wilayah/idn-area-data-4.0.1_provinces.csv", dataset: "referensi/wilayah", records: 38, mapping: areas("prov", "")},
	{name: "regencies and cities", file: "wilayah/idn-area-data-4.0.1_regencies.csv", dataset: "referensi/wilayah", records: 514, mapping: areas("kab", `"province_code"`)},
	{name: "districts", file: "wilayah/idn-area-data-4.0.1_districts.csv.gz", dataset: "referensi/wilayah", records: 7285, mapping: areas("kec", `"regency_code"`)},
	{name: "villages", file: "wilayah/idn-area-data-4.0.1_villages.csv.gz", dataset: "referensi/wilayah", records: 83762, mapping: areas("kel", `"district_code"`)},
	{name: "register of stations", file: "tps_register/kpu_tps_register_20240217.csv.gz", dataset: "referensi/register-tps", records: 188301, mapping: `"columns": {
		"kode_tps": {"to": "/kode_tps", "type": "string"}, "provinsi": {"to": "/provinsi", "type": "string"}, "kabkota": {"to": "/kabkota", "type": "string"},
		"kecamatan": {"to": "/kecamatan", "type": "string"}, "kelurahan": {"to": "/kelurahan", "type": "string"}, "nama_tps": {"to": "/nama_tps", "type": "string"}},
		"constants": {"/tanggal_pemungutan": "2024-02-14"}`},
	// Seven stations in Tangerang have 1.066… for 106.6…; three more lie outside the city, but in Indonesia.
	{name: "places of stations", file: "tps_lokasi/tps_kota_tangerang_pilkada2024.csv.gz", dataset: "sirekap/lokasi-tps", records: 1788, findings: map[string]int{"bujur-di-luar": 7}, mapping: `"columns": {
		"noTps": {"to": "/id_sumber", "type": "string"}, "kecamatan": {"to": "/kecamatan", "type": "string"}, "kelurahan": {"to": "/kelurahan", "type": "string"},
		"lat": {"to": "/lat", "type": "string"}, "lon": {"to": "/lon", "type": "string"}}`},
	{name: "DPR, Aceh", file: "sirekap2024/pdpr_tps_dapil_11-aceh.csv.gz", dataset: "sirekap/hasil-tps", records: 16014, mapping: pdpr},
	{name: "DPR, Jakarta", file: "sirekap2024/pdpr_tps_dapil_31-dki-jakarta.csv.gz", dataset: "sirekap/hasil-tps", records: 30766, mapping: pdpr},
	{name: "DPR, Yogyakarta", file: "sirekap2024/pdpr_tps_dapil_34-di-yogyakarta.csv.gz", dataset: "sirekap/hasil-tps", records: 11932, mapping: pdpr},
	{name: "DPR, Papua", file: "sirekap2024/pdpr_tps_dapil_91-papua.csv.gz", dataset: "sirekap/hasil-tps", records: 3102, mapping: pdpr},
	{name: "DPR, overseas", file: "sirekap2024/pdpr_tps_dapil_99-luar-negeri.csv.gz", dataset: "sirekap/hasil-tps", records: 1426, mapping: pdpr},
	// One decree is printed with a doubled year, one with an extra .01, one without its number and year.
	{name: "decree numbers", file: "ref/sk_menkumham_contoh.csv", dataset: "ahu/permintaan-status", records: 6, findings: map[string]int{"sk-bentuk": 3}, mapping: `"columns": {
		"nomor_as_printed": {"to": "/nomor_sk", "type": "string"}}, "constants": {"/nama": "Partai Contoh"}, "ignore": ["subject", "source_note"]`},
}

const partyID = `"id_partai": {"to": "/kode_partai", "type": "string"},`

// candidates maps a list; for DPD the source has the province in kode_dapil.
func candidates(pemilu, area, party, ignore string) string {
	return `"columns": {"kode_dapil": {"to": "` + area + `", "type": "string"}, ` + party + `"nomor_urut": {"to": "/nomor_urut", "type": "integer"},
		"nama": {"to": "/nama", "type": "string"}, "jenis_kelamin": {"to": "/jenis_kelamin", "type": "string"}},
		"constants": {"/daftar": "dct", "/pemilu": "` + pemilu + `"}, "ignore": ["` + ignore + `"]`
}

func areas(level, ignore string) string {
	return `"columns": {"code": {"to": "/kode", "type": "string"}, "name": {"to": "/nama", "type": "string"}},
		"constants": {"/sistem": "kemendagri", "/tingkat": "` + level + `", "/versi": "4.0.1"}, "ignore": [` + ignore + `]`
}

const pdpr = `"columns": {"kode_tps": {"to": "/kode_tps", "type": "string"}, "nama_tps": {"to": "/nama_tps", "type": "string"}, "ts": {"to": "/ts", "type": "string"},
	"kode_dapil": {"to": "/kode_dapil", "type": "string"}, "n_images": {"to": "/jumlah_images", "type": "integer"}},
	"constants": {"/pemilu": "pdpr", "/tanggal_pemungutan": "2024-02-14"}`

func TestPublishedFiles(t *testing.T) {
	registry := election.Registry()
	for _, c := range published {
		t.Run(c.name, func(t *testing.T) {
			m, err := schema.ParseMapping([]byte(`{"dataset": "` + c.dataset + `", ` + c.mapping + `}`))
			if err != nil {
				t.Fatal(err)
			}
			d, err := registry.Latest(c.dataset)
			if err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(shared.Path(t, "data", c.file))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			src, err := schema.CSV(f, m, d)
			if err != nil {
				t.Fatal(err)
			}
			sound(t, d, src, c.records, c.findings)
		})
	}
}

// sound checks records that must have no structure error and no findings but
// those that are expected.
func sound(t *testing.T, d *schema.Definition, src schema.Source, records int, findings map[string]int) {
	t.Helper()
	report, err := d.Check(context.Background(), src, schema.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Records != records || report.Errors != 0 {
		t.Errorf("got %d records, %d with structure errors, want %d and 0: %v", report.Records, report.Errors, records, report.Structure)
	}
	got := map[string]int{}
	maps.Copy(got, report.ByRule)
	maps.Copy(got, report.Notices)
	if len(findings) == 0 {
		findings = map[string]int{}
	}
	if !maps.Equal(got, findings) {
		t.Errorf("got %v, want %v", got, findings)
	}
}
