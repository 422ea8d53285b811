package exchange

import (
	"context"
	"errors"
	"io"
	"math"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/schema"
)

// Receive makes one attempt at an envelope file: it opens and verifies it,
// claims it, checks its records, calls the handler, settles and signs. The
// package doc gives the order. It panics on no input.
//
// It reads at most MaxFile bytes of in before the sender is proven, and no more
// than that of an envelope with inline content. A body is verified to its end, then
// read again for the handler: from in, if that is a file or something else with
// ReadAt and Seek, which nobody else may use meanwhile; else from Spool, which is
// asked for room as it arrives. With Stage it is read once.
//
// Everything is in the answer: there is no other error. If ctx ends before the
// handler was called, nothing is settled. If it ends while the handler runs, the
// handler decides; what it has decided is still written.
func (r *Receiver) Receive(ctx context.Context, in io.Reader) Answer {
	began := time.Now()
	file := &limited{r: in, left: r.cfg.MaxFile}
	ans := r.receive(ctx, file)
	r.watch.answered(ctx, visit{OperationReceive, began, file.n, file.broken}, &ans)
	return ans
}

func (r *Receiver) receive(ctx context.Context, file *limited) Answer {
	if file.r == nil {
		return refused(refuse(envelope.ReasonMisuse, "no input"))
	}
	a, err := r.begin()
	if err != nil {
		return refused(err)
	}
	source := readAgain(file.r)
	x, err := envelope.Examine(ctx, file, r.opener(), a)
	if err != nil {
		return a.stopped(ctx, file.fault(err))
	}
	if x.Inline() {
		return a.inline(ctx, x)
	}
	if file.left = r.MaxBody(); source != nil {
		file.left = math.MaxInt64 // it lies on this side already
	}
	return a.body(ctx, x, file, source)
}

func (r *Receiver) opener() envelope.Opener {
	return envelope.Opener{Party: r.cfg.Party, Keys: r.cfg.Keys, Purpose: r.cfg.Purpose, Skew: r.cfg.Skew, MaxContent: r.cfg.MaxContent}
}

// inline takes an envelope whose content came with its token to its end.
func (a *attempt) inline(ctx context.Context, x *envelope.Examined) Answer {
	whole, err := x.Verify(ctx)
	if err != nil {
		return a.stopped(ctx, err)
	}
	r, err := whole.Release(ctx, nil)
	if err != nil {
		return a.stopped(ctx, err)
	}
	return a.deliver(ctx, &content{opened: r.Opened()})
}

// refused answers what Open or this authority refused after the sender and the
// content had been proven. Nothing is claimed.
func (a *attempt) refused(ctx context.Context, err *envelope.Error) Answer {
	reason := err.Reason
	if a.row != nil && a.row.Settlement != nil && !a.conflict {
		return a.repeated(ctx, *a.row.Settlement)
	}
	switch {
	case reason == envelope.ReasonReplayed: // settled since we looked
		row, _, err := a.r.cfg.Store.Lookup(ctx, Key{a.claimed.Sender, a.claimed.ID})
		if err != nil || row == nil || row.Settlement == nil {
			return a.answer(unavailable)
		}
		return a.repeated(ctx, *row.Settlement)
	case a.conflict:
		return a.unsettled(ctx, refuse(envelope.ReasonConflict, ""))
	case unsettling(reason):
		return a.unsettled(ctx, err)
	case reason == envelope.ReasonNoAgreement, reason == envelope.ReasonPurposeUnknown:
		// A newer directory or version may allow it, but somebody has tried: that
		// goes on record.
		if failed := a.remark(ctx, EventRefused, reason); failed != nil {
			return a.answer(failed)
		}
		return a.answer(err)
	case reason.Settles():
		return a.bury(ctx, a.claims(OutcomeRefused, reason, nil), err)
	}
	return a.answer(err)
}

// bury settles an envelope that nobody has claimed: refused for good, or
// cancelled.
func (a *attempt) bury(ctx context.Context, c Claims, cause error) Answer {
	s, err := a.settlement(ctx, c)
	if err != nil {
		return a.answer(err)
	}
	kept, err := a.r.cfg.Store.Tombstone(ctx, a.admission(), s, a.now)
	if err != nil {
		err = claimed(err)
		if unsettling(envelope.ReasonOf(err)) {
			return a.unsettled(ctx, err)
		}
		return a.answer(err)
	}
	if string(kept.Receipt) != string(s.Receipt) {
		return a.repeated(ctx, kept)
	}
	if err := a.enterSettled(ctx, s); err != nil {
		return a.answer(err)
	}
	return a.settled(s, cause, nil)
}

// deliver checks an opened and claimed envelope and takes it to its end.
func (a *attempt) deliver(ctx context.Context, c *content) Answer {
	defer c.discard()
	if c.body() {
		r, err := c.release(ctx)
		if err != nil {
			return a.release(ctx, err, nil)
		}
		report, failed := a.check(ctx, schema.Exact(r))
		return a.judged(ctx, c, report, failed)
	}
	if a.r.cfg.Stage != nil {
		err := c.begin(ctx, a.r.cfg.Stage)
		if err == nil {
			_, err = c.stage.Write(c.opened.Content())
		}
		if err != nil {
			return a.release(ctx, refuse(envelope.ReasonUnavailable, "the content cannot be staged"), nil)
		}
	}
	report, failed := a.check(ctx, &sealedRecords{c.opened.Content()})
	return a.judged(ctx, c, report, failed)
}

// judged takes a claimed envelope whose content was checked to its end. Whatever
// happens, the claim is settled or released, unless the store fails: then the lease
// runs out.
func (a *attempt) judged(ctx context.Context, c *content, report *schema.Report, err error) Answer {
	switch envelope.ReasonOf(err) {
	case "":
	case envelope.ReasonUnavailable, envelope.ReasonUnknownDefinition:
		return a.release(ctx, err, report)
	default: // the same bytes will break the same rule for ever
		return a.settle(ctx, a.r.cfg.Store.Settle, a.claims(OutcomeRefused, envelope.ReasonStructure, report), refuse(envelope.ReasonStructure, ""), report)
	}
	tx, err := a.transaction(ctx)
	if err != nil {
		return a.release(ctx, unavailable, report)
	}
	said, code := a.handle(ctx, &Delivery{content: c, ctx: ctx, report: report, fence: a.claim.Fence, tx: tx})
	if said == handlerAccepted {
		return a.accept(ctx, tx, report)
	}
	if tx != nil {
		tx.Discard()
	}
	return a.decline(ctx, said, code, report)
}

// transaction begins what the handler may write through, nil if the store has no
// such thing.
func (a *attempt) transaction(ctx context.Context) (Tx, error) {
	t, ok := a.r.cfg.Store.(Transactor)
	if !ok {
		return nil, nil
	}
	return t.Begin(ctx, a.claim)
}

// accept settles what the handler accepted, with what it wrote.
func (a *attempt) accept(ctx context.Context, tx Tx, report *schema.Report) Answer {
	settle := a.r.cfg.Store.Settle
	var failed error
	if tx != nil {
		settle = func(ctx context.Context, c Claim, s Settlement) error {
			err := tx.Settle(ctx, c, s)
			if effectFailed(err) {
				failed, err = err, ErrEffect
			}
			return err
		}
		defer tx.Discard() // in case that it does not come to Settle
	}
	ans := a.settle(ctx, settle, a.claims(OutcomeAccepted, "", report), nil, report)
	if failed != nil {
		said, code := verdictOf(failed)
		return a.decline(ctx, said, code, report)
	}
	return ans
}

// effectFailed reports whether a handler's writes have failed. What the error
// wraps may be the handler's, whose methods may panic.
func effectFailed(err error) (failed bool) {
	defer func() {
		if recover() != nil {
			failed = true
		}
	}()
	return errors.Is(err, ErrEffect)
}

// decline ends an attempt that the handler did not accept.
func (a *attempt) decline(ctx context.Context, said said, code string, report *schema.Report) Answer {
	if said != handlerRejected {
		a.hold(ctx)
		return a.release(ctx, refuse(envelope.ReasonHandlerFailed, ""), report)
	}
	c := a.claims(OutcomeRefused, envelope.ReasonRejected, report)
	c.Code = code
	return a.settle(ctx, a.r.cfg.Store.Settle, c, refuse(envelope.ReasonRejected, code), report)
}

// settle writes how the claimed envelope ended. From here on the caller's
// context no longer counts: what was decided is to be kept.
func (a *attempt) settle(ctx context.Context, settle func(context.Context, Claim, Settlement) error, c Claims, cause error, report *schema.Report) Answer {
	ctx = context.WithoutCancel(ctx)
	s, err := a.settlement(ctx, c)
	if err != nil {
		return a.release(ctx, err, report)
	}
	if err := settle(ctx, a.claim, s); err != nil {
		ans := a.answer(claimed(err))
		ans.Report = report
		return ans
	}
	if err := a.enterSettled(ctx, s); err != nil {
		ans := a.answer(err)
		ans.Report = report
		return ans // a repeat gets the receipt
	}
	return a.settled(s, cause, report)
}

// patient is how many calls of a handler for one envelope may fail before the next
// one has to wait.
const patient = 8

// hold keeps the claim of an envelope whose handler has failed again and again for
// a while, longer each time up to the lease: whoever posts it for ever, as a
// stranger can who captured it, is told to try later and has nothing written.
func (a *attempt) hold(ctx context.Context) {
	if a.claim.Fence < patient {
		return
	}
	pause := min(time.Second<<min(a.claim.Fence-patient, 12), a.r.cfg.Lease)
	if _, err := a.r.cfg.Store.Renew(context.WithoutCancel(ctx), a.claim, a.r.now(), pause); err == nil {
		a.held = true
	}
}

// release gives the claim up, so that the next attempt need not wait.
func (a *attempt) release(ctx context.Context, cause error, report *schema.Report) Answer {
	if !a.held {
		// If this fails, the lease runs out by itself.
		_ = a.r.cfg.Store.Release(context.WithoutCancel(ctx), a.claim)
	}
	ans := a.answer(cause)
	ans.Report = report
	return ans
}

// entry begins a journal entry on this envelope, with what is known of it.
func (a *attempt) entry(event Event, at time.Time) Entry {
	if a.manifest != nil {
		return a.r.policy.entry(event, a.manifest, a.claimed.Digest, at)
	}
	return Entry{Time: at, Event: event, Sender: a.claimed.Sender, ID: a.claimed.ID, Digest: a.claimed.Digest}
}

// limited is a reader that fails beyond a number of bytes and remembers it.
type limited struct {
	r      io.Reader
	left   int64
	n      int64 // bytes that were read
	over   bool
	broken bool // r failed before its end
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left == 0 {
		// Look whether there is more, and give nothing of it away.
		n, err := io.ReadFull(l.r, make([]byte, 1))
		if n == 0 {
			l.broken = err != io.EOF
			return 0, err
		}
		l.over = true
		return 0, refuse(envelope.ReasonTooLarge, "file")
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	l.n += int64(n)
	l.broken = l.broken || err != nil && err != io.EOF
	return n, err
}

// fault returns why what came of the reader was refused.
func (l *limited) fault(err error) error {
	if l.over {
		return refuse(envelope.ReasonTooLarge, "file")
	}
	return err
}
