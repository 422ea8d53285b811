package exchange

import (
	"context"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
)

// ParcelState says how far a parcel has come, as far as its sender knows.
type ParcelState string

// The states. Queued and unknown parcels are open: a [Dispatcher] goes on with
// them.
const (
	// ParcelQueued: it has never left.
	ParcelQueued ParcelState = "queued"
	// ParcelUnknown: it has left at least once, or was about to, and whether it
	// arrived is not known. Sending the same bytes again resolves it, or settle-or-cancel.
	ParcelUnknown ParcelState = "unknown"
	// ParcelSettled: there is a verified receipt that is final. Nothing changes it
	// any more.
	ParcelSettled ParcelState = "settled"
	// ParcelGivenUp: its deadline passed and nothing is sent any more. It says
	// nothing about the recipient, who may have settled it: the data may be sealed
	// anew only after [Dispatcher.Retry] or [Dispatcher.Cancel] has settled it.
	ParcelGivenUp ParcelState = "given_up"
)

// A Parcel is a sealed envelope on its way to one of its recipients. But for the
// file, which only the recipient can open, and the receipt all of it is codes
// and public identifiers. Times are UTC with microseconds at most.
type Parcel struct {
	Sent                // which envelope, for whom: the identity is Key and Recipient
	Expires   time.Time // the envelope's end
	Dataset   string    // id, as are Purpose and Agreement: what lists and journals show
	Purpose   purpose.Code
	Agreement string
	PostedAt  time.Time // when it was put into the outbox
	Epoch     string    // of its number in the channel; "" if it is not numbered
	Number    int64     // from 1

	State    ParcelState     // see there
	Cancel   bool            // settle-or-cancel is asked for in place of delivery
	Attempts int             // how often it was sent, or was about to be
	Next     time.Time       // the earliest time of the next attempt, if it is open
	Deadline time.Time       // when it is given up, if it is open
	Reason   envelope.Reason // why the last attempt did not settle it, or why the receipt refuses; "" if nothing is wrong

	Outcome   Outcome   // if settled
	SettledAt time.Time // if settled; zero else
	Receipt   []byte    // if settled: compact JWS, the evidence to keep

	Revision uint64 // 1 when put; rises by one with every change
	File     []byte // the exact bytes to deliver, until it is settled; of an envelope with a body, those before it
	Body     int64  // how many bytes its body has, which is no part of the outbox: see [DispatcherConfig]; 0: there is none
	Upload   string // under which name the recipient keeps what has arrived of it; "" if there is no body
}

// Open reports whether the parcel is queued or unknown.
func (p *Parcel) Open() bool { return p.State == ParcelQueued || p.State == ParcelUnknown }

// Changed returns what is stored when to takes the place of p: the identity, the
// file and what was known when it was posted stay p's, and a settled parcel has
// no file. It fails with ErrSettled if p is settled, and with ErrFenced if p is
// nil or its revision is not the one that to began from. It is for
// implementations of [Outbox], so that all of them judge alike.
func (p *Parcel) Changed(to Parcel) (Parcel, error) {
	switch {
	case p == nil:
		return Parcel{}, ErrFenced
	case p.State == ParcelSettled:
		return Parcel{}, ErrSettled
	case p.Revision != to.Revision:
		return Parcel{}, ErrFenced
	}
	next := *p
	next.State, next.Cancel, next.Attempts, next.Next, next.Deadline, next.Reason = to.State, to.Cancel, to.Attempts, to.Next, to.Deadline, to.Reason
	next.Outcome, next.SettledAt, next.Receipt = to.Outcome, to.SettledAt, to.Receipt
	next.Revision++
	if next.State == ParcelSettled {
		next.File = nil
	}
	return next, nil
}

// Again returns nil if p, which may be nil, does not hinder another parcel with
// the same key, whoever its recipient, and that manifest digest from being put,
// and ErrConflict if it does. It is for implementations of [Outbox].
func (p *Parcel) Again(digest string) error {
	if p != nil && p.Digest != digest {
		return ErrConflict
	}
	return nil
}

// An Outbox keeps what was sealed until its recipients have answered. It is what
// makes "never lost" true on the sending side; exchangetest.TestOutbox checks an
// implementation against this contract.
//
// Atomicity, durability, linearizability, contexts, clocks and errors are those
// of a [Store]: a method that has returned nil survives a crash of the machine,
// the caller brings the time, and nothing is forgotten but in Purge. What is
// handed in and out belongs to the caller.
//
// One party's dispatcher at a time should work on an outbox. Two do no harm but
// double work: recipients settle a parcel once, and so does Update.
type Outbox interface {
	// Number takes the next number of a channel, by [Numbers.Take]. When it has
	// returned, the number is never given again, not after a crash either. A file
	// that was restored from an older copy has forgotten numbers: see Renumber.
	Number(ctx context.Context, channel string, now time.Time) (envelope.Sequence, error)

	// Burn makes numbers of a channel void, by [Numbers.Burn]. An unknown channel
	// is left alone.
	Burn(ctx context.Context, channel, epoch string, numbers ...int64) error

	// Renumber forgets the numbers of all channels, so that each begins a new
	// epoch: what is to be done once after an older copy was restored.
	Renumber(ctx context.Context) error

	// Marks and Raise are those of a [Store]: an outbox remembers the directory
	// that was used last, and whose it is. An outbox and a store in one place share
	// their marks.
	Marks(ctx context.Context) (Marks, error)
	Raise(ctx context.Context, m Marks) error

	// Put adds parcels, all of them or none, with revision 1. One that is there
	// already, by key and recipient, stays as it is, whatever its state. It fails
	// with ErrConflict if one is there, or among them, with the same key and another
	// digest, whoever its recipient ([Parcel.Again]): one identity is one content.
	// The number of those that have one is posted, once for all of them
	// ([Numbers.Post]); if it is void already, Put fails with ErrFenced.
	Put(ctx context.Context, parcels ...Parcel) error

	// Parcel returns a parcel with its file, nil if there is none.
	Parcel(ctx context.Context, key Key, to envelope.Party) (*Parcel, error)

	// Parcels returns at most limit parcels in any state, without their files, in
	// the order of sender, id and recipient (compared as bytes), beginning behind
	// the one that after names, which need not be there.
	Parcels(ctx context.Context, after Sent, limit int) ([]Parcel, error)

	// Recipients returns whom there are open parcels for, with the Next that comes
	// first.
	Recipients(ctx context.Context) (map[envelope.Party]time.Time, error)

	// Due returns at most limit open parcels for a recipient whose Next is not
	// after now, without their files, in the order of Next and then of key.
	Due(ctx context.Context, to envelope.Party, now time.Time, limit int) ([]Parcel, error)

	// Overdue returns at most limit open parcels whose Deadline is not after now,
	// without their files, in the order of Deadline and then of key and recipient.
	Overdue(ctx context.Context, now time.Time, limit int) ([]Parcel, error)

	// Update stores what [Parcel.Changed] makes of the parcel that is there, or
	// fails as it does. So of two changes that began from the same revision one
	// wins, and a settled parcel never changes.
	Update(ctx context.Context, p Parcel) error

	// Purge removes every settled parcel whose SettledAt is before the given time,
	// and returns how many. Others MUST NOT be removed, whatever their age. It may
	// take several steps, each of them atomic.
	//
	// With an envelope's last parcel its identity is forgotten: the same id can be
	// sent again, with other content. Its recipients refuse that as long as they have
	// their rows, so nothing should be purged that is younger than these may live:
	// [envelope.MaxLifetime], the ClockForward and ClockBack of the recipient that
	// has the longest, and twice [envelope.MaxSkew].
	Purge(ctx context.Context, before time.Time) (int, error)
}
