package agreement

import (
	"fmt"
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange/internal/document"
	"github.com/segel-id/segel/internal/form"
	"github.com/segel-id/segel/internal/strictjson"
)

// Bounds of an agreement.
const (
	maxParties  = 64
	maxGrants   = 1024
	maxPurposes = 64
	maxTitle    = 200
)

// Terms are what an agreement says, checked for form. The package doc describes
// each member.
type Terms struct {
	ID         string           // by which a manifest names it
	Title      string           // for people
	Parties    []envelope.Party // all of whom must sign
	Grants     []Grant          // what is allowed, and nothing else is
	ValidFrom  time.Time        // in UTC, the first instant at which it holds
	ValidUntil time.Time        // in UTC, the first instant at which it no longer holds
}

// A Grant allows From to send Dataset to To for each of Purposes.
type Grant struct {
	From     envelope.Party `json:"from"`
	To       envelope.Party `json:"to"`
	Dataset  string         `json:"dataset"` // id, as "sirekap/hasil-tps"
	Purposes []purpose.Code `json:"purposes"`
}

type payload struct {
	ID         string           `json:"id"`
	Title      string           `json:"title"`
	Parties    []envelope.Party `json:"parties"`
	Grants     []Grant          `json:"grants"`
	ValidFrom  string           `json:"validFrom"`
	ValidUntil string           `json:"validUntil"`
}

// parsePayload reads a payload's members, and of their values the id alone.
func parsePayload(text []byte) (p payload, err error) {
	if strictjson.Unmarshal(text, &p) != nil {
		return p, refuse(envelope.ReasonMalformed, "agreement: not exactly the members id, title, parties, grants, validFrom, validUntil")
	}
	if !form.Agreement(p.ID) {
		return p, refuse(envelope.ReasonMalformed, "agreement: id")
	}
	return p, nil
}

// parseTerms reads a payload. Its errors name members, never their values.
func parseTerms(text []byte) (*Terms, error) {
	p, err := parsePayload(text)
	if err != nil {
		return nil, err
	}
	t := &Terms{ID: p.ID, Title: p.Title, Parties: p.Parties, Grants: p.Grants}
	var okFrom, okUntil bool
	t.ValidFrom, okFrom = document.Time(p.ValidFrom)
	t.ValidUntil, okUntil = document.Time(p.ValidUntil)
	fault := ""
	switch {
	case !document.Plain(t.Title, maxTitle):
		fault = "title"
	case len(t.Parties) < 2 || len(t.Parties) > maxParties || !form.Unique(t.Parties) || slices.ContainsFunc(t.Parties, notParty):
		fault = "parties"
	case len(t.Grants) == 0 || len(t.Grants) > maxGrants:
		fault = "grants"
	case !okFrom:
		fault = "validFrom"
	case !okUntil || !t.ValidUntil.After(t.ValidFrom):
		fault = "validUntil"
	}
	if fault != "" {
		return nil, refuse(envelope.ReasonMalformed, "agreement: "+fault)
	}
	for i, g := range t.Grants {
		if fault := g.fault(t.Parties); fault != "" {
			return nil, refuse(envelope.ReasonMalformed, fmt.Sprintf("agreement: grant %d: %s", i+1, fault))
		}
	}
	return t, nil
}

func (g Grant) fault(parties []envelope.Party) string {
	switch {
	case !slices.Contains(parties, g.From):
		return "from is not a party"
	case !slices.Contains(parties, g.To) || g.To == g.From:
		return "to is not another party"
	case !form.Dataset(g.Dataset):
		return "dataset"
	case len(g.Purposes) == 0 || len(g.Purposes) > maxPurposes || !form.Unique(g.Purposes):
		return "purposes"
	case slices.ContainsFunc(g.Purposes, neverGranted):
		return "a purpose that the vocabulary does not have, or forbids"
	}
	return ""
}

// neverGranted reports whether the vocabulary, at whatever time, has no such
// purpose.
func neverGranted(code purpose.Code) bool {
	// The time decides only between the answers that the last case allows.
	_, err := purpose.Default().Lookup(code, time.Time{})
	switch reasonOf(err) {
	case "", purpose.ReasonNotYetValid, purpose.ReasonNoLongerValid:
		return false
	}
	return true
}

func notParty(p envelope.Party) bool { return !form.Party(string(p)) }

func (t *Terms) clone() Terms {
	c := *t
	c.Parties = slices.Clone(t.Parties)
	c.Grants = slices.Clone(t.Grants)
	for i := range c.Grants {
		c.Grants[i].Purposes = slices.Clone(c.Grants[i].Purposes)
	}
	return c
}

func refuse(r envelope.Reason, detail string) error {
	return &envelope.Error{Reason: r, Detail: detail}
}
