package schema

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/shared"
)

// TestLearnedTracks: whatever a machine has learned from the records before, it says
// what the reference says. Definitions are made up, of patterns, lists of texts,
// lengths and rules that ask for several of them at one place; so are the records,
// of which a machine reads some hundred before the next definition's turn.
//
// SEGEL_SEED repeats a run; SEGEL_LONG=1 goes on for ten minutes, and needs
// -timeout 15m.
func TestLearnedTracks(t *testing.T) {
	seed := shared.Seed(t)
	limit := 1500 * time.Millisecond
	if shared.Long() {
		limit = 10 * time.Minute
	}
	var count struct{ definitions, learning, records, sound, findings int }
	for start := time.Now(); count.definitions < 10 || time.Since(start) < limit; count.definitions++ {
		g := &maker{r: rand.New(rand.NewPCG(seed, uint64(count.definitions))), at: map[string][]family{}, families: []family{{"", []string{"a", "b7"}}}}
		norm, ids := g.definition()
		d := defined(t, norm, ids...)
		if d.Engine() != "compiled" {
			t.Fatalf("%s\n%s", d.Engine(), norm)
		}
		if d.program.habits > 0 {
			count.learning++
		}
		g.learn(d)
		for range 3 { // the machine of the one before reads the next
			lines := make([]string, 50)
			for i := range lines {
				lines[i] = g.record(i)
			}
			where := fmt.Sprintf("SEGEL_SEED=%d, definition %d\n%s", seed, count.definitions, norm)
			report := agree(t, d, CheckOptions{MaxDetails: 1 << 20, AsOf: day(2024, 2, 14)}, lines, where)
			count.records += report.Records
			count.sound += report.Records - report.Errors
			count.findings += len(report.Details)
		}
	}
	t.Logf("%+v", count)
	if count.learning*2 < count.definitions || count.sound*4 < count.records || count.sound*20 > 19*count.records || count.findings*10 < count.records {
		t.Errorf("%+v show little", count)
	}
}

// maker makes a definition and records that mostly keep it.
type maker struct {
	r        *rand.Rand
	families []family            // of the definition
	at       map[string][]family // those that a place's schema asks for
	place    string              // whose schema is being made
	good     map[string][]string // texts that a place allows
	odd      bool                // whether the record may be a strange one
}

// family is a pattern or a list of texts, and texts that it allows.
type family struct {
	pattern string
	texts   []string
}

func oneFrom[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

var patternParts = []string{
	"a", "b", "7", "0", "-", "é", " ", "[0-9]", "[A-C]", "[a-f0-9]", "[^a]", ".", "[\\x00-\\x7f]", "(?s:.)", "\\b", "[0-9]{2}", "[0-9]{4}", "[0-9]{10}", "[0-9]{16}", "[A-Z]{3,8}",
	"(0[1-9]|1[0-2])", "(1[1-9]|21|3[1-6])", "([01][0-9]|2[0-3])", "(ab|ba)", "(a[0-5]|b[5-9])", "(aa|b[bc])", "08[0-9]", "62", "a*", "b?", "(?i:k)", "[\\x7e-\\x7f]", "\"", `\\`, "[^\\x00-\\x{10FFFF}]{0,8}", "$", "^",
}

// pattern makes one that some texts match.
func (g *maker) pattern() family {
	for {
		part := func() string {
			var b strings.Builder
			for range 1 + g.r.IntN(4) {
				b.WriteString(oneFrom(g.r, patternParts...))
			}
			return b.String()
		}
		p := part()
		switch g.r.IntN(10) {
		case 0:
			p = "^" + p
		case 1, 2:
			p += "$"
		case 3:
			p = "^(?:" + p + "|" + part() + ")$"
		case 4:
			p = p + "|" + part()
		case 5:
			p = "(?i)^" + p + "$"
		case 6:
		default:
			p = "^" + p + "$"
		}
		re, err := syntax.Parse(p, syntax.Perl)
		if err != nil {
			continue
		}
		s := family{pattern: p}
		for range 12 {
			if text := g.sample(re); regexp.MustCompile(p).MatchString(text) {
				s.texts = append(s.texts, text)
			}
		}
		if s.texts != nil {
			return s
		}
	}
}

// sample gives a text that a pattern may match.
func (g *maker) sample(re *syntax.Regexp) string {
	var b strings.Builder
	repeat := func(low, high int) {
		for range low + g.r.IntN(high-low+1) {
			b.WriteString(g.sample(re.Sub[0]))
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			i := 2 * g.r.IntN(len(re.Rune)/2)
			low, high := max(re.Rune[i], oneFrom(g.r, 0, ' ')), min(re.Rune[i+1], oneFrom[rune](g.r, 0x7f, 0x7f, 0xe9))
			if low <= high {
				b.WriteRune(low + g.r.Int32N(high-low+1))
			}
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteString(oneFrom(g.r, "a", "7", "Z", " ", "é", "\x7f", "😀"))
	case syntax.OpCapture:
		repeat(1, 1)
	case syntax.OpStar:
		repeat(0, 3)
	case syntax.OpQuest:
		repeat(0, 1)
	case syntax.OpRepeat:
		repeat(re.Min, max(re.Min, min(re.Max, re.Min+2)))
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			b.WriteString(g.sample(sub))
		}
	case syntax.OpAlternate:
		b.WriteString(g.sample(oneFrom(g.r, re.Sub...)))
	}
	return b.String()
}

// list makes texts for enum and in.
func (g *maker) list() (s family) {
	for range 2 + g.r.IntN(oneFrom(g.r, 4, 20)) {
		text := oneFrom(g.r, "L", "P", "A1", "A2", "B1", "B7", "DPR", "DPRD", "", "ab", "é", "presiden", "gubernur", "3201010101010001", "a b", "a\"b", strings.Repeat("x", 64), strings.Repeat("x", 65))
		if !slices.Contains(s.texts, text) {
			s.texts = append(s.texts, text)
		}
	}
	return s
}

// some gives a pattern or list for a place, of those that are there or a new one.
func (g *maker) some(pattern bool, place string) (s family) {
	is := func(s family) bool { return (s.pattern != "") == pattern }
	of := g.families
	if len(g.at[place]) > 0 && g.r.IntN(4) > 0 {
		of = g.at[place]
	}
	if s = oneFrom(g.r, of...); g.r.IntN(3) == 0 || !is(s) {
		if s = g.list(); pattern {
			s = g.pattern()
		}
		g.families = append(g.families, s)
	}
	if g.place != "" {
		g.at[g.place] = append(g.at[g.place], s)
	}
	return s
}

// in gives the texts of a list as a JSON list has them, behind others.
func (s family) in(before ...any) []any {
	for _, text := range s.texts {
		before = append(before, text)
	}
	return before
}

type tree = map[string]any

// schema makes one for a place of texts.
func (g *maker) schema(depth int) any {
	m := tree{}
	if g.r.IntN(6) > 0 {
		m["type"] = oneFrom[any](g.r, "string", "string", []string{"string", "null"}, []string{"string", "integer"})
	}
	switch g.r.IntN(8) {
	case 0, 1, 2:
		m["pattern"] = g.some(true, g.place).pattern
	case 3, 4:
		m["enum"] = g.some(false, g.place).in()
		if g.r.IntN(4) == 0 {
			m["enum"] = g.some(false, g.place).in(nil, 1)
		}
	case 5:
		m["format"] = oneFrom(g.r, "date", "date", "date-time", "uuid")
		g.at[g.place] = append(g.at[g.place], family{texts: []string{"2024-02-14", "2023-12-31", "2024-02-29"}})
	}
	if g.r.IntN(8) == 0 {
		m["minLength"] = g.r.IntN(5)
	}
	if g.r.IntN(8) == 0 {
		m["maxLength"] = oneFrom(g.r, 4, 8, 10, 16, 64, 70)
	}
	if g.r.IntN(20) == 0 {
		m["pattern"] = g.some(true, g.place).pattern
	}
	if depth > 1 {
		return m
	}
	below := func() any { return g.schema(depth + 1) }
	switch g.r.IntN(20) {
	case 0:
		m["allOf"] = []any{below(), below()}
	case 1:
		m["anyOf"] = []any{below(), below()}
	case 2:
		m["not"] = below()
	case 3:
		m["if"], m["then"], m["else"] = below(), below(), below()
	case 4:
		return true
	case 5:
		return tree{"oneOf": []any{below(), below()}}
	}
	return m
}

var textPlaces = []string{"/a", "/b", "/c", "/d/a", "/l/*", "/p/0", "/p/1", "/p/*", "/m/*", "/m/#", "/m/x", "/e/*/a"}

// anywhere is a place, as rules name it.
func (g *maker) anywhere() string {
	return strings.NewReplacer("/p/0", "/p/*", "/p/1", "/p/*").Replace(oneFrom(g.r, textPlaces...))
}

func (g *maker) condition(depth int) any {
	at := g.anywhere()
	switch g.r.IntN(12) {
	case 0, 1, 2:
		return tree{"match": []any{at, g.some(true, at).pattern}}
	case 3, 4, 5:
		return tree{"in": g.some(false, at).in(oneFrom(g.r, []any{at}, []any{at, 1})...)}
	case 6:
		return tree{"prefix": []any{at, oneFrom(g.r, "a", "3", "08", "L", "pres")}}
	case 7:
		return tree{oneFrom(g.r, "present", "some"): []any{at, g.anywhere()}}
	case 8:
		return tree{oneFrom(g.r, "same", "startsWith"): []any{"/a", "/b"}}
	case 9:
		return tree{oneFrom(g.r, "=", ">=", "<"): []any{tree{"count": g.some(false, at).in(at)}, g.r.IntN(3)}}
	}
	if depth > 2 {
		return tree{"within": []any{at, 0, 5}}
	}
	if g.r.IntN(3) == 0 {
		return tree{"not": g.condition(depth + 1)}
	}
	return tree{oneFrom(g.r, "all", "any"): []any{g.condition(depth + 1), g.condition(depth + 1)}}
}

func (g *maker) definition() (norm string, ids []string) {
	item := func(place string) any {
		g.place = place
		defer func() { g.place = "" }()
		return g.schema(0)
	}
	object := func(m tree) tree { return tree{"type": "object", "properties": m} }
	top := object(tree{
		"n": tree{"type": "integer"}, "a": item("/a"), "b": item("/b"), "c": item("/c"), "d": object(tree{"a": item("/d/a")}),
		"l": tree{"type": "array", "items": item("/l/*")},
		"p": tree{"type": "array", "prefixItems": []any{item("/p/0"), item("/p/1")}, "items": item("/p/*")},
		"m": tree{"type": "object", "properties": tree{"x": item("/m/x")}, "patternProperties": tree{"^[0-9]+$": item("/m/#")}, "additionalProperties": item("/m/*")},
		"e": tree{"type": "array", "items": object(tree{"a": item("/e/*/a")})},
	})
	top["required"] = []string{"n"}
	if g.r.IntN(4) == 0 {
		top["if"] = object(tree{"a": item("/a")})
		top["then"] = object(tree{"b": item("/b"), "c": item("/c")})
	}
	if g.r.IntN(6) == 0 {
		top["allOf"] = []any{object(tree{"a": item("/a")}), object(tree{"l": tree{"type": "array", "items": item("/l/*")}})}
	}
	rules := []any{}
	for i := range 1 + g.r.IntN(8) {
		id := string(rune('A' + i))
		rule := tree{"id": id, "kind": "rule", "severity": "error", "require": g.condition(0)}
		if g.r.IntN(3) == 0 {
			rule["when"] = g.condition(0)
		}
		if g.r.IntN(6) == 0 {
			rule["from"] = oneFrom(g.r, "2024-02-14", "2024-02-15")
		}
		rules, ids = append(rules, rule), append(ids, id)
	}
	out, err := json.Marshal(tree{
		"segel": "definition/1", "id": "uji/jalan", "version": "1.0.0", "classification": "public", "purposes": []string{"REKAP-UMUM"},
		"keys": []string{"/n"}, "sensitive": []any{}, "schema": top, "values": tree{}, "rules": rules,
	})
	if err != nil {
		panic(err)
	}
	return string(out), ids
}

// text gives one for a place: mostly of the family that is wanted there.
func (g *maker) text(at string) string {
	s := "x"
	if len(g.good[at]) > 0 {
		s = oneFrom(g.r, g.good[at]...)
	}
	if !g.odd || g.r.IntN(4) > 0 {
		return s
	}
	i := g.r.IntN(len(s) + 1)
	switch g.r.IntN(6) {
	case 0:
		s = s[:i] + oneFrom(g.r, "0", "9", "a", "Z", "é", "\x7f", "\"", " ", "😀", "\n") + s[i:]
	case 1:
		if i < len(s) {
			s = s[:i] + oneFrom(g.r, "0", "6", "9", "a", "C", "é", "\x7f", "\"", "-", "\\", "{") + s[i+1:]
		}
	case 2:
		s = s[:i]
	case 3:
		s = oneFrom(g.r, "", "081234567890", "3201015502800001", "62 812-3456-789", "0812 3456 7890", strings.Repeat("a", 63+g.r.IntN(3)), "2024-02-30")
	case 4:
		s = oneFrom(g.r, oneFrom(g.r, g.families...).texts...)
	case 5:
		s = strings.Repeat(oneFrom(g.r, "7", "a", "é"), 60+g.r.IntN(7)) + s
	}
	return strings.ToValidUTF8(s, "é")
}

// learn finds out which texts the definition allows at each place.
func (g *maker) learn(d *Definition) {
	g.good = map[string][]string{}
	for _, at := range textPlaces {
		member := `"` + at[1:] + `":%s`
		if i := strings.LastIndexByte(at, '/'); i > 0 {
			name, last := at[1:i], at[i+1:]
			switch {
			case name == "e/*":
				member = `"e":[{"a":%s}]`
			case name == "m" || name == "d":
				member = `"` + name + `":{"` + strings.NewReplacer("#", "7", "*", "y").Replace(last) + `":%s}`
			case name == "l" || last == "0":
				member = `"` + name + `":[%s]`
			default:
				member = `"p":[`
				for _, before := range []string{"/p/0", "/p/1"} {
					if before < at || last == "*" {
						member += quoted(append(g.good[before], "")[0]) + ","
					}
				}
				member += `%s]`
			}
		}
		of := g.families
		if len(g.at[at]) > 0 {
			of = g.at[at]
		}
		for _, f := range of {
			for _, text := range f.texts {
				record, bad := scan([]byte(`{"n":1,` + fmt.Sprintf(member, quoted(text)) + `}`))
				if bad == nil && len(d.engine.check(record)) == 0 {
					g.good[at] = append(g.good[at], text)
				}
			}
		}
	}
}

func (g *maker) value(at string) string {
	odd := 99
	if g.odd {
		odd = g.r.IntN(60)
	}
	switch odd {
	case 0:
		return oneFrom(g.r, "null", "1", "1.5", "true", "[]", "{}")
	case 1:
		return `"` + g.text(at) // as it is, which may be no JSON
	case 2, 3:
		m := mutator{r: g.r}
		m.quote(g.text(at))
		return m.out.String()
	}
	return quoted(g.text(at))
}

// quoted writes a text with no more escapes than it needs.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c < 0x20:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// record makes one; a text is the last of it, and in some the end is missing. Places
// for which there is no text are left out.
func (g *maker) record(n int) string {
	g.odd = g.r.IntN(3) == 0
	parts := []string{fmt.Sprintf(`"n":%d`, n)}
	list := func(most int, places ...string) string {
		var of []string
		for i := range g.r.IntN(most + 1) {
			at := places[min(i, len(places)-1)]
			if len(g.good[at]) == 0 && !g.odd {
				break
			}
			of = append(of, g.value(at))
		}
		return "[" + strings.Join(of, ",") + "]"
	}
	member := func(at, name string) string {
		if !g.odd && len(g.good[at]) == 0 || g.r.IntN(12) == 0 {
			return ""
		}
		return `,"` + name + `":` + g.value(at)
	}
	object := func(members ...string) string { return "{" + strings.TrimPrefix(strings.Join(members, ""), ",") + "}" }
	parts = append(parts,
		`"d":`+object(member("/d/a", "a")), `"l":`+list(3, "/l/*"), `"p":`+list(4, "/p/0", "/p/1", "/p/*"),
		`"m":`+object(member("/m/x", "x"), member("/m/#", strconv.Itoa(g.r.IntN(10))), member("/m/#", "12"), member("/m/*", "y")),
		`"e":[`+object(member("/e/*/a", "a"))+`,{}]`)
	for _, name := range []string{"a", "b", "c"} {
		if s := member("/"+name, name); s != "" {
			parts = append(parts, s[1:])
		}
	}
	for len(parts) > 2 && g.r.IntN(3) == 0 {
		i := 1 + g.r.IntN(len(parts)-1)
		parts = slices.Delete(parts, i, i+1)
	}
	if g.r.IntN(10) == 0 {
		g.r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	}
	line := "{" + strings.Join(parts, ",") + "}"
	if g.odd && g.r.IntN(20) == 0 {
		line = line[:len(line)-g.r.IntN(min(len(line), 12))]
	}
	return strings.ReplaceAll(line, "\n", " ")
}
