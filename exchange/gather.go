package exchange

import (
	"context"
	"errors"
	"io"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/schema"
)

// A gathering takes content as it is read and checked, in one pass: it is held as
// long as it may become inline content, and beyond that sealed as a body. So
// nothing of a body is in memory but a few chunks.
type gathering struct {
	ctx        context.Context
	key        *envelope.PrivateKey
	definition *schema.Definition
	draft      func() (envelope.Draft, error) // asked once: it takes a number
	layout     envelope.Layout
	dst        io.Writer // nil: there is nowhere to put a body
	limit      int       // bytes that are held

	held   []byte
	body   *envelope.Writer // once there is too much to be held
	broken bool             // a record broke the schema: nothing more is sealed
}

// gather prepares a gathering.
func (s *Sender) gather(ctx context.Context, shipment Shipment, p plan, draft func() (envelope.Draft, error)) *gathering {
	g := &gathering{ctx: ctx, key: p.key, definition: p.definition, draft: draft, dst: shipment.Body, limit: shipment.InlineLimit}
	g.layout = envelope.Layout{Media: envelope.MediaRecords, InlineLimit: -1, Codec: shipment.Codec}
	if shipment.Document != nil {
		g.layout.Media = shipment.Media
	}
	if g.layout.Codec == "" && p.definition.Classification() == schema.Public {
		g.layout.Codec = envelope.CodecZstd
	}
	switch {
	case g.dst == nil && g.limit == 0:
		g.limit = envelope.MaxInline
	case g.limit == 0:
		g.limit = envelope.DefaultInline
	}
	return g
}

// take reads the content to its end. The report is nil for a document.
func (g *gathering) take(shipment Shipment) (*schema.Report, error) {
	switch {
	case (shipment.Records == nil) == (shipment.Document == nil), (shipment.Document == nil) != (shipment.Media == ""):
		return nil, refuse(envelope.ReasonMisuse, "shipment: either Records, or Document and Media")
	case shipment.Media == envelope.MediaRecords:
		return nil, refuse(envelope.ReasonMisuse, "shipment: a document of records is given as Records")
	case g.limit < 0 || g.limit > envelope.MaxInline:
		return nil, refuse(envelope.ReasonMisuse, "shipment: InlineLimit is at most 4 MiB")
	case shipment.Document != nil:
		return nil, g.document(shipment.Document)
	}
	return check(g.ctx, g.definition, shipment.Records, shipment.AsOf, g.records)
}

// records takes records from a check, each with its line feed.
func (g *gathering) records(records []byte, ok bool) error {
	if !ok && !g.broken {
		g.broken = true // refused anyway; go on for the report
		g.abort()
	}
	if g.broken {
		return nil
	}
	if g.body == nil && len(g.held)+len(records) <= g.limit {
		g.held = append(g.held, records...)
		return nil
	}
	if err := g.begin(); err != nil {
		return &sealingError{err}
	}
	if _, err := g.body.Write(records); err != nil {
		return &sealingError{err}
	}
	return nil
}

// A sealingError is an error of sealing on its way through a check, which has
// errors of its own.
type sealingError struct{ err error }

func (e *sealingError) Error() string { return "sealing failed" }

// document takes a document to its end.
func (g *gathering) document(r io.Reader) error {
	held, err := io.ReadAll(io.LimitReader(r, int64(g.limit)+1))
	g.held = held
	switch {
	case err != nil:
		return refuse(envelope.ReasonUnavailable, "the document cannot be read")
	case len(held) <= g.limit:
		return nil
	}
	if err := g.begin(); err != nil {
		return err
	}
	if _, err := g.body.ReadFrom(r); err != nil {
		if _, ours := errors.AsType[*envelope.Error](err); !ours {
			return refuse(envelope.ReasonUnavailable, "the document cannot be read")
		}
		return err
	}
	return nil
}

// begin begins the body with what is held, unless it has begun.
func (g *gathering) begin() error {
	if g.body != nil {
		return nil
	}
	if g.dst == nil {
		return errInline
	}
	draft, err := g.draft()
	if err != nil {
		return err
	}
	w, err := envelope.NewWriter(g.ctx, g.dst, g.key, draft, g.layout)
	if err != nil {
		return err
	}
	g.body = w
	_, err = w.Write(g.held)
	clear(g.held)
	g.held = nil
	return err
}

// empty reports whether there is no content.
func (g *gathering) empty() bool { return g.body == nil && len(g.held) == 0 }

// seal ends the content and returns the envelope.
func (g *gathering) seal() (*envelope.Sealed, error) {
	if g.body != nil {
		if err := g.body.Close(); err != nil {
			return nil, err
		}
		return g.body.Sealed(), nil
	}
	payload, err := g.payload()
	if err != nil {
		return nil, err
	}
	draft, err := g.draft()
	if err != nil {
		return nil, err
	}
	return envelope.Seal(g.key, draft, payload)
}

func (g *gathering) payload() (envelope.Payload, error) {
	if g.layout.Media != envelope.MediaRecords {
		payload, err := envelope.Document(g.layout.Media, g.held)
		if err != nil {
			return payload, refuse(envelope.ReasonMisuse, "shipment: an empty document, or not a media type")
		}
		return payload, nil
	}
	payload, err := envelope.Records(g.held)
	if err != nil {
		return payload, refuse(envelope.ReasonStructure, "")
	}
	return payload, nil
}

// abort wipes what is held and gives up a body that is not closed.
func (g *gathering) abort() {
	if g.body != nil {
		g.body.Abort()
	}
	clear(g.held)
	g.held = nil
}
