package trust

import (
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
)

// A Party is one party's entry in a directory. What a [Directory] returns is a
// copy.
type Party struct {
	// ID is what manifests and agreements call it.
	ID envelope.Party
	// Name is for people, in both languages; the zero value if it has none.
	Name purpose.Text
	// Successor is the party that took over its tasks, or "". It gives the
	// successor no right to the party's keys: it tells people whom to ask.
	Successor envelope.Party
	// Endpoints are https URLs, or http to a literal loopback address, in order of
	// preference; none if it is reached by other ways.
	Endpoints []string
	// Keys are its signing and encryption keys, the former ones too: old evidence
	// needs them.
	Keys []Key
}

// A Key is one key's entry. Every time has whole seconds; a window holds its
// first instant and not its last.
type Key struct {
	// Public is the key; its Use says which of the two kinds it is.
	Public *envelope.PublicKey
	// From and Until are the window in which the party signs with it, or others
	// encrypt for it.
	From, Until time.Time
	// AcceptUntil is, for a signing key, the end of the time in which others
	// accept its signatures; not before Until. Zero for an encryption key.
	AcceptUntil time.Time
	// CompromisedFrom is the moment from which somebody else may have held it,
	// not after the directory's issue; zero if nobody ever did.
	CompromisedFrom time.Time
	// Possession is the party's statement of possession, a compact JWS.
	Possession string
}

func (p Party) clone() Party {
	p.Endpoints = slices.Clone(p.Endpoints)
	p.Keys = slices.Clone(p.Keys)
	return p
}

// within reports whether from <= t < until.
func within(t, from, until time.Time) bool { return !t.Before(from) && t.Before(until) }

// accepts reports whether a signature of k, made at signedAt by its own account
// and known to the verifier since asOf, is accepted. Whoever holds a stolen key
// can claim any time of signing; only what was here before the theft is safe.
func (k *Key) accepts(signedAt, asOf time.Time) bool {
	if k.Public.Use() != envelope.UseSign || !within(signedAt, k.From, k.Until) || !asOf.Before(k.AcceptUntil) {
		return false
	}
	t := k.CompromisedFrom
	return t.IsZero() || signedAt.Before(t) && asOf.Before(t)
}
