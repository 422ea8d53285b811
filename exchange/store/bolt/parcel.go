package bolt

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
)

// parcel is what the file holds of one. Its members are part of the format, by
// the rule of row.
type parcel struct {
	Sender     envelope.Party       `json:"sender"`
	ID         string               `json:"id"`
	Recipient  envelope.Party       `json:"recipient"`
	Digest     string               `json:"digest"`
	IssuedAt   time.Time            `json:"issuedAt"`
	Expires    time.Time            `json:"expires"`
	Dataset    string               `json:"dataset,omitempty"`
	Purpose    purpose.Code         `json:"purpose,omitempty"`
	Agreement  string               `json:"agreement,omitempty"`
	PostedAt   time.Time            `json:"postedAt"`
	Channel    string               `json:"channel,omitempty"`
	Epoch      string               `json:"epoch,omitempty"`
	Number     int64                `json:"number,omitzero"`
	First      string               `json:"first,omitempty"` // of its line, as is LineRevision
	LineRev    int64                `json:"lineRevision,omitzero"`
	State      exchange.ParcelState `json:"state"`
	Cancel     bool                 `json:"cancel,omitempty"`
	Attempts   int                  `json:"attempts,omitempty"`
	Next       time.Time            `json:"next"`
	Deadline   time.Time            `json:"deadline"`
	Reason     envelope.Reason      `json:"reason,omitempty"`
	Settlement *settlement          `json:"settlement,omitempty"`
	Revision   uint64               `json:"revision"`
	Root       string               `json:"root,omitempty"`
	Body       int64                `json:"body,omitzero"`
	Upload     string               `json:"upload,omitempty"`
}

func encodeParcel(p *exchange.Parcel) ([]byte, error) {
	out := parcel{
		Sender: p.Sender, ID: p.ID, Recipient: p.Recipient, Digest: p.Digest, IssuedAt: p.IssuedAt, Expires: p.Expires,
		Dataset: p.Dataset, Purpose: p.Purpose, Agreement: p.Agreement, PostedAt: p.PostedAt, State: p.State, Cancel: p.Cancel,
		Attempts: p.Attempts, Next: p.Next, Deadline: p.Deadline, Reason: p.Reason, Revision: p.Revision,
		Channel: p.Channel, Epoch: p.Epoch, Number: p.Number, First: p.Line.First, LineRev: p.Line.Revision,
		Root: p.Root, Body: p.Body, Upload: p.Upload,
	}
	if p.State == exchange.ParcelSettled {
		out.Reason = ""
		out.Settlement = &settlement{p.Outcome, p.Reason, p.SettledAt, p.Receipt}
	}
	return json.Marshal(out)
}

// decodeParcel reads what stands under a key; nothing is no parcel.
func decodeParcel(key, text []byte) (*exchange.Parcel, bool) {
	var in parcel
	if !decode(text, &in) || in.Digest == "" || in.Revision == 0 || in.Attempts < 0 {
		return nil, false
	}
	p := &exchange.Parcel{
		Sent: exchange.Sent{
			Key: exchange.Key{Sender: in.Sender, ID: in.ID}, Digest: in.Digest, Recipient: in.Recipient, IssuedAt: in.IssuedAt,
			Channel: in.Channel, Line: exchange.Line{First: in.First, Revision: in.LineRev}, Root: in.Root,
		},
		Body: in.Body, Upload: in.Upload,
		Epoch: in.Epoch, Number: in.Number,
		Expires: in.Expires, Dataset: in.Dataset, Purpose: in.Purpose, Agreement: in.Agreement, PostedAt: in.PostedAt,
		State: in.State, Cancel: in.Cancel, Attempts: in.Attempts, Next: in.Next, Deadline: in.Deadline, Reason: in.Reason, Revision: in.Revision,
	}
	switch s := in.Settlement; {
	case p.State == exchange.ParcelSettled:
		if s == nil || s.Outcome == "" || len(s.Receipt) == 0 {
			return nil, false
		}
		p.Outcome, p.Reason, p.SettledAt, p.Receipt = s.Outcome, s.Reason, s.At, s.Receipt
	case s != nil, !p.Open() && p.State != exchange.ParcelGivenUp:
		return nil, false
	}
	return p, bytes.Equal(parcelKey(p.Sent), key)
}
