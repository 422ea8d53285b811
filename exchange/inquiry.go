package exchange

import (
	"context"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/form"
	"github.com/segel-id/segel/internal/strictjson"
)

// SettleOrCancel answers a sender's signed question, made by [Sender.Cancel]:
// with the receipt if the envelope is settled, else by writing a tombstone, so
// that the envelope will never be accepted, and signing that. While a handler is
// at work it answers ReasonBusy. Nothing is written before the question's
// signature is verified.
func (r *Receiver) SettleOrCancel(ctx context.Context, question []byte) Answer {
	began := time.Now()
	ans := r.settleOrCancel(ctx, question)
	r.watch.answered(ctx, visit{OperationAnswer, began, int64(len(question)), false}, &ans)
	return ans
}

func (r *Receiver) settleOrCancel(ctx context.Context, question []byte) Answer {
	a, err := r.begin()
	if err != nil {
		return refused(err)
	}
	if err := a.verifyInquiry(ctx, question); err != nil {
		return refused(err)
	}
	if a.row != nil && a.row.Settlement != nil {
		return a.repeated(ctx, *a.row.Settlement)
	}
	if a.conflict {
		return a.unsettled(ctx, refuse(envelope.ReasonConflict, ""))
	}
	return a.bury(ctx, a.claims(OutcomeCancelled, envelope.ReasonCancelled, nil), refuse(envelope.ReasonCancelled, ""))
}

// verifyInquiry verifies that a question is the sender's, for this party, and
// not older than an envelope may live.
func (a *attempt) verifyInquiry(ctx context.Context, question []byte) error {
	keyID, payload, err := envelope.PeekToken(envelope.TypeQuestion, question)
	if err != nil {
		return err
	}
	var q inquiry
	if strictjson.Unmarshal(payload, &q) != nil || q.Version != 1 || !q.formed() {
		return refuse(envelope.ReasonMalformed, "question")
	}
	asked := time.Unix(q.IssuedAt, 0)
	key, err := a.directory.SigningKey(q.Issuer, keyID, asked, a.now, a.now)
	if err != nil {
		return err
	}
	if _, err := envelope.VerifyToken(envelope.TypeQuestion, question, key); err != nil {
		return err
	}
	switch {
	case q.Audience != a.r.cfg.Party:
		return refuse(envelope.ReasonForwarded, "")
	case asked.After(a.now.Add(a.r.cfg.Skew)):
		return refuse(envelope.ReasonNotYetValid, "")
	case asked.Before(a.now.Add(-envelope.MaxLifetime)):
		return refuse(envelope.ReasonExpired, "")
	}
	_, err = a.AsOf(ctx, envelope.Claim{Sender: q.Issuer, ID: q.ID, Digest: q.Manifest})
	return err
}

// formed reports whether the question names an envelope by an id and a digest
// that one could have.
func (q *inquiry) formed() bool {
	return form.Party(string(q.Issuer)) && q.IssuedAt >= 0 && form.ID(q.ID) && form.Digest(q.Manifest)
}
