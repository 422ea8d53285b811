package schema

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math"
)

const (
	// blockBytes is read at once, if the input gives as much. The blocks under way
	// fit into a core's cache, and at an input's end no core waits for long.
	blockBytes = 64 << 10
	maxLine    = MaxRecordBytes + 1
)

// lines reads an input in blocks of whole lines, in bounded memory and through
// gzip if the first bytes say so.
type lines struct {
	r    io.Reader
	left int64 // bytes until the limit
	rows bool  // of CSV: a line feed between quotes ends none

	in       io.Reader // nil before the first read
	packed   bool      // in gzip, which comes in small pieces
	short    bool      // the last read was: the input had no more for now
	rest     []byte    // what was read behind the last block
	skipping bool      // in a line that is too long
	err      error     // final
	cur      cursor    // for a reader that wants one row after the other
	buf      []byte
}

// errLong stands in for a line that was too long and has been skipped.
var errLong = errors.New("line too long")

// errMore says that another block follows.
var errMore = errors.New("more to read")

// cursor gives the lines of a block, and then its end: errMore, errLong, or
// what is final, io.EOF among it.
type cursor struct {
	data []byte
	end  error
	more func() ([]byte, error) // the next block; nil: there is errMore
}

// next gives the next line with its line feed. have is what the caller already
// holds of the same row.
func (c *cursor) next(have int) ([]byte, error) {
	for {
		if i := bytes.IndexByte(c.data, '\n'); i >= 0 {
			line := c.data[:i+1]
			c.data = c.data[i+1:]
			if len(line)+have > maxLine {
				return nil, errLong
			}
			return line, nil
		}
		if line := c.data; len(line) > 0 && c.end == io.EOF {
			c.data = nil
			if len(line)+have > maxLine {
				return nil, errLong
			}
			return line, nil
		}
		c.data = nil
		err := c.end
		if err == errLong {
			c.end = errMore
		}
		if err != errMore || c.more == nil {
			return nil, err
		}
		c.data, c.end = c.more()
	}
}

// ahead gives the cursor for a reader that wants one row after the other.
func (l *lines) ahead() *cursor {
	if l.cur.more == nil {
		l.cur.end = errMore
		l.cur.more = func() ([]byte, error) {
			block, err := l.block(l.buf[:0])
			l.buf = block[:0]
			return block, err
		}
	}
	return &l.cur
}

// size is how large a first block may be useful.
func (l *lines) size() int {
	if n, known := l.follow(); known { // in memory, as a few records often are
		return min(blockBytes, n+1)
	}
	return blockBytes
}

// follow is how many bytes are known to follow what was read; packed ones, if it
// is packed.
func (l *lines) follow() (n int, known bool) {
	if r, is := l.r.(interface{ Len() int }); is {
		return min(max(0, r.Len()), math.MaxInt32), true
	}
	return 0, false
}

// total is how many bytes the input has at least.
func (l *lines) total() int {
	n, _ := l.follow()
	return int(min(maxSourceBytes-l.left+int64(n), math.MaxInt32))
}

// block reads whole rows into buf, which grows if one row wants it, and says
// what comes behind them.
func (l *lines) block(buf []byte) ([]byte, error) {
	if left := l.cur.data; len(left) > 0 || l.cur.end != nil && l.cur.end != errMore {
		// Somebody took single rows before.
		end := l.cur.end
		l.cur.data, l.cur.end = nil, errMore
		if end != errLong && end != errMore {
			l.err = end
		}
		return append(buf, left...), end
	}
	if buf == nil {
		buf = make([]byte, 0, l.size())
	}
	if l.in == nil && l.err == nil {
		l.err = l.open()
	}
	buf = append(buf, l.rest...)
	l.rest = l.rest[:0]
	for idle := 0; l.err == nil; {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)] // append makes it larger
		}
		n, err := l.in.Read(buf[len(buf):min(cap(buf), maxLine+1)])
		if n > 0 {
			idle = 0
		} else if idle++; err == nil && idle == 100 {
			err = io.ErrNoProgress
		}
		if l.left -= int64(n); l.left < 0 {
			n, err = n+int(l.left), &Error{Reason: ReasonTooLarge}
		}
		buf = buf[:len(buf)+n]
		if l.skipping {
			i := bytes.IndexByte(buf, '\n')
			if i >= 0 || err == io.EOF {
				l.skipping = false
				l.rest = append(l.rest, buf[i+1:]...)
				if i < 0 {
					l.rest = l.rest[:0]
				}
				if err != nil {
					l.err = inputError(err)
				}
				return buf[:0], errLong
			}
			buf = buf[:0]
		}
		if err != nil {
			l.err = inputError(err)
			break
		}
		l.short = len(buf) < min(cap(buf), maxLine)
		if l.short && l.packed {
			continue // what was packed is all there
		}
		if i := l.whole(buf); i > 0 {
			l.rest = append(l.rest, buf[i:]...)
			return buf[:i], errMore
		}
		if len(buf) > maxLine {
			if l.rows {
				return buf, errLong // the quotes in what follows decide where rows begin
			}
			l.skipping = true
			buf = buf[:0]
		}
	}
	if l.err != io.EOF {
		buf = buf[:l.whole(buf)]
	}
	return buf, l.err
}

// whole is how much of a block are whole lines or, with rows, whole CSV rows:
// up to a line feed outside quotes.
func (l *lines) whole(block []byte) int {
	end := bytes.LastIndexByte(block, '\n') + 1
	if !l.rows || end == 0 {
		return end
	}
	for quotes := bytes.Count(block[:end], quote); quotes%2 != 0 && end > 0; {
		before := bytes.LastIndexByte(block[:end-1], '\n') + 1
		quotes -= bytes.Count(block[before:end], quote)
		end = before
	}
	return end
}

func (l *lines) open() error {
	br := bufio.NewReaderSize(l.r, 16) // large reads pass it by
	magic, err := br.Peek(2)
	if err != nil && err != io.EOF {
		return inputError(err)
	}
	if bytes.Equal(magic, []byte{0x1f, 0x8b}) { // RFC 1952 section 2.3.1
		z, err := gzip.NewReader(bufio.NewReaderSize(br, l.size()))
		if err != nil {
			return inputError(err)
		}
		br = bufio.NewReaderSize(z, 16)
		l.packed = true
	}
	mark, err := br.Peek(3)
	if err != nil && err != io.EOF {
		return inputError(err)
	}
	if bytes.Equal(mark, []byte{0xef, 0xbb, 0xbf}) {
		_, _ = br.Discard(3)
	}
	l.in = br
	return nil
}
