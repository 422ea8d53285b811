package schema

import (
	"bytes"
	"io"
	"slices"
	"unicode/utf8"
)

// CSV reads comma-separated values (RFC 4180) as records of a dataset. The
// mapping must be for that dataset and lead to places that its definition
// declares. The header is checked at once: a column that the mapping neither maps nor ignores, a
// mapped column that is missing and a name that appears twice are refused with
// the column's number. A name from the file is never repeated in an error.
//
// Each row becomes one JSON object with its members in byte order of their
// names and without blanks, so the same data gives the same bytes. An empty
// cell, quoted or not, is an explicit null. Cells are taken as they are:
// nothing is trimmed, and a line break inside quotes stays what it was.
// Gzip is recognised by its magic bytes; a UTF-8 byte order mark is skipped;
// lines may end in LF or CR LF.
//
// The error is an [*Error]; a nil mapping has ReasonBadMapping, a nil
// definition ReasonUnknownDefinition.
func CSV(r io.Reader, m *Mapping, d *Definition) (Source, error) {
	if m == nil {
		return nil, &Error{Reason: ReasonBadMapping}
	}
	if d == nil {
		return nil, &Error{Reason: ReasonUnknownDefinition}
	}
	if err := m.fits(d); err != nil {
		return nil, err
	}
	s := &csv{in: lines{r: r, left: maxSourceBytes}, m: m}
	if err := s.header(); err != nil {
		return nil, err
	}
	return s, nil
}

type csv struct {
	in    lines
	m     *Mapping
	width int
	cell  []int // of each mapped column, the position in a row
	n     int
	err   error
	row   []byte   // bytes of a row that spans lines
	cells [][]byte // of the current row
	text  []byte   // unquoted cells
	out   []byte
}

func (s *csv) header() error {
	if err := s.read(); err != nil {
		switch err {
		case io.EOF:
			return &Error{Reason: ReasonMalformed}
		case errLong:
			return &Error{Reason: ReasonTooLarge}
		}
		return err
	}
	s.width = len(s.cells)
	if s.width > maxColumns {
		return &Error{Reason: ReasonTooLarge}
	}
	at := map[string]int{}
	for i, c := range s.cells {
		name := string(c)
		if _, twice := at[name]; twice {
			return &Error{Reason: ReasonDuplicateColumn, Column: i + 1}
		}
		at[name] = i
		mapped := slices.ContainsFunc(s.m.columns, func(c column) bool { return c.name == name })
		if !mapped && !slices.Contains(s.m.ignore, name) {
			return &Error{Reason: ReasonUnmappedColumn, Column: i + 1}
		}
	}
	for _, c := range s.m.columns {
		i, ok := at[c.name]
		if !ok {
			return &Error{Reason: ReasonMissingColumn, Where: safeName(c.name)}
		}
		s.cell = append(s.cell, i)
	}
	return nil
}

func (s *csv) Next() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	err := s.read()
	if err == io.EOF {
		s.err = err
		return nil, err
	}
	s.n++
	if err == errLong {
		// Final: the quotes in what was skipped decide where rows begin.
		err = &Error{Reason: ReasonTooLarge}
	}
	if err != nil {
		s.err = at(err, s.n)
		return nil, s.err
	}
	if len(s.cells) != s.width {
		return nil, &Error{Reason: ReasonBadRow, Record: s.n, structure: "structure/row"}
	}
	s.out = s.out[:0]
	for _, op := range s.m.program {
		s.out = append(s.out, op.literal...)
		if op.column < 0 {
			continue
		}
		c := s.m.columns[op.column]
		cell := s.cells[s.cell[op.column]]
		if !utf8.Valid(cell) {
			return nil, &Error{Reason: ReasonBadRow, Record: s.n, Column: s.cell[op.column] + 1, structure: "structure/utf8", path: c.to.steps}
		}
		var ok bool
		if s.out, ok = appendCell(s.out, cell, c.kind); !ok {
			return nil, &Error{Reason: ReasonBadCell, Record: s.n, Column: s.cell[op.column] + 1, structure: "structure/cell", path: c.to.steps}
		}
	}
	if len(s.out) > MaxRecordBytes {
		return nil, &Error{Reason: ReasonTooLarge, Record: s.n, structure: "structure/size"}
	}
	return s.out, nil
}

var quote = []byte{'"'}

// read reads one row into s.cells. Quotes that do not pair up are final:
// nobody can say where the next row begins.
func (s *csv) read() error {
	line, err := s.in.next(0)
	if err != nil {
		return err
	}
	if bytes.IndexByte(line, '"') < 0 {
		s.cells = s.cells[:0]
		line = trimEnd(line)
		for {
			i := bytes.IndexByte(line, ',')
			if i < 0 {
				s.cells = append(s.cells, line)
				return nil
			}
			s.cells = append(s.cells, line[:i])
			line = line[i+1:]
		}
	}
	s.row = append(s.row[:0], line...)
	for quotes := bytes.Count(line, quote); quotes%2 != 0; quotes += bytes.Count(line, quote) {
		var err error
		line, err = s.in.next(len(s.row))
		switch {
		case err == io.EOF || err == errLong:
			return &Error{Reason: ReasonMalformed}
		case err != nil:
			return err
		}
		s.row = append(s.row, line...)
	}
	if !s.split(trimEnd(s.row)) {
		return &Error{Reason: ReasonMalformed}
	}
	return nil
}

func trimEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}

// split cuts a row that holds quotes.
func (s *csv) split(row []byte) bool {
	s.cells, s.text = s.cells[:0], slices.Grow(s.text[:0], len(row))
	for {
		if len(row) == 0 || row[0] != '"' {
			i := bytes.IndexByte(row, ',')
			cell := row
			if i >= 0 {
				cell = row[:i]
			}
			if bytes.IndexByte(cell, '"') >= 0 {
				return false
			}
			s.cells = append(s.cells, cell)
			if i < 0 {
				return true
			}
			row = row[i+1:]
			continue
		}
		start := len(s.text)
		row = row[1:]
		for {
			i := bytes.IndexByte(row, '"')
			if i < 0 {
				return false
			}
			s.text = append(s.text, row[:i]...)
			row = row[i+1:]
			if len(row) == 0 || row[0] != '"' {
				break
			}
			s.text = append(s.text, '"')
			row = row[1:]
		}
		s.cells = append(s.cells, s.text[start:])
		if len(row) == 0 {
			return true
		}
		if row[0] != ',' {
			return false
		}
		row = row[1:]
	}
}
