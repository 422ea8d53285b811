package exchange

import (
	"context"

	"github.com/segel-id/segel/envelope"
)

// A note is a refusal that settles nothing and that the journal has.
type note struct {
	key    Key
	digest string
	reason envelope.Reason
}

// maxNotes bounds what is remembered of refusals; beyond it the journal may
// repeat itself.
const maxNotes = 4096

// remark enters a refusal that settles nothing, once for each process, so that
// a captured envelope that is posted for ever does not fill the disk.
func (a *attempt) remark(ctx context.Context, event Event, reason envelope.Reason) error {
	r, n := a.r, note{Key{a.claimed.Sender, a.claimed.ID}, a.claimed.Digest, reason}
	r.mu.Lock()
	known := r.noted[n]
	r.mu.Unlock()
	if known {
		return nil
	}
	e := a.entry(event, a.now)
	e.Reason = reason
	if err := r.enter(ctx, e); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.noted) >= maxNotes {
		clear(r.noted)
	}
	r.noted[n] = true
	return nil
}
