package exchange

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/limits"
)

// longestWish bounds how long a recipient may ask to be left alone.
const longestWish = time.Hour

// A verdict is what an attempt tells of the recipient.
type verdict int

const (
	verdictCut      verdict = iota // nothing: this side ended the attempt
	verdictOurs                    // nothing: the fault lies on this side
	verdictSilent                  // it did not answer
	verdictLater                   // it asked to try later, or what it said is worth nothing
	verdictAnswered                // it refused this parcel
	verdictReceipt                 // it signed a receipt
)

// A finding is what came of sending a parcel once.
type finding struct {
	verdict verdict
	receipt *Receipt
	err     error         // why there is no receipt
	wish    time.Duration // how long the recipient wants to be left alone
}

// attempt sends a parcel that the outbox knows to be about to leave, once, writes
// down what came of it, and returns when it is to be tried again; the zero time if
// that is not known. ctx ends the sending, not the writing.
func (d *Dispatcher) attempt(ctx context.Context, p *Parcel, turn int) time.Time {
	began, op, size := time.Now(), OperationDeliver, int64(len(p.File))+p.Body
	if p.Cancel {
		op, size = OperationAsk, 0
	}
	f := d.carry(ctx, d.sender.cfg.Transport, p)
	took := time.Since(began)
	if ctx.Err() != nil && f.receipt == nil {
		f = finding{verdict: verdictCut, err: f.err}
	}
	next := d.finish(context.WithoutCancel(ctx), p, f, turn)
	d.sender.watch.carried(op, &p.Sent, f.receipt, f.err, took, size, f.verdict == verdictCut)
	return next
}

// attemptListed makes an attempt at a parcel that was listed as due.
func (d *Dispatcher) attemptListed(ctx context.Context, listed *Parcel, turn int) time.Time {
	p, err := d.begin(ctx, listed.address())
	if err != nil && ctx.Err() == nil {
		d.tell(ctx, slog.LevelError, "parcel not sent", listed, envelope.ReasonOf(err))
		d.mu.Lock()
		d.peer(listed.Recipient).until = d.sender.now().Add(d.pause(1, d.cfg.RetryMax)) // no busy loop
		d.mu.Unlock()
	}
	if p == nil || err != nil {
		return time.Time{}
	}
	return d.attempt(ctx, p, turn)
}

// begin has the outbox know that the parcel is about to leave, and returns it;
// nil if it is not to be sent now.
func (d *Dispatcher) begin(ctx context.Context, at address) (*Parcel, error) {
	p, err := d.box.Parcel(ctx, at.Key, at.to)
	if err != nil {
		return nil, outboxFailed
	}
	now := d.sender.now()
	if p == nil || !p.Open() || p.Next.After(now) {
		return nil, nil // changed since it was listed
	}
	p.about(now, d.patience(p))
	switch err := d.box.Update(ctx, *p); {
	case errors.Is(err, ErrFenced), errors.Is(err, ErrSettled):
		return nil, nil
	case err != nil:
		return nil, outboxFailed
	}
	p.Revision++
	return p, nil
}

// carry sends the parcel, or asks to settle or cancel, and verifies the answer.
func (d *Dispatcher) carry(ctx context.Context, t Transport, p *Parcel) finding {
	ctx, cancel := context.WithTimeout(ctx, d.patience(p))
	defer cancel()
	var reply Reply
	var err error
	if p.Cancel {
		question, err2 := d.sender.question(ctx, p.Sent)
		if err2 != nil {
			return finding{verdict: verdictOurs, err: err2}
		}
		reply, err = t.Ask(ctx, p.Recipient, question)
	} else {
		file, err2 := d.file(p)
		if err2 != nil {
			return finding{verdict: verdictOurs, err: err2}
		}
		defer file.Close()
		reply, err = t.Deliver(ctx, p.Recipient, file.Reader)
	}
	if err != nil {
		return finding{verdict: verdictSilent, err: undelivered(err), wish: wish(reply)}
	}
	r, err := d.sender.receipt(reply, p.Sent)
	switch {
	case err == nil:
		return finding{verdict: verdictReceipt, receipt: r}
	case reply.Refusal == OutwardMalformed, reply.Refusal == OutwardCannotOpen, reply.Refusal == OutwardTooLarge:
		return finding{verdict: verdictAnswered, err: err, wish: wish(reply)}
	}
	return finding{verdict: verdictLater, err: err, wish: wish(reply)}
}

func wish(r Reply) time.Duration { return whole(min(max(r.RetryAfter, 0), longestWish)) }

// finish writes down what came of an attempt and returns when the parcel is to be
// tried again; the zero time if that is not known.
func (d *Dispatcher) finish(ctx context.Context, p *Parcel, f finding, turn int) time.Time {
	if f.receipt != nil {
		if err := d.enter(ctx, p, f.receipt); err != nil {
			f = finding{verdict: verdictOurs, err: err}
		}
	}
	now := d.sender.now()
	next := d.judge(p, f, turn, now)
	if f.receipt != nil && f.receipt.claims.Final {
		return d.settle(ctx, p, f.receipt, now)
	}
	reason := envelope.ReasonOf(f.err)
	if f.receipt != nil {
		reason = f.receipt.claims.Reason
	}
	// Without an answer nobody can tell whether it was admitted in time.
	expired := f.receipt != nil && reason == envelope.ReasonExpired && now.After(p.Expires.Add(envelope.MaxSkew))
	if expired || f.verdict > verdictOurs && !now.Before(p.Deadline) && d.sender.steady() {
		if d.giveUp(ctx, *p, reason) == nil {
			return now.Add(idle)
		}
	}
	if next.After(p.Deadline) && p.Deadline.After(now) {
		next = p.Deadline
	}
	p.Next, p.Reason = next, reason
	level := slog.LevelInfo
	if reason == envelope.ReasonConflict || f.verdict == verdictLater && f.err != nil && envelope.ReasonOf(f.err).Kind() == envelope.KindDamage {
		level = slog.LevelError // two contents under one identity, or a receipt that is none
	}
	d.tell(ctx, level, "parcel not settled", p, reason, slog.Int("attempts", p.Attempts), slog.Time("next", next))
	switch err := d.box.Update(ctx, *p); {
	case errors.Is(err, ErrFenced), errors.Is(err, ErrSettled):
		return time.Time{} // somebody else knows better
	case err != nil:
		d.tell(ctx, slog.LevelError, "parcel not written", p, outboxFailed.Reason)
		return time.Time{}
	}
	return next
}

// judge notes what an attempt tells of the recipient, and returns when the parcel
// may be tried again.
func (d *Dispatcher) judge(p *Parcel, f finding, turn int, now time.Time) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	peer := d.peer(p.Recipient)
	own := max(d.pause(p.Attempts, d.cfg.RetryMax), f.wish)
	switch f.verdict {
	case verdictCut:
		return now
	case verdictOurs: // others would fare no better
		peer.until = now.Add(own)
	case verdictSilent:
		own = d.failed(peer, turn, now, false, f.wish) // not the parcel's fault
	case verdictLater:
		own = max(own, d.failed(peer, turn, now, true, f.wish))
	case verdictAnswered, verdictReceipt:
		peer.answered(f.verdict == verdictReceipt, d.cfg.PerPeer)
	}
	if peer.until.After(now) {
		d.wakeAt(peer.until)
	}
	return now.Add(own)
}

// enter puts a receipt into the journal, unless the last attempt brought one that
// says the same and settles nothing.
func (d *Dispatcher) enter(ctx context.Context, p *Parcel, r *Receipt) error {
	if !r.claims.Final && p.Reason == r.claims.Reason {
		return nil
	}
	e := d.entry(EventReceipt, p)
	e.Outcome, e.Reason = r.claims.Outcome, r.claims.Reason
	return d.sender.enter(ctx, e)
}

func (d *Dispatcher) entry(event Event, p *Parcel) Entry {
	return Entry{
		Time: d.sender.now(), Event: event, Sender: p.Sender, Recipients: []envelope.Party{p.Recipient}, ID: p.ID, Digest: p.Digest,
		Dataset: p.Dataset, Purpose: p.Purpose, Agreement: p.Agreement,
	}
}

// void makes the number of a cancelled parcel void, so that later envelopes say
// that nobody will bring it. If another recipient of the envelope has it or will
// get it, the number is not void: whoever cancelled misses it, and rightly so.
func (d *Dispatcher) void(ctx context.Context, p *Parcel) error {
	all, err := d.box.Parcels(ctx, Sent{Key: p.Key}, limits.Recipients) // behind no recipient: from the first on
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Key == p.Key && other.Recipient != p.Recipient && other.Outcome != OutcomeCancelled {
			return nil
		}
	}
	return d.box.Burn(ctx, p.Channel, p.Epoch, p.Number)
}

// settle stores a final receipt, whatever else was done to the parcel meanwhile.
func (d *Dispatcher) settle(ctx context.Context, p *Parcel, r *Receipt, now time.Time) time.Time {
	if r.claims.Outcome == OutcomeCancelled && p.Epoch != "" {
		// It comes first, because a settled parcel is not looked at again.
		if d.void(ctx, p) != nil {
			d.tell(ctx, slog.LevelError, "number not voided", p, outboxFailed.Reason)
			return time.Time{}
		}
	}
	settled := func(p *Parcel) {
		p.State, p.Outcome, p.Reason, p.SettledAt, p.Receipt = ParcelSettled, r.claims.Outcome, r.claims.Reason, now, r.JWS()
	}
	settled(p)
	err := d.box.Update(ctx, *p)
	if errors.Is(err, ErrFenced) {
		err = d.change(ctx, p.address(), settled)
	}
	if err != nil && !errors.Is(err, ErrSettled) {
		d.tell(ctx, slog.LevelError, "receipt not written", p, outboxFailed.Reason)
		return time.Time{}
	}
	d.settledBody(ctx, p)
	if missing := r.claims.Missing; len(missing) > 0 {
		d.log.WarnContext(ctx, "numbers missing", "to", p.Recipient, "dataset", p.Dataset, "from", missing[0].From, "to_number", missing[len(missing)-1].To, "ranges", len(missing))
	}
	d.tell(ctx, slog.LevelInfo, "parcel settled", p, r.claims.Reason, slog.String("outcome", string(r.claims.Outcome)), slog.Int("attempts", p.Attempts))
	d.ended(OperationSettle, p, r.claims.Outcome, r.claims.Reason)
	return now.Add(idle)
}

// giveUp stops sending a parcel, on record.
func (d *Dispatcher) giveUp(ctx context.Context, p Parcel, reason envelope.Reason) error {
	e := d.entry(EventGivenUp, &p)
	e.Reason = reason
	if err := d.sender.enter(ctx, e); err != nil {
		return err
	}
	p.State, p.Reason = ParcelGivenUp, reason
	if err := d.box.Update(ctx, p); err != nil {
		return outboxFailed // it changed meanwhile, or it is tried again
	}
	d.tell(ctx, slog.LevelError, "parcel given up", &p, reason, slog.Int("attempts", p.Attempts))
	d.ended(OperationGiveUp, &p, "", reason)
	return nil
}
