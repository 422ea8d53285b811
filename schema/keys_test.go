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
