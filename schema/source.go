package schema

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
)

const (
	// MaxRecordBytes limits one record, and one CSV row. A record is also
	// limited to 65,536 values, lists and objects included, 32 levels deep.
	MaxRecordBytes = 1 << 20
	// maxSourceBytes limits what one source reads after decompression, so that
	// a small file cannot keep a checker busy for ever.
	maxSourceBytes = 64 << 30
)

// Source gives the records of a file one by one, each a JSON object as bytes.
//
// Next returns io.EOF after the last record. The slice is valid until the next
// call; a caller that keeps it makes a copy. After an [*Error] with
// ReasonBadCell or ReasonBadRow, and from [NDJSON] with ReasonTooLarge for one
// record, the next call goes on behind that record; any other error is final. A Source is
// for one goroutine.
type Source interface {
	Next() ([]byte, error)
}

// lines reads an input line by line in bounded memory, through gzip if the
// first bytes say so.
type lines struct {
	r    io.Reader
	br   *bufio.Reader // nil before the first read
	left int64
	buf  []byte
	err  error
}

// NDJSON reads newline-delimited JSON. A record is every byte between two line
// feeds, exactly as it stands in the input, blanks and a carriage return
// included; nothing is decoded and written again. The last line feed may be
// missing; an empty line is a record that is not JSON, so a check refuses it.
// Gzip is recognised by its magic bytes, not by a name, and a UTF-8 byte order
// mark at the start is skipped. A line beyond [MaxRecordBytes] is skipped with
// ReasonTooLarge; an input beyond 64 GiB, decompressed, ends with it.
func NDJSON(r io.Reader) Source {
	return &ndjson{in: lines{r: r, left: maxSourceBytes}}
}

type ndjson struct {
	in lines
	n  int
}

func (s *ndjson) Next() ([]byte, error) {
	line, err := s.in.next(0)
	if err == io.EOF {
		return nil, err
	}
	s.n++
	if err == errLong {
		return nil, &Error{Reason: ReasonTooLarge, Record: s.n, structure: "structure/size"}
	}
	if err != nil {
		return nil, at(err, s.n)
	}
	return bytes.TrimSuffix(line, []byte("\n")), nil
}

// errLong: the line was longer than the limit and has been skipped.
var errLong = errors.New("line too long")

// next gives the next line with its line feed, valid until the next call.
// have is what the caller already holds of the same record.
func (l *lines) next(have int) ([]byte, error) {
	if l.br == nil && l.err == nil {
		l.err = l.open()
	}
	if l.err != nil {
		return nil, l.err
	}
	l.buf = l.buf[:0]
	long := false
	for {
		part, err := l.br.ReadSlice('\n')
		if l.left -= int64(len(part)); l.left < 0 {
			l.err = &Error{Reason: ReasonTooLarge}
			return nil, l.err
		}
		if len(l.buf)+len(part)+have > MaxRecordBytes+1 {
			long = true
		}
		if !long && err == nil && len(l.buf) == 0 {
			return part, nil // the usual case: no copy
		}
		if !long {
			l.buf = append(l.buf, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF:
			l.err = io.EOF
			if long {
				return nil, errLong
			}
			if len(l.buf) == 0 {
				return nil, io.EOF
			}
			return l.buf, nil
		case err != nil:
			l.err = inputError(err)
			return nil, l.err
		case long:
			return nil, errLong
		default:
			return l.buf, nil
		}
	}
}

func (l *lines) open() error {
	size := 64 << 10
	if known, ok := l.r.(interface{ Len() int }); ok { // in memory, as a few records often are
		size = min(size, known.Len()+1)
	}
	br := bufio.NewReaderSize(l.r, size)
	magic, err := br.Peek(2)
	if err != nil && err != io.EOF {
		return inputError(err)
	}
	if bytes.Equal(magic, []byte{0x1f, 0x8b}) { // RFC 1952 section 2.3.1
		z, err := gzip.NewReader(br)
		if err != nil {
			return inputError(err)
		}
		br = bufio.NewReaderSize(z, 64<<10)
	}
	mark, err := br.Peek(3)
	if err != nil && err != io.EOF {
		return inputError(err)
	}
	if bytes.Equal(mark, []byte{0xef, 0xbb, 0xbf}) {
		_, _ = br.Discard(3)
	}
	l.br = br
	return nil
}

// inputError tells damage of a gzip stream from a failing reader.
func inputError(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &corrupt):
		return &Error{Reason: ReasonMalformed}
	}
	return &Error{Reason: ReasonRead, cause: err}
}

// at adds the record's number to an error of this package.
func at(err error, record int) error {
	if e, ok := err.(*Error); ok && e.Record == 0 {
		located := *e
		located.Record = record
		return &located
	}
	return err
}
