package memorandum

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheIndexIsWhole: every program among the examples stands in their README,
// every command and link there leads somewhere, and each pair of the memoranda
// has its story.
func TestTheIndexIsWhole(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	index := string(text)
	programs, err := filepath.Glob("../*/main.go")
	if err != nil || len(programs) < 10 {
		t.Fatalf("%d programs, %v", len(programs), err)
	}
	for _, program := range programs {
		name := filepath.Base(filepath.Dir(program))
		if !strings.Contains(index, "`go run ./examples/"+name+"`") && !strings.Contains(index, "]("+name+")") {
			t.Errorf("%s is not in the index", name)
		}
	}
	for _, name := range []string{"sipol-ahu", "silon-bawaslu", "sidapil-all", "sirekap-bawaslu", "tps-kominfo", "konten-bawaslu-kpu", "bssn-kpu", "dkpp-kpu", "lkpp-kpu"} {
		if !strings.Contains(index, "`go run ./examples/"+name+"`") {
			t.Errorf("no story %s", name)
		}
	}
	for _, opening := range []string{"`go run ./examples/", "]("} {
		for _, rest := range strings.Split(index, opening)[1:] {
			name := rest[:strings.IndexAny(rest, "`)")]
			if _, err := os.Stat(filepath.Join("..", name)); err != nil {
				t.Errorf("the index leads to %s: %v", name, err)
			}
		}
	}
}
