package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/schema/election"
)

func (a *app) purpose() *cobra.Command {
	cmd := group(&cobra.Command{Use: "purpose", Short: "The vocabulary of purposes / kosakata tujuan penggunaan"})
	cmd.AddCommand(&cobra.Command{
		Use:   "list",
		Short: "List the purposes that may be used now / tujuan yang berlaku",
		Args:  cobra.NoArgs,
		RunE: a.does(func(*cobra.Command, []string) error {
			for _, p := range purpose.Default().All(a.now()) {
				fmt.Fprintf(a.out, "%-18s  %s / %s\n", p.Code, p.Label.ID, p.Label.EN)
			}
			return nil
		}),
	})
	return cmd
}

func (a *app) dataset() *cobra.Command {
	cmd := group(&cobra.Command{Use: "dataset", Short: "The datasets that are known here / dataset yang dikenal"})
	cmd.AddCommand(&cobra.Command{
		Use:   "list",
		Short: "List datasets and the purposes that may carry them / daftar dataset",
		Args:  cobra.NoArgs,
		RunE: a.does(func(*cobra.Command, []string) error {
			for _, d := range election.Registry().All() {
				var codes []string
				for _, c := range d.Purposes() {
					codes = append(codes, string(c))
				}
				fmt.Fprintf(a.out, "%s %s  %s\n    %s / %s\n    %s\n    digest %s\n",
					d.Ref().ID, d.Ref().Version, d.Classification(), d.Title().ID, d.Title().EN, strings.Join(codes, " "), d.Ref().Digest)
			}
			return nil
		}),
	})
	return cmd
}
