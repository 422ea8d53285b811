package main

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/segel-id/segel/internal/disk"
)

// A pending is a large file that appears whole or not at all: it grows beside its
// place, under a name that nobody looks for, and is moved there when it is whole. A
// process that dies leaves nothing under the name, and what it leaves beside is
// removed by the next one that writes there.
type pending struct {
	path, temp string
	f          *os.File
	w          *bufio.Writer
	failed     error
}

// part begins the names of files that grow. Whoever writes to one holds a lock on
// it, so that leftovers can be told.
const part = unfinished + "part-"

// grow begins a file. move says how it gets to its place: see replacing and making.
func grow(path string, mode fs.FileMode) (*pending, error) {
	dir := filepath.Dir(path)
	sweepParts(dir)
	temp := filepath.Join(dir, part+rand.Text())
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return nil, fmt.Errorf("write: %w", named(err, path))
	}
	_ = hold(f) // without it the file may be taken for a leftover, and writing fails cleanly
	return &pending{path: path, temp: temp, f: f, w: bufio.NewWriterSize(f, 256<<10)}, nil
}

// Write adds to the file.
func (p *pending) Write(b []byte) (int, error) {
	if p.failed != nil {
		return 0, p.failed
	}
	n, err := p.w.Write(b)
	if err != nil {
		p.failed = fmt.Errorf("write: %w", named(err, p.path))
	}
	return n, p.failed
}

// ReadFrom adds all of r.
func (p *pending) ReadFrom(r io.Reader) (int64, error) { return p.w.ReadFrom(r) }

// Discard removes the file, unless it has been moved to its place.
func (p *pending) Discard() {
	if p != nil && p.f != nil {
		_ = os.Remove(p.temp) // before the lock goes
		_ = p.f.Close()
		p.f = nil
	}
}

// replace moves the file to its place, as replace does.
func (p *pending) replace() error {
	if err := target(p.path); err != nil {
		return err
	}
	path := p.path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return p.move(path, os.Rename)
}

// create moves the file to its place, if nothing is there, as create does.
func (p *pending) create() error {
	if err := absent(p.path); err != nil {
		return err
	}
	return p.move(p.path, linked)
}

func (p *pending) move(path string, move func(from, to string) error) error {
	if p.f == nil {
		return fs.ErrClosed
	}
	err := p.failed
	if err == nil {
		err = p.w.Flush()
	}
	if err == nil {
		err = p.f.Sync()
	}
	if err == nil && filepath.Dir(path) != filepath.Dir(p.temp) { // behind a link
		err = sameDisk(p, path)
	}
	if err == nil {
		err = move(p.temp, path)
	}
	if err != nil {
		p.Discard()
		return fmt.Errorf("write: %w", named(err, p.path))
	}
	_ = p.f.Close()
	p.f = nil
	return disk.SyncFolder(filepath.Dir(path))
}

// sameDisk copies the file to the folder behind a link, which may be on another
// disk, so that the move is one step.
func sameDisk(p *pending, path string) error {
	q, err := grow(path, private)
	if err != nil {
		return err
	}
	defer q.Discard()
	info, err := p.f.Stat()
	if err == nil {
		_, err = p.f.Seek(0, io.SeekStart)
	}
	if err == nil {
		_, err = io.Copy(q.f, p.f)
	}
	if err == nil {
		err = q.f.Sync()
	}
	if err == nil {
		err = os.Chmod(q.temp, info.Mode().Perm())
	}
	if err != nil {
		return err
	}
	_ = os.Remove(p.temp)
	_ = p.f.Close()
	p.f, p.temp, q.f = q.f, q.temp, nil
	return nil
}

// sweepParts removes what processes that were killed have left in a folder: files
// that nobody holds. It is a courtesy: whatever fails is left for the next time.
func sweepParts(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), part) || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if hold(f) == nil {
			_ = os.Remove(path)
		}
		_ = f.Close()
	}
}
