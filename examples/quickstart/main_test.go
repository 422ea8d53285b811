package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStory tells the story in both languages and compares it with the one that
// people have read.
func TestStory(t *testing.T) {
	for _, lang := range []string{"id", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir()) // on Unix; elsewhere nobody looks whether something is left
			var out strings.Builder
			require.NoError(t, run(t.Context(), &out, lang), out.String())
			want, err := os.ReadFile("testdata/story." + lang + ".txt")
			require.NoError(t, err)
			require.Equal(t, string(want), out.String())
			left, err := os.ReadDir(os.Getenv("TMPDIR"))
			require.NoError(t, err)
			require.Empty(t, left, "the story cleans up")
			require.NotContains(t, out.String(), "3174", "the fixtures hold synthetic NIKs; none is told")
		})
	}
}
