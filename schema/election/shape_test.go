package election_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// required is what every record of a dataset must have, and nothing more.
var required = map[string]string{
	"ahu/badan-hukum":          "nama nomor_sk tanggal_sk",
	"ahu/kepengurusan-pusat":   "nama nomor_sk pengurus tanggal_sk",
	"ahu/permintaan-status":    "nama",
	"ahu/perubahan-adart":      "nama nomor_sk tanggal_sk",
	"bawaslu/temuan":           "asal nomor uraian",
	"bssn/insiden":             "deskripsi nomor_insiden pelapor",
	"dkpp/putusan":             "nomor_perkara salinan tanggal_putusan teradu",
	"kominfo/informasi-publik": "id_informasi judul penerbit tanggal",
	"kominfo/jaringan-tps":     "kode_tps",
	"kominfo/konten":           "id_konten judul_isu",
	"lkpp/paket-pengadaan":     "kd_lpse kd_tender nama_paket tahun_anggaran",
	"referensi/register-tps":   "kode_tps tanggal_pemungutan",
	"referensi/wilayah":        "kode nama sistem tingkat",
	"sidapil/dapil":            "kode_dapil nama_dapil pemilu wilayah",
	"silon/calon":              "daftar kode_dapil kode_partai nama pemilu",
	"silon/daftar":             "daftar jenis_kelamin kode_dapil kode_partai pemilu tanggal_penetapan",
	"sipol/kantor":             "alamat kode_partai kode_wilayah partai tingkat",
	"sipol/keanggotaan":        "kode_partai nama nik nomor_kta partai",
	"sipol/kepengurusan":       "kode_partai nomor_sk partai pengurus tanggal_sk tingkat",
	"sipol/profil-partai":      "kode_partai nama tanggal_data",
	"sirekap/dokumen-tps":      "jenis kode_tps media_type pemilu sha256 tanggal_pemungutan ukuran",
	"sirekap/hasil-tps":        "kode_tps pemilu tanggal_pemungutan",
	"sirekap/lokasi-tps":       "",
	"sirekap/rekapitulasi":     "kode_wilayah pemilu tanggal_pemungutan tingkat",
}

// refusal gives the place of the one structure error of a record; "" for none.
func refusal(t *testing.T, d *schema.Definition, record any) string {
	t.Helper()
	b, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	report, err := d.Check(context.Background(), schema.NDJSON(strings.NewReader(string(b))), schema.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Details {
		if f.Kind == schema.KindStructure {
			return f.Rule + " " + f.Pointer
		}
	}
	return ""
}

// TestRequired drops each member of the fullest record: it is missed exactly if
// it is required, some of them because of the record's level or election.
func TestRequired(t *testing.T) {
	registry := election.Registry()
	full := fullest(t)
	for file, line := range full {
		id := path.Dir(path.Dir(file))
		d, err := registry.Latest(id)
		if err != nil {
			t.Fatal(err)
		}
		record := decode(t, line).(map[string]any)
		var got []string
		for _, name := range slices.Sorted(maps.Keys(record)) {
			v := record[name]
			delete(record, name)
			if r := refusal(t, d, record); r == "structure/required /"+name {
				got = append(got, name)
			} else if r != "" {
				t.Errorf("%s without %s: %s", id, name, r)
			}
			record[name] = v
		}
		if want, ok := required[id]; !ok || strings.Join(got, " ") != want {
			t.Errorf("%s: required are %v, want %s", id, got, want)
		}
	}
}

// TestEveryPlaceIsHeld puts a wrong value in each place of the fullest record of
// every dataset. What may be there nevertheless is listed.
func TestEveryPlaceIsHeld(t *testing.T) {
	negative := []string{"/lat", "/lon", "/penduduk"}                                                 // degrees, and -1 for unknown
	either := []string{"/lat", "/lon", "/kd_lpse", "/kd_tender", "/kd_rup", "/kd_klpd", "/kd_satker"} // number or text
	long := strings.Repeat("9", 20_001)
	places := 0
	registry := election.Registry()
	for file, line := range fullest(t) {
		id := path.Dir(path.Dir(file))
		d, err := registry.Latest(id)
		if err != nil {
			t.Fatal(err)
		}
		root := map[string]any{"": decode(t, line)}
		var walk func(v any, at string, set func(any))
		walk = func(v any, at string, set func(any)) {
			wrong := map[string]any{"an object": map[string]any{"x": 1}, "a list": []any{[]any{1}}, "a fraction": json.Number("0.5"), "a boolean": true}
			switch v := v.(type) {
			case map[string]any:
				delete(wrong, "an object")
				wrong["a text"], wrong["a number"] = "x", json.Number("1")
				for _, name := range slices.Sorted(maps.Keys(v)) {
					below := v[name]
					if name != "null" {
						walk(below, at+"/"+name, func(x any) { v[name] = x })
					}
					v[name] = below
				}
			case []any:
				delete(wrong, "a list")
				wrong["a text"], wrong["a number"], wrong["a list of lists"] = "x", json.Number("1"), []any{[]any{1}}
				for i, below := range v {
					walk(below, at+"/*", func(x any) { v[i] = x })
					v[i] = below
				}
			case string:
				if !slices.Contains([]string{"/isi", "/duduk_perkara", "/pertimbangan"}, at) {
					wrong["a long text"] = long
				}
				if !slices.Contains(either, at) {
					wrong["a number"] = json.Number("1")
				} else {
					delete(wrong, "a fraction")
				}
			case json.Number:
				wrong["a text"] = "1"
				if slices.Contains(either, at) {
					delete(wrong, "a text")
				}
				if slices.Contains(either, at) || strings.ContainsAny(v.String(), ".") || slices.Contains(fractions, id+at) {
					delete(wrong, "a fraction")
				}
				if !slices.Contains(negative, at) {
					wrong["a negative number"] = json.Number("-1")
				}
			case bool:
				delete(wrong, "a boolean")
				wrong["a text"], wrong["a number"] = "true", json.Number("1")
			case nil:
				return
			}
			if strings.HasPrefix(at, "/chart/") && strings.Count(at, "/") == 2 {
				delete(wrong, "a number") // votes by candidate or by party
				delete(wrong, "an object")
			}
			for what, x := range wrong {
				places++
				set(x)
				if refusal(t, d, root[""]) == "" {
					t.Errorf("%s: %s at %s is accepted", id, what, at)
				}
			}
		}
		walk(root[""], "", func(x any) { root[""] = x })
	}
	if places < 1000 {
		t.Errorf("only %d wrong values", places)
	}
}

// fractions are counts in rupiah and metres: no whole numbers by nature.
var fractions = []string{"lkpp/paket-pengadaan/hps", "lkpp/paket-pengadaan/nilai_kontrak", "kominfo/jaringan-tps/distance_to_signal_m"}

// TestLevels: a code has as many digits as its level says, in every dataset
// that has levels.
func TestLevels(t *testing.T) {
	codes := map[string]string{"pusat": "", "nasional": "", "prov": "31", "kab": "3199", "kec": "319901", "kel": "3199011001"}
	board := `{"kode_partai":"99","partai":"X","tingkat":%s,"kode_wilayah":%s,"nomor_sk":"1","tanggal_sk":"2024-01-01","alamat":"X","pengurus":[{"jabatan":"x","nama":"x"}]}`
	result := `{"pemilu":"ppwp","tanggal_pemungutan":"2024-02-14","tingkat":%s,"kode_wilayah":%s}`
	district := `{"pemilu":"pdpr","kode_dapil":"3199","nama_dapil":"X","wilayah":[{"tingkat":%s,"kode_wilayah":%s}]}`
	account := `{"kode_partai":"99","nama":"X","tanggal_data":"2024-01-01","rekening":[{"tingkat":%s,"kode_wilayah":%s,"nomor":"1"}]}`
	registry := election.Registry()
	for _, c := range []struct{ dataset, form, levels string }{
		{"sipol/kepengurusan", board, "pusat prov kab kec"},
		{"sipol/kantor", board, "pusat prov kab kec"},
		{"sipol/profil-partai", account, "pusat prov kab"},
		{"sirekap/rekapitulasi", result, "nasional prov kab kec kel"},
		{"sidapil/dapil", district, "prov kab kec kel"},
	} {
		d, err := registry.Latest(c.dataset)
		if err != nil {
			t.Fatal(err)
		}
		for level, own := range codes {
			for _, code := range codes {
				text := `"` + code + `"`
				if code == "" {
					text = "null"
				}
				record := json.RawMessage(fmt.Sprintf(c.form, `"`+level+`"`, text))
				want := slices.Contains(strings.Fields(c.levels), level) && code == own
				if got := refusal(t, d, record); (got == "") != want {
					t.Errorf("%s: %s with %s: %q, want sound: %v", c.dataset, level, text, got, want)
				}
			}
		}
	}
}

// TestAreaCodesOfThreeSystems: each code belongs to one level of one system,
// except that a province is the same in all, and a village of BPS looks like
// one of KPU.
func TestAreaCodesOfThreeSystems(t *testing.T) {
	d, err := election.Registry().Latest("referensi/wilayah")
	if err != nil {
		t.Fatal(err)
	}
	sound := map[string]string{ // code to the systems and levels that have it
		"31": "kemendagri prov, kpu prov, bps prov", "31.99": "kemendagri kab", "31.99.01": "kemendagri kec", "31.99.01.1001": "kemendagri kel",
		"31.99.01.3999": "kemendagri kel", "31.99.01.0001": "", "31.99.01.4001": "", "3199": "kpu kab, bps kab", "99ZZ": "kpu kab", "319901": "kpu kec", "99ZZ01": "kpu kec",
		"3199011001": "kpu kel, bps kel", "99ZZ010001": "kpu kel", "3199010": "bps kec", "3": "", "31.9": "", "99.ZZ": "", "99zz": "", "31990110011": "", "9901ZZ": "", "99ZZ01000A": "",
	}
	for code, systems := range sound {
		var got []string
		for _, system := range []string{"kemendagri", "kpu", "bps"} {
			for _, level := range []string{"prov", "kab", "kec", "kel"} {
				if refusal(t, d, map[string]any{"sistem": system, "tingkat": level, "kode": code, "nama": "X"}) == "" {
					got = append(got, system+" "+level)
				}
			}
		}
		if strings.Join(got, ", ") != systems {
			t.Errorf("%s is %v, want %s", code, got, systems)
		}
	}
}

// TestElectionsAndTheirLists: which of area, district and party a candidate and
// a list have, by election.
func TestElectionsAndTheirLists(t *testing.T) {
	registry := election.Registry()
	calon, err := registry.Latest("silon/calon")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{ // election to the one sound combination
		"ppwp": "- - -", "pdpr": "- 3199 99", "pdpd": "31 - -", "pdprdp": "- 319901 99", "pdprdk": "- 319901 99", "pkwkp": "31 - -", "pkwkk": "3199 - -",
	}
	for pemilu, only := range want {
		for _, area := range []string{"-", "31", "3199"} {
			for _, district := range []string{"-", "3199", "319901"} {
				for _, party := range []string{"-", "99"} {
					record := map[string]any{"daftar": "dct", "pemilu": pemilu, "nama": "X"}
					for name, v := range map[string]string{"kode_wilayah": area, "kode_dapil": district, "kode_partai": party} {
						if v != "-" {
							record[name] = v
						}
					}
					got := refusal(t, calon, record) == ""
					combination := area + " " + district + " " + party
					// Nobody said that a list has no area of its own, or a president no party.
					free := strings.HasPrefix(only, "- 3") && combination[strings.Index(combination, " "):] == only[1:] || pemilu == "ppwp" && combination == "- - 99"
					if got != (combination == only || free) {
						t.Errorf("%s with %s: sound %v", pemilu, combination, got)
					}
				}
			}
		}
	}
}
