package schema

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// many are records with keys from 0 on, more than a check keeps in memory, of
// which some repeat.
func many(repeats map[int]int) string {
	var b strings.Builder
	for n := 1; n <= 130_000; n++ {
		k := n
		if of, is := repeats[n]; is {
			k = of
		}
		fmt.Fprintf(&b, "{\"k\":%d}\n", k)
	}
	return b.String()
}

// A key that stands twice is found at once and at its second place, however many
// records are between: within the memory, across its end, and behind it.
func TestKeysOfManyRecords(t *testing.T) {
	d := ruled(t, `0`, `{"=":["v",0]}`)
	repeats := map[int]int{5: 4, 98_400: 1, 120_000: 98_500, 129_999: 64_000, 130_000: 64_000}
	var refused []int
	report, err := d.Check(context.Background(), NDJSON(strings.NewReader(many(repeats))), CheckOptions{Each: func(n int, _ []byte, ok bool) error {
		if !ok {
			refused = append(refused, n)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{5, 98_400, 120_000, 129_999, 130_000}; !slices.Equal(refused, want) || report.Structure["structure/duplicate-key"] != len(want) || report.Errors != len(want) {
		t.Errorf("got %v, want %v; %v", refused, want, report.Structure)
	}
}

// Whether a key stands twice is not known if the temporary file fails: that is
// neither a sound file nor an unsound one. A file that needs none does without.
func TestNoTemporaryFile(t *testing.T) {
	for _, name := range []string{"TMPDIR", "TMP", "TEMP", "USERPROFILE"} {
		t.Setenv(name, filepath.Join(t.TempDir(), "none"))
	}
	d := ruled(t, `0`, `{"=":["v",0]}`)
	in := many(nil)
	_, err := d.Check(context.Background(), NDJSON(strings.NewReader(in)), CheckOptions{})
	if !isTemporary(err) {
		t.Fatalf("got %v", err)
	}
	if _, ok := errors.AsType[*fs.PathError](err); !ok {
		t.Errorf("the cause is lost: %v", err)
	}
	if strings.Contains(err.Error(), "none") {
		t.Errorf("the text names the folder: %v", err)
	}
	if _, err := d.Check(context.Background(), NDJSON(strings.NewReader(in[:len(in)/2])), CheckOptions{}); err != nil {
		t.Errorf("half as many: %v", err)
	}
}

func isTemporary(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Reason == ReasonTemporary && e.Record > 90_000
}

// No two lists of parts have one text, whatever stands in them.
func TestKeysTellPartsApart(t *testing.T) {
	type part struct {
		tag  byte
		text string
	}
	long := strings.Repeat("x", 256)
	seen := map[string]int{}
	for i, list := range [][]part{
		{}, {{'s', ""}}, {{'s', ""}, {'s', ""}}, {{'0', ""}}, {{'t', ""}}, {{'f', ""}}, {{'s', "1"}}, {{'n', "1"}},
		{{'s', "ab"}, {'s', "c"}}, {{'s', "a"}, {'s', "bc"}}, {{'s', "abc"}}, {{'s', ""}, {'s', "abc"}}, {{'s', "abc"}, {'s', ""}},
		{{'s', "a"}, {'s', "b"}}, {{'s', "as\x00\x00\x01b"}}, {{'s', "a"}, {'0', ""}}, {{'s', "a0\x00\x00\x00"}},
		{{'s', long}}, {{'s', long[:255]}}, {{'s', ""}, {'s', long}}, {{'s', long}, {'s', ""}},
		{{'s', strings.Repeat(long, 256)}}, {{'s', strings.Repeat(long, 256)[1:]}, {'s', "x"}}, {{'s', strings.Repeat(long, 4096)}},
	} {
		var text []byte
		for _, p := range list {
			text = keyPart(text, p.tag, []byte(p.text))
		}
		if other, is := seen[string(text)]; is {
			t.Errorf("lists %d and %d have one text", other, i)
		}
		seen[string(text)] = i
	}
}

// The halves of a key's hash are of two seeds: who finds two keys with one half has
// not found two with the other.
func TestHalvesOfAHash(t *testing.T) {
	s, other := newSeeds(), newSeeds()
	h := s.hash([]byte("a key"))
	if again := s.hash([]byte("a key")); again != h {
		t.Errorf("the same key has %x and %x", h, again)
	}
	for i, of := range map[string]uint64{"the other half": h[1], "the same half of another key": s.hash([]byte("another"))[0], "that of another check": other.hash([]byte("a key"))[0]} {
		if h[0] == of {
			t.Errorf("%s is the same", i)
		}
	}
	if h[1] == s.hash([]byte("another"))[1] || h[1] == other.hash([]byte("a key"))[1] {
		t.Error("the second half says too little")
	}
}
