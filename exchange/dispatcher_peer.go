package exchange

import (
	"time"

	"github.com/segel-id/segel/envelope"
)

// A peer is what a dispatcher knows of a recipient: nothing that it could not
// learn anew.
type peer struct {
	to     envelope.Party
	ready  []Parcel // due when they were put or listed
	more   bool     // there may be more of them
	flying int      // attempts under way
	window int      // how many may be
	misses int      // attempts in a row that brought no answer of worth
	turn   int      // rises with each of them, so that what was under way with it counts once
	missed time.Time
	until  time.Time // nothing is sent before
}

func (d *Dispatcher) peer(to envelope.Party) *peer {
	p := d.peers[to]
	if p == nil {
		p = &peer{to: to, window: 1}
		d.peers[to] = p
	}
	return p
}

func (p *peer) room(perPeer int) int { return min(p.window, perPeer) - p.flying }

// pick returns the peer that may be sent something and has the fewest attempts
// under way, nil if there is none. Maps have no order, so none of equals is
// always last.
func (d *Dispatcher) pick(now time.Time) *peer {
	var best *peer
	for _, p := range d.peers {
		if len(p.ready) > 0 && p.room(d.cfg.PerPeer) > 0 && !p.until.After(now) && (best == nil || p.flying < best.flying) {
			best = p
		}
	}
	return best
}

// answered notes that the peer is there. A receipt lets one more parcel travel.
func (p *peer) answered(receipt bool, perPeer int) {
	p.misses, p.until = 0, time.Time{}
	if receipt {
		p.window = min(p.window+1, perPeer)
	}
}

// failed notes that the peer did not answer, or asked to try later, and returns
// how long to leave it alone.
func (d *Dispatcher) failed(p *peer, turn int, now time.Time, later bool, atLeast time.Duration) time.Duration {
	if p.turn == turn { // else it was on its way when the last one failed, and tells nothing new
		p.turn++
		p.misses++
		p.window, p.missed = 1, now
	}
	if later && p.misses == 1 {
		return 0 // it may be this parcel's fault
	}
	pause := max(d.pause(p.misses, min(d.cfg.RetryMax, time.Minute)), atLeast)
	if until := now.Add(pause); until.After(p.until) {
		p.until = until
	}
	return p.until.Sub(now)
}

// pause returns the n-th pause: doubled each time, and spread, in whole
// microseconds.
func (d *Dispatcher) pause(n int, most time.Duration) time.Duration {
	pause := min(d.cfg.Retry, most)
	for ; n > 1 && pause < most; n-- {
		pause = min(2*pause, most)
	}
	return whole(pause/2 + time.Duration(d.cfg.Jitter()*float64(pause/2)))
}

// whole rounds up to microseconds, in which outboxes keep times: a parcel that is
// due a moment before its own Next would be listed and left alone, again and
// again.
func whole(d time.Duration) time.Duration {
	return (d + time.Microsecond - 1).Truncate(time.Microsecond)
}
