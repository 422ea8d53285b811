package agreement

import (
	"errors"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/internal/document"
)

// Unverified is an agreement whose form was checked and whose signatures were
// not. Show it; decide nothing with it. It is immutable and may be used
// concurrently.
type Unverified struct {
	doc   *document.Document
	terms *Terms
}

// Parse reads an agreement, signed or still a plain JSON object, without
// verifying who signed it. The error has [envelope.ReasonMalformed],
// [envelope.ReasonTooLarge] or [envelope.ReasonNewerVersion].
func Parse(file []byte) (*Unverified, error) {
	parse := document.New
	if document.IsSigned(document.Agreement, file) {
		parse = document.Parse
	} else if len(file) == 0 {
		return nil, refuse(envelope.ReasonMalformed, "agreement: empty")
	}
	doc, err := parse(document.Agreement, file)
	if err != nil {
		return nil, err
	}
	terms, err := parseTerms(doc.Payload())
	if err != nil {
		return nil, err
	}
	return &Unverified{doc, terms}, nil
}

// Terms returns what the agreement says.
func (u *Unverified) Terms() Terms { return u.terms.clone() }

// Digest returns the digest that a manifest names it by.
func (u *Unverified) Digest() string { return u.doc.Digest() }

// Signers returns the thumbprints of the keys that signed it by its own
// account, which nobody has proven. It is empty for a plain JSON object.
func (u *Unverified) Signers() []string { return u.doc.Signers() }

// ID returns the id of a signed agreement and checks nothing but the file's form
// and its members. A directory uses it, so that an agreement which this version
// cannot read, because of a purpose that it does not know yet, does not take
// the other agreements with it.
func ID(file []byte) (string, error) {
	doc, err := document.Parse(document.Agreement, file)
	if err != nil {
		return "", err
	}
	p, err := parsePayload(doc.Payload())
	return p.ID, err
}

// Sign adds a party's signature to file, a plain JSON object or an agreement
// that others have signed, and returns the new file. The payload's bytes stay
// as they are.
//
// The error has the reasons of [Parse], or [envelope.ReasonMisuse] if as is not
// a party of the agreement, key is not a signing key, or key has signed it
// already. Whether the directory gave key to as is found out by [Open]; so are
// the other signatures, which Sign does not verify.
func Sign(file []byte, as envelope.Party, key *envelope.PrivateKey) ([]byte, error) {
	u, err := Parse(file)
	if err != nil {
		return nil, err
	}
	if !contains(u.terms.Parties, as) {
		return nil, refuse(envelope.ReasonMisuse, "only a party of the agreement signs it")
	}
	signed, err := u.doc.Sign(key)
	if err != nil {
		return nil, err
	}
	return signed.File(), nil
}

// Keys tells which keys may sign agreements for a party. A directory
// (exchange/trust) does.
type Keys interface {
	// AgreementKey returns party's signing key of that thumbprint if it is
	// accepted at that time and was never marked compromised. The error MUST have
	// ReasonUnknownKey if the key is not one of party's, and ReasonKeyNotValid if
	// it is, but does not count. It MUST be safe for concurrent use.
	AgreementKey(party envelope.Party, keyID string, at time.Time) (*envelope.PublicKey, error)
}

// Agreement is an agreement that every one of its parties signed. Only [Open]
// makes one; nil and the zero value allow nothing. It is immutable and may be
// used concurrently.
type Agreement struct {
	terms  *Terms
	digest string
}

// Open reads a signed agreement and verifies the signature of every party under
// the keys that were accepted at that time; the package doc says which
// signatures count. Whether it is in force is for [Agreement.Decide].
//
// The error has the reasons of [Parse], [envelope.ReasonNoAgreement] if a
// party's signature is missing or wrong or a stranger signed too,
// [envelope.ReasonMisuse] without keys or a time, or whatever else keys
// answered.
func Open(file []byte, keys Keys, at time.Time) (*Agreement, error) {
	if keys == nil || at.IsZero() {
		return nil, refuse(envelope.ReasonMisuse, "agreement: keys and a time are needed")
	}
	doc, err := document.Parse(document.Agreement, file)
	if err != nil {
		return nil, err
	}
	terms, err := parseTerms(doc.Payload())
	if err != nil {
		return nil, err
	}
	signed := make(map[envelope.Party]bool, len(terms.Parties))
	for _, kid := range doc.Signers() {
		party, key, err := signer(terms.Parties, kid, keys, at)
		if err != nil {
			return nil, err
		}
		if key == nil {
			continue // a party's key that does not count
		}
		if doc.Verify(key) != nil {
			return nil, refuse(envelope.ReasonNoAgreement, "a signature does not verify")
		}
		signed[party] = true
	}
	for _, p := range terms.Parties {
		if !signed[p] {
			return nil, refuse(envelope.ReasonNoAgreement, "not signed by every party with a key that is accepted")
		}
	}
	return &Agreement{terms, doc.Digest()}, nil
}

// signer returns the one party that a signature counts for and its key. The key
// is nil if it is a party's but does not count.
func signer(parties []envelope.Party, kid string, keys Keys, at time.Time) (envelope.Party, *envelope.PublicKey, error) {
	known := false
	for _, p := range parties {
		key, err := keys.AgreementKey(p, kid, at)
		switch envelope.ReasonOf(err) {
		case "":
			if key == nil || key.ID() != kid || key.Use() != envelope.UseSign {
				return "", nil, refuse(envelope.ReasonUnavailable, "keys: an answer without the key that was asked for")
			}
			return p, key, nil
		case envelope.ReasonUnknownKey:
		case envelope.ReasonKeyNotValid:
			known = true
		default:
			if e, ok := errors.AsType[*envelope.Error](err); ok {
				return "", nil, e
			}
			return "", nil, refuse(envelope.ReasonUnavailable, "keys")
		}
	}
	if !known {
		return "", nil, refuse(envelope.ReasonNoAgreement, "signed by somebody who is not one of its parties")
	}
	return "", nil, nil
}

// ID returns the identifier that a manifest names it by, beside the digest.
func (a *Agreement) ID() string {
	if a == nil || a.terms == nil {
		return ""
	}
	return a.terms.ID // asked for with every envelope: no copy of the rest
}

// Digest returns the digest that a manifest names it by.
func (a *Agreement) Digest() string {
	if a == nil {
		return ""
	}
	return a.digest
}

// Title returns its title for people.
func (a *Agreement) Title() string { return a.get().Title }

// Parties returns its parties.
func (a *Agreement) Parties() []envelope.Party { return a.get().Parties }

// Grants returns its grants.
func (a *Agreement) Grants() []Grant { return a.get().Grants }

// ValidFrom returns the first instant at which it holds.
func (a *Agreement) ValidFrom() time.Time { return a.get().ValidFrom }

// ValidUntil returns the first instant at which it no longer holds.
func (a *Agreement) ValidUntil() time.Time { return a.get().ValidUntil }

// get returns a copy of the terms, empty for an agreement that nobody made.
func (a *Agreement) get() Terms {
	if a == nil || a.terms == nil {
		return Terms{}
	}
	return a.terms.clone()
}
