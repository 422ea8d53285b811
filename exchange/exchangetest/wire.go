package exchangetest

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// Wire is an [exchange.Transport] in memory. It may be used concurrently.
type Wire struct {
	// Fault, if not nil, is called before each delivery with the party and the
	// file, and returns what arrives: nil for nothing. It must not be changed
	// while the wire is in use.
	Fault func(to envelope.Party, file []byte) []byte

	mu        sync.Mutex
	receivers map[envelope.Party]*exchange.Receiver
	answers   []exchange.Answer
}

var _ exchange.Transport = (*Wire)(nil)

// Connect makes a receiver reachable under a party, in place of the one before;
// nil cuts the party off.
func (w *Wire) Connect(party envelope.Party, r *exchange.Receiver) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.receivers[party] = r
}

// Deliver hands the file to the party's receiver.
func (w *Wire) Deliver(ctx context.Context, to envelope.Party, file io.Reader) (exchange.Reply, error) {
	data, err := io.ReadAll(file)
	if err != nil {
		return exchange.Reply{}, lost
	}
	if w.Fault != nil {
		if data = w.Fault(to, data); data == nil {
			return exchange.Reply{}, lost
		}
	}
	r, err := w.receiver(to)
	if err != nil {
		return exchange.Reply{}, err
	}
	return w.keep(r.Receive(ctx, bytes.NewReader(data))), nil
}

// Ask hands the question to the party's receiver.
func (w *Wire) Ask(ctx context.Context, to envelope.Party, question []byte) (exchange.Reply, error) {
	r, err := w.receiver(to)
	if err != nil {
		return exchange.Reply{}, err
	}
	return w.keep(r.SettleOrCancel(ctx, question)), nil
}

func (w *Wire) receiver(to envelope.Party) (*exchange.Receiver, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.receivers[to] == nil {
		return nil, lost
	}
	return w.receivers[to], nil
}

func (w *Wire) keep(a exchange.Answer) exchange.Reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = append(w.answers, a)
	return a.Reply()
}

// Answers returns what the receivers answered, in order: what an operator of the
// receiving side would see.
func (w *Wire) Answers() []exchange.Answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.answers)
}

var lost = &envelope.Error{Reason: envelope.ReasonUnavailable, Detail: "the wire lost it"}

// Journal is an [exchange.Journal] in memory, for tests: it is not durable and
// proves nothing. It may be used concurrently.
type Journal struct {
	// Fail, if not nil, is asked before each entry; its error is returned. It must
	// not be changed while the journal is in use.
	Fail func(exchange.Entry) error

	mu      sync.Mutex
	entries []exchange.Entry
}

// Append keeps the entry.
func (j *Journal) Append(_ context.Context, e exchange.Entry) error {
	if j.Fail != nil {
		if err := j.Fail(e); err != nil {
			return err
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
	return nil
}

// Entries returns what was entered, in order.
func (j *Journal) Entries() []exchange.Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.entries)
}
