package electiontest_test

import (
	"bytes"
	"context"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// defects says what each invalid file must be refused for: the id of the
// structure finding and its place.
var defects = map[string][2]string{
	"sirekap/hasil-tps/negative-count":                      {"structure/minimum", "/administrasi/suara_sah"},
	"sirekap/hasil-tps/fractional-count":                    {"structure/type", "/administrasi/suara_sah"},
	"sirekap/hasil-tps/count-as-text":                       {"structure/type", "/administrasi/suara_sah"},
	"sirekap/hasil-tps/missing-kode-tps":                    {"structure/required", "/kode_tps"},
	"sirekap/hasil-tps/kode-tps-12-digits":                  {"structure/pattern", "/kode_tps"},
	"sirekap/hasil-tps/kode-tps-lower-case":                 {"structure/pattern", "/kode_tps"},
	"sirekap/hasil-tps/wrong-election":                      {"structure/enum", "/pemilu"},
	"sirekap/hasil-tps/impossible-polling-date":             {"structure/format", "/tanggal_pemungutan"},
	"sirekap/hasil-tps/chart-is-a-list":                     {"structure/type", "/chart"},
	"sirekap/hasil-tps/two-records-of-one-box":              {"structure/duplicate-key", "/kode_tps"},
	"sirekap/hasil-tps/duplicate-member":                    {"structure/duplicate-member", "/administrasi/suara_sah"},
	"sirekap/hasil-tps/trailing-data":                       {"structure/trailing-data", ""},
	"sirekap/hasil-tps/not-utf8":                            {"structure/utf8", "/psu"},
	"sirekap/hasil-tps/lone-surrogate":                      {"structure/surrogate", "/psu"},
	"sirekap/hasil-tps/count-beyond-2-to-the-53":            {"structure/number-range", "/administrasi/suara_sah"},
	"sirekap/hasil-tps/cut-off":                             {"structure/json", "/administrasi"},
	"sirekap/hasil-tps/not-an-object":                       {"structure/type", ""},
	"sirekap/hasil-tps/empty-line":                          {"structure/json", ""},
	"sirekap/hasil-tps/nested-too-deeply":                   {"structure/depth", "/*" + strings.Repeat("/*", 32)},
	"sipol/kepengurusan/nik-15-digits":                      {"structure/pattern", "/pengurus/1/nik"},
	"sipol/kepengurusan/nik-as-number":                      {"structure/type", "/pengurus/1/nik"},
	"sipol/kepengurusan/nik-with-letter":                    {"structure/pattern", "/pengurus/1/nik"},
	"sipol/kepengurusan/unknown-level":                      {"structure/enum", "/tingkat"},
	"sipol/kepengurusan/province-board-without-area":        {"structure/type", "/kode_wilayah"},
	"sipol/kepengurusan/central-board-with-area":            {"structure/type", "/kode_wilayah"},
	"sipol/kepengurusan/area-of-another-level":              {"structure/max-length", "/kode_wilayah"},
	"sipol/kepengurusan/no-officers":                        {"structure/min-items", "/pengurus"},
	"sipol/kepengurusan/officer-without-name":               {"structure/required", "/pengurus/0/nama"},
	"sipol/kepengurusan/missing-decree":                     {"structure/required", "/nomor_sk"},
	"sipol/kepengurusan/decree-date-in-words":               {"structure/format", "/tanggal_sk"},
	"sipol/kepengurusan/unknown-gender":                     {"structure/enum", "/pengurus/0/jenis_kelamin"},
	"sipol/kepengurusan/same-board-twice":                   {"structure/duplicate-key", "/nomor_sk"},
	"ahu/badan-hukum/missing-name":                          {"structure/required", "/nama"},
	"ahu/badan-hukum/empty-name":                            {"structure/min-length", "/nama"},
	"ahu/badan-hukum/party-code-with-letter":                {"structure/pattern", "/kode_partai"},
	"ahu/badan-hukum/decree-date-with-time":                 {"structure/format", "/tanggal_sk"},
	"ahu/badan-hukum/decree-number-as-number":               {"structure/type", "/nomor_sk"},
	"ahu/badan-hukum/gazette-as-text":                       {"structure/type", "/berita_negara"},
	"ahu/badan-hukum/gazette-year-as-text":                  {"structure/type", "/berita_negara/tahun"},
	"ahu/badan-hukum/same-decree-twice":                     {"structure/duplicate-key", "/tanggal_sk"},
	"ahu/badan-hukum/statutes-date-in-words":                {"structure/format", "/perubahan_ad_art/tanggal_sk"},
	"ahu/permintaan-status/missing-name":                    {"structure/required", "/nama"},
	"ahu/permintaan-status/empty-name":                      {"structure/min-length", "/nama"},
	"ahu/permintaan-status/names-in-a-list":                 {"structure/type", "/nama"},
	"ahu/permintaan-status/decree-number-as-number":         {"structure/type", "/nomor_sk"},
	"ahu/permintaan-status/empty-decree-number":             {"structure/min-length", "/nomor_sk"},
	"ahu/permintaan-status/decree-date-in-words":            {"structure/format", "/tanggal_sk"},
	"ahu/permintaan-status/party-code-as-number":            {"structure/type", "/kode_partai"},
	"ahu/permintaan-status/same-question-twice":             {"structure/duplicate-key", "/nomor_sk"},
	"kominfo/jaringan-tps/survey-at-25-hours":               {"structure/any-of", "/surveyed_at"},
	"kominfo/jaringan-tps/latitude-beyond-the-pole-as-text": {"structure/any-of", "/lat"},
	"kominfo/jaringan-tps/longitude-beyond-180-as-text":     {"structure/any-of", "/lon"},
	"kominfo/jaringan-tps/latitude-beyond-the-pole":         {"structure/any-of", "/lat"},
	"kominfo/jaringan-tps/longitude-beyond-180":             {"structure/any-of", "/lon"},
	"kominfo/jaringan-tps/coordinate-with-comma":            {"structure/any-of", "/lat"},
	"kominfo/jaringan-tps/coordinate-as-list":               {"structure/any-of", "/lat"},
	"kominfo/jaringan-tps/missing-kode-tps":                 {"structure/required", "/kode_tps"},
	"kominfo/jaringan-tps/negative-accuracy":                {"structure/minimum", "/accuracy_m"},
	"kominfo/jaringan-tps/technology-as-text":               {"structure/type", "/teknologi"},
	"kominfo/jaringan-tps/survey-date-with-slashes":         {"structure/any-of", "/surveyed_at"},
	"kominfo/jaringan-tps/same-station-twice":               {"structure/duplicate-key", "/kode_tps"},
}

func TestFixtures(t *testing.T) {
	registry := election.Registry()
	seen := map[string]map[string]int{} // dataset, sort: files
	tested := map[string]bool{}         // rules that some file breaks
	names := 0
	err := fs.WalkDir(electiontest.FS(), ".", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		dir, base := path.Split(file)
		sort := path.Base(dir)
		dataset := path.Dir(path.Clean(dir))
		name := strings.TrimSuffix(base, ".ndjson")
		if seen[dataset] == nil {
			seen[dataset] = map[string]int{}
		}
		seen[dataset][sort]++
		t.Run(strings.TrimSuffix(file, ".ndjson"), func(t *testing.T) {
			report := check(t, registry, dataset, file)
			rules := append(slices.Collect(maps.Keys(report.ByRule)), slices.Collect(maps.Keys(report.Notices))...)
			slices.Sort(rules)
			switch sort {
			case "valid":
				if report.Errors != 0 || len(rules) != 0 {
					t.Errorf("got %v %v, want nothing", report.Structure, rules)
				}
			case "finding":
				want := strings.Split(name, "+")
				slices.Sort(want)
				if report.Errors != 0 || !slices.Equal(rules, want) {
					t.Errorf("got %v %v, want %v", report.Structure, rules, want)
				}
				for _, r := range rules {
					tested[dataset+" "+r] = true
				}
			case "invalid":
				names++
				want, ok := defects[dataset+"/"+name]
				if !ok {
					t.Fatal("no expected defect: extend the table")
				}
				if len(report.Details) != 1 || report.Errors != 1 {
					t.Fatalf("got %d findings in %d records, want one fault: %+v", len(report.Details), report.Errors, report.Details)
				}
				if f := report.Details[0]; f.Rule != want[0] || f.Pointer != want[1] {
					t.Errorf("got %s at %q, want %s at %q", f.Rule, f.Pointer, want[0], want[1])
				}
			default:
				t.Errorf("unknown sort %q", sort)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if names != len(defects) {
		t.Errorf("the table has %d defects, the tree %d invalid files", len(defects), names)
	}
	for _, d := range registry.All() {
		n := seen[d.Ref().ID]
		if n["valid"] < 3 || n["invalid"] < 6 {
			t.Errorf("%s: %d valid and %d invalid files, want at least 3 and 6", d.Ref().ID, n["valid"], n["invalid"])
		}
		for _, r := range d.Rules() {
			if !tested[d.Ref().ID+" "+r.ID] {
				t.Errorf("%s: no file breaks %s", d.Ref().ID, r.ID)
			}
		}
	}
}

func check(t *testing.T, registry *schema.Registry, dataset, file string) *schema.Report {
	t.Helper()
	d, err := registry.Latest(dataset)
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(electiontest.FS(), file)
	if err != nil {
		t.Fatal(err)
	}
	report, err := d.Check(context.Background(), schema.NDJSON(bytes.NewReader(data)), schema.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}
