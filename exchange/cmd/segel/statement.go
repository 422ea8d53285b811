package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/schema"
)

// statement is what an opening proved and what it did not.
type statement struct {
	Proof             envelope.Proof
	Proven, NotProven []envelope.Statement
}

// opened prints a statement for people. All texts in it were verified to be
// identifiers that the directory, the vocabulary or a definition knows.
func (a *app) opened(s statement) {
	m := s.Proof.Manifest
	fmt.Fprintf(a.err, "dibuka / opened: %s %s\n", m.Sender, m.ID)
	fmt.Fprintf(a.err, "digest: %s\n", s.Proof.Digest)
	fmt.Fprintf(a.err, "dataset %s %s, tujuan / purpose %s, perjanjian / agreement %s\n", m.Dataset.ID, m.Dataset.Version, m.Purpose, m.Agreement.ID)
	fmt.Fprintf(a.err, "disegel / sealed: %s, berlaku sampai / expires: %s%s\n", moment(m.IssuedAt), moment(m.Expires), grace)
	a.references(m)
	fmt.Fprintln(a.err, "terbukti / proven:")
	for _, p := range s.Proven {
		fmt.Fprintf(a.err, "  %s: %s / %s\n", p.Code, p.ID, p.EN)
	}
	fmt.Fprintln(a.err, "TIDAK terbukti / NOT proven:")
	for _, p := range s.NotProven {
		fmt.Fprintf(a.err, "  %s: %s / %s\n", p.Code, p.ID, p.EN)
	}
}

func moment(numericDate int64) string { return time.Unix(numericDate, 0).UTC().Format(time.RFC3339) }

// marshal returns the statement and the check of the records as JSON.
func (s statement) marshal(report *schema.Report) ([]byte, error) {
	check, err := report.DetailsJSON()
	if err != nil {
		return nil, err
	}
	type said struct {
		Code string `json:"code"`
		ID   string `json:"id"`
		EN   string `json:"en"`
	}
	list := func(all []envelope.Statement) []said {
		out := []said{}
		for _, p := range all {
			out = append(out, said(p))
		}
		return out
	}
	m := s.Proof.Manifest
	text, err := json.MarshalIndent(struct {
		Sender     envelope.Party         `json:"sender"`
		ID         string                 `json:"id"`
		Digest     string                 `json:"digest"`
		Recipient  envelope.Party         `json:"recipient"`
		SignedBy   string                 `json:"signed_by"`
		OpenedWith string                 `json:"opened_with"`
		IssuedAt   string                 `json:"issued_at"`
		Expires    string                 `json:"expires"`
		JudgedAsOf string                 `json:"judged_as_of"`
		Dataset    string                 `json:"dataset"`
		Version    string                 `json:"dataset_version"`
		AsOf       string                 `json:"as_of,omitempty"`
		Purpose    string                 `json:"purpose"`
		Agreement  string                 `json:"agreement"`
		Retracts   bool                   `json:"retracts"`
		Supersedes *envelope.Supersession `json:"supersedes,omitempty"`
		InReplyTo  *envelope.Reference    `json:"inReplyTo,omitempty"`
		Remarks    []said                 `json:"remarks"`
		Proven     []said                 `json:"proven"`
		NotProven  []said                 `json:"not_proven"`
		Check      json.RawMessage        `json:"check"`
	}{
		m.Sender, m.ID, s.Proof.Digest, s.Proof.Party, s.Proof.SignedBy, s.Proof.OpenedWith,
		moment(m.IssuedAt), moment(m.Expires), s.Proof.AsOf.UTC().Format(time.RFC3339),
		m.Dataset.ID, m.Dataset.Version, m.AsOf, string(m.Purpose), m.Agreement.ID,
		m.Supersedes != nil && m.Content.Records == 0, m.Supersedes, m.InReplyTo,
		list(remarksOn(m)), list(s.Proven), list(s.NotProven), check,
	}, "", "  ")
	return append(text, '\n'), err
}
