package filedrop_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/filedrop"
)

// large is a file with a body, which counts what is read of it and breaks off.
type large struct {
	*bytes.Reader
	pass  int64 // bytes that one look at all of it takes
	after int64 // bytes that are read before it breaks; 0: it does not
}

func newLarge(text []byte) *large {
	return &large{Reader: bytes.NewReader(text), pass: int64(len(text))}
}

func (l *large) Head() int64    { return 100 }
func (l *large) Upload() string { return strings.Repeat("u", 43) }

func (l *large) ReadAt(p []byte, off int64) (int, error) {
	if l.after > 0 {
		if l.after -= int64(len(p)); l.after <= 0 {
			l.after = 1
			return 0, os.ErrClosed
		}
	}
	return l.Reader.ReadAt(p, off)
}

var _ exchange.File = (*large)(nil)

func ramp(n int) []byte {
	text := make([]byte, n)
	for i := range text {
		text[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return text
}

// A copy that was cut has no name of ours, and goes on where it is right.
func TestCutCopy(t *testing.T) {
	text := ramp(3 << 20)
	sum := sha256.Sum256(text)
	name := hex.EncodeToString(sum[:])
	for label, spoil := range map[string]func(t *testing.T, part string){
		"as it was left": func(*testing.T, string) {},
		"with zeros at its end": func(t *testing.T, part string) { // never made durable
			f, err := os.OpenFile(part, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteAt(make([]byte, 300<<10), 1<<20); err != nil {
				t.Fatal(err)
			}
		},
		"cut at an odd byte": func(t *testing.T, part string) {
			if err := os.Truncate(part, 1<<20+17); err != nil {
				t.Fatal(err)
			}
		},
		"longer than it should be": func(t *testing.T, part string) {
			if err := os.Truncate(part, 4<<20); err != nil {
				t.Fatal(err)
			}
		},
		"gone": func(t *testing.T, part string) {
			if err := os.Remove(part); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(label, func(t *testing.T) {
			r := &road{T: t, dir: t.TempDir()}
			r.stick = open(t, r.dir)
			file := newLarge(text)
			file.after = file.pass + 2<<20 // the first look is for its digest
			if _, err := r.stick.Deliver(t.Context(), ahu.Party, file); err == nil || err == filedrop.ErrWaits {
				t.Fatalf("a file that breaks off: %v", err)
			}
			if left := r.files(); len(left) != 1 || !strings.HasSuffix(left[0], name+".part") {
				t.Fatalf("left: %v", left)
			}
			part := r.one(".part")
			if info, err := os.Stat(part); err != nil || info.Size() < 1<<20 {
				t.Fatalf("%d bytes were kept, %v", info.Size(), err)
			}
			spoil(t, part)
			if _, err := r.stick.Deliver(t.Context(), ahu.Party, newLarge(text)); err != filedrop.ErrWaits {
				t.Fatalf("gone on with: %v", err)
			}
			got, err := os.ReadFile(r.one(".segel"))
			if err != nil || !bytes.Equal(got, text) || len(r.files()) != 1 {
				t.Errorf("%d bytes, the same: %v; files %v", len(got), bytes.Equal(got, text), r.files())
			}
		})
	}
}

// What is right is not written again: the part on the stick is the file that gets the
// name, with the bytes it had.
func TestCutCopyGoesOn(t *testing.T) {
	text := ramp(3 << 20)
	r := &road{T: t, dir: t.TempDir()}
	r.stick = open(t, r.dir)
	file := newLarge(text)
	file.after = file.pass + 2<<20
	_, _ = r.stick.Deliver(t.Context(), ahu.Party, file)
	before, err := os.Stat(r.one(".part"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.stick.Deliver(t.Context(), ahu.Party, newLarge(text)); err != filedrop.ErrWaits {
		t.Fatal(err)
	}
	if after, err := os.Stat(r.one(".segel")); err != nil || !os.SameFile(before, after) {
		t.Error("the copy was begun anew")
	}
}

// A part that has another name, under which it is somebody else's, is not written to.
func TestPartWithAnotherName(t *testing.T) {
	text := ramp(1 << 20)
	sum := sha256.Sum256(text)
	for label, plant := range map[string]func(old, part string) error{"hard link": os.Link, "symbolic link": os.Symlink} {
		t.Run(label, func(t *testing.T) {
			r := &road{T: t, dir: t.TempDir()}
			r.stick = open(t, r.dir)
			precious := filepath.Join(r.dir, "precious")
			if err := os.WriteFile(precious, []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(box(r.dir, ahu.Party), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := plant(precious, filepath.Join(box(r.dir, ahu.Party), hex.EncodeToString(sum[:])+".part")); err != nil {
				t.Skip("the file system has no such links")
			}
			if _, err := r.stick.Deliver(t.Context(), ahu.Party, newLarge(text)); err != filedrop.ErrWaits {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(precious); err != nil || string(got) != "mine" {
				t.Errorf("it was written to: %d bytes, %v", len(got), err)
			}
			if got, err := os.ReadFile(r.one(".segel")); err != nil || !bytes.Equal(got, text) {
				t.Errorf("the copy: %d bytes, %v", len(got), err)
			}
		})
	}
}

// Half of a small file is removed by the next who writes.
func TestHalf(t *testing.T) {
	r := newRoad(t)
	if _, err := r.stick.Deliver(t.Context(), ahu.Party, io.MultiReader(strings.NewReader("segel/1\n"), broken{})); err == nil || err == filedrop.ErrWaits {
		t.Errorf("a file that cannot be read: %v", err)
	}
	if left := r.files(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	half := filepath.Join(box(r.dir, ahu.Party), strings.Repeat("A", 26)+".half") // of a process that was killed
	if err := os.WriteFile(half, []byte("segel/1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.receive(0)
	r.send(board)
	r.export(filedrop.Carried{Waiting: 1})
	if left := r.files(".half"); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A file that went bad on the stick is told, not taken for the sender's word, and
// healed by putting it again.
func TestDamaged(t *testing.T) {
	r := newRoad(t)
	r.send(board)
	r.export(filedrop.Carried{Waiting: 1})
	path := r.one(".segel")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{nil, text[:len(text)/2], append(bytes.Clone(text), 'x'), bytes.Replace(text, text[100:101], []byte{text[100] ^ 1}, 1)} {
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		r.receive(0, filedrop.FaultDamaged)
		if len(r.files(".answer")) != 0 {
			t.Error("it was answered")
		}
	}
	r.export(filedrop.Carried{Waiting: 1})
	r.receive(1)
	r.collect(filedrop.Carried{Settled: 1})
}
