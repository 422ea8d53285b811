package schema

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// drain reads a source to its end; a record that could not be made is "!"
// and its reason.
func drain(t testing.TB, src Source) (out []string, err error) {
	t.Helper()
	for {
		b, err := src.Next()
		var e *Error
		switch {
		case err == io.EOF:
			return out, nil
		case errors.As(err, &e) && e.structure != "":
			out = append(out, "!"+string(e.Reason))
		case err != nil:
			return out, err
		default:
			out = append(out, string(b))
		}
	}
}

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func TestNDJSONKeepsBytes(t *testing.T) {
	long := `{"a":"` + strings.Repeat("x", 200_000) + `"}`
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"empty", "", nil},
		{"two", "{\"a\":1}\n{\"b\":2}\n", []string{`{"a":1}`, `{"b":2}`}},
		{"no line feed at the end", "{}\n{}", []string{"{}", "{}"}},
		{"blanks, & and carriage returns stay", " {\"a\" : \"<&>\"}\t\r\n{}\n", []string{" {\"a\" : \"<&>\"}\t\r", "{}"}},
		{"empty line is a record", "{}\n\n{}\n", []string{"{}", "", "{}"}},
		{"byte order mark", "\ufeff{}\n", []string{"{}"}},
		{"byte order mark later stays", "{}\n\ufeff{}\n", []string{"{}", "\ufeff{}"}},
		{"longer than the buffer", long + "\n{}\n", []string{long, "{}"}},
		{"gzip", zipped("{}\n{\"a\":1}\n"), []string{"{}", `{"a":1}`}},
		{"gzip with byte order mark", zipped("\ufeff{}\n"), []string{"{}"}},
		{"gzip of two members", zipped("{}\n") + zipped("{\"a\":1}\n"), []string{"{}", `{"a":1}`}},
		{"gzip of nothing", zipped(""), nil},
		{"gzip inside gzip is not opened", zipped(zipped("{}")), []string{zipped("{}")}},
		{"half of the magic bytes", "\x1f", []string{"\x1f"}},
		{"too long", strings.Repeat("x", MaxRecordBytes+1) + "\n{}\n", []string{"!too_large", "{}"}},
		{"as long as allowed", strings.Repeat("x", MaxRecordBytes) + "\n{}\n", []string{strings.Repeat("x", MaxRecordBytes), "{}"}},
		{"too long at the end", "{}\n" + strings.Repeat("x", 3*MaxRecordBytes), []string{"{}", "!too_large"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.in), iotest.HalfReader(strings.NewReader(c.in))} {
				got, err := drain(t, NDJSON(r))
				if err != nil {
					t.Fatal(err)
				}
				if strings.Join(got, "\n") != strings.Join(c.want, "\n") || len(got) != len(c.want) {
					t.Fatalf("got %d records, want %d", len(got), len(c.want))
				}
			}
		})
	}
}

func TestSourceFailures(t *testing.T) {
	broken := zipped(strings.Repeat("{\"a\":1}\n", 1000))
	flipped := []byte(broken)
	flipped[len(flipped)-6] ^= 1 // in the checksum
	failing := errors.New("disk on fire")
	for _, c := range []struct {
		name   string
		r      io.Reader
		reason Reason
	}{
		{"gzip cut off", strings.NewReader(broken[:len(broken)-9]), ReasonMalformed},
		{"gzip header cut off", strings.NewReader(broken[:5]), ReasonMalformed},
		{"gzip magic bytes alone", strings.NewReader("\x1f\x8b"), ReasonMalformed},
		{"gzip with zeros behind it", strings.NewReader(broken + strings.Repeat("\x00", 512)), ReasonMalformed},
		{"gzip checksum", bytes.NewReader(flipped), ReasonMalformed},
		{"gzip with a tail", strings.NewReader(broken + "tail"), ReasonMalformed},
		{"reader", io.MultiReader(strings.NewReader("{}\n"), iotest.ErrReader(failing)), ReasonRead},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := NDJSON(c.r)
			_, err := drain(t, src)
			var e *Error
			if !errors.As(err, &e) || e.Reason != c.reason || e.Record == 0 {
				t.Fatalf("got %v, want %s with a record", err, c.reason)
			}
			if c.reason == ReasonRead && !errors.Is(err, failing) {
				t.Error("the reader's error is lost")
			}
			if _, err := src.Next(); err == nil || err == io.EOF {
				t.Errorf("a final error is followed by %v", err)
			}
		})
	}
}

func TestSourceBytesAreLimited(t *testing.T) {
	src := &ndjson{in: lines{r: strings.NewReader("{}\n{}\n{}\n"), left: 7}}
	got, err := drain(t, src)
	if len(got) != 2 {
		t.Errorf("got %d records before the limit, want 2", len(got))
	}
	wantReason(t, err, ReasonTooLarge, "")
}

const boxMap = `{"dataset": "uji/kotak",
  "columns": {"kode": {"to": "/kode", "type": "string"}, "sah": {"to": "/sah", "type": "integer"},
              "satu": {"to": "/chart/1", "type": "integer"}, "lat": {"to": "/lat", "type": "number"}, "ada": {"to": "/status", "type": "boolean"}},
  "constants": {"/tanggal": "2024-02-14", "/dpt": 10},
  "ignore": ["buang"]}`

func boxMapping(t testing.TB) *Mapping {
	t.Helper()
	m, err := ParseMapping([]byte(boxMap))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCSVRecords(t *testing.T) {
	const head = "kode,sah,satu,lat,ada,buang\n"
	const tail = `"tanggal":"2024-02-14"}`
	row := func(chart, kode, lat, sah, status string) string {
		return `{"chart":{"1":` + chart + `},"dpt":10,"kode":` + kode + `,"lat":` + lat + `,"sah":` + sah + `,"status":` + status + `,` + tail
	}
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"no rows", head, nil},
		{"types", head + "A01,5,7,-6.25,true,x\n", []string{row("7", `"A01"`, "-6.25", "5", "true")}},
		{"order of columns does not matter", "buang,ada,lat,satu,sah,kode\nx,true,-6.25,7,5,A01\n", []string{row("7", `"A01"`, "-6.25", "5", "true")}},
		{"empty is null", head + ",,,,,\n", []string{row("null", "null", "null", "null", "null")}},
		{"quoted empty is null", head + `"","","","","",""` + "\n", []string{row("null", "null", "null", "null", "null")}},
		{"quotes", head + `"a,""b""` + "\n\\é\",\"5\",,,,\n", []string{row("null", `"a,\"b\"\n\\é"`, "null", "5", "null")}},
		{"CR LF", "kode,sah,satu,lat,ada,buang\r\nA01,5,,,false,\r\n", []string{row("null", `"A01"`, "null", "5", "false")}},
		{"CR LF inside quotes stays", head + "\"a\r\nb\",,,,,\r\n", []string{row("null", `"a\r\nb"`, "null", "null", "null")}},
		{"nothing is trimmed", head + " A ,,,,,\n", []string{row("null", `" A "`, "null", "null", "null")}},
		{"control characters", head + "a\x01\tb,,,,,\n", []string{row("null", `"a\u0001\tb"`, "null", "null", "null")}},
		{"no line feed at the end", head + "A01,,,,,", []string{row("null", `"A01"`, "null", "null", "null")}},
		{"byte order mark", "\ufeff" + head + "A01,,,,,\n", []string{row("null", `"A01"`, "null", "null", "null")}},
		{"gzip", zipped(head + "A01,,,,,\n"), []string{row("null", `"A01"`, "null", "null", "null")}},
		{"header in quotes", `"kode","sah",satu,lat,ada,buang` + "\nA01,,,,,\n", []string{row("null", `"A01"`, "null", "null", "null")}},
		{"bad cells", head + "A01,5x,,,,\nA01,5.0,,,,\nA01,+5,,,,\nA01,05,,,,\nA01, 5,,,,\nA01,,,1e999,,\nA01,,,,TRUE,\nA01,9007199254740992,,,,\nA01,1,,,,\n",
			append(repeat("!bad_cell", 8), row("null", `"A01"`, "null", "1", "null"))},
		{"bad rows", head + "A01,1\nA01,1,,,,,\n\nA\xff,,,,,\nA01,1,,,,\n",
			append(repeat("!bad_row", 4), row("null", `"A01"`, "null", "1", "null"))},
		{"unused column is UTF-8 or not", head + "A01,,,,,\xff\n", []string{row("null", `"A01"`, "null", "null", "null")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 { // the same bytes every time
				src, err := CSV(strings.NewReader(c.in), boxMapping(t), box(t))
				if err != nil {
					t.Fatal(err)
				}
				got, err := drain(t, src)
				if err != nil {
					t.Fatal(err)
				}
				if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
					t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
				}
			}
		})
	}
}

func repeat(s string, n int) (out []string) {
	for range n {
		out = append(out, s)
	}
	return out
}

func TestCSVRefuses(t *testing.T) {
	const head = "kode,sah,satu,lat,ada,buang\n"
	for _, c := range []struct {
		name, in string
		reason   Reason
		column   int
		where    string
	}{
		{"empty", "", ReasonMalformed, 0, ""},
		{"unmapped", "kode,sah,satu,lat,ada,buang,lain\n", ReasonUnmappedColumn, 7, ""},
		{"other case", "kode,sah,satu,lat,ada,Buang\n", ReasonUnmappedColumn, 6, ""},
		{"missing", "kode,satu,lat,ada,buang\n", ReasonMissingColumn, 0, "sah"},
		{"twice", "kode,sah,satu,lat,ada,sah\n", ReasonDuplicateColumn, 6, ""},
		{"ignored one twice", "buang,kode,sah,satu,lat,ada,buang\n", ReasonDuplicateColumn, 7, ""},
		{"semicolons", strings.ReplaceAll(head, ",", ";"), ReasonUnmappedColumn, 1, ""},
		{"UTF-16", "\xff\xfek\x00o\x00", ReasonUnmappedColumn, 1, ""},
		{"quote left open", head + "\"A01,,,,,\n", ReasonMalformed, 0, ""},
		{"quote in the middle", head + "A\"01\",,,,,\n", ReasonMalformed, 0, ""},
		{"text behind a quote", head + "\"A\"01,,,,,\n", ReasonMalformed, 0, ""},
		{"header too long", strings.Repeat("x", MaxRecordBytes+10) + "\n", ReasonTooLarge, 0, ""},
		{"row too long", head + strings.Repeat("x", MaxRecordBytes+10) + "\n", ReasonTooLarge, 0, ""},
		{"quoted row too long", head + "\"" + strings.Repeat("x\n", MaxRecordBytes/2+10) + "\",,,,,\n", ReasonMalformed, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			src, err := CSV(strings.NewReader(c.in), boxMapping(t), box(t))
			if err == nil {
				_, err = drain(t, src)
			}
			wantReason(t, err, c.reason, c.where)
			var e *Error
			if errors.As(err, &e) && e.Column != c.column {
				t.Errorf("got column %d, want %d", e.Column, c.column)
			}
		})
	}
	_, err := CSV(strings.NewReader(head), nil, box(t))
	wantReason(t, err, ReasonBadMapping, "")
	_, err = CSV(strings.NewReader(head), boxMapping(t), nil)
	wantReason(t, err, ReasonUnknownDefinition, "")
}

// TestCSVErrorsAreFinal: behind a row whose end nobody knows, the next call
// does not go on as if nothing had been.
func TestCSVErrorsAreFinal(t *testing.T) {
	const head = "kode,sah,satu,lat,ada,buang\n"
	for _, c := range []struct {
		name, rows string
		reason     Reason
	}{
		{"row too long", strings.Repeat("x", MaxRecordBytes+10) + "\nA01,,,,,\n", ReasonTooLarge},
		{"text behind a quote", "\"A\"01,,,,,\nA01,,,,,\n", ReasonMalformed},
		{"quote in the middle", "A\"01\",,,,,\nA01,,,,,\n", ReasonMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			src, err := CSV(strings.NewReader(head+"A00,,,,,\n"+c.rows), boxMapping(t), box(t))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := src.Next(); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				_, err := src.Next()
				var e *Error
				if !errors.As(err, &e) || e.Reason != c.reason || e.Record != 2 {
					t.Fatalf("got %v, want %s of record 2 again and again", err, c.reason)
				}
			}
		})
	}
}

func TestCSVColumnsAreLimited(t *testing.T) {
	for _, n := range []int{maxColumns - 1, maxColumns} { // ignored ones, and kode
		var ignored []string
		for i := range n {
			ignored = append(ignored, fmt.Sprintf("c%d", i))
		}
		m, err := ParseMapping([]byte(`{"dataset":"uji/kotak","columns":{"kode":{"to":"/kode","type":"string"}},"ignore":["` + strings.Join(ignored, `","`) + `"]}`))
		if err != nil {
			t.Fatal(err)
		}
		_, err = CSV(strings.NewReader("kode,"+strings.Join(ignored, ",")+"\n"), m, box(t))
		if n+1 > maxColumns {
			wantReason(t, err, ReasonTooLarge, "")
		} else if err != nil {
			t.Errorf("as many columns as allowed: %v", err)
		}
	}
}

func TestParseMappingRefuses(t *testing.T) {
	for _, c := range []struct{ name, old, new, where string }{
		{"unknown member", `"ignore"`, `"ignored"`, ""},
		{"no dataset", `"dataset": "uji/kotak",`, ``, "/dataset"},
		{"odd dataset", `uji/kotak`, `Uji`, "/dataset"},
		{"no such type", `"boolean"`, `"bool"`, "/columns/0/type"},
		{"no pointer", `"/kode"`, `"kode"`, "/columns/1/to"},
		{"wildcard", `"/chart/1"`, `"/chart/*"`, "/columns/4/to"},
		{"the same place twice", `"/chart/1"`, `"/sah"`, "/columns/4/to"},
		{"a place below another", `"/chart/1"`, `"/sah/1"`, "/columns/4/to"},
		{"a constant over a column", `"/dpt": 10`, `"/sah": 10`, "/constants/0"},
		{"a constant around a column", `"/dpt": 10`, `"/chart": 10`, "/constants/0"},
		{"a constant of null", `"/dpt": 10`, `"/dpt": null`, "/constants/0"},
		{"a constant list", `"/dpt": 10`, `"/dpt": []`, "/constants/0"},
		{"mapped and ignored", `["buang"]`, `["buang", "sah"]`, "/ignore/1"},
		{"ignored twice", `["buang"]`, `["buang", "buang"]`, "/ignore/1"},
		{"duplicate column", `"sah": {`, `"kode": {"to": "/x", "type": "string"}, "sah": {`, "structure/duplicate-member"},
		{"no columns", boxMap, `{"dataset": "uji/kotak", "columns": {}}`, "/columns"},
		{"not JSON", boxMap, `kode=sah`, "structure/json"},
		{"a list", boxMap, `[]`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(boxMap, c.old, c.new, 1)
			if text == boxMap {
				t.Fatal("the fault was not planted")
			}
			_, err := ParseMapping([]byte(text))
			wantReason(t, err, ReasonBadMapping, c.where)
		})
	}
}

func TestMappingMustFitTheDefinition(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		where          string
	}{
		{"another dataset", `uji/kotak`, `uji/lain`, "/dataset"},
		{"a place that nobody declared", `"/chart/1"`, `"/chart/satu"`, "/columns/4/to"},
		{"a slip of the pen", `"/sah"`, `"/shah"`, "/columns/3/to"},
		{"a constant nobody declared", `"/dpt"`, `"/dtp"`, "/constants/0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := ParseMapping([]byte(strings.Replace(boxMap, c.old, c.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			_, err = CSV(strings.NewReader("kode,sah,satu,lat,ada,buang\n"), m, box(t))
			wantReason(t, err, ReasonBadMapping, c.where)
		})
	}
}

// FuzzCSV: no input panics, and every record is JSON with the mapping's members.
func FuzzCSV(f *testing.F) {
	f.Add("kode,sah,satu,lat,ada,buang\n", "A01,5,7,1.5,true,x\n")
	f.Add("kode,sah,satu,lat,ada,buang\r\n", "\"a\"\"b\n\",,,,,\n")
	f.Add("\ufeffkode,sah,satu,lat,ada,buang\n", "\xff,\"")
	f.Fuzz(func(t *testing.T, head, rows string) {
		src, err := CSV(strings.NewReader(head+rows), boxMapping(t), box(t))
		if err != nil {
			return
		}
		got, err := drain(t, src)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error of another type: %v", err)
			}
		}
		for _, r := range got {
			if strings.HasPrefix(r, "!") {
				continue
			}
			v, bad := scan([]byte(r))
			if bad != nil {
				t.Fatalf("%s: %q", bad.id, r)
			}
			if m := v.(map[string]any); len(m) != 7 {
				t.Fatalf("got %d members, want 7: %q", len(m), r)
			}
		}
	})
}

// FuzzNDJSON: no input panics, and the records are the input between line feeds.
func FuzzNDJSON(f *testing.F) {
	f.Add([]byte("{}\n{\"a\":1}\n"))
	f.Add([]byte("\ufeff{}\r\n\n"))
	f.Add([]byte(zipped("{}\n")))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := drain(t, NDJSON(bytes.NewReader(b)))
		if err != nil || bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
			return
		}
		want := strings.TrimSuffix(strings.TrimPrefix(string(b), "\ufeff"), "\n")
		if strings.Join(got, "\n") != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

// FuzzParseMapping: no input panics, and the error says one of two reasons.
func FuzzParseMapping(f *testing.F) {
	f.Add([]byte(boxMap))
	f.Add([]byte(`{"dataset":"a/b","columns":{"a":{"to":"/a/b","type":"string"}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := ParseMapping(b); err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Reason != ReasonBadMapping && e.Reason != ReasonTooLarge {
				t.Fatalf("got %v", err)
			}
		}
	})
}
