package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/group"
)

// A write is one caller's part of a transaction: what it looks at, and a function
// that judges by it and changes it in memory. A function that fails has changed
// nothing. It may run more than once, and only its last run counts.
type write struct {
	need
	f   func(*tx) error
	err error
}

// A committer has callers who come at the same time share a transaction.
type committer = group.Group[*write]

// The most that one transaction does.
const (
	maxWrites = 256
	maxBytes  = 16 << 20 // of files
)

// do runs f in a transaction that it shares with others who come at the same time,
// and returns when that is durable. A context that ends later is ignored: a
// transaction is short.
func (s *Store) do(ctx context.Context, g *committer, n need, f func(*tx) error) error {
	if ctx.Err() != nil {
		return unusable("the caller gave up")
	}
	if !n.sound() {
		return unusable("an identifier or a time that the database cannot hold")
	}
	w := &write{need: n, f: f}
	g.Do(w, s.serve)
	return outward(w.err)
}

// serve runs a batch in as few transactions as may be.
func (s *Store) serve(batch []*write) {
	for len(batch) > 0 {
		n, bytes := 0, 0
		for n < len(batch) && n < maxWrites && (n == 0 || bytes+batch[n].bytes() <= maxBytes) {
			bytes += batch[n].bytes()
			n++
		}
		s.together(batch[:n])
		batch = batch[n:]
	}
}

// together runs the batch in one transaction. If the server refuses a statement,
// each runs alone, so that one caller's words cannot fail the others.
func (s *Store) together(batch []*write) {
	err := s.transact(func(ctx context.Context, l *lane) (bool, error) { return s.attempt(ctx, l, batch) })
	if err == nil {
		return
	}
	if len(batch) > 1 && originOf(err) == refused {
		for _, w := range batch {
			s.together([]*write{w})
		}
		return
	}
	for _, w := range batch {
		w.err = err
	}
}

const tries = 6

// transact makes a transaction take place once. The attempt reports whether it has
// sent the commit. What has failed before that, for a reason that passes, is
// attempted again; what may have failed in it is asked for.
func (s *Store) transact(attempt func(context.Context, *lane) (sent bool, err error)) error {
	return s.repeat(func(ctx context.Context) error {
		l := s.take()
		defer s.give(l)
		sent, err := attempt(ctx, l)
		if err == nil || !sent || originOf(err) != broken {
			return err
		}
		if took, failed := s.took(l); failed != nil {
			return &envelope.Error{Reason: envelope.ReasonUnavailable, Detail: "store: the connection broke in a commit, and no database answers"}
		} else if took {
			return nil
		}
		return err
	})
}

// repeat runs f until it succeeds, fails for good, or has failed too often.
func (s *Store) repeat(f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for try := 1; ; try++ {
		err := f(ctx)
		if errors.Is(err, errAgain) {
			continue
		}
		if err == nil || try >= tries || originOf(err) == refused || !pause(ctx, time.Duration(try*try)*5*time.Millisecond) {
			return err
		}
	}
}

// errAgain: what has to be locked was not there, and is there now.
var errAgain = errors.New("again")

// attempt runs the batch once.
func (s *Store) attempt(ctx context.Context, l *lane, batch []*write) (sent bool, err error) {
	t := newTx(s)
	for _, w := range batch {
		t.want(&w.need)
	}
	err = s.raw(ctx, func(c *pgx.Conn) error {
		if err := t.load(ctx, c, l); err != nil {
			return err
		}
		for _, w := range batch {
			w.err = w.f(t)
		}
		if !t.changed {
			return nil // there is nothing to wait for the disk for
		}
		sent = true
		return t.commit(ctx, c)
	})
	if errors.Is(err, errAgain) {
		err = s.plant(ctx, t)
	}
	return sent, err
}

// plant adds what a transaction wanted to lock and did not find.
func (s *Store) plant(ctx context.Context, t *tx) error {
	err := s.raw(ctx, func(c *pgx.Conn) error {
		b := &pgx.Batch{}
		b.Queue(s.sql["node_add"], t.lane.id)
		b.Queue(s.sql["senders_add"], slices.Sorted(slices.Values(t.senders)))
		b.Queue(s.sql["numbers_add"], slices.Sorted(slices.Values(t.channelNames)))
		return c.SendBatch(ctx, b).Close()
	})
	if err != nil {
		return err
	}
	return errAgain
}
