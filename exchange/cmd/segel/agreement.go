package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/limits"
)

func (a *app) agreement() *cobra.Command {
	cmd := group(&cobra.Command{Use: "agreement", Short: "Sign and show agreements / perjanjian"})
	cmd.AddCommand(a.agreementSign(), a.agreementShow())
	return cmd
}

func (a *app) agreementSign() *cobra.Command {
	var in, as, keys, out string
	cmd := &cobra.Command{
		Use:   "sign --in FILE --as P --keys K --out FILE",
		Short: "Add a party's signature / menambahkan tanda tangan",
		Long: `Adds the signature of one party. The input is the agreement as plain JSON, or
already signed by others; its text stays as it is, byte for byte, but for a byte
order mark. --in and --out may be the same file. The keys must be the party's by
the .public.jwks file beside them, if it is there. An agreement counts once every
party has signed it.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "in", "as", "keys", "out"); err != nil {
				return err
			}
			who, err := party(as)
			if err != nil {
				return err
			}
			files := paths{outputs: []string{out}, inputs: []string{keys, a.config, a.passphrase}}
			if err := files.check(); err != nil {
				return err
			}
			key, err := a.signingKey(keys)
			if err != nil {
				return err
			}
			if err := belongs(keys, who, key); err != nil {
				return err
			}
			text, u, err := readAgreement(in)
			if err != nil {
				return err
			}
			switch {
			case !slices.Contains(u.Terms().Parties, who):
				return cannot("hanya pihak perjanjian yang menandatanganinya", "only a party of the agreement signs it", as)
			case slices.Contains(u.Signers(), key.Public().ID()):
				return cannot("kunci ini sudah menandatanganinya", "this key has signed it already", as)
			}
			signed, err := agreement.Sign(text, who, key)
			if err != nil {
				return anAgreement.refused(err, text)
			}
			if err := replace(out, handout, signed); err != nil {
				return err
			}
			if u, err = agreement.Parse(signed); err != nil {
				return err
			}
			fmt.Fprintf(a.err, "ditandatangani / signed: %s, %d tanda tangan / signatures, digest %s\n", u.Terms().ID, len(u.Signers()), u.Digest())
			return nil
		}),
	}
	cmd.Flags().StringVar(&in, "in", "", "agreement, plain JSON or signed")
	cmd.Flags().StringVar(&as, "as", "", "the party that signs, as kpu/sirekap")
	cmd.Flags().StringVar(&keys, "keys", "", "private key file of that party")
	cmd.Flags().StringVar(&out, "out", "", "where the signed agreement goes")
	return cmd
}

func (a *app) agreementShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show FILE",
		Short: "Show what an agreement says / isi perjanjian",
		Long: `Shows what an agreement says and how many keys have signed it. No signature is
verified: that takes the directory, and every seal and open does it.`,
		Args: cobra.ExactArgs(1),
		RunE: a.does(func(_ *cobra.Command, args []string) error {
			_, u, err := readAgreement(args[0])
			if err != nil {
				return err
			}
			showAgreement(a.out, u)
			return nil
		}),
	}
}

// showAgreement prints terms. Their form was checked, so nothing in them can
// break a line or reach the terminal.
func showAgreement(w io.Writer, u *agreement.Unverified) {
	t := u.Terms()
	fmt.Fprintf(w, "perjanjian / agreement: %s\n", t.ID)
	fmt.Fprintf(w, "judul / title: %s\n", t.Title)
	fmt.Fprintf(w, "digest: %s\n", u.Digest())
	fmt.Fprintf(w, "berlaku / valid: %s .. %s\n", t.ValidFrom.Format(time.RFC3339), t.ValidUntil.Format(time.RFC3339))
	fmt.Fprintf(w, "pihak / parties:\n")
	for _, p := range t.Parties {
		fmt.Fprintf(w, "  %s\n", p)
	}
	fmt.Fprintf(w, "izin / grants:\n")
	for _, g := range t.Grants {
		var codes []string
		for _, c := range g.Purposes {
			codes = append(codes, string(c))
		}
		fmt.Fprintf(w, "  %s -> %s  %s  %s\n", g.From, g.To, g.Dataset, strings.Join(codes, " "))
	}
	fmt.Fprintf(w, "tanda tangan, belum diperiksa / signatures, not verified: %d\n", len(u.Signers()))
	for _, kid := range u.Signers() {
		fmt.Fprintf(w, "  kid %s\n", kid)
	}
}

// belongs refuses a signature in another party's name: the public file beside
// the keys, if it is there, says whose they are.
func belongs(path string, who envelope.Party, key *envelope.PrivateKey) error {
	base, ours := strings.CutSuffix(path, privateEnding)
	if !ours {
		return nil
	}
	beside := base + publicEnding
	file, err := read(beside, limits.KeyFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	set, err := trust.ParsePublicSet(file)
	switch {
	case err != nil || set.SigningKey().ID() != key.Public().ID():
		return cannot("berkas kunci publik di sebelahnya bukan milik kunci ini", "the public key file beside it is not that of these keys", beside)
	case set.Party() != who:
		return cannot("kunci ini milik pihak lain; periksa --keys dan --as", "these keys are another party's; check --keys and --as", string(set.Party()))
	}
	return nil
}

// signingKey returns the one signing key of a private key file. With several
// the program would have to guess.
func (a *app) signingKey(path string) (*envelope.PrivateKey, error) {
	keys, err := a.privateKeys(path)
	if err != nil {
		return nil, err
	}
	fit, err := ofUse(envelope.UseSign, keys, path)
	if err != nil {
		return nil, err
	}
	if len(fit) > 1 {
		return nil, cannot("berkas ini memuat lebih dari satu kunci tanda tangan", "this file holds more than one signing key", path)
	}
	return fit[0], nil
}
