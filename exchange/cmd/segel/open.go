package main

import (
	"context"
	"fmt"
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
	var code, store, report, in, out string
	cmd := &cobra.Command{
		Use:   "open --directory F --anchor A --as P --keys K --purpose P [--store FILE] [--journal DIR] [--report FILE] --in FILE.segel --out FILE",
		Short: "Verify an envelope and open it / membuka",
		Long: `Verifies the envelope, asks the agreement, enters "released" in the journal,
checks the records and writes them as NDJSON, exactly as they were sealed. What
was proven and what was not goes to standard error. With --store an envelope
opens once; without it everything is checked but that.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "directory", "anchor", "as", "keys", "purpose", "in", "out"); err != nil {
				return err
			}
			if err := outputs([]string{in, store, me.keys, me.directory, me.anchor}, out, report); err != nil {
				return err
			}
			if err := me.load(a); err != nil {
				return err
			}
			o := opening{a: a, me: &me, out: out, report: report, remembers: store != ""}
			return o.run(cmd.Context(), purpose.Code(code), store, in)
		}),
	}
	me.flags(cmd)
	cmd.Flags().StringVar(&code, "purpose", "", "what the records will be used for, as AWAS-TAHAPAN")
	cmd.Flags().StringVar(&store, "store", "", "file that remembers what was opened; made if it is missing")
	cmd.Flags().StringVar(&report, "report", "", "write what was proven and found to this file, as JSON")
	cmd.Flags().StringVar(&in, "in", "", "envelope")
	cmd.Flags().StringVar(&out, "out", "", "where the records go")
	return cmd
}

// opening is one run of the command. It is the receiving application: its
// handler writes the files, inside the receiver's claim, so that an envelope
// counts as opened only once they are safe on the disk.
type opening struct {
	a           *app
	me          *side
	out, report string
	remembers   bool // there is a store that outlives the process

	delivery *exchange.Delivery // once the files were written
	failed   error              // why they could not be
}

func (o *opening) run(ctx context.Context, code purpose.Code, storeFile, in string) error {
	f, err := o.a.input(in)
	if err != nil {
		return err
	}
	defer f.Close()
	beside := o.me.keys
	if o.remembers {
		beside = storeFile
	}
	journal, err := o.me.openJournal(beside)
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
		Store: store, Journal: journal, Handle: o.handle, MaxFile: maxFile, Clock: o.a.now,
	})
	if err != nil {
		return err
	}
	answer := receiver.Receive(ctx, f)
	if answer.Err() != nil {
		return o.refused(answer)
	}
	o.a.opened(o.statement())
	o.a.counted(answer.Report)
	return nil
}

// handle writes the report, then the records, each whole.
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
	o.failed = replace(o.out, private, d.Envelope().Content())
	return o.failed
}

// refused says why an envelope was not opened, and what became of it.
func (o *opening) refused(answer exchange.Answer) error {
	if o.failed != nil {
		return o.failed // the claim was released: nothing is lost
	}
	if answer.Key.ID != "" { // its sender is proven
		fmt.Fprintf(o.a.err, "segel / envelope: %s %s\n", answer.Key.Sender, answer.Key.ID)
	}
	if answer.Repeat() {
		s := answer.Settlement
		fmt.Fprintf(o.a.err, "diselesaikan / settled: %s %s %s\n", s.At.Format(time.RFC3339), s.Outcome, s.Reason)
	}
	showBroken(o.a.err, answer.Report)
	if o.delivery != nil {
		fmt.Fprintln(o.a.err, "keluaran sudah ditulis / the output was written")
	}
	return answer.Err()
}

// statement says what the opening proved.
func (o *opening) statement() statement {
	s := statement{Proof: o.delivery.Proof()}
	s.Proven = s.Proof.Proven()
	for _, n := range s.Proof.NotProven() {
		switch {
		case n.Code == "valid": // the receiver refuses what is not
			s.Proven = append(s.Proven, envelope.Statement{Code: n.Code,
				ID: "Setiap rekaman sesuai skema dataset; temuan aturan dilaporkan terpisah.",
				EN: "Every record follows the dataset's schema; findings of rules are reported beside it."})
		case n.Code == "once" && o.remembers:
			s.Proven = append(s.Proven, envelope.Statement{Code: n.Code,
				ID: "Segel ini belum pernah dibuka dengan store ini.",
				EN: "It was not opened with this store before."})
		default:
			s.NotProven = append(s.NotProven, n)
		}
	}
	return s
}
