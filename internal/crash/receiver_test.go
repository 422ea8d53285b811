//go:build unix

package crash

import (
	"context"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/spool"
	"github.com/segel-id/segel/internal/crash/board"
)

var ctx = context.Background()

// A receiving is the receiver's process.
type receiving struct {
	*knife
	*diary
	store   *place
	journal *journal.File
	effect  effect
	work    sync.RWMutex // held for writing while the clock is moved
}

// receive serves until ended.
func receive(set settings, tell *os.File, ended <-chan struct{}) (err error) {
	p := &receiving{knife: newKnife(set, tell)}
	if p.store, err = set.place(receiver); err != nil {
		return err
	}
	defer p.store.close()
	if p.journal, err = journal.Open(set.path(receiver, "journal")); err != nil {
		return err
	}
	defer p.journal.Close()
	if p.diary, err = openDiary(set.path(receiver, "diary")); err != nil {
		return err
	}
	if p.effect, err = openEffect(set, p.store, p.knife); err != nil {
		return err
	}
	now, stands, err := set.clock()
	if err != nil {
		return err
	}
	directory, err := set.directory(now())
	if err != nil {
		return err
	}
	datasets, err := board.Registry()
	if err != nil {
		return err
	}
	bodies, err := spool.Open(set.path(receiver, "spool"), spool.Limits{}, now())
	if err != nil {
		return err
	}
	cfg := exchange.ReceiverConfig{
		Party: ahu.Party, Keys: ahu.Keys(), Purpose: board.Purpose, Directory: directory, Definitions: datasets,
		Store: p.wrapped(set), Journal: wrappedJournal{p.journal, p.knife}, Handle: p.handle, Spool: bodies, Clock: now,
	}
	if stands == nil {
		cfg.Lease = time.Second // somebody waits for it
	}
	r, err := exchange.NewReceiver(cfg)
	if err != nil {
		return err
	}
	l, err := net.FileListener(os.NewFile(listenerFD, "listener"))
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	go func() { <-ended; stop() }()
	if _, err := tell.Write([]byte{ready}); err != nil {
		return err
	}
	return p.serve(serving, set, front{r, p}, l, stands)
}

// handle is the application.
func (p *receiving) handle(ctx context.Context, d *exchange.Delivery) error {
	p.cross("before handler")
	row, _, err := p.store.Lookup(ctx, d.Key())
	if err != nil {
		return err
	}
	p.must(note{What: noteCall, ID: d.Key().ID, Fence: d.Attempt(), Entries: p.journal.Head().Seq, Late: row == nil || row.Settlement != nil})
	for record := range d.Records() {
		p.cross("in the records")
		item, err := itemOf(record)
		if err != nil {
			return err
		}
		p.cross("before effect")
		if err := p.effect(d, item); err != nil {
			return err
		}
		p.cross("after effect")
	}
	return nil
}

// front stands between the HTTP handler and the receiver.
type front struct {
	*exchange.Receiver
	p *receiving
}

func (f front) Receive(ctx context.Context, in io.Reader) exchange.Answer {
	return f.answered(f.Receiver.Receive(ctx, in))
}

func (f front) BeginUpload(ctx context.Context, name string, head io.Reader) exchange.Upload {
	u := f.Receiver.BeginUpload(ctx, name, head)
	f.answered(u.Answer)
	f.p.cross("after begun")
	return u
}

func (f front) ContinueUpload(ctx context.Context, name string, offset int64, last bool, in io.Reader) exchange.Upload {
	u := f.Receiver.ContinueUpload(ctx, name, offset, last, in)
	f.answered(u.Answer)
	return u
}

func (f front) answered(a exchange.Answer) exchange.Answer {
	if a.Settlement != nil {
		what := noteAnswer
		if a.Repeat() {
			what = noteRepeat
		}
		f.p.must(note{What: what, ID: a.Key.ID, Entries: f.p.journal.Head().Seq})
		f.p.cross("before reply")
	}
	return a
}

// wrapped returns the store with its points. What is idempotent by itself gets
// one that is no Transactor.
func (p *receiving) wrapped(set settings) exchange.Store {
	s := wrappedStore{p.store.Transactor, p}
	if set.Handler == byTx {
		return wrappedTransactor{s, p.store}
	}
	return s
}

type wrappedStore struct {
	exchange.Store
	p *receiving
}

func (s wrappedStore) Claim(ctx context.Context, a exchange.Admission, now time.Time, lease time.Duration) (c exchange.Claim, err error) {
	err = s.p.around("claim", func() error { c, err = s.Store.Claim(ctx, a, now, lease); return err })
	return c, err
}

func (s wrappedStore) Settle(ctx context.Context, c exchange.Claim, settled exchange.Settlement) error {
	return s.p.settles(c, func() error { return s.Store.Settle(ctx, c, settled) })
}

// settles has the diary say that a key is about to be settled, and that it is.
func (p *receiving) settles(c exchange.Claim, settle func() error) error {
	return p.around("settle", func() error {
		p.must(note{What: noteSettling, ID: c.ID, Fence: c.Fence})
		err := settle()
		if err == nil {
			p.must(note{What: noteSettled, ID: c.ID, Fence: c.Fence})
		}
		return err
	})
}

type wrappedTransactor struct {
	wrappedStore
	place *place
}

func (s wrappedTransactor) Begin(ctx context.Context, c exchange.Claim) (exchange.Tx, error) {
	tx, err := s.place.Begin(ctx, c)
	return wrappedTx{tx, s.p}, err
}

// wrappedTx lets a store find its own by Unwrap.
type wrappedTx struct {
	exchange.Tx
	p *receiving
}

func (t wrappedTx) Settle(ctx context.Context, c exchange.Claim, settled exchange.Settlement) error {
	return t.p.settles(c, func() error { return t.Tx.Settle(ctx, c, settled) })
}

func (t wrappedTx) Unwrap() exchange.Tx { return t.Tx }

type wrappedJournal struct {
	*journal.File
	k *knife
}

func (j wrappedJournal) Append(ctx context.Context, e exchange.Entry) error {
	return j.k.around("journal "+string(e.Event), func() error { return j.File.Append(ctx, e) })
}
