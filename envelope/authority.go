package envelope

import (
	"context"
	"time"

	"github.com/segel-id/segel/envelope/purpose"
)

// An Authority answers the four questions that [Open] cannot answer from the
// envelope alone. Package exchange implements it from the signed directory,
// the agreements, a store and a journal. A nil Authority is an error: there is
// no opening without one.
//
// Open calls the methods in the order below, once each, and stops at the first
// error. An error that is an [*Error] is returned as it is; any other becomes
// [ReasonUnavailable], and its text is dropped.
type Authority interface {
	// AsOf returns the moment as of which the envelope is judged: the present,
	// or, for one that was admitted before, the moment of its admission, so that
	// a retry after expiry loses nothing. The claim is unproven; AsOf MUST NOT
	// write anything because of it, and an answer of KindNever is not passed on.
	// It MUST refuse with ReasonClock if the clock cannot be trusted.
	AsOf(ctx context.Context, claim Claim) (time.Time, error)

	// SigningKey returns the key that keyID names, if the directory gave it to
	// party for signing at signedAt and it is still accepted at asOf; else
	// ReasonUnknownKey or ReasonKeyNotValid. Withdrawal for compromise MUST be
	// judged as of the present, not of asOf.
	SigningKey(ctx context.Context, party Party, keyID string, signedAt, asOf time.Time) (*PublicKey, error)

	// Permit decides whether the party may open the signed manifest for its
	// purpose, which is the one that the opener stated: an agreement in force at
	// asOf, signed by all of its parties, grants exactly this. The manifest's
	// signature, addressee, content and times have been verified; m is a copy.
	Permit(ctx context.Context, m *Manifest, as Party, asOf time.Time) error

	// Record is the last step, when everything else has been verified. When it
	// returns nil, it MUST be on durable record that the content is released to
	// this process for this purpose. Here a receiver also admits and claims the
	// envelope; an error releases nothing.
	Record(ctx context.Context, proof Proof) error
}

// A Claim is what an envelope says of itself before anything is proven. It may
// be used to look something up, never to write.
type Claim struct {
	Sender Party  // the party that it names as its sender
	ID     string // the envelope's UUIDv7
	Digest string // the manifest digest
}

// An Opener states who opens, with which keys, and for which purpose. Nothing
// but Skew and MaxContent has a default.
type Opener struct {
	// Party is the opener, which must be a recipient in the signed manifest.
	Party Party
	// Keys are its decryption keys, the current and the former ones.
	Keys []*PrivateKey
	// Purpose is what the content will be used for.
	Purpose purpose.Code
	// Skew is by how much both ends of an envelope's lifetime are widened, for
	// clocks that differ. 0: [DefaultSkew]; at most [MaxSkew].
	Skew time.Duration
	// MaxContent bounds the content of a body, in bytes after decompression, which
	// may be twenty thousand times as many as before; beyond it is
	// ReasonTooLarge. 0: [DefaultMaxContent].
	MaxContent int64
}

// DefaultMaxContent is the most content that is taken out of one body if nothing is
// said, in bytes.
const DefaultMaxContent = 64 << 30
