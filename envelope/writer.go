package envelope

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/body"
)

// A Writer seals content of any size as it comes. What it writes is an envelope
// file once Close has returned nil, and never before: a body without its closing
// statement is refused by every reader. Its state cannot be stored: an interrupted
// seal starts anew, with a new id.
//
// Content up to [Layout.InlineLimit] is held and becomes inline content at Close;
// what is larger becomes a body, of which only a few chunks are in memory at a
// time. A Writer belongs to one goroutine. It works on several processors by
// itself, and leaves nothing behind that would have to be waited for.
type Writer struct {
	ctx      context.Context
	dst      io.Writer
	key      *PrivateKey
	to       []Recipient
	layout   Layout
	manifest *Manifest // without commitments
	*unsealed
	sealer    *body.Sealer
	sealed    *Sealed
	finished  bool
	err       error
	bodyShape body.Shape
}

// String returns the sender and the id.
func (w *Writer) String() string { return identity(w.manifest) }

// Format prints String for every verb.
func (w *Writer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(w.String())) }

// unsealed is behind a pointer so that it is not printed with the Writer that
// somebody's struct holds.
type unsealed struct {
	held    []byte // content, while it may become inline
	oneTime ed25519.PrivateKey
}

// NewWriter begins an envelope whose content is written to the Writer, and whose
// file goes to dst: with the tokens of all recipients. Nothing is written to dst
// before the content is larger than the inline limit, or ends.
//
// The error has [ReasonMisuse] if the draft, the layout or a key is not fit and
// [ReasonLifetime] if the envelope would live too long. The context is asked at
// every call of the Writer; once it has ended, sealing has failed.
//
// The draft's maps, slices and pointers are copied. It asks nobody whether this may be sent: package
// exchange does.
func NewWriter(ctx context.Context, dst io.Writer, key *PrivateKey, draft Draft, layout Layout) (*Writer, error) {
	if ctx == nil || dst == nil || !key.valid(UseSign) {
		return nil, refuse(ReasonMisuse, "a context, a destination and a signing key are needed")
	}
	layout, err := layout.complete()
	if err != nil {
		return nil, err
	}
	m, err := draft.manifest()
	if err != nil {
		return nil, err
	}
	nothing := base64url.Encode(make([]byte, 32))
	m.Commit, m.Content = nothing, Content{Form: formInline, Media: layout.Media, MAC: nothing}
	if fault := m.fault(); fault != "" {
		return nil, refuse(ReasonMisuse, "draft: "+fault)
	}
	w := &Writer{ctx: ctx, dst: dst, key: key, layout: layout, manifest: m.clone(), unsealed: new(unsealed)}
	w.to = append(w.to, draft.Recipients...)
	return w, nil
}

// Write takes content. It returns an *Error with [ReasonMalformed] if the content
// can no longer become a sequence of records, and with [ReasonUnavailable] if dst
// failed or the context has ended; whatever it is, sealing has failed then.
func (w *Writer) Write(p []byte) (int, error) {
	if err := w.ready(); err != nil {
		return 0, err
	}
	if w.sealer == nil {
		if len(w.held)+len(p) <= max(w.layout.InlineLimit, 0) {
			w.held = append(w.held, p...)
			return len(p), nil
		}
		if len(p) == 0 {
			return 0, nil
		}
		if err := w.begin(); err != nil {
			return 0, w.fail(err)
		}
	}
	n, err := w.sealer.Write(p)
	if err != nil {
		return n, w.fail(bodyFault(err))
	}
	return n, nil
}

// ReadFrom takes content from r until it ends, without the copy that Write needs.
// An error of r is returned as it is; sealing has failed then.
func (w *Writer) ReadFrom(r io.Reader) (n int64, err error) {
	var small []byte
	for {
		if err := w.ready(); err != nil {
			return n, err
		}
		room := small
		if w.sealer != nil {
			room = w.sealer.Room()
		} else if room == nil {
			small = make([]byte, 32<<10)
			room = small
		}
		took, err := r.Read(room)
		n += int64(took)
		if w.sealer == nil {
			if _, err := w.Write(room[:took]); err != nil {
				return n, err
			}
		} else if err := w.sealer.Take(took); err != nil {
			return n, w.fail(bodyFault(err))
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			w.fail(refuse(ReasonUnavailable, "the content cannot be read"))
			return n, err
		}
	}
}

// Close ends the content and completes the file. Its errors are those of Write,
// and [ReasonMalformed] if a document is empty or a record has not ended. After
// an error, dst holds no envelope.
func (w *Writer) Close() error {
	if err := w.ready(); err != nil {
		return err
	}
	var err error
	if w.sealer == nil {
		err = w.closeInline()
	} else {
		err = w.closeBody()
	}
	if err != nil {
		return w.fail(err)
	}
	w.Abort()
	return nil
}

// Abort gives up an envelope that is not closed, and wipes its one-time key. After
// Close it does nothing: "defer w.Abort()" is how a Writer is left in any case.
func (w *Writer) Abort() {
	if w.sealer != nil {
		w.sealer.Drop()
	}
	clear(w.oneTime)
	clear(w.held)
	w.held, w.finished = nil, true
}

// Sealed returns the envelope after Close has returned nil; before that it is nil.
func (w *Writer) Sealed() *Sealed {
	if !w.finished || w.err != nil {
		return nil
	}
	return w.sealed
}

func (w *Writer) ready() error {
	switch {
	case w.err != nil:
		return w.err
	case w.finished:
		return refuse(ReasonMisuse, "the envelope is closed, or was given up")
	case w.ctx.Err() != nil:
		return w.fail(refuse(ReasonUnavailable, "cancelled"))
	}
	return nil
}

// fail ends the work; the error remains.
func (w *Writer) fail(err error) error {
	w.err, w.sealed = err, nil
	w.Abort()
	return err
}

// begin signs the manifest of a body, writes the head of the file, and what was
// held goes first into the body.
func (w *Writer) begin() error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return refuse(ReasonUnavailable, "no randomness")
	}
	w.oneTime = private
	c := Content{Form: formBody, Media: w.layout.Media, Chunk: int64(w.layout.Chunk), Codec: w.layout.Codec, Key: base64url.Encode(public)}
	w.bodyShape, _ = bodyShape(c)
	var keys *body.Keys
	s, err := w.seal(nil, func([]byte) Content { return c }, func(s *Sealed, seed []byte) (err error) {
		keys, err = bodyKeys(seed, s.commitKey.bytes(), s.digest)
		return err
	})
	if err != nil {
		return err
	}
	if _, err := w.dst.Write(s.File()); err != nil {
		return refuse(ReasonUnavailable, "the envelope cannot be written")
	}
	w.sealed, w.sealer = s, body.NewSealer(w.dst, keys, private, w.bodyShape)
	_, err = w.sealer.Write(w.held)
	clear(w.held)
	if w.held = nil; err != nil {
		return bodyFault(err)
	}
	return nil
}

func (w *Writer) closeInline() error {
	payload, err := Document(w.layout.Media, w.held)
	if w.layout.Media == MediaRecords {
		payload, err = Records(w.held)
	}
	if err != nil {
		return err
	}
	w.sealed, err = w.seal(payload.bytes(), payload.inline, nil)
	if err != nil {
		return err
	}
	if _, err := w.dst.Write(w.sealed.File()); err != nil {
		return refuse(ReasonUnavailable, "the envelope cannot be written")
	}
	return nil
}

func (w *Writer) closeBody() error {
	if err := w.sealer.Finish(); err != nil {
		return bodyFault(err)
	}
	if !w.sealer.Tally().Whole(w.bodyShape) {
		return bodyFault(body.ErrRecords)
	}
	c := counted(w.sealed.digest, w.sealer.Tally(), w.bodyShape)
	statement, err := c.sign(w.key)
	if err != nil {
		return err
	}
	if err := w.sealer.Close(statement); err != nil {
		return bodyFault(err)
	}
	w.sealed.closing = &c
	return nil
}

func (w *Writer) seal(inline []byte, content func(commit []byte) Content, derive func(*Sealed, []byte) error) (*Sealed, error) {
	return seal(w.key, w.manifest, w.to, inline, content, derive)
}
