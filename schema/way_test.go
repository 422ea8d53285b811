package schema

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// roads gives a machine that has seen nothing but knows one pattern.
func roads(pattern string) (*machine, *matcher, *regexp.Regexp) {
	work := maxWork
	re := regexp.MustCompile(pattern)
	return &machine{ways: make([]ways, 1)}, newMatcher(re, &work), re
}

// TestWays: which texts have a way, how many pairs it has, and that no text goes it
// that the pattern does not take: at every place and byte, and for all pairs.
func TestWays(t *testing.T) {
	const hour = `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-][0-9]{2}:[0-9]{2})?)?$`
	for _, c := range []struct {
		pattern, sound string
		whole          bool
		pairs, digits  int
	}{
		{"^[0-9]{16}$", "3201010101010001", true, 0, 16},
		{"^[0-9]{2}[0-9A-Z]{2}[0-9]{9}$", "99AA010001001", true, 0, 13},
		{"^[A-Za-z]{3}$", "aZx", true, 0, 0},
		{"^[0-9A-Za-z]$", "a", true, 0, 0}, // three ranges, of which two are kept
		{"^[0-9]{4}([0-9]{2})?$", "1234", true, 0, 4},
		{"^[0-9]{4}([0-9]{2})?$", "123456", true, 0, 6},
		{"^[0-9]+$", "1234567", true, 0, 7},
		{"^[0-9]{64}$", strings.Repeat("8", 64), true, 0, 64},
		{"^ab", "ab", true, 0, 0},
		{"^ab", "abc\x00\"", false, 0, 0}, // whatever follows
		{`^ab\b`, "ab cd", false, 0, 0},
		{"^a$|^b$", "a", true, 0, 0},
		{"^ac$|^bd$", "ac", true, 0, 0},
		{"^$", "", true, 0, 0},
		{hour, "2024-02-14", true, 2, 8},
		{hour, "2024-12-31T23:59:59Z", true, 3, 14},
		{hour, "2024-12-31 23:59+07:00", true, 3, 16},
		{"^[0-9]{6}(0[1-9]|[12][0-9]|3[01]|4[1-9]|[56][0-9]|7[01])(0[1-9]|1[0-2])[0-9]{2}", "3201015502800001", false, 2, 0},
		{"^(1[1-9]|21|3[1-6])", "3201015502800001", false, 1, 0},
		{`^(a.|b[0-9])"?$`, "a1", true, 1, 2}, // both, at most
		{`(?i)^\s*M\s*\.\s*HH\s*-\s*[0-9]{1,3}$`, "M.HH-12", true, 0, 2},
	} {
		_, p, re := roads(c.pattern)
		w := p.way([]byte(c.sound), nil)
		if w == nil || w.whole != c.whole || len(w.pairs) != c.pairs || w.whole && w.digits != c.digits || !w.holds([]byte(c.sound)) {
			t.Errorf("%s of %q: got %+v", c.pattern, c.sound, w)
			continue
		}
		see := func(text []byte) {
			if w.holds(text) && !re.Match(text) {
				t.Fatalf("%s: %q goes the way of %q", c.pattern, text, c.sound)
			}
			if w.whole && w.holds(text) && slices.ContainsFunc(text, func(b byte) bool { return !plainByte(int(b)) }) {
				t.Fatalf("%s: %q goes the way of %q", c.pattern, text, c.sound)
			}
		}
		for i := range c.sound {
			for b := range 256 {
				text := []byte(c.sound)
				text[i] = byte(b)
				see(text)
				if i == 0 {
					continue
				}
				for _, other := range "0123459aZ \"\\:\x80\xff" {
					text[i-1] = byte(other)
					see(text)
				}
			}
		}
	}
}

// TestWaysOfNothing: texts that have none, because a JSON text would write them
// otherwise or bytes do not tell characters.
func TestWaysOfNothing(t *testing.T) {
	for pattern, text := range map[string]string{`^.*$`: "é", `^[a"]$`: `"`, `^a\\b$`: `a\b`, `^\s$`: "\n", `^[^a]$`: "\x1f"} {
		m, p, _ := roads(pattern)
		if w := p.way([]byte(text), nil); w != nil {
			t.Errorf("%s of %q: %+v", pattern, text, w)
		}
		for range 3 {
			if !m.matches(p, []byte(text)) {
				t.Errorf("%s of %q does not match", pattern, text)
			}
		}
	}
}

// TestWaysAreLearned: the first text of a length teaches its way, and another one
// takes its place when texts no longer go it; ever less often if that does not help.
func TestWaysAreLearned(t *testing.T) {
	m, p, _ := roads("^(aaa|b[bc]c)$")
	taught := 0
	for i := range 10_000 {
		before, was := m.ways[0].last[3], link{}
		if before != nil {
			was = before.links[0]
		}
		if text := []string{"aaa", "bcc"}[i%2]; !m.matches(p, []byte(text)) {
			t.Fatal(text)
		}
		if after := m.ways[0].last[3]; was != after.links[0] {
			taught++
		}
	}
	if taught < 3 || taught > 20 {
		t.Errorf("%d ways were learned", taught)
	}
	if m.matches(p, []byte("aac")) || m.matches(p, []byte("aa")) || m.matches(p, []byte("aaaa")) {
		t.Error("what does not match went a way")
	}
}
