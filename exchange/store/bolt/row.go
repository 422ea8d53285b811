package bolt

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/strictjson"
)

// row and marks are what the file holds. Their members are part of the format:
// a later version may add members, never change one, and an earlier one that
// meets a member it does not know fails.
type row struct {
	Sender     envelope.Party `json:"sender"`
	ID         string         `json:"id"`
	Digest     string         `json:"digest"`
	Root       string         `json:"root,omitempty"`
	AdmittedAt time.Time      `json:"admittedAt"`
	Directory  int64          `json:"directory"`
	Agreement  string         `json:"agreement,omitempty"`
	KeepUntil  time.Time      `json:"keepUntil"`
	Channel    string         `json:"channel,omitempty"`
	Fence      uint64         `json:"fence"`
	LeaseUntil time.Time      `json:"leaseUntil,omitzero"`
	Superseded bool           `json:"superseded,omitempty"`
	Settlement *settlement    `json:"settlement,omitempty"`
}

type settlement struct {
	Outcome exchange.Outcome `json:"outcome"`
	Reason  envelope.Reason  `json:"reason,omitempty"`
	At      time.Time        `json:"at"`
	Receipt blob             `json:"receipt"`
}

type marks struct {
	Clock           time.Time `json:"clock,omitzero"`
	Directory       int64     `json:"directory,omitzero"`
	DirectoryDigest string    `json:"directoryDigest,omitempty"`

	Purged time.Time      `json:"purged,omitzero"`
	Party  envelope.Party `json:"party,omitempty"`
}

// blob is bytes, in base64.
type blob []byte

func (b blob) MarshalText() ([]byte, error) { return base64.StdEncoding.AppendEncode(nil, b), nil }

func (b *blob) UnmarshalText(text []byte) (err error) {
	*b, err = base64.StdEncoding.AppendDecode(nil, text)
	return err
}

// decode reads JSON that has the members of v and no others.
func decode(text []byte, v any) bool { return strictjson.Unmarshal(text, v) == nil }

func encodeRow(r *exchange.Row) ([]byte, error) {
	out := row{
		Sender: r.Sender, ID: r.ID, Digest: r.Digest, Root: r.Root, AdmittedAt: r.AdmittedAt, Directory: r.Directory,
		Agreement: r.Agreement, KeepUntil: r.KeepUntil, Channel: r.Place.Channel, Fence: r.Fence, LeaseUntil: r.LeaseUntil, Superseded: r.Superseded,
	}
	if s := r.Settlement; s != nil {
		out.Settlement = &settlement{s.Outcome, s.Reason, s.At, s.Receipt}
	}
	return json.Marshal(out)
}

func decodeRow(text []byte) (*exchange.Row, bool) {
	var in row
	if !decode(text, &in) || in.Digest == "" || in.AdmittedAt.IsZero() || in.KeepUntil.IsZero() {
		return nil, false
	}
	r := &exchange.Row{
		Admission: exchange.Admission{
			Key: exchange.Key{Sender: in.Sender, ID: in.ID}, Digest: in.Digest, Root: in.Root, AdmittedAt: in.AdmittedAt,
			Directory: in.Directory, Agreement: in.Agreement, KeepUntil: in.KeepUntil, Place: exchange.Place{Channel: in.Channel},
		},
		Fence: in.Fence, LeaseUntil: in.LeaseUntil, Superseded: in.Superseded,
	}
	if s := in.Settlement; s != nil {
		if s.Outcome == "" || len(s.Receipt) == 0 {
			return nil, false
		}
		r.Settlement = &exchange.Settlement{Outcome: s.Outcome, Reason: s.Reason, At: s.At, Receipt: s.Receipt}
	}
	return r, true
}
