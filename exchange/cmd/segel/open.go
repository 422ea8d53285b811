package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/limits"
	"github.com/segel-id/segel/schema/election"
)

// maxFile bounds an envelope file that a user opens: as many tokens as there
// can be, each as large as it can be. A receiver on a network reads less.
const maxFile = limits.Recipients*(limits.Token+4) + 64

func (a *app) open() *cobra.Command {
	var me side
	var code, store, report, media, in, out string
	var looked bool
	cmd := &cobra.Command{
		Use:   "open --directory F --anchor A --as P --keys K --purpose P [--store FILE [--acknowledge-clock]] [--journal DIR] [--report FILE] [--media TYPE] --in FILE.segel --out FILE",
		Short: "Verify an envelope and open it / membuka",
		Long: `Verifies the envelope, asks the agreement, enters "released" in the journal,
checks the records and writes them as NDJSON, exactly as they were sealed; with
--media it opens a document of that type, which nothing checks. What
was proven and what was not goes to standard error. With --store an envelope
opens once; without it everything is checked but that.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			defer thrifty()()
			if err := a.need(cmd, "directory", "anchor", "as", "keys", "purpose", "in", "out"); err != nil {
				return err
			}
			if err := known(purpose.Code(code), a.now()); err != nil {
				return err
			}
			if looked && store == "" {
				return cannot("--acknowledge-clock hanya berarti bersama --store", "--acknowledge-clock means something with --store only", "")
			}
			files := paths{
				outputs: []string{out, report}, inputs: []string{in, me.keys, me.directory, me.anchor, a.config, a.passphrase},
				store: store, journal: me.journalFolder(store),
			}
			if err := files.check(); err != nil {
				return err
			}
			if err := me.load(a); err != nil {
				return err
			}
			if media == envelope.MediaRecords {
				return cannot("--media adalah untuk dokumen, bukan rekaman", "--media is for documents, not for records", "")
			}
			o := opening{a: a, me: &me, out: out, report: report, media: media, remembers: store != "", looked: looked}
			return o.run(cmd.Context(), purpose.Code(code), store, in)
		}),
	}
	me.flags(cmd)
	cmd.Flags().StringVar(&code, "purpose", "", "what the records will be used for, as AWAS-TAHAPAN")
	cmd.Flags().StringVar(&store, "store", "", "file that remembers what was opened; made if it is missing")
	cmd.Flags().BoolVar(&looked, "acknowledge-clock", false, "somebody has looked at this computer's clock, and it is right")
	cmd.Flags().StringVar(&report, "report", "", "write what was proven and found to this file, as JSON")
	cmd.Flags().StringVar(&media, "media", "", "media type of the document that is expected, as application/pdf; none: records")
	cmd.Flags().StringVar(&in, "in", "", "envelope")
	cmd.Flags().StringVar(&out, "out", "", "where the records go")
	return cmd
}

// known refuses a purpose that the vocabulary does not have now.
func known(code purpose.Code, now time.Time) error {
	_, err := purpose.Default().Lookup(code, now)
	e, ok := errors.AsType[*purpose.Error](err)
	if !ok {
		return err
	}
	why := e.Reason.Text()
	return &stopped{exitRefused, string(envelope.ReasonPurposeUnknown),
		why.ID + "; kode yang berlaku: segel purpose list", why.EN + "; the codes to use: segel purpose list", string(e.Code)}
}

// opening is one run of the command. It is the receiving application: its
// handler writes the files, inside the receiver's claim, so that an envelope
// counts as opened only once they are safe on the disk.
type opening struct {
	a           *app
	me          *side
	out, report string
	media       string // of a document; "": records
	remembers   bool   // there is a store that outlives the process
	looked      bool   // at the clock, and it is right

	file     *pending           // where the content is staged
	delivery *exchange.Delivery // once the files were written
	failed   error              // why they could not be
}

func (o *opening) run(ctx context.Context, code purpose.Code, storeFile, in string) error {
	f, err := o.a.records(in)
	if err != nil {
		return err
	}
	defer f.Close()
	journal, err := o.me.openJournal(storeFile)
	if err != nil {
		return err
	}
	defer journal.Close()
	store, err := openStore(storeFile)
	if err != nil {
		return err
	}
	defer store.Close()
	receiver, err := exchange.NewReceiver(exchange.ReceiverConfig{
		Party: o.me.party, Keys: o.me.private, Purpose: code, Directory: o.me.trusted, Definitions: election.Registry(),
		Store: store, Journal: journal, Handle: o.handle, Stage: o.stage, Documents: []string{o.media}, MaxFile: maxFile, Clock: o.a.now,
	})
	if err != nil {
		return otherWorld(ctx, store, o.me, err)
	}
	if o.looked {
		if err := receiver.AcknowledgeClock(ctx); err != nil {
			return err
		}
	}
	input, done := o.a.watch(f, f.size, "membuka / opening")
	answer := receiver.Receive(ctx, input)
	done()
	if answer.Err() != nil {
		f.retypedHint(o.a.err)
		return o.refused(answer)
	}
	o.a.opened(o.statement())
	if answer.Report == nil {
		p := o.delivery.Proof()
		o.a.document(p.Manifest.Content, p.Closing)
		return nil
	}
	o.a.counted(answer.Report, o.report, o.delivery.Retracts())
	return nil
}

// otherWorld explains why a store is not taken: it is bound to one party, and it
// remembers the highest version of a directory, of which there is only one.
func otherWorld(ctx context.Context, store exchange.Store, me *side, err error) error {
	_, seen, failed := store.Lookup(ctx, exchange.Key{})
	if failed != nil {
		return err
	}
	if seen.Party != "" && seen.Party != me.party {
		return cannot("store ini milik pihak lain", "this store is another party's", string(seen.Party))
	}
	reason := envelope.ReasonOf(err)
	if reason != envelope.ReasonConflict && reason != envelope.ReasonDirectoryStale || seen.Directory == 0 {
		return err
	}
	d := me.trusted
	s := &stopped{code: exitRefused, reason: string(reason)}
	switch {
	case d.Version() < seen.Directory:
		s.id = fmt.Sprintf("Store ini sudah memakai direktori versi %d (digest %s); versi %d sudah usang, ambil yang terbaru.", seen.Directory, seen.DirectoryDigest, d.Version())
		s.en = fmt.Sprintf("This store has used version %d of the directory (digest %s); version %d is out of date, fetch the current one.", seen.Directory, seen.DirectoryDigest, d.Version())
	case d.Version() == seen.Directory:
		s.id = fmt.Sprintf("Store ini sudah memakai direktori lain dengan versi yang sama: versi %d, digest %s; yang ini berdigest %s. Versi berikutnya dibuat dengan directory update; directory init kedua memerlukan store baru.",
			d.Version(), seen.DirectoryDigest, d.Digest())
		s.en = fmt.Sprintf("This store has used another directory of the same version: version %d, digest %s; this one has digest %s. A next version is made with directory update; a second directory init needs new stores.",
			d.Version(), seen.DirectoryDigest, d.Digest())
	default:
		s.id = fmt.Sprintf("Direktori versi %d ini tidak mengikuti versi %d (digest %s) yang sudah dipakai store ini.", d.Version(), seen.Directory, seen.DirectoryDigest)
		s.en = fmt.Sprintf("This version %d of the directory does not follow version %d (digest %s), which this store has used.", d.Version(), seen.Directory, seen.DirectoryDigest)
	}
	return s
}

// stage begins the output, which takes the content as it is verified: under another
// name, for its owner alone, until the whole envelope was verified and claimed.
func (o *opening) stage(context.Context, envelope.Proof) (exchange.Stage, error) {
	o.file, o.failed = grow(o.out, private)
	if o.failed != nil {
		return nil, o.failed
	}
	return o.file, nil
}

// handle writes the report, then gives the content its name, each whole.
func (o *opening) handle(_ context.Context, d *exchange.Delivery) error {
	o.delivery = d
	if o.report != "" {
		text, err := o.statement().marshal(d.Report())
		if err == nil {
			err = replace(o.report, private, text)
		}
		if err != nil {
			o.failed = err
			return err
		}
	}
	o.failed = o.file.replace()
	return o.failed
}

// refused says why an envelope was not opened, and what became of it.
func (o *opening) refused(answer exchange.Answer) error {
	if o.failed == nil && o.file != nil {
		o.failed = o.file.failed
	}
	if o.failed != nil {
		return o.failed // the claim was released, or never taken: nothing is lost
	}
	if answer.Reason == envelope.ReasonUnknownDefinition && o.media == "" {
		fmt.Fprintln(o.a.err, "petunjuk / hint: bila ini sebuah dokumen, sebutkan jenisnya dengan --media / if it is a document, name its type with --media")
	}
	if answer.Key.ID != "" { // its sender is proven
		fmt.Fprintf(o.a.err, "segel / envelope: %s %s\n", answer.Key.Sender, answer.Key.ID)
	}
	if answer.Repeat() {
		at, reason := answer.Settlement.At.Format(time.RFC3339), string(answer.Settlement.Reason)
		if answer.Settlement.Outcome == exchange.OutcomeAccepted {
			fmt.Fprintf(o.a.err, "dibuka dengan store ini pada / opened with this store on: %s\n", at)
		} else {
			fmt.Fprintf(o.a.err, "diselesaikan dengan store ini pada / settled with this store on: %s: %s\n", at,
				strings.TrimSuffix(string(answer.Settlement.Outcome)+" "+reason, " "))
		}
	}
	if answer.Reason == envelope.ReasonClock {
		clockHint(o.a.err)
	}
	showBroken(o.a.err, answer.Report)
	if o.delivery != nil {
		fmt.Fprintln(o.a.err, "keluaran sudah ditulis / the output was written")
	}
	return answer.Err()
}

// clockHint says what to do about a clock that is not trusted.
func clockHint(w io.Writer) {
	fmt.Fprintln(w, "petunjuk / hint: jam ini jauh dari waktu yang terakhir dilihat store; periksa jamnya, dan bila benar, tambahkan --acknowledge-clock"+
		" / this clock is far from the time that the store has seen last; look at it, and if it is right, add --acknowledge-clock")
}

// statement says what the opening proved.
func (o *opening) statement() statement { return stated(o.delivery, o.remembers) }

// stated says what a delivery proves; remembers tells whether there is a store
// that outlives the process.
func stated(d *exchange.Delivery, remembers bool) statement {
	s := statement{Proof: d.Proof()}
	s.Proven = s.Proof.Proven()
	for _, n := range s.Proof.NotProven() {
		switch {
		case n.Code == "valid" && s.Proof.Manifest.Content.Media == envelope.MediaRecords: // the receiver refuses what is not
			s.Proven = append(s.Proven, envelope.Statement{Code: n.Code,
				ID: "Setiap rekaman sesuai skema dataset; temuan aturan dilaporkan terpisah.",
				EN: "Every record follows the dataset's schema; findings of rules are reported beside it."})
		case n.Code == "once" && remembers:
			s.Proven = append(s.Proven, envelope.Statement{Code: n.Code,
				ID: "Segel ini belum pernah dibuka dengan store ini.",
				EN: "It was not opened with this store before."})
		default:
			s.NotProven = append(s.NotProven, n)
		}
	}
	return s
}
