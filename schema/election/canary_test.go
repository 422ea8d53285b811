package election_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// A NIK and a forged log line, as an attacker would plant them.
const (
	nik    = "3174014101900001"
	canary = nik + "\nERROR forged line"
)

// quiet fails if anything that people or logs get to see holds the canary.
func quiet(t *testing.T, where string, err error, report *schema.Report) {
	t.Helper()
	var seen []string
	if err != nil {
		seen = append(seen, err.Error(), fmt.Sprintf("%v %+v %#v", err, err, err))
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error has two lines", where)
		}
	}
	if report != nil {
		short, _ := json.Marshal(report)
		long, err := report.DetailsJSON()
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, string(short), string(long), fmt.Sprintf("%+v", *report))
		for _, f := range report.Details {
			if strings.Contains(f.Pointer+f.Rule+f.Text.ID+f.Text.EN, "\n") {
				t.Errorf("%s: a finding has two lines: %+v", where, f)
			}
		}
	}
	for _, s := range seen {
		if strings.Contains(s, nik) || strings.Contains(s, "forged") {
			t.Errorf("%s: the canary sings: %s", where, s)
		}
	}
}

// plant calls f with v once for every place in it: with the canary instead of
// the value, beside it as a member's name, instead of the name, and, for a
// number, as a number.
func plant(v any, where string, f func(where string), set func(any)) {
	for _, c := range []any{canary, nik, json.Number(nik), json.Number("1" + nik + "1"), []any{canary}, map[string]any{canary: canary}} {
		set(c)
		f(fmt.Sprintf("%s = %T", where, c))
	}
	set(v)
	switch t := v.(type) {
	case map[string]any:
		for _, name := range []string{canary, nik} {
			for _, v := range []any{canary, nil, json.Number("-1"), map[string]any{"x": canary}} {
				t[name] = v
				f(where + " + name")
			}
			delete(t, name)
		}
		for name, below := range t {
			plant(below, where+"/"+name, f, func(v any) { t[name] = v })
			delete(t, name)
			t[canary] = below
			f(where + "/" + name + " renamed")
			delete(t, canary)
			t[name] = below
		}
	case []any:
		for i, below := range t {
			plant(below, fmt.Sprint(where, "/", i), f, func(v any) { t[i] = v })
		}
	}
}

func decode(t *testing.T, b []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestCanaryInRecords plants a NIK and a newline in every place of a record of
// every dataset, and as duplicate and broken members.
func TestCanaryInRecords(t *testing.T) {
	registry := election.Registry()
	planted := 0
	for file, line := range fullest(t) {
		d, err := registry.Latest(path.Dir(path.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		try := func(where string, record []byte) {
			report, err := d.Check(context.Background(), schema.NDJSON(bytes.NewReader(append(record, '\n'))), schema.CheckOptions{})
			if err == nil && report.Records == 0 {
				t.Fatal("nothing was checked")
			}
			quiet(t, file+" "+where, err, report)
			planted++
		}
		holder := []any{decode(t, line)}
		plant(holder[0], "", func(where string) {
			record, err := json.Marshal(holder[0])
			if err != nil {
				t.Fatal(err)
			}
			try(where, record)
			try(where+", cut off", record[:len(record)-1])
		}, func(v any) { holder[0] = v })
		name, _ := json.Marshal(canary)
		for what, record := range map[string]string{
			"duplicate":     `{` + string(name) + `:1,` + string(name) + `:1}`,
			"below":         `{` + string(name) + `:{` + string(name) + `:{}`,
			"not JSON":      nik,
			"plain text":    canary,
			"trailing data": string(line) + " " + nik,
			"bad UTF-8":     `{` + string(name) + `:"` + nik + "\xff\"}",
		} {
			try(what, []byte(record))
		}
	}
	if planted < 1000 {
		t.Errorf("only %d canaries were planted", planted)
	}
}

// fullest gives, for each dataset, the longest sound record that stands first
// in a fixture, by the fixture's name: it has the most places to plant in.
func fullest(t *testing.T) map[string][]byte {
	files, err := fs.Glob(electiontest.FS(), "*/*/valid/*.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	best, lines := map[string]string{}, map[string][]byte{}
	for _, file := range files {
		data, err := fs.ReadFile(electiontest.FS(), file)
		if err != nil {
			t.Fatal(err)
		}
		line, _, _ := bytes.Cut(data, []byte("\n"))
		dataset := path.Dir(path.Dir(file))
		if old := best[dataset]; len(line) > len(lines[old]) {
			delete(lines, old)
			best[dataset], lines[file] = file, line
		}
	}
	if len(lines) < 24 {
		t.Fatalf("got %d datasets", len(lines))
	}
	return lines
}

// TestCanaryInCSV plants it in every cell and every column's name.
func TestCanaryInCSV(t *testing.T) {
	d, err := election.Registry().Latest("sirekap/hasil-tps")
	if err != nil {
		t.Fatal(err)
	}
	m := mapping(t)
	head := strings.Split("kode_tps,kode_prov,kode_kab,kode_kec,kode_kel,slug_prov,slug_kab,slug_kec,slug_kel,nama_tps,ts,status_suara,status_adm,paslon_1,paslon_2,paslon_3,suara_sah,suara_tidak_sah,suara_total,pemilih_dpt_j,pemilih_dpt_l,pemilih_dpt_p,pengguna_dpt_j,pengguna_dpt_l,pengguna_dpt_p,pengguna_dptb_j,pengguna_dptb_l,pengguna_dptb_p,pengguna_non_dpt_j,pengguna_non_dpt_l,pengguna_non_dpt_p,pengguna_total_j,pengguna_total_l,pengguna_total_p,n_images", ",")
	row := make([]string, len(head))
	row[0] = "3199011001001"
	try := func(where string, in string) {
		src, err := schema.CSV(strings.NewReader(in), m, d)
		if err != nil {
			quiet(t, where, err, nil)
			return
		}
		report, err := d.Check(context.Background(), src, schema.CheckOptions{})
		quiet(t, where, err, report)
	}
	with := func(cells []string, i int, s string) string {
		out := append([]string(nil), cells...)
		out[i] = s
		return strings.Join(out, ",")
	}
	all := strings.Join(head, ",")
	for i := range head {
		for _, s := range []string{nik, `"` + canary + `"`, `"` + canary, nik + `"`, nik + "\xff", nik + "," + nik} {
			try("cell "+head[i], all+"\n"+with(row, i, s)+"\n")
			try("column "+head[i], with(head, i, s)+"\n"+strings.Join(row, ",")+"\n")
		}
	}
	src, err := schema.CSV(strings.NewReader(all+"\n"+strings.Join(row, ",")+"\n"), m, d)
	if err != nil {
		t.Fatal("the rows without a canary are refused, so this test shows nothing:", err)
	}
	if report, err := d.Check(context.Background(), src, schema.CheckOptions{}); err != nil || report.Errors != 0 {
		t.Fatal("the rows without a canary are refused, so this test shows nothing:", err, report)
	}
}

// TestCanaryInDocuments plants it in every place of a mapping, a definition
// and its texts.
func TestCanaryInDocuments(t *testing.T) {
	read := func(elem string) []byte {
		b, err := os.ReadFile(elem)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	each := func(doc []byte, f func(where string, planted []byte)) {
		holder := []any{decode(t, doc)}
		plant(holder[0], "", func(where string) {
			b, err := json.Marshal(holder[0])
			if err != nil {
				t.Fatal(err)
			}
			f(where, b)
		}, func(v any) { holder[0] = v })
	}
	refused := 0
	each(read("../../examples/maps/sirekap-hasil-tps.json"), func(where string, b []byte) {
		m, err := schema.ParseMapping(b)
		if err != nil {
			refused++
			quiet(t, "mapping "+where, err, nil)
			return
		}
		d, _ := election.Registry().Latest("sirekap/hasil-tps")
		for _, head := range []string{"kode_tps\n", `"` + canary + "\"\n", nik + "\n"} {
			_, err := schema.CSV(strings.NewReader(head), m, d)
			quiet(t, "mapping "+where, err, nil)
		}
	})
	norm, texts := read("kominfo/jaringan-tps.json"), read("kominfo/jaringan-tps.texts.json")
	each(norm, func(where string, b []byte) {
		if _, err := schema.ParseDefinition(b, texts); err != nil {
			refused++
			quiet(t, "definition "+where, err, nil)
		}
	})
	each(texts, func(where string, b []byte) {
		if _, err := schema.ParseDefinition(norm, b); err != nil {
			refused++
			quiet(t, "texts "+where, err, nil)
		}
	})
	if refused < 1000 {
		t.Errorf("only %d documents were refused", refused)
	}
}
