package form

import (
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
