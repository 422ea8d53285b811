package exchange

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/spool"
)

const (
	// maxHead bounds the tokens with which an upload begins: one token without
	// inline content takes much less.
	maxHead = 512 << 10
	// keepEvery is after how many bytes what has arrived of an upload is made
	// durable: so much is sent again after a crash.
	keepEvery = 4 << 20
)

// An Upload is how an upload of an envelope file with a body stands.
type Upload struct {
	// Open says that more is to come, from Offset on; there is no Answer yet.
	Open   bool
	Offset int64
	// Gone says that there is no such upload: begin it.
	Gone bool
	// Answer is what became of the envelope, if the upload is neither open nor gone.
	Answer Answer
}

func answered(a Answer) Upload { return Upload{Answer: a} }

// BeginUpload begins an upload or finds out how far it has come. name is
// [File].Upload, and head the file's tokens, all that stands before the body. The
// sender is proven and the envelope permitted before anything is kept; a name that
// is not the envelope's has [envelope.ReasonCannotOpen], so that whoever captured a
// file learns nothing of what has arrived of it. An envelope that is settled is
// answered at once. Uploads need a Spool.
func (r *Receiver) BeginUpload(ctx context.Context, name string, head io.Reader) Upload {
	began := time.Now()
	in := &limited{r: head, left: maxHead}
	u := r.beginUpload(ctx, name, in)
	if !u.Open {
		r.watch.answered(ctx, visit{OperationReceive, began, in.n, in.broken}, &u.Answer)
	}
	return u
}

func (r *Receiver) beginUpload(ctx context.Context, name string, in *limited) Upload {
	if in.r == nil || r.cfg.Spool == nil {
		return answered(refused(refuse(envelope.ReasonTooLarge, "a body, and there is no Spool to keep it in")))
	}
	a, err := r.begin()
	if err != nil {
		return answered(refused(err))
	}
	var head bytes.Buffer
	x, ans := a.examineUpload(ctx, name, io.TeeReader(in, &head), in)
	if x == nil {
		return answered(ans)
	}
	if _, err := io.Copy(io.Discard, x.Rest()); err != nil || int64(head.Len()) != x.BodyOffset() {
		return answered(refused(in.fault(refuse(envelope.ReasonMalformed, "something follows the tokens"))))
	}
	// What nobody has gone on with for long makes room first.
	_, _ = r.cfg.Spool.Expire(a.now)
	f, err := r.cfg.Spool.Begin(name, string(a.claimed.Sender), a.now)
	if err != nil {
		return answered(a.answer(spooled(err)))
	}
	defer f.Close()
	if known, _, ok := kept(f); !ok || !bytes.Equal(known, head.Bytes()) {
		// New, or the same envelope encrypted anew, whose body would be the same: but
		// which file an offset speaks of must be certain.
		err := f.Reset()
		if err == nil {
			_, err = f.Write(head.Bytes())
		}
		if err == nil {
			err = f.Keep(place(head.Len(), nil), a.now)
		}
		if err != nil {
			return answered(a.answer(spooled(err)))
		}
	}
	return Upload{Open: true, Offset: f.Size()}
}

// examineUpload examines the tokens of an upload. It returns nil and the answer if
// that is all there is to do.
func (a *attempt) examineUpload(ctx context.Context, name string, head io.Reader, in *limited) (*envelope.Examined, Answer) {
	x, err := envelope.Examine(ctx, head, a.r.opener(), a)
	switch {
	case err != nil:
		return nil, a.stopped(ctx, in.fault(err))
	case x.Inline():
		return nil, refused(refuse(envelope.ReasonMalformed, "an upload of inline content"))
	case subtle.ConstantTimeCompare([]byte(name), []byte(uploadName(x.CommitKey(), a.claimed.Digest, a.r.cfg.Party))) != 1:
		return nil, refused(refuse(envelope.ReasonCannotOpen, "another envelope's upload"))
	case a.row != nil && a.row.Settlement != nil:
		return nil, a.repeated(ctx, *a.row.Settlement)
	}
	return x, Answer{}
}

// place is the state that is kept with an upload: how long the head is, and where
// the verifier stands.
func place(head int, verifier []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(head)), verifier...)
}

// kept returns the head of an upload and where its verifier stands, nil for the
// beginning of the body.
func kept(f *spool.File) (head, verifier []byte, ok bool) {
	state := f.State()
	if len(state) < 4 {
		return nil, nil, false
	}
	n := int64(binary.BigEndian.Uint32(state))
	if n == 0 || n > maxHead || n > f.Size() {
		return nil, nil, false
	}
	head = make([]byte, n)
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, nil, false
	}
	if len(state) > 4 {
		verifier = state[4:]
	}
	return head, verifier, true
}

// UploadOffset returns how many bytes of an upload are kept; false if there is no
// such upload. Whoever knows the name may know that.
func (r *Receiver) UploadOffset(name string) (int64, bool) {
	if r.cfg.Spool == nil {
		return 0, false
	}
	return r.cfg.Spool.Kept(name)
}

// ContinueUpload takes what comes of an upload from offset on, and keeps it as far
// as it verifies, chunk by chunk, in flat memory. With last, in ends where the file
// does: then the envelope is taken to its end as [Receiver.Receive] does, and the
// upload is removed once it is settled. An offset that is not the one that is kept
// changes nothing, and is answered with that one. What had arrived when in failed
// is kept.
func (r *Receiver) ContinueUpload(ctx context.Context, name string, offset int64, last bool, in io.Reader) Upload {
	began := time.Now()
	file := &limited{r: in, left: r.MaxBody()}
	u := r.continueUpload(ctx, name, offset, last, file)
	if !u.Open && !u.Gone {
		r.watch.answered(ctx, visit{OperationReceive, began, file.n, file.broken}, &u.Answer)
	}
	return u
}

func (r *Receiver) continueUpload(ctx context.Context, name string, offset int64, last bool, in *limited) Upload {
	if in.r == nil || r.cfg.Spool == nil {
		return Upload{Gone: true}
	}
	a, err := r.begin()
	if err != nil {
		return answered(refused(err))
	}
	f, err := r.cfg.Spool.Continue(name)
	switch {
	case errors.Is(err, spool.ErrNone):
		return Upload{Gone: true}
	case err != nil:
		return answered(refused(spooled(err)))
	}
	if offset != f.Size() {
		defer f.Close()
		return Upload{Open: true, Offset: f.Size()}
	}
	u := a.goOn(ctx, f, name, last, in)
	switch reason := u.Answer.Reason; {
	case u.Open, !done(u.Answer) && reason.Kind() != envelope.KindNever:
		_ = f.Close()
	default:
		_ = f.Remove() // else it goes with its age
	}
	return u
}

// done reports whether an answer ends the matter.
func done(a Answer) bool { return a.Settlement != nil }

// goOn examines the tokens that are kept, verifies what comes, and takes a body that
// has come to its end to the handler.
func (a *attempt) goOn(ctx context.Context, f *spool.File, name string, last bool, in *limited) Upload {
	head, state, ok := kept(f)
	if !ok {
		return answered(a.lost(f))
	}
	x, ans := a.examineUpload(ctx, name, bytes.NewReader(head), in)
	if x == nil {
		return answered(ans)
	}
	v, err := x.Verifier(state)
	if err != nil || v.Offset() != f.Size()-int64(len(head)) {
		return answered(a.lost(f))
	}
	k := &keeper{File: f, v: v, head: len(head), now: a.r.now, due: f.Size() + keepEvery}
	_, fault := v.Copy(ctx, k, in)
	whole, err := v.Whole()
	if err != nil {
		if err := k.keep(); err != nil {
			return answered(a.answer(spooled(err)))
		}
		switch {
		case fault != nil:
			return answered(a.stopped(ctx, in.fault(fault)))
		case last:
			return answered(a.stopped(ctx, in.fault(err)))
		}
		return Upload{Open: true, Offset: f.Size()}
	}
	body := int64(len(head))
	return answered(a.whole(ctx, whole, func() io.Reader { return io.NewSectionReader(f, body, f.Size()-body) }))
}

// lost answers for an upload that cannot be gone on with: it is begun anew.
func (a *attempt) lost(f *spool.File) Answer {
	_ = f.Reset()
	return refused(refuse(envelope.ReasonUnavailable, "what was kept of the upload is lost"))
}

// A keeper keeps chunks that have verified, and with them where the verifier
// stands.
type keeper struct {
	*spool.File
	v    *envelope.Verifier
	head int
	now  func() time.Time
	due  int64 // keep when there are so many bytes
}

// Write takes one chunk. When it is called, the verifier stands behind the chunks
// before it.
func (k *keeper) Write(p []byte) (int, error) {
	if k.Size() >= k.due {
		if err := k.keep(); err != nil {
			return 0, err
		}
		k.due = k.Size() + keepEvery
	}
	return k.File.Write(p)
}

// keep makes what has verified durable.
func (k *keeper) keep() error {
	if k.v.Offset()+int64(k.head) != k.Size() {
		return nil // the closing chunk, which comes again, or a disk that failed
	}
	return k.Keep(place(k.head, k.v.State()), k.now())
}
