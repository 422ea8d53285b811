package form

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestForms(t *testing.T) {
	a := func(n int) string { return strings.Repeat("a", n) }
	for _, c := range []struct {
		name string
		form func(string) bool
		good []string
		bad  []string
	}{
		{"party", Party,
			[]string{"a/b", "kpu/sirekap", "kpu-2/x-9", a(32) + "/" + a(32)},
			[]string{"kpu", "/a", "a/", "a/b/c", "Kpu/a", "1a/b", "-a/b", "a_b/c", "kpu/sirekap ", "ké/a", a(33) + "/a", "a/" + a(33)}},
		{"dataset", Dataset,
			[]string{"a/b", "sirekap/hasil-tps", a(32) + "/" + a(64)},
			[]string{"sirekap", "a/b/c", "a/B", "a/1b", a(33) + "/a", "a/" + a(65)}},
		{"version", Version,
			[]string{"0.0.0", "1.0.0", "1.10.2", "999999.999999.999999"},
			[]string{"1", "1.0", "1.0.0.0", "01.0.0", "1.00.0", "v1.0.0", "1.0.-1", "1.0.1000000", "1.0.0-rc1"}},
		{"agreement", Agreement,
			[]string{"1", "PKS-2024-07", "PKS/12.3_a", a(128)},
			[]string{"-1", ".a", "PKS 1", "a:b", a(129)}},
		{"id", ID,
			[]string{"0190163d-8694-739b-aea5-966c26f8ad90", "00000000-0000-7000-8000-000000000000", "ffffffff-ffff-7fff-bfff-ffffffffffff"},
			[]string{"0190163D-8694-739b-aea5-966c26f8ad90", "0190163d-8694-439b-aea5-966c26f8ad90", "0190163d-8694-739b-cea5-966c26f8ad90",
				"0190163d8694739baea5966c26f8ad90", "{0190163d-8694-739b-aea5-966c26f8ad90}", "urn:uuid:0190163d-8694-739b-aea5-966c26f8ad90"}},
		{"digest", Digest,
			[]string{strings.Repeat("A", 43), "eC8tYXufuFWc28Rk_yJVKOiqUucFBLjLIAgIdIJ0-g8"},
			[]string{strings.Repeat("A", 42), strings.Repeat("A", 44), strings.Repeat("A", 42) + "B", strings.Repeat("A", 42) + "+", strings.Repeat("A", 43) + "="}},
		{"date", Date,
			[]string{"2024-02-29", "0001-01-01", "9999-12-31"},
			[]string{"2023-02-29", "2024-2-9", "24-02-29", "2024-02-29T00:00:00Z", "29-02-2024", "2024/02/29", "02024-02-29"}},
	} {
		for _, s := range c.good {
			if !c.form(s) {
				t.Errorf("%s: %q is refused", c.name, s)
			}
		}
		for _, s := range append(c.bad, "", " ", "*", c.good[0]+"\n", "\n"+c.good[0], c.good[0]+"\x00", "\ufeff"+c.good[0]) {
			if c.form(s) {
				t.Errorf("%s: %q is accepted", c.name, s)
			}
		}
	}
}

// The forms as regular expressions: what is written by hand takes the same texts.
var asExpressions = []struct {
	form func(string) bool
	*regexp.Regexp
}{
	{Party, regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}/[a-z][a-z0-9-]{0,31}$`)},
	{Dataset, regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}/[a-z][a-z0-9-]{0,63}$`)},
	{Agreement, regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$`)},
	{ID, regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)},
}

func same(t *testing.T, s string) {
	t.Helper()
	for i, c := range asExpressions {
		if got := c.form(s); got != c.MatchString(s) {
			t.Errorf("form %d: %q: got %v", i, s, got)
		}
	}
}

// The bytes at the edges of what may stand somewhere, in every place of texts, some
// of which are as long as they may be.
func TestByHandIsAsByExpression(t *testing.T) {
	for _, text := range []string{
		"a/b", "kpu-2/sirekap-9", strings.Repeat("z", 32) + "/" + strings.Repeat("a", 32), strings.Repeat("z", 32) + "/" + strings.Repeat("a", 64),
		strings.Repeat("Z", 128), "0190163d-8694-739b-aea5-966c26f8ad90",
	} {
		for i := range len(text) {
			for _, c := range []string{"\x00", "\n", " ", "+", "-", ".", "/", "0", "7", "8", "9", ":", "@", "A", "Z", "[", "^", "_", "`", "a", "b", "c", "f", "g", "z", "{", "\x7f", "\x80", "\xff", "é"} {
				same(t, text[:i]+c+text[i+1:])
				same(t, text[:i]+c+text[i:])
			}
			same(t, text[:i]+text[i+1:])
		}
	}
}

func FuzzByHandIsAsByExpression(f *testing.F) {
	f.Add("kpu/sirekap")
	f.Add("PKS-2024-07")
	f.Add("0190163d-8694-739b-aea5-966c26f8ad90")
	f.Fuzz(same)
}

// TestIDsAreThoseOfTheLibrary: what makes our ids makes them in this form.
func TestIDsAreThoseOfTheLibrary(t *testing.T) {
	for range 100 {
		id, err := uuid.NewV7()
		if err != nil || !ID(id.String()) {
			t.Fatalf("%s, %v", id, err)
		}
	}
	if ID(uuid.NewString()) {
		t.Error("a UUID of version 4 is accepted")
	}
}

func TestUnique(t *testing.T) {
	for _, c := range []struct {
		list []string
		want bool
	}{{nil, true}, {[]string{"a"}, true}, {[]string{"a", "b"}, true}, {[]string{"a", "b", "a"}, false}, {[]string{"", ""}, false}} {
		if got := Unique(c.list); got != c.want {
			t.Errorf("%q: got %v, want %v", c.list, got, c.want)
		}
	}
}
