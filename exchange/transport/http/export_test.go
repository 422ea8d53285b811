package http

import (
	nethttp "net/http"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/segel-id/segel/exchange"
)

// Impatient makes the client's pauses take no time: its clock moves by each
// pause at once. It returns what returns the pauses so far.
func (c *Client) Impatient() func() []time.Duration {
	s := &skipped{now: time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)}
	c.now = func() time.Time { s.Lock(); defer s.Unlock(); return s.now }
	c.timer = func() backoff.Timer { return &timer{s, make(chan time.Time, 1)} }
	return func() []time.Duration { s.Lock(); defer s.Unlock(); return slices.Clone(s.pauses) }
}

type skipped struct {
	sync.Mutex
	now    time.Time
	pauses []time.Duration
}

type timer struct {
	*skipped
	c chan time.Time
}

func (t *timer) Start(d time.Duration) {
	t.Lock()
	defer t.Unlock()
	t.now = t.now.Add(d)
	t.pauses = append(t.pauses, d)
	t.c <- t.now
}

func (t *timer) Stop()               {}
func (t *timer) C() <-chan time.Time { return t.c }

// Reading is what the client makes of a response.
type Reading struct {
	Reply exchange.Reply
	Err   error
	Again bool
	After time.Duration
}

// Read reads a response.
func Read(res *nethttp.Response, now time.Time) Reading {
	o := read(res.StatusCode, res.Header, res.Body, now)
	r := Reading{Reply: o.reply, Again: o.again, After: o.after}
	if o.err != nil {
		r.Err = o.err
	}
	return r
}

// Step is in what steps memory is charged.
const Step = step

// Load is what is counted at the moment: places, bytes, and addresses that have a
// place.
func (h *Handler) Load() (places int, bytes int64, addresses int) {
	h.load.mu.Lock()
	defer h.load.mu.Unlock()
	return h.load.all.places, h.load.all.bytes, len(h.load.each)
}
