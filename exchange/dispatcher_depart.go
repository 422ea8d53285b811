package exchange

import (
	"context"
	"sync"
	"time"
)

// A departure is a parcel that has a place among the attempts under way before it
// is in the outbox: it is put there as one that is about to leave, so that its
// first attempt need not write that, in a step of its own, nor read it again.
type departure struct {
	parcel Parcel
	turn   int
}

// carrier is what attempts belong to that no round begins.
type carrier struct {
	ctx      context.Context
	attempts *sync.WaitGroup
}

// reserve takes places for those of the parcels that the next round would attempt,
// had they been put, and marks them as about to leave. Should the process die
// before they do, they are due when that attempt would have ended. It is for
// parcels that the outbox cannot have: what is there may have been cancelled.
func (d *Dispatcher) reserve(parcels []Parcel, now time.Time) (leaving []departure) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.carrier == nil || d.look || d.pick(now) != nil {
		return nil // who waits is first, whoever the recipient
	}
	for i := range parcels {
		parcel := &parcels[i]
		p := d.peer(parcel.Recipient)
		if parcel.Body > 0 || len(p.ready) > 0 || p.more || p.until.After(now) || p.room(d.cfg.PerPeer) <= 0 || len(d.flying) >= d.cfg.Total {
			continue // it takes its turn, as one whose body is still being held does
		}
		d.takeOff(p, parcel.address())
		parcel.about(now, d.patience(parcel))
		leaving = append(leaving, departure{*parcel, p.turn})
	}
	return leaving
}

// depart begins the attempts at parcels that were put, or gives their places back.
func (d *Dispatcher) depart(leaving []departure, put bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range leaving {
		if !put || d.carrier == nil {
			d.land(l.parcel.address(), time.Time{})
			continue
		}
		l.parcel.Revision = 1
		ctx := d.carrier.ctx
		d.carrier.attempts.Go(func() {
			d.fly(&l.parcel, func() time.Time { return d.attempt(ctx, &l.parcel, l.turn) })
		})
	}
}

// carries has attempts begin that no round begins, until it is called with nil.
func (d *Dispatcher) carries(c *carrier) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.carrier = c
}

// fly makes an attempt at a parcel that has taken off.
func (d *Dispatcher) fly(p *Parcel, attempt func() time.Time) {
	var next time.Time
	defer func() {
		d.mu.Lock()
		d.land(p.address(), next)
		d.mu.Unlock()
		d.nudge()
	}()
	next = attempt()
}

// takeOff notes that an attempt is made at a parcel.
func (d *Dispatcher) takeOff(p *peer, at address) {
	p.flying++
	d.flying[at] = true
}

// land notes that it has ended, and when the parcel is to be tried again; the zero
// time if it is not known what the outbox holds now.
func (d *Dispatcher) land(at address, next time.Time) {
	d.peer(at.to).flying--
	delete(d.flying, at)
	if next.IsZero() {
		d.look = true
	} else {
		d.wakeAt(next)
	}
}

// about marks the parcel as one that is about to leave.
func (p *Parcel) about(now time.Time, timeout time.Duration) {
	p.State = ParcelUnknown
	p.Attempts++
	p.Next = now.Add(timeout)
}
