package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/segel-id/segel/envelope"
)

// telling hears what a dispatcher logs: it wakes whoever waits for news, and tells
// a person once for each recipient that something has not come through yet. What
// is logged is codes and public identifiers.
type telling struct {
	news chan struct{}
	err  io.Writer

	mu   sync.Mutex
	said map[string]bool

	hinted bool // that doctor says why a peer is unavailable
}

func newTelling(err io.Writer) *telling {
	return &telling{news: make(chan struct{}, 1), err: err, said: map[string]bool{}}
}

func (t *telling) logger() *slog.Logger { return slog.New(t) }

// Enabled wants everything that is told to an operator.
func (t *telling) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle wakes and tells.
func (t *telling) Handle(_ context.Context, r slog.Record) error {
	var to, reason string
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "to":
			to = a.Value.String()
		case "reason":
			reason = a.Value.String()
		}
		return true
	})
	switch r.Message {
	case "parcel not settled", "parcel not sent", "nothing is sent":
		t.tell(to, reason)
	}
	select {
	case t.news <- struct{}{}:
	default: // it will look anyway
	}
	return nil
}

func (t *telling) tell(to, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if reason == "" || t.said[to+" "+reason] { // cut short from this side
		return
	}
	t.said[to+" "+reason] = true
	if to != "" {
		to += ": "
	}
	fmt.Fprintf(t.err, "catatan / note: %s%s; dicoba lagi / tried again\n", to, reason)
	if to != "" && reason == string(envelope.ReasonUnavailable) && !t.hinted {
		t.hinted = true
		fmt.Fprintln(t.err, "petunjuk / hint: segel doctor menyebutkan sebabnya / segel doctor says why")
	}
}

// WithAttrs is not used by a dispatcher.
func (t *telling) WithAttrs([]slog.Attr) slog.Handler { return t }

// WithGroup is not used by a dispatcher.
func (t *telling) WithGroup(string) slog.Handler { return t }
