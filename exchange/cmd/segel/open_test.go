package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
)

// TestDiskRefuses: if the records cannot be written, the envelope does not
// count as opened, nothing is left behind, and the next attempt succeeds.
func TestDiskRefuses(t *testing.T) {
	w := newWorld(t)
	rows := `{"kode_tps":"3101011001001","pemilu":"ppwp","tanggal_pemungutan":"2024-02-14"}` + "\n"
	command(t, exitOK, w.seal("--in", w.write("rows", rows), "--out", w.path("rows.segel"))...)

	// The command itself finds a missing folder before it begins; a disk can
	// refuse later than that.
	a := &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard, now: func() time.Time { return time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC) }}
	me := side{directory: w.path("directory"), anchor: w.path("anchor/anchor.public.jwks"), as: "bawaslu/pengawasan", keys: w.path("bawaslu/bawaslu-pengawasan.private.jwks")}
	if err := me.load(a); err != nil {
		t.Fatal(err)
	}
	o := opening{a: a, me: &me, out: w.path("absent/rows.ndjson"), remembers: true}
	err := o.run(context.Background(), "AWAS-TAHAPAN", w.path("store.db"), w.path("rows.segel"))
	if end := ending(err); end.code != exitCannot || !strings.Contains(end.detail, "rows.ndjson") {
		t.Fatalf("got %+v, want exit code %d and the file's name", end, exitCannot)
	}

	opened := w.open("--store", w.path("store.db"), "--in", w.path("rows.segel"), "--out", w.path("rows.ndjson"))
	command(t, exitOK, opened...)
	got, err := os.ReadFile(w.path("rows.ndjson"))
	if err != nil || string(got) != rows {
		t.Errorf("the second attempt gave %q, %v", got, err)
	}
	command(t, exitRefused, opened...)
}

func TestFilesAppearWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	entries := func() int {
		list, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if err := create(path, private, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := create(path, private, []byte("second")); err == nil {
		t.Error("create replaced a file")
	}
	if err := replace(path, handout, []byte("third")); err != nil {
		t.Error(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := replace(filepath.Join(dir, "folder"), private, nil); err == nil {
		t.Error("replace replaced a folder")
	}
	if err := place(path, private, []byte("fourth"), func(string, string) error { return os.ErrPermission }); err == nil {
		t.Error("a failed rename is no error")
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "third" {
		t.Errorf("got %q, %v; want the third", got, err)
	}
	if n := entries(); n != 2 {
		t.Errorf("%d entries in the folder, want 2: something was left behind", n)
	}
}

// TestEndings: which reasons are a verdict on the data and which are not, and
// that a text of unknown origin never ends up in a message.
func TestEndings(t *testing.T) {
	for _, r := range envelope.Reasons() {
		want := exitRefused
		switch r {
		case envelope.ReasonUnavailable, envelope.ReasonMisuse, envelope.ReasonHandlerFailed:
			want = exitCannot
		}
		if got := ending(&envelope.Error{Reason: r}); got.code != want || got.reason != string(r) || got.id == "" || got.en == "" {
			t.Errorf("%s: got %+v, want exit code %d", r, got, want)
		}
	}
	var out strings.Builder
	ending(io.ErrClosedPipe).print(&out)
	cannot("x", "y", "a\nb\x1b[2J\u202e").print(&out)
	const want = "cannot run: kesalahan yang tidak terduga / unexpected error\ncannot run: x / y (a?b?[2J?)\n"
	if out.String() != want {
		t.Errorf("got %q\nwant %q", out.String(), want)
	}
}
