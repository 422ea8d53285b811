package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/completeness"
)

// maxCompleteness bounds the files of reports: the largest register, at some
// 120 bytes for a unit.
const maxCompleteness = 1 << 30

func (a *app) completeness() *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "completeness",
		Short: "Who has not reported, provably / siapa yang belum melapor, dengan bukti",
		Long: `Whoever keeps the register of units (polling stations, for example) signs which of
them must report. The receiver signs a report with one line for every unit, the
missing ones included; anyone with the register can verify it, and anyone without
it an excerpt for one unit.

A register is NDJSON with one record for each unit; --field names the member with
the unit's code. The same member is read from the records that arrived.`,
	})
	cmd.AddCommand(a.expect(), a.reportUnits(), a.showUnits(), a.excerpt(), a.prove())
	return cmd
}

// units is how a command finds the codes of units.
type units struct{ register, field string }

func (u *units) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&u.register, "register", "", "NDJSON with one record for each unit that must report")
	cmd.Flags().StringVar(&u.field, "field", "kode_tps", "member of a record that holds the unit's code")
}

func (a *app) expect() *cobra.Command {
	var s side
	var u units
	var dataset, asOf, due, out string
	cmd := &cobra.Command{
		Use:   "expect --register FILE --dataset D --as-of DAY --due TIME --out FILE",
		Short: "Sign which units must report / menandatangani daftar yang wajib melapor",
		Args:  cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "register", "dataset", "as-of", "due", "out", "directory", "anchor", "as", "keys"); err != nil {
				return err
			}
			files := paths{outputs: []string{out}, inputs: []string{u.register, s.directory, s.anchor, s.keys, a.config, a.passphrase}}
			if err := files.check(); err != nil {
				return err
			}
			dueAt, err := time.Parse(time.RFC3339, due)
			if err != nil {
				return cannot("--due ditulis seperti 2024-02-15T00:00:00+07:00", "--due is written as 2024-02-15T00:00:00+07:00", "")
			}
			if _, err := day(asOf); err != nil {
				return err
			}
			if _, err := definition(dataset); err != nil {
				return err
			}
			if err := s.load(a); err != nil {
				return err
			}
			key, err := s.signer(a.now())
			if err != nil {
				return err
			}
			register, err := a.register(u)
			if err != nil {
				return err
			}
			jws, err := register.Expect(completeness.Expectation{
				Issuer: s.party, IssuedAt: a.now().Unix(), Dataset: dataset, LegalDate: asOf, Due: dueAt.Unix(),
			}, key)
			if err != nil {
				return err
			}
			if err := replace(out, handout, append(jws, '\n')); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "%d unit / units, %s, root %s\n", register.Len(), dataset, register.Root())
			return err
		}),
	}
	s.flags(cmd)
	u.flags(cmd)
	cmd.Flags().StringVar(&dataset, "dataset", "", "dataset that the units report, as sirekap/hasil-tps")
	cmd.Flags().StringVar(&asOf, "as-of", "", "legal date of what they report, YYYY-MM-DD")
	cmd.Flags().StringVar(&due, "due", "", "until when it is in time, RFC 3339")
	cmd.Flags().StringVar(&out, "out", "", "file for the signed expectation")
	return cmd
}

func (a *app) reportUnits() *cobra.Command {
	var s side
	var u units
	var expectation, out string
	var inboxes []string
	var level int
	cmd := &cobra.Command{
		Use:   "report --expectation FILE --register FILE --inbox DIR --out FILE",
		Short: "Sign who has reported and who has not / menandatangani laporan kelengkapan",
		Long:  "Reads what \"segel serve\" has written into its folder and signs a line for every unit of the register.",
		Args:  cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "expectation", "register", "inbox", "out", "directory", "anchor", "as", "keys"); err != nil {
				return err
			}
			files := paths{outputs: []string{out}, inputs: []string{expectation, u.register, s.directory, s.anchor, s.keys, a.config, a.passphrase}}
			if err := files.check(); err != nil {
				return err
			}
			if err := s.load(a); err != nil {
				return err
			}
			key, err := s.signer(a.now())
			if err != nil {
				return err
			}
			jws, err := readDocument(expectation)
			if err != nil {
				return err
			}
			expected, err := completeness.OpenExpectation([]byte(strings.TrimSuffix(string(jws), "\n")), s.trusted, a.now())
			if err != nil {
				return err
			}
			register, err := a.register(u)
			if err != nil {
				return err
			}
			tally := completeness.NewTally(register)
			if err := addInboxes(tally, inboxes, expected.Claims(), u.field); err != nil {
				return err
			}
			report, err := tally.Report(expected, s.party, a.now(), key)
			if err != nil {
				return err
			}
			if err := replace(out, private, report.File()); err != nil {
				return err
			}
			return a.completenessOf(report, level)
		}),
	}
	s.flags(cmd)
	u.flags(cmd)
	cmd.Flags().StringVar(&expectation, "expectation", "", "file that \"completeness expect\" made")
	cmd.Flags().StringSliceVar(&inboxes, "inbox", nil, "folder into which \"segel serve\" writes; may be repeated")
	cmd.Flags().IntVar(&level, "level", 0, "sum up by the first so many characters of the code: 2, 4, 6, 10")
	cmd.Flags().StringVar(&out, "out", "", "file for the signed report")
	return cmd
}

func (a *app) showUnits() *cobra.Command {
	var s side
	var u units
	var report, missing, below string
	var level int
	cmd := &cobra.Command{
		Use:   "show --report FILE --register FILE [--level N] [--missing FILE]",
		Short: "Verify a report and sum it up / memeriksa laporan kelengkapan",
		Args:  cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := a.need(cmd, "report", "register", "directory", "anchor"); err != nil {
				return err
			}
			files := paths{outputs: []string{missing}, inputs: []string{report, u.register, s.directory, s.anchor, a.config}}
			if err := files.check(); err != nil {
				return err
			}
			opened, err := a.openUnits(report, u, s)
			if err != nil {
				return err
			}
			if missing != "" {
				var b strings.Builder
				for unit := range opened.Missing(below) {
					b.WriteString(unit + "\n")
				}
				if err := replace(missing, private, []byte(b.String())); err != nil {
					return err
				}
			}
			return a.completenessOf(opened, level)
		}),
	}
	trustFlags(cmd, &s)
	u.flags(cmd)
	cmd.Flags().StringVar(&report, "report", "", "file that \"completeness report\" made")
	cmd.Flags().StringVar(&missing, "missing", "", "write the units that have not reported to this file, one a line")
	cmd.Flags().StringVar(&below, "below", "", "of them, only those whose code begins so")
	cmd.Flags().IntVar(&level, "level", 0, "sum up by the first so many characters of the code: 2, 4, 6, 10")
	return cmd
}

// completenessOf prints a report's counts.
func (a *app) completenessOf(r *completeness.Report, level int) error {
	a.signedBy(r.Summary(), r.Expected())
	areas := []completeness.Area{{Prefix: "", Counts: r.Summary().Counts}}
	if level > 0 {
		areas = append(areas, r.Areas(level)...)
	}
	for _, c := range areas {
		name := c.Prefix
		if name == "" {
			name = "semua / all"
		}
		if err := a.counts(name, c.Counts); err != nil {
			return err
		}
	}
	if n := r.Summary().Unexpected; n > 0 {
		_, err := fmt.Fprintf(a.out, "tidak ada di register / not in the register: %d\n", n)
		return err
	}
	return nil
}

func (a *app) counts(name string, c completeness.Counts) error {
	_, err := fmt.Fprintf(a.out, "%s: wajib / expected %d, melapor / reported %d, terlambat / late %d, dikoreksi / superseded %d, ditarik / retracted %d, belum / missing %d\n",
		name, c.Expected, c.Reported, c.Late, c.Superseded, c.Retracted, c.Missing)
	return err
}

// signedBy prints who says it. All of it was verified.
func (a *app) signedBy(s completeness.Summary, e *completeness.Expected) {
	c := e.Claims()
	fmt.Fprintf(a.err, "%s menyatakan / states, %s: dataset %s, %s; wajib menurut / expected by %s, tenggat / due %s\n",
		s.Issuer, moment(s.IssuedAt), c.Dataset, c.LegalDate, c.Issuer, moment(c.Due))
}

// signer returns the signing key that the directory gives to this party now.
func (s *side) signer(now time.Time) (*envelope.PrivateKey, error) {
	keys, err := ofUse(envelope.UseSign, s.private, s.keys)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(keys, func(k *envelope.PrivateKey) bool {
		_, err := s.trusted.SigningKey(s.party, k.Public().ID(), now, now, now)
		return err == nil
	})
	if i < 0 {
		return nil, cannot("menurut direktori, tidak satu pun kunci ini berlaku sekarang", "in the directory none of these keys is valid now", string(s.party))
	}
	return keys[i], nil
}
