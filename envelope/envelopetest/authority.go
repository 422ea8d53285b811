package envelopetest

import (
	"context"
	"time"

	"github.com/segel-id/segel/envelope"
)

// InsecureAuthority is an [envelope.Authority] that knows the signing keys of
// this package's agencies and says yes to everything else: it keeps no replay
// memory, reads no agreement and writes no journal. It is for tests only.
//
// The zero value stands at [Now]. A hook that is not nil answers in place of
// the yes; hooks may be called from several goroutines if Open is.
type InsecureAuthority struct {
	// Time is what AsOf answers; zero means Now().
	Time time.Time
	// OnAsOf, OnSigningKey, OnPermit and OnRecord replace the answer of the
	// method that each is named after.
	OnAsOf       func(envelope.Claim) (time.Time, error)
	OnSigningKey func(party envelope.Party, keyID string, signedAt, asOf time.Time) (*envelope.PublicKey, error)
	OnPermit     func(*envelope.Manifest, envelope.Party, time.Time) error
	OnRecord     func(envelope.Proof) error
}

// AsOf answers Time, or Now() if it is zero.
func (a *InsecureAuthority) AsOf(_ context.Context, claim envelope.Claim) (time.Time, error) {
	switch {
	case a.OnAsOf != nil:
		return a.OnAsOf(claim)
	case a.Time.IsZero():
		return Now(), nil
	}
	return a.Time, nil
}

// SigningKey answers the party's fixed signing key, whatever the time, or
// ReasonUnknownKey.
func (a *InsecureAuthority) SigningKey(_ context.Context, party envelope.Party, keyID string, signedAt, asOf time.Time) (*envelope.PublicKey, error) {
	if a.OnSigningKey != nil {
		return a.OnSigningKey(party, keyID, signedAt, asOf)
	}
	for _, known := range agencies() {
		if key := known.Signing.Public(); known.Party == party && key.ID() == keyID {
			return key, nil
		}
	}
	return nil, &envelope.Error{Reason: envelope.ReasonUnknownKey}
}

// Permit permits.
func (a *InsecureAuthority) Permit(_ context.Context, m *envelope.Manifest, as envelope.Party, asOf time.Time) error {
	if a.OnPermit != nil {
		return a.OnPermit(m, as, asOf)
	}
	return nil
}

// Record records nothing.
func (a *InsecureAuthority) Record(_ context.Context, proof envelope.Proof) error {
	if a.OnRecord != nil {
		return a.OnRecord(proof)
	}
	return nil
}

// RecordStream records nothing, and asks OnRecord as Record does.
func (a *InsecureAuthority) RecordStream(ctx context.Context, proof envelope.Proof) error {
	return a.Record(ctx, proof)
}
