package trust

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/internal/document"
	"github.com/segel-id/segel/internal/form"
	"github.com/segel-id/segel/internal/strictjson"
)

// Bounds of a directory.
const (
	maxParties    = 1024
	maxKeys       = 64 // of one party
	maxEndpoints  = 8
	maxEndpoint   = 1024 // bytes
	maxName       = 200  // characters
	maxAgreements = 1024

	// MaxLife bounds the time from a directory's issue to its expiry, so that
	// an old one cannot be played back for ever.
	MaxLife = 366 * 24 * time.Hour
)

// optional is the text of a member that may be missing. It is never empty:
// a member that is there says something.
type optional string

// UnmarshalText refuses the empty text.
func (o *optional) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return strictjson.Err
	}
	*o = optional(text)
	return nil
}

// The payload, member by member.
type (
	payload struct {
		V          int            `json:"v"`
		Version    int64          `json:"version"`
		IssuedAt   string         `json:"issuedAt"`
		Expires    string         `json:"expires"`
		Previous   optional       `json:"previous,omitempty"`
		Parties    []partyPayload `json:"parties"`
		Agreements []string       `json:"agreements"`
	}
	partyPayload struct {
		ID        envelope.Party `json:"id"`
		Name      *purpose.Text  `json:"name,omitempty"`
		Successor optional       `json:"successor,omitempty"`
		Endpoints []string       `json:"endpoints,omitempty"`
		Keys      []keyPayload   `json:"keys"`
	}
	keyPayload struct {
		JWK             json.RawMessage `json:"jwk"`
		SignFrom        optional        `json:"signFrom,omitempty"`
		SignUntil       optional        `json:"signUntil,omitempty"`
		AcceptUntil     optional        `json:"acceptUntil,omitempty"`
		EncryptFrom     optional        `json:"encryptFrom,omitempty"`
		EncryptUntil    optional        `json:"encryptUntil,omitempty"`
		CompromisedFrom optional        `json:"compromisedFrom,omitempty"`
		Possession      string          `json:"possession"`
	}
)

// parse reads a directory's payload and checks everything in it that needs no
// anchor and no clock. Errors name members and places, never values.
func parse(text []byte) (*Directory, error) {
	var p payload
	if strictjson.Unmarshal(text, &p) != nil {
		return nil, malformed("not exactly the members of a directory")
	}
	d := &Directory{version: p.Version, previous: string(p.Previous)}
	var okIssued, okExpires bool
	d.issuedAt, okIssued = document.Time(p.IssuedAt)
	d.expires, okExpires = document.Time(p.Expires)
	switch {
	case p.V > 1:
		return nil, refuse(envelope.ReasonNewerVersion, "directory")
	case p.V != 1:
		return nil, malformed("v")
	case p.Version < 1:
		return nil, malformed("version")
	case !okIssued || !okExpires || !d.expires.After(d.issuedAt) || d.expires.Sub(d.issuedAt) > MaxLife:
		return nil, malformed("issuedAt, expires")
	case (p.Version == 1) != (p.Previous == "") || p.Previous != "" && !form.Digest(d.previous):
		return nil, malformed("previous")
	case len(p.Parties) == 0 || len(p.Parties) > maxParties:
		return nil, malformed("parties")
	case len(p.Agreements) > maxAgreements:
		return nil, malformed("agreements")
	}
	for i, pp := range p.Parties {
		party, fault := pp.party()
		if fault != "" {
			return nil, malformed("party %d: %s", i+1, fault)
		}
		d.parties = append(d.parties, party)
	}
	for i, file := range p.Agreements {
		id, err := agreement.ID([]byte(file))
		if err != nil {
			return nil, refuse(envelope.ReasonOf(err), fmt.Sprintf("directory: agreement %d: not a signed agreement", i+1))
		}
		d.agreements = append(d.agreements, embedded{id, []byte(file)})
	}
	return d, d.index()
}

func (p partyPayload) party() (Party, string) {
	party := Party{ID: p.ID, Successor: envelope.Party(p.Successor), Endpoints: p.Endpoints}
	if _, err := envelope.ParseParty(string(p.ID)); err != nil {
		return party, "id"
	}
	if p.Name != nil {
		party.Name = *p.Name
		if !document.Plain(p.Name.ID, maxName) || !document.Plain(p.Name.EN, maxName) {
			return party, "name"
		}
	}
	if len(p.Endpoints) > maxEndpoints {
		return party, "endpoints"
	}
	for _, e := range p.Endpoints {
		if !IsEndpoint(e) {
			return party, "endpoints: not an https URL, nor http to a loopback address"
		}
	}
	if len(p.Keys) == 0 || len(p.Keys) > maxKeys {
		return party, "keys"
	}
	for i, kp := range p.Keys {
		key, fault := kp.key()
		if fault != "" {
			return party, fmt.Sprintf("key %d: %s", i+1, fault)
		}
		party.Keys = append(party.Keys, key)
	}
	return party, ""
}

func (k keyPayload) key() (Key, string) {
	public, err := envelope.ParsePublicKey(k.JWK)
	if err != nil {
		return Key{}, "jwk"
	}
	key := Key{Public: public, Possession: k.Possession}
	var ok [4]bool
	if public.Use() == envelope.UseSign {
		key.From, ok[0] = moment(k.SignFrom)
		key.Until, ok[1] = moment(k.SignUntil)
		key.AcceptUntil, ok[2] = moment(k.AcceptUntil)
		if !ok[0] || !ok[1] || !ok[2] || k.EncryptFrom != "" || k.EncryptUntil != "" ||
			!key.Until.After(key.From) || key.AcceptUntil.Before(key.Until) {
			return Key{}, "signFrom, signUntil, acceptUntil"
		}
	} else {
		key.From, ok[0] = moment(k.EncryptFrom)
		key.Until, ok[1] = moment(k.EncryptUntil)
		if !ok[0] || !ok[1] || k.SignFrom != "" || k.SignUntil != "" || k.AcceptUntil != "" || !key.Until.After(key.From) {
			return Key{}, "encryptFrom, encryptUntil"
		}
	}
	if k.CompromisedFrom != "" {
		if key.CompromisedFrom, ok[3] = moment(k.CompromisedFrom); !ok[3] {
			return Key{}, "compromisedFrom"
		}
	}
	return key, ""
}

func moment(o optional) (time.Time, bool) { return document.Time(string(o)) }

// IsEndpoint reports whether a text can be an endpoint of a party: an absolute
// https URL of at most 1024 bytes of printable ASCII that has one reading, with no
// user, no query, no fragment, and nothing that a URL parser would write in another
// way. http is for trials on one machine, so only with a literal loopback address:
// whoever answers for a name decides where it leads.
func IsEndpoint(s string) bool {
	if len(s) > maxEndpoint || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return false
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(s, "?#") || u.String() != s {
		return false
	}
	if u.Scheme == "http" {
		a, err := netip.ParseAddr(u.Hostname())
		return err == nil && a.Unmap().IsLoopback()
	}
	return u.Scheme == "https"
}

// marshal writes the payload that parse reads.
func (d Draft) marshal() ([]byte, error) {
	p := payload{V: 1, Version: d.Version, IssuedAt: document.FormatTime(d.IssuedAt), Expires: document.FormatTime(d.Expires),
		Previous: optional(d.Previous), Parties: []partyPayload{}, Agreements: []string{}}
	for _, party := range d.Parties {
		pp := partyPayload{ID: party.ID, Successor: optional(party.Successor), Endpoints: party.Endpoints, Keys: []keyPayload{}}
		if party.Name != (purpose.Text{}) {
			pp.Name = &party.Name
		}
		for _, k := range party.Keys {
			kp, err := k.marshal()
			if err != nil {
				return nil, err
			}
			pp.Keys = append(pp.Keys, kp)
		}
		p.Parties = append(p.Parties, pp)
	}
	for _, file := range d.Agreements {
		p.Agreements = append(p.Agreements, string(file))
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, refuse(envelope.ReasonMisuse, "directory")
	}
	return text, nil
}

func (k Key) marshal() (keyPayload, error) {
	if k.Public == nil {
		return keyPayload{}, refuse(envelope.ReasonMisuse, "directory: an entry without a key")
	}
	jwk, err := k.Public.MarshalJSON()
	if err != nil {
		return keyPayload{}, refuse(envelope.ReasonMisuse, "directory: key")
	}
	p := keyPayload{JWK: jwk, CompromisedFrom: optional(document.FormatTime(k.CompromisedFrom)), Possession: k.Possession}
	if k.Public.Use() == envelope.UseSign {
		p.SignFrom, p.SignUntil, p.AcceptUntil = optional(document.FormatTime(k.From)), optional(document.FormatTime(k.Until)), optional(document.FormatTime(k.AcceptUntil))
		return p, nil
	}
	if !k.AcceptUntil.IsZero() {
		return keyPayload{}, refuse(envelope.ReasonMisuse, "directory: an encryption key has no AcceptUntil")
	}
	p.EncryptFrom, p.EncryptUntil = optional(document.FormatTime(k.From)), optional(document.FormatTime(k.Until))
	return p, nil
}

func malformed(format string, args ...any) error {
	return refuse(envelope.ReasonMalformed, "directory: "+fmt.Sprintf(format, args...))
}
