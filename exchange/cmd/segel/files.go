package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/disk"
	"github.com/segel-id/segel/internal/limits"
)

// The modes of new files. What holds content or secrets is for its owner alone;
// what is made to be handed out follows the umask.
const (
	private fs.FileMode = 0o600
	handout fs.FileMode = 0o644
)

// read returns the content of a small file, or refuses to read on beyond max.
func read(path string, max int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, path, max)
}

func readAll(r io.Reader, path string, max int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, max+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > max {
		return nil, cannot("berkas terlalu besar", "the file is too large", path)
	}
	return data, nil
}

// byteOrderMark is what some editors put before a text.
var byteOrderMark = []byte("\ufeff")

// readWritten reads a small file that a person may have written in an editor.
func readWritten(path string, max int64) ([]byte, error) {
	data, err := read(path, max)
	return bytes.TrimPrefix(data, byteOrderMark), err
}

// input opens an input file, or standard input for "-".
func (a *app) input(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(a.in), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, cannot("ini folder, bukan berkas", "this is a folder, not a file", path)
	}
	return f, nil
}

// readDocument reads a signed document, which may have as many lines as
// signatures are allowed; its package holds each line to its own limit.
func readDocument(path string) ([]byte, error) { return read(path, maxDocument) }

const maxDocument = 2 * limits.Document

// privateKeys reads a private key file. One that others can read is refused:
// its keys must be taken for stolen, and a warning would be overlooked.
func (a *app) privateKeys(path string) ([]*envelope.PrivateKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(path, publicEnding) { // it may well be readable by others
		return nil, cannot("ini berkas publik; sebutkan berkas .private.jwks", "this is the public file; name the .private.jwks file", path)
	}
	if err := ownersAlone(info, path); err != nil {
		return nil, err
	}
	data, err := readAll(f, path, limits.KeyFile)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	return a.parseKeys(path, data)
}

// ofUse returns the keys for one use; that there is none is an error.
func ofUse(use envelope.Use, keys []*envelope.PrivateKey, path string) ([]*envelope.PrivateKey, error) {
	var fit []*envelope.PrivateKey
	for _, k := range keys {
		if k.Public().Use() == use {
			fit = append(fit, k)
		}
	}
	if len(fit) > 0 {
		return fit, nil
	}
	if use == envelope.UseSign {
		return nil, cannot("berkas ini tidak memuat kunci tanda tangan", "this file holds no signing key", path)
	}
	return nil, cannot("berkas ini tidak memuat kunci pembuka", "this file holds no decryption key", path)
}

// replace writes a file that appears whole or not at all: a temporary one
// beside it, fsync, rename. A regular file of that name is replaced.
func replace(path string, mode fs.FileMode, data []byte) error {
	if err := target(path); err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return place(path, mode, data, os.Rename)
}

// create is replace for what must never be replaced.
func create(path string, mode fs.FileMode, data []byte) error {
	if err := absent(path); err != nil {
		return err
	}
	return place(path, mode, data, linked)
}

// linked gives a file another name, if that is not taken.
func linked(from, to string) error {
	// A hard link fails if the name is taken, even if it was taken just now.
	err := os.Link(from, to)
	switch {
	case err == nil:
		return os.Remove(from)
	case errors.Is(err, fs.ErrExist):
		return absent(to)
	}
	// File systems without hard links, such as those of USB sticks.
	if err := absent(to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// absent refuses a name that is taken, by whatever.
func absent(path string) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return cannot("berkas sudah ada dan tidak akan ditimpa", "the file exists and will not be overwritten", path)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// unfinished begins the names of temporary files.
const unfinished = ".segel-"

func place(path string, mode fs.FileMode, data []byte, move func(from, to string) error) error {
	temp := filepath.Join(filepath.Dir(path), unfinished+rand.Text())
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("write: %w", named(err, path))
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = move(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp) // it may be gone already
		return fmt.Errorf("write: %w", named(err, path))
	}
	return disk.SyncFolder(filepath.Dir(path))
}

// named gives an error the name that the user knows instead of the temporary
// one.
func named(err error, path string) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: e.Op, Path: path, Err: e.Err}
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return &fs.PathError{Op: e.Op, Path: path, Err: e.Err}
	}
	return err
}

// partyFile is the base name of a party's key files.
func partyFile(p envelope.Party) string {
	name := []byte(p)
	for i, c := range name {
		if c == '/' {
			name[i] = '-'
		}
	}
	return string(name)
}
