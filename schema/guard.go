package schema

import (
	"encoding/json"

	"github.com/segel-id/segel/envelope/purpose"
)

const (
	leakDigits = 10 // no text with fewer digits holds what the guard looks for
	leakNumber = 16 // digits of the only whole numbers that do
)

// leakKinds are in the order of their findings.
var leakKinds = []string{leakNIK, leakNKK, leakPhone}

var leakTexts = map[string]purpose.Text{
	leakNIK:   both("Rekaman ini memuat teks atau angka yang berbentuk NIK di tempat yang tidak dinyatakan berisi NIK.", "This record holds a text or number in the form of an identity number (NIK) in a place that is not declared to hold one."),
	leakNKK:   both("Rekaman ini memuat teks atau angka yang berbentuk nomor kartu keluarga di tempat yang tidak dinyatakan berisi nomor itu.", "This record holds a text or number in the form of a family card number (NKK) in a place that is not declared to hold one."),
	leakPhone: both("Rekaman ini memuat teks yang berbentuk nomor telepon di tempat yang tidak dinyatakan berisi nomor telepon.", "This record holds a text in the form of a telephone number in a place that is not declared to hold one."),
}

// leakyNumber looks at the text of a whole number. Fractions hold nothing.
func leakyNumber(text []byte) bool {
	if text[0] == '-' {
		text = text[1:]
	}
	return len(text) == leakNumber && onlyDigits(text) && leak(text) != ""
}

// leaks gives the notices of the leak guard for a sound record: at most one of
// a kind, at the first place in the order of the members' names. Both engines
// have theirs from here; the machine only tells which records to look at.
func (d *Definition) leaks(record any) (found []Finding) {
	g := guard{names: d.names, record: record, at: map[string]string{}}
	var routes [][]string
	for _, s := range d.sensitive {
		if s.holdsNumber() {
			routes = append(routes, s.at.steps)
		}
	}
	g.look(record, routes)
	for _, kind := range leakKinds {
		if at, is := g.at[kind]; is {
			found = append(found, Finding{
				Rule: "leak/" + kind, Kind: KindNotice, Pointer: at, Severity: SeverityWarning, Text: leakTexts[kind],
			})
		}
	}
	return found
}

type guard struct {
	names  map[string]bool
	record any
	path   []string
	at     map[string]string // kind to pointer
}

// look walks a value. routes are what is left of the pointers of fields that
// are declared to hold what the guard looks for.
func (g *guard) look(v any, routes [][]string) {
	for _, r := range routes {
		if len(r) == 0 {
			return
		}
	}
	switch t := v.(type) {
	case string:
		g.note(leak([]byte(t)))
	case json.Number:
		if text := []byte(t); leakyNumber(text) {
			g.note(leak(text))
		}
	case []any:
		for i, e := range t {
			g.below(index("", i)[1:], e, routes, func(step string) bool { return step == "*" })
		}
	case map[string]any:
		for _, name := range sortedKeys(t) {
			g.below(name, t[name], routes, func(step string) bool {
				return step == name || step == "*" || step == "#" && allDigits(name)
			})
		}
	}
}

func (g *guard) below(name string, v any, routes [][]string, leads func(step string) bool) {
	g.path = append(g.path, name)
	if !g.names[name] {
		g.note(leak([]byte(name)))
	}
	var rest [][]string
	for _, r := range routes {
		if leads(r[0]) {
			rest = append(rest, r[1:])
		}
	}
	g.look(v, rest)
	g.path = g.path[:len(g.path)-1]
}

func (g *guard) note(kind string) {
	if _, is := g.at[kind]; !is && kind != "" {
		g.at[kind] = place(g.names, g.record, g.path)
	}
}
