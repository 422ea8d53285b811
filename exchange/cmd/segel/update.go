package main

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/trust"
)

func (a *app) directoryUpdate() *cobra.Command {
	var previous, anchor, out string
	var names, public, agreements, reached []string
	cmd := &cobra.Command{
		Use:   "update --directory F --anchor-keys K [--parties A,B --public DIR] [--agreement FILE] [--endpoint PARTY=URL] --out FILE",
		Short: "Make the next version of a directory / versi direktori berikutnya",
		Long: `Makes the next version of a directory under the same anchor, for 365 days from
now. Everything that the directory lists stays, the windows of keys included.
--parties come in with the keys of their *.public.jwks files; a party that is
listed gets them beside its former ones. --agreement adds agreements, or new
signatures to one that is listed. --endpoint takes the place of all endpoints of
that party. Stores accept a next version, and never a second "directory init".
--out may not be the file of --directory, so that the former stays until the next
one is looked at; keys that end within 60 days are told.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "directory", "anchor-keys", "out"); err != nil {
				return err
			}
			if len(names) > 0 {
				if err := a.need(cmd, "public"); err != nil {
					return err
				}
			}
			who, err := parties(names)
			if err != nil {
				return err
			}
			files := paths{outputs: []string{out}, inputs: append([]string{previous, anchor, a.config, a.passphrase}, agreements...)}
			if err := files.check(); err != nil {
				return err
			}
			keys, err := a.privateKeys(anchor)
			if err != nil {
				return err
			}
			if keys, err = ofUse(envelope.UseSign, keys, anchor); err != nil {
				return err
			}
			old, err := a.previous(previous, keys)
			if err != nil {
				return err
			}
			draft := old.Draft()
			draft.IssuedAt = a.now().Truncate(time.Second)
			draft.Expires = draft.IssuedAt.Add(directoryLife)
			for _, p := range who {
				if err := addParty(&draft, p, public); err != nil {
					return err
				}
			}
			for _, path := range agreements {
				if err := addAgreement(&draft, path); err != nil {
					return err
				}
			}
			if err := setEndpoints(&draft, reached); err != nil {
				return err
			}
			return a.signNext(old, draft, keys, out)
		}),
	}
	cmd.Flags().StringVar(&previous, "directory", "", "the directory as it is")
	cmd.Flags().StringVar(&anchor, "anchor-keys", "", "anchor.private.jwks")
	cmd.Flags().StringVar(&out, "out", "", "where the next version goes")
	cmd.Flags().StringSliceVar(&names, "parties", nil, "parties with new keys, as dkpp/etik")
	cmd.Flags().StringSliceVar(&public, "public", nil, "folder with the parties' .public.jwks files")
	cmd.Flags().StringSliceVar(&agreements, "agreement", nil, "agreement signed by all of its parties")
	endpointFlag(cmd, &reached)
	return cmd
}

// anchorsOf returns anchors of which every one must sign.
func anchorsOf(keys []*envelope.PrivateKey) (*trust.Anchors, error) {
	public := make([]*envelope.PublicKey, len(keys))
	for i, k := range keys {
		public[i] = k.Public()
	}
	return trust.NewAnchors(len(public), public...)
}

// previous opens the directory that is to be followed. One that has expired
// meanwhile can be: that is what a next version is for.
func (a *app) previous(path string, keys []*envelope.PrivateKey) (*trust.Directory, error) {
	file, err := readDocument(path)
	if err != nil {
		return nil, err
	}
	anchors, err := anchorsOf(keys)
	if err != nil {
		return nil, err
	}
	d, err := trust.Open(file, anchors, a.now())
	if envelope.ReasonOf(err) == envelope.ReasonDirectoryStale {
		if expires, ok := claimedEnd(file); ok && expires.Before(a.now()) {
			d, err = trust.Open(file, anchors, expires.Add(-time.Second))
		}
	}
	if err != nil {
		return nil, aDirectory.refused(err, file)
	}
	return d, nil
}

// claimedEnd returns when a directory claims to end, unproven.
func claimedEnd(file []byte) (time.Time, bool) {
	_, d, err := parseUnproven(file)
	if err != nil {
		return time.Time{}, false
	}
	_, expires, err := d.times()
	return expires, err == nil
}

// addParty enters a party with its public keys, or new keys of a listed one.
func addParty(draft *trust.Draft, p envelope.Party, folders []string) error {
	entry, err := publicEntry(p, folders, *draft)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(draft.Parties, func(listed trust.Party) bool { return listed.ID == p })
	if i < 0 {
		draft.Parties = append(draft.Parties, entry)
		return nil
	}
	for _, k := range entry.Keys {
		if slices.ContainsFunc(draft.Parties[i].Keys, func(listed trust.Key) bool { return listed.Public.ID() == k.Public.ID() }) {
			return cannot("direktori sudah memuat kunci pihak ini", "the directory lists these keys of this party already", string(p))
		}
	}
	draft.Parties[i].Keys = append(draft.Parties[i].Keys, entry.Keys...)
	return nil
}

// addAgreement enters an agreement, or the same one with other signatures.
func addAgreement(draft *trust.Draft, path string) error {
	file, u, err := readAgreement(path)
	if err != nil {
		return err
	}
	for i, listed := range draft.Agreements {
		if bytes.Equal(listed, file) {
			return cannot("direktori sudah memuat perjanjian ini", "the directory has this agreement already", path)
		}
		former, err := agreement.Parse(listed)
		if err != nil || former.Terms().ID != u.Terms().ID {
			continue
		}
		if former.Digest() != u.Digest() {
			return cannot("direktori memuat perjanjian lain dengan id ini; beri yang baru id lain",
				"the directory has another agreement of this id; give the new one an id of its own", u.Terms().ID)
		}
		draft.Agreements[i] = file
		return nil
	}
	draft.Agreements = append(draft.Agreements, file)
	return nil
}

// keysEndSoon is how long before a party's keys end a new directory says so.
const keysEndSoon = 60 * 24 * time.Hour

// signNext signs a successor, holds it against its predecessor as everybody
// else will, and writes it.
func (a *app) signNext(old *trust.Directory, draft trust.Draft, keys []*envelope.PrivateKey, out string) error {
	file, d, err := signDraft(draft, keys)
	if err != nil {
		return err
	}
	if err := d.Succeeds(old); err != nil {
		return err
	}
	if err := replace(out, handout, file); err != nil {
		return err
	}
	a.made(d)
	for _, p := range d.Parties() {
		var last time.Time
		for _, k := range p.Keys {
			if k.Public.Use() == envelope.UseSign && k.Until.After(last) {
				last = k.Until
			}
		}
		if last.Sub(a.now()) < keysEndSoon {
			fmt.Fprintf(a.err, "catatan / note: kunci %[1]s berlaku sampai %[2]s; minta kunci baru sebelum itu / the keys of %[1]s end at %[2]s; have new ones handed in before\n",
				p.ID, last.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

// signDraft signs a directory and opens it.
func signDraft(draft trust.Draft, keys []*envelope.PrivateKey) ([]byte, *trust.Directory, error) {
	for _, file := range draft.Agreements {
		u, err := agreement.Parse(file)
		if err != nil {
			return nil, nil, anAgreement.refused(err, file)
		}
		if err := signedByAll(u, draft.Parties); err != nil {
			return nil, nil, err
		}
	}
	anchors, err := anchorsOf(keys)
	if err != nil {
		return nil, nil, err
	}
	file, err := trust.Sign(draft, keys...)
	if err != nil {
		return nil, nil, aDirectory.refused(err, nil)
	}
	d, err := openDirectory(file, anchors, draft.IssuedAt)
	return file, d, err
}

// made tells which directory was made.
func (a *app) made(d *trust.Directory) {
	fmt.Fprintf(a.err, "direktori / directory: versi / version %d, sampai / until %s, digest %s\n", d.Version(), d.Expires().Format(time.RFC3339), d.Digest())
}
