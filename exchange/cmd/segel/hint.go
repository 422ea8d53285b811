package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
)

// records is an input of records, sealed or not, that remembers how it began, for
// a hint if it is refused, and why it could not be read.
type records struct {
	io.Closer
	rest   io.Reader
	head   []byte
	size   int64 // of the file; -1 if nobody knows
	failed error
}

// headSize is how much of an input a hint looks at, in bytes.
const headSize = 4096

// records opens an input of records, or standard input for "-".
func (a *app) records(path string) (*records, error) {
	f, err := a.input(path)
	if err != nil {
		return nil, err
	}
	r := &records{Closer: f, head: make([]byte, headSize), size: -1}
	if file, ok := f.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			r.size = info.Size()
		}
	}
	n, err := io.ReadFull(f, r.head)
	r.head = r.head[:n]
	switch err {
	case nil:
		r.rest = io.MultiReader(bytes.NewReader(r.head), f)
	case io.EOF, io.ErrUnexpectedEOF: // a terminal is not asked for its end twice
		r.rest = bytes.NewReader(r.head)
	default:
		f.Close()
		return nil, err
	}
	return r, nil
}

func (r *records) Read(p []byte) (int, error) {
	n, err := r.rest.Read(p)
	if err != nil && err != io.EOF {
		r.failed = err
	}
	return n, err
}

// hint prints what a refused input looks like, if it looks like something that
// is often taken for records. It repeats nothing of it.
func (r *records) hint(w io.Writer, mapping string) {
	if id, en := looksLike(r.head, mapping != ""); id != "" {
		fmt.Fprintf(w, "petunjuk / hint: %s / %s\n", id, en)
	}
}

func looksLike(head []byte, mapped bool) (id, en string) {
	if z, err := gzip.NewReader(bytes.NewReader(head)); err == nil {
		plain := make([]byte, headSize)
		n, _ := io.ReadFull(z, plain) // the rest of it was cut off
		head = plain[:n]
	}
	text := bytes.TrimPrefix(head, byteOrderMark)
	line, _, _ := bytes.Cut(text, []byte{'\n'})
	first := bytes.TrimLeft(text, " \t\r\n")
	starts := func(prefix string) bool { return bytes.HasPrefix(text, []byte(prefix)) }
	switch {
	case len(first) == 0:
		return "masukan kosong", "the input is empty"
	case starts("PK\x03\x04"), starts("\xd0\xcf\x11\xe0"):
		return "ini tampaknya berkas lembar kerja; simpan sebagai CSV UTF-8 dengan koma", "this looks like a spreadsheet; save it as CSV in UTF-8 with commas"
	case starts("\xff\xfe"), starts("\xfe\xff"):
		return "ini tampaknya UTF-16; simpan sebagai UTF-8", "this looks like UTF-16; save it as UTF-8"
	case mapped && bytes.IndexByte(line, ';') >= 0 && bytes.IndexByte(line, ',') < 0:
		return "kolom tampaknya dipisahkan titik koma; simpan sebagai CSV dengan koma", "the columns seem to be separated by semicolons; save it as CSV with commas"
	case !mapped && first[0] == '[':
		return "NDJSON memuat satu objek JSON per baris, bukan satu larik", "NDJSON has one JSON object on each line, not one array"
	case !mapped && first[0] != '{' && bytes.ContainsAny(line, ",;\t"):
		return "ini tampaknya CSV; sebutkan pemetaan kolom dengan --map", "this looks like CSV; name a column mapping with --map"
	}
	return "", ""
}

// retypedHint prints why an envelope may be malformed.
func (r *records) retypedHint(w io.Writer) {
	if retyped(r.head) {
		fmt.Fprintln(w, "petunjuk / hint: akhir baris berkas ini telah diubah; minta berkas aslinya / the line ends of this file were changed; ask for the original file")
	}
}

// retyped reports whether a file of ours has other line ends than it was made
// with: a mail program or an editor did that.
func retyped(file []byte) bool {
	line, _, _ := bytes.Cut(file[:min(len(file), 64)], []byte{'\n'})
	return strings.HasPrefix(string(line), "segel") && bytes.HasSuffix(line, []byte{'\r'})
}
