package filedrop

import (
	"context"
	"errors"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// Carried counts what came of the parcels of an outbox.
type Carried struct {
	Waiting int // there is no answer in the folder; after Export they lie there
	Settled int // by a final receipt from the folder, out of which they were taken if that can be done
	Refused int // what answers refuses them, for now: they stay open
	Failed  int // they could not be put, or are more than the limit, or their receipt is none
}

// page is how many parcels are listed at once.
const page = 256

// Export puts every open parcel of an outbox into the folder, or has it asked about,
// takes in the receipts that lie there, and writes the manifest. What a final receipt
// settles is removed from the folder, once the outbox has it; other answers stay until
// the recipient replaces them. d is the dispatcher of that outbox.
//
// A parcel that fails hinders no other, and says so in the count. The error has
// [envelope.ReasonUnavailable] if the outbox or the folder fails or ctx ends; then
// Export may be called again.
func (f *Folder) Export(ctx context.Context, d *exchange.Dispatcher, box exchange.Outbox) (Carried, error) {
	c, err := f.carry(ctx, d, box, true)
	if err == nil {
		err = f.WriteManifest(ctx)
	}
	return c, err
}

// Collect takes in the receipts that lie in the folder, as Export does, and puts
// nothing. It also looks for those of parcels that were given up.
func (f *Folder) Collect(ctx context.Context, d *exchange.Dispatcher, box exchange.Outbox) (Carried, error) {
	c, err := f.carry(ctx, d, box, false)
	if err == nil && c.Settled > 0 {
		err = f.WriteManifest(ctx)
	}
	return c, err
}

func (f *Folder) carry(ctx context.Context, d *exchange.Dispatcher, box exchange.Outbox, put bool) (c Carried, err error) {
	if d == nil || box == nil {
		return c, refuse(envelope.ReasonMisuse, "a dispatcher and its outbox are needed")
	}
	swept, visited := map[envelope.Party]bool{}, 0
	var after exchange.Sent
	for {
		parcels, err := box.Parcels(ctx, after, page)
		if err != nil {
			return c, refuse(envelope.ReasonUnavailable, "the outbox failed")
		}
		for i := range parcels {
			p := &parcels[i]
			if !wanted(p, put) {
				continue
			}
			if put && !swept[p.Recipient] {
				swept[p.Recipient] = true
				f.sweepBox(p.Recipient)
			}
			if visited++; put && visited > f.limits.MaxEntries {
				c.Failed++ // nobody would read a folder with more, or the manifest of several
				continue
			}
			if err := f.carryOne(ctx, d, p, put, &c); err != nil {
				return c, err
			}
		}
		if len(parcels) < page {
			return c, nil
		}
		after = parcels[len(parcels)-1].Sent
	}
}

// wanted reports whether a parcel is to be carried. One that has never left has no
// answer anywhere.
func wanted(p *exchange.Parcel, put bool) bool {
	if put {
		return p.Open()
	}
	return p.State != exchange.ParcelSettled && p.Attempts > 0
}

func (f *Folder) carryOne(ctx context.Context, d *exchange.Dispatcher, p *exchange.Parcel, put bool, c *Carried) error {
	v := &visit{f: f, put: put}
	receipt, err := d.CarryBy(ctx, v, p.Key, p.Recipient)
	switch {
	case errors.Is(err, exchange.ErrSettled): // over the network, a moment ago
		return nil
	case ctx.Err() != nil:
		return errEnded
	case errors.Is(err, ErrWaits):
		c.Waiting++
	case v.refused, err == nil && !receipt.Claims().Final:
		c.Refused++
	case err != nil:
		c.Failed++
	default:
		c.Settled++
		v.remove(p.Recipient)
	}
	return nil
}

func (f *Folder) sweepBox(to envelope.Party) {
	box, err := f.box(to, false)
	if err != nil || box == nil {
		return
	}
	defer box.Close()
	f.sweep(box)
}
