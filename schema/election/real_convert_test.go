package election_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
	"github.com/segel-id/segel/schema/election/kominfo"
	"github.com/segel-id/segel/schema/election/record"
	"github.com/segel-id/segel/schema/election/referensi"
	"github.com/segel-id/segel/schema/election/sidapil"
	"github.com/segel-id/segel/schema/election/silon"
	"github.com/segel-id/segel/schema/election/sirekap"
)

// Published files that are no tables of records are turned into structs here;
// a member that a source does not have stays absent.

// rows gives the rows of a CSV file, by the names of their columns.
func rows(t *testing.T, elem ...string) []map[string]string {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(content(t, elem...))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = cells[i]
		}
		out = append(out, row)
	}
	return out
}

// content gives a file's bytes, unpacked.
func content(t *testing.T, elem ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(shared.Path(t, append([]string{"data"}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(elem[len(elem)-1], ".gz") {
		return data
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if data, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return data
}

// records checks structs as the records of a dataset.
func records[T any](t *testing.T, id string, list []T, want int, findings map[string]int) {
	t.Helper()
	d, err := election.Registry().Latest(id)
	if err != nil {
		t.Fatal(err)
	}
	sound(t, d, schema.NDJSON(lines(t, list)), want, findings)
}

func lines[T any](t *testing.T, list []T) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	for _, v := range list {
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	return &out
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPublishedDistricts: 84, 301 and 2,325 districts of 8,935 areas, of which
// 93 are parts of areas that are split; and the 580 seats of DPR.
func TestPublishedDistricts(t *testing.T) {
	seats := map[string]int64{}
	var total int64
	for _, r := range rows(t, "dct2024", "dapil_dpr2024_kursi_derived.csv") {
		seats[r["kode_dapil"]] = number(t, r["kursi_derived_from_longest_list"])
		total += seats[r["kode_dapil"]]
	}
	election := map[string]string{"DPR RI": "pdpr", "DPRD PROVINSI": "pdprdp", "DPRD KABUPATEN/KOTA": "pdprdk"}
	level := map[string]string{"Kabupaten/Kota": "kab", "Kecamatan": "kec", "Desa/Kelurahan": "kel"}
	districts := map[string]*sidapil.Dapil{}
	areas, split := 0, 0
	for _, r := range rows(t, "dct2024", "dapil_wilayah2024.csv.gz") {
		key := r["jenis_dapil"] + r["kode_dapil"]
		if districts[key] == nil {
			districts[key] = &sidapil.Dapil{Pemilu: election[r["jenis_dapil"]], KodeDapil: r["kode_dapil"], NamaDapil: r["nama_dapil"], TahunPemilu: record.Of(int64(2024))}
			if n := seats[r["kode_dapil"]]; r["jenis_dapil"] == "DPR RI" {
				districts[key].Kursi = record.Of(n)
			}
		}
		area := sidapil.DapilWilayah{Tingkat: level[strings.TrimPrefix(r["tingkatan_wilayah"], "Pecahan ")], KodeWilayah: r["kode_wilayah"], Nama: record.Of(r["nama"])}
		if r["is_pecah"] == "true" {
			area.Pecahan = record.Of(true)
			split++
		}
		areas++
		districts[key].Wilayah = append(districts[key].Wilayah, area)
	}
	count := map[string]int{}
	for _, d := range districts {
		count[d.Pemilu]++
	}
	if areas != 8935 || split != 93 || total != 580 || !maps.Equal(count, map[string]int{"pdpr": 84, "pdprdp": 301, "pdprdk": 2325}) {
		t.Errorf("got %d areas, %d split, %d seats, %v districts", areas, split, total, count)
	}
	records(t, "sidapil/dapil", slices.Collect(maps.Values(districts)), 2710, nil)
	districtsBesideOthers(t, slices.Collect(maps.Values(districts)))
}

// TestPublishedLists: what the ruling of 29 August 2023 changed. The same lists
// are judged by the law of two days: not one of 1,512 and 5,005 falls short of
// 30 % women rounded to the nearest number, and 267 and 1,009 do, rounded up.
func TestPublishedLists(t *testing.T) {
	seats := map[string]int64{}
	for _, r := range rows(t, "dct2024", "dapil_dpr2024_kursi_derived.csv") {
		seats[r["kode_dapil"]] = number(t, r["kursi_derived_from_longest_list"])
	}
	for _, c := range []struct {
		file, pemilu string
		lists, short int
	}{{"dct_dpr.csv.gz", "pdpr", 1512, 267}, {"dct_dprdprov.csv.gz", "pdprdp", 5005, 1009}} {
		lists := map[string]*silon.Daftar{}
		for _, r := range rows(t, "dct2024", c.file) { // in the order of the numbers
			key := r["kode_dapil"] + " " + r["id_partai"]
			if lists[key] == nil {
				lists[key] = &silon.Daftar{Daftar: "dct", Pemilu: c.pemilu, KodeDapil: r["kode_dapil"], KodePartai: r["id_partai"]}
				if n, ok := seats[r["kode_dapil"]]; ok {
					lists[key].Kursi = record.Of(n)
				}
			}
			lists[key].JenisKelamin = append(lists[key].JenisKelamin, r["jenis_kelamin"])
		}
		for day, want := range map[string]map[string]int{"2023-04-18": nil, "2023-08-28": nil, "2023-08-29": {"kuota-perempuan": c.short}} {
			for _, l := range lists {
				l.TanggalPenetapan = day
			}
			t.Run(c.pemilu+" "+day, func(t *testing.T) {
				records(t, "silon/daftar", slices.Collect(maps.Values(lists)), c.lists, want)
			})
		}
	}
}

// TestPublishedCodeChanges: 16,704 codes that were added, removed and renamed.
func TestPublishedCodeChanges(t *testing.T) {
	level := map[int]string{2: "prov", 5: "kab", 8: "kec", 13: "kel"}
	var all []referensi.Wilayah
	for _, r := range rows(t, "wilayah", "kemendagri_code_changes_2018_2026.csv.gz") {
		w := referensi.Wilayah{Sistem: "kemendagri", Tingkat: level[len(r["kode"])], Kode: r["kode"], Nama: r["nama_baru"],
			Versi: record.Of(r["ke_versi"]), VersiSebelum: record.Of(r["dari_versi"]), Perubahan: record.Of(r["perubahan"])}
		switch r["perubahan"] {
		case "removed":
			w.Nama = r["nama_lama"]
		case "renamed":
			w.NamaLama = record.Of(r["nama_lama"])
		}
		all = append(all, w)
	}
	records(t, "referensi/wilayah", all, 16704, nil)
}

// A governor's result as Sirekap published it, for an area and its parts.
type pilkada struct {
	Path string
	Doc  struct {
		TS       string
		Tungsura struct {
			Chart map[string]json.RawMessage
			Table map[string]map[string]json.RawMessage
		}
	}
}

// TestPublishedGovernors: 7,745 areas, and in each of 547 files and for each
// pair the whole is the sum of its parts.
func TestPublishedGovernors(t *testing.T) {
	level := map[int]string{2: "prov", 4: "kab", 6: "kec"}
	var all []sirekap.Rekapitulasi
	files, sums := 0, 0
	for line := range bytes.Lines(content(t, "pilkada2024", "hasil_pkwkp.ndjson.gz")) {
		var p pilkada
		if err := json.Unmarshal(line, &p); err != nil {
			t.Fatal(err)
		}
		files++
		sum := map[string]int64{}
		for code, part := range p.Doc.Tungsura.Table {
			r := sirekap.Rekapitulasi{Pemilu: "pkwkp", TanggalPemungutan: "2024-11-27", Tingkat: level[len(code)], KodeWilayah: record.Of(code), TS: record.Of(p.Doc.TS)}
			chart := record.Numbered[sirekap.Suara]{}
			for name, value := range part {
				var err error
				switch {
				case name == "psu":
					err = r.PSU.UnmarshalJSON(value)
				case name == "progres":
					err = r.Progres.UnmarshalJSON(value)
				case name == "status_progress":
					err = r.StatusProgress.UnmarshalJSON(value)
				default:
					var votes sirekap.Suara
					err = votes.UnmarshalJSON(value)
					chart[name] = votes
					sum[name] += votes.Jumlah.Or(0)
				}
				if err != nil {
					t.Fatal(p.Path, code, err)
				}
			}
			r.Chart = record.Of(chart)
			all = append(all, r)
		}
		for name, value := range p.Doc.Tungsura.Chart {
			if name == "progres" || p.Path == "pkwkp/0.json" {
				continue
			}
			if sums++; fmt.Sprint(sum[name]) != string(value) {
				t.Errorf("%s: pair %s has %s votes, its parts %d", p.Path, name, value, sum[name])
			}
		}
	}
	if files != 547 || sums != 1451 {
		t.Errorf("got %d files and %d sums", files, sums)
	}
	records(t, "sirekap/rekapitulasi", all, 7745, nil)
	partsOfGovernors(t, all)
}

// TestPublishedPairs: 104 pairs in 37 provinces, one of them an empty column.
func TestPublishedPairs(t *testing.T) {
	var provinces map[string]map[string]struct {
		Nama  string
		Nomor int64 `json:"nomor_urut"`
	}
	if err := json.Unmarshal(content(t, "pilkada2024", "paslon_pkwkp.json"), &provinces); err != nil {
		t.Fatal(err)
	}
	var all []silon.Calon
	for province, pairs := range provinces {
		for id, p := range pairs {
			c := silon.Calon{Daftar: "dct", Pemilu: "pkwkp", KodeWilayah: record.Of(province), IDCalon: record.Of(id), NomorUrut: record.Of(p.Nomor), Nama: p.Nama}
			if a, b, ok := strings.Cut(p.Nama, " - "); ok && b != "" {
				c.Nama, c.Wakil = a, record.Of(silon.CalonWakil{Nama: record.Of(b)})
			}
			all = append(all, c)
		}
	}
	if len(provinces) != 37 {
		t.Errorf("got %d provinces", len(provinces))
	}
	records(t, "silon/calon", all, 104, nil)
}

// TestPublishedLegislature: a station's result for DPD, and the 65 stations of a
// village for DPR, whose votes stand under ids of candidates.
func TestPublishedLegislature(t *testing.T) {
	head := `{"kode_tps":"%s","pemilu":"%s","tanggal_pemungutan":"2024-02-14",`
	d, err := election.Registry().Latest("sirekap/hasil-tps")
	if err != nil {
		t.Fatal(err)
	}
	var dpd bytes.Buffer
	if err := json.Compact(&dpd, content(t, "sirekap2024", "raw_pdpd_1101012001001.json")); err != nil {
		t.Fatal(err)
	}
	sound(t, d, schema.NDJSON(strings.NewReader(fmt.Sprintf(head, "1101012001001", "pdpd")+dpd.String()[1:])), 1, nil)

	var boxes map[string]json.RawMessage
	if err := json.Unmarshal(content(t, "sirekap2024", "raw_pdpr_hr_kel_1671041005.json"), &boxes); err != nil {
		t.Fatal(err)
	}
	var dpr bytes.Buffer
	for code, chart := range boxes {
		fmt.Fprintf(&dpr, head+`"chart":%s}`+"\n", code, "pdpr", bytes.ReplaceAll(chart, []byte("\n"), nil))
	}
	sound(t, d, schema.NDJSON(&dpr), 65, nil)
}

// TestPublishedDocuments: the raw files of 603 stations travel as records and
// come out with the bytes that went in.
func TestPublishedDocuments(t *testing.T) {
	z, err := zip.OpenReader(shared.Path(t, "data", "sirekap2024", "raw_sirekap_ppwp_dki.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	raw := map[string][]byte{}
	var all []sirekap.DokumenTPS
	for _, f := range z.File {
		if path.Dir(f.Name) != "ppwp" || path.Ext(f.Name) != ".json" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		code := strings.TrimSuffix(path.Base(f.Name), ".json")
		raw[code] = data
		sum := sha256.Sum256(data)
		all = append(all, sirekap.DokumenTPS{KodeTPS: code, Pemilu: "ppwp", TanggalPemungutan: "2024-02-14", Jenis: "sirekap-json", MediaType: "application/json",
			Ukuran: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Isi: record.Of(base64.StdEncoding.EncodeToString(data))})
	}
	records(t, "sirekap/dokumen-tps", all, 603, nil)
	for d, err := range record.All[sirekap.DokumenTPS](schema.NDJSON(lines(t, all))) {
		if err != nil {
			t.Fatal(err)
		}
		got, err := base64.StdEncoding.DecodeString(d.Isi.Or(""))
		if sum := sha256.Sum256(got); err != nil || !bytes.Equal(got, raw[d.KodeTPS]) || hex.EncodeToString(sum[:]) != d.SHA256 {
			t.Errorf("%s: other bytes came out, %v", d.KodeTPS, err)
		}
	}
}

// TestPublishedTitles: news on the election with the verdict of fact checkers;
// links come twice and some are relative, so a row's number is its id.
func TestPublishedTitles(t *testing.T) {
	var all []kominfo.Konten
	hoaxes := 0
	for i, r := range rows(t, "hoaks", "hoax_pilpres_24_judul.csv.gz") {
		k := kominfo.Konten{IDKonten: fmt.Sprint(i + 1), JudulIsu: r["Judul Artikel"], URL: record.Of(r["Link"]), CapturedAt: record.Of(r["Waktu_Scraping"])}
		if r["Berita_Hoax"] == "True" {
			k.Kategori = record.Of("hoaks")
			hoaxes++
		}
		all = append(all, k)
	}
	if hoaxes != 1899 {
		t.Errorf("got %d hoaxes", hoaxes)
	}
	records(t, "kominfo/konten", all, 5549, nil)
}
