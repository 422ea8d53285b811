package envelope

import (
	"bytes"
	"context"
	"io"

	"github.com/segel-id/segel/internal/body"
)

// A StreamAuthority is an [Authority] that may let content go before the end of a
// body has been verified. Nothing that is done with such content may outlive an
// error of the [Reader]: it is for programs that write to a place which nobody
// sees before the end, never for a receiver that settles envelopes.
type StreamAuthority interface {
	Authority

	// RecordStream takes the place of Record for a body: everything but the body
	// has been verified, and the proof says nothing of it. When it returns nil, it
	// MUST be on durable record that content is released to this process for this
	// purpose. An error releases nothing.
	RecordStream(ctx context.Context, proof Proof) error
}

// OpenStream opens an envelope file of any size in one pass: it does all steps of
// [Open], with Authority.RecordStream for a body, and returns a Reader which
// verifies a body chunk by chunk while it hands it out. Whatever was made of the
// content must be dropped unless the Reader came to io.EOF: until then nobody
// knows whether the sender ended it so.
//
// A [bytes.Reader] is at its end when OpenStream returns, and a body in it is opened
// from where it is: its bytes must stay as they are until the Reader has returned
// io.EOF or another error. Whoever wants them back earlier ends ctx and reads on to the
// error.
func OpenStream(ctx context.Context, r io.Reader, by Opener, authority StreamAuthority) (*Reader, error) {
	if authority == nil {
		return nil, refuse(ReasonMisuse, "party, keys, purpose and authority must be stated")
	}
	x, err := Examine(ctx, r, by, authority)
	if err != nil {
		return nil, err
	}
	if x.Inline() {
		err = x.recorded(ctx, x.wholeInline(), authority.Record)
	} else {
		err = x.recorded(ctx, nil, authority.RecordStream)
	}
	if err != nil {
		return nil, err
	}
	rest := x.rest
	x.rest = nil
	return x.reader(ctx, rest, nil), nil
}

// A Reader hands out content that was released. It returns io.EOF only after
// everything was verified: of a body every chunk before its first byte is handed
// out, and at the end the closing statement, behind which nothing may stand. Every
// other end is an [*Error] as of [Examined.Verify], and of the chunk that it
// concerns, or a later one, not one byte has been handed out.
//
// Only [OpenStream] and [Whole.Release] make one. It belongs to one goroutine. It
// need not be closed: whoever stops reading leaves nothing behind but a few chunks
// that finish by themselves. It prints as its identity.
type Reader struct {
	evidence
	ctx    context.Context
	x      *Examined
	inline *bytes.Reader
	opener *body.Opener
	expect *Closing
	*released
	err error
}

// released is behind a pointer so that it is not printed with the Reader that
// somebody's struct holds.
type released struct{ data []byte } // of the current chunk, not yet handed out

// Read reads content.
func (r *Reader) Read(p []byte) (int, error) {
	if r.inline != nil {
		return r.inline.Read(p)
	}
	if len(p) == 0 {
		return 0, nil
	}
	if err := r.fill(); err != nil {
		return 0, err
	}
	n := copy(p, r.data)
	r.data = r.data[n:]
	return n, nil
}

// WriteTo writes what is left of the content to w, without the copy that Read
// needs: [io.Copy] uses it. Like io.Copy it returns nil where Read returns io.EOF.
// An error of w is returned as it is.
func (r *Reader) WriteTo(w io.Writer) (n int64, err error) {
	if r.inline != nil {
		return r.inline.WriteTo(w)
	}
	for {
		if err := r.fill(); err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, err
		}
		took, err := w.Write(r.data)
		n += int64(took)
		if err == nil && took != len(r.data) {
			err = io.ErrShortWrite
		}
		r.data = r.data[took:]
		if err != nil {
			return n, err
		}
	}
}

// fill sees to it that there is data, or returns why there is none any more.
func (r *Reader) fill() error {
	if len(r.data) == 0 && r.err == nil {
		r.data, r.err = r.next()
	}
	if len(r.data) > 0 {
		return nil
	}
	return r.err
}

// next returns the data of the next chunk, io.EOF after the closing statement, or
// the fault.
func (r *Reader) next() ([]byte, error) {
	c, err := r.opener.Next(r.ctx)
	if err != nil {
		return nil, bodyFault(err)
	}
	if c.Closing == nil {
		return c.Data, nil
	}
	proof, err := r.x.close(c.Closing, r.opener.Tally())
	if err != nil {
		return nil, err
	}
	if r.expect != nil && *r.expect != *proof.Closing {
		return nil, refuse(ReasonBadContent, "another body than was recorded")
	}
	r.proof = proof
	return nil, io.EOF
}
