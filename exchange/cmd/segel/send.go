package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/schema"
)

// patience is how long commands wait for receipts unless they are told.
const patience = time.Minute

func (a *app) send() *cobra.Command {
	var s sealing
	var r reach
	var store string
	var wait time.Duration
	cmd := &cobra.Command{
		Use: "send --directory F --anchor A --as P --keys K --to P,... --dataset D --purpose P --agreement ID [--map MAPFILE | --media TYPE] [--valid-for 24h] [--report FILE]\n" +
			"      [--supersedes ID --reason R [--retract]] [--in-reply-to ID:DIGEST] [--allow-empty]\n" +
			"      [--inline-limit BYTES] [--compress zstd|none] --store FILE [--wait 1m] [--ca FILE] [--cert F --key F] --in FILE",
		Short: "Seal records and carry them over HTTP / menyegel dan mengirim",
		Long: `Seals like "segel seal", with the next number in its channel, puts the envelope
into the outbox in --store, where it survives a crash, and carries it to the
endpoints of the directory until every recipient has answered with a receipt or
--wait is over. What else is open in that outbox goes along. Exit code 0: accepted
by all, or with --wait 0s: it is in the outbox; 1: refused by somebody; 3: not yet
known, it stays in the outbox, must not be sealed anew, and "segel outbox run" goes
on.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			defer thrifty()()
			if err := s.check(a, cmd, "store"); err != nil {
				return err
			}
			if err := waiting(wait); err != nil {
				return err
			}
			files := paths{
				outputs: []string{s.report}, inputs: append(s.inputs(a), r.files()...),
				store: store, journal: s.me.journalFolder(store),
			}
			if err := files.check(); err != nil {
				return err
			}
			if err := s.me.load(a); err != nil {
				return err
			}
			if err := s.open(a); err != nil {
				return err
			}
			defer s.input.Close()
			p, err := a.openPost(cmd.Context(), &s.me, store, &r)
			if err != nil {
				return err
			}
			defer p.Close()
			return s.send(cmd.Context(), p, wait)
		}),
	}
	s.flags(cmd)
	r.flags(cmd)
	cmd.Flags().StringVar(&store, "store", "", "file with the outbox; made if it is missing")
	waitFlag(cmd, &wait)
	return cmd
}

func waitFlag(cmd *cobra.Command, wait *time.Duration) {
	cmd.Flags().DurationVar(wait, "wait", patience, "how long to wait for receipts; 0s: only put into the outbox")
}

// longestWait bounds --wait and --for.
const longestWait = 30 * 24 * time.Hour

func waiting(wait time.Duration) error {
	if wait < 0 || wait > longestWait {
		return cannot("waktu tunggu adalah 0s sampai 720h", "a wait is 0s to 720h", "")
	}
	return nil
}

// send seals, posts and carries.
func (s *sealing) send(ctx context.Context, p *post, wait time.Duration) error {
	if err := s.preflight(ctx, p.sender); err != nil {
		return err
	}
	for _, to := range s.recipients {
		if entry, _ := s.me.trusted.Party(to); len(entry.Endpoints) == 0 && wait > 0 { // else it may go on a stick
			return cannot("direktori tidak memuat endpoint penerima ini; minta didaftarkan, atau serahkan berkas dari segel seal",
				"the directory has no endpoint of this recipient; have one listed, or hand over a file of segel seal", string(to))
		}
	}
	ship, err := s.shipment(ctx, p.a, p.box, p.file)
	if err != nil {
		return err
	}
	sealed, found, err := s.post(ctx, p, ship)
	if err != nil {
		return err
	}
	s.sealed(p.a, sealed, found)
	m := sealed.Manifest()
	parcels, err := parcelsOf(context.WithoutCancel(ctx), p.box, exchange.Key{Sender: m.Sender, ID: m.ID})
	if err == nil {
		parcels, err = p.carry(ctx, wait, parcels)
	}
	var all []exchange.Parcel
	if err == nil {
		all, err = listParcels(context.WithoutCancel(ctx), p.box)
	}
	if err == nil {
		p.a.receipts(parcels, all)
		err = writeReport(s.report, found)
	}
	if err != nil {
		return inOutbox(err)
	}
	if wait == 0 {
		fmt.Fprintln(p.a.err, "catatan / note: tersimpan di kotak keluar; segel outbox run mengantarnya / it is in the outbox; segel outbox run carries it")
		return nil
	}
	return p.a.outcome(parcels, p.file)
}

// post seals and posts. It is not interrupted between the two: an envelope that is
// sealed is in the outbox, or the command says that it does not know.
func (s *sealing) post(ctx context.Context, p *post, ship exchange.Shipment) (*envelope.Sealed, *schema.Report, error) {
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	sealed, found, err := p.dispatcher.Send(ctx, ship)
	s.done()
	if sealed != nil && err != nil { // not known whether it was posted: posting again changes nothing
		err = p.dispatcher.Post(context.WithoutCancel(ctx), sealed)
		if err != nil {
			return nil, found, &stopped{code: exitPending, detail: sealed.Manifest().ID,
				id: "tidak diketahui apakah segel ini masuk ke kotak keluar; periksa dengan segel outbox show sebelum mengirim ulang",
				en: "it is not known whether this envelope is in the outbox; look with segel outbox show before you send anew"}
		}
	}
	if err != nil {
		if ctx.Err() != nil && !errors.Is(err, context.Canceled) {
			err = ctx.Err()
		}
		return nil, found, s.unsealed(p.a, err, found)
	}
	return sealed, found, nil
}
