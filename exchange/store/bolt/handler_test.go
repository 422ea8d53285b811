package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// effects is a world in which Sipol sends boards to AHU, whose store is a file in
// whose transactions its handler writes.
type effects struct {
	*testing.T
	*exchangetest.World
	store   *bolt.Store
	path    string
	r       *exchange.Receiver
	sender  *exchange.Sender
	calls   atomic.Int64
	handler exchange.Handler // what the receiving application does; nil accepts
}

var sipol, ahu = envelopetest.Sipol(), envelopetest.BadanHukum()

func newEffects(t *testing.T) *effects { return effectsIn(t, exchangetest.NewWorld()) }

// effectsIn has a store of its own in a world that others may share.
func effectsIn(t *testing.T, w *exchangetest.World) *effects {
	e := &effects{T: t, World: w, path: filepath.Join(t.TempDir(), "store")}
	e.sender = e.Sender(sipol)
	t.Cleanup(func() { e.store.Close() })
	e.reopen()
	return e
}

// reopen begins anew on what the file has, as after a crash.
func (e *effects) reopen() {
	e.Helper()
	if e.store != nil {
		e.store.Close()
	}
	var err error
	if e.store, err = bolt.Open(e.path); err != nil {
		e.Fatal(err)
	}
	e.restart(e.store)
}

func (e *effects) restart(on exchange.Store) {
	e.Helper()
	cfg := e.ReceiverConfig(ahu, "PARPOL-BADANHUKUM", func(ctx context.Context, d *exchange.Delivery) error {
		e.calls.Add(1)
		if e.handler != nil {
			return e.handler(ctx, d)
		}
		return nil
	})
	cfg.Store = on
	var err error
	if e.r, err = exchange.NewReceiver(cfg); err != nil {
		e.Fatal(err)
	}
}

func (e *effects) sealed() *envelope.Sealed {
	e.Helper()
	records, err := fs.ReadFile(electiontest.FS(), "sipol/kepengurusan/valid/central-board.ndjson")
	if err != nil {
		e.Fatal(err)
	}
	sealed, _, err := e.sender.Seal(context.Background(), exchange.Shipment{
		Request: e.Request("sipol/kepengurusan", "PARPOL-BADANHUKUM", ahu), Records: schema.NDJSON(bytes.NewReader(records)),
	})
	if err != nil {
		e.Fatal(err)
	}
	return sealed
}

func (e *effects) send(sealed *envelope.Sealed) exchange.Answer {
	return e.r.Receive(context.Background(), bytes.NewReader(sealed.File()))
}

func (e *effects) accepted(a exchange.Answer) {
	e.Helper()
	if a.Err() != nil || a.Settlement == nil || a.Settlement.Outcome != exchange.OutcomeAccepted {
		e.Fatalf("got %q (%v), want it accepted", a.Reason, a.Err())
	}
}

func (e *effects) called(want int64) {
	e.Helper()
	if n := e.calls.Load(); n != want {
		e.Errorf("the handler was called %d times, want %d", n, want)
	}
}

// claims opens the receipt in an answer as the sender would.
func (e *effects) claims(a exchange.Answer, sealed *envelope.Sealed) exchange.Claims {
	e.Helper()
	r, err := exchange.OpenReceipt(a.Reply().Receipt, sipol.Keys(), e.Directory, exchange.SentTo(sealed, ahu.Party), e.Clock.Now())
	if err != nil {
		e.Fatalf("receipt: %v", err)
	}
	return r.Claims()
}

// book enters the delivery's key once more in the application's bucket.
func book(d *exchange.Delivery, fail error) error {
	return bolt.Update(d, func(b *bbolt.Bucket) error {
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		return errors.Join(b.Put(fmt.Appendf(nil, "%d", n), []byte(d.Key().ID)), fail)
	})
}

// booked wants these envelopes, and no other, to be entered, each of them once.
func (e *effects) booked(want ...*envelope.Sealed) {
	e.Helper()
	times := map[string]int{}
	err := e.store.ViewEffects(context.Background(), func(b *bbolt.Bucket) error {
		return b.ForEach(func(_, id []byte) error { times[string(id)]++; return nil })
	})
	if err != nil {
		e.Fatal(err)
	}
	for _, sealed := range want {
		if n := times[sealed.Manifest().ID]; n != 1 {
			e.Errorf("%s is booked %d times", sealed.Manifest().ID, n)
		}
	}
	if len(times) != len(want) {
		e.Errorf("%d envelopes are booked, want %d", len(times), len(want))
	}
}

func (e *effects) rowOf(sealed *envelope.Sealed) *exchange.Row {
	e.Helper()
	row, _, err := e.store.Lookup(context.Background(), exchange.SentTo(sealed, ahu.Party).Key)
	if err != nil || row == nil {
		e.Fatalf("row %v, %v", row, err)
	}
	return row
}

func TestEffectIsThereWithTheSettlement(t *testing.T) {
	e := newEffects(t)
	e.handler = func(_ context.Context, d *exchange.Delivery) error { return book(d, nil) }
	sealed := e.sealed()
	e.accepted(e.send(sealed))
	e.booked(sealed)
	e.reopen()
	e.booked(sealed)
	if again := e.send(sealed); !again.Repeat() {
		t.Errorf("a repeat got %q", again.Reason)
	}
	e.booked(sealed)
	e.called(1)
}

// mine is an error whose methods do what they should not.
type mine struct{}

func (mine) Error() string   { panic("3174012501990001") }
func (mine) Is(error) bool   { panic("3174012501990001") }
func (mine) As(any) bool     { panic("3174012501990001") }
func (mine) Unwrap() []error { panic("3174012501990001") }

func TestEffectThatFails(t *testing.T) {
	type handler = func(d *exchange.Delivery) error
	both := func(first, second error) handler {
		return func(d *exchange.Delivery) error {
			if err := book(d, first); err != nil {
				return err
			}
			return second
		}
	}
	boom := errors.New("3174012501990001")
	w := exchangetest.NewWorld()
	for name, tt := range map[string]struct {
		handle handler
		want   envelope.Reason
		code   string
	}{
		"its write fails":              {both(boom, nil), envelope.ReasonHandlerFailed, ""},
		"its write rejects":            {both(exchange.Reject("unknown_party"), nil), envelope.ReasonRejected, "unknown_party"},
		"its write rejects, wrapped":   {both(fmt.Errorf("3174012501990001: %w", exchange.Reject("unknown_party")), nil), envelope.ReasonRejected, "unknown_party"},
		"the handler fails after it":   {both(nil, boom), envelope.ReasonHandlerFailed, ""},
		"the handler rejects behind":   {both(nil, exchange.Reject("no")), envelope.ReasonRejected, "no"},
		"its write says it is fenced":  {both(exchange.ErrFenced, nil), envelope.ReasonHandlerFailed, ""},
		"its write says it is settled": {both(exchange.ErrSettled, nil), envelope.ReasonHandlerFailed, ""},
		"its error panics":             {both(mine{}, nil), envelope.ReasonHandlerFailed, ""},
		"its write panics": {func(d *exchange.Delivery) error {
			return errors.Join(book(d, nil), bolt.Update(d, func(*bbolt.Bucket) error { panic("3174012501990001") }))
		}, envelope.ReasonHandlerFailed, ""},
		"its write ends its goroutine": {func(d *exchange.Delivery) error {
			return errors.Join(book(d, nil), bolt.Update(d, func(*bbolt.Bucket) error { runtime.Goexit(); return nil }))
		}, envelope.ReasonHandlerFailed, ""},
		"the second of two fails": {func(d *exchange.Delivery) error { return errors.Join(book(d, nil), book(d, boom)) }, envelope.ReasonHandlerFailed, ""},
		"the first of two fails": {func(d *exchange.Delivery) error {
			return errors.Join(book(d, boom), bolt.Update(d, func(*bbolt.Bucket) error { t.Error("it ran"); return nil }))
		}, envelope.ReasonHandlerFailed, ""},
		"the handler panics after it": {func(d *exchange.Delivery) error { _ = book(d, nil); panic("3174012501990001") }, envelope.ReasonHandlerFailed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := effectsIn(t, w)
			e.handler = func(_ context.Context, d *exchange.Delivery) error { return tt.handle(d) }
			sealed := e.sealed()
			a := e.send(sealed)
			final := tt.want == envelope.ReasonRejected
			if a.Reason != tt.want || (a.Settlement != nil) != final || strings.Contains(fmt.Sprint(a.Err()), "3174") {
				t.Fatalf("got %q (%v), %+v", a.Reason, a.Err(), a.Settlement)
			}
			e.booked()
			e.handler = func(_ context.Context, d *exchange.Delivery) error { return book(d, nil) }
			if final {
				if c := e.claims(a, sealed); c.Code != tt.code || !c.Final || c.Reason != tt.want {
					t.Errorf("the receipt says %+v", c)
				}
				if again := e.send(sealed); !again.Repeat() {
					t.Errorf("then %q", again.Reason)
				}
				e.booked()
				return
			}
			if row := e.rowOf(sealed); !row.LeaseUntil.IsZero() || row.Settlement != nil {
				t.Errorf("the row is %+v", row)
			}
			e.accepted(e.send(sealed)) // at once: the claim was released
			e.booked(sealed)
			e.called(2)
		})
	}
}

func TestEffectsAreForTheHandlersTimeAndStore(t *testing.T) {
	misuse := func(t *testing.T, err error) {
		t.Helper()
		if envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("got %v", err)
		}
	}
	e := newEffects(t)
	var kept *exchange.Delivery
	e.handler = func(_ context.Context, d *exchange.Delivery) error {
		kept = d
		misuse(t, bolt.Update(d, nil))
		return book(d, nil)
	}
	sealed := e.sealed()
	e.accepted(e.send(sealed))
	misuse(t, book(kept, nil))
	failing := e.sealed()
	e.handler = func(_ context.Context, d *exchange.Delivery) error { kept = d; return errors.New("no") }
	e.send(failing)
	misuse(t, book(kept, nil))
	e.booked(sealed)

	e.restart(e.Store(ahu)) // in memory, which has no such thing
	e.handler = func(_ context.Context, d *exchange.Delivery) error {
		if d.Tx() != nil {
			t.Errorf("a delivery of a store in memory has %T", d.Tx())
		}
		return book(d, nil)
	}
	a := e.send(e.sealed())
	if a.Reason != envelope.ReasonHandlerFailed || a.Settlement != nil {
		t.Errorf("got %q", a.Reason)
	}
}

// Many handlers write at once, and the writes of some fail in the transaction
// that they share.
func TestEffectsBesideThoseThatFail(t *testing.T) {
	const n = 40
	e := newEffects(t)
	all := make([]*envelope.Sealed, n)
	number := map[string]int{}
	for i := range all {
		all[i] = e.sealed()
		number[all[i].Manifest().ID] = i
	}
	e.handler = func(_ context.Context, d *exchange.Delivery) error {
		switch number[d.Key().ID] % 4 {
		case 0:
			return book(d, errDisk)
		case 1:
			return book(d, exchange.Reject("no"))
		}
		return book(d, nil)
	}
	answers := make([]exchange.Answer, n)
	var done sync.WaitGroup
	for i, sealed := range all {
		done.Go(func() { answers[i] = e.send(sealed) })
	}
	done.Wait()
	var want []*envelope.Sealed
	for i, a := range answers {
		reason := []envelope.Reason{envelope.ReasonHandlerFailed, envelope.ReasonRejected, "", ""}[i%4]
		if a.Reason != reason || (a.Settlement == nil) != (reason == envelope.ReasonHandlerFailed) {
			t.Errorf("envelope %d got %q", i, a.Reason)
		}
		if reason == "" {
			want = append(want, all[i])
		}
	}
	e.booked(want...)
	e.reopen()
	e.booked(want...)
}

// An overtaken handler writes nothing, however far it came.
func TestEffectOfAnOvertakenHandler(t *testing.T) {
	e := newEffects(t)
	sealed := e.sealed()
	e.handler = func(_ context.Context, d *exchange.Delivery) error {
		e.handler = func(_ context.Context, d *exchange.Delivery) error { return book(d, nil) }
		ran := func(*bbolt.Bucket) error { t.Error("its function ran"); return errDisk }
		if err := errors.Join(book(d, nil), bolt.Update(d, ran)); err != nil {
			return err
		}
		e.Clock.Move(exchange.DefaultLease)
		e.accepted(e.send(sealed))
		return nil
	}
	if a := e.send(sealed); a.Reason != envelope.ReasonBusy || a.Settlement != nil {
		t.Errorf("the overtaken one got %q", a.Reason)
	}
	e.booked(sealed)
	e.called(2)
}

// What stands between a handler's return and the end of its envelope fails.
func TestEffectBetweenTwoFailures(t *testing.T) {
	t.Run("no key signs the receipt", func(t *testing.T) {
		e := newEffects(t)
		var kept *exchange.Delivery
		sealed := e.sealed()
		e.handler = func(_ context.Context, d *exchange.Delivery) error {
			kept = d
			e.Clock.Move(366 * 24 * 3600e9) // the directory ends
			return book(d, nil)
		}
		if a := e.send(sealed); a.Reason.Kind() != envelope.KindNotNow || a.Settlement != nil {
			t.Errorf("got %q", a.Reason)
		}
		e.booked()
		if row := e.rowOf(sealed); !row.LeaseUntil.IsZero() {
			t.Errorf("the claim is held: %+v", row)
		}
		if err := book(kept, nil); envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("a write after it was given up: %v", err)
		}
	})
	t.Run("the journal fails behind it", func(t *testing.T) {
		e := newEffects(t)
		sealed := e.sealed()
		e.handler = func(_ context.Context, d *exchange.Delivery) error { return book(d, nil) }
		e.Journal(ahu).Fail = func(entry exchange.Entry) error {
			if entry.Event == exchange.EventSettled {
				return errDisk
			}
			return nil
		}
		if a := e.send(sealed); a.Reason != envelope.ReasonUnavailable || a.Reply().Receipt != nil {
			t.Errorf("got %q", a.Reason)
		}
		e.booked(sealed)
		e.Journal(ahu).Fail = nil
		e.reopen()
		if a := e.send(sealed); !a.Repeat() || !bytes.Equal(a.Settlement.Receipt, e.rowOf(sealed).Settlement.Receipt) {
			t.Errorf("then %q", a.Reason)
		}
		e.booked(sealed)
		e.called(1)
	})
	t.Run("no transaction can be begun", func(t *testing.T) {
		e := newEffects(t)
		sealed := e.sealed()
		e.restart(unbegun{e.store})
		if a := e.send(sealed); a.Reason != envelope.ReasonUnavailable || a.Settlement != nil {
			t.Errorf("got %q", a.Reason)
		}
		e.called(0)
		if row := e.rowOf(sealed); !row.LeaseUntil.IsZero() {
			t.Errorf("the claim is held: %+v", row)
		}
		e.reopen()
		e.accepted(e.send(sealed))
	})
	t.Run("the file is closed", func(t *testing.T) {
		e := newEffects(t)
		sealed := e.sealed()
		e.handler = func(_ context.Context, d *exchange.Delivery) error { e.store.Close(); return book(d, nil) }
		if a := e.send(sealed); a.Reason != envelope.ReasonUnavailable || a.Settlement != nil {
			t.Errorf("got %q", a.Reason)
		}
		e.reopen()
		e.booked()
		e.Clock.Move(exchange.DefaultLease)
		e.handler = func(_ context.Context, d *exchange.Delivery) error { return book(d, nil) }
		e.accepted(e.send(sealed))
		e.booked(sealed)
	})
}

var errDisk = errors.New("disk 3174012501990001 on fire")

// unbegun is a store that cannot begin a transaction.
type unbegun struct{ *bolt.Store }

func (unbegun) Begin(context.Context, exchange.Claim) (exchange.Tx, error) { return nil, errDisk }
