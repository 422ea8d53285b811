package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/internal/shared"
)

const vectorFolder = "../../../envelope/testdata/vectors"

// A trial is one folder in which the command meets vectors.
type trial struct {
	*testing.T
	dir string
	n   int
}

// private copies a key file, because the command refuses one that others can read.
func (tr *trial) private(name string) string {
	tr.Helper()
	path := filepath.Join(tr.dir, name)
	text, err := os.ReadFile(filepath.Join(vectorFolder, "keys", name))
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		tr.Fatal(err)
	}
	return path
}

// run runs the command at the vector's time and returns its exit code and the
// reason that it printed.
func (tr *trial) run(v *envelopetest.Vector, args ...string) (code int, reason envelope.Reason, errs string) {
	tr.Helper()
	var out, printed bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(""), &out, &printed, func() time.Time { return v.At })
	for line := range strings.Lines(printed.String()) {
		for _, begin := range []string{"refused: ", "cannot run: "} {
			if rest, ok := strings.CutPrefix(line, begin); ok {
				word, _, _ := strings.Cut(rest, ": ")
				reason = envelope.Reason(word)
			}
		}
	}
	return code, reason, printed.String()
}

// open runs "segel open", with a store on the disk if the vector has seen
// something, and checks what is in the output.
func (tr *trial) open(v *envelopetest.Vector, in string) {
	tr.Helper()
	tr.n++
	base := filepath.Join(tr.dir, strings.ReplaceAll(v.Name, "/", "-"))
	out, store := base+".out", base+".store" // but one journal, for there is one opener
	args := []string{"open", "--directory", filepath.Join(vectorFolder, "directories", v.Directory), "--anchor", filepath.Join(vectorFolder, "directories", "anchors.jwks"),
		"--as", string(v.As), "--keys", filepath.Join(tr.dir, v.Keys), "--purpose", string(v.Purpose), "--journal", filepath.Join(tr.dir, "journal"), "--in", in, "--out", out}
	if len(v.Seen) > 0 {
		s, err := bolt.Open(store)
		if err != nil {
			tr.Fatal(err)
		}
		if err := exchangetest.Remember(tr.Context(), s, v); err != nil {
			tr.Fatalf("%s: %v", v.Name, err)
		}
		if err := s.Close(); err != nil {
			tr.Fatal(err)
		}
		args = append(args, "--store", store)
	}
	want := exitOK
	if v.Expect != "" {
		want = exitRefused
	}
	code, reason, errs := tr.run(v, args...)
	if v.Name == "envelope/one-byte" && reason == envelope.ReasonUnknownDefinition {
		reason = v.Expect // a document: a receiver of records alone refuses it for good, but a person may say --media
	}
	if code != want || reason != v.Expect {
		tr.Errorf("%s: exit code %d and %q, want %d and %q: %s\n%s", v.Name, code, reason, want, v.Expect, v.Comment, errs)
	}
	content, err := os.ReadFile(out)
	switch {
	case v.Expect != "" && err == nil:
		tr.Errorf("%s: refused, and there is an output", v.Name)
	case v.Expect == "" && (err != nil || envelopetest.ContentHash(content) != v.Result):
		tr.Errorf("%s: the output is not the content (%v)", v.Name, err)
	}
}

// TestVectors runs the vectors of the format through the commands that read
// their kind: open and inspect, directory show, agreement show. A receiving
// application is what the command is itself, so it neither rejects nor fails.
func TestVectors(t *testing.T) {
	all, err := envelopetest.ReadVectors(os.DirFS(vectorFolder))
	if err != nil {
		t.Fatal(err)
	}
	tr := &trial{T: t, dir: t.TempDir()}
	for _, keys := range []string{"kpu-sirekap.jwks", "kpu-sirekap-x25519.jwks", "kpu-sirekap-rsa.jwks"} {
		tr.private(keys)
	}
	seed, mine := int(shared.Seed(t)%4), shared.OneIn(t, 7)
	for i, v := range all {
		if !mine() {
			continue
		}
		// Hundreds are refused by their form alone. The other entry points meet all
		// of them in every run.
		if v.Expect == envelope.ReasonMalformed && v.Kind == "envelope" && (i+seed)%4 != 0 && !shared.Long() {
			continue
		}
		in := filepath.Join(tr.dir, "in")
		if err := os.WriteFile(in, v.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		switch v.Kind {
		case "envelope":
			if v.Handler == "" {
				tr.open(v, in)
			}
			code, reason, _ := tr.run(v, "inspect", in)
			if reason != "" && reason != v.Expect || (code == exitOK) != (reason == "") {
				t.Errorf("%s: inspect says %d, %q; want %q or nothing", v.Name, code, reason, v.Expect)
			}
		case "directory":
			if len(v.Seen) > 0 {
				continue // what was seen before is not for "show"
			}
			tr.n++
			code, reason, _ := tr.run(v, "directory", "show", "--anchor", filepath.Join(vectorFolder, "directories", "anchors.jwks"), in)
			if reason != v.Expect || (code == exitOK) != (v.Expect == "") {
				t.Errorf("%s: directory show says %d, %q; want %q: %s", v.Name, code, reason, v.Expect, v.Comment)
			}
		case "agreement":
			tr.n++
			want := v.Expect
			if want == envelope.ReasonNoAgreement {
				want = "" // "show" verifies no signature, and says so
			}
			code, reason, _ := tr.run(v, "agreement", "show", in)
			if reason != want || (code == exitOK) != (want == "") {
				t.Errorf("%s: agreement show says %d, %q; want %q: %s", v.Name, code, reason, want, v.Comment)
			}
		}
	}
	t.Logf("%d vectors", tr.n)
}
