package schema

import (
	"strconv"
	"strings"

	"github.com/segel-id/segel/envelope/purpose"
)

// Reason is a closed set of codes that say why a call of this package failed.
// The same codes may be written to receipts, journals and metrics.
type Reason string

const (
	// ReasonMalformed: the input is not what the source was told it is (not
	// NDJSON, CSV or gzip, or broken off). Ask the sender for the file again.
	ReasonMalformed Reason = "malformed"
	// ReasonTooLarge: a limit was reached (record, columns, number of records,
	// decompressed bytes). Split the file, or raise the limit if it has one.
	ReasonTooLarge Reason = "too_large"
	// ReasonRead: the reader below failed; Unwrap gives its error. Retry.
	ReasonRead Reason = "read_failed"
	// ReasonTemporary: a temporary file, which holds what is known of the keys of
	// many records, failed; Unwrap gives the cause. Nothing is said of the records.
	// Make room in the folder for temporary files, or name another, and retry.
	ReasonTemporary Reason = "temporary_file"
	// ReasonUnknownDefinition: no definition has that id, version and digest.
	// Get the definition, then retry.
	ReasonUnknownDefinition Reason = "unknown_definition"
	// ReasonBadDefinition: a definition or its texts are not acceptable; Where
	// points into the document; or two definitions of a registry share one id
	// and version. Correct the document.
	ReasonBadDefinition Reason = "bad_definition"
	// ReasonBadMapping: a column mapping is not acceptable, is for another
	// dataset, or maps to a place that the definition does not declare; Where
	// points into it. Correct the mapping.
	ReasonBadMapping Reason = "bad_mapping"
	// ReasonUnmappedColumn: the CSV header has a column that the mapping
	// neither maps nor ignores. Nothing is dropped silently: extend the mapping.
	ReasonUnmappedColumn Reason = "unmapped_column"
	// ReasonMissingColumn: the CSV header lacks a column that the mapping names.
	ReasonMissingColumn Reason = "missing_column"
	// ReasonDuplicateColumn: the CSV header names one column twice.
	ReasonDuplicateColumn Reason = "duplicate_column"
	// ReasonBadCell: a cell does not have the type that its column is mapped
	// to. [Definition.Check] reports it as a structure finding and goes on.
	ReasonBadCell Reason = "bad_cell"
	// ReasonBadRow: a row has not as many cells as the header, or its bytes
	// are not UTF-8. [Definition.Check] reports it as a structure finding and
	// goes on.
	ReasonBadRow Reason = "bad_row"
	// ReasonNoLegalDate: a rule has effective dates, the record carries no
	// date and [CheckOptions.AsOf] is zero. State the date.
	ReasonNoLegalDate Reason = "no_legal_date"
	// ReasonBadReference: a dataset to look things up in has structure errors,
	// or is not what the rules are about. Get a sound file of it.
	ReasonBadReference Reason = "bad_reference"
	// ReasonBadOptions: an option is out of its range.
	ReasonBadOptions Reason = "bad_options"
)

// Text is the reason in words for people; a general one for a text that is not
// one of the reasons above.
func (r Reason) Text() purpose.Text {
	if t, ok := reasonTexts[r]; ok {
		return t
	}
	return both("masukan tidak dapat diperiksa", "the input cannot be checked")
}

var reasonTexts = map[Reason]purpose.Text{
	ReasonMalformed:         both("masukan rusak", "the input is malformed"),
	ReasonTooLarge:          both("masukan melebihi batas ukuran", "a size limit was reached"),
	ReasonRead:              both("masukan tidak dapat dibaca", "reading the input failed"),
	ReasonTemporary:         both("berkas sementara gagal ditulis atau dibaca", "a temporary file failed"),
	ReasonUnknownDefinition: both("definisi dataset tidak dikenal", "no such dataset definition"),
	ReasonBadDefinition:     both("definisi dataset tidak sah", "the dataset definition is not acceptable"),
	ReasonBadMapping:        both("pemetaan kolom tidak sah, atau untuk dataset lain", "the column mapping is not acceptable"),
	ReasonUnmappedColumn:    both("ada kolom yang tidak dipetakan dan tidak diabaikan", "a column is neither mapped nor ignored"),
	ReasonMissingColumn:     both("kolom yang dipetakan tidak ada", "a mapped column is missing"),
	ReasonDuplicateColumn:   both("nama kolom muncul dua kali", "a column name appears twice"),
	ReasonBadCell:           both("isi sel tidak sesuai jenis kolomnya", "a cell does not have the type of its column"),
	ReasonBadRow:            both("baris tidak sesuai dengan judul kolom", "a row does not fit the header"),
	ReasonNoLegalDate:       both("tanggal hukum tidak ada untuk aturan yang bertanggal", "no legal date for a dated rule"),
	ReasonBadReference:      both("dataset rujukan tidak dapat dipakai", "a dataset to look things up in cannot be used"),
	ReasonBadOptions:        both("pilihan di luar batas", "an option is out of range"),
}

// Error is the error of this package: a closed Reason and where it applies.
//
// It never holds a value from a record, a cell or a header, nor a name chosen
// by whoever wrote them. Where names a place in a definition or mapping, or a
// mapped column, in a form that was checked to look like a name.
type Error struct {
	Reason Reason
	Record int    // record number from 1; 0 where none applies
	Column int    // CSV column number from 1; 0 where none applies
	Where  string // place in the definition or mapping, a column of the mapping, or /* for an undeclared member; may be empty

	// structure is the structure finding that stands for this error when a
	// check can go on behind it; empty for an error that ends the input.
	structure string
	path      []string // where in the record that finding is
	cause     error
}

// Error gives the reason and the place; never a value.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Reason))
	b.WriteString(": ")
	b.WriteString(e.Reason.Text().EN)
	sep := " ("
	fact := func(name, value string) {
		b.WriteString(sep + name + " " + value)
		sep = ", "
	}
	if e.Record > 0 {
		fact("record", strconv.Itoa(e.Record))
	}
	if e.Column > 0 {
		fact("column", strconv.Itoa(e.Column))
	}
	if e.Where != "" {
		fact("at", e.Where)
	}
	if sep != " (" {
		b.WriteByte(')')
	}
	return b.String()
}

// Is makes errors.Is(err, &Error{Reason: r}) ask for the reason alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t != nil && t.Reason == e.Reason && t.Record == 0 && t.Column == 0 && t.Where == "" && t.cause == nil
}

// Unwrap gives the error of the reader below for ReasonRead, that of the file for
// ReasonTemporary, else nil.
func (e *Error) Unwrap() error { return e.cause }

// safeName returns s if it has the shape of a name and nothing else: letters,
// digits, _ - . and /, no run of digits in which an identity or telephone
// number could hide. Otherwise it returns "".
func safeName(s string) string {
	if len(s) > 80 {
		return ""
	}
	digits := 0
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			if digits++; digits > 6 {
				return ""
			}
			continue
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '/':
			digits = 0
		case c == '-', c == '.':
			// A separator does not end a number: 3174-0123-… is one too.
		default:
			return ""
		}
	}
	return s
}
