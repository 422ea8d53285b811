package envelope

import (
	"context"
	"io"
)

// Rest is what stands behind the head: the sealed body of an [Examined], for a
// [Verifier] that is to read it from there. It is handed out once, and takes the
// place of [Examined.Verify]; else it is nil.
func (x *Examined) Rest() io.Reader {
	if x.rest == nil || x.Inline() {
		return nil
	}
	rest := x.rest
	x.rest = nil
	return rest
}

// Stream goes on as [OpenStream] does: it asks the authority, which must be a
// [StreamAuthority], and hands a body out while it is verified. It is
// [ReasonMisuse] for inline content, of which [Examined.Verify] is as quick.
func (x *Examined) Stream(ctx context.Context) (*Reader, error) {
	authority, ok := x.authority.(StreamAuthority)
	rest := x.Rest()
	if !ok || rest == nil || ctx == nil {
		return nil, refuse(ReasonMisuse, "a body that was not read yet, and an authority for streams")
	}
	if err := x.recorded(ctx, nil, authority.RecordStream); err != nil {
		return nil, err
	}
	return x.reader(ctx, rest, nil), nil
}

// Opened returns what was opened. Of a body it is the evidence alone: Content and
// Records have nothing.
func (r *Reader) Opened() *Opened {
	o := &Opened{proof: r.proof.clone(), jws: r.jws, commitKey: r.commitKey, content: r.x.content}
	if r.expect != nil { // verified before, and held against what is read now
		c := *r.expect
		o.proof.Closing = &c
	}
	return o
}
