package filedrop

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/disk"
	"github.com/segel-id/segel/internal/form"
)

// Defaults of [Limits].
const (
	DefaultMaxFile    = 64 << 30 // bytes of one file
	DefaultMaxEntries = 1 << 16  // names in one folder
)

// mostEntries is a limit that nobody reaches, and that can be doubled.
const mostEntries = 1 << 24

// Limits bound what is read of a folder that a stranger may have filled. 0 stands for
// the default.
type Limits struct {
	MaxFile    int64 // bytes of one envelope file; 0: DefaultMaxFile
	MaxEntries int   // names in one folder, and of what is exported to several, beside as many answers; 0: DefaultMaxEntries; at most 16,777,216 count
}

// A Folder is a drop. It is an [exchange.Transport], whose Deliver and Ask put a file
// and return [ErrWaits], or the answer if one lies there. It may be used concurrently.
type Folder struct {
	root   *os.Root
	limits Limits

	mu   sync.Mutex
	busy map[string]bool // parts that are being written
}

// ErrWaits is what Deliver and Ask return when the file lies in the folder, safe
// through a power cut, and there is no answer yet.
var ErrWaits error = refuse(envelope.ReasonUnavailable, "it lies in the drop, and there is no answer yet")

var (
	errStick  = refuse(envelope.ReasonUnavailable, "the drop cannot be read or written")
	errShape  = refuse(envelope.ReasonUnavailable, "something else stands in the drop where a file or folder of ours would")
	errMany   = refuse(envelope.ReasonTooLarge, "the drop has too many entries")
	errBusy   = refuse(envelope.ReasonUnavailable, "the same file is being put by another call")
	errFile   = refuse(envelope.ReasonUnavailable, "the file cannot be read")
	errFull   = refuse(envelope.ReasonUnavailable, "the drop is full")
	errLocked = refuse(envelope.ReasonUnavailable, "the drop is write-protected")
	errAnswer = refuse(envelope.ReasonUnavailable, "an answer cannot be written into the drop: it is full, write-protected, or something else stands there")
	errParty  = refuse(envelope.ReasonMisuse, "not a party")
	errEnded  = refuse(envelope.ReasonUnavailable, "the context ended")
)

func refuse(r envelope.Reason, detail string) *envelope.Error {
	return &envelope.Error{Reason: r, Detail: detail}
}

// Open opens a folder, which must be there: a stick that is not plugged in is not
// replaced by a folder on the disk. The error has [envelope.ReasonUnavailable], or
// [envelope.ReasonMisuse] for a limit that is negative.
func Open(dir string, limits Limits) (*Folder, error) {
	if limits.MaxFile < 0 || limits.MaxEntries < 0 {
		return nil, refuse(envelope.ReasonMisuse, "config: a limit is negative")
	}
	if limits.MaxFile == 0 {
		limits.MaxFile = DefaultMaxFile
	}
	if limits.MaxEntries == 0 {
		limits.MaxEntries = DefaultMaxEntries
	}
	limits.MaxEntries = min(limits.MaxEntries, mostEntries)
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, refuse(envelope.ReasonUnavailable, "the drop is not there, or cannot be read")
	}
	return &Folder{root: root, limits: limits, busy: map[string]bool{}}, nil
}

// Close lets go of the folder, so that the stick can be taken away.
func (f *Folder) Close() error { return f.root.Close() }

// The names in a folder.
const (
	manifestName   = "segel-drop.txt"
	boxPrefix      = "to-"
	envelopeEnding = ".segel"
	questionEnding = ".question"
	answerEnding   = ".answer"
	partEnding     = ".part"
	halfEnding     = ".half"
)

// boxName is the folder of one recipient. A party has no full stop, so no two share
// one, and the prefix keeps it apart from the names that Windows reserves.
func boxName(to envelope.Party) string { return boxPrefix + strings.Replace(string(to), "/", ".", 1) }

// boxParty returns whose folder it is.
func boxParty(name string) (envelope.Party, bool) {
	rest, ok := strings.CutPrefix(name, boxPrefix)
	party := strings.Replace(rest, ".", "/", 1)
	return envelope.Party(party), ok && form.Party(party)
}

// splitName splits the name of an envelope, question or answer into its digest and
// its ending.
func splitName(name string) (digest, ending string, ok bool) {
	digest, ending, _ = strings.Cut(name, ".")
	ending = "." + ending
	if len(digest) != 64 || strings.Trim(digest, "0123456789abcdef") != "" {
		return "", "", false
	}
	return digest, ending, ending == envelopeEnding || ending == questionEnding || ending == answerEnding
}

// box opens the folder of one recipient, nil if it is not there and is not to be
// made. A link in its place is not followed.
func (f *Folder) box(to envelope.Party, make bool) (*os.Root, error) {
	if !form.Party(string(to)) {
		return nil, errParty
	}
	name := boxName(to)
	before, err := f.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		if !make {
			return nil, nil
		}
		if err := f.root.Mkdir(name, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, unwritten(err)
		}
		if disk.SyncRoot(f.root) != nil {
			return nil, errStick
		}
		before, err = f.root.Lstat(name)
	}
	switch {
	case err != nil:
		return nil, errStick
	case !before.IsDir():
		return nil, errShape
	}
	box, err := f.root.OpenRoot(name)
	if err != nil {
		return nil, errStick
	}
	if after, err := box.Stat("."); err != nil || !os.SameFile(before, after) {
		box.Close()
		return nil, errShape
	}
	return box, nil
}

// most is how many names a folder has at most: each envelope and question has an answer.
func (f *Folder) most() int { return 2 * f.limits.MaxEntries }

// names returns what is in a folder, up to the limit.
func (f *Folder) names(folder *os.Root) ([]string, error) {
	d, err := folder.Open(".")
	if err != nil {
		return nil, errStick
	}
	defer d.Close()
	names, err := d.Readdirnames(f.most() + 1)
	if err != nil && err != io.EOF {
		return nil, errStick
	}
	answers := 0
	for _, name := range names {
		if _, ending, ok := splitName(name); ok && ending == answerEnding {
			answers++
		}
	}
	if len(names) > f.most() || len(names)-answers > f.limits.MaxEntries {
		return nil, errMany
	}
	return names, nil
}

// A Fault is why a file in the folder was not taken.
type Fault string

// The faults.
const (
	FaultShape   Fault = "not_a_file" // a link, device, pipe or folder in a file's place
	FaultLarge   Fault = "too_large"  // beyond a limit
	FaultDamaged Fault = "damaged"    // its content is not what its name says: put it again
	FaultMissing Fault = "missing"    // the manifest has it, and it is not there
)

// Error is the code, so that a fault can be an error.
func (f Fault) Error() string { return string(f) }

// openFile opens a regular file of at most max bytes. Not even a race makes it
// follow a link or wait for a pipe.
func openFile(box *os.Root, name string, max int64) (*os.File, int64, error) {
	before, err := box.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, fs.ErrNotExist
	case err != nil:
		return nil, 0, errStick
	case !before.Mode().IsRegular():
		return nil, 0, FaultShape
	case before.Size() > max:
		return nil, 0, FaultLarge
	}
	file, err := box.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, errStick
	}
	if after, err := file.Stat(); err != nil || !os.SameFile(before, after) {
		file.Close()
		return nil, 0, FaultShape
	}
	return file, before.Size(), nil
}

// readSmall reads a small file.
func readSmall(box *os.Root, name string, max int64) ([]byte, error) {
	file, size, err := openFile(box, name, max)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text := make([]byte, size)
	if _, err := io.ReadFull(file, text); err != nil {
		return nil, errStick
	}
	return text, nil
}

// replaceSmall writes a small file, which appears whole or not at all.
func replaceSmall(box *os.Root, name string, text []byte) error {
	half := rand.Text() + halfEnding
	w, err := box.OpenFile(half, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return unwritten(err)
	}
	_, err = w.Write(text)
	return place(box, w, err, half, name)
}

// unwritten tells why something cannot be written, if that is for somebody to mend.
func unwritten(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return errFull
	case errors.Is(err, syscall.EROFS):
		return errLocked
	}
	return errStick
}

// place ends a file that was written, and gives it its name.
func place(box *os.Root, w *os.File, err error, half, name string) error {
	if err == nil {
		err = w.Sync()
	}
	if err = errors.Join(err, w.Close()); err == nil {
		err = box.Rename(half, name)
	}
	if err != nil {
		_ = box.Remove(half) // else the next who writes does
		return unwritten(err)
	}
	if disk.SyncRoot(box) != nil {
		return errStick
	}
	return nil
}

// sweep removes what somebody has left half written in a folder.
func (f *Folder) sweep(box *os.Root) {
	names, _ := f.names(box)
	for _, name := range names {
		if strings.HasSuffix(name, halfEnding) && len(name) == len(rand.Text())+len(halfEnding) {
			_ = box.Remove(name)
		}
	}
}
