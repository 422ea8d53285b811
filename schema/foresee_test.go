package schema

import (
	"fmt"
	"strings"
	"testing"
)

// TestTracksAreBounded: records that show every length at every place do not make a
// machine keep more than so many tracks. What it does not keep it still judges.
func TestTracksAreBounded(t *testing.T) {
	_, p, _ := roads("^[0-9]*$")
	m := &machine{tracks: make([]tracks, 100)}
	for id := range m.tracks {
		q := *p
		q.id = id
		for size := range maxTrack + 2 {
			for range 2 {
				if text := []byte(strings.Repeat("7", size)); !m.matches(&q, text) {
					t.Fatalf("%d digits do not match", size)
				}
				if text := []byte(strings.Repeat("7", size) + "x"); m.matches(&q, text) {
					t.Fatalf("%d digits and a letter match", size)
				}
			}
		}
	}
	kept := 0
	for i := range m.tracks {
		for _, w := range m.tracks[i].last {
			if w != nil {
				kept++
			}
		}
	}
	if kept != maxTracks {
		t.Errorf("%d tracks are kept", kept)
	}
}

// together is a definition with so many patterns at one place.
func together(t *testing.T, n int) *Definition {
	var rules, ids []string
	for i := range n {
		id := fmt.Sprintf("R%d", i)
		ids = append(ids, id)
		rules = append(rules, fmt.Sprintf(`{"id": "%s", "kind": "rule", "severity": "error", "require": {"match": ["/x", "^[a-z]{%d}"]}}`, id, i))
	}
	return defined(t, `{"segel": "definition/1", "id": "uji/pola", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/kode"], "sensitive": [], "values": {}, "rules": [`+strings.Join(rules, ",")+`],
  "schema": {"type": "object", "required": ["kode"], "properties": {"kode": {"type": "integer"}, "x": {"type": "string"}}}}`, ids...)
}

// TestForeseenPatterns: rules that ask for patterns of a place are foreseen together,
// unless there are many.
func TestForeseenPatterns(t *testing.T) {
	for n, habits := range []int{0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0} {
		d := together(t, n)
		if d.program.habits != habits {
			t.Errorf("%d patterns: %d habits", n, d.program.habits)
		}
		lines := make([]string, 40)
		for i := range lines {
			lines[i] = fmt.Sprintf(`{"kode":%d,"x":"%.*s%d"}`, i, i%12, "abcdefghijklm", i%2)
		}
		agree(t, d, CheckOptions{MaxDetails: 1000}, lines, "together")
	}
}

// TestForksAreBounded: forks are paid for from what may be spent on a definition, and
// there are none when that is spent.
func TestForksAreBounded(t *testing.T) {
	_, p, _ := roads("^(a[0-4]|b[5-9])$")
	work := 0
	if f := p.newFork(p.start, &work); f == nil || work > -8*len(f.set) {
		t.Errorf("fork %v for %d", f != nil, -work)
	}
	if p.newFork(p.start, &work) != nil {
		t.Error("a fork for nothing")
	}
}
