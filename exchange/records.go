package exchange

import (
	"bytes"
	"io"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/schema"
)

const (
	// readAtOnce is how much content is read at a time.
	readAtOnce = 256 << 10
	// longestRecord bounds a record that is read; the check refuses shorter ones.
	longestRecord = envelope.MaxInline
)

// A recordReader cuts content into records at line feeds, in bounded memory.
type recordReader struct {
	r    io.Reader
	rest []byte // read and not handed out yet
	err  error
}

// next returns the next record without its line feed. The error is io.EOF behind
// the last one, errLongRecord, or the reader's.
func (s *recordReader) next() ([]byte, error) {
	for searched := 0; ; {
		if i := bytes.IndexByte(s.rest[searched:], '\n'); i >= 0 {
			record := s.rest[: searched+i : searched+i]
			s.rest = s.rest[searched+i+1:]
			return record, nil
		}
		if searched = len(s.rest); searched > longestRecord {
			return nil, errLongRecord
		}
		if s.err != nil {
			if s.err == io.EOF && searched > 0 {
				s.err = io.ErrUnexpectedEOF // verified content ends in a line feed
			}
			return nil, s.err
		}
		s.fill()
	}
}

// fill reads behind what is left, into memory of its own: what was handed out stays
// as it is.
func (s *recordReader) fill() {
	block := make([]byte, max(readAtOnce, 2*len(s.rest)))
	copy(block, s.rest)
	n, err := io.ReadAtLeast(s.r, block[len(s.rest):], 1)
	s.rest, s.err = block[:len(s.rest)+n], err
}

var errLongRecord = &schema.Error{Reason: schema.ReasonTooLarge}

// sealedRecords is a source of the records as the handler gets them, from memory.
type sealedRecords struct{ rest []byte }

func (s *sealedRecords) Next() ([]byte, error) {
	if len(s.rest) == 0 {
		return nil, io.EOF
	}
	record, rest, _ := bytes.Cut(s.rest, []byte{'\n'})
	s.rest = rest
	return record, nil
}
