package http

import (
	"context"
	"log/slog"

	"github.com/segel-id/segel/envelope"
)

// events logs what a receiver does not see. All of it but a panic is what
// strangers can cause in any number, and Debug.
type events struct{ log *slog.Logger }

func newEvents(log *slog.Logger) *events {
	if log == nil {
		log = slog.Default()
	}
	return &events{log}
}

// unread logs a refusal from the header alone.
func (e *events) unread(reason envelope.Reason) {
	e.log.LogAttrs(context.Background(), slog.LevelDebug, "refused unread", slog.String("reason", string(reason)))
}

// cut logs a body that broke off or came too slowly.
func (e *events) cut() {
	e.log.LogAttrs(context.Background(), slog.LevelDebug, "a body was cut off")
}

// full logs a body that was given up for want of room.
func (e *events) full() {
	e.log.LogAttrs(context.Background(), slog.LevelDebug, "a body found no room")
}

func (e *events) panicked() {
	e.log.LogAttrs(context.Background(), slog.LevelError, "a receiver panicked")
}

// deaf is where net/http's own log goes: it repeats what peers wrote.
type deaf struct{ log *slog.Logger }

func (d deaf) Write(p []byte) (int, error) {
	d.log.LogAttrs(context.Background(), slog.LevelDebug, "a connection failed")
	return len(p), nil
}
