package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/schema"
)

func (a *app) schema() *cobra.Command {
	cmd := group(&cobra.Command{Use: "schema", Short: "What a dataset is checked against / definisi dataset"})
	var dataset string
	show := &cobra.Command{
		Use:   "show --dataset D",
		Short: "Show a dataset's definition: fields, purposes, rules / isi definisi",
		Long: `Shows the newest definition of a dataset that this program holds: the digest by
which both sides name it, who may see it, which purposes may carry it, which
fields identify a record, which hold personal data, whether it was compiled or is
checked by the reference, which is some twenty times slower, and the rules with
their dates and texts.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "dataset"); err != nil {
				return err
			}
			def, err := definition(dataset)
			if err != nil {
				return err
			}
			describe(a.out, def)
			return nil
		}),
	}
	show.Flags().StringVar(&dataset, "dataset", "", "dataset, as sirekap/hasil-tps")
	cmd.AddCommand(show)
	return cmd
}

// describe prints a definition for people.
func describe(w io.Writer, d *schema.Definition) {
	var codes []string
	for _, c := range d.Purposes() {
		codes = append(codes, string(c))
	}
	ref := d.Ref()
	fmt.Fprintf(w, "%s %s\n%s / %s\ndigest: %s\n", ref.ID, ref.Version, d.Title().ID, d.Title().EN, ref.Digest)
	fmt.Fprintf(w, "klasifikasi / classification: %s\n", d.Classification())
	fmt.Fprintf(w, "tujuan / purposes: %s\n", strings.Join(codes, " "))
	fmt.Fprintf(w, "kunci / keys: %s\n", strings.Join(d.KeyFields(), " "))
	fmt.Fprintf(w, "pemeriksa / checked by: %s\n", d.Engine())
	fields := d.SensitiveFields()
	fmt.Fprintf(w, "data pribadi / personal data: %d\n", len(fields))
	for _, at := range slices.Sorted(maps.Keys(fields)) {
		fmt.Fprintf(w, "  %s  %s\n", at, fields[at])
	}
	rules := d.Rules()
	fmt.Fprintf(w, "aturan / rules: %d\n", len(rules))
	for _, r := range rules {
		fmt.Fprintf(w, "  %s  %s %s%s\n", r.ID, r.Kind, r.Severity, inForce(r))
		if r.Citation != "" {
			fmt.Fprintf(w, "    %s\n", r.Citation)
		}
		fmt.Fprintf(w, "    %s\n    %s\n", r.Text.ID, r.Text.EN)
	}
}

// inForce says on which days a rule holds; "" for one without dates.
func inForce(r schema.Rule) string {
	switch {
	case r.From != "" && r.Until != "":
		return fmt.Sprintf("  berlaku / in force: %s .. %s", r.From, r.Until)
	case r.From != "":
		return fmt.Sprintf("  berlaku sejak / in force from: %s", r.From)
	case r.Until != "":
		return fmt.Sprintf("  berlaku sebelum / in force before: %s", r.Until)
	}
	return ""
}
