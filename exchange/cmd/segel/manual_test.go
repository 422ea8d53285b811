package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestManual: the agreement that the manual shows is the one to copy, and it is
// one.
func TestManual(t *testing.T) {
	path := filepath.Join("..", "..", "..", "examples", "agreement.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	shown := "//\t" + strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n//\t") + "\n"
	if !strings.Contains(string(manual), shown) {
		t.Errorf("the manual does not show %s as it is", path)
	}
	if stdout, _ := command(t, exitOK, "agreement", "show", path); !strings.Contains(stdout, "PKS-UJI") {
		t.Errorf("agreement show: %q", stdout)
	}
	for _, c := range (&app{}).root().Commands() {
		for _, sub := range append(c.Commands(), c) {
			line := strings.TrimPrefix(sub.CommandPath(), "segel ")
			if sub.Runnable() && !sub.HasSubCommands() && line != "help" && line != "completion" && !strings.Contains(string(manual), "//\t"+line) {
				t.Errorf("the manual does not have the command %s", line)
			}
		}
	}
}

// TestDetails: every detail that is translated is one that the packages below
// say, and numbers stay where they are.
func TestDetails(t *testing.T) {
	var source strings.Builder
	for _, dir := range []string{"envelope", "exchange"} {
		err := filepath.WalkDir(filepath.Join("..", "..", "..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "words.go" {
				return err
			}
			text, err := os.ReadFile(path)
			source.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	said := regexp.MustCompile(`%d|[0-9]+`).ReplaceAllString(source.String(), "#")
	for detail, id := range indonesian {
		if strings.Count(detail, "#") != strings.Count(id, "#") {
			t.Errorf("%q and %q hold another number of numbers", detail, id)
		}
		// What is put together from parts is found by its last one.
		last := detail[strings.LastIndex(detail, ": ")+1:]
		if !strings.Contains(said, strings.TrimSpace(last)+`"`) {
			t.Errorf("nothing says %q", detail)
		}
	}
	if got := inIndonesian("3 of 12 records"); got != "3 dari 12 rekaman" {
		t.Errorf("got %q", got)
	}
	if got := inIndonesian("rows.ndjson: 3 of 12 records"); got != "" {
		t.Errorf("an unknown detail became %q", got)
	}
}
