package election_test

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
	"github.com/segel-id/segel/schema/election/record"
	"github.com/segel-id/segel/schema/election/sidapil"
	"github.com/segel-id/segel/schema/election/sirekap"
)

// beside is the newest definition of a dataset and, for its rules, an index of
// one other.
func beside(t *testing.T, id, other string, in io.Reader) (*schema.Definition, schema.CheckOptions) {
	t.Helper()
	registry := election.Registry()
	d, err := registry.Latest(id)
	if err != nil {
		t.Fatal(err)
	}
	of, err := registry.Latest(other)
	if err != nil {
		t.Fatal(err)
	}
	x, err := schema.NewIndex(t.Context(), d, of, schema.NDJSON(in))
	if err != nil {
		t.Fatal(err)
	}
	return d, schema.CheckOptions{MaxDetails: 1 << 20, Against: map[string]*schema.Index{other: x}}
}

// publishedRecords gives the records of published files, all of one dataset.
func publishedRecords(t *testing.T, files ...string) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	for _, file := range files {
		for _, p := range published {
			if p.file != file {
				continue
			}
			d, err := election.Registry().Latest(p.dataset)
			if err != nil {
				t.Fatal(err)
			}
			for line := range recordsIn(t, publishedFile(t, d, file)) {
				out.Write(line)
			}
		}
	}
	return &out
}

// recordsIn gives the records of a source with their line feeds, each until the next.
func recordsIn(t *testing.T, src schema.Source) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for {
			record, err := src.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !yield(append(record, '\n')) {
				return
			}
		}
	}
}

func allAreas(t *testing.T) *bytes.Buffer {
	t.Helper()
	const dir = "wilayah/idn-area-data-4.0.1_"
	return publishedRecords(t, dir+"provinces.csv", dir+"regencies.csv", dir+"districts.csv.gz", dir+"villages.csv.gz")
}

// expect checks records and holds all findings against what is expected, and
// gives the report.
func expect(t *testing.T, d *schema.Definition, opt schema.CheckOptions, src schema.Source, want map[string]int) *schema.Report {
	t.Helper()
	report, err := d.Check(t.Context(), src, opt)
	if err != nil {
		t.Fatal(err)
	}
	got := maps.Clone(report.ByRule)
	maps.Copy(got, report.Notices)
	if report.Errors != 0 || !maps.Equal(got, want) {
		t.Errorf("%s: got %d errors, %v, want %v", d.Ref().ID, report.Errors, got, want)
	}
	return report
}

// TestPublishedRegisterAgainstAreas: of 188,301 stations 35, in 19 villages,
// have a village that the published areas do not know.
func TestPublishedRegisterAgainstAreas(t *testing.T) {
	d, opt := beside(t, "referensi/register-tps", "referensi/wilayah", allAreas(t))
	villages := map[string]bool{}
	var codes []string
	opt.Each = func(_ int, line []byte, _ bool) error {
		_, rest, _ := strings.Cut(string(line), `"kode_tps":"`)
		codes = append(codes, rest[:10])
		return nil
	}
	report := expect(t, d, opt, publishedFile(t, d, "tps_register/kpu_tps_register_20240217.csv.gz"), map[string]int{"kelurahan-dikenal": 35})
	for _, f := range report.Details {
		villages[codes[f.Record-1]] = true
	}
	if len(villages) != 19 {
		t.Errorf("in %d villages", len(villages))
	}
}

// TestPublishedStationsAgainstRegister: of the presidential results of five
// regions 62 stations are not in the register, all of them in Papua.
func TestPublishedStationsAgainstRegister(t *testing.T) {
	d, opt := beside(t, "sirekap/hasil-tps", "referensi/register-tps", publishedRecords(t, "tps_register/kpu_tps_register_20240217.csv.gz"))
	for region, want := range map[string]int{"11-aceh": 0, "31-dki-jakarta": 0, "34-di-yogyakarta": 0, "91-papua": 62, "99-luar-negeri": 0} {
		report, err := d.Check(t.Context(), stations(t, d, region, false), opt)
		if err != nil || report.Errors > 0 || report.Notices["tps-terdaftar"] != want {
			t.Errorf("%s: got %v, %v, want %d", region, report.Notices, err, want)
		}
	}
}

// stations reads the presidential results of a region, with the numbers or
// without.
func stations(t *testing.T, d *schema.Definition, region string, numbers bool) schema.Source {
	t.Helper()
	file := shared.Path(t, "data", "sirekap2024", "ppwp_tps_"+region+".csv.gz")
	columns, ignore := `"kode_tps": {"to": "/kode_tps", "type": "string"}`, others(t, file, "kode_tps")
	if numbers {
		for i, id := range []string{"100025", "100026", "100027"} {
			name := fmt.Sprint("paslon_", i+1)
			columns += `, "` + name + `": {"to": "/chart/` + id + `", "type": "integer"}`
			ignore = strings.Replace(ignore, `"`+name+`", `, "", 1)
		}
	}
	m, err := schema.ParseMapping([]byte(`{"dataset": "sirekap/hasil-tps", "columns": {` + columns + `},
		"constants": {"/pemilu": "ppwp", "/tanggal_pemungutan": "2024-02-14"}, "ignore": ` + ignore + `}`))
	if err != nil {
		t.Fatal(err)
	}
	src, err := schema.CSV(bytes.NewReader(content(t, "sirekap2024", filepath.Base(file))), m, d)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// districtsBesideOthers: every area of the 2,710 districts is known, and so is
// the district of every candidate for DPR and the councils of provinces.
func districtsBesideOthers(t *testing.T, all []*sidapil.Dapil) {
	d, opt := beside(t, "sidapil/dapil", "referensi/wilayah", allAreas(t))
	report := expect(t, d, opt, schema.NDJSON(lines(t, all)), map[string]int{})
	if len(report.NotJudged) > 0 {
		t.Errorf("not judged: %v", report.NotJudged)
	}
	d, opt = beside(t, "silon/calon", "sidapil/dapil", lines(t, all))
	expect(t, d, opt, publishedFile(t, d, "dct2024/dct_dpr.csv.gz"), map[string]int{})
	expect(t, d, opt, publishedFile(t, d, "dct2024/dct_dprdprov.csv.gz"), map[string]int{"nomor-urut-berlubang": 14})
}

// partsOfGovernors checks the areas of the governors' election against one
// another: 37 provinces and their regencies and cities are the sums of their
// parts, and districts have none in these files.
func partsOfGovernors(t *testing.T, all []sirekap.Rekapitulasi) {
	d, opt := beside(t, "sirekap/rekapitulasi", "sirekap/rekapitulasi", lines(t, all))
	report := expect(t, d, opt, schema.NDJSON(lines(t, all)), map[string]int{})
	lowest, votes := 0, 0
	for i := range all {
		if all[i].Tingkat == "kec" {
			lowest++
			continue
		}
		chart := all[i].Chart.Or(nil)
		for id, v := range chart { // one vote more for every pair of the others
			if v.Jumlah.Or(0) > 0 {
				votes++
				chart[id] = sirekap.Suara{Jumlah: record.Of(v.Jumlah.Or(0) + 1)}
				break
			}
		}
	}
	for _, n := range report.NotJudged {
		if n.Rule == "bagian-lengkap" && (n.Missing != schema.MissingParts || n.Records != lowest) {
			t.Errorf("not judged: %v, want %d districts", n, lowest)
		}
	}
	if votes < 400 {
		t.Errorf("only %d areas with votes and parts", votes)
	}
	// In 9208 one part came in without votes, so nobody can say what the sum is.
	expect(t, d, opt, schema.NDJSON(lines(t, all)), map[string]int{"bagian-calon": votes - 1, "bagian-suara": votes - 1})
}

// TestRecapitulationOfStations makes recapitulations of published stations with
// a program of its own, and checks them against those stations: nothing is
// found in what is right; of one vote more in every area, and of a candidate who
// is left out, what can be found is found, and an area of which one station has no
// numbers is not among it.
func TestRecapitulationOfStations(t *testing.T) {
	of, err := election.Registry().Latest("sirekap/hasil-tps")
	if err != nil {
		t.Fatal(err)
	}
	level := map[int]string{10: "kel", 6: "kec", 4: "kab", 2: "prov", 0: "nasional"}
	areas := map[string]*sirekap.Rekapitulasi{}
	unknown := map[string]bool{} // a station there has no votes
	var in bytes.Buffer
	for line := range recordsIn(t, stations(t, of, "34-di-yogyakarta", true)) {
		in.Write(line)
		var b sirekap.HasilTPS
		if err := record.Decode(line, &b); err != nil {
			t.Fatal(err)
		}
		for n, level := range level {
			code := b.KodeTPS[:n]
			a := areas[code]
			if a == nil {
				a = &sirekap.Rekapitulasi{Pemilu: "ppwp", TanggalPemungutan: "2024-02-14", Tingkat: level, Chart: record.Of(record.Numbered[sirekap.Suara]{})}
				if code != "" {
					a.KodeWilayah = record.Of(code)
				}
				areas[code] = a
			}
			came := a.Progres.Or(sirekap.RekapitulasiProgres{}).Progres.Or(0) + 1
			a.Progres = record.Of(sirekap.RekapitulasiProgres{Total: record.Of(came), Progres: record.Of(came)})
			for id, votes := range b.Chart.Or(nil) {
				v, ok := votes.Jumlah.Get()
				unknown[code] = unknown[code] || !ok
				a.Chart.Or(nil)[id] = sirekap.Suara{Jumlah: record.Of(a.Chart.Or(nil)[id].Jumlah.Or(0) + v)}
			}
		}
	}
	if len(areas) != 523 || len(unknown) != 523 {
		t.Fatalf("%d areas", len(areas))
	}
	d, opt := beside(t, "sirekap/rekapitulasi", "sirekap/hasil-tps", &in)
	all := slices.Collect(maps.Values(areas))
	report := expect(t, d, opt, schema.NDJSON(lines(t, all)), map[string]int{})
	lacking := 0
	for code := range areas {
		if unknown[code] {
			lacking++
		}
	}
	said := map[string]int{}
	for _, n := range report.NotJudged {
		if n.Missing == schema.MissingParts {
			said[n.Rule] = n.Records
		} else if n.Missing != schema.MissingDataset {
			t.Errorf("not judged: %v", n)
		}
	}
	if !maps.Equal(said, map[string]int{"tps-calon": lacking, "tps-suara": lacking}) {
		t.Errorf("of %d areas with a station without numbers is said: %v", lacking, said)
	}
	known, chosen := 0, 0
	for code, a := range areas {
		votes := a.Chart.Or(nil)["100026"].Jumlah.Or(0)
		a.Chart.Or(nil)["100026"] = sirekap.Suara{Jumlah: record.Of(votes + 1)}
		if !unknown[code] {
			known++
			if votes > 0 {
				chosen++
			}
		}
	}
	if known < 50 {
		t.Errorf("only %d areas have all their numbers", known)
	}
	report = expect(t, d, opt, schema.NDJSON(lines(t, all)), map[string]int{"tps-calon": known, "tps-suara": known})
	if f := report.Details[0]; f.Pointer != "/chart/*" || f.Inputs[0].Value != f.Inputs[1].Value+1 {
		t.Errorf("got %+v", f)
	}
	for _, a := range areas { // what is left out has no number of its own
		delete(a.Chart.Or(nil), "100026")
	}
	expect(t, d, opt, schema.NDJSON(lines(t, all)), map[string]int{"tps-suara": chosen})
	areas[""].Progres = record.Field[sirekap.RekapitulasiProgres]{} // nobody says of how many stations
	expect(t, d, opt, schema.NDJSON(lines(t, []*sirekap.Rekapitulasi{areas[""]})), map[string]int{"tps-lengkap": 1})
}
