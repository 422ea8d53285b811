package schema

import (
	"encoding/json"
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

// TestForeseenBytes: bytes ahead of what a pattern looks at, or behind it, may end a
// text, begin an escape or be half a character; so may any byte of a text of another
// length.
func TestForeseenBytes(t *testing.T) {
	for pattern, texts := range map[string][]string{
		`7$`:                     {`abc7`, `abd7`, `a\"7`, `a\\7`, `aé7`, `a\n7`, "a\t\t7", `","7`, `\"\"`, `abc8`, `é7`, "\xff\xff\xff7", `\u0037`, `abcdefgh7`, `abcdefg\"7`, `abcdeffé7`},
		`^ab`:                    {`abcd`, `abef`, `ab\"`, `ab\\`, `abé`, `ab\n`, "ab\t\t", "ab\xff\xff", `ab",`, `a\u0062`},
		`^a[a-z]*$`:              {``, `a`, `ab`, `abcdefg`, `abcdefgh`, `abcdefghi`, `aé`, `abcdef\"`, `abcdefg\n`, `b`, "a" + strings.Repeat("b", 63), "a" + strings.Repeat("b", 64)},
		`^(["\\a][a-z]|b[0-9])$`: {`ab`, `b7`, `"b`, `\b`, `\"b`, `\\b`, `a"`},
		`^(a.|b\\)$`:             {`ab`, `a7`, `a"`, `b\\`, `a\"`, `aé`, `a` + "\x7f"},
	} {
		quote, _ := json.Marshal(pattern)
		d := defined(t, `{"segel": "definition/1", "id": "uji/byte", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/n"], "sensitive": [], "values": {}, "rules": [{"id": "A", "kind": "rule", "severity": "error", "require": {"in": ["/x", "a\"7", "abc7", "ab", "aé"]}}],
  "schema": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}, "x": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": `+string(quote)+`}}}}`, "A")
		if d.program.habits != 1 {
			t.Errorf("%s: %d habits", pattern, d.program.habits)
		}
		// Every text behind every other one, and what stands behind it.
		var lines []string
		for _, first := range texts {
			for _, second := range texts {
				for _, end := range []string{`"}`, `"} `, `" }         `, `","y":"12345678"}`, `"`, ``} {
					for _, s := range []string{first, first, second} {
						lines = append(lines, fmt.Sprintf(`{"n":%d,"x":"%s%s`, len(lines), s, end))
						end = `"}`
					}
				}
			}
		}
		fast, slow, _ := verdicts(t, d, CheckOptions{MaxDetails: 1 << 20}, lines)
		if fast != slow {
			t.Errorf("%s: the engines differ", pattern)
		}
	}
}

// TestForeseenInGroups: what a text must not be, or need not be, is no way that others
// may go.
func TestForeseenInGroups(t *testing.T) {
	for _, schema := range []string{
		`{"not": {"pattern": "^[a-z]+$", "maxLength": 3}}`,
		`{"not": {"pattern": "^[a-z]+$", "minLength": 3}}`,
		`{"not": {"pattern": "^[a-z]+$", "type": "integer"}}`,
		`{"not": {"pattern": "^[a-z]+$", "const": "abc"}}`,
		`{"not": {"pattern": "^[a-z]+$", "format": "date"}}`,
		`{"not": {"pattern": "^[a-z]+$", "format": "date-time"}}`,
		`{"not": {"enum": ["ab", "abc"]}}`,
		`{"not": {"format": "date"}}`,
		`{"not": {"format": "uuid"}}`,
		`{"not": {"pattern": "^[a-c]+$", "maxLength": 2}, "if": {"pattern": "^[a-c]+$", "maxLength": 5}, "then": {}}`,
		`{"pattern": "^[a-z]+$", "not": {"pattern": "^[a-b]+$"}}`,
		`{"anyOf": [{"pattern": "^[a-b]+$"}, {"pattern": "^[c-d]+$"}]}`,
		`{"oneOf": [{"pattern": "^[a-c]+$"}, {"pattern": "^[b-d]+$"}]}`,
		`{"if": {"pattern": "^[a-b]+$"}, "else": {"maxLength": 2}}`,
		`{"pattern": "^[0-9-]+$", "format": "date"}`,
		`{"allOf": [{"pattern": "^[a-c]+$"}, {"pattern": "^[b-d]+$"}]}`,
	} {
		d := defined(t, `{"segel": "definition/1", "id": "uji/teks", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/n"], "sensitive": [], "values": {}, "rules": [{"id": "A", "kind": "rule", "severity": "error", "require": {"match": ["/x", "^[a-d]"]}}],
  "schema": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}, "x": `+schema+`}}}`, "A")
		texts := []string{"ab", "ba", "abc", "bbc", "abcd", "dcbab", "cd", "zz", "2024-02-14", "2024-02-30", "12345", ""}
		var lines []string
		for _, first := range texts {
			for _, second := range texts {
				for _, s := range []string{first, first, second} {
					lines = append(lines, fmt.Sprintf(`{"n":%d,"x":"%s","y":12345678}`, len(lines), s))
				}
			}
		}
		fast, slow, _ := verdicts(t, d, CheckOptions{MaxDetails: 1 << 20}, lines)
		if fast != slow {
			t.Errorf("%s: the engines differ", schema)
		}
	}
}

// TestForeseenTallies: of a place to which two pointers lead, what both ask for is
// foreseen, whatever else one of them leads to.
func TestForeseenTallies(t *testing.T) {
	for _, first := range []string{"#", "*"} {
		d := defined(t, `{"segel": "definition/1", "id": "uji/hitung", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/n"], "sensitive": [], "values": {}, "rules": [
    {"id": "A", "kind": "rule", "severity": "error", "require": {"match": ["/m/`+first+`", "^[ab]+$"]}},
    {"id": "B", "kind": "rule", "severity": "error", "require": {"match": ["/m/#", "^[a-c]{2}"]}},
    {"id": "C", "kind": "rule", "severity": "error", "require": {"match": ["/m/*", "b"]}}],
  "schema": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}, "m": {"type": "object", "additionalProperties": {"type": "string"}}}}}`, "A", "B", "C")
		texts := []string{"ab", "ba", "aa", "abc", "bb", "bz", "zb"}
		var lines []string
		for _, one := range texts {
			for _, other := range texts {
				for range 2 {
					lines = append(lines, fmt.Sprintf(`{"n":%d,"m":{"1":"%s","y":"%s"}}`, len(lines), one, other))
				}
			}
		}
		agree(t, d, CheckOptions{MaxDetails: 1 << 20}, lines, first)
	}
}
