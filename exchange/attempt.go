package exchange

import (
	"context"
	"errors"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/schema"
)

// An attempt is one try to open one envelope. It answers [envelope.Open] as its
// authority, and keeps what it learned for what follows. It is used by one
// goroutine.
type attempt struct {
	r         *Receiver
	now       time.Time
	directory *trust.Directory

	claimed    envelope.Claim     // what the envelope says of itself
	row        *Row               // what the store has of that, if it is the same content
	conflict   bool               // the store has another content under that key
	manifest   *envelope.Manifest // nil until it is proven
	definition *schema.Definition
	root       string // content root of a body that was verified
	granted    bool   // the agreement allows it
	released   bool   // "released" is on record
	claim      Claim  // held once Record has succeeded
	held       bool   // it is not to be released
	handled    handled
}

var _ envelope.StreamAuthority = (*attempt)(nil)

// formInline and formBody are the forms of content, as manifests name them.
const (
	formInline = "inline"
	formBody   = "body"
)

// begin prepares an attempt; it fails if nothing could be received now, because
// of the clock or for want of a key that signs the receipt.
func (r *Receiver) begin() (*attempt, error) {
	if err := r.steady(); err != nil {
		return nil, err
	}
	now := r.now()
	d, _, err := r.signer(now)
	if err != nil {
		return nil, err
	}
	return &attempt{r: r, now: now, directory: d}, nil
}

// signer returns the directory in force and the key that signs receipts now.
func (r *Receiver) signer(now time.Time) (*trust.Directory, *envelope.PrivateKey, error) {
	d, err := r.policy.current(now)
	if err != nil {
		return nil, nil, err
	}
	key, err := signingKey(d, r.cfg.Party, r.cfg.Keys, now)
	if err != nil {
		// The peer has done nothing wrong: it is asked to try later.
		return nil, nil, refuse(envelope.ReasonUnavailable, "the directory accepts none of this party's own signing keys now")
	}
	return d, key, nil
}

// AsOf looks the claim up and writes nothing. What was admitted before with the
// same digest is judged as of then.
func (a *attempt) AsOf(ctx context.Context, claim envelope.Claim) (time.Time, error) {
	a.claimed = claim
	row, marks, err := a.r.cfg.Store.Lookup(ctx, Key{claim.Sender, claim.ID})
	if err != nil {
		return time.Time{}, unavailable
	}
	if err := a.r.timely(a.now, marks); err != nil {
		return time.Time{}, err
	}
	if marks.Party != a.r.cfg.Party {
		return time.Time{}, refuse(envelope.ReasonMisuse, "the store is another party's")
	}
	if follows(a.directory, marks) != nil {
		return time.Time{}, refuse(envelope.ReasonDirectoryStale, "another than the one seen last")
	}
	switch {
	case row == nil:
	case row.Digest != claim.Digest:
		a.conflict = true
	default:
		a.row = row
		if row.AdmittedAt.Before(a.now) {
			return row.AdmittedAt, nil
		}
	}
	return a.now, nil
}

// SigningKey asks the directory; compromise is judged as of the present.
func (a *attempt) SigningKey(_ context.Context, party envelope.Party, keyID string, signedAt, asOf time.Time) (*envelope.PublicKey, error) {
	return a.directory.SigningKey(party, keyID, signedAt, asOf, a.now)
}

// Permit decides by the same code as the sealing side. By now the sender is
// proven, and so is every byte.
func (a *attempt) Permit(ctx context.Context, m *envelope.Manifest, _ envelope.Party, asOf time.Time) error {
	a.manifest = m
	if a.conflict {
		return refuse(envelope.ReasonConflict, "")
	}
	if a.row != nil && a.row.Settlement != nil {
		if m.Content.Form == formBody {
			return nil // nothing is released, but whether it is the same body remains to be seen
		}
		return refuse(envelope.ReasonReplayed, "")
	}
	// A row that is not settled was permitted as of asOf when it was admitted:
	// what is refused for good is settled in the same step as it is admitted.
	if a.row == nil {
		_, decision := a.r.policy.decide(a.directory, question{
			from: m.Sender, to: m.Recipients, dataset: m.Dataset.ID, purpose: m.Purpose,
			agreement: m.Agreement.ID, digest: m.Agreement.Digest, at: asOf,
		})
		if !decision.Allowed {
			return decision.Err()
		}
	}
	a.granted = true
	if err := a.supersedes(ctx, m); err != nil {
		return err
	}
	def, err := a.r.cfg.Definitions.Resolve(schema.Ref(m.Dataset))
	if err != nil {
		return refuse(envelope.ReasonUnknownDefinition, "")
	}
	a.definition = def
	if m.Content.Form == formBody {
		if err := a.r.takes(m); err != nil { // before anything of it is kept
			return err
		}
	}
	return carries(def, m.Purpose).Err()
}

// supersedes refuses a manifest that supersedes another content than what came
// here under that identity: its sender signed both.
func (a *attempt) supersedes(ctx context.Context, m *envelope.Manifest) error {
	if m.Supersedes == nil {
		return nil
	}
	row, _, err := a.r.cfg.Store.Lookup(ctx, Key{m.Sender, m.Supersedes.ID})
	switch {
	case err != nil:
		return unavailable
	case row != nil && row.Digest != m.Supersedes.Digest:
		return refuse(envelope.ReasonConflict, "what it supersedes had another content")
	}
	return nil
}

// RecordStream enters the release of a body that is verified while it is staged.
// It is claimed when its end was verified.
func (a *attempt) RecordStream(ctx context.Context, proof envelope.Proof) error {
	if a.released {
		return nil
	}
	if err := a.r.enter(ctx, a.r.policy.entry(EventReleased, a.manifest, proof.Digest, a.now)); err != nil {
		return err
	}
	a.released = true
	return nil
}

// Record admits and claims the envelope, then enters the release. It is the
// first thing that is written because of an envelope. A body is released more than
// once in an attempt, and recorded once.
func (a *attempt) Record(ctx context.Context, proof envelope.Proof) error {
	if a.claim.Fence > 0 {
		return nil
	}
	claim, err := a.r.cfg.Store.Claim(ctx, a.admission(), a.now, a.r.cfg.Lease)
	if err != nil {
		return claimed(err)
	}
	if err = a.sameRoot(ctx, claim); err == nil {
		err = a.RecordStream(ctx, proof)
	}
	if err != nil {
		// If this fails too, the lease runs out by itself.
		_ = a.r.cfg.Store.Release(context.WithoutCancel(ctx), claim)
		return err
	}
	a.claim = claim
	return nil
}

// sameRoot refuses a claim on an envelope that was admitted with another body: by
// another attempt, since this one has looked.
func (a *attempt) sameRoot(ctx context.Context, claim Claim) error {
	if a.root == "" || claim.Fence == 1 {
		return nil
	}
	row, _, err := a.r.cfg.Store.Lookup(ctx, claim.Key)
	switch {
	case err != nil:
		return unavailable
	case row != nil && row.Root != "" && row.Root != a.root:
		a.conflict = true
		return refuse(envelope.ReasonConflict, "two bodies under one manifest")
	}
	return nil
}

// claimed turns a store's refusal into ours.
func claimed(err error) error {
	switch {
	case errors.Is(err, ErrBusy), errors.Is(err, ErrFenced), errors.Is(err, ErrQuota):
		return refuse(envelope.ReasonBusy, "")
	case errors.Is(err, ErrSuperseded):
		return refuse(envelope.ReasonSuperseded, "")
	case errors.Is(err, ErrSettled):
		return refuse(envelope.ReasonReplayed, "")
	case errors.Is(err, ErrPurged):
		return refuse(envelope.ReasonExpired, "by a clock that was ahead when this store was purged")
	case errors.Is(err, ErrConflict):
		return refuse(envelope.ReasonConflict, "")
	}
	return unavailable
}

// admission is what the store is to remember of the envelope. Without a
// manifest, for a question about an envelope that never came, nobody knows when
// it ends: it may have been dated ahead. Such a row is kept for good, so that
// what was cancelled is never accepted. Only a proven sender can cause one.
func (a *attempt) admission() Admission {
	adm := Admission{
		Key: Key{a.claimed.Sender, a.claimed.ID}, Digest: a.claimed.Digest, Root: a.root,
		AdmittedAt: a.now, Directory: a.directory.Version(), KeepUntil: forGood,
		Quota: a.r.cfg.MaxLasting,
	}
	if m := a.manifest; m != nil {
		adm.Agreement = m.Agreement.Digest
		// Whatever the sender wrote, beyond MaxLifetime it is never accepted.
		last := time.Unix(m.IssuedAt, 0).UTC().Add(envelope.MaxLifetime)
		adm.KeepUntil = a.r.keepUntil(earlier(last, time.Unix(m.Expires, 0).UTC()))
		adm.Line, adm.LineUntil = lineOf(m), a.r.keepUntil(last)
		if !a.granted {
			return adm // channels are kept for good: there are none but those that an agreement knows
		}
		adm.Place = placeOf(m)
		if m.Sequence != nil {
			adm.Void = m.Sequence.Void
		}
	}
	return adm
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
