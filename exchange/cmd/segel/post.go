package main

import (
	"context"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/spool"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/transport/http"
)

// The folders beside a store for sealed bodies, on their way out and in.
const (
	outgoing = ".outgoing"
	incoming = ".incoming"
)

// A post is the sending side of a command, with its outbox and what carries from
// it.
type post struct {
	a          *app
	file       string // of the outbox
	store      *bolt.Store
	box        *bolt.Outbox
	journal    *journal.File
	client     *http.Client
	sender     *exchange.Sender
	dispatcher *exchange.Dispatcher
	told       *telling
}

// openPost opens all that sending takes. The caller closes it.
func (a *app) openPost(ctx context.Context, me *side, file string, r *reach) (_ *post, err error) {
	p := &post{a: a, file: file, told: newTelling(a.err)}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	if p.client, err = r.client(a, me); err != nil {
		return nil, err
	}
	if p.journal, err = me.openJournal(file); err != nil {
		return nil, err
	}
	if p.store, err = openBolt(file); err != nil {
		return nil, err
	}
	p.box = p.store.Outbox()
	if p.sender, err = a.sender(me, p.journal, p.client); err != nil {
		return nil, err
	}
	bodies, err := spool.Open(file+outgoing, spool.Limits{}, a.now()) // behind the store's lock
	if err != nil {
		return nil, err
	}
	p.dispatcher, err = exchange.NewDispatcher(exchange.DispatcherConfig{Sender: p.sender, Outbox: p.box, Bodies: bodies, Logger: p.told.logger()})
	if err != nil {
		return nil, otherWorld(ctx, p.store, me, err)
	}
	return p, nil
}

// Close lets go of everything.
func (p *post) Close() {
	if p.client != nil {
		p.client.Close()
	}
	if p.store != nil {
		p.store.Close()
	}
	if p.journal != nil {
		p.journal.Close()
	}
}

// carry carries what is open in the outbox until none of the watched parcels is,
// the time is over or ctx ends, and returns the watched ones as they are then.
func (p *post) carry(ctx context.Context, wait time.Duration, watched []exchange.Parcel) ([]exchange.Parcel, error) {
	look := context.WithoutCancel(ctx)
	ctx, stop := context.WithTimeout(ctx, wait)
	defer stop()
	ran := make(chan error, 1)
	go func() { ran <- p.dispatcher.Run(ctx) }()
	for {
		now, open, err := p.again(look, watched)
		if err != nil || open == 0 || ctx.Err() != nil {
			stop()
			if failed := <-ran; err == nil {
				err = failed
			}
			if err == nil { // an attempt that was under way may have ended well
				now, _, err = p.again(look, watched)
			}
			return now, err
		}
		select {
		case <-ctx.Done():
		case <-p.told.news:
		}
	}
}

// again returns the parcels as they are now, and how many of them are open.
func (p *post) again(ctx context.Context, watched []exchange.Parcel) (now []exchange.Parcel, open int, err error) {
	for _, w := range watched {
		parcel, err := p.box.Parcel(ctx, w.Key, w.Recipient)
		if err != nil {
			return nil, 0, err
		}
		if parcel == nil {
			return nil, 0, cannot("kotak keluar kehilangan kiriman", "the outbox has lost a parcel", w.ID)
		}
		if parcel.Open() {
			open++
		}
		parcel.File = nil
		now = append(now, *parcel)
	}
	return now, open, nil
}

// parcelsOf returns the parcels of one envelope.
func parcelsOf(ctx context.Context, box exchange.Outbox, key exchange.Key) ([]exchange.Parcel, error) {
	all, err := box.Parcels(ctx, exchange.Sent{Key: key}, maxRecipients)
	if err != nil {
		return nil, err
	}
	var own []exchange.Parcel
	for _, p := range all {
		if p.Key == key {
			own = append(own, p)
		}
	}
	return own, nil
}

// maxRecipients is how many recipients an envelope has at most.
const maxRecipients = 64

// listParcels returns everything in an outbox.
func listParcels(ctx context.Context, box exchange.Outbox) (all []exchange.Parcel, err error) {
	const page = 256
	for {
		var after exchange.Sent
		if len(all) > 0 {
			after = all[len(all)-1].Sent
		}
		next, err := box.Parcels(ctx, after, page)
		if err != nil {
			return nil, err
		}
		all = append(all, next...)
		if len(next) < page {
			return all, nil
		}
	}
}

// only returns the parcels to one party; "" is all of them.
func only(parcels []exchange.Parcel, to envelope.Party) (fit []exchange.Parcel) {
	for _, p := range parcels {
		if to == "" || p.Recipient == to {
			fit = append(fit, p)
		}
	}
	return fit
}
