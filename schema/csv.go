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
	s := &csv{in: lines{r: r, left: maxSourceBytes, rows: true}, m: m}
	if err := s.header(); err != nil {
		return nil, err
	}
	return s, nil
}

type csv struct {
	in   lines
	m    *Mapping
	rows csvRows
	n    int
	err  error
	out  []byte
}

func (s *csv) header() error {
	if err := s.rows.read(s.in.ahead()); err != nil {
		switch err {
		case io.EOF:
			return &Error{Reason: ReasonMalformed}
		case errLong:
			return &Error{Reason: ReasonTooLarge}
		}
		return err
	}
	names := s.rows.cells
	s.rows.width = len(names)
	if len(names) > maxColumns {
		return &Error{Reason: ReasonTooLarge}
	}
	at := map[string]int{}
	for i, c := range names {
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
		s.rows.cell = append(s.rows.cell, i)
	}
	s.rows.m = s.m
	return nil
}

func (s *csv) Next() ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	record, err := s.rows.next(s.in.ahead(), s.out[:0])
	if err == io.EOF {
		s.err = err
		return nil, err
	}
	s.n++
	s.out = record
	if err = at(err, s.n); err != nil {
		if e, ok := err.(*Error); !ok || e.structure == "" {
			s.err = err
		}
		return nil, err
	}
	return record, nil
}

// csvRows turns rows into records. Each goroutine has its own.
type csvRows struct {
	m     *Mapping
	width int
	cell  []int    // of each mapped column, the position in a row
	row   []byte   // bytes of a row that spans lines
	cells [][]byte // of the current row
	text  []byte   // unquoted cells
}

// next appends the next record to out.
func (s *csvRows) next(in *cursor, out []byte) ([]byte, error) {
	err := s.read(in)
	if err == errLong {
		// Final: the quotes in what was skipped decide where rows begin.
		return out, &Error{Reason: ReasonTooLarge}
	}
	if err != nil {
		return out, err
	}
	if len(s.cells) != s.width {
		return out, &Error{Reason: ReasonBadRow, structure: "structure/row"}
	}
	begin := len(out)
	for i := range s.m.program {
		op := &s.m.program[i]
		out = append(out, op.literal...)
		if op.column < 0 {
			continue
		}
		c := &s.m.columns[op.column]
		cell := s.cells[s.cell[op.column]]
		if !utf8.Valid(cell) {
			return out, &Error{Reason: ReasonBadRow, Column: s.cell[op.column] + 1, structure: "structure/utf8", path: c.to.steps}
		}
		var ok bool
		if out, ok = appendCell(out, cell, c.kind); !ok {
			return out, &Error{Reason: ReasonBadCell, Column: s.cell[op.column] + 1, structure: "structure/cell", path: c.to.steps}
		}
	}
	if len(out)-begin > MaxRecordBytes {
		return out, &Error{Reason: ReasonTooLarge, structure: "structure/size"}
	}
	return out, nil
}

var quote = []byte{'"'}

// read reads one row into s.cells. Quotes that do not pair up are final:
// nobody can say where the next row begins.
func (s *csvRows) read(in *cursor) error {
	line, err := in.next(0)
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
		line, err = in.next(len(s.row))
		switch {
		case err == io.EOF || err == errLong || err == errMore:
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
func (s *csvRows) split(row []byte) bool {
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
