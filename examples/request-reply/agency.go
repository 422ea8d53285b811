package main

import (
	"errors"
	"path/filepath"

	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/store/bolt"
)

// An agency is one agency's program: a dispatcher that sends, a receiver on the
// wire, and what both keep in a folder. Store and outbox share one file.
type agency struct {
	*exchange.Dispatcher
	store   *bolt.Store
	journal *journal.File
}

// open starts the program on its folder: the first time, or after a crash.
func open(world *exchangetest.World, as envelopetest.Agency, code purpose.Code, dir string, handle exchange.Handler) (*agency, error) {
	dir = filepath.Join(dir, filepath.FromSlash(string(as.Party)))
	j, err := journal.Open(dir) // makes the folder
	if err != nil {
		return nil, err
	}
	store, err := bolt.Open(filepath.Join(dir, "store.db"))
	if err != nil {
		return nil, errors.Join(err, j.Close())
	}
	a := &agency{store: store, journal: j}

	sends := world.SenderConfig(as)
	sends.Journal = j
	sender, err := exchange.NewSender(sends)
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	if a.Dispatcher, err = exchange.NewDispatcher(exchange.DispatcherConfig{Sender: sender, Outbox: store.Outbox()}); err != nil {
		return nil, errors.Join(err, a.close())
	}
	receives := world.ReceiverConfig(as, code, handle)
	receives.Journal, receives.Store = j, store
	receiver, err := exchange.NewReceiver(receives)
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	world.Wire.Connect(as.Party, receiver)
	return a, nil
}

// close ends the program, or is how it is killed: what it has not written by then
// is lost.
func (a *agency) close() error { return errors.Join(a.store.Close(), a.journal.Close()) }
