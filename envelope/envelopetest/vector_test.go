package envelopetest

import (
	"bytes"
	"context"
	"os"
	"testing"

	"github.com/segel-id/segel/envelope"
)

const vectorFolder = "../testdata/vectors"

func vectors(t testing.TB) (VectorFolder, []*Vector) {
	t.Helper()
	folder := os.DirFS(vectorFolder)
	all, err := ReadVectors(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 500 {
		t.Fatalf("only %d vectors", len(all))
	}
	return VectorFolder{folder}, all
}

// TestVectors runs every vector through the entry points of package envelope.
func TestVectors(t *testing.T) {
	folder, all := vectors(t)
	ran := 0
	for _, v := range all {
		if v.Kind != "envelope" && v.Kind != "body" && v.Kind != "public-key" && v.Kind != "private-keys" {
			continue
		}
		ran++
		reason, result, err := folder.Try(context.Background(), v)
		if err != nil {
			t.Fatal(err)
		}
		want := v.Expect
		if v.Layer != "format" {
			want = "" // this layer opens what another refuses
		}
		if reason != want || v.Expect == "" && result != v.Result {
			t.Errorf("%s: %q, want %q: %s", v.Name, reason, want, v.Comment)
		}
		if v.Kind != "envelope" && v.Kind != "body" {
			continue
		}
		// Who has no key sees less, and never anything else.
		_, _, err = envelope.Inspect(bytes.NewReader(v.Data))
		if seen := envelope.ReasonOf(err); seen != "" && seen != v.Expect {
			t.Errorf("%s: an outsider sees %q, want %q", v.Name, seen, v.Expect)
		}
	}
	t.Logf("%d vectors", ran)
}
