package nats_test

import (
	"context"
	"fmt"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/nats"
)

// A connection on which others could read along is refused before it is made.
func Example() {
	ctx := context.Background()
	bus, err := nats.Dial(ctx, nats.Config{URLs: []string{"nats://nats.example.id:4222"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bus.Close()
	// Output:
	// misuse: config: URLs are tls:// without user, path and query; nats:// with TLS or to a literal loopback address only
}

// A recipient serves from any number of processes, whose receivers are on one store;
// the same connection is the transport of its own sender.
func ExampleBus_Serve() {
	var receiver *exchange.Receiver // on a store that all processes share
	serve := func(ctx context.Context, bus *nats.Bus, party envelope.Party) error {
		return bus.Serve(ctx, nats.WorkerConfig{Party: party, Receiver: receiver, Workers: 8})
	}
	_ = serve
}
