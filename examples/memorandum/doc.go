// Package memorandum has what the stories of the memoranda have in common, so that
// each can be told in a page: agencies with keys of their own, an agreement that
// all of them have signed and a directory that lists both ([Story.Sign]), their
// programs on a wire in memory, and two languages.
//
// It is no library. What it puts together stands here once: [Story.Sign] is what
// a registrar does with segel trust and segel agreement, and [Story.Receive] and
// [Story.Dispatcher] are an agency's program, with stores in memory; the ones that
// survive a power failure are in examples/quickstart and examples/agency-http.
package memorandum

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/schema"
)

// A Tale is what an example tells. It returns an error as soon as something does
// not go as told.
type Tale func(context.Context, *Story) error

// Main tells it to standard output, in the language that the flag -lang names,
// and returns the exit code of the program.
func Main(tale Tale) int {
	lang := flag.String("lang", "id", "language of the story: id or en")
	flag.Parse()
	return tell(os.Stdout, *lang, tale)
}

// Tell tells it to standard output in a language, id or en, for the test of an
// example. An error is told too, and so is no output that a test expects.
func Tell(lang string, tale Tale) { tell(os.Stdout, lang, tale) }

func tell(out io.Writer, lang string, tale Tale) int {
	if err := tale(context.Background(), newStory(out, lang)); err != nil {
		fmt.Fprintln(out, "error:", err)
		return 1
	}
	return 0
}

// Say tells a line, whose values may not be secret.
func (s *Story) Say(id, en string, values ...any) {
	fmt.Fprintf(s.out, s.text(purpose.Text{ID: id, EN: en})+"\n", values...)
}

// Findings tells what a check has found, each in a sentence.
func (s *Story) Findings(r *schema.Report) {
	for _, f := range r.Details {
		fmt.Fprintf(s.out, "  ! %s: %s\n", f.Rule, s.text(f.Text))
	}
}

func (s *Story) text(t purpose.Text) string {
	if s.lang == "en" {
		return t.EN
	}
	return t.ID
}
