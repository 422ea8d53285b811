package trust

import (
	"bytes"
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/internal/document"
)

// A Directory is a directory that its anchors signed and whose content was
// checked. Only [Open] makes one; the look-ups of a nil one refuse. It is immutable and may be
// used concurrently.
type Directory struct {
	digest, previous  string
	version           int64
	issuedAt, expires time.Time
	parties           []Party
	agreements        []embedded
	byParty           map[envelope.Party]*Party
	byKey             map[string]owned
}

type embedded struct {
	id   string
	file []byte
}

// owned is a key with the party that it was given to.
type owned struct {
	party envelope.Party
	key   *Key
}

var _ agreement.Keys = (*Directory)(nil)

// Open reads a signed directory, verifies the anchors' signatures and every
// statement of possession, and checks the rules of the package doc. The
// agreements in it are checked for form only: agreement.Open verifies each
// under the directory's keys when it is used.
//
// The error has [envelope.ReasonMalformed], [envelope.ReasonTooLarge],
// [envelope.ReasonNewerVersion]; [envelope.ReasonBadSignature] if it is not
// signed as the anchors demand or a statement of possession fails;
// [envelope.ReasonNotYetValid] if at is more than [envelope.DefaultSkew] before its
// issue; [envelope.ReasonDirectoryStale] from its expiry on; and
// [envelope.ReasonMisuse] without anchors or a time. Whether it is newer than
// one seen before is the question of [Directory.Succeeds].
func Open(file []byte, anchors *Anchors, at time.Time) (*Directory, error) {
	if anchors == nil || len(anchors.keys) == 0 || at.IsZero() {
		return nil, refuse(envelope.ReasonMisuse, "directory: anchors and a time are needed")
	}
	doc, err := document.Parse(document.Directory, file)
	if err != nil {
		return nil, err
	}
	if err := anchors.verify(doc); err != nil {
		return nil, err
	}
	d, err := parse(doc.Payload())
	if err != nil {
		return nil, err
	}
	d.digest = doc.Digest()
	for _, k := range anchors.keys {
		if _, listed := d.byKey[k.ID()]; listed {
			return nil, malformed("an anchor's key is also a party's")
		}
	}
	switch {
	case at.Before(d.issuedAt.Add(-envelope.DefaultSkew)):
		return nil, refuse(envelope.ReasonNotYetValid, "directory")
	case !at.Before(d.expires):
		return nil, refuse(envelope.ReasonDirectoryStale, "past its expiry")
	}
	return d, nil
}

// index checks what parties, keys and agreements must be to each other and
// builds the maps that look-ups use.
func (d *Directory) index() error {
	d.byParty, d.byKey = map[envelope.Party]*Party{}, map[string]owned{}
	for i := range d.parties {
		p := &d.parties[i]
		if d.byParty[p.ID] != nil {
			return malformed("party %d: listed twice", i+1)
		}
		d.byParty[p.ID] = p
		for j := range p.Keys {
			k := &p.Keys[j]
			if _, listed := d.byKey[k.Public.ID()]; listed {
				return malformed("party %d: key %d: listed twice", i+1, j+1)
			}
			d.byKey[k.Public.ID()] = owned{p.ID, k}
			if k.CompromisedFrom.After(d.issuedAt) {
				return malformed("party %d: key %d: compromisedFrom is after issuedAt", i+1, j+1)
			}
			for _, other := range p.Keys[:j] {
				if k.Public.Use() == envelope.UseEncrypt && other.Public.Use() == envelope.UseEncrypt && k.From.Equal(other.From) {
					return malformed("party %d: key %d: two encryption keys begin at once", i+1, j+1)
				}
			}
		}
	}
	for i, p := range d.parties {
		if !d.successorEnds(p.ID) {
			return malformed("party %d: successor", i+1)
		}
	}
	for i, a := range d.agreements {
		if slices.ContainsFunc(d.agreements[:i], func(b embedded) bool { return a.id == b.id }) {
			return malformed("agreement %d: its id is listed twice", i+1)
		}
	}
	return d.verifyPossessions()
}

// successorEnds reports whether the chain of successors stays in the directory
// and comes to an end.
func (d *Directory) successorEnds(id envelope.Party) bool {
	for range d.parties {
		p := d.byParty[id]
		if p == nil {
			return false
		}
		if p.Successor == "" {
			return true
		}
		id = p.Successor
	}
	return false
}

// verifyPossessions verifies the statement at every key: signed by a signing key
// of the same party in this directory, by the key itself if it is one, and
// naming the key. A statement that stands at both of its keys is verified once.
func (d *Directory) verifyPossessions() error {
	for i := range d.parties {
		p := &d.parties[i]
		said := map[string]*possession{}
		for j, k := range p.Keys {
			s := said[k.Possession]
			if s == nil {
				kid, _, err := envelope.PeekToken(envelope.TypePossession, []byte(k.Possession))
				if err != nil {
					return malformed("party %d: key %d: possession", i+1, j+1)
				}
				signer, listed := d.byKey[kid]
				if !listed || signer.party != p.ID {
					return refuse(envelope.ReasonBadSignature, "directory: a statement of possession is not signed by a key of its party")
				}
				if s, err = verifyPossession(k.Possession, p.ID, signer.key.Public); err != nil {
					return err
				}
				said[k.Possession] = s
			}
			named := s.Sign
			if k.Public.Use() == envelope.UseEncrypt {
				named = s.Encrypt
			}
			if named != k.Public.ID() {
				return refuse(envelope.ReasonBadSignature, "directory: a statement of possession is about another key")
			}
		}
	}
	return nil
}

// Version returns its number, which grows with every change.
func (d *Directory) Version() int64 { return d.version }

// Digest returns its digest, which the next version names as its predecessor.
func (d *Directory) Digest() string { return d.digest }

// Previous returns the digest of its predecessor, "" for version 1.
func (d *Directory) Previous() string { return d.previous }

// IssuedAt returns when it was issued.
func (d *Directory) IssuedAt() time.Time { return d.issuedAt }

// Expires returns the first instant at which it may not be used any more.
func (d *Directory) Expires() time.Time { return d.expires }

// Parties returns all entries, in the order of the file.
func (d *Directory) Parties() []Party {
	all := make([]Party, len(d.parties))
	for i, p := range d.parties {
		all[i] = p.clone()
	}
	return all
}

// Party returns the entry of a party.
func (d *Directory) Party(id envelope.Party) (Party, bool) {
	if p := d.byParty[id]; p != nil {
		return p.clone(), true
	}
	return Party{}, false
}

// Agreement returns the file of the agreement with that id, its form checked and
// its signatures not: give it to agreement.Open.
func (d *Directory) Agreement(id string) ([]byte, bool) {
	for _, a := range d.agreements {
		if a.id == id {
			return bytes.Clone(a.file), true
		}
	}
	return nil, false
}

// Agreements returns the ids of the agreements, in the order of the file.
func (d *Directory) Agreements() []string {
	ids := make([]string, len(d.agreements))
	for i, a := range d.agreements {
		ids[i] = a.id
	}
	return ids
}
