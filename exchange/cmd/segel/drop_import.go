package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/filedrop"
	"github.com/segel-id/segel/schema/election"
)

// importing is one run of segel drop import.
type importing struct {
	dropping
	code, out string
	media     []string
	looked    bool
	files     inbox
}

func (a *app) dropImport() *cobra.Command {
	d := importing{dropping: dropping{a: a}}
	cmd := &cobra.Command{
		Use:   "import --directory F --anchor A --as P --keys K --store FILE --from DIR [--purpose P --out DIR [--media TYPE,...]] [--acknowledge-clock]",
		Short: "Take in what a stick brings / menerima dari stik",
		Long: `Takes the receipts in DIR into the outbox, and with --out receives the envelopes in
DIR that are for this party, for one purpose, into files as "segel serve" does, and
puts the answers beside them: bring the stick back. To import the same stick again
changes nothing but that its answers are written if they are missing. Nothing on the
stick is trusted, opened or followed that is not of the drop's form. Exit code 0: all
that was there is accepted or answered before; 1: an envelope was refused here, or one
of ours by its recipient; 2: a file on the stick is damaged or missing.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := d.check(cmd); err != nil {
				return err
			}
			return d.run(cmd.Context(), func(p *post, stick *filedrop.Folder) error { return d.take(cmd.Context(), p, stick) })
		}),
	}
	d.flags(cmd, "from", "folder on the stick")
	cmd.Flags().StringVar(&d.code, "purpose", "", "what the records will be used for, as AWAS-TAHAPAN")
	cmd.Flags().StringVar(&d.out, "out", "", "folder for what is received; made if it is missing")
	cmd.Flags().StringSliceVar(&d.media, "media", nil, "media types of documents that may come beside records, as application/pdf")
	cmd.Flags().BoolVar(&d.looked, "acknowledge-clock", false, "somebody has looked at this computer's clock, and it is right")
	return cmd
}

func (d *importing) check(cmd *cobra.Command) error {
	flags := []string{"directory", "anchor", "as", "keys", "store", "from"}
	if d.out != "" {
		flags = append(flags, "purpose")
	}
	if err := d.a.need(cmd, flags...); err != nil {
		return err
	}
	if d.out == "" {
		if d.looked || len(d.media) > 0 {
			return cannot("--media dan --acknowledge-clock hanya berarti bersama --out", "--media and --acknowledge-clock mean something with --out only", "")
		}
		return nil
	}
	if within(d.out, d.me.journalFolder(d.store)) {
		return besideJournal(d.out)
	}
	if within(d.out, d.folder) {
		return cannot("yang diterima tidak disegel lagi; jangan taruh di stik", "what is received is no longer sealed; do not put it onto the stick", d.out)
	}
	return known(purpose.Code(d.code), d.a.now())
}

// take takes receipts in, then receives.
func (d *importing) take(ctx context.Context, p *post, stick *filedrop.Folder) error {
	carried := d.carry(ctx, p, stick.Collect)
	if ctx.Err() != nil {
		return carried
	}
	var err error
	if d.out == "" {
		err = d.waiting(ctx, stick)
	} else {
		err = d.receive(ctx, p, stick)
	}
	if carried != nil {
		if err != nil {
			ending(err).print(d.a.err)
		}
		return carried
	}
	return err
}

// waiting says what lies there for this party, which nobody asked to receive.
func (d *importing) waiting(ctx context.Context, stick *filedrop.Folder) error {
	items, err := stick.List(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, i := range items {
		if i.To == d.me.party && !strings.HasSuffix(i.Path, ".answer") {
			n++
		}
	}
	if n > 0 {
		fmt.Fprintf(d.a.err, "petunjuk / hint: di stik ini ada %d berkas untuk pihak ini; tambahkan --purpose dan --out / this stick has %[1]d files for this party; add --purpose and --out\n", n)
	}
	return nil
}

// receive receives what is for this party.
func (d *importing) receive(ctx context.Context, p *post, stick *filedrop.Folder) (err error) {
	// Behind the store's lock: only leftovers of processes that have ended go.
	if d.files, err = openInbox(d.out); err != nil {
		return err
	}
	receiver, err := exchange.NewReceiver(exchange.ReceiverConfig{
		Party: d.me.party, Keys: d.me.private, Purpose: purpose.Code(d.code), Directory: d.me.trusted, Definitions: election.Registry(),
		Store: p.store, Journal: p.journal, Handle: d.handle, Documents: append([]string{}, d.media...), Clock: d.a.now,
	})
	if err != nil {
		return otherWorld(ctx, p.store, &d.me, err)
	}
	if d.looked {
		if err := receiver.AcknowledgeClock(ctx); err != nil {
			return err
		}
	}
	got, err := stick.Receive(ctx, d.me.party, receiver)
	end := d.tell(got)
	if err == nil {
		err = stick.WriteManifest(ctx)
	}
	if err != nil {
		return err
	}
	return end
}

// handle writes what was received, inside the receiver's claim.
func (d *importing) handle(_ context.Context, delivery *exchange.Delivery) error {
	return d.files.write(delivery)
}

// tell prints what became of each file, and returns how that ends the command. A file
// whose sender is not proven is told by its place on the stick alone.
func (d *importing) tell(got *filedrop.Received) error {
	refusedHere, first := 0, envelope.Reason("")
	for _, t := range got.Taken {
		who := t.Path
		if t.Answer.Key.ID != "" {
			who = fmt.Sprintf("%s  %s", t.Answer.Key.ID, t.Answer.Key.Sender)
		}
		s := t.Answer.Settlement
		switch reason := t.Answer.Reason; {
		case reason == "" && s != nil:
			fmt.Fprintf(d.a.out, "%s: diterima / received: %s\n", who, filepath.Join(d.out, folderOf(t.Answer.Key.Sender)))
		case t.Answer.Repeat(), reason == envelope.ReasonCancelled:
			fmt.Fprintf(d.a.out, "%s: sudah dijawab / answered before: %s\n", who, s.Outcome)
		default:
			refusedHere++
			if first == "" {
				first = reason
			}
			fmt.Fprintf(d.a.out, "%s: tidak diterima / not received: %s: %s / %s\n", who, reason, reason.Text().ID, reason.Text().EN)
			if reason == envelope.ReasonClock {
				clockHint(d.a.err)
			}
			showBroken(d.a.err, t.Answer.Report)
		}
	}
	for _, f := range got.Failed {
		fmt.Fprintf(d.a.out, "%s: %s\n", f.Path, faultText[f.Fault])
	}
	if len(got.Taken)+len(got.Failed) == 0 {
		fmt.Fprintln(d.a.err, "catatan / note: tidak ada yang ditujukan kepada pihak ini / nothing is for this party")
	}
	switch {
	case refusedHere > 0:
		return &stopped{code: exitRefused, reason: string(first), detail: fmt.Sprintf("%d of %d files", refusedHere, len(got.Taken)),
			id: "Ada segel yang tidak diterima.", en: "An envelope was not received."}
	case len(got.Failed) > 0:
		return cannot("ada berkas di stik yang rusak atau hilang; minta pengirim menyalin ulang ke stik", "a file on the stick is damaged or missing; ask the sender to export to it again", fmt.Sprintf("%d files", len(got.Failed)))
	}
	return nil
}

var faultText = map[filedrop.Fault]string{
	filedrop.FaultShape:   "bukan berkas biasa, tidak dibuka / not a plain file, not opened",
	filedrop.FaultLarge:   "terlalu besar / too large",
	filedrop.FaultDamaged: "rusak atau belum utuh / damaged or not whole",
	filedrop.FaultMissing: "ada di daftar stik tetapi tidak ada / in the stick's manifest but not there",
}
