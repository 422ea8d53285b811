package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

func (a *app) seal() *cobra.Command {
	var me side
	var to []string
	var dataset, code, agreement, mapping, in, out, asOf, report string
	var validFor time.Duration
	cmd := &cobra.Command{
		Use:   "seal --directory F --anchor A --as P --keys K --to P,... --dataset D --purpose P --agreement ID [--map MAPFILE] [--valid-for 24h] [--report FILE] --in FILE --out FILE.segel",
		Short: "Check records and seal them / menyegel",
		Long: `Checks the records of --in ("-" is standard input; CSV with --map, else NDJSON),
asks whether the agreement allows this sender, these recipients, this dataset
and this purpose, enters "sealed" in the journal, and writes the envelope.
Findings of arithmetic rules travel along; structure errors refuse. At most
4 MiB of records.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "directory", "anchor", "as", "keys", "to", "dataset", "purpose", "agreement", "in", "out"); err != nil {
				return err
			}
			if validFor < time.Second || validFor > envelope.MaxLifetime {
				return cannot("--valid-for adalah 1s sampai 720h", "--valid-for is 1s to 720h", "")
			}
			recipients, err := parties(to)
			if err != nil {
				return err
			}
			if _, err := day(asOf); err != nil {
				return err
			}
			if err := known(purpose.Code(code), a.now()); err != nil {
				return err
			}
			files := paths{
				outputs: []string{out, report}, inputs: []string{in, mapping, me.keys, me.directory, me.anchor, a.config},
				journal: me.journalFolder(""),
			}
			if err := files.check(); err != nil {
				return err
			}
			if err := me.load(a); err != nil {
				return err
			}
			input, err := a.records(in)
			if err != nil {
				return err
			}
			defer input.Close()
			record, err := me.openJournal("")
			if err != nil {
				return err
			}
			defer record.Close()
			sender, err := exchange.NewSender(exchange.SenderConfig{
				Party: me.party, Keys: me.private, Directory: me.trusted,
				Definitions: election.Registry(), Journal: record, Clock: a.now,
			})
			if err != nil {
				return err
			}
			request := exchange.Request{To: recipients, Dataset: dataset, Purpose: purpose.Code(code), Agreement: agreement}
			if d := sender.Preflight(cmd.Context(), request); !d.Allowed {
				return &stopped{exitRefused, string(d.Reason), d.Why.ID + " " + d.Help.ID, d.Why.EN + " " + d.Help.EN, ""}
			}
			def, err := definition(dataset)
			if err != nil {
				return err
			}
			src, err := source(input, mapping, def)
			if err != nil {
				input.hint(a.err, mapping)
				return err
			}
			sealed, found, err := sender.Seal(cmd.Context(), exchange.Shipment{Request: request, Records: src, ValidFor: validFor, AsOf: asOf})
			if err != nil {
				return a.unsealed(err, input, mapping, found, report)
			}
			if err := writeReport(report, found); err != nil {
				return err
			}
			if err := replace(out, handout, sealed.File()); err != nil {
				return err
			}
			a.sealed(sealed, found, report)
			return nil
		}),
	}
	me.flags(cmd)
	cmd.Flags().StringSliceVar(&to, "to", nil, "recipients, as bawaslu/pengawasan")
	cmd.Flags().StringVar(&dataset, "dataset", "", "dataset, as sirekap/hasil-tps")
	cmd.Flags().StringVar(&code, "purpose", "", "purpose, as AWAS-TAHAPAN")
	cmd.Flags().StringVar(&agreement, "agreement", "", "id of the agreement, which the directory holds")
	cmd.Flags().StringVar(&mapping, "map", "", "column mapping: --in is CSV")
	cmd.Flags().DurationVar(&validFor, "valid-for", envelope.DefaultLifetime, "how long it may be opened, at most 720h")
	cmd.Flags().StringVar(&asOf, "as-of", "", "legal date of records that carry none, YYYY-MM-DD")
	cmd.Flags().StringVar(&report, "report", "", "write all findings to this file, as JSON")
	cmd.Flags().StringVar(&in, "in", "", "records")
	cmd.Flags().StringVar(&out, "out", "", "where the envelope goes")
	return cmd
}

// unsealed says why records were not sealed.
func (a *app) unsealed(err error, input *records, mapping string, found *schema.Report, report string) error {
	if input.failed != nil {
		return input.failed
	}
	if found != nil {
		if err := writeReport(report, found); err != nil {
			return err
		}
	}
	showBroken(a.err, found)
	input.hint(a.err, mapping)
	return err
}

// sealed tells what was sealed: public identifiers and counts.
func (a *app) sealed(s *envelope.Sealed, found *schema.Report, report string) {
	m := s.Manifest()
	fmt.Fprintf(a.err, "disegel / sealed: %s\n", m.ID)
	fmt.Fprintf(a.err, "digest: %s\n", s.Digest())
	fmt.Fprintf(a.err, "berlaku sampai / expires: %s%s\n", moment(m.Expires), grace)
	a.counted(found, report)
}

// grace says by how much an opener widens an envelope's time.
const grace = " (+ 2 menit kelonggaran jam / minutes of clock skew)"

// counted tells how many records there are and what was found in them.
func (a *app) counted(r *schema.Report, report string) {
	fmt.Fprintf(a.err, "rekaman / records: %d\n", r.Records)
	fmt.Fprintf(a.err, "temuan / findings: %d%s\n", r.Findings, perRule(r.ByRule))
	if len(r.Notices) > 0 {
		fmt.Fprintf(a.err, "catatan / notices:%s\n", perRule(r.Notices))
	}
	a.remark(r, report)
}

// remark prints what a person may overlook: that there are no records, or that
// there is more to be seen.
func (a *app) remark(r *schema.Report, report string) {
	if r.Records == 0 {
		fmt.Fprintln(a.err, "catatan / note: tidak ada satu rekaman pun / there is not one record")
	}
	if report == "" && r.Findings+len(r.Notices) > 0 {
		fmt.Fprintln(a.err, "petunjuk / hint: rincian temuan dengan --report FILE / --report FILE gets the findings one by one")
	}
}

func perRule(n map[string]int) string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(n)) {
		fmt.Fprintf(&b, " %s:%d", id, n[id])
	}
	return b.String()
}
