package exchange

import (
	"bytes"
	"encoding/json"
	"regexp"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/form"
	"github.com/segel-id/segel/internal/strictjson"
	"github.com/segel-id/segel/schema"
)

// Outcome is how an exchange ended.
type Outcome string

// The outcomes.
const (
	OutcomeAccepted  Outcome = "accepted"  // the handler accepted it
	OutcomeRefused   Outcome = "refused"   // refused; Reason says why
	OutcomeCancelled Outcome = "cancelled" // the sender asked to settle or cancel first
)

// Claims are what a recipient signs: codes and counts, never a record's value.
// The members have exactly the names of the json tags.
type Claims struct {
	Version  int             `json:"v"`              // 1
	ID       string          `json:"jti"`            // the envelope's
	Issuer   envelope.Party  `json:"iss"`            // the recipient
	Audience envelope.Party  `json:"aud"`            // the envelope's sender
	IssuedAt int64           `json:"iat"`            // NumericDate
	Manifest string          `json:"manifest"`       // manifest digest
	Root     string          `json:"root,omitempty"` // content root of a body, once it was verified
	Outcome  Outcome         `json:"outcome"`
	Final    bool            `json:"final"`            // whether the key is settled by it, for good
	Reason   envelope.Reason `json:"reason,omitempty"` // absent if accepted
	Code     string          `json:"code,omitempty"`   // the receiving application's own, see [Reject]
	Findings *Counts         `json:"findings,omitempty"`
	Missing  []Range         `json:"missing,omitempty"` // numbers of the channel that never arrived, at most 64 ranges
}

// Counts sum up the recipient's own check of the records.
type Counts struct {
	Records             int `json:"records"`             // all records
	Errors              int `json:"errors"`              // records with structure errors
	Findings            int `json:"findings"`            // broken arithmetic rules
	RecordsWithFindings int `json:"recordsWithFindings"` // records with at least one of them
}

// Range is a run of numbers, both ends included.
type Range struct {
	From int64 `json:"from"` // the first number that is missing, from 1
	To   int64 `json:"to"`   // the last one of the run
}

func counts(r *schema.Report) *Counts {
	if r == nil {
		return nil
	}
	return &Counts{r.Records, r.Errors, r.Findings, r.RecordsWithFindings}
}

// A Receipt is a receipt that was verified against what was sent. Only
// [OpenReceipt] makes one.
type Receipt struct {
	claims Claims
	jws    []byte
}

// Claims returns what the recipient signed.
func (r *Receipt) Claims() Claims { return r.claims }

// JWS returns the signed receipt: the evidence to keep. It is byte-identical in
// every answer to the same envelope, if it is final.
func (r *Receipt) JWS() []byte { return bytes.Clone(r.jws) }

// Sent is what a sender remembers of one envelope to one recipient, and what
// the receipt is held against.
type Sent struct {
	Key
	Digest    string // manifest digest
	Recipient envelope.Party
	IssuedAt  time.Time
	Channel   string // see [ChannelOf]
	Line      Line   // which revision of what it is
	Root      string // content root of a body; "" for inline content
}

// SentTo returns what is to be remembered of an envelope to one recipient.
func SentTo(s *envelope.Sealed, to envelope.Party) Sent {
	m := s.Manifest()
	sent := Sent{
		Key: Key{m.Sender, m.ID}, Digest: s.Digest(), Recipient: to, IssuedAt: time.Unix(m.IssuedAt, 0).UTC(),
		Channel: placeOf(m).Channel, Line: lineOf(m),
	}
	if c := s.Closing(); c != nil {
		sent.Root = c.Root
	}
	return sent
}

// OpenReceipt decrypts a receipt with one of the sender's keys, verifies the
// recipient's signature under the directory and holds it against what was sent.
//
// The error has the reasons of [envelope.DecryptToken] and
// [trust.Directory.SigningKey], ReasonBadSignature, ReasonMalformed if the
// claims contradict each other, ReasonBadContent if the receipt is another
// envelope's, another recipient's, for another body than was sent, or was signed before the envelope was sealed
// (unless it cancels one that a wrong clock has dated ahead), or
// ReasonNotYetValid if it was signed after now: the recipient's clock was ahead,
// and the same receipt counts once its time has come. The two clocks may differ
// by [envelope.MaxSkew].
func OpenReceipt(sealed []byte, keys []*envelope.PrivateKey, d *trust.Directory, sent Sent, now time.Time) (*Receipt, error) {
	jws, err := envelope.DecryptToken(envelope.TypeSealedReceipt, sealed, keys...)
	if err != nil {
		return nil, err
	}
	keyID, payload, err := envelope.PeekToken(envelope.TypeReceipt, jws)
	if err != nil {
		return nil, err
	}
	var c Claims
	if strictjson.Unmarshal(payload, &c) != nil || !c.sound() {
		return nil, refuse(envelope.ReasonMalformed, "receipt")
	}
	signedAt := time.Unix(c.IssuedAt, 0)
	key, err := d.SigningKey(sent.Recipient, keyID, signedAt, now, now)
	if err != nil {
		return nil, err
	}
	if _, err := envelope.VerifyToken(envelope.TypeReceipt, jws, key); err != nil {
		return nil, err
	}
	switch {
	case c.ID != sent.ID || c.Audience != sent.Sender || c.Manifest != sent.Digest:
		return nil, refuse(envelope.ReasonBadContent, "a receipt for another envelope")
	case c.Issuer != sent.Recipient:
		return nil, refuse(envelope.ReasonBadContent, "a receipt by another recipient")
	case c.Root != "" && sent.Root == "":
		return nil, refuse(envelope.ReasonMalformed, "a content root, which inline content does not have")
	case c.Root != sent.Root && (c.Root != "" || c.Outcome == OutcomeAccepted):
		// The sender signed two bodies, or this side has lost what it sent.
		return nil, refuse(envelope.ReasonBadContent, "a receipt for another content")
	case c.Outcome != OutcomeCancelled && signedAt.Before(sent.IssuedAt.Add(-envelope.MaxSkew)):
		return nil, refuse(envelope.ReasonBadContent, "a receipt from before the envelope")
	case signedAt.After(now.Add(envelope.MaxSkew)):
		return nil, refuse(envelope.ReasonNotYetValid, "a receipt from the future")
	}
	return &Receipt{c, jws}, nil
}

// codeForm is the form of an application's own code: no digits, so that no
// number of a person or a record fits in.
var codeForm = regexp.MustCompile(`^[a-z]{1,16}(_[a-z]{1,16}){0,3}$`)

// sound reports whether the claims do not contradict each other.
func (c *Claims) sound() bool {
	if c.Version != 1 || c.IssuedAt < 0 || c.Root != "" && !form.Digest(c.Root) || len(c.Missing) > 64 || c.Code != "" && !codeForm.MatchString(c.Code) || !c.Findings.sound() {
		return false
	}
	for i, r := range c.Missing {
		if r.From < 1 || r.To < r.From || i > 0 && r.From <= c.Missing[i-1].To {
			return false
		}
	}
	switch c.Outcome {
	case OutcomeAccepted:
		return c.Final && c.Reason == "" && c.Code == "" && (c.Findings == nil || c.Findings.Errors == 0)
	case OutcomeCancelled:
		return c.Final && c.Reason == envelope.ReasonCancelled && c.Code == ""
	case OutcomeRefused:
		signed := c.Reason.Settles() && c.Reason != envelope.ReasonCancelled || unsettling(c.Reason)
		return signed && c.Final == c.Reason.Settles() && (c.Code == "" || c.Reason == envelope.ReasonRejected)
	}
	return false
}

// sound reports whether the counts could be those of one check. There may be
// none.
func (c *Counts) sound() bool {
	return c == nil || min(c.Records, c.Errors, c.Findings, c.RecordsWithFindings) >= 0 &&
		max(c.Errors, c.RecordsWithFindings) <= c.Records &&
		c.RecordsWithFindings <= c.Findings && (c.Findings == 0) == (c.RecordsWithFindings == 0)
}

// unsettling reports whether a refusal is answered with a receipt although it
// settles nothing (see [envelope.Reason.Settles]): the sender may know it.
func unsettling(r envelope.Reason) bool {
	switch r {
	case envelope.ReasonExpired, envelope.ReasonPurposeMismatch, envelope.ReasonAgreementInactive, envelope.ReasonConflict:
		return true
	}
	return false
}

// receiptBlock is the multiple to which a receipt's text is filled up.
const receiptBlock = 1024

// sign returns the claims as a compact JWS.
func (c *Claims) sign(key *envelope.PrivateKey) ([]byte, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, refuse(envelope.ReasonMisuse, "receipt")
	}
	if fill := -len(text) & (receiptBlock - 1); fill > 0 {
		text = append(text, bytes.Repeat([]byte{' '}, fill)...)
	}
	return envelope.SignToken(envelope.TypeReceipt, text, key)
}
