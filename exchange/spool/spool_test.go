package spool_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/segel-id/segel/exchange/spool"
)

var at = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

const (
	name  = "0123456789abcdef-one"
	other = "0123456789abcdef-two"
	owner = "kpu/sirekap"
)

func open(t *testing.T, dir string, limits spool.Limits) *spool.Folder {
	t.Helper()
	f, err := spool.Open(dir, limits, at)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func begin(t *testing.T, f *spool.Folder, name string) *spool.File {
	t.Helper()
	w, err := f.Begin(name, owner, at)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func write(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func keep(t *testing.T, w *spool.File, state string) {
	t.Helper()
	if err := w.Keep([]byte(state), at); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, f *spool.Folder, name string) string {
	t.Helper()
	r, err := f.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatWasKeptIsThereAfterARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	f := open(t, dir, spool.Limits{})
	w := begin(t, f, name)
	write(t, w, "kept ")
	keep(t, w, "state")
	write(t, w, "and not")
	if _, err := f.Begin(name, owner, at); !errors.Is(err, spool.ErrBusy) {
		t.Errorf("a second writer: %v", err)
	}
	// No Close: the process is gone.
	f = open(t, dir, spool.Limits{})
	if n, ok := f.Kept(name); n != 5 || !ok {
		t.Errorf("kept %d, %v", n, ok)
	}
	w = begin(t, f, name)
	if w.Size() != 5 || string(w.State()) != "state" {
		t.Errorf("%d bytes, state %q", w.Size(), w.State())
	}
	write(t, w, "again")
	if got := content(t, f, name); got != "kept " {
		t.Errorf("a reader sees %q", got)
	}
	keep(t, w, "more")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := content(t, f, name); got != "kept again" {
		t.Errorf("got %q", got)
	}
}

func TestNobodyElseReadsIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	dir := filepath.Join(t.TempDir(), "spool")
	f := open(t, dir, spool.Limits{})
	w := begin(t, f, name)
	write(t, w, "x")
	keep(t, w, "")
	for path, want := range map[string]os.FileMode{dir: 0o700 | os.ModeDir, filepath.Join(dir, name+".sealed"): 0o600, filepath.Join(dir, name+".json"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v; want %v", filepath.Base(path), info.Mode(), err, want)
		}
	}
}

func TestLeftoversGo(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir, spool.Limits{})
	for _, n := range []string{name, other, "0123456789abcdef-three", "0123456789abcdef-four"} {
		w := begin(t, f, n)
		write(t, w, "bytes")
		keep(t, w, "")
		w.Close()
	}
	w := begin(t, f, "0123456789abcdef-five")
	write(t, w, "never kept")
	for file, text := range map[string]string{name + ".half": "{", "0123456789abcdef-four.json": "{\"kept\":", "0123456789abcdef-three.sealed": "byte", "README": "mine"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, other+".sealed")); err != nil {
		t.Fatal(err)
	}
	f = open(t, dir, spool.Limits{})
	if got := f.Names(); !slices.Equal(got, []string{name}) {
		t.Errorf("bodies: %v", got)
	}
	var files []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		files = append(files, e.Name())
	}
	if want := []string{name + ".json", name + ".sealed", "README"}; !slices.Equal(files, want) {
		t.Errorf("files: %v, want %v", files, want)
	}
}

func TestQuota(t *testing.T) {
	f := open(t, t.TempDir(), spool.Limits{PerOwner: 10, Total: 15, Bodies: 2})
	w := begin(t, f, name)
	write(t, w, "0123456789")
	if _, err := w.Write([]byte("x")); !errors.Is(err, spool.ErrQuota) || w.Size() != 10 {
		t.Errorf("beyond its share: %v, %d bytes", err, w.Size())
	}
	two := begin(t, f, other)
	if _, err := two.Write([]byte("x")); !errors.Is(err, spool.ErrQuota) {
		t.Errorf("beyond its share in another body: %v", err)
	}
	if _, err := f.Begin("0123456789abcdef-three", owner, at); !errors.Is(err, spool.ErrQuota) {
		t.Errorf("a third body: %v", err)
	}
	third, err := f.Begin("0123456789abcdef-three", "sipol/parpol", at)
	if err != nil {
		t.Fatal(err)
	}
	write(t, third, "01234")
	if _, err := third.Write([]byte("x")); !errors.Is(err, spool.ErrQuota) {
		t.Errorf("beyond the folder's share: %v", err)
	}
	w.Close() // nothing was kept of it
	if len(f.Names()) != 2 {
		t.Errorf("%v", f.Names())
	}
	write(t, third, "56789")
	write(t, two, "01234")
}

func TestRemoveAndExpire(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir, spool.Limits{MaxAge: time.Hour, PerOwner: 10})
	w := begin(t, f, name)
	write(t, w, "0123456789")
	keep(t, w, "")
	if err := f.Remove(name); !errors.Is(err, spool.ErrBusy) {
		t.Errorf("while it is written: %v", err)
	}
	if n, err := f.Expire(at.Add(2 * time.Hour)); n != 0 || err != nil {
		t.Errorf("while it is written: %d, %v", n, err)
	}
	w.Close()
	r, err := f.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := f.Expire(at.Add(59 * time.Minute)); n != 0 || err != nil {
		t.Errorf("too young: %d, %v", n, err)
	}
	if n, err := f.Expire(at.Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("old: %d, %v", n, err)
	}
	if text, err := io.ReadAll(r); err != nil || string(text) != "0123456789" {
		t.Errorf("who reads it goes on: %q, %v", text, err)
	}
	r.Close()
	if _, err := f.Read(name); !errors.Is(err, spool.ErrNone) {
		t.Errorf("gone: %v", err)
	}
	w = begin(t, f, name)
	if w.Size() != 0 {
		t.Errorf("a new body of that name has %d bytes", w.Size())
	}
	write(t, w, "0123456789")
	keep(t, w, "")
	if err := errors.Join(w.Remove(), w.Close(), f.Remove(name)); err != nil {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("left: %v", entries)
	}
}

func TestReset(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir, spool.Limits{PerOwner: 10})
	w := begin(t, f, name)
	write(t, w, "0123456789")
	keep(t, w, "state")
	if err := w.Reset(); err != nil || w.Size() != 0 || w.State() != nil {
		t.Fatalf("%v, %d bytes, state %q", err, w.Size(), w.State())
	}
	write(t, w, "abc")
	if n := len(open(t, dir, spool.Limits{}).Names()); n != 0 {
		t.Errorf("%d bodies after a crash behind Reset", n)
	}
	w = begin(t, f, other)
	write(t, w, "0123456")
	keep(t, w, "state")
	r, err := f.Read(other)
	if err != nil || string(r.State()) != "state" {
		t.Errorf("%v, %q", err, r.State())
	}
	r.Close()
}

func TestNames(t *testing.T) {
	f := open(t, t.TempDir(), spool.Limits{})
	for _, bad := range []string{"", "short", "../../../../etc/passwd-x", "0123456789abcdef.json", "0123456789abcdef/x", string(bytes.Repeat([]byte("a"), 65))} {
		if _, err := f.Begin(bad, owner, at); !errors.Is(err, spool.ErrName) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	w := begin(t, f, name)
	write(t, w, "x")
	keep(t, w, "")
	w.Close()
	if _, err := f.Begin(name, "sipol/parpol", at); !errors.Is(err, spool.ErrNone) {
		t.Errorf("another owner: %v", err)
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "spool")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	folder, err := spool.Open(dir, spool.Limits{}, now)
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := folder.Begin("018da7d3-ac00-7000-8000-000000000001", "kpu/sirekap", now)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprint(file, "sealed bytes")
	if err := file.Keep([]byte("what its keeper needs to go on"), now); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprint(file, ", of which these are not kept")
	file.Close()
	fmt.Println(folder.Kept("018da7d3-ac00-7000-8000-000000000001"))
	// Output: 12 true
}
