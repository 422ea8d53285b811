package exchange

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange/spool"
	"github.com/segel-id/segel/exchange/trust"
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
	// DefaultMaxLasting is how many rows that cannot be purged one sender may have.
	DefaultMaxLasting = 100_000
)

// Bounds of a [ReceiverConfig]. Beyond them the checks would check nothing.
const (
	// MaxClockBack bounds ClockBack.
	MaxClockBack = 24 * time.Hour
	// MaxClockForward bounds ClockForward.
	MaxClockForward = 366 * 24 * time.Hour
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
	// can be replayed: a memory store is for tests. It is this party's alone; the
	// party's receivers for other purposes may share it.
	Store Store
	// Journal gets "released" before the handler sees a record. Mandatory.
	Journal Journal
	// Handle is the receiving application. Mandatory.
	Handle Handler
	// Documents are the media types of documents that the handler understands, as
	// "application/pdf". Nothing checks a document. Another one is not settled: it is
	// answered with "try later". nil: records alone, and a document is refused for good.
	Documents []string
	// Spool keeps what has arrived of bodies: sealed, and no more than has verified.
	// It holds nothing of a sender that is not proven. It is this receiver's alone.
	// nil: a body is received only from an input that can be read twice.
	Spool *spool.Folder
	// Stage, if not nil, is called once for each envelope, before its content is
	// verified to the end, and takes the content as it is verified, so that a body is
	// read once: see [Stage]. "released" is on record before. It makes Spool needless,
	// but uploads cannot go on then.
	Stage func(ctx context.Context, p envelope.Proof) (Stage, error)

	// Lease is how long a claim holds without renewal. 0: [DefaultLease]; else a
	// second to [MaxLease].
	Lease time.Duration
	// ClockBack and ClockForward bound how far the clock may step back behind, or
	// lie beyond, the latest time that the store has seen. 0:
	// [DefaultClockBack], [DefaultClockForward]; at most [MaxClockBack],
	// [MaxClockForward]. A settled row is kept for the sum of both beyond the
	// envelope's end: a clock may jump forward by one, have rows purged, and step
	// back by the other, and still nothing comes back to life. What a row was
	// given when it was admitted stays, so raising either later undercuts the rows
	// that are there: purge none of them until as much time has passed.
	ClockBack, ClockForward time.Duration
	// Skew is by how much both ends of an envelope's lifetime are widened, for a
	// sender's clock that differs. 0: [envelope.DefaultSkew]; at most
	// [envelope.MaxSkew].
	Skew time.Duration
	// MaxContent bounds the content of a body, in bytes after decompression: what
	// Spool bounds is sealed, and may grow twenty-thousandfold. 0:
	// [envelope.DefaultMaxContent].
	MaxContent int64
	// MaxFile bounds how many bytes of an envelope file are read, but for a body,
	// which Spool bounds. 0: [DefaultMaxFile].
	MaxFile int64
	// MaxLasting bounds how many rows that cannot be purged, unsettled or
	// cancelled before they came, one sender may have in the store; beyond it, what
	// is new waits. 0: [DefaultMaxLasting].
	MaxLasting int
	// Clock tells the time. nil: time.Now.
	Clock func() time.Time
	// Observer and Logger are told what is done, for metrics and for people; see
	// [Observer]. nil: nobody is.
	Observer Observer
	Logger   *slog.Logger
}

// A Receiver opens envelopes, hands their records to a handler once, and
// answers with receipts. It may be used concurrently. It holds no connection and
// no goroutine of its own when nothing is being received.
type Receiver struct {
	cfg    ReceiverConfig
	policy *policy
	now    func() time.Time
	watch  *watch

	born                  time.Time // by its clock, with the monotonic reading if it has one
	pulse                 pulse
	refusals, settlements notes // that the journal has
}

// NewReceiver checks the configuration, binds a new store to the party, holds
// the directory against the one that the store has seen last, and returns a
// receiver.
//
// The error has [envelope.ReasonMisuse] for what is missing or out of range and
// for another party's store, [envelope.ReasonPurposeUnknown], the reasons of
// [trust.Directory.Follows]
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
	case cfg.Lease != 0 && cfg.Lease < time.Second, cfg.Lease > MaxLease, cfg.MaxFile < 0, cfg.MaxLasting < 0, cfg.MaxContent < 0,
		cfg.ClockBack < 0, cfg.ClockBack > MaxClockBack, cfg.ClockForward < 0, cfg.ClockForward > MaxClockForward,
		cfg.Skew < 0, cfg.Skew > envelope.MaxSkew:
		return nil, refuse(envelope.ReasonMisuse, "config: Lease, ClockBack, ClockForward, Skew, MaxFile, MaxContent or MaxLasting")
	}
	cfg.Keys, cfg.Documents = slices.Clone(cfg.Keys), slices.Clone(cfg.Documents)
	setDefault(&cfg.Lease, DefaultLease)
	setDefault(&cfg.ClockBack, DefaultClockBack)
	setDefault(&cfg.ClockForward, DefaultClockForward)
	setDefault(&cfg.Skew, envelope.DefaultSkew)
	setDefault(&cfg.MaxFile, DefaultMaxFile)
	setDefault(&cfg.MaxLasting, DefaultMaxLasting)
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	r := &Receiver{cfg: cfg, policy: newPolicy(cfg.Directory, cfg.Definitions), now: clock(cfg.Clock), watch: newWatch(cfg.Logger, cfg.Observer), born: cfg.Clock()}
	if _, err := purpose.Default().Lookup(cfg.Purpose, r.now()); err != nil {
		return nil, refuse(envelope.ReasonPurposeUnknown, "config: Purpose")
	}
	if err := r.seen(context.Background(), cfg.Directory); err != nil {
		return nil, err
	}
	return r, nil
}

// MaxFile returns how many bytes of an envelope file are read at most, but for a
// body: no more than these are ever in memory.
func (r *Receiver) MaxFile() int64 { return r.cfg.MaxFile }

// MaxBody returns how many bytes a file with a body may have at most, MaxFile if
// there is nowhere to keep one: what a transport may refuse before it reads.
func (r *Receiver) MaxBody() int64 {
	switch {
	case r.cfg.Spool != nil:
		return max(r.cfg.MaxFile, r.cfg.Spool.MaxBody())
	case r.cfg.Stage != nil:
		return math.MaxInt64 >> 1
	}
	return r.cfg.MaxFile
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// SetDirectory enters a newer directory in the journal, has the store remember
// its version and puts it in force, in this order. The error has the reasons of
// [trust.Directory.Succeeds] and [NewReceiver]; the former directory then stays.
// If the store failed, the journal has the entry all the same, and again when
// SetDirectory is called again, as it should be: the store may have kept the
// version, and then nothing is received under the former one.
func (r *Receiver) SetDirectory(ctx context.Context, d *trust.Directory) error {
	// Only a directory that may take the place of this one is remembered: else
	// the store would hold a version that this receiver does not have.
	if err := r.policy.succeeds(d); err != nil {
		return err
	}
	if err := r.enter(ctx, Entry{Time: r.now(), Event: EventDirectory, Digest: d.Digest()}); err != nil {
		return err
	}
	if err := r.seen(ctx, d); err != nil {
		return err
	}
	if err := r.policy.replace(d); err != nil {
		return err
	}
	r.watch.directory(ctx, d)
	return nil
}

// seen holds a directory and this party against what the store has seen, and
// has it remember both.
func (r *Receiver) seen(ctx context.Context, d *trust.Directory) error {
	if err := r.compare(ctx, d); err != nil {
		return err
	}
	if r.cfg.Store.Raise(ctx, Marks{Directory: d.Version(), DirectoryDigest: d.Digest(), Party: r.cfg.Party}) != nil {
		return unavailable
	}
	return r.compare(ctx, d) // another process may have been first
}

func (r *Receiver) compare(ctx context.Context, d *trust.Directory) error {
	_, marks, err := r.cfg.Store.Lookup(ctx, Key{})
	if err != nil {
		return unavailable
	}
	if marks.Party != "" && marks.Party != r.cfg.Party {
		return refuse(envelope.ReasonMisuse, "config: Store: another party's")
	}
	return follows(d, marks)
}

func follows(d *trust.Directory, marks Marks) error {
	if marks.Directory == 0 {
		return nil
	}
	return d.Follows(marks.Directory, marks.DirectoryDigest)
}

var unavailable = refuse(envelope.ReasonUnavailable, "the store failed")

// Purge removes settled rows whose envelopes can no longer be accepted by any
// clock within bounds, and returns how many. With a clock that cannot be
// trusted it removes nothing and fails with [envelope.ReasonClock]. Tombstones
// of envelopes that never came stay for good: nobody knows how long they live.
//
// The store remembers the clock of the purge. If that turns out to have been
// ahead, by more than one jump within bounds, nobody can tell a new envelope from
// one whose row is gone: those whose rows would be gone by now are refused with
// [envelope.ReasonExpired], until the clock has come so far again.
func (r *Receiver) Purge(ctx context.Context) (int, error) {
	now := r.now()
	_, marks, err := r.cfg.Store.Lookup(ctx, Key{})
	if err != nil {
		return 0, unavailable
	}
	if err := r.timely(now, marks); err != nil {
		return 0, err
	}
	if err := r.steady(); err != nil {
		return 0, err
	}
	n, err := r.cfg.Store.Purge(ctx, now)
	if err != nil {
		return 0, unavailable
	}
	return n, nil
}

// keepUntil returns from when on a settled row may be purged, given when its
// envelope ends. See ReceiverConfig.ClockBack; skew counts as the most that any
// configuration allows.
func (r *Receiver) keepUntil(expires time.Time) time.Time {
	until := expires.Add(envelope.MaxSkew + r.cfg.ClockForward + r.cfg.ClockBack)
	if until.After(forGood) {
		return forGood
	}
	return until
}

// forGood is a time that no clock within bounds reaches, and that every store
// can hold.
var forGood = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// enter appends to the journal.
func (r *Receiver) enter(ctx context.Context, e Entry) error {
	e.Party = r.cfg.Party
	if r.cfg.Journal.Append(ctx, e) != nil {
		return refuse(envelope.ReasonUnavailable, "the journal could not be written")
	}
	return nil
}
