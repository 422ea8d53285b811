package envelope

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"

	"github.com/segel-id/segel/internal/body"
)

// Verify reads the rest of the file that [Examine] began to read, to the closing
// statement and the end, and releases nothing of it. Each chunk's tag, signature,
// form and data are verified, and the closing statement by the sender's key:
//
//   - [ReasonMalformed]: a length, a form or an order that is not the format's, a
//     cut, something behind the closing statement;
//   - [ReasonTooLarge]: a chunk or a window beyond the limits;
//   - [ReasonCannotOpen]: a chunk does not decrypt: it was changed or moved;
//   - [ReasonBadSignature]: a chunk or a closing statement that decrypts and that
//     the sender did not sign: only a recipient could have made it;
//   - [ReasonBadContent]: a closing statement of another envelope or another body;
//   - [ReasonStructure], with the [Proof]: the sender's own counts are not those of
//     the body, or its records are none.
//
// For inline content it does step 9 of [Open]. An Examined is verified once.
func (x *Examined) Verify(ctx context.Context) (*Whole, error) {
	if x.Inline() {
		if err := x.wholeInline(); err != nil {
			return nil, x.proven(err)
		}
		return &Whole{evidence: x.evidence, x: x}, nil
	}
	if x.rest == nil {
		return nil, refuse(ReasonMisuse, "an envelope is verified once")
	}
	v := &Verifier{x: x}
	rest := x.rest
	x.rest = nil
	if _, err := v.Copy(ctx, io.Discard, rest); err != nil {
		return nil, err
	}
	return v.Whole()
}

// A Verifier verifies a sealed body as it arrives, in as many pieces as it takes,
// and releases nothing: for a receiver that keeps the chunks that verify, and has
// a transfer that was cut go on behind the last of them. It belongs to one
// goroutine.
type Verifier struct {
	x      *Examined
	tally  body.Tally
	offset int64
	whole  *Whole
}

// Verifier returns a Verifier that stands where [Verifier.State] was taken, or at
// the beginning of the body if state is nil. A state of another envelope, or one
// that was changed, has [ReasonBadContent]. Inline content has none: [ReasonMisuse].
func (x *Examined) Verifier(state []byte) (*Verifier, error) {
	if x.Inline() {
		return nil, refuse(ReasonMisuse, "inline content has no body")
	}
	v := &Verifier{x: x}
	if state == nil {
		return v, nil
	}
	if len(state) < sha256.Size+8 {
		return nil, refuse(ReasonBadContent, "state")
	}
	text, sum := state[:len(state)-sha256.Size], state[len(state)-sha256.Size:]
	tally, ok := body.ParseTally(text[8:])
	if offset := binary.BigEndian.Uint64(text); !ok || !hmac.Equal(sum, v.sum(text)) || offset > 1<<62 {
		return nil, refuse(ReasonBadContent, "state")
	}
	v.tally, v.offset = tally, int64(binary.BigEndian.Uint64(text))
	return v, nil
}

// State returns where the Verifier stands: what was counted of the chunks so far,
// bound to the envelope. It holds no secret and no content, takes at most 1.1 KiB,
// and is good for [Examined.Verifier] at any later time, in any process.
func (v *Verifier) State() []byte {
	text := v.tally.AppendBinary(binary.BigEndian.AppendUint64(nil, uint64(v.offset)))
	return append(text, v.sum(text)...)
}

// sum binds a state to the envelope, and shows whether it was changed.
func (v *Verifier) sum(text []byte) []byte {
	h := hmac.New(sha256.New, v.x.commitKey.bytes())
	h.Write([]byte("segel/1 state"))
	h.Write([]byte(v.x.proof.Digest))
	h.Write(text)
	return h.Sum(nil)
}

// Offset returns how many bytes of the body State speaks of: whole chunks, without
// the closing one. There a transfer goes on.
func (v *Verifier) Offset() int64 { return v.offset }

// Copy reads sealed chunks from src, which begins at Offset, and writes each that
// verifies to dst, with one Write and in order. State and Offset are those behind
// a chunk from the moment that its Write has returned, so a dst may store chunk and
// place together by asking for them at its next Write. The closing statement is
// written too.
//
// Copy returns how many bytes were written to dst. A src that ends is no error,
// wherever that is: [Verifier.Whole] tells whether the body has ended. Else the
// errors are those of [Examined.Verify], and [ReasonUnavailable] if src or dst
// failed or ctx has ended; all chunks before the fault have been written then, and
// nothing behind them. A Copy may be followed by another one from the new Offset.
// What src has in memory ([bytes.Reader]) must stay as it is until Copy has returned.
func (v *Verifier) Copy(ctx context.Context, dst io.Writer, src io.Reader) (n int64, err error) {
	if ctx == nil || dst == nil || src == nil {
		return 0, refuse(ReasonMisuse, "a context, a source and a destination are needed")
	}
	if v.whole != nil {
		return 0, refuse(ReasonMisuse, "the body has been verified to its end")
	}
	o := body.NewOpener(src, v.x.keys, v.x.oneTime, v.x.shape, v.x.most, v.tally.Clone(), dst != io.Discard)
	defer o.Drop()
	for {
		c, err := o.Next(ctx)
		if errors.Is(err, body.ErrCut) {
			return n, nil
		}
		if err != nil {
			return n, bodyFault(err)
		}
		var proof Proof
		if c.Closing != nil {
			if proof, err = v.x.close(c.Closing, o.Tally()); err != nil {
				return n, err
			}
		}
		if dst != io.Discard {
			took, err := dst.Write(c.Frame)
			n += int64(took)
			if err != nil || took != len(c.Frame) {
				return n, refuse(ReasonUnavailable, "the body cannot be kept")
			}
		}
		if c.Closing != nil {
			v.whole = &Whole{evidence: v.x.evidence, x: v.x}
			v.whole.proof = proof
			return n, nil
		}
		v.tally, v.offset = o.Tally().Clone(), v.offset+int64(c.Len)
	}
}

// Whole returns the envelope once the closing statement has been verified and
// nothing followed it. Before that the body is cut short: [ReasonMalformed].
func (v *Verifier) Whole() (*Whole, error) {
	if v.whole == nil {
		return nil, bodyFault(body.ErrCut)
	}
	return v.whole, nil
}

// close verifies the closing statement against what was counted, and returns what
// is proven then.
func (x *Examined) close(statement []byte, t *body.Tally) (Proof, error) {
	found := counted(x.proof.Digest, t, x.shape)
	whole := x.evidence
	whole.proof.Closing = &found
	err := verifyClosing(statement, x.key, found)
	if err == nil && !t.Whole(x.shape) {
		err = refuse(ReasonStructure, "a record is one line that ends in a line feed")
	}
	if e := answered(err); err != nil && e.Reason == ReasonStructure {
		return Proof{}, whole.proven(e)
	}
	return whole.proof, err
}

// Whole is an envelope that was verified to its end, and of which nothing has been
// released. Only [Examined.Verify] and [Verifier.Whole] make one. It belongs to one
// goroutine, and prints as its identity.
type Whole struct {
	evidence
	x *Examined
}

// Release asks Authority.Record and returns the content. For a body it reads the
// sealed body a second time, from its beginning ([Examined.BodyOffset]); every
// chunk is verified again before it is handed out, for what was stored in between
// may have changed, and the whole must be the one that was recorded. What is in memory
// is read as by [OpenStream]. For inline content sealed may be nil.
//
// A refusal of Record is that of Open's step 10. A Whole may be released more than
// once; Record is asked each time.
func (w *Whole) Release(ctx context.Context, sealed io.Reader) (*Reader, error) {
	if ctx == nil || sealed == nil && !w.x.Inline() {
		return nil, refuse(ReasonMisuse, "the sealed body is needed again")
	}
	if err := w.recorded(ctx, nil, w.x.authority.Record); err != nil {
		return nil, err
	}
	return w.x.reader(ctx, sealed, w.proof.Closing), nil
}

// reader returns a Reader of the content. If expect is not nil, the body must be
// that one.
func (x *Examined) reader(ctx context.Context, sealed io.Reader, expect *Closing) *Reader {
	r := &Reader{evidence: x.evidence, ctx: ctx, x: x, expect: expect, released: new(released)}
	if x.Inline() {
		r.inline = bytes.NewReader(x.content.bytes())
		return r
	}
	r.opener = body.NewOpener(sealed, x.keys, x.oneTime, x.shape, x.most, body.Tally{}, false)
	return r
}
