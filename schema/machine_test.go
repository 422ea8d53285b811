package schema

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// datasets parses the definitions that are shipped, which this package cannot
// import.
func datasets(t testing.TB) map[string]*Definition {
	t.Helper()
	files, err := filepath.Glob("election/*/*.texts.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no definitions", err)
	}
	all := map[string]*Definition{}
	for _, file := range files {
		texts, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		norm, err := os.ReadFile(strings.Replace(file, ".texts.json", ".json", 1))
		if err != nil {
			t.Fatal(err)
		}
		d, err := ParseDefinition(norm, texts)
		if err != nil {
			t.Fatal(file, err)
		}
		id := d.Ref().ID
		if strings.Contains(file, "@") { // an earlier version
			id += "@" + d.Ref().Version
		}
		all[id] = d
	}
	return all
}

// examples are the records of the fixtures, by dataset.
func examples(t testing.TB) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("election/electiontest/fixtures/*/*/*/*.ndjson")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	all := map[string][]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := filepath.Rel("election/electiontest/fixtures", filepath.Dir(filepath.Dir(file)))
		for line := range strings.Lines(string(data)) {
			all[filepath.ToSlash(id)] = append(all[filepath.ToSlash(id)], strings.TrimSuffix(line, "\n"))
		}
	}
	return all
}

func norm(t testing.TB, id string) []byte { return document(t, id, ".json") }

func texts(t testing.TB, id string) []byte { return document(t, id, ".texts.json") }

func document(t testing.TB, id, suffix string) []byte {
	t.Helper()
	data, err := os.ReadFile("election/" + id + suffix)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestShippedDefinitionsCompile(t *testing.T) {
	for id, d := range datasets(t) {
		if got := d.Engine(); got != "compiled" {
			t.Errorf("%s: %s", id, got)
		}
		if got := d.Reference().Engine(); got != "reference (asked for)" {
			t.Errorf("%s: %s", id, got)
		}
	}
}

// pieces are what mutations put into records.
var pieces = []string{
	`"`, `\`, `\u00`, `\u0031`, `\ud800`, `\ud83d\ude00`, `{`, `}`, `[`, `]`, `,`, `:`, `null`, `true`, `false`, `0`, `-1`, `1.0`, `1e3`, `2.5`, `-0`, `00`, `1e31`,
	`9007199254740992`, `9007199254740991`, `3174014101900001`, `106.8234567890123456`, `081234567890`, ` `, "\t", "\x00", "\xff", "é", `""`, `{}`, `[]`, `"x":1,`, `"1":1,`, `"2024-02-30"`, `"2024-02-29"`,
}

func mutate(r *rand.Rand, record []byte) []byte {
	out := bytes.Clone(record)
	for range 1 + r.IntN(3) {
		if len(out) == 0 {
			return out
		}
		i := r.IntN(len(out))
		switch r.IntN(6) {
		case 0:
			out[i] = byte(r.IntN(256))
		case 1:
			out = append(out[:i], out[min(len(out), i+1+r.IntN(6)):]...)
		case 2:
			out = append(out[:i], append([]byte(pieces[r.IntN(len(pieces))]), out[i:]...)...)
		case 3: // the same bytes twice: members and elements, now and then
			j := min(len(out), i+r.IntN(40))
			out = append(out[:j], append(bytes.Clone(out[i:j]), out[j:]...)...)
		case 4: // another value, behind a colon or in a list
			if k := bytes.IndexAny(out[i:], ":[,"); k >= 0 {
				k += i + 1
				end := bytes.IndexAny(out[k:], ",}]")
				if end < 0 {
					continue
				}
				out = append(out[:k], append([]byte(pieces[r.IntN(len(pieces))]), out[k+end:]...)...)
			}
		case 5: // a member more
			if k := bytes.IndexByte(out[i:], '{'); k >= 0 && i+k+2 < len(out) {
				out = append(out[:i+k+1], append([]byte(pieces[len(pieces)-4+r.IntN(2)]), out[i+k+1:]...)...)
			}
		}
	}
	return bytes.ReplaceAll(out, []byte("\n"), []byte(" "))
}

// TestMutatedRecords: whatever is done to a record of a dataset, both engines
// find the same.
func TestMutatedRecords(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 20
	}
	sound, broken := 0, 0
	defs := datasets(t)
	defs["uji/kotak"] = box(t)
	all := examples(t)
	all["uji/kotak"] = []string{
		`{"kode":"A01","tanggal":"2024-02-14","dpt":40,"sah":7,"total":42,"chart":{"1":1,"2":1,"null":null},"saksi":[{"nik":"3174014101900001"},{"nik":null},{}],"lat":-6.17,"status":"a"}`,
	}
	for id, records := range all {
		r := rand.New(rand.NewPCG(1, uint64(len(id))))
		for n, record := range records {
			for k := range rounds {
				in := []byte(record)
				if k > 0 {
					in = mutate(r, in)
				}
				report, err := checkBoth(t, defs[id], CheckOptions{AsOf: day(2024, 2, 14)}, string(in)+"\n")
				if err != nil {
					t.Fatal(fmt.Sprint(id, " ", n, ": "), err)
				}
				if report.Errors == 0 {
					sound++
				} else {
					broken++
				}
			}
		}
	}
	if sound < rounds || broken < rounds {
		t.Errorf("%d sound and %d broken records show nothing", sound, broken)
	}
}

// TestHostileRecordsAreLinear: the costliest MiB that we can think of takes
// the machine no longer than a few times an ordinary one.
func TestHostileRecordsAreLinear(t *testing.T) {
	d := datasets(t)["sirekap/hasil-tps"]
	m := newMachine(d.program)
	for _, c := range []struct{ name, head, part, tail string }{
		{"names", `{"chart":{`, `"%d":0,`, `"x":0}}`},
		{"names that are escaped", `{`, `"\u0061%d":0,`, `"x":0}`},
		{"objects of names", `{"x":[`, `{"a":1,"b":2,"c":%d},`, `0]}`},
		{"texts", `{"images":[`, `"3174014101900001 08%d",`, `null]}`},
		{"one text", `{"nama_tps":"`, `\u003%[1]d 0%[1]d 8`, `"}`},
		{"numbers", `{"x":[`, `0.%d,`, `0]}`},
		{"lists", `{"x":[`, `[[%d]],`, `0]}`},
	} {
		var b strings.Builder
		b.WriteString(c.head)
		for i := 0; b.Len() < MaxRecordBytes-100 && i < maxValues/4; i++ {
			fmt.Fprintf(&b, c.part, i%10+i*10)
		}
		b.WriteString(c.tail)
		record := []byte(b.String())
		best := time.Hour
		for range 5 {
			start := time.Now()
			m.run(record)
			best = min(best, time.Since(start))
		}
		if best > 250*time.Millisecond { // some 5 of them on a quiet machine
			t.Errorf("%s: %v for %d bytes", c.name, best, len(record))
		}
	}
}
