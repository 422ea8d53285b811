//go:build unix

package crash

import (
	"bytes"
	"encoding/json"
	"os"
	"sync"
)

// A diary is a process's own account of what it did: a line is durable before
// the next step is taken.
type diary struct {
	mu   sync.Mutex
	file *os.File
}

// A note is one line of a diary.
type note struct {
	What    string `json:"what"`
	ID      string `json:"id,omitempty"`
	Item    int    `json:"item,omitempty"`    // of the sender's list
	Before  bool   `json:"before,omitempty"`  // it was posted in an earlier life
	Fence   uint64 `json:"fence,omitempty"`   // of a call
	Entries int64  `json:"entries,omitempty"` // how many the journal had
	Late    bool   `json:"late,omitempty"`    // the store had the key as settled, or not at all
}

// What a diary tells.
const (
	noteLife     = "life"     // a process began
	noteCall     = "call"     // the handler is called
	noteSettling = "settling" // the store is about to settle
	noteSettled  = "settled"  // and has
	noteAnswer   = "answer"   // a final receipt is about to be shown
	noteRepeat   = "repeat"   // the same, for an envelope that was settled before
	noteSent     = "sent"     // Send has returned nil or ErrPosted
)

// openDiary begins a life. A torn last line is cut off: what it was to say had
// not begun.
func openDiary(path string) (*diary, error) {
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Truncate(int64(bytes.LastIndexByte(text, '\n') + 1)); err != nil {
		return nil, err
	}
	d := &diary{file: file}
	return d, d.write(note{What: noteLife})
}

func (d *diary) write(n note) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := d.file.Write(append(text, '\n')); err != nil {
		return err
	}
	return d.file.Sync()
}

// must is write for a process that is of no use without its diary.
func (d *diary) must(n note) {
	if err := d.write(n); err != nil {
		panic(err)
	}
}

func readDiary(path string) (notes []note, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(text[:bytes.LastIndexByte(text, '\n')+1]) {
		var n note
		if err := json.Unmarshal(line, &n); err != nil {
			return nil, err
		}
		notes = append(notes, n)
	}
	return notes, nil
}
