package main

import (
	"github.com/spf13/cobra"
)

func (a *app) seal() *cobra.Command {
	var s sealing
	var out string
	cmd := &cobra.Command{
		Use: "seal --directory F --anchor A --as P --keys K --to P,... --dataset D --purpose P --agreement ID [--map MAPFILE | --media TYPE] [--valid-for 24h] [--report FILE]\n" +
			"      [--supersedes ID --reason R [--retract]] [--in-reply-to ID:DIGEST] [--allow-empty]\n" +
			"      [--inline-limit BYTES] [--compress zstd|none] --in FILE --out FILE.segel",
		Short: "Check records and seal them / menyegel",
		Long: `Checks the records of --in ("-" is standard input; CSV with --map, else NDJSON),
asks whether the agreement allows this sender, these recipients, this dataset
and this purpose, enters "sealed" in the journal, and writes the envelope.
Findings of arithmetic rules travel along; structure errors refuse. Records may be
of any size: they are sealed as they are read. With --media the input is one
document of that type, sealed byte for byte and checked by nobody. With --supersedes the envelope corrects an earlier one, which
the journal has; with --retract besides, and without --in, it retracts it.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			defer thrifty()()
			if err := s.check(a, cmd, "out"); err != nil {
				return err
			}
			files := paths{outputs: []string{out, s.report}, inputs: s.inputs(a), journal: s.me.journalFolder("")}
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
			record, err := s.me.openJournal("")
			if err != nil {
				return err
			}
			defer record.Close()
			sender, err := a.sender(&s.me, record, nil)
			if err != nil {
				return err
			}
			if err := s.preflight(cmd.Context(), sender); err != nil {
				return err
			}
			ship, err := s.shipment(cmd.Context(), a, nil, "")
			if err != nil {
				return err
			}
			file, err := grow(out, handout)
			if err != nil {
				return err
			}
			defer file.Discard()
			ship.Body = file
			sealed, found, err := sender.Seal(cmd.Context(), ship)
			s.done()
			if err != nil {
				if file.failed != nil {
					return file.failed
				}
				return s.unsealed(a, err, found)
			}
			if sealed.Closing() == nil {
				if _, err := file.Write(sealed.File()); err != nil {
					return err
				}
			}
			if err := writeReport(s.report, found); err != nil {
				return err
			}
			if err := file.replace(); err != nil {
				return err
			}
			s.sealed(a, sealed, found)
			return nil
		}),
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&out, "out", "", "where the envelope goes")
	return cmd
}
