package election_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope/purpose"
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
	read := map[string]bool{"": true, "UU 7/2017 ps.344(2)": true, "UU 7/2017 ps.173(2)": true}
	for _, d := range election.Registry().All() {
		for _, r := range d.Rules() {
			if !read[r.Citation] {
				t.Errorf("%s %s cites %q, which is not on the list of what was read", d.Ref().ID, r.ID, r.Citation)
			}
		}
	}
}

// TestEveryDefinitionIsRegistered: a pair of files that Registry does not name
// would be dead weight in every binary.
func TestEveryDefinitionIsRegistered(t *testing.T) {
	files, err := filepath.Glob("*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2*len(election.Registry().All()) {
		t.Errorf("got %d files for %d definitions", len(files), len(election.Registry().All()))
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
