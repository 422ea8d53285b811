package envelope_test

import (
	"os"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope/envelopetest"
)

// TestNothingIsUsedTwice seals the same records again and again. Whatever is to be
// random is another each time: id, seed (by its commitment), MAC, ephemeral key,
// wrapped key, iv, ciphertext and tag.
func TestNothingIsUsedTwice(t *testing.T) {
	n := 300
	if os.Getenv("SEGEL_LONG") == "1" {
		n = 100_000
	}
	seen := make(map[string]string, 8*n)
	once := func(what, value string) {
		if before, there := seen[value]; there {
			t.Fatalf("%s: the same as a %s before", what, before)
		}
		seen[value] = what
	}
	const frame = len("segel/1\n") + 2 + 4
	for range n {
		sealed, err := envelopetest.Seal([]byte("{\"n\":1}\n"), envelopetest.Sirekap(), envelopetest.Pengawasan())
		if err != nil {
			t.Fatal(err)
		}
		m := sealed.Manifest()
		once("id", m.ID)
		once("commit", m.Commit)
		once("mac", m.Content.MAC)
		for i, segment := range strings.Split(string(sealed.File()[frame:]), ".") {
			once([]string{"header", "wrapped key", "iv", "ciphertext", "tag"}[i], segment)
		}
	}
}
