package http

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// The pauses between attempts; see [ClientConfig].
const (
	firstPause = 500 * time.Millisecond
	maxPause   = 30 * time.Second
)

// An outcome is what came of one attempt: an answer, or err.
type outcome struct {
	reply exchange.Reply
	err   *envelope.Error
	again bool          // the same message may be sent again
	after time.Duration // not before that; what the peer asked for

	progress bool // the peer keeps more of the message than before
}

// errAgain tells the retrying library what an outcome says.
var errAgain = errors.New("again")

// carry brings a message to a party, and again while that may help: if it is
// unknown whether it arrived, or if the peer asks for it. Every other answer is
// the answer. send makes one attempt at one URL.
func (c *Client) carry(ctx context.Context, urls []string, send func(ctx context.Context, url string) outcome) (exchange.Reply, error) {
	if ctx.Err() != nil {
		return exchange.Reply{}, ended
	}
	var last outcome
	pauses := c.pauses()
	attempt := func() error {
		last = round(ctx, urls, send)
		if !last.again || c.cfg.Once {
			return nil
		}
		if last.progress {
			pauses.Reset()
		}
		pauses.asked = last.after
		return errAgain
	}
	var timer backoff.Timer
	if c.timer != nil {
		timer = c.timer()
	}
	// Its error says no more than the last outcome does.
	_ = backoff.RetryNotifyWithTimer(attempt, backoff.WithContext(pauses, ctx), nil, timer)
	if last.err != nil { // a proxy on the way may ask to be left alone too
		return exchange.Reply{RetryAfter: last.after}, last.err
	}
	return last.reply, nil
}

// round tries the endpoints in their order until one answers.
func round(ctx context.Context, urls []string, send func(ctx context.Context, url string) outcome) (o outcome) {
	for _, url := range urls {
		o = send(ctx, url)
		if ctx.Err() != nil && o.err != nil {
			return outcome{err: ended}
		}
		if o.err == nil {
			return o
		}
	}
	return o
}

var ended = refuse(envelope.ReasonUnavailable, "the context ended before an answer came")

// pauses is the library's exponential back-off with jitter, and at least what the
// peer asked for. The jitter comes on top of that, so that peers that were turned
// away together do not come back together.
type pauses struct {
	*backoff.ExponentialBackOff
	asked time.Duration
	max   time.Duration
}

func (c *Client) pauses() *pauses {
	e := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(firstPause), backoff.WithMultiplier(2), backoff.WithMaxInterval(maxPause),
		backoff.WithMaxElapsedTime(c.cfg.MaxElapsed), backoff.WithClockProvider(clock(c.now)),
	)
	return &pauses{ExponentialBackOff: e, max: c.cfg.MaxElapsed}
}

// NextBackOff returns the next pause, or Stop if it would end too late.
func (p *pauses) NextBackOff() time.Duration {
	next := p.ExponentialBackOff.NextBackOff()
	if next == backoff.Stop || p.asked > p.max {
		return backoff.Stop
	}
	if next += p.asked; p.GetElapsedTime()+next > p.max {
		return backoff.Stop
	}
	return next
}

// clock is the library's interface for a function.
type clock func() time.Time

func (c clock) Now() time.Time { return c() }

// unanswered is the outcome of an attempt that brought no response. What the
// error says goes nowhere: it may repeat what a peer wrote.
func unanswered(err error) outcome {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return outcome{err: refuse(envelope.ReasonUnavailable, "the peer's certificate is not trusted")}
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "remote error" { // how crypto/tls names an alert
		return outcome{err: refuse(envelope.ReasonUnavailable, "the peer refused the TLS connection")}
	}
	return outcome{err: refuse(envelope.ReasonUnavailable, "no answer came"), again: true}
}
