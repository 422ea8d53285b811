package election_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// TestPurposesExist: a definition may only name purposes of the vocabulary.
func TestPurposesExist(t *testing.T) {
	at := time.Date(2024, 2, 14, 0, 0, 0, 0, time.UTC)
	for _, d := range election.Registry().All() {
		for _, code := range d.Purposes() {
			if _, err := purpose.Default().Lookup(code, at); err != nil {
				t.Errorf("%s: %s: %v", d.Ref().ID, code, err)
			}
		}
	}
}

// TestTextsAreTwoLanguages: no text is the same in both, and both use the same
// numbers.
func TestTextsAreTwoLanguages(t *testing.T) {
	number := regexp.MustCompile(`\{[^}]*\}`)
	for _, d := range election.Registry().All() {
		if d.Title().ID == d.Title().EN {
			t.Errorf("%s: one title for two languages", d.Ref().ID)
		}
		for _, r := range d.Rules() {
			if r.Text.ID == r.Text.EN {
				t.Errorf("%s %s: one text for two languages", d.Ref().ID, r.ID)
			}
			id, en := number.FindAllString(r.Text.ID, -1), number.FindAllString(r.Text.EN, -1)
			if strings.Join(id, " ") != strings.Join(en, " ") {
				t.Errorf("%s %s: numbers %v in Indonesian, %v in English", d.Ref().ID, r.ID, id, en)
			}
		}
	}
}

// TestCitationsAreVerified: a regulation is cited only if it was read.
func TestCitationsAreVerified(t *testing.T) {
	read := map[string]bool{
		"":                    true, // none was verified
		"UU 7/2017 ps.344(2)": true, "UU 7/2017 ps.173(2)": true,
		"BN 25/2018 ps.10-11": true, // by its gazette: the regulation's own number was not verified
		"PKPU 10/2023 ps.8":   true, "PKPU 10/2023 ps.8; MA 24 P/HUM/2023": true,
		"Permenkominfo 5/2020 ps.14(3)": true, // in the press
		"Per.BSSN 1/2024 ps.15":         true, "UU PDP ps.46": true,
		"UU 7/2017 ps.186 jo Perppu 1/2022": true,
		"Perbawaslu 7/2022 ps.8(3)":         true, "Perbawaslu 7/2022 ps.15": true,
	}
	for _, d := range election.Registry().All() {
		for _, r := range d.Rules() {
			if !read[r.Citation] {
				t.Errorf("%s %s cites %q, which is not on the list of what was read", d.Ref().ID, r.ID, r.Citation)
			}
		}
	}
}

// TestEveryFileIsRead: a definition is found by its texts, so one without them
// would be dead weight in every binary.
func TestEveryFileIsRead(t *testing.T) {
	files, err := filepath.Glob("*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2*len(election.Registry().All()) {
		t.Errorf("got %d files for %d definitions", len(files), len(election.Registry().All()))
	}
}

// TestFilesAreNamedAfterTheirDataset: the latest version of system/name stands
// in system/name.json, an earlier one in system/name@version.json.
func TestFilesAreNamedAfterTheirDataset(t *testing.T) {
	registry := election.Registry()
	for _, d := range registry.All() {
		file := d.Ref().ID
		if latest, err := registry.Latest(file); err != nil {
			t.Fatal(err)
		} else if latest.Ref() != d.Ref() {
			file += "@" + d.Ref().Version
		}
		norm, err := os.ReadFile(file + ".json")
		if err != nil {
			t.Error(err)
			continue
		}
		texts, err := os.ReadFile(file + ".texts.json")
		if err != nil {
			t.Error(err)
			continue
		}
		if same, err := schema.ParseDefinition(norm, texts); err != nil || same.Ref() != d.Ref() {
			t.Errorf("%s holds another definition than %s %s", file, d.Ref().ID, d.Ref().Version)
		}
	}
}

// TestMapsAreNamedAfterTheirDataset: what a mapping leads to is seen by every
// check that uses it; the oracle shows that it leads to the right places.
func TestMapsAreNamedAfterTheirDataset(t *testing.T) {
	files, err := filepath.Glob("../../examples/maps/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %v, %v", files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var m struct {
			Dataset string `json:"dataset"`
		}
		if err := json.Unmarshal(data, &m); err != nil {
			t.Fatal(err)
		}
		if want := strings.Replace(m.Dataset, "/", "-", 1) + ".json"; filepath.Base(file) != want {
			t.Errorf("%s is for %s: want the name %s", file, m.Dataset, want)
		}
		if _, err := election.Registry().Latest(m.Dataset); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestNoCarriageReturns: a checkout that converts line ends would give every
// definition another digest.
func TestNoCarriageReturns(t *testing.T) {
	files, err := filepath.Glob("*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %v, %v", files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(data), "\r") {
			t.Errorf("%s has carriage returns; see .gitattributes", file)
		}
	}
}

// TestBoundsOfRules checks the last case on either side of a bound that no
// published row happens to sit on.
func TestBoundsOfRules(t *testing.T) {
	registry := election.Registry()
	box := func(day string, voters int) string {
		return fmt.Sprintf(`{"kode_tps":"3199011001001","pemilu":"ppwp","tanggal_pemungutan":"%s","administrasi":{"pemilih_dpt_j":%d}}`, day, voters)
	}
	board := func(women, men int) string {
		officers := strings.Repeat(`{"jabatan":"Anggota","nama":"Contoh","jenis_kelamin":"P"},`, women) +
			strings.Repeat(`{"jabatan":"Anggota","nama":"Contoh","jenis_kelamin":"L"},`, men)
		return `{"kode_partai":"99","partai":"Partai Contoh","tingkat":"pusat","nomor_sk":"M.HH-1.AH.11.02 TAHUN 2022","tanggal_sk":"2022-01-02","pengurus":[` +
			strings.TrimSuffix(officers, ",") + `]}`
	}
	for _, c := range []struct {
		name, dataset, record, rule string
		broken                      bool
	}{
		{"300 voters", "sirekap/hasil-tps", box("2024-02-14", 300), "B4", false},
		{"301 voters", "sirekap/hasil-tps", box("2024-02-14", 301), "B4", true},
		{"301 voters on the first day", "sirekap/hasil-tps", box("2024-01-01", 301), "B4", true},
		{"301 voters before the first day", "sirekap/hasil-tps", box("2023-12-31", 301), "B4", false},
		{"301 voters on the last day", "sirekap/hasil-tps", box("2024-12-31", 301), "B4", true},
		{"301 voters after the last day", "sirekap/hasil-tps", box("2025-01-01", 301), "B4", false},
		{"3 women of 10", "sipol/kepengurusan", board(3, 7), "keterwakilan-perempuan", false},
		{"2 women of 10", "sipol/kepengurusan", board(2, 8), "keterwakilan-perempuan", true},
		{"4 women of 11", "sipol/kepengurusan", board(4, 7), "keterwakilan-perempuan", false},
		{"29 women of 100", "sipol/kepengurusan", board(29, 71), "keterwakilan-perempuan", true},
		{"30 women of 100", "sipol/kepengurusan", board(30, 70), "keterwakilan-perempuan", false},
		{"3 women of 11", "sipol/kepengurusan", board(3, 8), "keterwakilan-perempuan", true}, // 3.3, rounded up
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
			if got := report.ByRule[c.rule] == 1; got != c.broken {
				t.Errorf("%s: got %v, want %v", c.rule, got, c.broken)
			}
		})
	}
}

// TestLargestRecordsAreQuick: the largest board that the definition allows is
// checked, and a record that is made to cost much more is refused at once.
func TestLargestRecordsAreQuick(t *testing.T) {
	d, err := election.Registry().Latest("sipol/kepengurusan")
	if err != nil {
		t.Fatal(err)
	}
	const head = `{"kode_partai":"99","partai":"Partai Contoh","tingkat":"pusat","nomor_sk":"M.HH-1.AH.11.02 TAHUN 2022","tanggal_sk":"2022-01-02","pengurus":[`
	officer := `{"jabatan":"Anggota","nama":"Contoh","jenis_kelamin":"P","nik":"3174994101700001"},`
	for _, c := range []struct {
		name, officers string
		want           map[string]int
	}{
		{"2,000 officers", strings.Repeat(officer, 2000), map[string]int{}},
		{"2,001 officers", strings.Repeat(officer, 2001), map[string]int{"structure/max-items": 1}},
		{"a MiB of empty ones", strings.Repeat(`{},`, 340_000), map[string]int{"structure/size": 1}},
	} {
		report, err := d.Check(context.Background(), schema.NDJSON(strings.NewReader(head+strings.TrimSuffix(c.officers, ",")+`]}`)), schema.CheckOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(report.Structure, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, report.Structure, c.want)
		}
	}
}
