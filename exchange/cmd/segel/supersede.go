package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/form"
)

// maxReason is how many characters the reason of a correction has at most.
const maxReason = 200

// checkReferences refuses flags that name other envelopes in a way that cannot be
// meant.
func (s *sealing) checkReferences(cmd *cobra.Command) error {
	switch {
	case s.retract && s.in != "":
		return cannot("penarikan tidak memuat rekaman: --retract tanpa --in", "a retraction has no records: --retract goes without --in", "")
	case s.retract && s.mapping != "":
		return cannot("penarikan tidak memuat rekaman: --retract tanpa --map", "a retraction has no records: --retract goes without --map", "")
	case s.supersedes != "" && !form.ID(s.supersedes):
		return cannot("--supersedes adalah id segel, seperti yang dicetak seal dan send", "--supersedes is the id of an envelope, as seal and send print it", "")
	case s.supersedes != "" && !oneLine(s.reason):
		return cannot("--reason satu baris, paling banyak 200 karakter", "--reason is one line of at most 200 characters", "")
	}
	if !cmd.Flags().Changed("in-reply-to") {
		return nil
	}
	id, digest, _ := strings.Cut(s.answers, ":")
	if !form.ID(id) || !form.Digest(digest) {
		return cannot("--in-reply-to ditulis ID:DIGEST, id dan digest segel permintaan", "--in-reply-to is written ID:DIGEST, the id and digest of the request's envelope", "")
	}
	s.inReplyTo = &envelope.Reference{ID: id, Digest: digest}
	return nil
}

func oneLine(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxReason && strings.TrimSpace(s) != "" &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// correction returns what the shipment supersedes, nil if it does nothing of the
// kind. The outbox has every parcel with its line; without it, or if it was
// purged there, the journal has it.
func (s *sealing) correction(ctx context.Context, box exchange.Outbox, store string) (*exchange.Correction, error) {
	if s.supersedes == "" {
		return nil, nil
	}
	of, err := s.posted(ctx, box)
	if err == nil && of == nil {
		of, err = s.entered(filepath.Join(s.me.journalFolder(store), "journal.ndjson"))
	}
	switch {
	case err != nil:
		return nil, err
	case of == nil:
		return nil, cannot("segel yang hendak digantikan tidak tercatat di sini: periksa id, --store dan --journal",
			"the envelope to supersede is not on record here: check the id, --store and --journal", s.supersedes)
	}
	return &exchange.Correction{Of: *of, Reason: s.reason, Retracts: s.retract}, nil
}

// posted looks the superseded envelope up in the outbox.
func (s *sealing) posted(ctx context.Context, box exchange.Outbox) (*exchange.Sent, error) {
	if box == nil {
		return nil, nil
	}
	parcels, err := parcelsOf(ctx, box, exchange.Key{Sender: s.me.party, ID: s.supersedes})
	if err != nil || len(parcels) == 0 {
		return nil, err
	}
	var to []envelope.Party
	for _, p := range parcels {
		to = append(to, p.Recipient)
	}
	of := parcels[0]
	switch {
	case of.Dataset != "" && of.Dataset != s.dataset:
		return nil, otherDataset(of.Dataset)
	case of.Channel != exchange.ChannelOf(s.me.party, s.dataset, s.recipients):
		return nil, otherRecipients(to)
	}
	all, err := listParcels(ctx, box)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.Sender == of.Sender && p.Channel == of.Channel && p.Line.First == of.Line.First && p.Line.Revision > of.Line.Revision {
			return nil, supersededBy(p.ID)
		}
	}
	return &of.Sent, nil
}

// An entry is what the journal of a sender tells of one sealing.
type entry struct {
	Event      exchange.Event   `json:"event"`
	To         []envelope.Party `json:"to"`
	ID         string           `json:"id"`
	Digest     string           `json:"digest"`
	Dataset    string           `json:"dataset"`
	Supersedes string           `json:"supersedes"`
}

// entered looks the superseded envelope up in the journal, which this process
// holds and has verified, and walks its line back to the first revision.
func (s *sealing) entered(path string) (*exchange.Sent, error) {
	of, later, err := sealedEntry(path, s.supersedes)
	if of == nil || err != nil {
		return nil, err
	}
	switch {
	case of.Dataset != s.dataset:
		return nil, otherDataset(of.Dataset)
	case exchange.ChannelOf(s.me.party, of.Dataset, of.To) != exchange.ChannelOf(s.me.party, s.dataset, s.recipients):
		return nil, otherRecipients(of.To)
	case later != "":
		return nil, supersededBy(later)
	}
	line := exchange.Line{First: of.ID}
	for at := of; at.Supersedes != ""; line.Revision++ {
		line.First = at.Supersedes
		if at, _, err = sealedEntry(path, at.Supersedes); err != nil {
			return nil, err
		}
		if at == nil {
			return nil, cannot("jurnal ini tidak memuat asal-usul segel yang hendak digantikan", "this journal does not have the line of the envelope to supersede", s.supersedes)
		}
	}
	return &exchange.Sent{
		Key: exchange.Key{Sender: s.me.party, ID: of.ID}, Digest: of.Digest, Line: line,
		Channel: exchange.ChannelOf(s.me.party, of.Dataset, of.To),
	}, nil
}

// sealedEntry reads a journal from its beginning for the sealing of an envelope,
// nil if it has none, and for the latest one that supersedes it. It keeps nothing
// else, because journals are long.
func sealedEntry(path, id string) (found *entry, later string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	for {
		text, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return found, later, nil
		}
		if err != nil {
			return nil, "", err
		}
		var e entry
		if json.Unmarshal(text, &e) != nil || e.Event != exchange.EventSealed {
			continue
		}
		if e.ID == id {
			found = &e
		}
		if e.Supersedes == id {
			later = e.ID
		}
	}
}

func otherDataset(dataset string) error {
	return cannot("koreksi memuat dataset yang sama dengan yang digantikannya", "a correction is of the same dataset as what it supersedes", dataset)
}

func otherRecipients(to []envelope.Party) error {
	names := make([]string, len(to))
	for i, p := range to {
		names[i] = string(p)
	}
	return cannot("koreksi ditujukan kepada penerima yang sama dengan yang digantikannya", "a correction is for the same recipients as what it supersedes", strings.Join(names, ", "))
}

func supersededBy(id string) error {
	return cannot("segel itu sudah digantikan; gantikan yang terakhir", "that envelope was superseded already; supersede the latest", id)
}

// references tells people which other envelopes an envelope speaks of. All of it
// is ids whose form was checked.
func (a *app) references(m *envelope.Manifest) {
	for _, r := range remarksOn(m) {
		fmt.Fprintf(a.err, "%s: %s / %s\n", r.Code, r.ID, r.EN)
	}
}

// remarksOn says in words which other envelopes a manifest speaks of.
func remarksOn(m *envelope.Manifest) []envelope.Statement {
	var all []envelope.Statement
	if s := m.Supersedes; s != nil && m.Content.Records == 0 {
		all = append(all, envelope.Statement{Code: "retracts",
			ID: "Segel ini menarik kembali segel " + s.ID + " tanpa pengganti.",
			EN: "It retracts envelope " + s.ID + ", and nothing takes its place."})
	} else if s != nil {
		all = append(all, envelope.Statement{Code: "corrects",
			ID: "Segel ini mengoreksi segel " + s.ID + "; pakai yang ini sebagai gantinya.",
			EN: "It corrects envelope " + s.ID + "; use this one in its place."})
	}
	if r := m.InReplyTo; r != nil {
		all = append(all, envelope.Statement{Code: "answers",
			ID: "Segel ini menjawab permintaan " + r.ID + ".", EN: "It answers request " + r.ID + "."})
	}
	return all
}
