package spool

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/segel-id/segel/internal/disk"
)

// A File is a body that somebody writes to, alone. It is for one goroutine, but
// while nothing is written ReadAt may be called concurrently. It is closed or
// removed in the end.
type File struct {
	folder *Folder
	name   string
	body   *body
	bytes  *os.File
}

var (
	_ io.Writer   = (*File)(nil)
	_ io.ReaderAt = (*File)(nil)
)

// Begin opens a body for writing, behind what was kept of it, or makes a new one.
// The error is ErrName, ErrBusy, ErrQuota if the owner has too many, or a disk's. A
// body that is another owner's is ErrNone: a name is a secret between its owner and
// this side.
func (f *Folder) Begin(name, owner string, now time.Time) (*File, error) {
	if !nameForm.MatchString(name) {
		return nil, ErrName
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.bodies[name]
	switch {
	case b == nil:
		if own := f.owners[owner]; own != nil && own.bodies >= f.limits.Bodies {
			return nil, ErrQuota
		}
		b = f.add(name, note{Owner: owner, At: now})
	case b.Owner != owner:
		return nil, ErrNone
	}
	return f.write(name, b)
}

// Continue opens a body for writing, behind what was kept of it. The error is
// ErrNone if there is no such body, ErrBusy, or a disk's.
func (f *Folder) Continue(name string) (*File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.bodies[name]
	if b == nil {
		return nil, ErrNone
	}
	return f.write(name, b)
}

// write opens a body for writing. What was not kept has no state, and goes.
func (f *Folder) write(name string, b *body) (*File, error) {
	if b.inUse {
		return nil, ErrBusy
	}
	var bytes *os.File
	err := f.make()
	if err == nil {
		bytes, err = os.OpenFile(f.path(name, bytesEnding), os.O_RDWR|os.O_CREATE, 0o600)
	}
	if err == nil {
		if err = bytes.Truncate(b.Kept); err != nil {
			bytes.Close()
		}
	}
	if err != nil {
		if b.Kept == 0 {
			f.drop(name, b)
		}
		return nil, err
	}
	b.inUse = true
	return &File{folder: f, name: name, body: b, bytes: bytes}, nil
}

// Size returns how many bytes there are, kept or not.
func (f *File) Size() int64 { return f.body.size }

// State returns what was kept last, nil for a new body. It must not be modified.
func (f *File) State() []byte { return f.body.State }

// Write adds bytes behind the others. The error is ErrQuota, and then nothing was
// written, or a disk's.
func (f *File) Write(p []byte) (int, error) {
	if !f.folder.charge(f.body, int64(len(p))) {
		return 0, ErrQuota
	}
	return f.bytes.WriteAt(p, f.body.size-int64(len(p)))
}

// charge makes room for n bytes more of a body.
func (f *Folder) charge(b *body, n int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	own := f.owners[b.Owner]
	if n > f.limits.PerOwner-own.bytes || n > f.limits.Total-f.total {
		return false
	}
	own.bytes += n
	f.total += n
	b.size += n
	return true
}

// ReadAt reads what was written.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	return io.NewSectionReader(f.bytes, 0, f.body.size).ReadAt(p, off)
}

// Keep makes what was written durable, and the state with it. When it has returned
// nil, both survive a crash of the machine.
func (f *File) Keep(state []byte, now time.Time) error {
	n := note{Owner: f.body.Owner, Kept: f.body.size, At: now, State: bytes.Clone(state)}
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if err := f.bytes.Sync(); err != nil {
		return err
	}
	if err := f.replaceNote(text); err != nil {
		return err
	}
	if err := disk.SyncFolder(f.folder.dir); err != nil {
		return err
	}
	f.folder.mu.Lock()
	defer f.folder.mu.Unlock()
	f.body.note = n
	return nil
}

func (f *File) replaceNote(text []byte) error {
	half := f.folder.path(f.name, halfEnding)
	w, err := os.OpenFile(half, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	if err == nil {
		err = w.Sync()
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	return os.Rename(half, f.folder.path(f.name, noteEnding))
}

// Reset forgets all bytes and the state, as if the body were new.
func (f *File) Reset() error {
	f.folder.mu.Lock()
	defer f.folder.mu.Unlock()
	err := os.Remove(f.folder.path(f.name, noteEnding))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b := f.body
	f.folder.owners[b.Owner].bytes -= b.size
	f.folder.total -= b.size
	b.size, b.note = 0, note{Owner: b.Owner, At: b.At}
	return f.bytes.Truncate(0)
}

// Close lets go of the body. What was not kept is forgotten, and so is a body of
// which nothing was kept.
func (f *File) Close() error {
	f.folder.mu.Lock()
	defer f.folder.mu.Unlock()
	if !f.body.inUse {
		return nil
	}
	f.body.inUse = false
	err := f.bytes.Close()
	if f.body.Kept == 0 {
		return errors.Join(err, f.folder.remove(f.name, f.body))
	}
	over := f.body.size - f.body.Kept
	f.body.size -= over
	f.folder.owners[f.body.Owner].bytes -= over
	f.folder.total -= over
	return err
}

// Remove lets go of the body and removes it.
func (f *File) Remove() error {
	f.folder.mu.Lock()
	defer f.folder.mu.Unlock()
	if !f.body.inUse {
		return nil
	}
	f.body.inUse = false
	return errors.Join(f.bytes.Close(), f.folder.remove(f.name, f.body))
}

// A Reader reads what was kept of a body. Any number of them may read one, also
// beside a [File], and go on when it is removed.
type Reader struct {
	*io.SectionReader
	state []byte
	bytes *os.File
}

// Read opens a body for reading. The error is ErrNone if there is no such body.
func (f *Folder) Read(name string) (*Reader, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.bodies[name]
	if b == nil || b.Kept == 0 {
		return nil, ErrNone
	}
	bytes, err := os.Open(f.path(name, bytesEnding))
	if err != nil {
		return nil, err
	}
	return &Reader{io.NewSectionReader(bytes, 0, b.Kept), b.State, bytes}, nil
}

// State returns what was kept with the bytes. It must not be modified.
func (r *Reader) State() []byte { return r.state }

// Close lets go of the body.
func (r *Reader) Close() error { return r.bytes.Close() }
