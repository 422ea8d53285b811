package exchange

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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

// A Delivery is an opened envelope whose records were checked. With inline content
// it is valid for as long as the caller likes; the content of a body can be read
// until the handler returns, by one goroutine. It prints as its key.
type Delivery struct {
	*content
	ctx    context.Context
	report *schema.Report
	fence  uint64
	tx     Tx
	failed error // why content could not be read to its end
}

// content is what an envelope holds: in memory, staged, or to be released again
// from the sealed body.
type content struct {
	opened  *envelope.Opened
	release func(context.Context) (*envelope.Reader, error) // nil for inline and for staged content
	stage   Stage
}

// body reports whether the content is read from the sealed body.
func (c *content) body() bool { return c.release != nil }

// staged reports whether the content is a body that the stage alone has.
func (c *content) staged() bool { return !c.body() && c.opened.Proof().Closing != nil }

// begin begins to stage content.
func (c *content) begin(ctx context.Context, stage func(context.Context, envelope.Proof) (Stage, error)) error {
	s, err := stage(ctx, c.opened.Proof())
	if err != nil || s == nil {
		return refuse(envelope.ReasonUnavailable, "the content cannot be staged")
	}
	c.stage = s
	return nil
}

func (c *content) discard() {
	if c.stage != nil {
		c.stage.Discard()
	}
}

// A Stage takes content while it is verified, before anybody may use it: it keeps
// it out of everybody's sight until the handler is called, which gets it by
// [Delivery.Stage]. It is for handlers that put content into a file.
type Stage interface {
	io.Writer
	// Discard drops what was written, unless the handler has taken it over. It is
	// called at the end of every attempt.
	Discard()
}

// Stage returns what the content was staged in, nil without
// [ReceiverConfig].Stage.
func (d *Delivery) Stage() Stage { return d.stage }

// Key returns the signed identity: what an effect is made unique by.
func (d *Delivery) Key() Key {
	m := d.opened.Proof().Manifest
	return Key{m.Sender, m.ID}
}

// Proof returns what was proven, with the signed manifest.
func (d *Delivery) Proof() envelope.Proof { return d.opened.Proof() }

// Records yields the records exactly as they were sealed, without their line
// feeds; of a document, nothing. The slices must not be modified. A body is read,
// and verified, anew in every call; if it cannot be read to its end, the records
// end early, [Delivery.Err] says so, and whatever the handler returns, the envelope
// is not accepted. So it is with a body that was staged, which yields nothing.
func (d *Delivery) Records() iter.Seq[[]byte] {
	if d.opened.Proof().Closing == nil {
		return d.opened.Records()
	}
	if d.opened.Proof().Manifest.Content.Media != envelope.MediaRecords {
		return func(func([]byte) bool) {}
	}
	return func(yield func([]byte) bool) {
		in := recordReader{r: d.Content()}
		for {
			record, err := in.next()
			if err != nil {
				return // d.failed says why, if it is not the end
			}
			if !yield(record) {
				return
			}
		}
	}
}

// Content returns the exact bytes that were sealed: the records with their line
// feeds, or the document. A body is read, and verified, anew in every call; what
// Records says of its end holds for it too. Content that was staged as a body cannot
// be read again.
func (d *Delivery) Content() io.Reader {
	if d.staged() {
		d.failed = refuse(envelope.ReasonMisuse, "the content was staged, and is read once")
		return failing{d.failed}
	}
	if !d.body() {
		return bytes.NewReader(d.opened.Content())
	}
	r, err := d.release(d.ctx)
	if err != nil {
		d.failed = err
		return failing{err}
	}
	return &watched{r, d}
}

// Size returns how many bytes the content has.
func (d *Delivery) Size() int64 {
	p := d.opened.Proof()
	if p.Closing != nil {
		return p.Closing.Bytes
	}
	return p.Manifest.Content.Bytes
}

// Err returns why content could not be read to its end, nil if it could or nobody
// tried.
func (d *Delivery) Err() error { return d.failed }

// watched has the delivery know of what fails.
type watched struct {
	r *envelope.Reader
	d *Delivery
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.d.failed = err
	}
	return n, err
}

// failing is a reader of nothing but an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Report returns the findings on the records, which the sender has computed too.
// Findings never change or drop a record. Nothing checks a document: its report is
// empty.
func (d *Delivery) Report() *schema.Report {
	if d.report == nil {
		return &schema.Report{
			Dataset: schema.Ref(d.opened.Proof().Manifest.Dataset), ByRule: map[string]int{}, Notices: map[string]int{}, Structure: map[string]int{},
		}
	}
	return d.report
}

// Envelope returns the opened envelope: inline content as a whole, and the
// evidence for a third party. Of a body it is the evidence alone; see
// [Delivery.Content].
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
	return m.Supersedes != nil && m.Content.Form == formInline && m.Content.Records == 0
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

// Format prints String for every verb.
func (d *Delivery) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(d.String())) }

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
	if s, code = verdictOf(a.r.cfg.Handle(ctx, d)); d.failed != nil {
		return handlerFailed, "" // it has not seen all of it, and may have rejected it for that
	}
	return s, code
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
