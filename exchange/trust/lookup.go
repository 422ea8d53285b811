package trust

import (
	"time"

	"github.com/segel-id/segel/envelope"
)

// SigningKey returns party's signing key of that thumbprint, for a signature
// made at signedAt by its own account and judged as of asOf: the present, or,
// for an envelope that was admitted before, the moment of its admission. now is
// the present.
//
// The error has [envelope.ReasonUnknownKey] if the directory has no such key:
// a newer one may. It has [envelope.ReasonKeyNotValid] if the key is another
// party's, is not for signing, was not the party's at signedAt (From <=
// signedAt < Until) or not accepted at asOf (asOf < AcceptUntil), or was
// compromised: from CompromisedFrom on nothing is accepted, whatever time it
// claims to have been signed at, but what was admitted before and says that it
// was signed before. It has [envelope.ReasonDirectoryStale] if the directory has
// expired now, [envelope.ReasonClock] if asOf is after now, and
// [envelope.ReasonMisuse] if a time is missing.
func (d *Directory) SigningKey(party envelope.Party, keyID string, signedAt, asOf, now time.Time) (*envelope.PublicKey, error) {
	if signedAt.IsZero() || asOf.IsZero() || now.IsZero() {
		return nil, refuse(envelope.ReasonMisuse, "directory: three times are needed")
	}
	if asOf.After(now) {
		return nil, refuse(envelope.ReasonClock, "judged as of a time that has not come")
	}
	k, err := d.owned(keyID, now)
	if err != nil {
		return nil, err
	}
	if k.party != party || !k.key.accepts(signedAt, asOf) {
		return nil, refuse(envelope.ReasonKeyNotValid, "")
	}
	return k.key.Public, nil
}

// AgreementKey returns party's signing key of that thumbprint for a signature
// under an agreement, which does not say when it was made: the key must be
// accepted at that time (From <= at < AcceptUntil) and never have been marked
// compromised, because whoever stole it could sign for any time.
//
// The error has [envelope.ReasonUnknownKey] if the key is not one of party's,
// [envelope.ReasonKeyNotValid] if it is one and does not count,
// [envelope.ReasonDirectoryStale] if the directory has expired at that time and
// [envelope.ReasonMisuse] without a time.
func (d *Directory) AgreementKey(party envelope.Party, keyID string, at time.Time) (*envelope.PublicKey, error) {
	k, err := d.owned(keyID, at)
	switch {
	case err != nil:
		return nil, err
	case k.party != party:
		return nil, refuse(envelope.ReasonUnknownKey, "")
	case k.key.Public.Use() != envelope.UseSign || !within(at, k.key.From, k.key.AcceptUntil) || !k.key.CompromisedFrom.IsZero():
		return nil, refuse(envelope.ReasonKeyNotValid, "")
	}
	return k.key.Public, nil
}

// EncryptionKey returns the key to encrypt for party with: of its encryption
// keys with From <= at < Until that were never marked compromised, the one that
// began last.
//
// The error has [envelope.ReasonUnknownKey] if the directory does not know the
// party, [envelope.ReasonKeyNotValid] if the party has no such key then,
// [envelope.ReasonDirectoryStale] if the directory has expired at that time and
// [envelope.ReasonMisuse] without a time.
func (d *Directory) EncryptionKey(party envelope.Party, at time.Time) (*envelope.PublicKey, error) {
	if err := d.usable(at); err != nil {
		return nil, err
	}
	p := d.byParty[party]
	if p == nil {
		return nil, refuse(envelope.ReasonUnknownKey, "the directory does not know this party")
	}
	var current *Key
	for i := range p.Keys {
		k := &p.Keys[i]
		if k.Public.Use() == envelope.UseEncrypt && within(at, k.From, k.Until) && k.CompromisedFrom.IsZero() &&
			(current == nil || k.From.After(current.From)) {
			current = k
		}
	}
	if current == nil {
		return nil, refuse(envelope.ReasonKeyNotValid, "the party has no encryption key at that time")
	}
	return current.Public, nil
}

// owned returns the key of that thumbprint with whose it is.
func (d *Directory) owned(keyID string, at time.Time) (owned, error) {
	if err := d.usable(at); err != nil {
		return owned{}, err
	}
	k, listed := d.byKey[keyID]
	if !listed {
		return owned{}, refuse(envelope.ReasonUnknownKey, "")
	}
	return k, nil
}

func (d *Directory) usable(at time.Time) error {
	switch {
	case d == nil || d.byParty == nil || at.IsZero():
		return refuse(envelope.ReasonMisuse, "a directory and a time are needed")
	case !at.Before(d.expires):
		return refuse(envelope.ReasonDirectoryStale, "past its expiry")
	}
	return nil
}
