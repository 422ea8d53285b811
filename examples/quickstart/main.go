// Quickstart tells one exchange as a story, in one process: KPU's Sipol sends
// party boards to Ditjen AHU, AHU answers, and then everything that must not
// work does not work, each with its reason.
//
//	go run ./examples/quickstart            in Indonesian
//	go run ./examples/quickstart -lang en   in English
//
// The agencies, their keys and their agreement are the fixed world of package
// exchangetest, the records are synthetic fixtures, and the clock stands still
// until the story moves it. Everything else is what agencies run: the same
// Sender, Receiver, checks, seals and receipts.
package main

import (
	"context"
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

// run tells the story and returns an error as soon as something does not go as
// told.
func run(ctx context.Context, out io.Writer, lang string) error {
	s := newStory(out, lang)
	for _, chapter := range []func(context.Context) error{
		s.boardsAndAnswer, s.replay, s.otherPurpose, s.tampered, s.somebodyElse, s.expired, s.brokenRecord, s.findingsTravel,
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	s.say("\nSemua terjadi seperti yang dijanjikan.", "\nEverything happened as promised.")
	return nil
}
