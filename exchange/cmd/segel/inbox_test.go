package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
)

// TestIsOf: a statement is an envelope's own by sender, id and digest together.
func TestIsOf(t *testing.T) {
	const id, other = "019a0000-0000-7000-8000-000000000001", "019a0000-0000-7000-8000-000000000002"
	p := envelope.Proof{Manifest: &envelope.Manifest{Sender: "kpu/sirekap", ID: id}, Digest: "DIGEST"}
	for name, test := range map[string]struct {
		text string
		own  bool
	}{
		"its own":        {`{"sender":"kpu/sirekap","id":"` + id + `","digest":"DIGEST","check":{}}`, true},
		"another sender": {`{"sender":"kpu/silon","id":"` + id + `","digest":"DIGEST"}`, false},
		"another id":     {`{"sender":"kpu/sirekap","id":"` + other + `","digest":"DIGEST"}`, false},
		"another digest": {`{"sender":"kpu/sirekap","id":"` + id + `","digest":"OTHER"}`, false},
		"an empty file":  {``, false},
		"no JSON":        {`kpu/sirekap ` + id + ` DIGEST`, false},
	} {
		path := filepath.Join(t.TempDir(), "statement")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if own, err := isOf(path, p); own != test.own || (err == nil) != test.own {
			t.Errorf("%s: %v, %v", name, own, err)
		}
	}
	if own, err := isOf(filepath.Join(t.TempDir(), "absent"), p); own || err != nil {
		t.Errorf("no file: %v, %v", own, err)
	}
}

// TestOnce: a file is written once; the same again is fine, another is not, and what
// is there stays.
func TestOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records")
	for _, test := range []struct {
		text string
		ok   bool
	}{{"first", true}, {"first", true}, {"firs", false}, {"first and more", false}, {"", false}, {"first", true}} {
		if err := once(path, func() io.Reader { return strings.NewReader(test.text) }); (err == nil) != test.ok {
			t.Errorf("%q: %v", test.text, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != "first" {
			t.Fatalf("after %q the file holds %q, %v", test.text, got, err)
		}
	}
}

// TestSweep: what a killed process left unfinished goes, and nothing else.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"kpu-sirekap/.segel-ABC", "kpu-sirekap/id.ndjson", "kpu-sirekap/.other", "kpu-sirekap/sub/.segel-DEF", "file"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := openInbox(dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"kpu-sirekap/.segel-ABC": false, "kpu-sirekap/id.ndjson": true, "kpu-sirekap/.other": true, "kpu-sirekap/sub/.segel-DEF": true, "file": true,
	} {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", name, err == nil, want)
		}
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 2 {
		t.Errorf("the folder holds %v, %v", all, err)
	}
}
