package main

import (
	"os"
	"strings"
	"testing"
)

// TestStory tells the story in both languages and compares it with the one that
// people have read.
func TestStory(t *testing.T) {
	for _, lang := range []string{"id", "en"} {
		t.Run(lang, func(t *testing.T) {
			var out strings.Builder
			if err := run(t.Context(), &out, lang); err != nil {
				t.Fatal(err, out.String())
			}
			want, err := os.ReadFile("testdata/story." + lang + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != string(want) {
				t.Errorf("got\n%s\nwant\n%s", out.String(), want)
			}
		})
	}
}
