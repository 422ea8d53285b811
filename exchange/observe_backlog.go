package exchange

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
)

// MaxBacklog is how many open parcels [Dispatcher.Backlog] looks at.
const MaxBacklog = 10_000

// A Backlog is what waits in an outbox: what gauges show.
type Backlog struct {
	// Peers are the recipients that have open parcels or were sent something by
	// this dispatcher, sorted.
	Peers []PeerBacklog
	// Partial says that there are more than [MaxBacklog] open parcels: those that
	// would be given up last are not counted.
	Partial bool
	// DirectoryExpires is when the directory in force does, from which moment on
	// nothing is sent.
	DirectoryExpires time.Time
}

// A PeerBacklog is what waits for one recipient.
type PeerBacklog struct {
	To      envelope.Party // the recipient
	Queued  int            // parcels that have never left
	Unknown int            // parcels that have left and are not settled
	Oldest  time.Time      // when the oldest of both was posted; zero if there is none
	Flying  int            // attempts that are being made by this dispatcher now
	Silent  int            // attempts in a row that brought no answer, as this dispatcher knows
}

// Backlog counts the open parcels of the outbox. It reads at most [MaxBacklog] of
// them, without their files and without holding up an attempt; a file of
// exchange/store/bolt takes about 15 µs for each. It is meant to be called every
// few seconds at most. Parcels that were given up are not open: an
// [Observer] is told of each. The error has [envelope.ReasonUnavailable].
func (d *Dispatcher) Backlog(ctx context.Context) (Backlog, error) {
	open, err := d.box.Overdue(ctx, forGood, MaxBacklog+1)
	if err != nil {
		return Backlog{}, outboxFailed
	}
	b := Backlog{Partial: len(open) > MaxBacklog, DirectoryExpires: d.sender.policy.latest().Expires()}
	peers := map[envelope.Party]*PeerBacklog{}
	of := func(to envelope.Party) *PeerBacklog {
		if peers[to] == nil {
			peers[to] = &PeerBacklog{To: to}
		}
		return peers[to]
	}
	for _, p := range open[:min(len(open), MaxBacklog)] {
		peer := of(p.Recipient)
		if p.State == ParcelQueued {
			peer.Queued++
		} else {
			peer.Unknown++
		}
		if peer.Oldest.IsZero() || p.PostedAt.Before(peer.Oldest) {
			peer.Oldest = p.PostedAt
		}
	}
	d.mu.Lock()
	for to, p := range d.peers {
		peer := of(to)
		peer.Flying, peer.Silent = p.flying, p.misses
	}
	d.mu.Unlock()
	for _, p := range peers {
		b.Peers = append(b.Peers, *p)
	}
	slices.SortFunc(b.Peers, func(x, y PeerBacklog) int { return cmp.Compare(x.To, y.To) })
	return b, nil
}

// A Tallier is a [Store] that can tell how many rows it has of each sender that
// last ([Row.Lasts]): those that are not settled, and the few that are kept for
// good. Stores count them anyway, for [Admission.Quota].
type Tallier interface {
	Store
	// Lasting returns these counts, without zeros. It reads no row.
	Lasting(ctx context.Context) (map[envelope.Party]int, error)
}

// Unsettled returns how many envelopes of each sender are admitted and not
// settled, or cancelled before they came, as the store counts them against
// [ReceiverConfig].MaxLasting: at work, failed and to be sent again, or abandoned.
// Receivers on one store have one count. The error has [envelope.ReasonMisuse] if
// the store is no [Tallier], and [envelope.ReasonUnavailable] if it fails.
func (r *Receiver) Unsettled(ctx context.Context) (map[envelope.Party]int, error) {
	t, ok := r.cfg.Store.(Tallier)
	if !ok {
		return nil, refuse(envelope.ReasonMisuse, "the store does not count")
	}
	n, err := t.Lasting(ctx)
	if err != nil {
		return nil, unavailable
	}
	return n, nil
}
