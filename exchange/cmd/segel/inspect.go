package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
)

func (a *app) inspect() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "inspect [--format text|json] FILE.segel",
		Short: "Show what an outsider sees, without keys / yang terlihat tanpa kunci",
		Long: `Shows what anybody can see of an envelope: algorithms, the thumbprint of each
recipient's key and sizes, which are padded. All of it is unproven. Sender,
purpose, dataset and content are not to be seen from outside.`,
		Args: cobra.ExactArgs(1),
		RunE: a.does(func(_ *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return cannot("--format adalah text atau json", "--format is text or json", "")
			}
			f, err := a.records(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			tokens, body, err := envelope.Inspect(f)
			if err != nil {
				f.retypedHint(a.err)
				return err
			}
			if format == "json" {
				return json.NewEncoder(a.out).Encode(struct {
					Tokens []envelope.TokenInfo `json:"tokens"`
					Body   int64                `json:"body"`
					Proven bool                 `json:"proven"` // always false
				}{tokens, body, false})
			}
			fmt.Fprintln(a.out, "TIDAK terbukti, hanya yang tampak dari luar / NOT proven, only what is seen from outside")
			fmt.Fprintf(a.out, "token / tokens: %d\n", len(tokens))
			for i, t := range tokens {
				fmt.Fprintf(a.out, "  %d  alg %s  enc %s  kid %s  ciphertext %d bytes\n", i+1, t.Algorithm, t.Encryption, t.KeyID, t.Bytes)
			}
			fmt.Fprintf(a.out, "isi terpisah / body: %d bytes\n", body)
			return nil
		}),
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	return cmd
}
