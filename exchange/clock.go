package exchange

import (
	"context"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
)

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
	clock := r.cfg.Clock()
	r.pulse.restart(clock, clock.Sub(r.born))
	r.watch.acknowledged(ctx)
	return nil
}

// steady reports whether the wall clock was set while the process ran. What the
// store has seen last cannot tell that from a rest.
func (r *Receiver) steady() error {
	now := r.cfg.Clock()
	if !r.pulse.beat(now, now.Sub(r.born)) {
		return refuse(envelope.ReasonClock, "it was set while the receiver ran, or the machine slept")
	}
	return nil
}

// steady reports the same of a sender's clock.
func (s *Sender) steady() bool {
	now := s.cfg.Clock()
	return s.pulse.beat(now, now.Sub(s.born))
}

// maxJump is by how much the wall clock may part from the monotonic one between
// two readings.
const maxJump = envelope.MaxSkew

// A pulse compares how far the wall clock went with how far the monotonic clock
// went since both were last found in step.
type pulse struct {
	mu      sync.Mutex
	wall    time.Time // without a monotonic reading
	running time.Duration
}

// beat reports whether the wall clock went on as it should, for a process that
// has run so long by the monotonic clock. If not, later readings are held against
// the same one: a clock that is set right again passes.
func (p *pulse) beat(wall time.Time, running time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	wall = wall.Round(0)
	if drift := wall.Sub(p.wall) - (running - p.running); !p.wall.IsZero() && drift.Abs() > maxJump {
		return false
	}
	if p.wall.IsZero() || running > p.running { // callers overtake each other
		p.wall, p.running = wall, running
	}
	return true
}

// restart takes the wall clock as right.
func (p *pulse) restart(wall time.Time, running time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wall, p.running = wall.Round(0), running
}
