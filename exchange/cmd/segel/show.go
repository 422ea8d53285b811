package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/agreement"
	signed "github.com/segel-id/segel/exchange/internal/document"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/limits"
	"github.com/segel-id/segel/internal/strictjson"
)

func (a *app) directoryShow() *cobra.Command {
	var anchor string
	cmd := &cobra.Command{
		Use:   "show [--anchor A] FILE",
		Short: "Show what a directory says / isi direktori",
		Long: `Shows parties, keys and agreements of a directory. With an anchor the directory
is verified first; without one nothing of it is proven, and that is said.`,
		Args: cobra.ExactArgs(1),
		RunE: a.does(func(cmd *cobra.Command, args []string) error {
			if err := a.fill(cmd); err != nil {
				return err
			}
			file, err := readDocument(args[0])
			if err != nil {
				return err
			}
			if anchor != "" {
				anchors, err := readAnchors(anchor)
				if err != nil {
					return err
				}
				if _, err := openDirectory(file, anchors, a.now()); err != nil {
					return err
				}
			}
			text, err := directoryText(file)
			if err != nil {
				return aDirectory.refused(err, file)
			}
			proof := "tidak diperiksa, tanpa --anchor / not verified, no --anchor"
			if anchor != "" {
				proof = "cocok dengan jangkar / verified under the anchor"
			}
			fmt.Fprintf(a.out, "%standa tangan / signatures: %s\n", text, proof)
			return nil
		}),
	}
	cmd.Flags().StringVar(&anchor, "anchor", "", "anchor.public.jwks, to verify the directory")
	return cmd
}

func readAnchors(path string) (*trust.Anchors, error) {
	text, err := read(path, limits.KeyFile)
	if err != nil {
		return nil, err
	}
	anchors, err := trust.ParseAnchors(text)
	if err != nil {
		return nil, cannot("bukan berkas jangkar yang sah", "not a valid anchor file", path)
	}
	return anchors, nil
}

// unproven is a directory's payload as far as it is shown. Package trust gives
// no directory away that no anchor vouches for; this is for looking only.
type unproven struct {
	V          int      `json:"v"`
	Version    int64    `json:"version"`
	IssuedAt   string   `json:"issuedAt"`
	Expires    string   `json:"expires"`
	Previous   string   `json:"previous,omitempty"`
	Agreements []string `json:"agreements"`
	Parties    []struct {
		ID        envelope.Party  `json:"id"`
		Name      json.RawMessage `json:"name,omitempty"`
		Successor string          `json:"successor,omitempty"`
		Endpoints []string        `json:"endpoints,omitempty"`
		Keys      []struct {
			JWK             json.RawMessage `json:"jwk"`
			SignFrom        string          `json:"signFrom,omitempty"`
			SignUntil       string          `json:"signUntil,omitempty"`
			AcceptUntil     string          `json:"acceptUntil,omitempty"`
			EncryptFrom     string          `json:"encryptFrom,omitempty"`
			EncryptUntil    string          `json:"encryptUntil,omitempty"`
			CompromisedFrom string          `json:"compromisedFrom,omitempty"`
			Possession      string          `json:"possession"`
		} `json:"keys"`
	} `json:"parties"`
}

// parseUnproven reads a directory whose signatures nobody has verified.
func parseUnproven(file []byte) (doc *signed.Document, d unproven, err error) {
	if doc, err = signed.Parse(signed.Directory, file); err != nil {
		return nil, d, err
	}
	if strictjson.Unmarshal(doc.Payload(), &d) != nil {
		return nil, d, &envelope.Error{Reason: envelope.ReasonMalformed, Detail: "directory"}
	}
	return doc, d, nil
}

// times returns when a directory claims to begin and to end.
func (d *unproven) times() (issued, expires time.Time, err error) {
	issued, okIssued := signed.Time(d.IssuedAt)
	expires, okExpires := signed.Time(d.Expires)
	if !okIssued || !okExpires {
		err = &envelope.Error{Reason: envelope.ReasonMalformed, Detail: "directory"}
	}
	return issued, expires, err
}

// directoryText describes a directory. Every text in it is printed only in a
// form that was checked; else the directory is malformed.
func directoryText(file []byte) (string, error) {
	bad := &envelope.Error{Reason: envelope.ReasonMalformed, Detail: "directory"}
	doc, d, err := parseUnproven(file)
	if err != nil {
		return "", err
	}
	issued, expires, err := d.times()
	if err != nil {
		return "", err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "direktori / directory: versi / version %d\ndigest: %s\nberlaku / valid: %s .. %s\n",
		d.Version, doc.Digest(), signed.FormatTime(issued), signed.FormatTime(expires))
	for _, p := range d.Parties {
		if _, err := envelope.ParseParty(string(p.ID)); err != nil {
			return "", bad
		}
		fmt.Fprintf(&out, "pihak / party: %s\n", p.ID)
		for _, url := range p.Endpoints {
			if !trust.IsEndpoint(url) {
				return "", bad
			}
			fmt.Fprintf(&out, "  endpoint %s\n", url)
		}
		for _, k := range p.Keys {
			key, err := envelope.ParsePublicKey(k.JWK)
			if err != nil {
				return "", bad
			}
			from, okFrom := signed.Time(k.SignFrom + k.EncryptFrom)
			until, okUntil := signed.Time(k.SignUntil + k.EncryptUntil)
			if !okFrom || !okUntil {
				return "", bad
			}
			fmt.Fprintf(&out, "  %s  %s  %s .. %s", key, key.Algorithm(), signed.FormatTime(from), signed.FormatTime(until))
			if since, ok := signed.Time(k.CompromisedFrom); ok {
				out.WriteString("  bocor sejak / compromised from " + signed.FormatTime(since))
			}
			out.WriteByte('\n')
		}
	}
	for _, text := range d.Agreements {
		u, err := agreement.Parse([]byte(text))
		if err != nil {
			return "", bad
		}
		fmt.Fprintf(&out, "perjanjian / agreement: %s  digest %s\n", u.Terms().ID, u.Digest())
	}
	return out.String(), nil
}
