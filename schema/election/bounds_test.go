package election_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// TestBoundsOfMoreRules checks the last number on either side of a bound, and
// the days before and on which a rule begins and ends.
func TestBoundsOfMoreRules(t *testing.T) {
	registry := election.Registry()
	list := func(day string, men, women int) string {
		return fmt.Sprintf(`{"daftar":"dct","pemilu":"pdpr","tanggal_penetapan":"%s","kode_dapil":"3199","kode_partai":"99","jenis_kelamin":[%s]}`,
			day, strings.TrimSuffix(strings.Repeat(`"L",`, men)+strings.Repeat(`"P",`, women), ","))
	}
	candidate := func(day string) string {
		var out strings.Builder
		for n := range 8 {
			fmt.Fprintf(&out, `{"daftar":"dct","pemilu":"pdpr","tanggal_penetapan":"%s","kode_dapil":"3199","kode_partai":"99","nomor_urut":%d,"nama":"CONTOH","jenis_kelamin":"L"}`+"\n", day, n+1)
		}
		return out.String()
	}
	district := func(pemilu, code string, seats int) string {
		return fmt.Sprintf(`{"pemilu":"%s","kode_dapil":"%s","nama_dapil":"X","kursi":%d,"wilayah":[{"tingkat":"kab","kode_wilayah":"3199"}]}`, pemilu, code, seats)
	}
	districts := func(year, n, seats int) string {
		var out strings.Builder
		for i := range n {
			of := 6
			if i == 0 {
				of = seats - 6*(n-1)
			}
			fmt.Fprintf(&out, `{"pemilu":"pdpr","kode_dapil":"%d","nama_dapil":"X","tahun_pemilu":%d,"kursi":%d,"wilayah":[{"tingkat":"kab","kode_wilayah":"31%02d"}]}`+"\n", 3100+i, year, of, i)
		}
		return out.String()
	}
	box := func(pemilu, rest string) string {
		return `{"kode_tps":"3199011001001","pemilu":"` + pemilu + `","tanggal_pemungutan":"2024-11-27",` + rest + `}`
	}
	ballots := func(pemilu string, voters, received int) string {
		return box(pemilu, fmt.Sprintf(`"administrasi":{"pemilih_dpt_j":%d},"surat_suara":{"diterima":%d}`, voters, received))
	}
	station := func(code, day string, voters int) string {
		return fmt.Sprintf(`{"kode_tps":"%s","tanggal_pemungutan":"%s","pemilih_dpt_j":%d}`, code, day, voters)
	}
	incident := func(rest string) string {
		return `{"nomor_insiden":"1","urutan_laporan":1,"pelapor":{"lembaga":"X"},"deskripsi":"x","dampak":"x","kronologi":[],` + rest + `}`
	}
	content := func(urgent string, hours int) string {
		return fmt.Sprintf(`{"id_konten":"1","judul_isu":"x","tindakan":{"mendesak":%s,"jam_sampai_tindak":%d}}`, urgent, hours)
	}
	party := func(day, number string) string {
		return `{"kode_partai":"99","nama":"X","tanggal_data":"` + day + `","npwp":"` + number + `"}`
	}
	place := func(lat, lon string) string {
		return `{"kode_tps":"3199011001001","lat":` + lat + `,"lon":` + lon + `}`
	}
	area := func(rest string) string {
		return `{"pemilu":"pkwkp","tanggal_pemungutan":"2024-11-27","tingkat":"prov","kode_wilayah":"31",` + rest + `}`
	}
	decree := func(men, women int, more string) string {
		return `{"nama":"X","nomor_sk":"M.HH-1.AH.11.02 TAHUN 2022","tanggal_sk":"2022-01-02","pengurus":[` +
			strings.TrimSuffix(strings.Repeat(`{"jabatan":"x","nama":"x","jenis_kelamin":"L"},`, men)+strings.Repeat(`{"jabatan":"x","nama":"x","jenis_kelamin":"P"},`, women)+more, ",") + `]}`
	}
	board := func(level, code string) string {
		return `{"kode_partai":"99","partai":"X","tingkat":"` + level + `","kode_wilayah":` + code + `,"nomor_sk":"M.HH-1.AH.11.02 TAHUN 2022","tanggal_sk":"2022-01-02","pengurus":[{"jabatan":"x","nama":"x","jenis_kelamin":"L"}]}`
	}
	for _, c := range []struct {
		name, dataset, record, rule string
		broken                      bool
	}{
		{"3 women of 8, rounded up", "silon/daftar", list("2023-08-29", 5, 3), "kuota-perempuan", false},
		{"2 women of 8, rounded up", "silon/daftar", list("2023-08-29", 6, 2), "kuota-perempuan", true},
		{"2 women of 8 the day before", "silon/daftar", list("2023-08-28", 6, 2), "kuota-perempuan", false},
		{"2 women of 8, 2.4 rounded down", "silon/daftar", list("2023-08-28", 6, 2), "kuota-perempuan-pembulatan", false},
		{"1 woman of 8, 2.4 rounded down", "silon/daftar", list("2023-08-28", 7, 1), "kuota-perempuan-pembulatan", true},
		{"1 woman of 5, 1.5 rounded up", "silon/daftar", list("2023-08-28", 4, 1), "kuota-perempuan-pembulatan", true},
		{"1 woman of 4, 1.2 rounded down", "silon/daftar", list("2023-08-28", 3, 1), "kuota-perempuan-pembulatan", false},
		{"no woman of 1, 0.3 rounded down", "silon/daftar", list("2023-08-28", 1, 0), "kuota-perempuan-pembulatan", false},
		{"3 women of 10", "silon/daftar", list("2023-08-28", 7, 3), "kuota-perempuan-pembulatan", false},
		{"2 women of 10", "silon/daftar", list("2023-08-28", 8, 2), "kuota-perempuan-pembulatan", true},
		{"no woman of 8 after the ruling", "silon/daftar", list("2023-08-29", 8, 0), "kuota-perempuan-pembulatan", false},
		{"no woman of 8 on the day of the regulation", "silon/daftar", list("2023-04-18", 8, 0), "kuota-perempuan-pembulatan", true},
		{"no woman of 8 on the day before", "silon/daftar", list("2023-04-17", 8, 0), "kuota-perempuan-pembulatan", false},
		{"no woman of 8 on the list of candidates, on the day of the regulation", "silon/calon", candidate("2023-04-18"), "kuota-perempuan-pembulatan", true},
		{"no woman of 8 on the list of candidates, on the day before", "silon/calon", candidate("2023-04-17"), "kuota-perempuan-pembulatan", false},
		{"no woman of 8 on the list of candidates, on the day before the ruling", "silon/calon", candidate("2023-08-28"), "kuota-perempuan-pembulatan", true},
		{"no woman of 8 on the list of candidates, after the ruling", "silon/calon", candidate("2023-08-29"), "kuota-perempuan-pembulatan", false},
		{"580 seats of 84 districts", "sidapil/dapil", districts(2024, 84, 580), "kursi-dpr-580", false},
		{"579 seats of 84 districts", "sidapil/dapil", districts(2024, 84, 579), "kursi-dpr-580", true},
		{"581 seats of 84 districts", "sidapil/dapil", districts(2024, 84, 581), "kursi-dpr-580", true},
		{"579 seats of 83 districts, a part of the country", "sidapil/dapil", districts(2024, 83, 579), "kursi-dpr-580", false},
		{"580 seats of 85 districts", "sidapil/dapil", districts(2024, 85, 580), "kursi-dpr-580", true},
		{"579 seats of 84 districts, before", "sidapil/dapil", districts(2023, 84, 579), "kursi-dpr-580", false},
		{"DPR 2 seats", "sidapil/dapil", district("pdpr", "3199", 2), "kursi-dpr", true},
		{"DPR 3 seats", "sidapil/dapil", district("pdpr", "3199", 3), "kursi-dpr", false},
		{"DPR 10 seats", "sidapil/dapil", district("pdpr", "3199", 10), "kursi-dpr", false},
		{"DPR 11 seats", "sidapil/dapil", district("pdpr", "3199", 11), "kursi-dpr", true},
		{"province 11 seats", "sidapil/dapil", district("pdprdp", "310001", 11), "kursi-dpr", false},
		{"regency 12 seats", "sidapil/dapil", district("pdprdk", "319901", 12), "kursi-dprd-kab", false},
		{"regency 13 seats", "sidapil/dapil", district("pdprdk", "319901", 13), "kursi-dprd-kab", true},
		{"reserve of 236 is 5", "sirekap/hasil-tps", ballots("ppwp", 236, 241), "R8", false},
		{"reserve of 236 is not 4", "sirekap/hasil-tps", ballots("ppwp", 236, 240), "R8", true},
		{"reserve of 300 is 6", "sirekap/hasil-tps", ballots("pdpr", 300, 306), "R8", false},
		{"reserve of 250 is 5", "sirekap/hasil-tps", ballots("pdpd", 250, 255), "R8", false},
		{"reserve of 250 for a governor is 7", "sirekap/hasil-tps", ballots("pkwkp", 250, 257), "R8_pilkada", false},
		{"reserve of 250 for a governor is not 5", "sirekap/hasil-tps", ballots("pkwkp", 250, 255), "R8_pilkada", true},
		{"2 % is not the law for a governor", "sirekap/hasil-tps", ballots("pkwkp", 250, 257), "R8", false},
		{"reserve of 200 for a mayor", "sirekap/hasil-tps", box("pkwkk", `"administrasi":{"pemilih_dpt_j":200,"suara_total":205}`), "B3_pilkada", false},
		{"one more", "sirekap/hasil-tps", box("pkwkk", `"administrasi":{"pemilih_dpt_j":200,"suara_total":206}`), "B3_pilkada", true},
		{"580 voters for a governor", "sirekap/hasil-tps", box("pkwkp", `"administrasi":{"pemilih_dpt_j":580}`), "B4", false},
		{"580 voters for DPR", "sirekap/hasil-tps", box("pdpr", `"administrasi":{"pemilih_dpt_j":580}`), "B4", true},
		{"votes 999 for DPD", "sirekap/hasil-tps", box("pdpd", `"chart":{"1":999}`), "C4_calon", false},
		{"votes 1,000 for DPD", "sirekap/hasil-tps", box("pdpd", `"chart":{"1":1000}`), "C4_calon", true},
		{"votes 1,000 for one candidate for DPR", "sirekap/hasil-tps", box("pdpr", `"caleg":{"1":{"7":1000}}`), "C4_calon", true},
		{"300 voters", "referensi/register-tps", station("3199011001001", "2024-02-14", 300), "dpt-300", false},
		{"301 voters", "referensi/register-tps", station("3199011001001", "2024-02-14", 301), "dpt-300", true},
		{"301 voters overseas", "referensi/register-tps", station("99ZZ010001001", "2024-02-14", 301), "dpt-300", false},
		{"301 voters in November", "referensi/register-tps", station("3199011001001", "2024-11-27", 301), "dpt-300", false},
		{"24 hours", "bssn/insiden", incident(`"iiv":true,"jam_sampai_lapor":24`), "lapor-lewat-24-jam", false},
		{"25 hours", "bssn/insiden", incident(`"iiv":true,"jam_sampai_lapor":25`), "lapor-lewat-24-jam", true},
		{"25 hours, not vital", "bssn/insiden", incident(`"iiv":false,"jam_sampai_lapor":25`), "lapor-lewat-24-jam", false},
		{"25 hours, nobody says whether vital", "bssn/insiden", incident(`"jam_sampai_lapor":25`), "lapor-lewat-24-jam", false},
		{"72 hours", "bssn/insiden", incident(`"data_pribadi":true,"jam_sampai_beritahu":72`), "beritahu-lewat-72-jam", false},
		{"73 hours", "bssn/insiden", incident(`"data_pribadi":true,"jam_sampai_beritahu":73`), "beritahu-lewat-72-jam", true},
		{"urgent 4 hours", "kominfo/konten", content("true", 4), "tindakan-lewat-4-jam", false},
		{"urgent 5 hours", "kominfo/konten", content("true", 5), "tindakan-lewat-4-jam", true},
		{"not urgent 24 hours", "kominfo/konten", content("false", 24), "tindakan-lewat-24-jam", false},
		{"not urgent 25 hours", "kominfo/konten", content("false", 25), "tindakan-lewat-24-jam", true},
		{"15 digits in June", "sipol/profil-partai", party("2024-06-30", "099999999999999"), "npwp-lama", false},
		{"15 digits in July", "sipol/profil-partai", party("2024-07-01", "099999999999999"), "npwp-lama", true},
		{"16 digits in July", "sipol/profil-partai", party("2024-07-01", "0099999999999999"), "npwp-lama", false},
		{"south edge, lokasi-tps", "sirekap/lokasi-tps", place("-11", "106"), "lintang-di-luar", false},
		{"south of it edge, lokasi-tps", "sirekap/lokasi-tps", place("-11.0001", "106"), "lintang-di-luar", true},
		{"north edge, lokasi-tps", "sirekap/lokasi-tps", place("6", "106"), "lintang-di-luar", false},
		{"north of it edge, lokasi-tps", "sirekap/lokasi-tps", place("6.0001", "106"), "lintang-di-luar", true},
		{"west edge, lokasi-tps", "sirekap/lokasi-tps", place("-6", "95"), "bujur-di-luar", false},
		{"west of it edge, lokasi-tps", "sirekap/lokasi-tps", place("-6", "94.9999"), "bujur-di-luar", true},
		{"east edge, lokasi-tps", "sirekap/lokasi-tps", place("-6", "141"), "bujur-di-luar", false},
		{"east of it edge, lokasi-tps", "sirekap/lokasi-tps", place("-6", "141.0001"), "bujur-di-luar", true},
		{"south edge, jaringan-tps", "kominfo/jaringan-tps", place("-11", "106"), "lintang-di-luar", false},
		{"south of it edge, jaringan-tps", "kominfo/jaringan-tps", place("-11.0001", "106"), "lintang-di-luar", true},
		{"north edge, jaringan-tps", "kominfo/jaringan-tps", place("6", "106"), "lintang-di-luar", false},
		{"north of it edge, jaringan-tps", "kominfo/jaringan-tps", place("6.0001", "106"), "lintang-di-luar", true},
		{"west edge, jaringan-tps", "kominfo/jaringan-tps", place("-6", "95"), "bujur-di-luar", false},
		{"west of it edge, jaringan-tps", "kominfo/jaringan-tps", place("-6", "94.9999"), "bujur-di-luar", true},
		{"east edge, jaringan-tps", "kominfo/jaringan-tps", place("-6", "141"), "bujur-di-luar", false},
		{"east of it edge, jaringan-tps", "kominfo/jaringan-tps", place("-6", "141.0001"), "bujur-di-luar", true},
		{"all stations in", "sirekap/rekapitulasi", area(`"progres":{"total":4,"progres":4}`), "progres", false},
		{"one more than all", "sirekap/rekapitulasi", area(`"progres":{"total":4,"progres":5}`), "progres", true},
		{"as many as registered", "sirekap/rekapitulasi", area(`"administrasi":{"pemilih_dpt_j":9,"pengguna_dpt_j":9}`), "B1", false},
		{"as many as registered and added", "sirekap/rekapitulasi", area(`"administrasi":{"pemilih_dpt_j":9,"pengguna_dptb_j":1,"pengguna_non_dpt_j":1,"suara_total":11}`), "B2", false},
		{"one more than registered and added", "sirekap/rekapitulasi", area(`"administrasi":{"pemilih_dpt_j":9,"pengguna_dptb_j":1,"pengguna_non_dpt_j":1,"suara_total":12}`), "B2", true},
		{"as many votes as voters", "sirekap/rekapitulasi", area(`"chart":{"1":9},"administrasi":{"pengguna_total_j":9}`), "B5_calon", false},
		{"one vote more than voters", "sirekap/rekapitulasi", area(`"chart":{"1":10},"administrasi":{"pengguna_total_j":9}`), "B5_calon", true},
		{"all with a disability", "sirekap/rekapitulasi", area(`"disabilitas":{"j":9},"administrasi":{"pengguna_total_j":9}`), "R9", false},
		{"one more with a disability", "sirekap/rekapitulasi", area(`"disabilitas":{"j":10},"administrasi":{"pengguna_total_j":9}`), "R9", true},
		{"all with a disability at a station", "sirekap/hasil-tps", box("ppwp", `"disabilitas":{"j":9},"administrasi":{"pengguna_total_j":9}`), "R9", false},
		{"as many votes as voters for DPD", "sirekap/hasil-tps", box("pdpd", `"chart":{"1":9},"administrasi":{"pengguna_total_j":9}`), "B5_calon", false},
		{"as many votes as voters for DPR", "sirekap/hasil-tps", box("pdpr", `"chart":{"1":{"jml_suara_total":9}},"administrasi":{"pengguna_total_j":9}`), "B5_partai", false},
		{"one vote more than voters for DPR", "sirekap/hasil-tps", box("pdpr", `"chart":{"1":{"jml_suara_total":10}},"administrasi":{"pengguna_total_j":9}`), "B5_partai", true},
		{"votes 1,000 for DPD overseas", "sirekap/hasil-tps", strings.Replace(box("pdpd", `"chart":{"1":1000}`), "3199011001001", "99ZZ010001001", 1), "C4_calon", false},
		{"one more than 2.5 % for president", "sirekap/hasil-tps", box("ppwp", `"administrasi":{"pemilih_dpt_j":200,"suara_total":206}`), "B3_pilkada", false},
		{"reserve of 1,001 for a governor", "sirekap/hasil-tps", ballots("pkwkp", 1001, 1027), "R8_pilkada", false},
		{"estimate is the budget", "lkpp/paket-pengadaan", `{"tahun_anggaran":2023,"kd_lpse":1,"kd_tender":1,"nama_paket":"x","pagu":9,"hps":9}`, "hps-melebihi-pagu", false},
		{"nobody lives there", "sidapil/dapil", strings.Replace(district("pdpr", "3199", 3), `"kursi"`, `"penduduk":0,"kursi"`, 1), "penduduk-tidak-diketahui", false},
		{"30 women of 100", "ahu/kepengurusan-pusat", decree(70, 30, ""), "keterwakilan-perempuan", false},
		{"29 women of 100", "ahu/kepengurusan-pusat", decree(71, 29, ""), "keterwakilan-perempuan", true},
		{"31 women of 101", "ahu/kepengurusan-pusat", decree(70, 31, ""), "keterwakilan-perempuan", false},
		{"30 women of 101", "ahu/kepengurusan-pusat", decree(71, 30, ""), "keterwakilan-perempuan", true},
		{"no woman, and one of whom nobody says", "ahu/kepengurusan-pusat", decree(1, 0, `{"jabatan":"x","nama":"x"}`), "keterwakilan-perempuan", false},
		{"no woman on a central board", "sipol/kepengurusan", board("pusat", "null"), "keterwakilan-perempuan", true},
		{"no woman on a provincial board", "sipol/kepengurusan", board("prov", `"31"`), "keterwakilan-perempuan", false},
		{"a finding of the eighth day", "bawaslu/temuan", `{"nomor":"1","asal":"temuan","uraian":"x","hari_sejak_diketahui":8}`, "lewat-7-hari", false},
		{"a report of the eighth day", "bawaslu/temuan", `{"nomor":"1","asal":"laporan","uraian":"x","hari_sejak_diketahui":8}`, "lewat-7-hari", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := registry.Latest(c.dataset)
			if err != nil {
				t.Fatal(err)
			}
			report, err := d.Check(context.Background(), schema.NDJSON(strings.NewReader(c.record)), schema.CheckOptions{})
			if err != nil || report.Errors != 0 {
				t.Fatalf("got %v, %v, want a sound record", report, err)
			}
			if got := report.ByRule[c.rule]+report.Notices[c.rule] == 1; got != c.broken {
				t.Errorf("%s: got %v, want %v", c.rule, got, c.broken)
			}
		})
	}
}

// TestAddressesAreLookedInto: an address that holds an identity number is
// noticed, whether by a rule or by the guard that looks into every text.
func TestAddressesAreLookedInto(t *testing.T) {
	const address = `https://contoh.example/3199990101700001.jpg`
	for dataset, c := range map[string][2]string{
		"kominfo/konten": {`{"id_konten":"1","judul_isu":"x","url":"` + address + `"}`, "leak/nik"},
		"silon/calon":    {`{"daftar":"dct","pemilu":"pdpr","kode_dapil":"3199","kode_partai":"99","nama":"X","foto":"` + address + `"}`, "foto-nik"},
	} {
		d, err := election.Registry().Latest(dataset)
		if err != nil {
			t.Fatal(err)
		}
		report, err := d.Check(context.Background(), schema.NDJSON(strings.NewReader(c[0])), schema.CheckOptions{})
		if err != nil || report.Errors != 0 || len(report.Notices) != 1 || report.Notices[c[1]] != 1 {
			t.Errorf("%s: got %+v, %v, want one notice %s", dataset, report, err, c[1])
		}
	}
}
