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
		var out strings.Builder
		if err := run(t.Context(), &out, lang); err != nil {
			t.Fatalf("%s: %v\n%s", lang, err, out.String())
		}
		want, err := os.ReadFile("testdata/story." + lang + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if out.String() != string(want) {
			t.Errorf("%s: the story is another than testdata/story.%s.txt:\n%s", lang, lang, out.String())
		}
		// The fixtures hold synthetic NIKs; none is told.
		if strings.Contains(out.String(), "3174") {
			t.Errorf("%s: the story tells a NIK", lang)
		}
	}
}
