package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestLooksLike(t *testing.T) {
	zipped := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, text); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, test := range []struct {
		name, head string
		mapped     bool
		want       string // a piece of the English sentence; "" for none
	}{
		{"NDJSON", `{"a":1,"b":2}` + "\n", false, ""},
		{"NDJSON behind blanks", "\n {\"a\":1}", false, ""},
		{"NDJSON behind a mark", "\ufeff{\"a\":1}", false, ""},
		{"NDJSON, gzip", zipped(`{"a":1}`), false, ""},
		{"CSV", "a,b\n1,2\n", true, ""},
		{"CSV with a semicolon in it", "a,b;c\n", true, ""},
		{"one column", "a\n1;2\n", true, ""},
		{"empty", "", true, "empty"},
		{"blank", " \r\n\n", false, "empty"},
		{"a mark alone", "\ufeff", false, "empty"},
		{"empty, gzip", zipped(""), false, "empty"},
		{"semicolons", "a;b\n1,5;2\n", true, "semicolons"},
		{"semicolons, gzip", zipped("a;b\n"), true, "semicolons"},
		{"CSV as NDJSON", "a,b\n1,2\n", false, "--map"},
		{"CSV behind a mark as NDJSON", "\ufeffa;b\n", false, "--map"},
		{"an array", " [1,2]", false, "array"},
		{"a spreadsheet", "PK\x03\x04", true, "spreadsheet"},
		{"an old spreadsheet", "\xd0\xcf\x11\xe0", true, "spreadsheet"},
		{"UTF-16", "\xff\xfea\x00,\x00", true, "UTF-16"},
		{"a word", "word", false, ""},
		{"broken gzip", "\x1f\x8b\x08", true, ""},
	} {
		id, en := looksLike([]byte(test.head), test.mapped)
		if (test.want == "") != (en == "") || !strings.Contains(en, test.want) || (id == "") != (en == "") {
			t.Errorf("%s: got %q, want %q", test.name, en, test.want)
		}
	}
}

// TestRecordsFail: a disk that fails in the middle is said by its own words, not
// as a fault of the records.
func TestRecordsFail(t *testing.T) {
	failure := errors.New("disk")
	for name, in := range map[string]io.Reader{
		"at once": iotest.ErrReader(failure),
		"later":   io.MultiReader(strings.NewReader(strings.Repeat("x", 2*headSize)), iotest.ErrReader(failure)),
	} {
		r, err := (&app{in: in}).records("-")
		if err == nil {
			_, err = io.ReadAll(r)
			if r.failed != failure {
				t.Errorf("%s: failed is %v", name, r.failed)
			}
		}
		if err != failure {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
