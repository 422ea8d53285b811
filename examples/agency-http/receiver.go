package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"net"
	"sync"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/transport/http"
)

// receive serves POST /envelopes, POST /questions and GET /healthz until ctx ends
// and running deliveries have ended.
func receive(ctx context.Context, a *agency, o options, log *slog.Logger) error {
	receiver, err := exchange.NewReceiver(exchange.ReceiverConfig{
		Party: a.party, Keys: a.keys, Purpose: purpose, Directory: a.directory, Definitions: a.definitions,
		Store: a.store, Journal: a.journal, Handle: keep, Logger: log,
	})
	if err != nil {
		return err
	}
	handler, err := http.NewHandler(http.HandlerConfig{Receiver: receiver, Log: log})
	if err != nil {
		return err
	}
	config, err := certificates(o)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var purging sync.WaitGroup
	defer purging.Wait()
	defer stop()
	purging.Go(func() { daily(ctx, log, receiver.Purge) })
	log.Info("receiving", "party", a.party, "purpose", purpose, "address", listener.Addr().String())
	return http.Serve(ctx, listener, handler, http.ServerConfig{TLS: config, Log: log})
}

// The application's buckets.
var (
	results = []byte("results") // in it one bucket for each line of revisions, in that each station's record by its code
	inbox   = []byte("inbox")   // what was taken in, in order
)

// keep is the receiving application. What it writes through bolt.Update and the
// settlement of the envelope are one transaction, so it may be called again after
// a crash and still has its effect once. A correction takes the place of what it
// corrects; a retraction, which has no record, leaves nothing in that place.
//
// An application whose database is another one makes its writes unique by
// d.Key() instead.
func keep(_ context.Context, d *exchange.Delivery) error {
	rows := map[string][]byte{}
	for record := range d.Records() { // with no structure error: that was checked
		var station struct {
			Code string `json:"kode_tps"`
		}
		if err := json.Unmarshal(record, &station); err != nil {
			return exchange.Reject("unreadable")
		}
		rows[station.Code] = record
	}
	name := []byte(string(d.Key().Sender) + " " + d.Line().First)
	return bolt.Update(d, func(b *bolt.Bucket) error {
		all, err := b.CreateBucketIfNotExists(results)
		if err != nil {
			return err
		}
		if all.Bucket(name) != nil {
			if err := all.DeleteBucket(name); err != nil {
				return err
			}
		}
		if len(rows) > 0 {
			stations, err := all.CreateBucket(name)
			if err != nil {
				return err
			}
			for code, record := range rows {
				if err := stations.Put([]byte(code), record); err != nil {
					return err
				}
			}
		}
		taken, err := b.CreateBucketIfNotExists(inbox)
		if err != nil {
			return err
		}
		n, err := taken.NextSequence()
		if err != nil {
			return err
		}
		return taken.Put(binary.BigEndian.AppendUint64(nil, n), []byte(string(d.Key().Sender)+" "+d.Key().ID))
	})
}
