package schema

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

var patterns = []string{
	``, `^`, `$`, `^$`, `a`, `^a`, `a$`, `^a$`, `^[0-9]{2}[0-9A-Z]{2}[0-9]{9}$`, `^-?((0|[1-9]|[1-8][0-9])(\.[0-9]+)?|90(\.0+)?)$`,
	`([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])$`, `(?i)^\s*M\s*\.\s*HH\s*-\s*[0-9]{1,3}$`, `\bab\b`, `a\B`, `^a|b$`, `(?m)^a$`, `(?s)a.b`, `a.b`,
	`(a|b)*abb`, `x*`, `(?i)k`, `é`, `[^a]`, `\z`, `\Aab`, `a{3,5}b?`, `(?:ab|a)(?:c|bcd)`, `(a*)*b`, `\pL`, `[[:alpha:]]+1`, `^(1[1-9]|21|3[1-6]|9[1-6])`,
	`(ab|c[0-9])$`, `[^a]b$`, `.{3}$`, `(?i)k1$`, `(a|bc)$`, `a(b|c)d$`, `(?m)ab$`, `(^a|b)c$`, `(?:\bab|cd)1$`, `(ab)?b$`, `(a1)b\z`,
	`x?[ab]{8,9}`, `ab.c$`, `b[^a]c$`, `(?i)aks$`, // of which the last characters may be more bytes
	`[^\x00-\x{10FFFF}]{8}`, `a|[^\x00-\x{10FFFF}]`, // no character
	`(^|[^0-9])[0-9]{16}([^0-9]|$)`, `[a-c]{9}1?`, `(a([01]{8}){2})|b`, `x([ab]{8})[0-9]{10,}`, `(?i)k{8}`, `é{8}`, `[a-é]{8}`,
	`(a|aa){20}$`, `.{100}`, `(?:a?){30}a{30}`, `[a-q][^u-z]{13}x`,
}

// TestAutomataAgreeWithRegexp on texts made of what patterns are made of.
func TestAutomataAgreeWithRegexp(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	letters := []string{"a", "b", "c", "d", "1", "9", "0", "A", "K", "M", "H", ".", "-", " ", "\n", "x", "é", "\u212a", "_", "\xff"}
	work := maxWork
	tables := 0
	for _, p := range patterns {
		re := regexp.MustCompile(p)
		m := newMatcher(re, &work)
		of := &machine{tracks: make([]tracks, 1)}
		if m.table != nil {
			tables++
		}
		for range 4000 {
			var b strings.Builder
			for range r.IntN(1 + r.IntN(40)) {
				k := r.IntN(len(letters))
				if r.IntN(3) > 0 {
					k = r.IntN(4)
				}
				b.WriteString(letters[k])
			}
			text := b.String()
			want := re.MatchString(text)
			if m.match([]byte(text)) != want || of.matches(m, []byte(text)) != want || of.matches(m, []byte(text)) != want {
				t.Fatalf("%q of %q: want %v", p, text, want)
			}
		}
	}
	if tables < len(patterns)-4 {
		t.Errorf("only %d of %d patterns became automata", tables, len(patterns))
	}
}

// TestTail: how much of a text's end decides alone.
func TestTail(t *testing.T) {
	for pattern, want := range map[string]int{
		`([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])$`: 4,
		`.a[bc](de|fg)\z`: 5, `(?i)k$`: 1,
		`^a$`: 0, `a|b$`: 0, `(^a|b)$`: 0, `\ba$`: 0, `ab*$`: 0, `(a|bc)$`: 0, `(?m)a$`: 0, `a`: 0, `$`: 0, `(a|)$`: 0,
	} {
		work := maxWork
		if got := newMatcher(regexp.MustCompile(pattern), &work).tail; got != want {
			t.Errorf("%s: %d, want %d", pattern, got, want)
		}
	}
}

// TestRun: which runs a pattern cannot do without, and which texts have them.
func TestRun(t *testing.T) {
	for pattern, want := range map[string]int{
		`(^|[^0-9])[0-9]{16}([^0-9]|$)`: 16, `[0-9]{8,}`: 8, `a([bc]{9})[0-9]{12}`: 12, `[0-9]{9}|a`: 0, `([0-9]{9})?`: 0, `[0-9]{7}`: 0,
		`^[0-9]{16}`: 0, `[0-9a-é]{9}`: 0, `[^0-9]{9}`: 0, `([0-9]{3}){9}`: 0, `[^\x00-\x{10FFFF}]{8}`: 0,
	} {
		work := maxWork
		if got := newMatcher(regexp.MustCompile(pattern), &work).run.size; got != want {
			t.Errorf("%s: %d, want %d", pattern, got, want)
		}
	}
	work := maxWork
	m := newMatcher(regexp.MustCompile(`x?[0-9]{8}`), &work)
	for before := range 20 {
		for size := range 20 {
			for behind := range 3 {
				text := strings.Repeat("a1", before) + strings.Repeat("b", before&1) + strings.Repeat("7", size) + strings.Repeat("c", behind)
				if got := m.run.in([]byte(text)); got != m.re.MatchString(text) {
					t.Fatalf("%q: %v", text, got)
				}
			}
		}
	}
}

// TestAutomataAreBounded: patterns that would need a large table, and too many
// of them, are left to package regexp.
func TestAutomataAreBounded(t *testing.T) {
	work := maxWork
	for _, p := range []string{`[ab]*a[ab]{12}`, `(x{1,30}){1,30}`, `(?:(?:a{1,9}){1,9}){1,9}`, `.{900}`} {
		m := newMatcher(regexp.MustCompile(p), &work)
		if m.table != nil {
			t.Errorf("%s has a table of %d states", p, len(m.table))
		}
	}
	none := 0
	if m := newMatcher(regexp.MustCompile(`^abc[0-9]{20}$`), &none); m.table != nil {
		t.Error("a pattern became an automaton without anything left to work with")
	}
}

// FuzzMatcher: a machine that has met one text says of another what package regexp
// says.
func FuzzMatcher(f *testing.F) {
	for _, p := range patterns {
		f.Add(p, "ab1 M.HH-1\n", "ab2 M.HH-1\n")
	}
	f.Add(`^[ -~]*$`, "1812 3456 789", "0812 3456 789")
	f.Add(`^(0[1-9]|1[0-2])-[0-9]{2}`, "01-22", "12-33")
	f.Fuzz(func(t *testing.T, pattern, first, second string) {
		if len(pattern) > 200 {
			return
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return
		}
		work := maxWork
		p, m := newMatcher(re, &work), &machine{tracks: make([]tracks, 1)}
		if w := (&track{}); len(first) <= maxTrack {
			w.lead([]byte(first), []*matcher{p})
			if len(first) == len(second) && w.holds([]byte(second)) && (!re.MatchString(second) || w.clean && leak([]byte(second)) != "") {
				t.Fatalf("%q of %q: %q goes the way of it", pattern, first, second)
			}
		}
		for _, text := range []string{first, second, first} {
			if got, want := m.matches(p, []byte(text)), re.MatchString(text); got != want {
				t.Fatalf("%q of %q: got %v, want %v", pattern, text, got, want)
			}
		}
	})
}
