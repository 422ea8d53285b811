package schema

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func TestExactSkipsAndUnpacksNothing(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte("{}\n"))
	z.Close()
	for _, tt := range []string{"{}\n[]\r\n", "\ufeff{}\n{}\n", "\n{}\n", packed.String()} {
		var got strings.Builder
		for src := Exact(strings.NewReader(tt)); ; {
			record, err := src.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got.Write(record)
			got.WriteByte('\n')
		}
		if want := strings.TrimSuffix(tt, "\n") + "\n"; got.String() != want {
			t.Errorf("got %q, want %q", got.String(), want)
		}
	}
}
