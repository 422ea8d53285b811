package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/limits"
)

// What a directory gets here. Whoever needs other times or several anchors uses
// package trust.
const (
	directoryLife = 365 * 24 * time.Hour
	// keysAccepted is how long signatures are accepted after the last one could
	// be made: as long as an envelope can live.
	keysAccepted = envelope.MaxLifetime
)

func (a *app) directory() *cobra.Command {
	cmd := group(&cobra.Command{Use: "directory", Short: "Make and show the signed directory / direktori"})
	cmd.AddCommand(a.directoryInit(), a.directoryUpdate(), a.directoryShow())
	return cmd
}

func (a *app) directoryInit() *cobra.Command {
	var anchorOut, out string
	var names, public, agreements, reached []string
	cmd := &cobra.Command{
		Use:   "init --anchor-out DIR --out FILE --parties A,B --public DIR --agreement FILE [--endpoint PARTY=URL]",
		Short: "Make and sign a first directory / membuat direktori pertama",
		Long: `Makes an anchor (DIR/anchor.private.jwks, DIR/anchor.public.jwks) and a
directory signed by it: the parties' keys, from the *.public.jwks files in the
--public folders, the agreements, which every party must have signed, and where
parties receive over HTTP (--endpoint, repeated in order of preference). It holds
for 365 days. Everybody needs the directory and anchor.public.jwks, and
should get the latter by another way; the private anchor stays offline. A second
init makes another world: for changes there is "directory update".`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "anchor-out", "out", "parties", "public", "agreement"); err != nil {
				return err
			}
			who, err := parties(names)
			if err != nil {
				return err
			}
			files := paths{outputs: []string{out}, inputs: append([]string{a.config, a.passphrase}, agreements...), makes: anchorOut}
			if err := files.check(); err != nil {
				return err
			}
			anchor := filepath.Join(anchorOut, "anchor")
			if err := absentPair(anchor); err != nil {
				return err
			}
			draft := a.draft()
			for _, p := range who {
				entry, err := publicEntry(p, public, draft)
				if err != nil {
					return err
				}
				draft.Parties = append(draft.Parties, entry)
			}
			for _, path := range agreements {
				file, _, err := readAgreement(path)
				if err != nil {
					return err
				}
				draft.Agreements = append(draft.Agreements, file)
			}
			if err := setEndpoints(&draft, reached); err != nil {
				return err
			}
			return a.signDirectory(draft, anchor, out)
		}),
	}
	cmd.Flags().StringVar(&anchorOut, "anchor-out", "", "folder for the anchor's two files; made if it is missing")
	cmd.Flags().StringVar(&out, "out", "", "where the directory goes")
	cmd.Flags().StringSliceVar(&names, "parties", nil, "parties, as kpu/sirekap,bawaslu/pengawasan")
	cmd.Flags().StringSliceVar(&public, "public", nil, "folder with the parties' .public.jwks files")
	cmd.Flags().StringSliceVar(&agreements, "agreement", nil, "agreement signed by all of its parties")
	endpointFlag(cmd, &reached)
	return cmd
}

func (a *app) draft() trust.Draft {
	now := a.now().Truncate(time.Second)
	return trust.Draft{Version: 1, IssuedAt: now, Expires: now.Add(directoryLife)}
}

// publicEntry reads a party's public file from the one folder that has it. Its
// keys hold from the directory's issue on, less what clocks may differ.
func publicEntry(p envelope.Party, folders []string, draft trust.Draft) (trust.Party, error) {
	var file []byte
	for _, dir := range folders {
		path := filepath.Join(dir, partyFile(p)+publicEnding)
		data, err := read(path, limits.KeyFile)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return trust.Party{}, err
		case file != nil:
			return trust.Party{}, cannot("kunci publik pihak ini ada di dua folder", "two folders have public keys of this party", string(p))
		default:
			file = data
		}
	}
	if file == nil {
		return trust.Party{}, cannot("kunci publik pihak ini tidak ada di folder --public", "no --public folder has the public keys of this party", string(p))
	}
	set, err := trust.ParsePublicSet(file)
	if err != nil {
		return trust.Party{}, aPublicSet.refused(err, nil)
	}
	if set.Party() != p {
		return trust.Party{}, cannot("berkas kunci publik milik pihak lain", "the file holds the public keys of another party", string(p))
	}
	return trust.Party{ID: p, Keys: set.Keys(draft.IssuedAt.Add(-envelope.DefaultSkew), draft.Expires, draft.Expires.Add(keysAccepted))}, nil
}

// signDirectory makes the anchor, signs, and writes all three files or none.
func (a *app) signDirectory(draft trust.Draft, anchor, out string) error {
	keys, err := generate(envelope.ES256)
	if err != nil {
		return err
	}
	file, d, err := signDraft(draft, keys)
	if err != nil {
		return err
	}
	anchors, err := anchorsOf(keys)
	if err != nil {
		return err
	}
	public, err := json.MarshalIndent(anchors, "", "  ")
	if err != nil {
		return err
	}
	if err := a.pair(anchor, keys, append(public, '\n')); err != nil {
		return err
	}
	if err := replace(out, handout, file); err != nil {
		_ = os.Remove(anchor + privateEnding) // both made a moment ago
		_ = os.Remove(anchor + publicEnding)
		return err
	}
	a.made(d)
	fmt.Fprintf(a.err, "jangkar / anchor: %s\n", keys[0].Public().ID())
	return nil
}
