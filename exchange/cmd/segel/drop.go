package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/filedrop"
)

func (a *app) drop() *cobra.Command {
	cmd := group(&cobra.Command{Use: "drop", Short: "Carry on a stick or in a folder / lewat stik USB atau folder"})
	cmd.AddCommand(a.dropExport(), a.dropImport())
	return cmd
}

// dropping is what both directions have in common.
type dropping struct {
	a      *app
	me     side
	store  string
	folder string // on the stick
}

func (d *dropping) flags(cmd *cobra.Command, folder, usage string) {
	d.me.flags(cmd)
	cmd.Flags().StringVar(&d.store, "store", "", "file with the outbox and what was received; made if it is missing")
	cmd.Flags().StringVar(&d.folder, folder, "", usage)
}

// run opens the outbox and the stick and hands them to f.
func (d *dropping) run(ctx context.Context, f func(*post, *filedrop.Folder) error) error {
	journal := d.me.journalFolder(d.store)
	files := paths{store: d.store, journal: journal, inputs: []string{d.me.keys, d.me.directory, d.me.anchor, d.a.config, d.a.passphrase}}
	if err := files.check(); err != nil {
		return err
	}
	if within(d.folder, journal) {
		return besideJournal(d.folder)
	}
	if err := d.me.load(d.a); err != nil {
		return err
	}
	stick, err := filedrop.Open(d.folder, filedrop.Limits{})
	if err != nil {
		return cannot("folder ini tidak ada atau tidak dapat dibaca; apakah stiknya terpasang?", "this folder is not there or cannot be read; is the stick plugged in?", d.folder)
	}
	defer stick.Close()
	p, err := d.a.openPost(ctx, &d.me, d.store, &reach{})
	if err != nil {
		return err
	}
	defer p.Close()
	return f(p, stick)
}

func (a *app) dropExport() *cobra.Command {
	d := dropping{a: a}
	cmd := &cobra.Command{
		Use:   "export --directory F --anchor A --as P --keys K --store FILE --to DIR",
		Short: "Put what is open onto a stick / menyalin ke stik",
		Long: `Puts every envelope in the outbox that no recipient has answered yet into DIR,
which must be there, and takes in the receipts that lie there. To put the same again
changes nothing, and a copy that was cut goes on. An envelope stays in the outbox
until its receipt comes back, on whichever stick, or over the network. Exit code 0:
all of it lies there or is settled; 1: a recipient has refused; 2: something could not
be put.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "directory", "anchor", "as", "keys", "store", "to"); err != nil {
				return err
			}
			if err := present(d.store); err != nil {
				return err
			}
			return d.run(cmd.Context(), func(p *post, stick *filedrop.Folder) error {
				return d.carry(cmd.Context(), p, stick.Export)
			})
		}),
	}
	d.flags(cmd, "to", "folder on the stick")
	return cmd
}

// carry puts parcels, or only takes receipts in, and tells what has become of those
// that were open.
func (d *dropping) carry(ctx context.Context, p *post, carry func(context.Context, *exchange.Dispatcher, exchange.Outbox) (filedrop.Carried, error)) error {
	look := context.WithoutCancel(ctx)
	all, err := listParcels(look, p.box)
	if err != nil {
		return err
	}
	open := slices.DeleteFunc(all, func(parcel exchange.Parcel) bool { return parcel.State == exchange.ParcelSettled })
	carried, err := carry(ctx, p.dispatcher, p.box)
	now, _, failed := p.again(look, open)
	if failed != nil {
		return failed
	}
	settled := slices.DeleteFunc(now, func(parcel exchange.Parcel) bool { return parcel.State != exchange.ParcelSettled })
	for i := range settled {
		fmt.Fprintf(d.a.out, "%s  %s: %s\n", settled[i].ID, settled[i].Recipient, fate(&settled[i]))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(d.a.err, "kotak keluar / outbox: menunggu resi / waiting for a receipt %d, selesai / settled %d\n", carried.Waiting, carried.Settled)
	if carried.Refused > 0 {
		fmt.Fprintf(d.a.err, "catatan / note: %d jawaban belum mengakhiri apa pun / %[1]d answers settle nothing yet\n", carried.Refused)
	}
	if carried.Failed > 0 {
		return cannot("ada segel yang tidak dapat ditaruh, atau resi yang tidak sah", "an envelope could not be put there, or a receipt is not valid", fmt.Sprintf("%d of %d", carried.Failed, len(open)))
	}
	if len(settled) == 0 {
		return nil
	}
	return d.a.outcome(settled, d.store)
}
