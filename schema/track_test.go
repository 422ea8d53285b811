package schema

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// roads gives a machine that has seen nothing but knows one pattern.
func roads(pattern string) (*machine, *matcher, *regexp.Regexp) {
	work := maxWork
	re := regexp.MustCompile(pattern)
	return &machine{tracks: make([]tracks, 1)}, newMatcher(re, &work), re
}

// TestTracks: which texts have a way, how many pairs it has, and that no text goes it
// that the pattern does not take: at every place and byte, and for all pairs.
func TestTracks(t *testing.T) {
	const hour = `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?(Z|[+-][0-9]{2}:[0-9]{2})?)?$`
	for _, c := range []struct {
		pattern, sound string
		whole, clean   bool
		pairs          int
	}{
		{"^[0-9]{16}$", "3201010101010001", true, false, 0},
		{"^[0-9]{2}[0-9A-Z]{2}[0-9]{9}$", "99AA010001001", true, false, 0},
		{"^[A-Za-z]{3}$", "aZx", true, true, 0},
		{"^[0-9A-Za-z]$", "a", true, true, 0}, // three ranges, of which two are kept
		{"^[0-9]{4}([0-9]{2})?$", "1234", true, true, 0},
		{"^[0-9]{4}([0-9]{2})?$", "123456", true, true, 0},
		{"^[0-9]+$", "1234567", true, true, 0},
		{"^[0-9]{64}$", strings.Repeat("8", 64), true, false, 0},
		{"^ab", "ab", true, true, 0},
		{"^ab", "abc\x00\"", false, false, 0}, // whatever follows
		{`^ab\b`, "ab cd", false, false, 0},
		{"^a$|^b$", "a", true, true, 0},
		{"^ac$|^bd$", "ac", true, true, 0},
		{"^$", "", true, true, 0},
		{hour, "2024-02-14", true, true, 2},
		{hour, "2024-12-31T23:59:59Z", true, true, 3},
		{hour, "2024-12-31 23:59+07:00", true, true, 3},
		{hour, "0812-12-31 23:59:59", true, false, 3},
		{"^[0-9]{6}(0[1-9]|[12][0-9]|3[01]|4[1-9]|[56][0-9]|7[01])(0[1-9]|1[0-2])[0-9]{2}", "3201015502800001", false, false, 2},
		{"^(1[1-9]|21|3[1-6])", "3201015502800001", false, false, 1},
		{`^(a.|b[0-9])"?$`, "a1", true, true, 1}, // both, at most
		{`(?i)^\s*M\s*\.\s*HH\s*-\s*[0-9]{1,3}$`, "M.HH-12", true, true, 0},
	} {
		_, p, re := roads(c.pattern)
		w := &track{}
		if w.lead([]byte(c.sound), []*matcher{p}); w.whole != c.whole || len(w.pairs) != c.pairs || w.whole && w.clean != c.clean || !w.holds([]byte(c.sound)) {
			t.Errorf("%s of %q: got %+v", c.pattern, c.sound, w)
			continue
		}
		see := func(text []byte) {
			if w.holds(text) && !re.Match(text) {
				t.Fatalf("%s: %q goes the way of %q", c.pattern, text, c.sound)
			}
			if w.clean && w.holds(text) && leak(text) != "" {
				t.Fatalf("%s: %q goes the way of %q, which is clean", c.pattern, text, c.sound)
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

// TestTracksOfNothing: texts that have none, because a JSON text would write them
// otherwise or bytes do not tell characters.
func TestTracksOfNothing(t *testing.T) {
	for pattern, text := range map[string]string{`^.*$`: "é", `^[a"]$`: `"`, `^a\\b$`: `a\b`, `^\s$`: "\n", `^[^a]$`: "\x1f"} {
		m, p, _ := roads(pattern)
		w := &track{}
		if w.lead([]byte(text), []*matcher{p}); w.whole || w.holds([]byte(text)) {
			t.Errorf("%s of %q: %+v", pattern, text, w)
		}
		for range 3 {
			if !m.matches(p, []byte(text)) {
				t.Errorf("%s of %q does not match", pattern, text)
			}
		}
	}
}

// TestTracksAreLearned: the first text of a length teaches its way, and another one
// takes its place when texts no longer go it; ever less often if that does not help.
func TestTracksAreLearned(t *testing.T) {
	m, p, _ := roads("^(aaa|b[bc]c)$")
	taught := 0
	for i := range 10_000 {
		before, was := m.tracks[0].last[3], link{}
		if before != nil {
			was = before.links[0]
		}
		if text := []string{"aaa", "bcc"}[i%2]; !m.matches(p, []byte(text)) {
			t.Fatal(text)
		}
		if after := m.tracks[0].last[3]; was != after.links[0] {
			taught++
		}
	}
	if taught < 3 || taught > 20 {
		t.Errorf("%d tracks were learned", taught)
	}
	if m.matches(p, []byte("aac")) || m.matches(p, []byte("aa")) || m.matches(p, []byte("aaaa")) {
		t.Error("what does not match went a way")
	}
}

// TestTracksAreClean: what the leak guard finds goes no clean way, be it that of a text
// with one digit changed.
func TestTracksAreClean(t *testing.T) {
	lead := func(text string) *track { // for all texts with digits and letters at the same places
		pattern := "^"
		for _, c := range []byte(text) {
			switch {
			case isDigit(c):
				pattern += "[0-9]"
			case isLetter(c):
				pattern += "[A-Za-z]"
			default:
				pattern += regexp.QuoteMeta(string(c))
			}
		}
		_, p, _ := roads(pattern + "$")
		w := &track{}
		w.lead([]byte(text), []*matcher{p})
		return w
	}
	took := 0
	for _, c := range leakCases {
		if c.want == "" || len(c.text) > maxTrack || strings.ContainsFunc(c.text, func(r rune) bool { return !plainByte(int(r)) }) {
			continue
		}
		for i := range c.text {
			text := []byte(c.text)
			if isDigit(text[i]) {
				text[i] = '0' + (text[i]-'0'+1)%10
			}
			w := lead(string(text))
			if !w.holds([]byte(c.text)) {
				continue
			}
			if took++; w.clean {
				t.Errorf("%q goes the clean way of %q", c.text, text)
			}
		}
	}
	if took < 500 {
		t.Errorf("only %d texts went a way", took)
	}
	for _, text := range []string{"2024-02-14 12:00:00", "2024-02-14T12:00:00+07:00", "TPS 12", "1-2", "123456789"} {
		if !lead(text).clean {
			t.Errorf("the way of %q is not clean", text)
		}
	}
}

// TestLeaksAreNotClean: of no text in which the leak guard finds something its own
// bytes, each for itself, say that there is nothing.
func TestLeaksAreNotClean(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	digits := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "01234567893217"[r.IntN(14)]
		}
		return string(b)
	}
	found := map[string]int{}
	for range 200_000 {
		gaps := []string{"", " ", ".", "-", "_", ")", ") ", "-(", " ("}
		text := digits(r.IntN(3)) + oneFrom(r, "", "x", ":", "KK ", "+")
		if r.IntN(2) == 0 {
			gap, nik := oneFrom(r, gaps[:5]...), fmt.Sprintf("%d%02d%02d%02d%02d%s", 31+r.IntN(6), 1+r.IntN(40), 1+r.IntN(40), 1+r.IntN(71), 1+r.IntN(12), digits(6))
			for _, size := range oneFrom(r, nikGroups[:]...) {
				text, nik = text+nik[:size]+gap, nik[size:]
			}
		} else {
			text += oneFrom(r, "0", "62", "+62", "62 ", "62(0)", "62 (0) ") + "8" + digits(2+r.IntN(3)) + oneFrom(r, gaps...) + digits(2+r.IntN(3)) + oneFrom(r, gaps...) + digits(2+r.IntN(3))
		}
		text += oneFrom(r, "", "", "x", ".jpg")
		ranges := make([][4]byte, len(text))
		for i, c := range []byte(text) {
			ranges[i] = [4]byte{c, c, c, c}
			if r.IntN(4) == 0 {
				ranges[i] = [4]byte{'x', 'z', c, c} // or another range
			}
		}
		if kind := leak([]byte(text)); kind != "" {
			if found[kind]++; clean(ranges) {
				t.Fatalf("%q is clean", text)
			}
		}
	}
	if found[leakNIK] < 10_000 || found[leakPhone] < 10_000 {
		t.Errorf("only %v were found", found)
	}
}
