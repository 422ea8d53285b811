package spool

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/segel-id/segel/internal/disk"
)

// The errors of a folder. Any other is that of a disk, and its text may hold paths.
var (
	// ErrBusy: somebody writes to that body.
	ErrBusy = errors.New("spool: the body is in use")
	// ErrQuota: the owner's share, or the folder's, is used up.
	ErrQuota = errors.New("spool: no room")
	// ErrNone: there is no such body.
	ErrNone = errors.New("spool: no such body")
	// ErrName: not a name that a body can have.
	ErrName = errors.New("spool: not a name")
)

// Defaults of [Limits].
const (
	// DefaultPerOwner is how many bytes one owner may have in a folder.
	DefaultPerOwner = 64 << 30
	// DefaultTotal is how many bytes a folder may have.
	DefaultTotal = 256 << 30
	// DefaultBodies is how many bodies one owner may have in a folder.
	DefaultBodies = 256
	// DefaultMaxAge is how long a body rests before it is removed.
	DefaultMaxAge = 3 * 24 * time.Hour
)

// Limits bound what a folder holds. 0 stands for the default.
type Limits struct {
	PerOwner int64         // bytes; 0: DefaultPerOwner
	Total    int64         // bytes; 0: DefaultTotal
	Bodies   int           // of one owner; 0: DefaultBodies
	MaxAge   time.Duration // since something was kept; 0: DefaultMaxAge
}

// A Folder is a folder of bodies. It may be used concurrently.
type Folder struct {
	dir    string
	limits Limits

	mu     sync.Mutex
	bodies map[string]*body
	owners map[string]*share
	total  int64
}

// share is what one owner has.
type share struct {
	bytes  int64
	bodies int
}

// body is what is known of one.
type body struct {
	note
	size  int64 // with what was not kept yet
	inUse bool
}

// note is what stands beside the bytes. Its members are part of the format.
type note struct {
	Owner string    `json:"owner"`
	Kept  int64     `json:"kept"`  // bytes
	At    time.Time `json:"at"`    // when
	State []byte    `json:"state"` // the keeper's
}

const (
	bytesEnding = ".sealed"
	noteEnding  = ".json"
	halfEnding  = ".half"
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{16,64}$`)

// Open opens a folder, which is made with its first body if it is missing, and
// removes what a process that was killed left unfinished. now is for leftovers of a clock that was ahead:
// they count as kept at that time.
func Open(dir string, limits Limits, now time.Time) (*Folder, error) {
	if limits.PerOwner < 0 || limits.Total < 0 || limits.Bodies < 0 || limits.MaxAge < 0 {
		return nil, errors.New("spool: a limit is negative")
	}
	setDefault(&limits.PerOwner, DefaultPerOwner)
	setDefault(&limits.Total, DefaultTotal)
	setDefault(&limits.Bodies, DefaultBodies)
	setDefault(&limits.MaxAge, DefaultMaxAge)
	f := &Folder{dir: dir, limits: limits, bodies: map[string]*body{}, owners: map[string]*share{}}
	if err := f.load(now); err != nil {
		return nil, err
	}
	return f, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// load finds the bodies and removes what is none. Files with other names are not
// touched: they are somebody else's.
func (f *Folder) load(now time.Time) error {
	entries, err := os.ReadDir(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	for _, e := range entries {
		name, isNote := strings.CutSuffix(e.Name(), noteEnding)
		if !isNote || !nameForm.MatchString(name) {
			continue
		}
		if n, ok := f.readNote(name); ok {
			if n.At.After(now) {
				n.At = now
			}
			f.add(name, n)
		}
	}
	for _, e := range entries {
		name, ending, _ := strings.Cut(e.Name(), ".")
		ending = "." + ending
		ours := nameForm.MatchString(name) && (ending == bytesEnding || ending == noteEnding || ending == halfEnding)
		if ours && (ending == halfEnding || f.bodies[name] == nil) {
			if err := os.Remove(filepath.Join(f.dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// readNote reads a note whose bytes are there.
func (f *Folder) readNote(name string) (n note, ok bool) {
	text, err := os.ReadFile(f.path(name, noteEnding))
	if err != nil || json.Unmarshal(text, &n) != nil || n.Kept < 0 {
		return note{}, false
	}
	info, err := os.Stat(f.path(name, bytesEnding))
	return n, err == nil && info.Mode().IsRegular() && info.Size() >= n.Kept
}

func (f *Folder) path(name, ending string) string { return filepath.Join(f.dir, name+ending) }

func (f *Folder) add(name string, n note) *body {
	b := &body{note: n, size: n.Kept}
	f.bodies[name] = b
	own := f.owners[n.Owner]
	if own == nil {
		own = new(share)
		f.owners[n.Owner] = own
	}
	own.bodies++
	own.bytes += b.size
	f.total += b.size
	return b
}

func (f *Folder) drop(name string, b *body) {
	delete(f.bodies, name)
	own := f.owners[b.Owner]
	own.bodies--
	own.bytes -= b.size
	f.total -= b.size
	if own.bodies == 0 {
		delete(f.owners, b.Owner)
	}
}

// MaxBody returns how many bytes a body may have at most.
func (f *Folder) MaxBody() int64 { return min(f.limits.PerOwner, f.limits.Total) }

// Names returns the names of all bodies, in no order.
func (f *Folder) Names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	names := make([]string, 0, len(f.bodies))
	for name := range f.bodies {
		names = append(names, name)
	}
	return names
}

// Kept returns how many bytes of a body were kept; false if there is no such body.
func (f *Folder) Kept(name string) (int64, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.bodies[name]
	if b == nil {
		return 0, false
	}
	return b.Kept, true
}

// Remove removes a body. One that is not there is no error; one that somebody
// writes to is ErrBusy. Whoever reads it goes on reading.
func (f *Folder) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.bodies[name]
	switch {
	case b == nil:
		return nil
	case b.inUse:
		return ErrBusy
	}
	return f.remove(name, b)
}

// remove removes the note first: bytes without one are nobody's.
func (f *Folder) remove(name string, b *body) error {
	f.drop(name, b)
	err := os.Remove(f.path(name, noteEnding))
	if errors.Is(err, fs.ErrNotExist) { // nothing was ever kept
		err = nil
	}
	return errors.Join(err, os.Remove(f.path(name, bytesEnding)))
}

// Expire removes the bodies in which nothing was kept for MaxAge and that nobody
// writes to, and returns how many.
func (f *Folder) Expire(now time.Time) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name, b := range f.bodies {
		if b.inUse || now.Sub(b.At) < f.limits.MaxAge {
			continue
		}
		err = errors.Join(err, f.remove(name, b))
		n++
	}
	return n, err
}

// make makes the folder.
func (f *Folder) make() error {
	if _, err := os.Stat(f.dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	return disk.SyncFolder(filepath.Dir(f.dir))
}
