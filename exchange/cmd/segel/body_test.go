package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/shared"
)

// TestRealBody seals and opens a province, which is a body.
func TestRealBody(t *testing.T) {
	input := shared.Path(t, "data", "sirekap2024", "ppwp_tps_31-dki-jakarta.csv.gz")
	want := converted(t, input)
	sizes := map[string]int64{}
	for _, codec := range []string{"", "none", "zstd"} {
		w := newWorld(t)
		_, told := command(t, exitOK, w.seal("--map", mapFile, "--compress", codec, "--in", input, "--out", w.path("rows.segel"))...)
		_, stderr := command(t, exitOK, w.open("--store", w.path("store.db"), "--in", w.path("rows.segel"), "--out", w.path("rows.ndjson"))...)
		got, err := os.ReadFile(w.path("rows.ndjson"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%q: %d bytes came out, which are not the %d bytes that went in", codec, len(got), len(want))
		}
		for _, text := range []string{told, stderr} {
			if !strings.Contains(text, "records: 30766\n") || strings.Contains(text, "\r") {
				t.Errorf("%q: standard error: %s", codec, text)
			}
		}
		info, err := os.Stat(w.path("rows.segel"))
		if err != nil {
			t.Fatal(err)
		}
		sizes[codec] = info.Size()
		command(t, exitRefused, w.open("--store", w.path("store.db"), "--in", w.path("rows.segel"), "--out", w.path("again.ndjson"))...)
		if _, err := os.Stat(w.path("again.ndjson")); err == nil {
			t.Error("opened twice")
		}
		tidy(t, w.dir, "rows.ndjson", "rows.segel")
	}
	if sizes[""] != sizes["zstd"] && sizes["zstd"] > sizes["none"]/4 || sizes["none"] < int64(len(want)) {
		t.Errorf("sizes: %v, content %d", sizes, len(want))
	}
}

// tidy wants no unfinished file in a folder, beside which the named ones are there.
func tidy(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), unfinished) {
			t.Errorf("left: %s", e.Name())
		}
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is not there", name)
		}
	}
}

// TestDocument seals and opens one document, small and large, byte for byte.
func TestDocument(t *testing.T) {
	w := newWorld(t)
	for name, content := range map[string][]byte{"small": []byte("%PDF-1.7\n"), "large": bytes.Repeat([]byte("%PDF-1.7\x00\r\n"), 100_000)} {
		in, sealed, out := w.write(name, string(content)), w.path(name+".segel"), w.path(name+".pdf")
		_, told := command(t, exitOK, w.seal("--media", "application/pdf", "--in", in, "--out", sealed)...)
		if !strings.Contains(told, "dokumen / document: application/pdf, ") {
			t.Errorf("standard error: %s", told)
		}
		store := []string{"--store", w.path(name + ".db")}
		_, told = command(t, exitRefused, w.open(append(store, "--in", sealed, "--out", out)...)...)
		if !strings.Contains(told, "--media") {
			t.Errorf("standard error: %s", told)
		}
		command(t, exitOK, w.open(append(store, "--media", "application/pdf", "--in", sealed, "--out", out)...)...)
		if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	tidy(t, w.dir)
}

// TestKilledInTheMiddle kills seal and open when part of their output is on the
// disk: nothing stands under its name, the next run removes what was left, and an
// envelope whose opening was killed opens.
func TestKilledInTheMiddle(t *testing.T) {
	w := newWorld(t)
	command(t, exitOK, "generate", "--dataset", "sirekap/hasil-tps", "--records", "20000", "--seed", "7", "--out", w.path("rows.ndjson"))
	rows, err := os.ReadFile(w.path("rows.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	seal := w.seal("--compress", "none", "--in", "-", "--out", w.path("rows.segel"))
	killed(t, seal, rows[:len(rows)/2], w.dir)
	if _, err := os.Stat(w.path("rows.segel")); err == nil {
		t.Fatal("there is an envelope")
	}
	command(t, exitOK, w.seal("--compress", "none", "--in", w.path("rows.ndjson"), "--out", w.path("rows.segel"))...)
	tidy(t, w.dir, "rows.segel")
	sealed, err := os.ReadFile(w.path("rows.segel"))
	if err != nil {
		t.Fatal(err)
	}
	open := w.open("--store", w.path("store.db"), "--in", "-", "--out", w.path("out.ndjson"))
	killed(t, open, sealed[:len(sealed)*3/4], w.dir)
	if _, err := os.Stat(w.path("out.ndjson")); err == nil {
		t.Fatal("there is an output")
	}
	command(t, exitOK, w.open("--store", w.path("store.db"), "--in", w.path("rows.segel"), "--out", w.path("out.ndjson"))...)
	tidy(t, w.dir, "out.ndjson")
	if got, err := os.ReadFile(w.path("out.ndjson")); err != nil || !bytes.Equal(got, rows) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// killed runs the program on an input that does not end, and kills it once part of
// its output lies in the folder.
func killed(t *testing.T, args []string, input []byte, dir string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, feed := io.Pipe()
	defer feed.Close()
	go func() { _, _ = feed.Write(input) }()
	cmd := &exec.Cmd{Path: self, Args: append([]string{"segel"}, args...), Env: append(os.Environ(), "SEGEL_TEST_NOW=2026-11-22T03:00:00Z"), Stdin: in}
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		parts, _ := filepath.Glob(filepath.Join(dir, part+"*"))
		if len(parts) == 1 {
			if info, err := os.Stat(parts[0]); err == nil && info.Size() > 0 {
				if mode := info.Mode().Perm(); args[0] == "open" && mode != private {
					t.Errorf("what is not verified has mode %o", mode)
				}
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v never came to its output", args[0])
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	feed.Close()
	_ = cmd.Wait()
}

// TestProgress: what takes long is shown, what does not is not, and the bytes are
// the same.
func TestProgress(t *testing.T) {
	for name, long := range map[string]bool{"long": true, "short": false} {
		var screen bytes.Buffer
		r, done := progressOn(&screen, strings.NewReader("records"), 7, "menyegel / sealing")
		if long {
			r.(*progress).begun = time.Now().Add(-2 * shownAfter)
		}
		got, err := io.ReadAll(r)
		done()
		if string(got) != "records" || err != nil || (screen.Len() > 0) != long {
			t.Errorf("%s: %q, %v, %q", name, got, err, screen.String())
		}
	}
	a := &app{err: new(bytes.Buffer)}
	if r, _ := a.watch(strings.NewReader("x"), 1, ""); r == nil || a.err.(*bytes.Buffer).Len() > 0 {
		t.Error("a bar in a pipe")
	} else if _, ok := r.(*progress); ok {
		t.Error("a bar in a pipe")
	}
}
