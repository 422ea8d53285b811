package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/segel-id/segel/envelope"
)

// Deliver carries an envelope with inline content to one of its recipients, in one
// attempt, and returns the receipt, verified against what was sent and entered in
// the journal. A receipt that refuses is a success of Deliver: look at its claims.
// What is to survive a crash is sent by a [Dispatcher].
//
// An error says that the exchange is not settled as far as this side knows; the
// same bytes may be sent again, to any effect only once. It has
// [envelope.ReasonUnavailable] if the transport fails or the recipient asks to
// try later, what the recipient said outwardly, or what [OpenReceipt] found.
func (s *Sender) Deliver(ctx context.Context, sealed *envelope.Sealed, to envelope.Party) (r *Receipt, err error) {
	return s.DeliverFile(ctx, sealed, nil, 0, to)
}

// DeliverFile is Deliver for an envelope that may have a body: file is what
// [Shipment].Body got, of size bytes. A delivery that was cut goes on where it
// stopped when the same is delivered again, if the transport can do that.
func (s *Sender) DeliverFile(ctx context.Context, sealed *envelope.Sealed, file io.ReaderAt, size int64, to envelope.Party) (r *Receipt, err error) {
	if s.cfg.Transport == nil || sealed == nil {
		return nil, refuse(envelope.ReasonMisuse, "a transport and an envelope are needed")
	}
	m := sealed.Manifest()
	if m.Sender != s.cfg.Party {
		return nil, refuse(envelope.ReasonMisuse, "another sender's envelope")
	}
	out, size, err := fileTo(sealed, to, file, size)
	if err != nil {
		return nil, err
	}
	began, sent := time.Now(), SentTo(sealed, to)
	defer func() { s.watch.delivered(ctx, OperationDeliver, &sent, began, size, r, err) }()
	reply, err := s.cfg.Transport.Deliver(ctx, to, out)
	if err != nil {
		return nil, undelivered(err)
	}
	if r, err = s.receipt(reply, sent); err != nil {
		return nil, err
	}
	e := s.policy.entry(EventReceipt, m, sealed.Digest(), s.now())
	e.Recipients, e.Outcome, e.Reason = []envelope.Party{to}, r.claims.Outcome, r.claims.Reason
	return r, s.enter(ctx, e)
}

// Cancel asks a recipient to settle or cancel: it answers with the receipt if
// the envelope is settled, else it writes a tombstone, so that the envelope will
// never be accepted, and signs that. Only then may the same data be sealed anew
// under another id. An error says that nothing is known yet: ask again.
//
// A handler that is at work is not interrupted: the recipient then asks to try
// later. One that failed before may have had effects; it will not be called
// again.
func (s *Sender) Cancel(ctx context.Context, sent Sent) (r *Receipt, err error) {
	if s.cfg.Transport == nil || sent.Sender != s.cfg.Party {
		return nil, refuse(envelope.ReasonMisuse, "a transport and this sender's own envelope are needed")
	}
	began := time.Now()
	var signed []byte
	defer func() { s.watch.delivered(ctx, OperationAsk, &sent, began, int64(len(signed)), r, err) }()
	if signed, err = s.question(ctx, sent); err != nil {
		return nil, err
	}
	reply, err := s.cfg.Transport.Ask(ctx, sent.Recipient, signed)
	if err != nil {
		return nil, undelivered(err)
	}
	if r, err = s.receipt(reply, sent); err != nil {
		return nil, err
	}
	return r, s.enter(ctx, Entry{
		Time: s.now(), Event: EventReceipt, Sender: sent.Sender, Recipients: []envelope.Party{sent.Recipient}, ID: sent.ID, Digest: sent.Digest,
		Outcome: r.claims.Outcome, Reason: r.claims.Reason,
	})
}

// question signs the question of settle-or-cancel and enters it in the journal.
func (s *Sender) question(ctx context.Context, sent Sent) ([]byte, error) {
	now := s.now()
	d, err := s.policy.current(now)
	if err != nil {
		return nil, err
	}
	key, err := signingKey(d, s.cfg.Party, s.cfg.Keys, now)
	if err != nil {
		return nil, err
	}
	q := inquiry{Version: 1, ID: sent.ID, Issuer: sent.Sender, Audience: sent.Recipient, IssuedAt: now.Unix(), Manifest: sent.Digest}
	text, err := json.Marshal(q)
	if err != nil {
		return nil, refuse(envelope.ReasonMisuse, "question")
	}
	signed, err := envelope.SignToken(envelope.TypeQuestion, text, key)
	if err != nil {
		return nil, err
	}
	return signed, s.enter(ctx, Entry{Time: now, Event: EventQuestion, Sender: sent.Sender, Recipients: []envelope.Party{sent.Recipient}, ID: sent.ID, Digest: sent.Digest})
}

// receipt verifies what a reply holds.
func (s *Sender) receipt(reply Reply, sent Sent) (*Receipt, error) {
	if reply.Receipt == nil || reply.Refusal != "" {
		return nil, reply.Refusal.err()
	}
	now := s.now()
	d, err := s.policy.current(now)
	if err != nil {
		return nil, err
	}
	return OpenReceipt(reply.Receipt, s.cfg.Keys, d, sent, now)
}

// undelivered hides a transport's error, whose text may hold anything, unless
// it is one of ours.
func undelivered(err error) error {
	if e, ok := errors.AsType[*envelope.Error](err); ok {
		return e
	}
	return refuse(envelope.ReasonUnavailable, "the transport failed")
}

// An inquiry is the sender's settle-or-cancel.
type inquiry struct {
	Version  int            `json:"v"`
	ID       string         `json:"jti"` // the envelope's
	Issuer   envelope.Party `json:"iss"` // its sender
	Audience envelope.Party `json:"aud"` // its recipient
	IssuedAt int64          `json:"iat"`
	Manifest string         `json:"manifest"` // its digest
}
