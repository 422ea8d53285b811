package http

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// events logs what becomes of messages: reasons, and public identifiers once the
// sender is proven. What strangers can cause in any number is Debug.
type events struct {
	log *slog.Logger

	mu   sync.Mutex
	next map[envelope.Reason]time.Time // when trouble may be told again; reasons are a closed set
}

func newEvents(log *slog.Logger) *events {
	if log == nil {
		log = slog.Default()
	}
	return &events{log: log, next: map[envelope.Reason]time.Time{}}
}

// unread logs a refusal from the header alone.
func (e *events) unread(reason envelope.Reason) {
	e.log.LogAttrs(context.Background(), slog.LevelDebug, "refused unread", slog.String("reason", string(reason)))
}

func (e *events) panicked() {
	e.log.LogAttrs(context.Background(), slog.LevelError, "a receiver panicked")
}

// answered logs what a receiver answered.
func (e *events) answered(a exchange.Answer) {
	level, proven := slog.LevelDebug, a.Key.ID != ""
	switch {
	case a.Reason == envelope.ReasonConflict:
		level = slog.LevelWarn // an alarm: the sender signed both
	case proven:
		level = slog.LevelInfo
	case ours(a.Reason) && e.due(a.Reason):
		level = slog.LevelWarn
	}
	ctx := context.Background()
	if !e.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{slog.String("reason", string(a.Reason))}
	if proven {
		attrs = append(attrs, slog.String("sender", string(a.Key.Sender)), slog.String("id", a.Key.ID), slog.String("digest", a.Digest))
	}
	if a.Settlement != nil {
		attrs = append(attrs, slog.String("outcome", string(a.Settlement.Outcome)), slog.Bool("repeat", a.Repeat()))
	}
	e.log.LogAttrs(ctx, level, "received", attrs...)
}

// ours reports whether a refusal says that something is wrong on this side.
func ours(r envelope.Reason) bool {
	return r == envelope.ReasonClock || r == envelope.ReasonDirectoryStale || r == envelope.ReasonUnavailable || r == envelope.ReasonMisuse
}

// due reports whether trouble for this reason was not told in the last second:
// strangers decide how often it shows.
func (e *events) due(r envelope.Reason) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if now.Before(e.next[r]) {
		return false
	}
	e.next[r] = now.Add(time.Second)
	return true
}

// deaf is where net/http's own log goes: it repeats what peers wrote.
type deaf struct{ log *slog.Logger }

func (d deaf) Write(p []byte) (int, error) {
	d.log.LogAttrs(context.Background(), slog.LevelDebug, "a connection failed")
	return len(p), nil
}
