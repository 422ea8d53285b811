package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/disk"
)

// inbox is the folder into which serve writes.
//
// The statement is written last: where it is, the records are whole and safe, and
// where it is not, the envelope was not received yet. It is also what makes a
// repeat do nothing, so whoever works on the files takes the records away and
// leaves the statement.
type inbox struct{ dir string }

// openInbox makes the folder if it is missing, finds out whether it can be written
// to, and removes what a process that was killed left unfinished: it holds records.
func openInbox(dir string) (inbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return inbox{}, err
	}
	if inJournal(filepath.Join(resolve(dir), "x")) {
		return inbox{}, besideJournal(dir)
	}
	f, err := os.CreateTemp(dir, unfinished+"*")
	if err != nil {
		return inbox{}, named(err, dir)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return inbox{}, named(err, dir)
	}
	return inbox{dir}, sweep(dir)
}

// sweep removes unfinished files from the folders of senders.
func sweep(dir string) error {
	senders, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, sender := range senders {
		if !sender.IsDir() {
			continue
		}
		files, err := os.ReadDir(filepath.Join(dir, sender.Name()))
		if err != nil {
			return err
		}
		for _, f := range files {
			if !strings.HasPrefix(f.Name(), unfinished) {
				continue
			}
			if err := os.Remove(filepath.Join(dir, sender.Name(), f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// write writes the files of a delivery, if they are not there. It may be called
// again for the same one, by the contract of a handler.
func (b inbox) write(d *exchange.Delivery) error {
	p := d.Proof()
	dir := filepath.Join(b.dir, folderOf(p.Manifest.Sender))
	content, told := filepath.Join(dir, p.Manifest.ID+endingOf(p.Manifest.Content.Media)), filepath.Join(dir, p.Manifest.ID+".json")
	if done, err := isOf(told, p); done || err != nil {
		return err
	}
	text, err := stated(d, true).marshal(d.Report())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := disk.SyncFolder(b.dir); err != nil {
		return err
	}
	if err := once(content, func() io.Reader { return d.Content() }); err != nil {
		return err
	}
	if d.Err() != nil {
		return d.Err()
	}
	return once(told, func() io.Reader { return bytes.NewReader(text) })
}

// endingOf returns what the name of content ends in, by its media type. A document of another type has none that
// says what it is.
func endingOf(media string) string {
	switch media {
	case envelope.MediaRecords:
		return ".ndjson"
	case "application/pdf":
		return ".pdf"
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	}
	return ".document"
}

// once writes a file, or finds it as it should be.
func once(path string, data func() io.Reader) error {
	if err := absent(path); err != nil {
		if same, failed := equal(path, data()); failed == nil && same {
			return disk.SyncFolder(filepath.Dir(path))
		}
		return err
	}
	file, err := grow(path, private)
	if err != nil {
		return err
	}
	defer file.Discard()
	if _, err := io.Copy(file, data()); err != nil {
		return err
	}
	return file.create()
}

// equal reports whether a file has exactly these bytes.
func equal(path string, data io.Reader) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	one, two := bufio.NewReaderSize(f, 64<<10), bufio.NewReaderSize(data, 64<<10)
	for {
		a, failedA := one.Peek(64 << 10)
		b, failedB := two.Peek(len(a) + 1)
		n := min(len(a), len(b))
		if !bytes.Equal(a[:n], b[:n]) {
			return false, nil
		}
		if n == 0 {
			return failedA == io.EOF && failedB == io.EOF && len(a) == len(b), nil
		}
		_, _ = one.Discard(n)
		_, _ = two.Discard(n)
	}
}

// isOf reports whether the statement in a file is that of this envelope. Another
// one under its name is nobody's to overwrite.
func isOf(path string, p envelope.Proof) (bool, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var s struct {
		Sender envelope.Party `json:"sender"`
		ID     string         `json:"id"`
		Digest string         `json:"digest"`
	}
	if json.Unmarshal(text, &s) != nil || s.Sender != p.Manifest.Sender || s.ID != p.Manifest.ID || s.Digest != p.Digest {
		return false, cannot("di tempat ini ada berkas lain, yang tidak akan ditimpa", "another file is in this place and will not be overwritten", path)
	}
	return true, nil
}

// folderOf is the folder of a sender: agency-system. Hyphens within the agency
// become underscores, which no party has, so that two parties never share one.
func folderOf(p envelope.Party) string {
	agency, system, _ := strings.Cut(string(p), "/")
	return strings.ReplaceAll(agency, "-", "_") + "-" + system
}
