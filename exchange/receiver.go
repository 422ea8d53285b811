package exchange

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/limits"
	"github.com/segel-id/segel/schema"
)

// Defaults of a [ReceiverConfig].
const (
	// DefaultLease is how long a claim holds if nobody renews it. The receiver
	// renews it while the handler runs, so it bounds the pause after a crash.
	DefaultLease = time.Minute
	// DefaultClockBack is how far the clock may step back.
	DefaultClockBack = envelope.DefaultSkew
	// DefaultClockForward is how far the clock may lie beyond the latest time that
	// the store has seen. A receiver that rested longer wants somebody to look.
	DefaultClockForward = 60 * 24 * time.Hour
	// DefaultMaxFile is how many bytes of an envelope file are read.
	DefaultMaxFile = 16 << 20
)

// A ReceiverConfig says who receives, for what, and by what. It is not modified
// after [NewReceiver].
type ReceiverConfig struct {
	// Party is the recipient. Mandatory.
	Party envelope.Party
	// Keys are its private keys: at least one for signing receipts and one for
	// decryption; former ones may stand beside them. Mandatory.
	Keys []*envelope.PrivateKey
	// Purpose is what the handler uses records for. An envelope for another
	// purpose is refused and not settled. Mandatory.
	Purpose purpose.Code
	// Directory is the signed directory in force. Mandatory.
	Directory *trust.Directory
	// Definitions are the datasets that the handler understands. Mandatory.
	Definitions *schema.Registry
	// Store remembers what was admitted and settled. Mandatory. What it forgets
	// can be replayed: a memory store is for tests.
	Store Store
	// Journal gets "released" before the handler sees a record. Mandatory.
	Journal Journal
	// Handle is the receiving application. Mandatory.
	Handle Handler

	// Lease is how long a claim holds without renewal. 0: [DefaultLease]; else at
	// least a second.
	Lease time.Duration
	// ClockBack and ClockForward bound how far the clock may step back behind, or
	// lie beyond, the latest time that the store has seen. 0:
	// [DefaultClockBack], [DefaultClockForward]. Settled rows are kept for
	// ClockForward beyond the envelope's end, so that a clock that jumps by less
	// purges nothing that could come back.
	ClockBack, ClockForward time.Duration
	// Skew is by how much both ends of an envelope's lifetime are widened, for a
	// sender's clock that differs. 0: [envelope.DefaultSkew]; at most
	// [envelope.MaxSkew].
	Skew time.Duration
	// MaxFile bounds how many bytes of an envelope file are read. 0:
	// [DefaultMaxFile].
	MaxFile int64
	// Clock tells the time. nil: time.Now.
	Clock func() time.Time
}

// A Receiver opens envelopes, hands their records to a handler once, and
// answers with receipts. It may be used concurrently. It holds no connection and
// no goroutine of its own when nothing is being received.
type Receiver struct {
	cfg    ReceiverConfig
	policy *policy
	now    func() time.Time

	mu    sync.Mutex
	noted map[note]bool // unsettling refusals that the journal has
}

// NewReceiver checks the configuration, holds the directory against the one
// that the store has seen last, and returns a receiver.
//
// The error has [envelope.ReasonMisuse] for what is missing or out of range,
// [envelope.ReasonPurposeUnknown], the reasons of [trust.Directory.Follows]
// for a directory that was rolled back or forked, or
// [envelope.ReasonUnavailable] if the store fails.
func NewReceiver(cfg ReceiverConfig) (*Receiver, error) {
	if err := ready(cfg.Party, cfg.Keys, cfg.Directory, cfg.Definitions, cfg.Journal); err != nil {
		return nil, err
	}
	switch {
	case cfg.Store == nil:
		return nil, refuse(envelope.ReasonMisuse, "config: missing Store")
	case cfg.Handle == nil:
		return nil, refuse(envelope.ReasonMisuse, "config: missing Handle")
	case cfg.Lease != 0 && cfg.Lease < time.Second, cfg.ClockBack < 0, cfg.ClockForward < 0, cfg.MaxFile < 0,
		cfg.Skew < 0, cfg.Skew > envelope.MaxSkew:
		return nil, refuse(envelope.ReasonMisuse, "config: Lease, ClockBack, ClockForward, Skew or MaxFile")
	}
	cfg.Keys = slices.Clone(cfg.Keys)
	setDefault(&cfg.Lease, DefaultLease)
	setDefault(&cfg.ClockBack, DefaultClockBack)
	setDefault(&cfg.ClockForward, DefaultClockForward)
	setDefault(&cfg.MaxFile, DefaultMaxFile)
	r := &Receiver{cfg: cfg, policy: newPolicy(cfg.Directory, cfg.Definitions), now: clock(cfg.Clock), noted: map[note]bool{}}
	if _, err := purpose.Default().Lookup(cfg.Purpose, r.now()); err != nil {
		return nil, refuse(envelope.ReasonPurposeUnknown, "config: Purpose")
	}
	return r, r.seen(context.Background(), cfg.Directory)
}

// MaxFile returns how many bytes of an envelope file are read at most: what a
// transport may refuse before it reads.
func (r *Receiver) MaxFile() int64 { return r.cfg.MaxFile }

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// SetDirectory puts a newer directory in force and has the store remember its
// version. The error has the reasons of [trust.Directory.Succeeds] and
// [NewReceiver]; the former directory then stays.
func (r *Receiver) SetDirectory(ctx context.Context, d *trust.Directory) error {
	if d == nil {
		return refuse(envelope.ReasonMisuse, "no directory")
	}
	// Only a directory that may take the place of this one is remembered: else
	// the store would hold a version that this receiver does not have.
	if err := r.policy.succeeds(d); err != nil {
		return err
	}
	if err := r.seen(ctx, d); err != nil {
		return err
	}
	if err := r.policy.replace(d); err != nil {
		return err
	}
	return r.enter(ctx, Entry{Time: r.now(), Event: EventDirectory, Digest: d.Digest()})
}

// seen holds a directory against the highest that the store has seen, and has
// it remembered.
func (r *Receiver) seen(ctx context.Context, d *trust.Directory) error {
	_, marks, err := r.cfg.Store.Lookup(ctx, Key{})
	if err != nil {
		return unavailable
	}
	if err := follows(d, marks); err != nil {
		return err
	}
	if r.cfg.Store.Raise(ctx, Marks{Directory: d.Version(), DirectoryDigest: d.Digest()}) != nil {
		return unavailable
	}
	return nil
}

func follows(d *trust.Directory, marks Marks) error {
	if marks.Directory == 0 {
		return nil
	}
	return d.Follows(marks.Directory, marks.DirectoryDigest)
}

var unavailable = refuse(envelope.ReasonUnavailable, "the store failed")

// timely reports whether the clock may be trusted, given the latest time that
// the store has seen.
func (r *Receiver) timely(now time.Time, marks Marks) error {
	switch {
	case marks.Clock.IsZero():
		return nil
	case now.Before(marks.Clock.Add(-r.cfg.ClockBack)):
		return refuse(envelope.ReasonClock, "it stepped back")
	case now.After(marks.Clock.Add(r.cfg.ClockForward)):
		return refuse(envelope.ReasonClock, "it jumped forward, or this receiver rested for long")
	}
	return nil
}

// AcknowledgeClock tells the receiver that somebody has looked at the clock and
// found it right. It is the only way on after [envelope.ReasonClock], unless the
// clock returns to its bounds. The journal records it.
func (r *Receiver) AcknowledgeClock(ctx context.Context) error {
	now := r.now()
	if err := r.enter(ctx, Entry{Time: now, Event: EventClock}); err != nil {
		return err
	}
	if r.cfg.Store.Acknowledge(ctx, now) != nil {
		return unavailable
	}
	return nil
}

// Purge removes settled rows whose envelopes can no longer be accepted by any
// clock within bounds, and returns how many. With a clock that cannot be
// trusted it removes nothing and fails with [envelope.ReasonClock].
func (r *Receiver) Purge(ctx context.Context) (int, error) {
	now := r.now()
	_, marks, err := r.cfg.Store.Lookup(ctx, Key{})
	if err != nil {
		return 0, unavailable
	}
	if err := r.timely(now, marks); err != nil {
		return 0, err
	}
	n, err := r.cfg.Store.Purge(ctx, now)
	if err != nil {
		return 0, unavailable
	}
	return n, nil
}

// keepUntil returns from when on a settled row may be purged.
func (r *Receiver) keepUntil(expires time.Time) time.Time {
	return expires.Add(limits.Skew + r.cfg.ClockForward)
}

// enter appends to the journal.
func (r *Receiver) enter(ctx context.Context, e Entry) error {
	e.Party = r.cfg.Party
	if r.cfg.Journal.Append(ctx, e) != nil {
		return refuse(envelope.ReasonUnavailable, "the journal could not be written")
	}
	return nil
}
