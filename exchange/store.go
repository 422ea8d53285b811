package exchange

import (
	"context"
	"errors"
	"time"

	"github.com/segel-id/segel/envelope"
)

// Key is the identity of an exchange: the signed sender and the signed id of
// its envelope, never a hash of token bytes. A handler that must act once makes
// its effect unique by this key.
type Key struct {
	Sender envelope.Party // the party that signed the envelope
	ID     string         // UUIDv7
}

// An Admission is what a receiver writes down once an envelope was verified as
// a whole. Later attempts are judged as of AdmittedAt. All of it is public
// identifiers; times are UTC with microseconds at most.
type Admission struct {
	Key
	Digest     string    // manifest digest
	Root       string    // content root of a body, "" for inline content
	AdmittedAt time.Time // by the receiver's clock
	Directory  int64     // version of the directory that it was judged by
	Agreement  string    // digest of the agreement that permitted it, "" if none did
	KeepUntil  time.Time // from this instant on the row may be purged, if it is settled; at most the end of the year 9999

	// What follows is for the step that admits: of it, a store need keep only the
	// channel in the row.
	Place Place   // in the sender's channel
	Void  []int64 // numbers of that channel and epoch that will never come
	Line  Line    // which revision of what it is
	Quota int     // how many rows that Purge cannot remove the sender may have, this one included

	LineUntil time.Time // from this instant on no earlier revision can be accepted by any clock
}

// A Settlement ends an exchange: it is written once and never changed. The
// receipt that it holds is what every repeat gets, byte for byte.
type Settlement struct {
	Outcome Outcome         // how it ended
	Reason  envelope.Reason // "" if accepted
	At      time.Time       // when, by the recipient's clock
	Receipt []byte          // compact JWS; never changed after it was handed in or out
}

// A Claim is the right to work on one admitted envelope until the lease ends.
// Its Fence is higher than that of every earlier claim on the same key.
type Claim struct {
	Key
	Fence uint64    // 1 for the first claim on the key
	Until time.Time // the end of the lease: the first instant at which it may be taken over
}

// A Row is what a store holds of one key.
type Row struct {
	Admission
	Fence      uint64      // of the latest claim, 0 if there was none
	LeaseUntil time.Time   // zero unless a claim is held; it may have run out
	Superseded bool        // a later revision was admitted before it was settled: it is never claimed again
	Settlement *Settlement // nil until settled
}

// Free returns nil if an envelope with that manifest digest may be claimed or
// settled without a claim at that time, else why not: ErrConflict, ErrSettled
// or ErrBusy, in this order. A nil row is free, and so is one whose lease ends
// later than any lease that could be given now: it was written by a clock that
// was wrong, and waiting for it could take for ever. It is for implementations
// of [Store], so that all of them judge alike.
func (r *Row) Free(digest string, now time.Time) error {
	switch {
	case r == nil:
		return nil
	case r.Digest != digest:
		return ErrConflict
	case r.Settlement != nil:
		return ErrSettled
	case r.leased(now):
		return ErrBusy
	}
	return nil
}

func (r *Row) leased(now time.Time) bool {
	return now.Before(r.LeaseUntil) && !r.LeaseUntil.After(now.Add(leaseHorizon))
}

// Ended reports whether nobody will work on the row again: it is settled or
// superseded. It is for implementations of [Store].
func (r *Row) Ended() bool { return r.Settlement != nil || r.Superseded }

// Lasts reports whether [Store.Purge] can never remove the row as it stands: it
// has not [Row.Ended], or is kept for good. Such rows count against
// [Admission.Quota].
func (r *Row) Lasts() bool { return r != nil && (!r.Ended() || !r.KeepUntil.Before(forGood)) }

// MaxLease bounds the lease of a claim.
const MaxLease = time.Hour

// leaseHorizon is how far ahead a lease can end for a clock that is right. The
// skew is for another process on the same store, whose clock runs ahead.
const leaseHorizon = MaxLease + envelope.MaxSkew

// Held returns nil if the claim is the latest on the row and neither released
// nor settled, whether or not its lease ran out; else ErrFenced. It is for
// implementations of [Store].
func (r *Row) Held(c Claim) error {
	if r == nil || r.Fence != c.Fence || c.Fence == 0 || r.LeaseUntil.IsZero() || r.Settlement != nil {
		return ErrFenced
	}
	return nil
}

// Marks only ever rise, but for an acknowledged clock. They bind a store to one
// party: the rows of two would settle each other's envelopes, which have the
// same keys.
type Marks struct {
	Clock           time.Time // the latest time that a claim, settlement or Raise brought
	Directory       int64     // the highest version of a directory that was used
	DirectoryDigest string    // and its digest

	// The latest time that a [Store.Purge] brought. A row that was to be kept until
	// then may have been there and be gone: its key is never admitted again, whatever
	// the clock is set back to.
	Purged time.Time

	Party envelope.Party // whose store it is, "" until a Raise has said so; it never changes
}

// Raised returns the marks after [Store.Raise]. It is for implementations of
// [Store].
func (m Marks) Raised(by Marks) Marks {
	if by.Clock.After(m.Clock) {
		m.Clock = by.Clock
	}
	if by.Directory > m.Directory {
		m.Directory, m.DirectoryDigest = by.Directory, by.DirectoryDigest
	}
	if by.Purged.After(m.Purged) {
		m.Purged = by.Purged
	}
	if m.Party == "" {
		m.Party = by.Party
	}
	return m
}

// Admits returns nil if no row that was to be kept as long as a new key's can have
// been purged, else ErrPurged. What is kept for good, until the end of the year
// 9999, is always admitted. It is for implementations of [Store].
func (m Marks) Admits(a Admission) error {
	if !m.Purged.IsZero() && a.KeepUntil.Before(forGood) && !a.KeepUntil.After(m.Purged) {
		return ErrPurged
	}
	return nil
}

// The errors of a Store's contract. Any other error means that the store could
// not do its work, and that nobody knows whether it did.
var (
	// ErrBusy: somebody holds a claim whose lease has not run out.
	ErrBusy = errors.New("exchange: the envelope is being worked on")
	// ErrConflict: the key was admitted with another manifest digest.
	ErrConflict = errors.New("exchange: the identity was used for another content")
	// ErrSettled: the key is settled; its row has the settlement.
	ErrSettled = errors.New("exchange: the envelope is settled")
	// ErrFenced: the claim is not the latest one on its key, or is over.
	ErrFenced = errors.New("exchange: the claim was taken over or is over")
	// ErrSuperseded: a later revision of the envelope was admitted before.
	ErrSuperseded = errors.New("exchange: a later revision was admitted")
	// ErrQuota: the sender has as many rows as it may have that last.
	ErrQuota = errors.New("exchange: the sender has too many unsettled envelopes")
	// ErrPurged: the key is new, but its row may have been there and been purged.
	ErrPurged = errors.New("exchange: the identity may have been purged")
	// ErrEffect: what a handler wanted to write in the transaction that settles
	// its claim failed.
	ErrEffect = errors.New("exchange: the handler's writes failed")
)

// A Store remembers what a party admitted and settled. It is what makes "once"
// and "never lost" true, so its contract is strict; exchangetest.TestStore
// checks an implementation against it.
//
// Every method MUST be atomic: other callers, in this process or another, see
// all of its effect or nothing. When a method that writes has returned nil, its
// effect MUST survive a crash of the process and of the machine. All methods
// MUST be linearizable and safe for concurrent use. An implementation MUST NOT
// evict, expire or forget anything but in Purge, and MUST NOT look at a clock
// of its own: the caller brings the time, so that both sides of an edge can be
// tested. An error MUST NOT contain what a caller handed in.
//
// A context that has ended makes a method fail before it has any effect, or is
// ignored.
type Store interface {
	// Lookup returns the row of the key, nil if there is none, and the marks. It
	// writes nothing. The zero key, by which only the marks are asked for, never
	// has a row. The row and everything below it belong to the caller.
	Lookup(ctx context.Context, key Key) (*Row, Marks, error)

	// Claim admits the envelope if its key is new, and claims it until
	// now + lease, in one step. For a known key the first admission stays as it
	// is; the fence rises by one with every claim. Claim raises the clock mark to
	// now.
	//
	// It fails with ErrConflict for a key with another digest, ErrSettled for a
	// settled key, and ErrBusy while now is before the end of another claim's
	// lease, as [Row.Free] says. From that end on, the claim MAY be taken over. A
	// failure changes nothing. The lease is at most [MaxLease].
	//
	// It fails with ErrSuperseded if a later revision of the envelope was admitted
	// ([LineHead.Admits]), by whatever outcome. The revision that is the latest
	// until now gives its claim up and is marked ([LineHead.Before], [Row.Yield]), or
	// makes Claim fail with ErrBusy. It fails with ErrPurged for a new key whose row
	// may be gone ([Marks.Admits]), and with ErrQuota for a new key if the sender
	// would then have more than Quota rows that last ([Row.Lasts]); what gives way in
	// the same step no longer does. It adds a numbered
	// envelope, one with an Epoch, and the void numbers to the channel's [Arrivals].
	Claim(ctx context.Context, a Admission, now time.Time, lease time.Duration) (Claim, error)

	// Renew extends the claim until now + lease, also if its lease ran out and
	// nobody took it over. It fails with ErrFenced for a claim that is not the
	// latest, was released or is settled.
	Renew(ctx context.Context, c Claim, now time.Time, lease time.Duration) (Claim, error)

	// Release gives the claim up without settling: the next Claim succeeds at
	// once. It fails with ErrFenced like Renew.
	Release(ctx context.Context, c Claim) error

	// Settle completes or finally refuses the claimed envelope and ends the
	// claim. It fails with ErrFenced like Renew, so that a worker that slept
	// past its lease cannot settle over its successor. It raises the clock mark
	// to the settlement's time.
	Settle(ctx context.Context, c Claim, s Settlement) error

	// Tombstone settles an envelope that nobody works on: it is how one is
	// refused for good before any claim, or cancelled. If the key is settled
	// already, it changes nothing and returns that settlement; else it admits
	// the key if it is new, settles it with s, and returns s. It fails with
	// ErrConflict for a key with another digest, with ErrBusy while another
	// claim's lease runs, with ErrPurged like Claim, and with ErrQuota like Claim if
	// the row will last. It adds to the channel like Claim and leaves lines alone. It raises the clock
	// mark to now.
	Tombstone(ctx context.Context, a Admission, s Settlement, now time.Time) (Settlement, error)

	// Missing returns the numbers of an epoch of a sender's channel that have not
	// come, as [Arrivals.Missing] has them.
	Missing(ctx context.Context, sender envelope.Party, p Place) ([]Range, error)

	// Purge removes every row that is settled or superseded ([Row.Ended]) and whose
	// KeepUntil is not after now, and returns how many; and every line whose KeepUntil
	// is not after now. Any other row MUST NOT be removed, whatever its age. It raises the purge mark
	// to now, no later than it removes anything and also if it removes nothing, and
	// leaves the clock mark alone. It may take several steps, each of them atomic: if
	// it fails or crashes, some of what was to be removed may be gone.
	Purge(ctx context.Context, now time.Time) (int, error)

	// Raise raises the clock mark and the directory mark to those of m, each on
	// its own and only if m's is higher. The digest follows the directory's
	// version; for an equal version the first digest stays. The first party that
	// is not empty stays for good, and the purge mark only rises. [Marks.Raised]
	// does all of it.
	Raise(ctx context.Context, m Marks) error

	// Acknowledge sets the clock mark to now, be that higher or lower: somebody
	// has looked at the clock. Nothing else changes.
	Acknowledge(ctx context.Context, now time.Time) error
}

// A Transactor is a [Store] in whose own transaction a handler can write. What a
// handler wrote and the settlement of its claim are then durable together, or
// neither is: its effect is exactly once, crash or not.
type Transactor interface {
	Store
	// Begin returns what a handler's call writes through, by the store's own
	// functions: [Delivery.Tx]. It changes nothing.
	Begin(ctx context.Context, c Claim) (Tx, error)
}

// A Tx is one handler call's part of the transaction that settles its claim.
// Settle is called once at most. Discard may be called at any time, and does
// nothing after Settle.
type Tx interface {
	// Settle is that of [Store] for the claim, in one transaction with what the
	// handler wrote. If that fails, by a fault of what was written or because the
	// handler's own function says so, the error wraps ErrEffect and, if there is
	// one, the handler's error; then nothing is written and the claim is held
	// still.
	Settle(ctx context.Context, c Claim, s Settlement) error
	// Discard gives up what the handler wrote.
	Discard()
}
