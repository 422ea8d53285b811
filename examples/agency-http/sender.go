package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	nethttp "net/http"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/schema"
)

// keepReceipts is how long the outbox keeps what is settled. A receipt is
// evidence: an agency that wants it longer copies it before.
const keepReceipts = 365 * 24 * time.Hour

// send carries what is in the outbox, and serves the agency's own application on
// a loopback address, until ctx ends.
func send(ctx context.Context, a *agency, o options, log *slog.Logger) error {
	to, err := envelope.ParseParty(o.to)
	if err != nil {
		return err
	}
	config, err := certificates(o)
	if err != nil {
		return err
	}
	// Where the recipient is reached stands in the signed directory. The dispatcher
	// tries again, so the client makes one attempt at a time.
	client, err := http.NewClient(http.ClientConfig{
		Endpoints: http.FromDirectory(func() *trust.Directory { return a.directory }), TLS: config, Once: true,
	})
	if err != nil {
		return err
	}
	defer client.Close()
	sender, err := exchange.NewSender(exchange.SenderConfig{
		Party: a.party, Keys: a.keys, Directory: a.directory, Definitions: a.definitions, Journal: a.journal, Transport: client, Logger: log,
	})
	if err != nil {
		return err
	}
	outbox := a.store.Outbox()
	dispatcher, err := exchange.NewDispatcher(exchange.DispatcherConfig{Sender: sender, Outbox: outbox, Logger: log})
	if err != nil {
		return err
	}
	desk := &desk{dispatcher, exchange.Request{To: []envelope.Party{to}, Dataset: dataset, Purpose: purpose, Agreement: o.agreement}}
	// Whether this would be allowed at all is known before there is a record.
	if d := sender.Preflight(ctx, desk.request); !d.Allowed {
		return errors.New(d.Why.ID + " / " + d.Why.EN + " / " + d.Help.ID + " / " + d.Help.EN)
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	mux := nethttp.NewServeMux()
	mux.HandleFunc("POST /records", desk.records)
	mux.HandleFunc("GET /healthz", func(w nethttp.ResponseWriter, _ *nethttp.Request) { _, _ = w.Write([]byte("ok\n")) })

	ctx, stop := context.WithCancel(ctx)
	var working sync.WaitGroup
	defer working.Wait()
	defer stop()
	working.Go(func() { _ = dispatcher.Run(ctx) }) // fails only if it runs already
	working.Go(func() {
		daily(ctx, log, func(ctx context.Context) (int, error) { return outbox.Purge(ctx, time.Now().Add(-keepReceipts)) })
	})
	log.Info("sending", "party", a.party, "to", to, "address", listener.Addr().String())
	// Plain HTTP is refused on any address but a loopback one: the desk asks nobody
	// who they are.
	return http.Serve(ctx, listener, mux, http.ServerConfig{Log: log})
}

// A desk is where the agency's own application hands records in.
type desk struct {
	dispatcher *exchange.Dispatcher
	request    exchange.Request
}

// records takes records (NDJSON) and answers 202 with the envelope's id once they
// are sealed and durable: from then on they will be carried, whatever happens to
// this process. An application that got no answer brings them again; they then
// may travel twice, as two envelopes.
//
// What the schema refuses is answered 422, with the places of the faults and
// never a value; everything else by its reason.
func (k *desk) records(w nethttp.ResponseWriter, r *nethttp.Request) {
	body := nethttp.MaxBytesReader(w, r.Body, 2*envelope.MaxInline) // Send refuses what is beyond one of them
	sealed, report, err := k.dispatcher.Send(r.Context(), exchange.Shipment{Request: k.request, Records: schema.NDJSON(body)})
	switch reason := envelope.ReasonOf(err); {
	case err == nil:
		answer(w, nethttp.StatusAccepted, map[string]any{"id": sealed.Manifest().ID, "records": report.Records, "findings": report.Findings})
	case reason == envelope.ReasonStructure && report != nil:
		details, _ := report.DetailsJSON()
		answer(w, nethttp.StatusUnprocessableEntity, map[string]any{"reason": reason, "report": json.RawMessage(details)})
	case reason == envelope.ReasonUnavailable:
		answer(w, nethttp.StatusServiceUnavailable, map[string]any{"reason": reason, "text": reason.Text()})
	default:
		answer(w, nethttp.StatusUnprocessableEntity, map[string]any{"reason": reason, "text": reason.Text()})
	}
}

func answer(w nethttp.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
