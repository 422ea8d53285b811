package election_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// mapped are the mappings in examples/maps beside sirekap/hasil-tps, which the
// oracle uses: the columns of a published file, a synthetic row and the record
// that it becomes, and the file with what must be found in it.
var mapped = []struct {
	dataset, columns, row, want string
	file                        []string
	records                     int
	findings                    map[string]int
}{
	{"silon/calon", "level,kode_dapil,id_partai,nomor_urut,nama,jenis_kelamin", `dpr,3199,99,1,"CONTOH SATU, S.H.",P`,
		`{"daftar":"dct","jenis_kelamin":"P","kode_dapil":"3199","kode_partai":"99","nama":"CONTOH SATU, S.H.","nomor_urut":1,"pemilu":"pdpr"}`,
		[]string{"dct2024", "dct_dpr.csv.gz"}, 9917, nil},
	{"sipol/profil-partai", "nomor_urut,id_parpol_kpu,nama", "24,99,Partai Contoh",
		`{"kode_partai":"99","nama":"Partai Contoh","nomor_urut":24,"tanggal_data":"2024-02-14"}`,
		[]string{"dct2024", "parpol2024.csv"}, 24, nil},
	{"referensi/register-tps", "kode_tps,provinsi,kabkota,kecamatan,kelurahan,nama_tps", "3199011001001,CONTOH,CONTOH,CONTOH,CONTOH,TPS 001",
		`{"kabkota":"CONTOH","kecamatan":"CONTOH","kelurahan":"CONTOH","kode_tps":"3199011001001","nama_tps":"TPS 001","provinsi":"CONTOH","tanggal_pemungutan":"2024-02-14"}`,
		[]string{"tps_register", "kpu_tps_register_20240217.csv.gz"}, 188301, nil},
	{"referensi/wilayah", "code,district_code,name", "31.99.01.1001,31.99.01,Contoh",
		`{"kode":"31.99.01.1001","nama":"Contoh","sistem":"kemendagri","tingkat":"kel","versi":"4.0.1"}`,
		[]string{"wilayah", "idn-area-data-4.0.1_villages.csv.gz"}, 83762, nil},
	{"sirekap/lokasi-tps", "kecamatan,kelurahan,noTps,lat,lon", "4699-CONTOH,58399-CONTOH,9999990001-TPS 001,-6.1722214,106.634361",
		`{"id_sumber":"9999990001-TPS 001","kecamatan":"4699-CONTOH","kelurahan":"58399-CONTOH","lat":"-6.1722214","lon":"106.634361"}`,
		[]string{"tps_lokasi", "tps_kota_tangerang_pilkada2024.csv.gz"}, 1788, map[string]int{"bujur-di-luar": 7}},
}

func TestMaps(t *testing.T) {
	files, err := filepath.Glob("../../examples/maps/*.json")
	if err != nil || len(files) != len(mapped)+1 {
		t.Errorf("%d files, and %d in the table and sirekap/hasil-tps: %v", len(files), len(mapped), err)
	}
	for _, c := range mapped {
		t.Run(c.dataset, func(t *testing.T) {
			open := func(r io.Reader) (*schema.Definition, schema.Source) {
				t.Helper()
				data, err := os.ReadFile("../../examples/maps/" + strings.Replace(c.dataset, "/", "-", 1) + ".json")
				if err != nil {
					t.Fatal(err)
				}
				m, err := schema.ParseMapping(data)
				if err != nil {
					t.Fatal(err)
				}
				d, err := election.Registry().Latest(c.dataset)
				if err != nil {
					t.Fatal(err)
				}
				src, err := schema.CSV(r, m, d)
				if err != nil {
					t.Fatal(err)
				}
				return d, src
			}
			one := c.columns + "\n" + c.row + "\n"
			d, src := open(strings.NewReader(one))
			if got, err := src.Next(); err != nil || string(got) != c.want {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
			_, src = open(strings.NewReader(one))
			sound(t, d, src, 1, nil)
			d, src = open(bytes.NewReader(content(t, c.file...)))
			sound(t, d, src, c.records, c.findings)
		})
	}
}
