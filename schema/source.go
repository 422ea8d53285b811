package schema

import (
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
	record, err := ndjsonRow(s.in.ahead())
	if err == io.EOF {
		return nil, err
	}
	s.n++
	return record, at(err, s.n)
}

func ndjsonRow(c *cursor) ([]byte, error) {
	line, err := c.next(0)
	if err == errLong {
		return nil, &Error{Reason: ReasonTooLarge, structure: "structure/size"}
	}
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(line, lineFeed), nil
}

var lineFeed = []byte{'\n'}

// inputError tells damage of a gzip stream from a failing reader.
func inputError(err error) error {
	if _, known := err.(*Error); known || err == io.EOF {
		return err
	}
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
