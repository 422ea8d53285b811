package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/internal/form"
)

func (a *app) outbox() *cobra.Command {
	cmd := group(&cobra.Command{Use: "outbox", Short: "What is on its way / kotak keluar"})
	cmd.AddCommand(a.outboxList(), a.outboxShow(), a.outboxRetry(), a.outboxCancel(), a.outboxRun(), a.outboxRenumber())
	return cmd
}

// outboxFlag adds --store for a command that makes none.
func outboxFlag(cmd *cobra.Command, store *string) {
	cmd.Flags().StringVar(store, "store", "", "file with the outbox")
}

// existing opens a store that is there: a slip of the pen makes no new one.
func existing(path string) (*bolt.Store, error) {
	if err := present(path); err != nil {
		return nil, err
	}
	return openBolt(path)
}

func present(path string) error {
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return cannot("ini folder, bukan berkas", "this is a folder, not a file", path)
	}
	return err
}

// look opens the outbox in a file and hands it to f.
func look(store string, f func(*bolt.Outbox) error) error {
	s, err := existing(store)
	if err != nil {
		return err
	}
	defer s.Close()
	return f(s.Outbox())
}

func asJSON(format string) (bool, error) {
	if format != "text" && format != "json" {
		return false, cannot("--format adalah text atau json", "--format is text or json", "")
	}
	return format == "json", nil
}

func (a *app) outboxList() *cobra.Command {
	var store, format string
	cmd := &cobra.Command{
		Use:   "list --store FILE [--format text|json]",
		Short: "List envelopes, recipient by recipient / daftar kiriman",
		Long: `Lists what the outbox in --store holds: a line for each recipient of each
envelope, in the order of sealing. It carries nothing and needs no keys.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			inJSON, err := asJSON(format)
			if err != nil {
				return err
			}
			if err := a.need(cmd, "store"); err != nil {
				return err
			}
			return look(store, func(box *bolt.Outbox) error {
				parcels, err := listParcels(cmd.Context(), box)
				if err != nil {
					return err
				}
				if inJSON {
					return a.parcelsJSON(parcels)
				}
				return a.parcelsTable(parcels)
			})
		}),
	}
	outboxFlag(cmd, &store)
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

// parcelsTable prints a line for each parcel: codes and public identifiers.
func (a *app) parcelsTable(parcels []exchange.Parcel) error {
	if len(parcels) == 0 {
		fmt.Fprintln(a.err, "catatan / note: kotak keluar kosong / the outbox is empty")
		return nil
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKEPADA / TO\tKEADAAN / STATE\tALASAN / REASON\tPERCOBAAN / ATTEMPTS\tNOMOR / NUMBER\tDATASET\tDIKIRIM / POSTED")
	for i := range parcels {
		p := &parcels[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\n", p.ID, p.Recipient, state(p), dash(string(p.Reason)), p.Attempts, p.Number, dash(p.Dataset), p.PostedAt.Format(time.RFC3339))
	}
	return w.Flush()
}

// state is one word: the outcome if it is settled.
func state(p *exchange.Parcel) string {
	switch {
	case p.State == exchange.ParcelSettled:
		return string(p.Outcome)
	case p.Cancel && p.Open():
		return "cancelling"
	}
	return string(p.State)
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// parcelText is a parcel for programs. All of it is codes and public identifiers.
type parcelText struct {
	ID        string          `json:"id"`
	To        envelope.Party  `json:"to"`
	Digest    string          `json:"digest"`
	State     string          `json:"state"`
	Reason    envelope.Reason `json:"reason,omitempty"`
	Attempts  int             `json:"attempts"`
	Dataset   string          `json:"dataset,omitempty"`
	Purpose   string          `json:"purpose,omitempty"`
	Agreement string          `json:"agreement,omitempty"`
	Epoch     string          `json:"epoch,omitempty"`
	Number    int64           `json:"number,omitzero"`
	First     string          `json:"first,omitempty"` // of its line
	Revision  int64           `json:"revision,omitzero"`
	Posted    time.Time       `json:"posted"`
	Expires   time.Time       `json:"expires"`
	Next      time.Time       `json:"next,omitzero"`
	Deadline  time.Time       `json:"deadline,omitzero"`
	Settled   time.Time       `json:"settled,omitzero"`
	Receipt   json.RawMessage `json:"receipt,omitempty"` // what the recipient signed
}

func (a *app) parcelsJSON(parcels []exchange.Parcel) error {
	out := []parcelText{}
	for i := range parcels {
		p := &parcels[i]
		text := parcelText{
			ID: p.ID, To: p.Recipient, Digest: p.Digest, State: state(p), Reason: p.Reason, Attempts: p.Attempts,
			Dataset: p.Dataset, Purpose: string(p.Purpose), Agreement: p.Agreement, Epoch: p.Epoch, Number: p.Number,
			First: p.Line.First, Revision: p.Line.Revision, Posted: p.PostedAt, Expires: p.Expires, Settled: p.SettledAt,
		}
		if p.Open() {
			text.Next, text.Deadline = p.Next, p.Deadline
		}
		if claims, ok := p.Claims(); ok {
			receipt, err := json.Marshal(claims)
			if err != nil {
				return err
			}
			text.Receipt = receipt
		}
		out = append(out, text)
	}
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func (a *app) outboxShow() *cobra.Command {
	var store, format string
	cmd := &cobra.Command{
		Use:   "show --store FILE [--format text|json] ID",
		Short: "Show an envelope and its receipts / isi satu kiriman",
		Long: `Shows how far an envelope has come with each recipient, what the receipts say,
and which numbers of the channel have not come there. Receipts were verified when
they came.`,
		Args: cobra.ExactArgs(1),
		RunE: a.does(func(cmd *cobra.Command, args []string) error {
			inJSON, err := asJSON(format)
			if err != nil {
				return err
			}
			if err := a.need(cmd, "store"); err != nil {
				return err
			}
			return look(store, func(box *bolt.Outbox) error {
				parcels, err := byID(cmd.Context(), box, args[0], "")
				if err != nil {
					return err
				}
				if inJSON {
					return a.parcelsJSON(parcels)
				}
				all, err := listParcels(cmd.Context(), box)
				if err != nil {
					return err
				}
				a.envelope(&parcels[0])
				a.receipts(parcels, all)
				return nil
			})
		}),
	}
	outboxFlag(cmd, &store)
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}

// byID returns the parcels of the envelope with that id, of whichever sender it
// is: an outbox is one party's. "" is every recipient.
func byID(ctx context.Context, box exchange.Outbox, id string, to envelope.Party) ([]exchange.Parcel, error) {
	if !form.ID(id) {
		return nil, cannot("ini bukan id segel, seperti yang dicetak seal dan send", "this is not the id of an envelope, as seal and send print it", "")
	}
	marks, err := box.Marks(ctx)
	if err != nil {
		return nil, err
	}
	parcels, err := parcelsOf(ctx, box, exchange.Key{Sender: marks.Party, ID: id})
	if err != nil {
		return nil, err
	}
	if len(parcels) == 0 {
		return nil, cannot("segel ini tidak ada di kotak keluar", "this envelope is not in the outbox", id)
	}
	if parcels = only(parcels, to); len(parcels) == 0 {
		return nil, cannot("segel ini tidak ditujukan kepada pihak itu", "this envelope is not for that party", string(to))
	}
	return parcels, nil
}

// envelope prints what the parcels of one envelope have in common.
func (a *app) envelope(p *exchange.Parcel) {
	fmt.Fprintf(a.out, "segel / envelope: %s %s\ndigest: %s\n", p.Sender, p.ID, p.Digest)
	fmt.Fprintf(a.out, "dataset %s, tujuan / purpose %s, perjanjian / agreement %s\n", dash(p.Dataset), dash(string(p.Purpose)), dash(p.Agreement))
	fmt.Fprintf(a.out, "dimasukkan / posted: %s, berlaku sampai / expires: %s\n", p.PostedAt.Format(time.RFC3339), p.Expires.Format(time.RFC3339))
	if p.Epoch != "" {
		fmt.Fprintf(a.out, "nomor / number: %d, epoch %s\n", p.Number, p.Epoch)
	}
	if p.Line.Revision > 0 {
		fmt.Fprintf(a.out, "revisi / revision: %d, segel pertama / first envelope: %s\n", p.Line.Revision, p.Line.First)
	}
}
