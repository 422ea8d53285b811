package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/exchange/completeness"
	"github.com/segel-id/segel/exchange/trust"
)

func (a *app) excerpt() *cobra.Command {
	var s side
	var u units
	var report, unit, out string
	cmd := &cobra.Command{
		Use:   "excerpt --report FILE --register FILE --unit CODE --out FILE",
		Short: "The proof for one unit alone / bukti untuk satu unit saja",
		Args:  cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "report", "register", "unit", "out", "directory", "anchor"); err != nil {
				return err
			}
			files := paths{outputs: []string{out}, inputs: []string{report, u.register, s.directory, s.anchor, a.config}}
			if err := files.check(); err != nil {
				return err
			}
			opened, err := a.openUnits(report, u, s)
			if err != nil {
				return err
			}
			proof, err := opened.Excerpt(unit)
			if err != nil {
				return cannot("register ini tidak memuat unit itu", "the register does not hold this unit", "")
			}
			return replace(out, handout, proof)
		}),
	}
	trustFlags(cmd, &s)
	u.flags(cmd)
	cmd.Flags().StringVar(&report, "report", "", "file that \"completeness report\" made")
	cmd.Flags().StringVar(&unit, "unit", "", "code of the unit")
	cmd.Flags().StringVar(&out, "out", "", "file for the proof")
	return cmd
}

func (a *app) prove() *cobra.Command {
	var s side
	var excerpt string
	cmd := &cobra.Command{
		Use:   "prove --excerpt FILE",
		Short: "Verify the proof for one unit / memeriksa bukti satu unit",
		Args:  cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "excerpt", "directory", "anchor"); err != nil {
				return err
			}
			trusted, err := a.trust(s)
			if err != nil {
				return err
			}
			file, err := readDocument(excerpt)
			if err != nil {
				return err
			}
			line, summary, expected, err := completeness.OpenExcerpt(file, trusted, a.now())
			if err != nil {
				return err
			}
			a.signedBy(summary, expected)
			_, err = fmt.Fprintln(a.out, line)
			return err
		}),
	}
	trustFlags(cmd, &s)
	cmd.Flags().StringVar(&excerpt, "excerpt", "", "file that \"completeness excerpt\" made")
	return cmd
}

// trustFlags are those of a command that verifies and needs no keys.
func trustFlags(cmd *cobra.Command, s *side) {
	cmd.Flags().StringVar(&s.directory, "directory", "", "signed directory")
	cmd.Flags().StringVar(&s.anchor, "anchor", "", "anchor.public.jwks: whose signature the directory needs")
}

func (a *app) trust(s side) (*trust.Directory, error) {
	anchors, err := readAnchors(s.anchor)
	if err != nil {
		return nil, err
	}
	file, err := readDocument(s.directory)
	if err != nil {
		return nil, err
	}
	return openDirectory(file, anchors, a.now())
}

func (a *app) openUnits(path string, u units, s side) (*completeness.Report, error) {
	trusted, err := a.trust(s)
	if err != nil {
		return nil, err
	}
	file, err := read(path, maxCompleteness)
	if err != nil {
		return nil, err
	}
	register, err := a.register(u)
	if err != nil {
		return nil, err
	}
	return completeness.OpenReport(file, register, trusted, a.now())
}
