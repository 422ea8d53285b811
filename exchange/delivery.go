package exchange

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/schema"
)

// A Handler is the receiving application. It is called with every envelope that
// was verified as a whole, whose purpose is the receiver's and whose records
// have no structure error, at least once and never after it was settled.
//
// nil accepts: the receipt says so, for good. An error made by [Reject] refuses
// for good. Any other error, a panic included, means not now: the same envelope
// will be handled again when the sender sends it again. The text of an error
// goes nowhere.
//
// The context ends with that of [Receiver.Receive], or if the claim is lost to
// another process; a handler should then stop. As long as it goes on, its claim
// is renewed. A handler MUST make its effect unique by [Delivery.Key]: a crash
// between its effect and the settlement leads to another call, and so does an
// acceptance that cannot be signed or written.
type Handler func(ctx context.Context, d *Delivery) error

// A Delivery is an opened envelope whose records were checked. It is valid for
// as long as the caller likes and prints as its key.
type Delivery struct {
	opened *envelope.Opened
	report *schema.Report
	fence  uint64
	tx     Tx
}

// Key returns the signed identity: what an effect is made unique by.
func (d *Delivery) Key() Key {
	m := d.opened.Proof().Manifest
	return Key{m.Sender, m.ID}
}

// Proof returns what was proven, with the signed manifest.
func (d *Delivery) Proof() envelope.Proof { return d.opened.Proof() }

// Records yields the records exactly as they were sealed, without their line
// feeds. The slices must not be modified.
func (d *Delivery) Records() iter.Seq[[]byte] { return d.opened.Records() }

// Report returns the findings on the records, which the sender has computed too.
// Findings never change or drop a record.
func (d *Delivery) Report() *schema.Report { return d.report }

// Envelope returns the opened envelope: the content as a whole, and the
// evidence for a third party.
func (d *Delivery) Envelope() *envelope.Opened { return d.opened }

// Attempt returns the fence of the claim, which is higher in every later
// attempt: an effect that is tagged with it can tell an overtaken worker.
func (d *Delivery) Attempt() uint64 { return d.fence }

// Tx returns what the handler writes through so that its effect and the
// settlement are durable together, or nil if the store has no such thing. It is
// for the functions of the store's own package, as Update of package
// exchange/store/bolt, and is over when the handler returns.
func (d *Delivery) Tx() any { return d.tx }

// Retracts reports whether the sender retracts an earlier envelope without
// putting anything in its place: it supersedes that one and has no record.
func (d *Delivery) Retracts() bool {
	m := d.opened.Proof().Manifest
	return m.Supersedes != nil && m.Content.Records == 0
}

// Line returns which revision of what the envelope is. A handler that keeps what
// it gets under the sender and the line's First has a correction take the place
// of what it corrects, and a retraction remove it.
func (d *Delivery) Line() Line { return lineOf(d.opened.Proof().Manifest) }

// Reference names the envelope as a request, for the [Shipment] that answers it;
// see also [Dispatcher.Reply].
func (d *Delivery) Reference() *envelope.Reference {
	p := d.opened.Proof()
	return &envelope.Reference{ID: p.Manifest.ID, Digest: p.Digest}
}

// String returns the sender and the id.
func (d *Delivery) String() string {
	k := d.Key()
	return "delivery " + string(k.Sender) + " " + k.ID
}

// rejection is the error by which a handler refuses for good.
type rejection struct{ code string }

func (r *rejection) Error() string { return "rejected: " + r.code }

// Reject returns an error by which a handler refuses an envelope for good: the
// sender gets a signed receipt with ReasonRejected and the code, and the handler
// is never called with that envelope again. The code consists of one to four
// words of lower-case letters, joined by underscores ("unknown_party"), each of
// at most 16 letters; any other text is left out, because it could hold what a
// record says.
func Reject(code string) error {
	if !codeForm.MatchString(code) {
		code = ""
	}
	return &rejection{code}
}

// said is what a handler has said.
type said uint8

const (
	handlerFailed said = iota // not now: an error, or it did not return
	handlerAccepted
	handlerRejected // for good
)

// handle runs the handler under the claim and contains whatever it does, its
// error's own methods included. It returns the code of a rejection.
func (a *attempt) handle(ctx context.Context, d *Delivery) (s said, code string) {
	ctx, lost := context.WithCancel(ctx)
	stop := a.keep(ctx, lost)
	began := time.Now()
	defer func() {
		a.handled.panicked = recover() != nil // what it says may hold anything; it has failed
		a.handled.took = max(time.Since(began), 1)
		stop()
		lost()
	}()
	return verdictOf(a.r.cfg.Handle(ctx, d))
}

// verdictOf reads a handler's error, whose methods may panic.
func verdictOf(err error) (s said, code string) {
	defer func() { recover() }()
	if err == nil {
		return handlerAccepted, ""
	}
	if r, ok := errors.AsType[*rejection](err); ok {
		return handlerRejected, r.code
	}
	return handlerFailed, ""
}

// keep renews the claim until stop is called, which returns when nothing will
// touch the claim any more, and calls lost if it was taken over. A caller that
// gives up does not end it: the handler may be at work still, and another one
// must not begin beside it.
func (a *attempt) keep(ctx context.Context, lost func()) (stop func()) {
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(a.r.cfg.Lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			c, err := a.r.cfg.Store.Renew(ctx, a.claim, a.r.now(), a.r.cfg.Lease)
			switch {
			case err == nil:
				a.claim = c
			case errors.Is(err, ErrFenced):
				a.handled.lost = true // read after stop
				lost()
				return
			}
		}
	}()
	return func() {
		end()
		<-done
	}
}
