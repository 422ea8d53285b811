package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/schema"
)

// stopped ends a command: with a code, and a sentence in both languages. What
// it prints is ours, or was given on the command line; it never holds text from
// a file.
type stopped struct {
	code   int
	reason string // a closed code, or ""
	id, en string
	detail string // English, or a path that the user gave; may be ""
}

func (s *stopped) Error() string { return s.en }

func (s *stopped) print(w io.Writer) {
	line := "refused: "
	switch s.code {
	case exitCannot:
		line = "cannot run: "
	case exitPending:
		line = "pending: "
	}
	if s.reason != "" {
		line += s.reason + ": "
	}
	detail := short(s.detail)
	switch id := inIndonesian(s.detail); {
	case detail == "":
		line += s.id + " / " + s.en
	case id == "":
		line += s.id + " / " + s.en + " (" + detail + ")"
	default:
		line += s.id + " (" + id + ") / " + s.en + " (" + detail + ")"
	}
	fmt.Fprintln(w, printable(line))
}

// printable replaces what could break a line or turn its direction: a path may
// hold anything, and not every path was typed by the user.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			return '?'
		}
		return r
	}, s)
}

// longest is how much of a detail is printed, in characters: an argument may be
// a whole file.
const longest = 240

// short cuts a detail in its middle: a path is told by its end, and what the
// operating system has to say stands behind it.
func short(s string) string {
	if r := []rune(s); len(r) > longest {
		return string(r[:longest/3]) + "…" + string(r[len(r)-longest*2/3:])
	}
	return s
}

func cannot(id, en, detail string) *stopped {
	return &stopped{code: exitCannot, id: id, en: en, detail: detail}
}

// inOutbox ends a command that failed after its envelope had come into the outbox,
// or may have: whatever it was, the data must not be sealed anew.
func inOutbox(err error) *stopped {
	s := *ending(err)
	s.code = exitPending
	s.id += "; segelnya ada di kotak keluar, jangan menyegel baru"
	s.en += "; the envelope is in the outbox, do not seal it anew"
	return &s
}

func refused(r envelope.Reason, detail string) *stopped {
	return &stopped{exitRefused, string(r), r.Text().ID, r.Text().EN, detail}
}

// ending says how an error ends the program. Errors that are not known here
// print nothing of themselves: their text may be anybody's.
func ending(err error) *stopped {
	if s, ok := errors.AsType[*stopped](err); ok {
		return s
	}
	if e, ok := errors.AsType[*envelope.Error](err); ok {
		s := refused(e.Reason, e.Detail)
		switch e.Reason {
		case envelope.ReasonUnavailable, envelope.ReasonMisuse, envelope.ReasonHandlerFailed:
			s.code = exitCannot // nothing was judged
		}
		return s
	}
	if e, ok := errors.AsType[*schema.Error](err); ok {
		return badInput(e)
	}
	if s := badFile(err); s != nil {
		return s
	}
	if errors.Is(err, context.Canceled) {
		return cannot("dihentikan", "interrupted", "")
	}
	return cannot("kesalahan yang tidak terduga", "unexpected error", "")
}

// badFile is for the errors of package os, which name the path that the user
// gave and the operating system's own words.
func badFile(err error) *stopped {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return cannot("berkas tidak dapat dipakai", "the file cannot be used", e.Error())
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return cannot("berkas tidak dapat ditulis", "the file cannot be written", e.Error())
	}
	return nil
}

// badInput is for an input that could not be read to its end, so that nothing
// can be said about its records.
func badInput(e *schema.Error) *stopped {
	if s := badFile(e.Unwrap()); s != nil {
		return s
	}
	text := e.Reason.Text()
	_, place, _ := strings.Cut(e.Error(), " (")
	return &stopped{exitCannot, string(e.Reason), text.ID, text.EN, strings.TrimSuffix(place, ")")}
}
