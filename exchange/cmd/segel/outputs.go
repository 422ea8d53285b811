package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/limits"
)

// paths are the files of one command line, looked at before any work is done:
// what it writes must not take the place of what it reads or keeps.
type paths struct {
	outputs []string // files that appear whole; "" is none
	inputs  []string // files that are read; "" and "-" are none
	store   string   // "" if there is none
	journal string   // a folder; "" if there is none
	makes   string   // a folder that the command makes itself; "" if there is none
}

// check refuses an output that is no name for a file of ours: one whose folder
// is missing, that is another file of the same command or lies in its journal,
// or that would replace keys, anchors, a store or a journal.
func (p paths) check() error {
	taken := append([]string{p.store}, p.inputs...)
	for _, out := range p.outputs {
		if out == "" {
			continue
		}
		if out == "-" {
			return cannot("keluaran harus bernama berkas: isinya muncul utuh atau tidak sama sekali, dan keluaran standar tidak dapat menjamin itu",
				"an output has the name of a file: it appears whole or not at all, which standard output cannot promise", "")
		}
		if p.makes == "" || !same(filepath.Dir(out), p.makes) {
			if _, err := os.Stat(filepath.Dir(out)); err != nil {
				return err
			}
		}
		if err := target(out); err != nil {
			return err
		}
		for _, in := range taken {
			if in != "" && in != "-" && same(in, out) {
				return cannot("keluaran sama dengan masukan atau keluaran lain", "the output is one of the inputs or another output", out)
			}
		}
		taken = append(taken, out)
		if p.journal != "" && within(out, p.journal) {
			return besideJournal(out)
		}
		if p.makes != "" && same(out, p.makes) {
			return cannot("ini nama folder yang akan dibuat", "this is the name of a folder that will be made", out)
		}
	}
	if p.store == "" {
		return nil
	}
	if keyName(p.store) || p.journal != "" && within(p.store, p.journal) {
		return cannot("store tidak boleh bernama seperti ini", "this is no name for a store", p.store)
	}
	return nil
}

// target says whether out may become a file of ours: a new one, or in place of
// a regular file that is no key, anchor, store or journal. Links are followed.
func target(out string) error {
	real := resolve(out)
	if keyName(out) || keyName(real) {
		return cannot("nama ini hanya untuk berkas kunci dan jangkar, yang tidak pernah ditimpa",
			"this name is for key and anchor files only, which are never replaced", out)
	}
	if inJournal(real) {
		return besideJournal(out)
	}
	info, err := os.Stat(out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return cannot("bukan berkas biasa", "not a regular file", out)
	}
	kept, err := precious(out)
	if err == nil && kept {
		err = cannot("berkas ini memuat kunci atau store dan tidak akan ditimpa", "this file holds keys or a store and will not be replaced", out)
	}
	return err
}

// keyName reports whether a file's name is one of key or anchor files.
func keyName(path string) bool {
	name := strings.ToLower(filepath.Base(path)) // some file systems fold case
	return strings.HasSuffix(name, privateEnding) || strings.HasSuffix(name, publicEnding)
}

func besideJournal(out string) error {
	return cannot("folder ini untuk jurnal saja; simpan keluaran di folder lain", "this folder is for a journal only; put outputs elsewhere", out)
}

// inJournal reports whether a file's folder is a journal's, whosever it is.
func inJournal(path string) bool {
	for _, name := range []string{"journal.ndjson", "head", "lock"} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), name)); err != nil {
			return false
		}
	}
	return true
}

// boltMagic stands in the first page of every bbolt file, in the byte order of
// the machine that made it.
const (
	boltMagic  = 0xED0CDAED
	boltOffset = 16
)

// precious reports whether a file, whatever its name, holds JSON Web Keys, keys
// in PEM, or a store. It reads no more than a key file can have.
func precious(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limits.KeyFile))
	if err != nil {
		return false, err
	}
	defer clear(data)
	if len(data) >= boltOffset+4 {
		word := data[boltOffset : boltOffset+4]
		if binary.LittleEndian.Uint32(word) == boltMagic || binary.BigEndian.Uint32(word) == boltMagic {
			return true, nil
		}
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(data, byteOrderMark), " \t\r\n")
	if bytes.HasPrefix(text, []byte("-----BEGIN ")) || envelope.PrivateKeysEncrypted(text) {
		return true, nil
	}
	var jwk struct {
		Keys []json.RawMessage `json:"keys"`
		Type string            `json:"kty"`
	}
	return json.Unmarshal(text, &jwk) == nil && (jwk.Keys != nil || jwk.Type != ""), nil
}

// same reports whether two names are, or would be, of one file.
func same(a, b string) bool {
	one, errA := os.Stat(a)
	two, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(one, two)
	}
	return strings.EqualFold(resolve(a), resolve(b)) // some file systems fold case
}

// within reports whether a file is a folder or would lie in it.
func within(path, dir string) bool {
	path, dir = resolve(path), resolve(dir)
	for {
		if strings.EqualFold(path, dir) {
			return true
		}
		up := filepath.Dir(path)
		if up == path {
			return false
		}
		path = up
	}
}

// resolve returns the one name of a file: absolute, and with the links followed
// as far as it exists.
func resolve(path string) string {
	full, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	var rest string
	for at := full; ; {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		}
		up := filepath.Dir(at)
		if up == at {
			return full
		}
		rest, at = filepath.Join(filepath.Base(at), rest), up
	}
}
