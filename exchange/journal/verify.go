package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/segel-id/segel/envelope"
)

// Head names the state of a journal by its last line.
type Head struct {
	Seq  int64  // number of lines
	Hash string // of the last line
}

// headLen is the length of a head as text: fixed, so that it can be written
// over in place.
const headLen = 20 + 1 + 43 + 1

var headForm = regexp.MustCompile(`^([0-9]{20}) ([A-Za-z0-9_-]{43})\n?$`)

// String returns the head as 20 digits, a blank and the hash.
func (h Head) String() string { return fmt.Sprintf("%020d %s", h.Seq, h.Hash) }

func (h Head) marshal() []byte { return []byte(h.String() + "\n") }

// ParseHead reads what [Head.String] wrote. The error has
// [envelope.ReasonBadContent].
func ParseHead(s string) (Head, error) {
	m := headForm.FindStringSubmatch(s)
	if m == nil {
		return Head{}, broken("the head is not readable")
	}
	seq, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return Head{}, broken("the head is not readable")
	}
	return Head{seq, m[2]}, nil
}

// Verify reads the journal in a folder, held by a process or not, and returns
// its head if every line follows from the one before, the last one is that of
// the head file or behind it, and the chain leads through every one of noted.
// Where there are lines there is a head; its absence is a fault. A
// torn last line is not counted and is no fault, because a process may be
// writing it. Verify changes nothing.
//
// The error has [envelope.ReasonBadContent], naming the first line at fault, or
// [envelope.ReasonUnavailable] if the files cannot be read.
func Verify(dir string, noted ...Head) (Head, error) {
	file, err := os.Open(filepath.Join(dir, fileName))
	if err != nil {
		return Head{}, unusable("no file to read")
	}
	defer file.Close()
	head, err := os.Open(filepath.Join(dir, headName))
	if errors.Is(err, fs.ErrNotExist) {
		c, err := verify(file, bytes.NewReader(nil), noted...)
		return c.head, err
	}
	if err != nil {
		return Head{}, unusable("no head to read")
	}
	defer head.Close()
	c, err := verify(file, head, noted...)
	return c.head, err
}

// verify reads the two files. The head is read first, because a process may be
// writing: a line after it does no harm.
func verify(file, head io.Reader, noted ...Head) (chain, error) {
	text, err := io.ReadAll(io.LimitReader(head, headLen+1))
	if err != nil {
		return chain{}, unusable("the head cannot be read")
	}
	if len(text) < headLen && strings.HasPrefix(string(start().marshal()), string(text)) {
		// Nothing, or a part of the very first head: no line was written yet.
		n, err := io.ReadFull(file, make([]byte, 1))
		switch {
		case n > 0:
			return chain{}, broken("there are lines and no head")
		case !errors.Is(err, io.EOF):
			return chain{}, unusable("the file cannot be read")
		}
		return scan(file, append([]Head{start()}, noted...))
	}
	written, err := ParseHead(string(text))
	if err != nil {
		return chain{}, err
	}
	return scan(file, append([]Head{written}, noted...))
}

// A chain is what scan has found sound.
type chain struct {
	head Head
	size int64 // of the whole lines, in bytes
	torn bool  // something without a line feed follows
}

// scan reads lines to the end and holds the chain against the heads.
func scan(r io.Reader, heads []Head) (chain, error) {
	c := chain{head: start()}
	passed := make([]bool, len(heads))
	pass := func() error {
		for i, h := range heads {
			if h.Seq == c.head.Seq {
				if passed[i] = h.Hash == c.head.Hash; !passed[i] {
					return broken("line %d is not the one that was noted", h.Seq)
				}
			}
		}
		return nil
	}
	if err := pass(); err != nil {
		return chain{}, err
	}
	br := bufio.NewReaderSize(r, maxLine+1)
	for {
		text, err := br.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			c.torn = len(text) > 0
			break
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			return chain{}, broken("line %d is too long", c.head.Seq+1)
		}
		if err != nil {
			return chain{}, unusable("the file cannot be read")
		}
		head, ok := parse(text[:len(text)-1], c.head)
		if !ok {
			return chain{}, broken("line %d does not follow from the one before", c.head.Seq+1)
		}
		c.head, c.size = head, c.size+int64(len(text))
		if err := pass(); err != nil {
			return chain{}, err
		}
	}
	for i, h := range heads {
		if !passed[i] {
			return chain{}, broken("it ends at line %d, before line %d that was noted", c.head.Seq, h.Seq)
		}
	}
	return c, nil
}

func broken(format string, args ...any) error {
	return &envelope.Error{Reason: envelope.ReasonBadContent, Detail: "journal: " + fmt.Sprintf(format, args...)}
}
