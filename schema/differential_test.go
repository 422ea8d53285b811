package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/shared"
)

// TestEnginesAgree lets both engines check records of every dataset that were
// mutated, first as trees (members dropped, doubled, renamed, values of another
// type, from elsewhere, at the edge of a limit, in other spellings), then as
// bytes. They must find the same: ids, places, inputs, texts, and in the same
// order. There is no list of differences, because none is allowed.
//
// SEGEL_SEED repeats a run; SEGEL_LONG=1 goes on for ten minutes, and needs
// -timeout 15m.
func TestEnginesAgree(t *testing.T) {
	seed := shared.Seed(t)
	limit := 3 * time.Second
	if shared.Long() {
		limit = 10 * time.Minute
	}
	if testing.Short() {
		limit = time.Second
	}
	defs, all := subjects(t)
	ids := slices.Sorted(maps.Keys(all))
	r := rand.New(rand.NewPCG(seed, 1))
	var count struct{ records, sound, findings int }
	met := map[string]int{}
	for start := time.Now(); time.Since(start) < limit; {
		id := ids[r.IntN(len(ids))]
		if r.IntN(3) == 0 { // with the most rules, and with every part of the grammar
			id = []string{"sirekap/hasil-tps", "sirekap/rekapitulasi", "uji/kotak", "uji/daftar"}[r.IntN(4)]
		}
		opt := CheckOptions{MaxDetails: 1 << 20}
		if r.IntN(10) > 0 {
			opt.AsOf = day(2010+r.IntN(20), time.Month(1+r.IntN(12)), 1+r.IntN(28))
		}
		// Mostly one by one: records of a file with equal keys hide each other.
		lines := make([]string, 1)
		if r.IntN(50) == 0 {
			lines = make([]string, 2+r.IntN(200))
		}
		for i := range lines {
			lines[i] = mutant(r, all[id])
			if id == "uji/daftar" && len(lines) > 1 { // so that they are no duplicates, and make groups
				lines[i] = numbered.ReplaceAllLiteralString(lines[i], `"id":`+strconv.Itoa(i))
			}
		}
		report := agree(t, defs[id], opt, lines, fmt.Sprintf("SEGEL_SEED=%d, %s", seed, id))
		if report == nil {
			continue // a dated rule, and no date
		}
		count.records += report.Records
		count.sound += report.Records - report.Errors
		count.findings += len(report.Details)
		for _, f := range report.Details {
			met[f.Rule]++
		}
	}
	t.Logf("%d records, %d of them sound, %d findings of %d kinds", count.records, count.sound, count.findings, len(met))
	if count.sound*20 < count.records || len(met) < 20 {
		t.Errorf("mutations that leave %d of %d records sound and lead to %d kinds of findings show little", count.sound, count.records, len(met))
	}
}

var numbered = regexp.MustCompile(`"id": ?("x"|[0-9]+)`)

// subjects are the shipped datasets and that of the tests here, with records of
// each.
func subjects(t testing.TB) (map[string]*Definition, map[string][]string) {
	defs, all := datasets(t), examples(t)
	defs["uji/kotak"] = box(t)
	all["uji/kotak"] = []string{
		`{"kode":"A01","tanggal":"2024-02-14","dpt":40,"sah":7,"total":42,"chart":{"1":1,"2":6,"null":null},"saksi":[{"nik":"3299990101900001"},{"nik":null},{}],"lat":-6.17,"status":"a"}`,
		`{"kode":"901","tanggal":null,"dpt":300,"sah":10,"total":9,"chart":{"7":10},"saksi":[],"lat":"106.8","status":true}`,
		`{"kode":"ZZZ","chart":{"1":null,"2":3},"sah":3,"saksi":[{"nik":"3299990101900001"},{"nik":"0299990101900001"}],"status":"b"}`,
	}
	defs["uji/daftar"] = listed(t)
	all["uji/daftar"] = []string{
		`{"id":1,"partai":"a","no":1,"kelamin":"P","tanggal":"2024-02-14","dari":"2024-02-14","sampai":"2024-02-13","suara":5}`,
		`{"id":2,"partai":2,"no":2,"kelamin":"L","tanggal":"2022-02-14","dari":"2024-02-14 07:00:00","sampai":"2024-02-16T07:00:00","suara":9}`,
		`{"id":"x","partai":null,"no":2.5,"kelamin":null,"dari":"2024-02-14T07:00:00Z","sampai":"2024-02-14T07:00:00+07:00","suara":300}`,
		`{"id":3,"no":3,"partai":"a"}`,
	}
	return defs, all
}

// agree checks the lines with both engines at once; if they differ, one by one,
// to name the record. nil is a check that both ended with the same error.
func agree(t *testing.T, d *Definition, opt CheckOptions, lines []string, where string) *Report {
	t.Helper()
	fast, slow, report := verdicts(t, d, opt, lines)
	if fast == slow {
		return report
	}
	for _, line := range lines {
		if fast, slow, _ := verdicts(t, d, opt, []string{line}); fast != slow {
			t.Fatalf("%s, as of %v\n%q\ncompiled:  %s\nreference: %s", where, opt.AsOf, line, fast, slow)
		}
	}
	t.Fatalf("%s, as of %v: only %d records together differ\ncompiled:  %.2000s\nreference: %.2000s", where, opt.AsOf, len(lines), fast, slow)
	return nil
}

// verdicts are all that the two engines say of a file.
func verdicts(t *testing.T, d *Definition, opt CheckOptions, lines []string) (fast, slow string, report *Report) {
	t.Helper()
	say := func(d *Definition) (string, *Report) {
		report, err := d.Check(t.Context(), records(lines...), opt)
		if err != nil {
			return err.Error(), nil
		}
		text, err := report.DetailsJSON()
		if err != nil {
			t.Fatal(err)
		}
		return string(text), report
	}
	fast, report = say(d)
	slow, _ = say(d.Reference())
	return fast, slow, report
}

// FuzzEngines is the same for whatever the fuzzer writes: the first byte
// chooses the dataset.
func FuzzEngines(f *testing.F) {
	defs, all := subjects(f)
	ids := slices.Sorted(maps.Keys(all))
	for i, id := range ids {
		for k, line := range all[id] {
			if k%5 == 0 {
				f.Add(uint8(i), []byte(line))
			}
		}
	}
	f.Fuzz(func(t *testing.T, dataset uint8, record []byte) {
		id := ids[int(dataset)%len(ids)]
		line := strings.ReplaceAll(string(record), "\n", " ")
		agree(t, defs[id], CheckOptions{AsOf: day(2024, 2, 14)}, []string{line}, id)
	})
}

// mutant makes a record out of one or two others.
func mutant(r *rand.Rand, of []string) string {
	line := of[r.IntN(len(of))]
	if v, bad := scan([]byte(line)); bad == nil {
		other, bad := scan([]byte(of[r.IntN(len(of))]))
		if bad != nil {
			other = nil
		}
		m := mutator{r: r, other: other}
		for range r.IntN(3) {
			v = m.change(v)
		}
		m.write(v)
		line = m.out.String()
	}
	b := []byte(line)
	if r.IntN(6) == 0 {
		b = mutate(r, b)
	}
	return strings.ReplaceAll(string(b), "\n", " ")
}

// mutator changes decoded records and writes them in a way of its own.
type mutator struct {
	r       *rand.Rand
	other   any // a record to take values from
	out     bytes.Buffer
	twice   int // one member in so many is written a second time; 0: none
	doubled int // how many were
}

// odd are values that no definition expects, or just so.
var odd = []any{
	nil, true, false, "", "x", " ", "\u00a0", "3299990101010001", "081299999999", "2024-02-29", "2023-02-29", "2024-02-14 12:00:00", "99AA010001001", "L", "ppwp",
	json.Number("0"), json.Number("-0"), json.Number("1"), json.Number("-1"), json.Number("0.5"), json.Number("300"), json.Number("301"), json.Number("1000"),
	json.Number("9007199254740991"), json.Number("-9007199254740991"), json.Number("9007199254740992"), json.Number("1e30"), json.Number("1e-30"), json.Number("123456789012345678901234567890"),
	json.Number("3299990101010001"), json.Number("106.8234567890123456"), json.Number("999999999"), json.Number("1000000000"),
	map[string]any{}, []any{}, map[string]any{"x": "y"}, []any{nil}, []any{json.Number("1"), json.Number("1.0")},
}

// change does one thing somewhere in the tree.
func (m *mutator) change(v any) any {
	switch t := v.(type) {
	case map[string]any:
		names := sortedKeys(t)
		if len(names) == 0 || m.r.IntN(12) == 0 {
			return m.replace(v)
		}
		name := names[m.r.IntN(len(names))]
		switch m.r.IntN(8) {
		case 0:
			delete(t, name)
		case 1:
			t[m.name(name, names)] = copied(t[name])
			if m.r.IntN(2) == 0 {
				delete(t, name)
			}
		case 2:
			m.twice = 1 + m.r.IntN(10)
		case 3:
			other := names[m.r.IntN(len(names))]
			t[name], t[other] = t[other], t[name]
		default:
			t[name] = m.change(t[name])
		}
		return t
	case []any:
		if len(t) == 0 || m.r.IntN(12) == 0 {
			return m.replace(v)
		}
		i := m.r.IntN(len(t))
		switch m.r.IntN(6) {
		case 0:
			return slices.Delete(t, i, i+1)
		case 1:
			return append(t, copied(t[i]))
		case 2:
			if weight(t[i]) > 100 {
				return t // a thousand times a thousand fill the memory
			}
			// To a limit of the definitions, or one beyond.
			size := []int{20, 50, 100, 1000}[m.r.IntN(4)] + m.r.IntN(2)
			for len(t) < size {
				t = append(t, t[i])
			}
			return copied(t)
		default:
			t[i] = m.change(t[i])
			return t
		}
	}
	return m.replace(v)
}

// name is another name that resembles one.
func (m *mutator) name(name string, names []string) string {
	switch m.r.IntN(6) {
	case 0:
		return strings.ToUpper(name)
	case 1:
		return name + " "
	case 2:
		return strconv.Itoa(m.r.IntN(200_000))
	case 3:
		return names[m.r.IntN(len(names))] + "x"
	case 4:
		return []string{"", "null", "100025", "3299990101010001", "\u2028", "é", "segel"}[m.r.IntN(7)]
	}
	return name[:len(name)/2]
}

func (m *mutator) replace(v any) any {
	switch m.r.IntN(8) {
	case 4: // what rules treat in a way of its own
		return nil
	case 0: // deeper
		for range 1 + m.r.IntN(40) {
			if m.r.IntN(2) == 0 {
				v = []any{v}
			} else {
				v = map[string]any{"x": v}
			}
		}
		return v
	case 1: // from another record
		return copied(m.somewhere(m.other))
	case 2, 3: // a little more or less
		switch t := v.(type) {
		case json.Number:
			if n, err := strconv.ParseInt(string(t), 10, 64); err == nil {
				return json.Number(strconv.FormatInt(n+int64(m.r.IntN(5))-2, 10))
			}
		case string:
			return m.text(t)
		case bool:
			return !t
		}
	}
	return copied(odd[m.r.IntN(len(odd))])
}

func (m *mutator) text(s string) string {
	runes := []rune(s)
	i := m.r.IntN(len(runes) + 1)
	switch m.r.IntN(6) {
	case 0:
		return string(runes[:i])
	case 1:
		return s + strings.Repeat(string([]rune("0Aé𝄞 ")[m.r.IntN(5)]), m.r.IntN(30))
	case 2:
		return strings.Repeat(s+"x", 1+m.r.IntN(1+600/(len(s)+1)))
	case 3:
		return string(runes[:i]) + "3299990101010001" + string(runes[i:])
	case 4:
		if i < len(runes) {
			runes[i]++
		}
		return strings.ToValidUTF8(string(runes), "x")
	}
	return string(runes[:i]) + []string{"-", "0", "\n", "\"", "\\", "/", "\x00", "\u00a0", "😀"}[m.r.IntN(9)] + string(runes[i:])
}

// somewhere gives a value of a tree.
func (m *mutator) somewhere(v any) any {
	switch t := v.(type) {
	case map[string]any:
		if names := sortedKeys(t); len(names) > 0 && m.r.IntN(4) > 0 {
			return m.somewhere(t[names[m.r.IntN(len(names))]])
		}
	case []any:
		if len(t) > 0 && m.r.IntN(4) > 0 {
			return m.somewhere(t[m.r.IntN(len(t))])
		}
	}
	return v
}

// weight is how many values a tree has.
func weight(v any) int {
	n := 1
	switch t := v.(type) {
	case map[string]any:
		for _, e := range t {
			n += weight(e)
		}
	case []any:
		for _, e := range t {
			n += weight(e)
		}
	}
	return n
}

// copied gives the same tree once more, so that no change can put a tree into
// itself.
func copied(v any) any {
	switch t := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(t))
		for name, e := range t {
			c[name] = copied(e)
		}
		return c
	case []any:
		c := make([]any, len(t))
		for i, e := range t {
			c[i] = copied(e)
		}
		return c
	}
	return v
}

// write writes a value with blanks, escapes, spellings of numbers and an order
// of members that say the same, and now and then a member twice.
func (m *mutator) write(v any) {
	m.blank()
	switch t := v.(type) {
	case nil:
		m.out.WriteString("null")
	case bool:
		m.out.WriteString(strconv.FormatBool(t))
	case json.Number:
		m.out.WriteString(m.spelling(string(t)))
	case string:
		m.quote(t)
	case []any:
		m.out.WriteByte('[')
		for i, e := range t {
			if i > 0 {
				m.out.WriteByte(',')
			}
			m.write(e)
		}
		m.blank()
		m.out.WriteByte(']')
	case map[string]any:
		m.out.WriteByte('{')
		names := sortedKeys(t)
		m.r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		// Not in every one of forty objects in each other: that doubles as often.
		if m.twice > 0 && m.doubled < 8 && len(names) > 0 && m.r.IntN(m.twice) == 0 {
			m.doubled++
			names = append(names, names[m.r.IntN(len(names))])
		}
		for i, name := range names {
			if i > 0 {
				m.out.WriteByte(',')
			}
			m.blank()
			m.quote(name)
			m.blank()
			m.out.WriteByte(':')
			m.write(t[name])
		}
		m.blank()
		m.out.WriteByte('}')
	}
	m.blank()
}

func (m *mutator) blank() {
	if m.r.IntN(30) == 0 {
		m.out.WriteString([]string{" ", "\t", "\r", "   "}[m.r.IntN(4)])
	}
}

func (m *mutator) quote(s string) {
	m.out.WriteByte('"')
	all, one := m.r.IntN(20) == 0, -1
	if m.r.IntN(10) == 0 {
		one = m.r.IntN(len(s) + 1)
	}
	for i, c := range s {
		switch {
		case c == '"' || c == '\\':
			m.out.WriteByte('\\')
			m.out.WriteRune(c)
		case c < 0x20 || (all || i == one) && c < 0x10000:
			fmt.Fprintf(&m.out, `\u%04x`, c)
		case all:
			c -= 0x10000
			fmt.Fprintf(&m.out, `\u%04X\u%04X`, 0xd800+c>>10, 0xdc00+c&0x3ff)
		default:
			m.out.WriteRune(c)
		}
	}
	m.out.WriteByte('"')
}

// spelling gives a number in another spelling, mostly its own.
func (m *mutator) spelling(s string) string {
	if m.r.IntN(10) > 0 || strings.ContainsAny(s, "eE") {
		return s
	}
	fraction := strings.Contains(s, ".")
	switch m.r.IntN(5) {
	case 0:
		if !fraction {
			return s + ".0"
		}
		return s + "0"
	case 1:
		return s + "e0"
	case 2:
		return s + "E+00"
	case 3:
		if !fraction {
			return s + "0e-1"
		}
	case 4:
		if !fraction && strings.HasSuffix(s, "0") && len(strings.TrimLeft(s, "-")) > 1 {
			return s[:len(s)-1] + "e1"
		}
	}
	return s
}
