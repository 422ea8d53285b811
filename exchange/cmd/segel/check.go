package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

const (
	// reportDetails is how many findings a report file holds; it says how many
	// more there were.
	reportDetails = 100_000
	// shownDetails is how many structure errors are shown to a person.
	shownDetails = 10
	// maxMapping bounds a mapping file; schema.ParseMapping has the same limit.
	maxMapping = 1 << 20
)

func (a *app) check() *cobra.Command {
	var dataset, mapping, format, report, asOf string
	var other, maps others
	cmd := &cobra.Command{
		Use:   "check --dataset D [--map MAPFILE] [--against D2=FILE]... [--as-of DATE] [--format text|json] [--report FILE] FILE",
		Short: "Check records against a dataset's definition / memeriksa rekaman",
		Long: `Checks every record of FILE ("-" is standard input; gzip is recognised). With
--map FILE is CSV, without it NDJSON. Exit code 0: the structure is sound, and
findings of arithmetic rules may be there; 1: structure errors; 2: cannot run.

Some rules look things up in another dataset: whether an area or a station
exists, or whether a recapitulation is the sum of its parts. --against brings
it, as referensi/wilayah=FILE, once for each dataset; what looks like a file of
another dataset is refused. A rule whose dataset is not there, or which depends
on a day that nobody stated (--as-of), is not judged, and the check says so.`,
		Args: cobra.ExactArgs(1),
		RunE: a.does(func(cmd *cobra.Command, args []string) error {
			defer thrifty()()
			if err := a.need(cmd, "dataset"); err != nil {
				return err
			}
			if format != "text" && format != "json" {
				return cannot("--format adalah text atau json", "--format is text or json", "")
			}
			read := append(append(other.paths(), maps.paths()...), args[0], mapping, a.config, a.passphrase)
			files := paths{outputs: []string{report}, inputs: read}
			if err := files.check(); err != nil {
				return err
			}
			opt := schema.CheckOptions{MaxDetails: reportDetails}
			var err error
			if opt.AsOf, err = day(asOf); err != nil {
				return err
			}
			def, err := definition(dataset)
			if err != nil {
				return err
			}
			input, err := a.records(args[0])
			if err != nil {
				return err
			}
			defer input.Close()
			src, err := source(input, mapping, def)
			if err != nil {
				input.hint(a.err, mapping)
				return err
			}
			if opt.Against, err = a.indexes(cmd.Context(), def, &other, &maps); err != nil {
				return err
			}
			found, err := def.Check(cmd.Context(), src, opt)
			if err != nil {
				input.hint(a.err, mapping)
				return err
			}
			if found.Errors > 0 {
				input.hint(a.err, mapping)
			} else if found.Records == 0 {
				a.remark(found, report)
			}
			return a.checked(def, found, format, report)
		}),
	}
	cmd.Flags().StringVar(&dataset, "dataset", "", "dataset, as sirekap/hasil-tps")
	cmd.Flags().StringVar(&mapping, "map", "", "column mapping: FILE is CSV")
	cmd.Flags().StringVar(&format, "format", "text", "text or json, on standard output")
	cmd.Flags().StringVar(&report, "report", "", "write all findings to this file, as JSON")
	cmd.Flags().StringVar(&asOf, "as-of", "", "legal date of records that carry none, YYYY-MM-DD")
	cmd.Flags().Var(&other, "against", "another dataset to look things up in; may be repeated")
	cmd.Flags().Var(&maps, "against-map", "column mapping of one of them: its file is CSV; may be repeated")
	return cmd
}

// checked reports a check and says how it ends.
func (a *app) checked(def *schema.Definition, found *schema.Report, format, report string) error {
	if err := writeReport(report, found); err != nil {
		return err
	}
	if format == "json" {
		text, err := json.Marshal(found)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(a.out, "%s\n", text); err != nil {
			return err
		}
		notJudged(a.err, found)
	} else {
		summarise(a.out, def, found)
	}
	if found.Errors > 0 {
		return refused(envelope.ReasonStructure, fmt.Sprintf("%d of %d records", found.Errors, found.Records))
	}
	return nil
}

// writeReport writes the findings to a file; "" is none.
func writeReport(path string, found *schema.Report) error {
	if path == "" || found == nil {
		return nil
	}
	text, err := found.DetailsJSON()
	if err != nil {
		return err
	}
	return replace(path, private, append(text, '\n'))
}

// summarise prints a report for people: counts, then the first structure errors
// with the place and never a value.
func summarise(w io.Writer, def *schema.Definition, r *schema.Report) {
	fmt.Fprintf(w, "%s %s: %s / %s\n", r.Dataset.ID, r.Dataset.Version, def.Title().ID, def.Title().EN)
	fmt.Fprintf(w, "rekaman / records: %d\n", r.Records)
	fmt.Fprintf(w, "rekaman dengan galat struktur / records with structure errors: %d\n", r.Errors)
	fmt.Fprintf(w, "temuan / findings: %d, rekaman / records: %d\n", r.Findings, r.RecordsWithFindings)
	for _, rule := range def.Rules() {
		n := r.ByRule[rule.ID] + r.Notices[rule.ID]
		if n > 0 {
			fmt.Fprintf(w, "  %-20s %8d  %s\n", rule.ID, n, rule.Severity)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.Notices)) {
		if strings.HasPrefix(id, "leak/") { // no rule of the definition
			fmt.Fprintf(w, "  %-20s %8d  %s\n", id, r.Notices[id], schema.SeverityWarning)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.Structure)) {
		fmt.Fprintf(w, "  %-20s %8d\n", id, r.Structure[id])
	}
	notJudged(w, r)
	showBroken(w, r)
}

// showBroken prints the first structure errors: the place, never the value.
func showBroken(w io.Writer, r *schema.Report) {
	if r == nil {
		return
	}
	shown := 0
	for _, f := range r.Details {
		if f.Kind != schema.KindStructure {
			continue
		}
		if shown++; shown > shownDetails {
			fmt.Fprintln(w, "  …")
			return
		}
		fmt.Fprintf(w, "  %d %s: %s / %s\n", f.Record, f.Pointer, f.Text.ID, f.Text.EN)
	}
}

// definition returns the newest definition of a dataset.
func definition(dataset string) (*schema.Definition, error) {
	def, err := election.Registry().Latest(dataset)
	if err != nil {
		return nil, cannot("dataset tidak dikenal", "the dataset is not known", "segel dataset list")
	}
	return def, nil
}

// source reads CSV through a mapping file, or NDJSON if there is none.
func source(r io.Reader, mapping string, def *schema.Definition) (schema.Source, error) {
	if mapping == "" {
		return schema.NDJSON(r), nil
	}
	text, err := readWritten(mapping, maxMapping)
	if err != nil {
		return nil, err
	}
	m, err := schema.ParseMapping(text)
	if err != nil {
		return nil, err
	}
	return schema.CSV(r, m, def)
}

// day reads a date of the command line; "" is none.
func day(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, cannot("tanggal ditulis TTTT-BB-HH", "a date is written YYYY-MM-DD", "")
	}
	return t, nil
}
