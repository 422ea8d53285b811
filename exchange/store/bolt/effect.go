package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

var _ exchange.Transactor = (*Store)(nil)

// Bucket is bbolt's: keys with values and buckets in it, in one transaction.
// Handlers write to it without importing that package.
type Bucket = bbolt.Bucket

// Update has f write in the transaction that settles the delivery: what it
// writes and the acceptance are durable together, or neither is. So the effect of
// a handler that writes with Update alone is exactly once.
//
// f gets the application's own bucket of the store's file, in which it makes
// others as it likes. It runs after the handler has returned nil, and in the order
// of the calls; nothing of it runs if the handler refuses or fails. It may run
// more than once, each time on what was there before it, and only its last run
// counts: it should do nothing but read and write. It must be quick, for nobody
// else can write meanwhile. If it fails or panics, the handler counts as failed,
// and if its error was made by [exchange.Reject], as having rejected. It must not
// touch the transaction itself or other buckets, and must not call anything that
// writes to this store, its outbox included: that would wait for f, and f for it,
// for ever. What a handler wants sent it sends before it returns, under an id of
// its own ([exchange.Dispatcher] Send and Reply).
//
// A receiver's store may stand in front of one of this package, to count or to
// trace: then its [exchange.Tx] has a method Unwrap() exchange.Tx that returns
// the one it stands in front of.
//
// The error has [envelope.ReasonMisuse] if the receiver's store is not one of this
// package, or the handler has returned.
func Update(d *exchange.Delivery, f func(*Bucket) error) error {
	for tx := d.Tx(); ; {
		switch t := tx.(type) {
		case *work:
			return t.add(f)
		case interface{ Unwrap() exchange.Tx }:
			tx = t.Unwrap()
		default:
			return &envelope.Error{Reason: envelope.ReasonMisuse, Detail: "store: not the delivery of a bolt store"}
		}
	}
}

// ViewEffects runs f on the application's bucket, which it must not change.
func (s *Store) ViewEffects(ctx context.Context, f func(*Bucket) error) error {
	var failed error
	err := s.view(ctx, func(t *tx) error {
		failed = f(t.effects())
		return nil
	})
	return errors.Join(err, failed)
}

// work is what one handler's call wants to write.
type work struct {
	s *Store

	mu   sync.Mutex
	over bool
	fs   []func(*Bucket) error
}

// Begin prepares the writes of a handler's call.
func (s *Store) Begin(context.Context, exchange.Claim) (exchange.Tx, error) { return &work{s: s}, nil }

func (w *work) add(f func(*Bucket) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || f == nil {
		return &envelope.Error{Reason: envelope.ReasonMisuse, Detail: "store: the handler has returned"}
	}
	w.fs = append(w.fs, f)
	return nil
}

// end takes the functions and closes the work.
func (w *work) end() []func(*Bucket) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	fs := w.fs
	w.over, w.fs = true, nil
	return fs
}

// Settle writes and settles.
func (w *work) Settle(ctx context.Context, c exchange.Claim, settled exchange.Settlement) error {
	fs := w.end()
	return w.s.update(ctx, func(t *tx) error {
		if _, err := t.held(c); err != nil {
			return err // before anything of the handler's runs
		}
		for _, f := range fs {
			t.dirty = true
			if err := effect(f, t.effects()); err != nil {
				return err
			}
		}
		return t.settle(c, settled)
	})
}

// effect runs one function and contains what it does. It has a goroutine of its
// own, which it may end, as a test's Fatal does: this one commits for others too.
func effect(f func(*Bucket) error, b *Bucket) error {
	err := exchange.ErrEffect // unless it returns
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { recover() }()
		if err = f(b); err != nil {
			err = fmt.Errorf("%w: %w", exchange.ErrEffect, err)
		}
	}()
	<-done
	return err
}

// Discard gives up.
func (w *work) Discard() { w.end() }
