package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segel-id/segel/exchange/journal"
)

// TestStory tells the story in both languages, and with the crash at either
// place, and compares it with the one that people have read.
func TestStory(t *testing.T) {
	for _, lang := range []string{"id", "en"} {
		for _, powerFails := range []string{beforeReply, afterReply} {
			t.Run(lang+", "+powerFails, func(t *testing.T) {
				var out strings.Builder
				dir := t.TempDir()
				if err := run(t.Context(), &out, lang, dir, powerFails); err != nil {
					t.Fatal(err, out.String())
				}
				want, err := os.ReadFile("testdata/story." + lang + ".txt")
				if err != nil {
					t.Fatal(err)
				}
				if out.String() != string(want) {
					t.Errorf("got\n%s\nwant\n%s", out.String(), want)
				}
				for _, party := range []string{"kpu/sipol", "ahu/badan-hukum"} {
					if head, err := journal.Verify(filepath.Join(dir, filepath.FromSlash(party))); err != nil || head.Seq < 5 {
						t.Errorf("journal of %s: %d lines, %v", party, head.Seq, err)
					}
				}
			})
		}
	}
}

// TestWithoutACrash: the story is about a crash, and does not hold without one.
func TestWithoutACrash(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out, "en", t.TempDir(), ""); err == nil {
		t.Error("the story was told although nothing crashed")
	}
}
