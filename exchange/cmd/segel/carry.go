package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/bolt"
)

// carrying is what the commands have in common that go on with an outbox.
type carrying struct {
	me    side
	r     reach
	store string
	to    string
	wait  time.Duration
}

func (c *carrying) flags(cmd *cobra.Command) {
	c.me.flags(cmd)
	c.r.flags(cmd)
	outboxFlag(cmd, &c.store)
}

// run checks the command line, opens the outbox and hands it to f.
func (c *carrying) run(a *app, cmd *cobra.Command, f func(context.Context, *post) error) error {
	if err := a.need(cmd, "directory", "anchor", "as", "keys", "store"); err != nil {
		return err
	}
	if err := waiting(c.wait); err != nil {
		return err
	}
	if err := present(c.store); err != nil {
		return err
	}
	if err := c.me.load(a); err != nil {
		return err
	}
	p, err := a.openPost(cmd.Context(), &c.me, c.store, &c.r)
	if err != nil {
		return err
	}
	defer p.Close()
	return f(cmd.Context(), p)
}

// peer is the recipient of --to, "" if it is every one.
func (c *carrying) peer() (envelope.Party, error) {
	if c.to == "" {
		return "", nil
	}
	return party(c.to)
}

func (a *app) outboxRetry() *cobra.Command {
	var c carrying
	var epoch, numbers string
	cmd := &cobra.Command{
		Use:   "retry --directory F --anchor A --as P --keys K --store FILE [--wait 1m] {ID [--to P] | --to P --epoch E --numbers 5-9,12}",
		Short: "Send again now / mengirim ulang sekarang",
		Long: `Sends an envelope again at once, the same bytes, also one that was given up; or
those with the numbers that a receipt says have not come (see "outbox show"). To
any effect a recipient handles it once. Exit codes are those of "segel send".`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.does(func(cmd *cobra.Command, args []string) error {
			to, err := c.peer()
			if err != nil {
				return err
			}
			byNumber := cmd.Flags().Changed("epoch") || cmd.Flags().Changed("numbers")
			switch {
			case byNumber == (len(args) == 1):
				return cannot("sebutkan satu ID, atau --to, --epoch dan --numbers", "name one ID, or --to, --epoch and --numbers", "")
			case byNumber:
				ranges, err := parseRanges(numbers)
				if err != nil {
					return err
				}
				if err := a.need(cmd, "to", "epoch"); err != nil {
					return err
				}
				return c.run(a, cmd, func(ctx context.Context, p *post) error { return c.resend(ctx, p, to, epoch, ranges) })
			}
			return c.run(a, cmd, func(ctx context.Context, p *post) error {
				return c.change(ctx, p, args[0], to, p.dispatcher.Retry, a.outcome)
			})
		}),
	}
	c.flags(cmd)
	cmd.Flags().StringVar(&c.to, "to", "", "this recipient only")
	cmd.Flags().StringVar(&epoch, "epoch", "", "epoch of the numbers, as the receipt's hint names it")
	cmd.Flags().StringVar(&numbers, "numbers", "", "numbers in the channel, as 5-9,12")
	waitFlag(cmd, &c.wait)
	return cmd
}

// change reopens the parcels of an envelope and carries them.
func (c *carrying) change(ctx context.Context, p *post, id string, to envelope.Party, reopen func(context.Context, exchange.Key, envelope.Party) error,
	outcome func([]exchange.Parcel, string) error) error {
	parcels, err := byID(ctx, p.box, id, to)
	if err != nil {
		return err
	}
	for _, parcel := range parcels {
		if err := reopen(ctx, parcel.Key, parcel.Recipient); err != nil && !errors.Is(err, exchange.ErrSettled) {
			return err
		}
	}
	return c.carry(ctx, p, parcels, outcome)
}

// carry carries parcels, tells what came of them and how that ends the command.
func (c *carrying) carry(ctx context.Context, p *post, parcels []exchange.Parcel, outcome func([]exchange.Parcel, string) error) error {
	parcels, err := p.carry(ctx, c.wait, parcels)
	if err != nil {
		return err
	}
	all, err := listParcels(context.WithoutCancel(ctx), p.box)
	if err != nil {
		return err
	}
	p.a.receipts(parcels, all)
	return outcome(parcels, c.store)
}

// resend sends what a recipient says that it lacks.
func (c *carrying) resend(ctx context.Context, p *post, to envelope.Party, epoch string, ranges []exchange.Range) error {
	all, err := listParcels(ctx, p.box)
	if err != nil {
		return err
	}
	asked := slices.DeleteFunc(only(all, to), func(parcel exchange.Parcel) bool {
		return parcel.Epoch != epoch || !slices.ContainsFunc(ranges, func(r exchange.Range) bool { return r.From <= parcel.Number && parcel.Number <= r.To })
	})
	if len(asked) == 0 {
		return cannot("kotak keluar tidak memuat nomor itu untuk pihak itu; nomor yang batal tidak pernah dikirim",
			"the outbox has none of these numbers for that party; void numbers were never sent", string(to))
	}
	done, err := p.dispatcher.Resend(ctx, to, epoch, ranges...)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.a.err, "dikirim ulang / sent again: %d\n", done.Resent)
	if n := len(done.Settled); n > 0 {
		fmt.Fprintf(p.a.err, "catatan / note: %d sudah dijawab dengan resi akhir; datanya hanya dapat disegel baru / %[1]d have a final receipt already; their data can only be sealed anew\n", n)
	}
	return c.carry(ctx, p, asked, p.a.outcome)
}

// parseRanges reads numbers as 5-9,12.
func parseRanges(s string) ([]exchange.Range, error) {
	bad := cannot("--numbers ditulis seperti 5-9,12", "--numbers is written as 5-9,12", "")
	var all []exchange.Range
	for part := range strings.SplitSeq(s, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err1 := strconv.ParseInt(first, 10, 64)
		to, err2 := strconv.ParseInt(last, 10, 64)
		if err1 != nil || err2 != nil || from < 1 || to < from {
			return nil, bad
		}
		all = append(all, exchange.Range{From: from, To: to})
	}
	return all, nil
}

func (a *app) outboxCancel() *cobra.Command {
	var c carrying
	cmd := &cobra.Command{
		Use:   "cancel --directory F --anchor A --as P --keys K --store FILE [--to P] [--wait 1m] ID",
		Short: "Ask recipients to settle or cancel / membatalkan",
		Long: `Asks the recipients whether they have the envelope: each answers with its receipt
if it has settled it, or promises with its signature never to accept it. Only then
may the same data be sealed anew. It is not taken back. Exit code 0: nobody has
accepted it and nobody will; 1: somebody had accepted it; 3: not yet known.`,
		Args: cobra.ExactArgs(1),
		RunE: a.does(func(cmd *cobra.Command, args []string) error {
			to, err := c.peer()
			if err != nil {
				return err
			}
			return c.run(a, cmd, func(ctx context.Context, p *post) error {
				return c.change(ctx, p, args[0], to, p.dispatcher.Cancel, a.settledOrCancelled)
			})
		}),
	}
	c.flags(cmd)
	cmd.Flags().StringVar(&c.to, "to", "", "this recipient only")
	waitFlag(cmd, &c.wait)
	return cmd
}

func (a *app) outboxRun() *cobra.Command {
	var c carrying
	cmd := &cobra.Command{
		Use:   "run --directory F --anchor A --as P --keys K --store FILE [--for 1m]",
		Short: "Carry what is open / mengantar yang belum dijawab",
		Long: `Carries everything in the outbox that no recipient has answered yet, until all of
it is answered or --for is over. Pauses grow while a recipient is silent. Exit
codes are those of "segel send", for what was open.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			return c.run(a, cmd, func(ctx context.Context, p *post) error {
				all, err := listParcels(ctx, p.box)
				if err != nil {
					return err
				}
				open := slices.DeleteFunc(all, func(parcel exchange.Parcel) bool { return !parcel.Open() })
				if len(open) == 0 {
					fmt.Fprintln(a.err, "catatan / note: tidak ada kiriman yang menunggu / nothing is open")
					return nil
				}
				return c.runs(ctx, p, open)
			})
		}),
	}
	c.flags(cmd)
	cmd.Flags().DurationVar(&c.wait, "for", patience, "how long to carry at most")
	return cmd
}

// runs carries what is open and prints it with its ids.
func (c *carrying) runs(ctx context.Context, p *post, open []exchange.Parcel) error {
	parcels, err := p.carry(ctx, c.wait, open)
	if err != nil {
		return err
	}
	for i := range parcels {
		fmt.Fprintf(p.a.out, "%s  %s: %s\n", parcels[i].ID, parcels[i].Recipient, fate(&parcels[i]))
	}
	return p.a.outcome(parcels, c.store)
}

func (a *app) outboxRenumber() *cobra.Command {
	var store string
	cmd := &cobra.Command{
		Use:   "renumber --store FILE",
		Short: "Begin new numbers after a restored backup / nomor baru sesudah pemulihan",
		Long: `Has every channel begin a new epoch of numbers. It is to be done once after an
older copy of the store was put back, before anything is sent: that copy does not
know which numbers were used since. At other times it does no harm, but hides
gaps that recipients would have told.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "store"); err != nil {
				return err
			}
			return look(store, func(box *bolt.Outbox) error {
				if err := box.Renumber(cmd.Context()); err != nil {
					return err
				}
				fmt.Fprintln(a.err, "penomoran baru untuk semua saluran / every channel begins a new epoch")
				return nil
			})
		}),
	}
	outboxFlag(cmd, &store)
	return cmd
}
