package exchange

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/spool"
	"github.com/segel-id/segel/internal/form"
	"github.com/segel-id/segel/internal/limits"
)

// slowest is the rate by which an attempt at a large parcel is given time, in bytes
// a second.
const slowest = 16 << 10

var bodiesFailed = refuse(envelope.ReasonUnavailable, "the folder for bodies failed")

// patience is how long one attempt at a parcel may take.
func (d *Dispatcher) patience(p *Parcel) time.Duration {
	if p.Cancel {
		return d.cfg.Timeout
	}
	return d.cfg.Timeout + time.Duration(p.Body/slowest)*time.Second
}

// A bodyHold is the place of the body of an envelope that is being sealed. It is
// empty until the content turns out to be one, and held until the parcels are put,
// so that no other call with the same id comes between.
type bodyHold struct {
	d    *Dispatcher
	ctx  context.Context
	id   string
	file *spool.File // nil until the body begins
}

// holdBody gives a shipment a place for its body, if there can be one.
func (d *Dispatcher) holdBody(ctx context.Context, shipment *Shipment) (*bodyHold, error) {
	switch {
	case shipment.Body != nil:
		return nil, refuse(envelope.ReasonMisuse, "shipment: a dispatcher has its own place for a body")
	case d.cfg.Bodies == nil:
		return nil, nil
	case shipment.ID == "":
		shipment.ID = envelope.NewID()
	case !form.ID(shipment.ID):
		return nil, refuse(envelope.ReasonMisuse, "shipment: ID")
	}
	h := &bodyHold{d: d, ctx: ctx, id: shipment.ID}
	shipment.Body = h
	return h, nil
}

// Write adds to the body, which begins with the first call.
func (h *bodyHold) Write(p []byte) (int, error) {
	if h.file == nil {
		if err := h.begin(); err != nil {
			return 0, err
		}
	}
	return h.file.Write(p)
}

func (h *bodyHold) begin() error {
	file, err := h.d.cfg.Bodies.Begin(h.id, string(h.d.sender.cfg.Party), h.d.sender.now())
	if err != nil {
		return err
	}
	// What a process that was killed has left under this id has no parcel; what has
	// one was posted by another call, a moment ago.
	open, err := h.d.bodyNeeded(h.ctx, h.id)
	switch {
	case err != nil:
	case open:
		err = ErrPosted
	default:
		err = file.Reset()
	}
	if err != nil {
		file.Close()
		return err
	}
	h.file = file
	return nil
}

// keep makes the body durable; where it begins is kept with it. It is called before
// the parcels are put.
func (h *bodyHold) keep(sealed *envelope.Sealed) error {
	if h == nil || h.file == nil {
		return nil
	}
	if h.file.Keep(strconv.AppendInt(nil, int64(len(sealed.File())), 10), h.d.sender.now()) != nil {
		return bodiesFailed
	}
	return nil
}

// close lets go of the body.
func (h *bodyHold) close() {
	if h != nil && h.file != nil {
		_ = h.file.Close()
	}
}

// drop removes the body of an envelope that was not posted.
func (h *bodyHold) drop() {
	if h != nil && h.file != nil {
		_ = h.file.Remove() // else the next dispatcher does
	}
}

// bodySize returns how many bytes the body of a sealed envelope has in the folder; 0
// if the content is inline.
func (d *Dispatcher) bodySize(sealed *envelope.Sealed) (int64, error) {
	if sealed.Closing() == nil {
		return 0, nil
	}
	kept := int64(0)
	if d.cfg.Bodies != nil {
		kept, _ = d.cfg.Bodies.Kept(sealed.Manifest().ID)
	}
	size := kept - int64(len(sealed.File()))
	if size <= 0 {
		return 0, refuse(envelope.ReasonMisuse, "the body is not in the folder for bodies")
	}
	return size, nil
}

// outFile is what is delivered, and closed afterwards.
type outFile struct {
	io.Reader
	body *spool.Reader // nil for inline content
}

func (f *outFile) Close() {
	if f.body != nil {
		f.body.Close()
	}
}

// file returns what is to be delivered of a parcel.
func (d *Dispatcher) file(p *Parcel) (*outFile, error) {
	if p.Body == 0 {
		return &outFile{Reader: bytes.NewReader(p.File)}, nil
	}
	if d.cfg.Bodies == nil {
		return nil, refuse(envelope.ReasonMisuse, "config: missing Bodies")
	}
	body, err := d.cfg.Bodies.Read(p.ID)
	if err != nil {
		return nil, bodiesFailed
	}
	before, err := strconv.ParseInt(string(body.State()), 10, 64)
	if err != nil || body.Size() != before+p.Body {
		body.Close()
		return nil, refuse(envelope.ReasonUnavailable, "the body in the folder is another one")
	}
	section := io.NewSectionReader(body, before, p.Body)
	return &outFile{newOutgoing(p.File, section, p.Body, p.Upload), body}, nil
}

// settledBody removes the body of a parcel that was just settled, if no other
// needs it. If it fails, the next dispatcher does it.
func (d *Dispatcher) settledBody(ctx context.Context, p *Parcel) {
	if p.Body == 0 || d.cfg.Bodies == nil {
		return
	}
	if needed, err := d.bodyNeeded(ctx, p.ID); err == nil && !needed {
		_ = d.cfg.Bodies.Remove(p.ID)
	}
}

// bodyNeeded reports whether a parcel of an envelope is not settled.
func (d *Dispatcher) bodyNeeded(ctx context.Context, id string) (bool, error) {
	key := Key{d.sender.cfg.Party, id}
	parcels, err := d.box.Parcels(ctx, Sent{Key: key}, limits.Recipients)
	if err != nil {
		return false, outboxFailed
	}
	for _, p := range parcels {
		if p.Key == key && p.State != ParcelSettled {
			return true, nil
		}
	}
	return false, nil
}

// sweepBodies removes bodies that no parcel needs: of envelopes that were never
// posted, and of those that were settled just before a crash.
func (d *Dispatcher) sweepBodies(ctx context.Context) error {
	if d.cfg.Bodies == nil {
		return nil
	}
	for _, id := range d.cfg.Bodies.Names() {
		if !form.ID(id) {
			continue // an upload that has arrived: not from here
		}
		needed, err := d.bodyNeeded(ctx, id)
		if err != nil {
			return err
		}
		if !needed && d.cfg.Bodies.Remove(id) != nil {
			return bodiesFailed
		}
	}
	return nil
}
