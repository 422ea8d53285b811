package exchange

import (
	"context"
	"sync"

	"github.com/segel-id/segel/envelope"
)

// A note is a refusal or a settlement that the journal has.
type note struct {
	key    Key
	digest string
	reason envelope.Reason
}

// maxNotes bounds what is remembered of either; beyond it the journal may
// repeat itself.
const maxNotes = 4096

// notes remember, for as long as the process lives, what need not be entered
// again: so a captured envelope that is posted for ever does not fill the disk.
type notes struct {
	mu    sync.Mutex
	known map[note]bool
}

func (n *notes) has(x note) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.known[x]
}

func (n *notes) add(x note) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil || len(n.known) >= maxNotes {
		n.known = map[note]bool{}
	}
	n.known[x] = true
}

// remark enters a refusal that settles nothing, once for each process.
func (a *attempt) remark(ctx context.Context, event Event, reason envelope.Reason) error {
	x := a.note(reason)
	if a.r.refusals.has(x) {
		return nil
	}
	e := a.entry(event, a.now)
	e.Reason = reason
	if err := a.r.enter(ctx, e); err != nil {
		return err
	}
	a.r.refusals.add(x)
	return nil
}

// enterSettled enters a settlement in the journal.
func (a *attempt) enterSettled(ctx context.Context, s Settlement) error {
	e := a.entry(EventSettled, s.At)
	e.Outcome, e.Reason = s.Outcome, s.Reason
	if err := a.r.enter(ctx, e); err != nil {
		return err
	}
	a.r.settlements.add(a.note(s.Reason))
	return nil
}

// confirm has the journal say that an envelope is settled before a repeat is
// shown the receipt: the entry may be missing, if the process or the journal
// failed between the settlement and the entry. Nobody knows, so it is entered
// once for each process, and may stand there more than once.
func (a *attempt) confirm(ctx context.Context, s Settlement) error {
	if a.r.settlements.has(a.note(s.Reason)) {
		return nil
	}
	return a.enterSettled(ctx, s)
}

func (a *attempt) note(reason envelope.Reason) note {
	return note{Key{a.claimed.Sender, a.claimed.ID}, a.claimed.Digest, reason}
}
