package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/form"
	"github.com/segel-id/segel/internal/limits"
	"github.com/segel-id/segel/internal/strictjson"
)

// line is one line of the file, member by member in its order.
type line struct {
	Seq       int64            `json:"seq"`
	Time      string           `json:"time"`
	Event     exchange.Event   `json:"event"`
	Party     envelope.Party   `json:"party"`
	Sender    envelope.Party   `json:"sender,omitempty"`
	To        []envelope.Party `json:"to,omitempty"`
	ID        string           `json:"id,omitempty"`
	Digest    string           `json:"digest,omitempty"`
	Dataset   string           `json:"dataset,omitempty"`
	Purpose   purpose.Code     `json:"purpose,omitempty"`
	Agreement string           `json:"agreement,omitempty"`
	Corrects  string           `json:"supersedes,omitempty"`
	Outcome   exchange.Outcome `json:"outcome,omitempty"`
	Reason    envelope.Reason  `json:"reason,omitempty"`
	Prev      string           `json:"prev"`
}

const timeForm = "2006-01-02T15:04:05.000000Z"

// maxLine bounds a line: 64 recipients of 65 characters, and the rest.
const maxLine = 16 << 10

var events = []exchange.Event{
	exchange.EventSealed, exchange.EventReleased, exchange.EventSettled, exchange.EventRefused, exchange.EventConflict,
	exchange.EventReceipt, exchange.EventClock, exchange.EventQuestion, exchange.EventDirectory,
	exchange.EventGivenUp,
}

var outcomes = []exchange.Outcome{exchange.OutcomeAccepted, exchange.OutcomeRefused, exchange.OutcomeCancelled}

// newLine turns an entry into a line.
func newLine(e exchange.Entry, last Head) line {
	return line{
		Seq: last.Seq + 1, Time: e.Time.UTC().Format(timeForm), Event: e.Event, Party: e.Party, Sender: e.Sender,
		To: e.Recipients, ID: e.ID, Digest: e.Digest, Dataset: e.Dataset, Purpose: e.Purpose, Agreement: e.Agreement, Corrects: e.Supersedes,
		Outcome: e.Outcome, Reason: e.Reason, Prev: last.Hash,
	}
}

// sound reports whether every field has its form: nothing else may be written,
// and nothing else may be read.
func (l *line) sound() bool {
	t, err := time.Parse(timeForm, l.Time)
	return err == nil && t.Year() >= 1970 && t.Format(timeForm) == l.Time &&
		l.Seq > 0 && slices.Contains(events, l.Event) && isParty(l.Party) &&
		(l.Sender == "" || isParty(l.Sender)) && len(l.To) <= limits.Recipients && !slices.ContainsFunc(l.To, func(p envelope.Party) bool { return !isParty(p) }) &&
		fits(form.ID, l.ID) && fits(form.ID, l.Corrects) && fits(form.Digest, l.Digest) && fits(form.Dataset, l.Dataset) && (l.Purpose == "" || l.Purpose.Valid()) && fits(form.Agreement, l.Agreement) &&
		(l.Outcome == "" || slices.Contains(outcomes, l.Outcome)) &&
		(l.Reason == "" || slices.Contains(envelope.Reasons(), l.Reason)) && form.Digest(l.Prev)
}

func isParty(p envelope.Party) bool { return form.Party(string(p)) }

func fits(grammar func(string) bool, s string) bool { return s == "" || grammar(s) }

// marshal returns the line without its line feed.
func (l *line) marshal() ([]byte, error) { return json.Marshal(l) }

// parse reads a line that stands behind last, and returns the head after it.
// Only what marshal could have written is accepted.
func parse(text []byte, last Head) (Head, bool) {
	var l line
	if strictjson.Unmarshal(text, &l) != nil || !l.sound() || l.Seq != last.Seq+1 || l.Prev != last.Hash {
		return last, false
	}
	again, err := l.marshal()
	if err != nil || !bytes.Equal(again, text) {
		return last, false
	}
	return Head{l.Seq, hash(text)}, true
}

const hashLabel = "segel/1 journal\n"

func hash(text []byte) string {
	h := sha256.New()
	h.Write([]byte(hashLabel))
	h.Write(text)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// start is the head of an empty journal.
func start() Head { return Head{0, hash(nil)} }
