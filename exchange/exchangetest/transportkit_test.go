package exchangetest_test

import (
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
)

func TestWire(t *testing.T) {
	exchangetest.TestTransport(t, exchangetest.TransportHarness{
		Connect: func(_ *testing.T, line *exchangetest.Line, receivers map[envelope.Party]*exchange.Receiver) exchange.Transport {
			wire := exchangetest.NewWorld().Wire
			for party, r := range receivers {
				wire.Connect(party, r)
			}
			return line.Front(wire)
		},
	})
}
