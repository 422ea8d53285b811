package exchange

import (
	"context"
	"log/slog"
	"time"

	"github.com/segel-id/segel/envelope"
)

// tell logs what happened to a parcel, or to none in particular.
func (d *Dispatcher) tell(ctx context.Context, level slog.Level, event string, p *Parcel, reason envelope.Reason, more ...slog.Attr) {
	if !d.log.Enabled(ctx, level) {
		return
	}
	attrs := append(make([]slog.Attr, 0, 8), slog.String("reason", string(coded(reason))))
	if p != nil {
		attrs = append(attrs, slog.String("id", p.ID), slog.String("digest", p.Digest), slog.String("to", string(p.Recipient)))
	}
	d.log.LogAttrs(ctx, level, event, append(attrs, more...)...)
}

// ended tells the observer that nothing more is done for a parcel.
func (d *Dispatcher) ended(op Operation, p *Parcel, o Outcome, reason envelope.Reason) {
	d.sender.watch.observe(Observation{Operation: op, Peer: p.Recipient, Outcome: o, Reason: reason, Duration: d.sender.now().Sub(p.PostedAt)})
}

// posted tells that an envelope was put into the outbox, or was not.
func (d *Dispatcher) posted(ctx context.Context, began time.Time, s *envelope.Sealed, bytes int64, err error) {
	reason := envelope.ReasonOf(err)
	d.sender.watch.observe(Observation{Operation: OperationPost, Reason: reason, Duration: time.Since(began), Bytes: bytes})
	if err != nil {
		d.tell(ctx, severity(reason), "parcel not posted", nil, reason, slog.String("id", s.Manifest().ID), slog.String("digest", s.Digest()))
	}
}
