package exchange

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
)

const (
	// fetch is how many parcels are listed at once.
	fetch = 256
	// idle is how long the outbox is left alone although nothing is known to be
	// due: another process may post to it.
	idle = 15 * time.Second
	// instant is the shortest sleep between two rounds that nothing calls for, as
	// with a clock that stands still.
	instant = time.Millisecond
)

// Run carries parcels until ctx ends, and returns when the attempts that were
// under way have ended; they are cut short, which loses nothing. The outbox, the
// journal and the directory may fail for a while: that is logged, and it goes
// on. The error is nil but for [envelope.ReasonMisuse] if the dispatcher runs
// already.
func (d *Dispatcher) Run(ctx context.Context) error {
	if !d.works.TryLock() {
		return errRuns
	}
	defer d.works.Unlock()
	var attempts sync.WaitGroup
	defer attempts.Wait()
	d.carries(&carrier{ctx, &attempts})
	defer d.carries(nil)
	for ctx.Err() == nil {
		timer := time.NewTimer(max(instant, d.round(ctx, &attempts).Sub(d.sender.now())))
		select {
		case <-ctx.Done():
		case <-d.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// Step makes one round: it attempts what is due and may be sent now, waits for
// these attempts to end, and returns when there is something to do again, the
// zero time if no parcel is open. It is for tests and for programs with a loop of
// their own. The error has [envelope.ReasonUnavailable] if the outbox fails and
// [envelope.ReasonMisuse] if the dispatcher runs already.
func (d *Dispatcher) Step(ctx context.Context) (time.Time, error) {
	if !d.works.TryLock() {
		return time.Time{}, errRuns
	}
	defer d.works.Unlock()
	d.mu.Lock()
	d.look = true
	d.mu.Unlock()
	var attempts sync.WaitGroup
	d.round(ctx, &attempts)
	attempts.Wait()
	first, err := d.box.Recipients(ctx)
	if err != nil {
		return time.Time{}, outboxFailed
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var next time.Time
	for to, at := range first {
		if until := d.peer(to).until; until.After(at) {
			at = until
		}
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next, nil
}

var errRuns = refuse(envelope.ReasonMisuse, "the dispatcher runs already")

// round begins all attempts that may be begun now, and returns when the next
// round is due at the latest.
func (d *Dispatcher) round(ctx context.Context, attempts *sync.WaitGroup) time.Time {
	now := d.sender.now()
	// Without a directory in force no receipt could be verified.
	if _, err := d.sender.policy.current(now); err != nil {
		d.tell(ctx, slog.LevelError, "nothing is sent", nil, envelope.ReasonOf(err))
		return now.Add(d.cfg.Retry)
	}
	d.mu.Lock()
	look := d.look || !now.Before(d.next)
	for _, p := range d.peers {
		look = look || p.more && len(p.ready) == 0 && p.room(d.cfg.PerPeer) > 0
	}
	d.look = false
	d.mu.Unlock()
	if look {
		if err := d.fetch(ctx, now); err != nil {
			if ctx.Err() == nil {
				d.tell(ctx, slog.LevelError, "nothing is sent", nil, outboxFailed.Reason)
			}
			d.mu.Lock()
			d.look = true
			d.mu.Unlock()
			return now.Add(d.cfg.Retry)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.flying) < d.cfg.Total && ctx.Err() == nil {
		p := d.pick(now)
		if p == nil {
			break
		}
		parcel := p.ready[0]
		p.ready = p.ready[1:]
		if d.flying[parcel.address()] {
			continue // it was listed and put at the same time
		}
		turn := p.turn
		d.takeOff(p, parcel.address())
		attempts.Go(func() { d.fly(&parcel, func() time.Time { return d.attemptListed(ctx, &parcel, turn) }) })
	}
	return d.next
}

// fetch gives up what is overdue and lists what is due.
func (d *Dispatcher) fetch(ctx context.Context, now time.Time) error {
	if err := d.sweep(ctx, now); err != nil {
		return err
	}
	first, err := d.box.Recipients(ctx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next = now.Add(idle)
	for _, p := range d.peers {
		p.more = false // but what is ready stays: it may have been put since
	}
	for to, at := range first {
		p := d.peer(to)
		if p.until.After(at) {
			at = p.until
		}
		if at.After(now) {
			d.wakeAt(at)
			continue
		}
		if len(p.ready) > 0 || p.room(d.cfg.PerPeer) == 0 {
			p.more = true
			continue
		}
		// Those that come due before the next look anyway say when to look.
		due, err := d.box.Due(ctx, to, now.Add(idle), fetch)
		if err != nil {
			return err
		}
		p.more = len(due) == fetch
		for _, parcel := range due {
			if parcel.Next.After(now) {
				p.more = false
				d.wakeAt(parcel.Next)
				break
			}
			if !d.flying[parcel.address()] {
				p.ready = append(p.ready, parcel)
			}
		}
	}
	return nil
}

// wakeAt has a round look into the outbox at that time.
func (d *Dispatcher) wakeAt(at time.Time) {
	if at.Before(d.next) {
		d.next = at
	}
}

// sweep gives up parcels that are past their deadline and have left, if their
// recipient failed to answer after it. The others are due, and are attempted
// first. With a clock that was set while the dispatcher ran nothing is given up.
func (d *Dispatcher) sweep(ctx context.Context, now time.Time) error {
	if !d.sender.steady() {
		return nil
	}
	for {
		over, err := d.box.Overdue(ctx, now, fetch)
		if err != nil {
			return err
		}
		given := 0
		for _, p := range over {
			d.mu.Lock()
			peer := d.peers[p.Recipient]
			silent := p.Attempts > 0 && peer != nil && peer.misses > 0 && !peer.missed.Before(p.Deadline) && !d.flying[p.address()]
			d.mu.Unlock()
			if silent && d.giveUp(ctx, p, p.Reason) == nil {
				given++
			}
		}
		if given == 0 || len(over) < fetch {
			return nil
		}
	}
}
