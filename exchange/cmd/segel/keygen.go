package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
)

// The endings of key files.
const (
	privateEnding = ".private.jwks"
	publicEnding  = ".public.jwks"
)

func (a *app) keygen() *cobra.Command {
	var who, out string
	cmd := &cobra.Command{
		Use:   "keygen --party P --out DIR",
		Short: "Make a party's keys / membuat kunci",
		Long: `Makes a signing and an encryption key: DIR/agency-system.private.jwks, which
only its owner can read and which never leaves the machine, and
DIR/agency-system.public.jwks with a proof of possession, which goes to whoever
keeps the directory. Existing files are never overwritten. With a passphrase, from
--passphrase-file or typed twice at a terminal, the private file is encrypted.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "party", "out"); err != nil {
				return err
			}
			p, err := party(who)
			if err != nil {
				return err
			}
			keys, err := generate(envelope.ES256, envelope.ECDHES)
			if err != nil {
				return err
			}
			public, err := trust.NewPublicSet(p, keys, a.now())
			if err != nil {
				return err
			}
			base := filepath.Join(out, partyFile(p))
			if err := a.pair(base, keys, public); err != nil {
				return err
			}
			for _, k := range keys {
				fmt.Fprintln(a.out, k.Public())
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&who, "party", "", "the party, as kpu/sirekap")
	cmd.Flags().StringVar(&out, "out", "", "folder for the two files; made if it is missing")
	return cmd
}

func generate(algs ...envelope.Algorithm) ([]*envelope.PrivateKey, error) {
	keys := make([]*envelope.PrivateKey, len(algs))
	for i, alg := range algs {
		var err error
		if keys[i], err = envelope.GenerateKey(alg); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// pair writes private keys and the public file that belongs to them, both or
// neither, and neither if one is there already.
func (a *app) pair(base string, keys []*envelope.PrivateKey, public []byte) error {
	if err := absentPair(base); err != nil {
		return err
	}
	passphrase, err := a.newPassphrase()
	if err != nil {
		return err
	}
	defer clear(passphrase)
	secret, err := marshalKeys(passphrase, keys)
	if err != nil {
		return err
	}
	defer clear(secret)
	if err := os.MkdirAll(filepath.Dir(base), 0o700); err != nil {
		return err
	}
	if err := create(base+privateEnding, private, secret); err != nil {
		return err
	}
	if err := create(base+publicEnding, handout, public); err != nil {
		_ = os.Remove(base + privateEnding) // made a moment ago, used by nobody
		return err
	}
	return nil
}

// absentPair refuses the base name of key files if one of them is there.
func absentPair(base string) error {
	for _, ending := range []string{privateEnding, publicEnding} {
		if err := absent(base + ending); err != nil {
			return err
		}
	}
	return nil
}
