// Quickstart tells exchanges as a story: KPU's Sipol sends party boards to Ditjen
// AHU, AHU answers, and then everything that must not work does not work, each
// with its reason, and what must survive a power failure does.
//
//	go run ./examples/quickstart            in Indonesian
//	go run ./examples/quickstart -lang en   in English
//
// The agencies, their keys and their agreement are the fixed world of package
// exchangetest, the records are synthetic fixtures, and the clock stands still
// until the story moves it. Everything else is what agencies run: outboxes, HTTP
// (on loopback addresses), durable stores, journals on disk, and the same checks,
// seals and receipts. Read office.go first: it puts one agency's program together.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	lang := flag.String("lang", "id", "language of the story: id or en")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *lang); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run tells the story in a temporary folder and returns an error as soon as
// something does not go as told.
func run(ctx context.Context, out io.Writer, lang string) (err error) {
	dir, err := os.MkdirTemp("", "segel-quickstart-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := newStory(out, lang, dir)
	if err != nil {
		return err
	}
	defer s.town.close()
	for _, chapter := range []func(context.Context) error{
		s.boardsAndAnswer, s.replay, s.otherPurpose, s.tampered, s.somebodyElse, s.expired, s.brokenRecord, s.findingsTravel,
		s.powerFailure, s.correction, s.onRecord,
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	s.say("\nSemua terjadi seperti yang dijanjikan.", "\nEverything happened as promised.")
	return nil
}
