package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// sealing is what seal and send have in common: which records, for whom, for what
// and under which agreement.
type sealing struct {
	me                                                  side
	to                                                  []string
	dataset, code, agreement, mapping, in, asOf, report string
	validFor                                            time.Duration
	supersedes, reason, answers                         string
	retract, allowEmpty                                 bool
	media, compress                                     string
	inlineLimit                                         int

	recipients []envelope.Party
	inReplyTo  *envelope.Reference
	input      *records
	done       func() // ends what shows the progress
}

func (s *sealing) flags(cmd *cobra.Command) {
	s.me.flags(cmd)
	cmd.Flags().StringSliceVar(&s.to, "to", nil, "recipients, as bawaslu/pengawasan")
	cmd.Flags().StringVar(&s.dataset, "dataset", "", "dataset, as sirekap/hasil-tps")
	cmd.Flags().StringVar(&s.code, "purpose", "", "purpose, as AWAS-TAHAPAN")
	cmd.Flags().StringVar(&s.agreement, "agreement", "", "id of the agreement, which the directory holds")
	cmd.Flags().StringVar(&s.mapping, "map", "", "column mapping: --in is CSV")
	cmd.Flags().DurationVar(&s.validFor, "valid-for", envelope.DefaultLifetime, "how long it may be opened, at most 720h")
	cmd.Flags().StringVar(&s.asOf, "as-of", "", "legal date of records that carry none, YYYY-MM-DD")
	cmd.Flags().StringVar(&s.report, "report", "", "write all findings to this file, as JSON")
	cmd.Flags().StringVar(&s.in, "in", "", "records")
	cmd.Flags().StringVar(&s.media, "media", "", "media type, as application/pdf: --in is one document, not records")
	cmd.Flags().StringVar(&s.compress, "compress", "", "zstd or none, for what is larger than --inline-limit; by itself zstd for public datasets alone")
	cmd.Flags().IntVar(&s.inlineLimit, "inline-limit", envelope.DefaultInline, "how many bytes of content travel within the token, at most 4194304")
	cmd.Flags().BoolVar(&s.allowEmpty, "allow-empty", false, "seal no record at all, on purpose")
	cmd.Flags().StringVar(&s.supersedes, "supersedes", "", "id of the envelope that this one corrects, or retracts with --retract")
	cmd.Flags().StringVar(&s.reason, "reason", "", "why, for people: one line of at most 200 characters")
	cmd.Flags().BoolVar(&s.retract, "retract", false, "retract that envelope and put nothing in its place; without --in")
	cmd.Flags().StringVar(&s.answers, "in-reply-to", "", "request that this answers, as ID:DIGEST")
}

// check refuses a command line that cannot be meant, before anything is looked
// at. more are the flags that this command needs besides.
func (s *sealing) check(a *app, cmd *cobra.Command, more ...string) (err error) {
	needed := []string{"directory", "anchor", "as", "keys", "to", "dataset", "purpose", "agreement"}
	if !s.retract {
		needed = append(needed, "in")
	}
	if s.retract || cmd.Flags().Changed("supersedes") || cmd.Flags().Changed("reason") {
		needed = append(needed, "supersedes", "reason")
	}
	if err := a.need(cmd, append(needed, more...)...); err != nil {
		return err
	}
	if s.validFor < time.Second || s.validFor > envelope.MaxLifetime {
		return cannot("--valid-for adalah 1s sampai 720h", "--valid-for is 1s to 720h", "")
	}
	if s.recipients, err = parties(s.to); err != nil {
		return err
	}
	if _, err := day(s.asOf); err != nil {
		return err
	}
	if err := s.checkReferences(cmd); err != nil {
		return err
	}
	switch {
	case s.inlineLimit < 1 || s.inlineLimit > envelope.MaxInline:
		return cannot("--inline-limit adalah 1 sampai 4194304 byte", "--inline-limit is 1 to 4194304 bytes", "")
	case s.compress != "" && s.compress != string(envelope.CodecZstd) && s.compress != string(envelope.CodecNone):
		return cannot("--compress adalah zstd atau none", "--compress is zstd or none", "")
	case s.media == envelope.MediaRecords, s.media != "" && (s.mapping != "" || s.report != "" || s.asOf != "" || s.retract || s.allowEmpty):
		return cannot("--media menyegel satu dokumen; --map, --report, --as-of, --retract dan --allow-empty adalah untuk rekaman", "--media seals one document; --map, --report, --as-of, --retract and --allow-empty are for records", "")
	}
	return known(purpose.Code(s.code), a.now())
}

// inputs are the files that are read.
func (s *sealing) inputs(a *app) []string {
	return []string{s.in, s.mapping, s.me.keys, s.me.directory, s.me.anchor, a.config, a.passphrase}
}

// open opens the records; a retraction has none.
func (s *sealing) open(a *app) (err error) {
	if s.retract {
		s.input = &records{Closer: io.NopCloser(nil), rest: strings.NewReader(""), size: -1}
		return nil
	}
	s.input, err = a.records(s.in)
	return err
}

func (s *sealing) request() exchange.Request {
	return exchange.Request{To: s.recipients, Dataset: s.dataset, Purpose: purpose.Code(s.code), Agreement: s.agreement}
}

// preflight says why the sealing is not allowed, and what would help.
func (s *sealing) preflight(ctx context.Context, sender *exchange.Sender) error {
	if d := sender.Preflight(ctx, s.request()); !d.Allowed {
		return &stopped{exitRefused, string(d.Reason), d.Why.ID + " " + d.Help.ID, d.Why.EN + " " + d.Help.EN, ""}
	}
	return nil
}

// shipment is what is to be sealed. box is the outbox in which a superseded
// envelope may stand, nil if there is none; store is its file.
func (s *sealing) shipment(ctx context.Context, a *app, box exchange.Outbox, store string) (exchange.Shipment, error) {
	ship := exchange.Shipment{Request: s.request(), ValidFor: s.validFor, AsOf: s.asOf, InReplyTo: s.inReplyTo,
		InlineLimit: s.inlineLimit, Codec: envelope.Codec(s.compress)}
	def, err := definition(s.dataset)
	if err != nil {
		return ship, err
	}
	s.input.rest, s.done = a.watch(s.input.rest, s.input.size, "menyegel / sealing")
	if s.media != "" {
		ship.Document, ship.Media = s.input, s.media
		ship.Corrects, err = s.correction(ctx, box, store)
		return ship, err
	}
	if ship.Records, err = source(s.input, s.mapping, def); err != nil {
		s.input.hint(a.err, s.mapping)
		return ship, err
	}
	ship.NotEmpty = !s.retract && !s.allowEmpty
	ship.Corrects, err = s.correction(ctx, box, store)
	return ship, err
}

// sender is the sealing side of a command.
func (a *app) sender(me *side, journal exchange.Journal, transport exchange.Transport) (*exchange.Sender, error) {
	return exchange.NewSender(exchange.SenderConfig{
		Party: me.party, Keys: me.private, Directory: me.trusted,
		Definitions: election.Registry(), Journal: journal, Transport: transport, Clock: a.now,
	})
}

// unsealed says why records were not sealed.
func (s *sealing) unsealed(a *app, err error, found *schema.Report) error {
	if s.input.failed != nil {
		return s.input.failed
	}
	if found != nil && found.Records == 0 && !s.retract && !s.allowEmpty {
		return cannot("tidak ada satu rekaman pun; --allow-empty menyegel kekosongan dengan sengaja", "no record at all; --allow-empty seals nothing on purpose", s.in)
	}
	if found != nil {
		if err := writeReport(s.report, found); err != nil {
			return err
		}
	}
	showBroken(a.err, found)
	if !s.retract && s.media == "" {
		s.input.hint(a.err, s.mapping)
	}
	return err
}

// sealed tells what was sealed: public identifiers and counts.
func (s *sealing) sealed(a *app, e *envelope.Sealed, found *schema.Report) {
	m := e.Manifest()
	fmt.Fprintf(a.err, "disegel / sealed: %s\n", m.ID)
	fmt.Fprintf(a.err, "digest: %s\n", e.Digest())
	a.references(m)
	fmt.Fprintf(a.err, "berlaku sampai / expires: %s%s\n", moment(m.Expires), grace)
	if found == nil {
		a.document(e.Manifest().Content, e.Closing())
		return
	}
	a.counted(found, s.report, s.retract)
}

// document tells what a document is: its type and size.
func (a *app) document(c envelope.Content, closing *envelope.Closing) {
	size := c.Bytes
	if closing != nil {
		size = closing.Bytes
	}
	fmt.Fprintf(a.err, "dokumen / document: %s, %d bytes; tidak diperiksa / not checked\n", c.Media, size)
}

// grace says by how much an opener widens an envelope's time.
const grace = " (+ 2 menit kelonggaran jam / minutes of clock skew)"

// counted tells how many records there are and what was found in them.
func (a *app) counted(r *schema.Report, report string, retracts bool) {
	fmt.Fprintf(a.err, "rekaman / records: %d\n", r.Records)
	fmt.Fprintf(a.err, "temuan / findings: %d%s\n", r.Findings, perRule(r.ByRule))
	if len(r.Notices) > 0 {
		fmt.Fprintf(a.err, "catatan / notices:%s\n", perRule(r.Notices))
	}
	if !retracts {
		a.remark(r, report)
	}
}

// remark prints what a person may overlook: that there are no records, or that
// there is more to be seen.
func (a *app) remark(r *schema.Report, report string) {
	if r.Records == 0 {
		fmt.Fprintln(a.err, "catatan / note: tidak ada satu rekaman pun / there is not one record")
	}
	if report == "" && r.Findings+len(r.Notices) > 0 {
		fmt.Fprintln(a.err, "petunjuk / hint: rincian temuan dengan --report FILE / --report FILE gets the findings one by one")
	}
}

func perRule(n map[string]int) string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(n)) {
		fmt.Fprintf(&b, " %s:%d", id, n[id])
	}
	return b.String()
}
