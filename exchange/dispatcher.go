package exchange

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/spool"
)

// A DispatcherConfig says what a dispatcher carries and how patiently. It is not
// modified after [NewDispatcher].
type DispatcherConfig struct {
	// Sender is whose parcels they are. Its transport carries them, its clock
	// tells the time, its journal gets the receipts. Mandatory, with a transport.
	Sender *Sender
	// Outbox keeps the parcels. Mandatory. What it forgets is lost: an outbox in
	// memory is for tests.
	Outbox Outbox
	// Bodies is the folder for bodies of what Send seals: they are too large for an
	// outbox. A body is durable there before its parcels are put, and removed when
	// all of them are settled. It is this dispatcher's alone: what has no open parcel
	// in the outbox is removed from it by NewDispatcher. nil: content beyond
	// [envelope.MaxInline] is refused.
	Bodies *spool.Folder

	// PerPeer is how many parcels are on their way to one recipient at most, and
	// Total to all of them. 0: 16 and 128.
	PerPeer, Total int
	// Timeout ends one attempt; one at a body has a second more for every 16 KiB.
	// 0: 1 minute.
	Timeout time.Duration
	// Retry is the pause after the first attempt that failed; each further one
	// doubles it up to RetryMax. 0: 1 second and 10 minutes.
	Retry, RetryMax time.Duration
	// Grace is how long after its envelope's expiry a parcel is still sent: what
	// the recipient admitted in time can settle later, and a repeat gets the
	// receipt for weeks. 0: 7 days.
	Grace time.Duration
	// Jitter returns a number from 0 to less than 1, by which pauses are spread. It
	// is called concurrently. nil: math/rand/v2.
	Jitter func() float64
	// Logger gets what happens to parcels: codes and public identifiers, see
	// [Observer]. nil: nothing is logged. Metrics are the sender's: an observer in
	// its configuration is told what the dispatcher does too.
	Logger *slog.Logger
}

// A Dispatcher carries parcels from an [Outbox] to their recipients until each is
// settled by a verified receipt that is final. What it knows of parcels is in the
// outbox alone, so a new dispatcher on the same outbox goes on where another was
// killed. It may be used concurrently.
//
// # One attempt
//
// The outbox is told first that the parcel is about to leave (unknown from then
// on), and when it is to be tried again if nobody comes back to say more. What Send
// puts there while Run carries and nothing is ahead of it is told so as it is put,
// and leaves at once. The same bytes are sent every time. A receipt is held against what was sent,
// entered in the journal and stored, in this order; a crash in between leads to
// another attempt, to which the recipient answers with the same receipt, so that
// the journal may have it twice. Everything but a verified and final receipt
// leaves the parcel open, and nothing is ever sealed anew.
//
// # Pauses
//
// A recipient that does not answer is left alone for Retry, then gets one
// parcel, then is left alone for twice as long, up to RetryMax or a minute,
// whichever is shorter. When a verified receipt comes, two parcels are on their
// way at once, and one more with each further receipt, up to PerPeer. So a
// recipient that returns is never met by more than PerPeer parcels at once,
// whatever has gathered, and sets the pace by its own answers. One that asks to
// try later is sent one parcel at a time, and if it does so twice in a row, is
// treated as if it did not answer. A dispatcher that begins knows of no
// recipient, and sends each a single parcel first.
//
// A parcel that its recipient does not settle, though it answers, has pauses of
// its own, up to RetryMax; the recipient's other parcels pass it by. Pauses are
// between half and all of what is said here, by Jitter, and not shorter than the
// recipient's [Reply.RetryAfter], up to an hour. Recipients do not wait for each
// other: of those that may be sent something the one with the fewest parcels on
// their way is next.
//
// # Giving up
//
// A parcel is given up if an attempt failed after its Deadline, its own or
// another one for the same recipient, or if a verified receipt says that it
// expired and this clock agrees, with [envelope.MaxSkew] to spare. The state, the
// journal and the log say so. Nothing else gives up.
type Dispatcher struct {
	cfg    DispatcherConfig
	sender *Sender
	box    Outbox
	log    *slog.Logger
	wake   chan struct{} // something happened that a round should look at
	works  sync.Mutex    // held by Run and Step: one at a time

	mu      sync.Mutex
	carrier *carrier // of the Run under way; nil: there is none
	peers   map[envelope.Party]*peer
	flying  map[address]bool // parcels that an attempt is made at
	look    bool             // the outbox may have something that is not in the peers' lists
	next    time.Time        // when it will
}

// An address is the identity of a parcel.
type address struct {
	Key
	to envelope.Party
}

func (p *Parcel) address() address { return address{p.Key, p.Recipient} }

// NewDispatcher checks the configuration, holds the sender's directory against the
// one that the outbox has seen last, and returns a dispatcher. What is missing or
// out of range has [envelope.ReasonMisuse], as has another party's outbox; a
// directory that was rolled back or forked has the reasons of
// [trust.Directory.Follows], and an outbox or a folder that fails
// [envelope.ReasonUnavailable].
func NewDispatcher(cfg DispatcherConfig) (*Dispatcher, error) {
	switch {
	case cfg.Sender == nil || cfg.Sender.cfg.Transport == nil:
		return nil, refuse(envelope.ReasonMisuse, "config: missing Sender, or its Transport")
	case cfg.Outbox == nil:
		return nil, refuse(envelope.ReasonMisuse, "config: missing Outbox")
	case cfg.PerPeer < 0, cfg.Total < 0, cfg.Timeout < 0, cfg.Retry < 0, cfg.RetryMax < 0, cfg.Grace < 0:
		return nil, refuse(envelope.ReasonMisuse, "config: PerPeer, Total, Timeout, Retry, RetryMax or Grace")
	}
	setDefault(&cfg.PerPeer, 16)
	setDefault(&cfg.Total, 128)
	setDefault(&cfg.Timeout, time.Minute)
	setDefault(&cfg.Retry, time.Second)
	setDefault(&cfg.RetryMax, 10*time.Minute)
	setDefault(&cfg.Grace, 7*24*time.Hour)
	if cfg.Jitter == nil {
		cfg.Jitter = rand.Float64
	}
	if err := remember(context.Background(), cfg.Outbox, cfg.Sender.cfg.Party, cfg.Sender.policy.latest()); err != nil {
		return nil, err
	}
	d := &Dispatcher{
		cfg: cfg, sender: cfg.Sender, box: cfg.Outbox, log: quiet(cfg.Logger), wake: make(chan struct{}, 1),
		peers: map[envelope.Party]*peer{}, flying: map[address]bool{}, look: true,
	}
	if err := d.sweepBodies(context.Background()); err != nil {
		return nil, err
	}
	return d, nil
}

// Retry has a parcel sent at once, also one that was given up, which has Grace
// anew. It fails with [ErrSettled] for a settled parcel, [envelope.ReasonMisuse]
// for one that is not there, and [envelope.ReasonUnavailable].
func (d *Dispatcher) Retry(ctx context.Context, key Key, to envelope.Party) error {
	return d.reopen(ctx, key, to, false)
}

// Cancel has the recipient asked to settle or cancel instead of sending it the
// parcel, at once and until it answers; see [Sender.Cancel]. The parcel is then
// settled by the receipt: cancelled, or as the recipient had settled it before.
// It survives a crash and is not taken back. The error is that of Retry.
func (d *Dispatcher) Cancel(ctx context.Context, key Key, to envelope.Party) error {
	return d.reopen(ctx, key, to, true)
}

func (d *Dispatcher) reopen(ctx context.Context, key Key, to envelope.Party, cancel bool) error {
	now := d.sender.now()
	err := d.change(ctx, address{key, to}, func(p *Parcel) {
		if p.State == ParcelGivenUp {
			p.State = ParcelUnknown
			if p.Attempts == 0 {
				p.State = ParcelQueued
			}
		}
		p.Next, p.Cancel = now, p.Cancel || cancel
		if again := now.Add(d.cfg.Grace); again.After(p.Deadline) {
			p.Deadline = again
		}
	})
	if err != nil {
		return err
	}
	d.mu.Lock()
	if p := d.peers[to]; p != nil {
		p.until = time.Time{} // somebody wants it tried
	}
	d.mu.Unlock()
	d.rouse()
	return nil
}

// change changes a parcel that others may be changing at the same time.
func (d *Dispatcher) change(ctx context.Context, at address, change func(*Parcel)) error {
	for {
		p, err := d.box.Parcel(ctx, at.Key, at.to)
		switch {
		case err != nil:
			return outboxFailed
		case p == nil:
			return refuse(envelope.ReasonMisuse, "no such parcel")
		case p.State == ParcelSettled:
			return ErrSettled
		}
		change(p)
		switch err := d.box.Update(ctx, *p); {
		case err == nil:
			return nil
		case errors.Is(err, ErrSettled):
			return ErrSettled
		case !errors.Is(err, ErrFenced):
			return outboxFailed
		}
	}
}

var outboxFailed = refuse(envelope.ReasonUnavailable, "the outbox failed")

// rouse has the next round look into the outbox, and begin at once.
func (d *Dispatcher) rouse() {
	d.mu.Lock()
	d.look = true
	d.mu.Unlock()
	d.nudge()
}

func (d *Dispatcher) nudge() {
	select {
	case d.wake <- struct{}{}:
	default: // it will look anyway
	}
}
