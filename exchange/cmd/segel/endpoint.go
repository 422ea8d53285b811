package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
)

// endpointFlag adds --endpoint. A URL may hold commas, so one flag is one URL.
func endpointFlag(cmd *cobra.Command, reached *[]string) {
	cmd.Flags().StringArrayVar(reached, "endpoint", nil, "where a party receives over HTTP, as bawaslu/pengawasan=https://segel.example.go.id/v1")
}

// setEndpoints gives the parties of a draft the endpoints of the command line,
// each in place of all that it had.
func setEndpoints(draft *trust.Draft, reached []string) error {
	urls := map[envelope.Party][]string{}
	for _, s := range reached {
		who, url, ok := strings.Cut(s, "=")
		if !ok {
			return cannot("--endpoint ditulis PIHAK=URL", "--endpoint is written PARTY=URL", "")
		}
		p, err := party(who)
		if err != nil {
			return err
		}
		switch {
		case !trust.IsEndpoint(url):
			return cannot("--endpoint adalah URL https tanpa pengguna, kueri dan fragmen; http hanya ke alamat loopback harfiah seperti 127.0.0.1",
				"--endpoint is an https URL without user, query and fragment; http only to a literal loopback address as 127.0.0.1", string(p))
		case slices.Contains(urls[p], url):
			return cannot("--endpoint ini disebut dua kali", "this --endpoint is named twice", string(p))
		case !slices.ContainsFunc(draft.Parties, func(listed trust.Party) bool { return listed.ID == p }):
			return cannot("pihak --endpoint tidak ada di direktori ini", "the party of --endpoint is not in this directory", string(p))
		}
		urls[p] = append(urls[p], url)
	}
	for i, listed := range draft.Parties {
		if new := urls[listed.ID]; new != nil {
			draft.Parties[i].Endpoints = new
		}
	}
	return nil
}
