package nats

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/envelope"
)

// chunk is how much of a body is one message, unless the broker takes less.
const chunk = 128 << 10 // bytes

// stall is how long a body may stand still on its way from the broker, which may be
// starting again.
const stall = 30 * time.Second

var noBody = refuse(envelope.ReasonUnavailable, "the broker does not have the whole file")

// upload has the whole file lie in the bucket. If ctx ends, what was put is removed.
func (b *Bus) upload(ctx context.Context, n names, m *message) error {
	// Put removes what it has put only while its own context lasts: so that one is
	// longer, by no more than apiTimeout however ctx ends, and ctx ends the file. It
	// has a deadline if ctx has one: else Put gives each message five seconds.
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(apiTimeout, cancel) })()
	defer context.AfterFunc(b.life, cancel)() // the client waits on for confirmations that cannot come any more
	if until, ok := ctx.Deadline(); ok {
		var over context.CancelFunc
		longer, over = context.WithDeadline(longer, until.Add(apiTimeout))
		defer over()
	}
	bucket, err := b.js.ObjectStore(ctx, n.bodies)
	if err != nil {
		return noQueue
	}
	if info, err := bucket.GetInfo(ctx, m.digest); err == nil && int64(info.Size) == m.size() {
		return nil
	}
	file := &reading{ctx: ctx, r: m.body()}
	meta := jetstream.ObjectMeta{Name: m.digest, Opts: &jetstream.ObjectMetaOptions{ChunkSize: uint32(max(1<<10, min(chunk, b.maxMessage())))}}
	_, err = bucket.Put(longer, meta, file)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ended
	case file.broken:
		return badFile
	}
	return refuse(envelope.ReasonUnavailable, "the broker did not take the whole file")
}

// reading ends a file with its context, and remembers whether the file failed.
type reading struct {
	ctx    context.Context
	r      io.Reader
	broken bool
}

func (r *reading) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, ended
	}
	n, err := r.r.Read(p)
	r.broken = r.broken || err != nil && err != io.EOF
	return n, err
}

// download opens a body in the bucket.
func (b *Bus) download(ctx context.Context, n names, digest string) (*coming, error) {
	ctx, cancel := context.WithCancel(ctx)
	c := &coming{timer: time.AfterFunc(stall, cancel), cancel: cancel}
	bucket, err := b.js.ObjectStore(ctx, n.bodies)
	if err == nil {
		err = plain(ctx, bucket, digest)
	}
	if err == nil {
		c.object, err = bucket.Get(patient{ctx}, digest)
	}
	c.timer.Stop()
	if err != nil {
		cancel()
		return nil, err
	}
	return c, nil
}

// plain fails if there is a link: the client follows it, to itself too, for as long as
// there is time.
func plain(ctx context.Context, bucket jetstream.ObjectStore, digest string) error {
	info, err := bucket.GetInfo(ctx, digest)
	if err == nil && info.Opts != nil && info.Opts.Link != nil {
		return noBody
	}
	return err
}

// coming is a body that comes from the broker. However long a receiver takes with it,
// it is the broker alone that may not stand still.
type coming struct {
	object jetstream.ObjectResult
	timer  *time.Timer
	cancel context.CancelFunc
	broken bool
}

func (c *coming) Read(p []byte) (int, error) {
	c.timer.Reset(stall)
	n, err := c.object.Read(p)
	c.timer.Stop()
	if n == 0 && err == nil && len(p) > 0 {
		err = errStall // the client says nothing of it
	}
	c.broken = c.broken || err != nil && err != io.EOF
	return n, err
}

var errStall = errors.New("a body stands still")

func (c *coming) Close() {
	c.cancel()
	_ = c.object.Close()
}

// patient always has time left: the client takes a deadline for that of the whole body,
// and makes one of five seconds if there is none.
type patient struct{ context.Context }

func (patient) Deadline() (time.Time, bool) { return time.Now().Add(stall), true }

// remove removes the body of a message that is done with.
func (w *worker) remove(ctx context.Context, kind, digest string) {
	if kind != kindBody {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	if bucket, err := w.b.js.ObjectStore(ctx, w.n.bodies); err == nil {
		_ = bucket.Delete(ctx, digest) // else it goes with its age
	}
}
