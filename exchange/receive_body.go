package exchange

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/spool"
	"github.com/segel-id/segel/schema"
)

// again is an input that can be read a second time, from where it stood.
type again struct {
	r     io.ReaderAt
	start int64
}

// readAgain returns how an input is read again, nil if it cannot be.
func readAgain(in io.Reader) *again {
	f, ok := in.(interface {
		io.ReaderAt
		io.Seeker
	})
	if !ok {
		return nil
	}
	start, err := f.Seek(0, io.SeekCurrent)
	if err != nil { // a pipe
		return nil
	}
	return &again{f, start}
}

// from returns what stands behind n bytes of the input.
func (s *again) from(n int64) func() io.Reader {
	return func() io.Reader { return io.NewSectionReader(s.r, s.start+n, math.MaxInt64-s.start-n) }
}

// body takes an envelope with a body, of which the head was examined, to its end.
// The sender is proven and the envelope permitted: from here on something may be
// kept of it.
func (a *attempt) body(ctx context.Context, x *envelope.Examined, in *limited, source *again) Answer {
	switch {
	case a.row != nil && a.row.Settlement != nil:
		return a.compare(ctx, x)
	case a.r.cfg.Stage != nil:
		return a.stream(ctx, x)
	case source != nil:
		whole, err := x.Verify(ctx)
		if err != nil {
			return a.stopped(ctx, in.fault(err))
		}
		return a.whole(ctx, whole, source.from(x.BodyOffset()))
	case a.r.cfg.Spool != nil:
		return a.spool(ctx, x, in)
	}
	return refused(refuse(envelope.ReasonTooLarge, "a body, and there is no Spool to keep it in"))
}

// compare answers a repeat of a settled envelope: with the receipt, if it is the
// same body. Nothing is kept of it.
func (a *attempt) compare(ctx context.Context, x *envelope.Examined) Answer {
	whole, err := x.Verify(ctx)
	if err != nil {
		return a.stopped(ctx, err)
	}
	if err := a.rooted(whole.Proof()); err != nil {
		return a.refused(ctx, err)
	}
	return a.repeated(ctx, *a.row.Settlement)
}

// spool keeps the sealed body for as long as it is worked on.
func (a *attempt) spool(ctx context.Context, x *envelope.Examined, in *limited) Answer {
	f, err := a.r.cfg.Spool.Begin(uploadName(x.CommitKey(), a.claimed.Digest, a.r.cfg.Party)+"-whole", string(a.claimed.Sender), a.now)
	if err != nil {
		return a.answer(spooled(err))
	}
	defer f.Remove()
	v, err := x.Verifier(nil)
	if err != nil {
		return a.answer(err)
	}
	if _, err := v.Copy(ctx, f, x.Rest()); err != nil {
		return a.stopped(ctx, in.fault(err))
	}
	whole, err := v.Whole()
	if err != nil {
		return a.stopped(ctx, in.fault(err))
	}
	return a.whole(ctx, whole, func() io.Reader { return io.NewSectionReader(f, 0, f.Size()) })
}

// spooled turns an error of the folder into ours.
func spooled(err error) *envelope.Error {
	switch {
	case errors.Is(err, spool.ErrBusy), errors.Is(err, spool.ErrQuota):
		return refuse(envelope.ReasonBusy, "")
	}
	return refuse(envelope.ReasonUnavailable, "the folder for bodies failed")
}

// whole takes a body that was verified to its end, and can be read again, to the
// handler.
func (a *attempt) whole(ctx context.Context, w *envelope.Whole, sealed func() io.Reader) Answer {
	if err := a.rooted(w.Proof()); err != nil {
		return a.refused(ctx, err)
	}
	c := &content{release: func(ctx context.Context) (*envelope.Reader, error) { return w.Release(ctx, sealed()) }}
	r, err := c.release(ctx)
	if err != nil {
		return a.stopped(ctx, err)
	}
	c.opened = r.Opened()
	return a.deliver(ctx, c)
}

// rooted notes the content root that was verified. Another one than was admitted
// under this identity is a conflict: the sender has signed both.
func (a *attempt) rooted(p envelope.Proof) *envelope.Error {
	if p.Closing == nil {
		return nil
	}
	a.root = p.Closing.Root
	if a.row != nil && a.row.Root != "" && a.row.Root != a.root {
		a.conflict = true
		return refuse(envelope.ReasonConflict, "two bodies under one manifest")
	}
	return nil
}

// stopped answers a fault of Examine, Verify or Release.
func (a *attempt) stopped(ctx context.Context, err error) Answer {
	e, ok := errors.AsType[*envelope.Error](err)
	if !ok || e.Proof == nil {
		return refused(err) // and nothing is written, nor told but four words
	}
	a.manifest = e.Proof.Manifest
	if e.Proof.Closing != nil {
		if err := a.rooted(*e.Proof); err != nil {
			return a.refused(ctx, err)
		}
	}
	return a.refused(ctx, refuse(e.Reason, e.Detail))
}

// stream checks a body and stages its content in the pass that verifies it.
// "released" is on record before the first byte, the claim is taken when the end
// was verified, and the handler is called then.
func (a *attempt) stream(ctx context.Context, x *envelope.Examined) Answer {
	r, err := x.Stream(ctx)
	if err != nil {
		return a.stopped(ctx, err)
	}
	c := &content{opened: r.Opened()}
	defer c.discard()
	if err := c.begin(ctx, a.r.cfg.Stage); err != nil {
		return a.answer(err)
	}
	staged := &staging{r: r, w: c.stage}
	report, failed := a.check(ctx, schema.Exact(staged))
	_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, staged, make([]byte, readAtOnce)) // a document, and where the check has stopped early
	switch {
	case staged.broken:
		return a.answer(refuse(envelope.ReasonUnavailable, "the content cannot be staged"))
	case staged.err != io.EOF:
		return a.stopped(ctx, staged.err)
	}
	proof := r.Proof()
	if err := a.rooted(proof); err != nil {
		return a.refused(ctx, err)
	}
	if err := a.Record(ctx, proof); err != nil {
		return a.stopped(ctx, &envelope.Error{Reason: envelope.ReasonOf(err), Proof: &proof})
	}
	c.opened = r.Opened()
	return a.judged(ctx, c, report, failed)
}

// staging hands on what it stages.
type staging struct {
	r      io.Reader
	w      io.Writer
	err    error // of r, io.EOF at its end
	broken bool  // w failed
}

func (s *staging) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if _, failed := s.w.Write(p[:n]); failed != nil {
		s.broken = true
		err = failed
	}
	s.err = err
	return n, err
}

// takes refuses a document that is not expected. A receiver of records alone refuses
// it for good: it breaks the definition, which describes records.
func (r *Receiver) takes(m *envelope.Manifest) error {
	switch {
	case m.Content.Media == envelope.MediaRecords, slices.Contains(r.cfg.Documents, m.Content.Media):
		return nil
	case r.cfg.Documents == nil:
		return refuse(envelope.ReasonStructure, "a document where the dataset's definition wants records")
	}
	return refuse(envelope.ReasonUnknownDefinition, "a document of a media type that is not expected")
}

// check judges content. Nothing checks a document that is expected.
func (a *attempt) check(ctx context.Context, records schema.Source) (*schema.Report, error) {
	if a.manifest.Content.Media != envelope.MediaRecords {
		return nil, a.r.takes(a.manifest)
	}
	return check(ctx, a.definition, records, a.manifest.AsOf, nil)
}
