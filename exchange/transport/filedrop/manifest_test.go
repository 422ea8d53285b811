package filedrop_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/segel-id/segel/exchange/transport/filedrop"
)

// The manifest has every file of ours with its size and digest, in the order of
// paths, and is what List finds.
func TestManifest(t *testing.T) {
	r := newRoad(t)
	r.send(board)
	r.send(boards(2), ahu, bawaslu)
	if err := os.WriteFile(filepath.Join(r.dir, "README"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.export(filedrop.Carried{Waiting: 3})
	r.receive(2)
	if err := r.stick.WriteManifest(t.Context()); err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	fmt.Fprintln(&want, "segel-drop/1")
	paths := r.files(".segel", ".answer")
	for _, path := range paths {
		text, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&want, "%x %d %s\n", sha256.Sum256(text), len(text), path)
	}
	fmt.Fprintln(&want, "end", len(paths))
	if got, err := os.ReadFile(filepath.Join(r.dir, "segel-drop.txt")); err != nil || string(got) != want.String() || len(paths) != 5 {
		t.Errorf("got\n%swant\n%s", got, want.String())
	}
	items, err := r.stick.List(t.Context())
	if err != nil || len(items) != 5 || items[0].Path != paths[0] || items[4].To != bawaslu.Party && items[4].To != ahu.Party {
		t.Errorf("%v, %v", items, err)
	}
}

// A recipient is told what the stick was to hold and does not.
func TestMissing(t *testing.T) {
	r := newRoad(t)
	r.send(board)
	r.send(boards(2), ahu, bawaslu)
	r.export(filedrop.Carried{Waiting: 3})
	path := r.files(".segel")
	gone := path[0]
	if !strings.HasPrefix(gone, "to-"+strings.Replace(string(ahu.Party), "/", ".", 1)) {
		gone = path[len(path)-1]
	}
	if err := os.Remove(filepath.Join(r.dir, filepath.FromSlash(gone))); err != nil {
		t.Fatal(err)
	}
	if got := r.receive(1, filedrop.FaultMissing); got.Failed[0].Path != gone {
		t.Errorf("missing: %v, want %s", got.Failed, gone)
	}
	r.export(filedrop.Carried{Settled: 1, Waiting: 2})
	r.receive(1)
}

// A manifest of nothing but line ends takes the memory of a file, not of its lines.
func TestManifestOfManyLines(t *testing.T) {
	dir := t.TempDir()
	drop := open(t, dir)
	if _, err := drop.Deliver(t.Context(), ahu.Party, strings.NewReader("x")); err != filedrop.ErrWaits {
		t.Fatal(err)
	}
	const size = filedrop.DefaultMaxEntries * 256
	if err := write(dir, "segel-drop.txt", strings.Repeat("\n", size)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(box(dir, ahu.Party), box(dir, bawaslu.Party)); err != nil {
		t.Fatal(err)
	}
	if err := write(box(dir, bawaslu.Party), fmt.Sprintf("%x.segel", sha256.Sum256([]byte("x"))), ""); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := drop.Receive(t.Context(), bawaslu.Party, nobody{})
	runtime.ReadMemStats(&after)
	if err != nil || len(got.Taken) != 0 || len(got.Failed) != 1 || got.Failed[0].Fault != filedrop.FaultDamaged {
		t.Errorf("%v, %v", got, err)
	}
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 2*size {
		t.Errorf("%d MiB for a manifest of %d MiB", spent>>20, size>>20)
	}
}

func FuzzFolder(f *testing.F) {
	f.Add("segel-drop/1\nend 0\n", "segel-answer/1\nrefusal\nmalformed\n")
	f.Add("segel-drop/1\n"+name+" 5 to-ahu.badan-hukum/"+name+".segel\nend 1\n", "segel-answer/1\nreceipt\na.b.c.d.e\n")
	f.Fuzz(func(t *testing.T, manifest, answer string) {
		dir := t.TempDir()
		drop := open(t, dir)
		if _, err := drop.Deliver(t.Context(), ahu.Party, strings.NewReader("x")); err != filedrop.ErrWaits {
			t.Fatal(err)
		}
		digest := sha256.Sum256([]byte("x"))
		if write(dir, "segel-drop.txt", manifest) != nil || write(box(dir, ahu.Party), fmt.Sprintf("%x.answer", digest), answer) != nil {
			t.Fatal("cannot write")
		}
		reply, err := drop.Deliver(t.Context(), ahu.Party, strings.NewReader("x"))
		if err != nil && err != filedrop.ErrWaits || err == nil && (reply.Receipt == nil) == (reply.Refusal == "") {
			t.Errorf("%v, %v", reply, err)
		}
		got, err := drop.Receive(t.Context(), bawaslu.Party, nobody{})
		if err != nil || len(got.Taken) != 0 {
			t.Errorf("%v, %v", got, err)
		}
	})
}

type nobody struct{ filedrop.Receiver }
