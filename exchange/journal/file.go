package journal

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/disk"
	"github.com/segel-id/segel/internal/group"
)

const (
	fileName = "journal.ndjson"
	headName = "head"
	lockName = "lock"

	// keptText is how much of a batch's text is kept for the next one.
	keptText = 256 << 10

	// LockTimeout is how long [Open] waits for another process to let go.
	LockTimeout = 5 * time.Second
)

// File is a journal in a folder, held by this process. It may be used
// concurrently.
type File struct {
	group group.Group[*appending]

	mu     sync.Mutex
	file   lines
	heads  heads
	unlock func() error
	head   Head
	text   []byte // of the batch before, to be written over
	size   int64
	broken bool // a write failed: what the file holds is not known
}

// lines is the file, opened for appending: whatever a second writer does that
// has got past the lock, nobody's line is written over.
type lines interface {
	io.WriteCloser
	Sync() error
	Stat() (fs.FileInfo, error)
}

// heads is the file of the head.
type heads interface {
	io.WriterAt
	io.Closer
}

var _ exchange.Journal = (*File)(nil)

// Open opens the journal in a folder, which it makes if it is not there,
// verifies the whole chain, and cuts off a torn last line.
//
// The error has [envelope.ReasonUnavailable] if the folder cannot be used or
// another process holds the journal, and [envelope.ReasonBadContent] if the
// chain does not verify: keep the folder as it is, and have somebody look.
func Open(dir string) (*File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unusable("the folder cannot be made")
	}
	unlock, err := lock(filepath.Join(dir, lockName), LockTimeout)
	if err != nil {
		return nil, unusable("another process holds it, or the folder cannot be locked")
	}
	f := &File{unlock: unlock}
	if err := f.open(dir); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *File) open(dir string) error {
	path := filepath.Join(dir, fileName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return unusable("the file cannot be opened")
	}
	f.file = file
	head, err := os.OpenFile(filepath.Join(dir, headName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return unusable("the head cannot be opened")
	}
	f.heads = head
	// The folder's entries must survive a crash before any line counts on them.
	if err := disk.SyncFolder(dir); err != nil {
		return unusable("the folder cannot be synchronised")
	}
	c, err := verify(file, head)
	if err != nil {
		return err
	}
	if c.torn {
		if os.Truncate(path, c.size) != nil || file.Sync() != nil {
			return unusable("a torn line cannot be cut off")
		}
	}
	f.head, f.size = c.head, c.size
	// No line is written before there is a head. From here on it keeps its length
	// and is written over in place, so that a crash leaves the old one or the new
	// one.
	if _, err := head.WriteAt(f.head.marshal(), 0); err != nil || head.Sync() != nil {
		return unusable("the head cannot be written")
	}
	return nil
}

// Append writes the entry and returns when it is durable; callers that append at
// the same time share one fsync. The error has [envelope.ReasonMisuse] for an
// entry whose fields do not have their forms, and [envelope.ReasonUnavailable] if
// the file cannot be written; after that the journal must be opened again.
func (f *File) Append(ctx context.Context, e exchange.Entry) error {
	if ctx.Err() != nil {
		return unusable("the caller gave up")
	}
	a := &appending{entry: e}
	f.group.Do(a, f.append)
	return a.err
}

// appending is one caller's entry, and what became of it.
type appending struct {
	entry exchange.Entry
	err   error
}

// append writes the lines of a batch with one fsync. An entry that is not fit
// leaves no line and does not hinder the others.
func (f *File) append(batch []*appending) {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, head := f.text[:0], f.head
	for _, a := range batch {
		l := newLine(a.entry, head)
		line, err := l.marshal()
		if !l.sound() || err != nil || len(line) > maxLine {
			a.err = &envelope.Error{Reason: envelope.ReasonMisuse, Detail: "journal: a field of the entry does not have its form"}
			continue
		}
		text = append(append(text, line...), '\n')
		head = Head{l.Seq, hash(line)}
	}
	if f.text = text; cap(text) > keptText {
		f.text = nil
	}
	if err := f.write(text, head); err != nil {
		for _, a := range batch {
			if a.err == nil {
				a.err = err
			}
		}
	}
}

// write makes whole lines durable, the last of which has that head.
func (f *File) write(text []byte, head Head) error {
	if f.broken || f.file == nil {
		return unusable("closed, or an earlier write failed")
	}
	if len(text) == 0 {
		return nil
	}
	if info, err := f.file.Stat(); err != nil || info.Size() != f.size {
		f.broken = true
		return unusable("somebody else has written to the file")
	}
	if _, err := f.file.Write(text); err != nil || f.file.Sync() != nil {
		f.broken = true
		return unusable("the file cannot be written")
	}
	f.head, f.size = head, f.size+int64(len(text))
	if _, err := f.heads.WriteAt(f.head.marshal(), 0); err != nil {
		f.broken = true // the lines stand, so the callers may rely on them
	}
	return nil
}

// Head returns the number and the hash of the last line: what to note
// elsewhere.
func (f *File) Head() Head {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.head
}

// Close lets go of the journal.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	if f.file != nil {
		errs = append(errs, f.file.Close())
	}
	if f.heads != nil {
		errs = append(errs, f.heads.Close())
	}
	f.file, f.heads = nil, nil
	if f.unlock != nil {
		errs = append(errs, f.unlock())
		f.unlock = nil
	}
	if errors.Join(errs...) != nil {
		return unusable("it cannot be closed")
	}
	return nil
}

func unusable(detail string) error {
	return &envelope.Error{Reason: envelope.ReasonUnavailable, Detail: "journal: " + detail}
}
