package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/trust"
)

// verdict is what a check came to.
type verdict string

const (
	fine    verdict = "ok"
	warning verdict = "warning" // it works, or will; somebody should look
	wrong   verdict = "wrong"   // something will be refused or not arrive
)

// finding is one line of a diagnosis: codes, public identifiers, counts and paths
// that the user gave.
type finding struct {
	Check   string  `json:"check"`
	Verdict verdict `json:"verdict"`
	ID      string  `json:"id"`
	EN      string  `json:"en"`
}

// soon is how long before an end somebody should begin to do something about it.
const soon = 30 * 24 * time.Hour

// diagnosis is one run of segel doctor. Each part goes as far as it can: what
// cannot be looked at because of an earlier fault is left out.
type diagnosis struct {
	a           *app
	me          side
	r           reach
	store, code string
	now         time.Time

	found   []finding
	inForce []*agreement.Agreement // of this party
}

// tell adds a finding.
func (d *diagnosis) tell(v verdict, check, id, en string) {
	d.found = append(d.found, finding{check, v, printable(id), printable(en)})
}

// say is tell for two formats with the same arguments.
func (d *diagnosis) say(v verdict, check, id, en string, args ...any) {
	d.tell(v, check, fmt.Sprintf(id, args...), fmt.Sprintf(en, args...))
}

// fail reports an error as wrong, in the words that any command would use.
func (d *diagnosis) fail(check string, err error) {
	e := ending(err)
	id, en := e.id, e.en
	if detail := short(e.detail); detail != "" {
		en += " (" + detail + ")"
		if local := inIndonesian(e.detail); local != "" {
			detail = local
		}
		id += " (" + detail + ")"
	}
	d.tell(wrong, check, id, en)
}

func (a *app) doctor() *cobra.Command {
	d := diagnosis{a: a}
	var format string
	cmd := &cobra.Command{
		Use: "doctor --directory F --anchor A --as P --keys K [--purpose P] [--store FILE] [--journal DIR]\n" +
			"      [--ca FILE] [--cert F --key F] [--format text|json]",
		Short: "Say what is wrong with a set-up / memeriksa pemasangan",
		Long: `Looks at keys, directory, agreements, clock, store, outbox, journal and peers, and
says in plain words what is wrong and what to do: a line for each check, ok,
warning or wrong. It changes nothing and makes no file; of the network it asks
only the /healthz of the endpoints in the directory. Exit code 0: nothing is wrong;
1: something is; 2: cannot run.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			inJSON, err := asJSON(format)
			if err != nil {
				return err
			}
			if err := a.need(cmd, "directory", "anchor", "as", "keys"); err != nil {
				return err
			}
			if d.me.party, err = party(d.me.as); err != nil {
				return err
			}
			d.run(cmd.Context())
			return d.print(inJSON)
		}),
	}
	d.me.flags(cmd)
	d.r.flags(cmd)
	cmd.Flags().StringVar(&d.code, "purpose", "", "what this party receives for, as AWAS-TAHAPAN")
	cmd.Flags().StringVar(&d.store, "store", "", "store, with its outbox")
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

func (d *diagnosis) run(ctx context.Context) {
	d.now = d.a.now()
	d.keys()
	d.directory()
	if d.me.trusted != nil {
		d.listed()
		d.agreements()
		d.endpoints()
	}
	d.stores(ctx)
	d.journal()
	if d.me.trusted != nil {
		d.peers(ctx)
	}
}

// print prints the findings and says how the program ends.
func (d *diagnosis) print(inJSON bool) error {
	faults := 0
	for _, f := range d.found {
		if f.Verdict == wrong {
			faults++
		}
	}
	if inJSON {
		enc := json.NewEncoder(d.a.out)
		enc.SetEscapeHTML(false)
		for _, f := range d.found {
			if err := enc.Encode(f); err != nil {
				return err
			}
		}
	} else {
		for _, f := range d.found {
			fmt.Fprintf(d.a.out, "%-7s  %s: %s / %s\n", f.Verdict, f.Check, f.ID, f.EN)
		}
	}
	if faults > 0 {
		return &stopped{code: exitRefused, id: fmt.Sprintf("ada yang salah: %d", faults), en: fmt.Sprintf("something is wrong: %d", faults)}
	}
	return nil
}

// directory opens the directory, and goes on with one that has expired as of its
// last moment.
func (d *diagnosis) directory() {
	anchors, err := readAnchors(d.me.anchor)
	if err != nil {
		d.fail("anchor", err)
		return
	}
	d.say(fine, "anchor", "jangkar %v", "anchor %v", anchors.Keys())
	file, err := readDocument(d.me.directory)
	if err != nil {
		d.fail("directory", err)
		return
	}
	dir, err := trust.Open(file, anchors, d.now)
	if envelope.ReasonOf(err) == envelope.ReasonDirectoryStale {
		if expires, ok := claimedEnd(file); ok {
			if late, err := trust.Open(file, anchors, expires.Add(-time.Second)); err == nil {
				dir = late
			}
		}
	}
	if dir == nil {
		d.fail("directory", aDirectory.refused(err, file))
		return
	}
	d.me.trusted = dir
	d.say(fine, "directory", "versi %d, ditandatangani jangkar, digest %s", "version %d, signed by the anchor, digest %s", dir.Version(), dir.Digest())
	d.until("directory.expires", dir.Expires(),
		"direktori", "ambil versi berikutnya dari pengelolanya", "the directory", "fetch the next version from its keeper")
}

// until judges an end: past, soon, or far enough.
func (d *diagnosis) until(check string, end time.Time, whatID, helpID, whatEN, helpEN string) {
	at := end.UTC().Format(time.RFC3339)
	switch {
	case !d.now.Before(end):
		d.tell(wrong, check, whatID+" sudah berakhir pada "+at+"; "+helpID, whatEN+" ended at "+at+"; "+helpEN)
	case end.Sub(d.now) < soon:
		d.tell(warning, check, whatID+" berakhir pada "+at+"; "+helpID, whatEN+" ends at "+at+"; "+helpEN)
	default:
		d.tell(fine, check, whatID+" berlaku sampai "+at, whatEN+" holds until "+at)
	}
}
