package nats_test

import (
	"context"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/transport/nats"
)

// The line stands in front: between the two ends is a broker, which is not ours to cut.
// What a broker does wrong is in the tests beside this one.
func TestTransport(t *testing.T) {
	for name, most := range map[string]int{"messages": 0, "the object store": 1 << 10} {
		t.Run(name, func(t *testing.T) {
			exchangetest.TestTransport(t, exchangetest.TransportHarness{
				Connect: func(t *testing.T, line *exchangetest.Line, receivers map[envelope.Party]*exchange.Receiver) exchange.Transport {
					s := open(t, func(c *nats.Config) { c.MaxMessage = most })
					ctx, cancel := context.WithCancel(context.Background())
					served := make(chan error, len(receivers))
					for party, r := range receivers {
						go func() {
							served <- s.bus.Serve(ctx, nats.WorkerConfig{Party: party, Receiver: r, Workers: 4, Attempts: 5, Retry: time.Millisecond, RetryMax: 10 * time.Millisecond})
						}()
					}
					t.Cleanup(func() {
						cancel()
						for range receivers {
							if err := <-served; err != nil {
								t.Error(err)
							}
						}
					})
					for party := range receivers {
						s.eventually("the queue of "+string(party), func() bool { return s.has(party) })
					}
					return line.Front(s.bus)
				},
			})
		})
	}
}
