package filedrop_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/transport/filedrop"
)

// obstruct puts a folder with something in it in the place of a file.
func obstruct(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
}

// Where an answer cannot be written, as on a stick that is full, everything is received
// all the same, and the answer comes once there is room for it.
func TestNoRoomForAnAnswer(t *testing.T) {
	r := newRoad(t)
	r.send(board)
	r.send(boards(2))
	r.send(boards(3))
	r.export(filedrop.Carried{Waiting: 3})
	answer := filepath.Join(r.dir, strings.TrimSuffix(filepath.FromSlash(r.files(".segel")[0]), ".segel")+".answer")
	obstruct(t, answer)
	got, err := r.stick.Receive(t.Context(), ahu.Party, r.ahu)
	if envelope.ReasonOf(err) != envelope.ReasonUnavailable || len(got.Taken) != 3 || r.handled != 3 {
		t.Errorf("%d taken, %d handled, %v", len(got.Taken), r.handled, err)
	}
	r.collect(filedrop.Carried{Settled: 2, Waiting: 1})
	if err := os.RemoveAll(answer); err != nil {
		t.Fatal(err)
	}
	r.receive(1)
	r.collect(filedrop.Carried{Settled: 1})
	if r.handled != 3 {
		t.Errorf("handled %d times", r.handled)
	}
}

// What is settled and cannot be removed stays on the stick, and hinders no other.
func TestWhatCannotBeRemoved(t *testing.T) {
	r := newRoad(t)
	r.send(board)
	r.send(boards(2))
	r.export(filedrop.Carried{Waiting: 2})
	r.receive(2)
	for _, path := range r.files(".segel") {
		obstruct(t, filepath.Join(r.dir, filepath.FromSlash(path)))
	}
	r.collect(filedrop.Carried{Settled: 2})
	r.collect(filedrop.Carried{})
	if left := r.files(".answer"); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// The manifest is of all recipients' folders, and read as far as each of them is.
func TestAsMuchAsTheManifestHas(t *testing.T) {
	r := newRoad(t)
	r.limit(filedrop.Limits{MaxEntries: 1})
	r.send(board, ahu, bawaslu)
	r.send(boards(2), ahu, bawaslu)
	r.export(filedrop.Carried{Waiting: 1, Failed: 3})
}

// A limit that means none is one that everything is within.
func TestAsMuchAsThereIs(t *testing.T) {
	r := newRoad(t)
	r.limit(filedrop.Limits{MaxFile: math.MaxInt64, MaxEntries: math.MaxInt})
	r.send(board)
	r.export(filedrop.Carried{Waiting: 1})
	r.receive(1)
	r.collect(filedrop.Carried{Settled: 1})
}

// A folder is not filled beyond what its recipient reads of it, and answers take no
// room from envelopes.
func TestAsMuchAsIsRead(t *testing.T) {
	r := newRoad(t)
	r.limit(filedrop.Limits{MaxEntries: 2})
	r.send(board)
	r.send(boards(2))
	r.send(boards(3))
	r.export(filedrop.Carried{Waiting: 2, Failed: 1})
	for range 2 {
		r.receive(2)
		if err := r.stick.WriteManifest(t.Context()); err != nil {
			t.Errorf("manifest: %v", err)
		}
	}
	if err := os.Remove(filepath.Join(r.dir, filepath.FromSlash(r.files(".segel")[0]))); err != nil {
		t.Fatal(err)
	}
	r.receive(1, filedrop.FaultMissing) // of a manifest that has answers too
	r.export(filedrop.Carried{Settled: 2, Failed: 1})
	r.export(filedrop.Carried{Waiting: 1})
	r.receive(1)
}
