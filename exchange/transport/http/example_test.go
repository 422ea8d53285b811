package http_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/schema"
)

// Ditjen AHU serves on a loopback address; Sipol sends the same envelope twice.
// In the field, the endpoints come from the directory ([http.FromDirectory]) and
// are https.
func Example() {
	world := exchangetest.NewWorld() // keys, directory, agreement, and stores in memory
	handled := 0
	receiver := world.Receiver(envelopetest.BadanHukum(), "PARPOL-BADANHUKUM", func(context.Context, *exchange.Delivery) error {
		handled++
		return nil
	})

	handler, err := http.NewHandler(http.HandlerConfig{Receiver: receiver, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		fmt.Println(err)
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan error)
	go func() { served <- http.Serve(ctx, listener, handler, http.ServerConfig{}) }()

	client, err := http.NewClient(http.ClientConfig{
		Endpoints: func(envelope.Party) []string { return []string{"http://" + listener.Addr().String()} },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	config := world.SenderConfig(envelopetest.Sipol())
	config.Transport = client
	sipol, err := exchange.NewSender(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	request := world.Request("sipol/kepengurusan", "PARPOL-BADANHUKUM", envelopetest.BadanHukum())
	sealed, _, err := sipol.Seal(ctx, exchange.Shipment{Request: request, Records: schema.NDJSON(strings.NewReader(board))})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		receipt, err := sipol.Deliver(ctx, sealed, envelopetest.BadanHukum().Party)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(receipt.Claims().Outcome, "handled:", handled)
	}
	client.Close()
	stop()
	fmt.Println("stopped:", <-served)
	// Output:
	// accepted handled: 1
	// accepted handled: 1
	// stopped: <nil>
}
