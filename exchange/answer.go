package exchange

import (
	"context"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/schema"
)

// An Answer is what became of one attempt, in full, for the receiving side.
// What its bringer may know of it is [Answer.Reply].
type Answer struct {
	// Key and Digest name the envelope. They are zero unless its sender is proven.
	Key    Key
	Digest string
	// Reason says why the handler did not accept it in this attempt; "" if it
	// did. For a repeat it is ReasonReplayed, or ReasonCancelled for a tombstone.
	Reason envelope.Reason
	// Settlement is how the key was settled, in this attempt or before; nil if it
	// is not settled.
	Settlement *Settlement
	// Report is the check of the records; nil if it did not come to that.
	Report *schema.Report

	err     error
	sealed  []byte // the receipt, encrypted to the sender; nil if there is none
	handled handled
}

// Err returns nil if the handler accepted the envelope in this attempt, else an
// [*envelope.Error] with the reason.
func (a Answer) Err() error { return a.err }

// Repeat reports whether the envelope was settled before this attempt.
func (a Answer) Repeat() bool { return a.Settlement != nil && a.Reason == envelope.ReasonReplayed }

// Reply returns what may be told to whoever brought the envelope.
func (a Answer) Reply() Reply {
	if a.sealed != nil {
		return Reply{Receipt: a.sealed}
	}
	if a.Reason == "" {
		// Accepted, and no receipt can be encrypted now: the repeat will get it.
		return Reply{Refusal: OutwardTryLater}
	}
	return Reply{Refusal: Outwardly(a.Reason)}
}

// refused is the answer to an attempt that settled nothing.
func refused(err error) Answer { return Answer{Reason: envelope.ReasonOf(err), err: err} }

// answer names the envelope, whose sender is proven, in an answer.
func (a *attempt) answer(err error) Answer {
	ans := refused(err)
	ans.Key, ans.Digest, ans.handled = Key{a.claimed.Sender, a.claimed.ID}, a.claimed.Digest, a.handled
	return ans
}

// claims begins a receipt.
func (a *attempt) claims(outcome Outcome, reason envelope.Reason, report *schema.Report) Claims {
	return Claims{
		Version: 1, ID: a.claimed.ID, Issuer: a.r.cfg.Party, Audience: a.claimed.Sender,
		Manifest: a.claimed.Digest, Root: a.root,
		Outcome: outcome, Final: true, Reason: reason, Findings: counts(report),
	}
}

// sign dates and signs a receipt. The key is chosen anew: since the attempt
// began a handler may have run for long, and a final receipt by a key that was
// no longer this party's when it signed could be accepted by nobody.
func (a *attempt) sign(c Claims) (jws []byte, at time.Time, err error) {
	at = a.r.now()
	_, key, err := a.r.signer(at)
	if err != nil {
		return nil, at, err
	}
	c.IssuedAt = at.Unix()
	if jws, err = c.sign(key); err != nil {
		return nil, at, refuse(envelope.ReasonUnavailable, "the receipt cannot be signed")
	}
	return jws, at, nil
}

// settlement signs a final receipt, which says what of the channel has not come.
// That is for the sender to know, and no reason to settle nothing: if the store
// cannot say it now, the receipt does not.
func (a *attempt) settlement(ctx context.Context, c Claims) (Settlement, error) {
	if a.manifest != nil && a.manifest.Sequence != nil {
		place := placeOf(a.manifest)
		if missing, err := a.r.cfg.Store.Missing(ctx, a.claimed.Sender, place); err == nil {
			c.Missing = without(missing, place.Number) // what is settled unclaimed is noted as it is settled
		}
	}
	jws, at, err := a.sign(c)
	if err != nil {
		return Settlement{}, err
	}
	return Settlement{Outcome: c.Outcome, Reason: c.Reason, At: at, Receipt: jws}, nil
}

// settled is the answer that shows a settlement. A receipt that cannot be
// encrypted to the sender now can be fetched by a repeat.
func (a *attempt) settled(s Settlement, err error, report *schema.Report) Answer {
	ans := a.answer(err)
	ans.Settlement, ans.Report = &s, report
	if err == nil {
		ans.Reason = ""
	}
	ans.sealed = a.encrypt(s.Receipt)
	return ans
}

// encrypt encrypts a receipt to the sender's current key, nil if there is none.
func (a *attempt) encrypt(jws []byte) []byte {
	now := a.r.now()
	d, err := a.r.policy.current(now)
	if err != nil {
		return nil
	}
	key, err := d.EncryptionKey(a.claimed.Sender, now)
	if err != nil {
		return nil
	}
	sealed, err := envelope.EncryptToken(envelope.TypeSealedReceipt, jws, key)
	if err != nil {
		return nil
	}
	return sealed
}

// repeated answers with the first receipt, once the journal has the settlement.
func (a *attempt) repeated(ctx context.Context, s Settlement) Answer {
	if err := a.confirm(ctx, s); err != nil {
		return a.answer(err)
	}
	reason := envelope.ReasonReplayed
	if s.Outcome == OutcomeCancelled {
		reason = envelope.ReasonCancelled
	}
	return a.settled(s, refuse(reason, ""), nil)
}

// unsettled answers a proven sender's envelope with a receipt that binds
// nothing, and enters the refusal in the journal.
func (a *attempt) unsettled(ctx context.Context, err error) Answer {
	reason, event := envelope.ReasonOf(err), EventRefused
	if reason == envelope.ReasonConflict {
		event = EventConflict
	}
	if failed := a.remark(ctx, event, reason); failed != nil {
		return a.answer(failed)
	}
	ans := a.answer(err)
	c := a.claims(OutcomeRefused, reason, nil)
	c.Final = false
	if jws, _, err := a.sign(c); err == nil {
		ans.sealed = a.encrypt(jws)
	}
	return ans
}
