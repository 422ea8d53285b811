package prometheus_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"strings"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/observe/prometheus"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// Ditjen AHU counts what it receives: an envelope of Sipol's, the same one again
// in a copy that a stranger has posted, and something that is none.
func Example() {
	ctx := context.Background()
	sipol, ahu := envelopetest.Sipol(), envelopetest.BadanHukum()
	registry := client.NewRegistry()
	observer, err := prometheus.New(registry)
	if err != nil {
		fmt.Println(err)
		return
	}

	world := exchangetest.NewWorld()
	var captured string
	world.Wire.Fault = func(_ envelope.Party, file []byte) []byte { captured = string(file); return file }
	cfg := world.ReceiverConfig(ahu, "PARPOL-BADANHUKUM", func(context.Context, *exchange.Delivery) error { return nil })
	cfg.Observer = observer
	receiver, err := exchange.NewReceiver(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	world.Wire.Connect(ahu.Party, receiver)
	boards, _ := fs.ReadFile(electiontest.FS(), "sipol/kepengurusan/valid/board-at-every-level.ndjson")
	if _, err := world.Exchange(ctx, sipol, world.Request("sipol/kepengurusan", "PARPOL-BADANHUKUM", ahu), boards); err != nil {
		fmt.Println(err)
		return
	}
	receiver.Receive(ctx, strings.NewReader(captured))
	receiver.Receive(ctx, strings.NewReader("3174012501990001"))

	// What Prometheus reads.
	page := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(page.Body.String()) {
		if strings.HasPrefix(line, "segel_operations_total") || strings.HasPrefix(line, "segel_records_total") {
			fmt.Print(line)
		}
	}
	// Output:
	// segel_operations_total{operation="receive",outcome="accepted",peer="kpu/sipol",reason=""} 1
	// segel_operations_total{operation="receive",outcome="accepted",peer="kpu/sipol",reason="replayed"} 1
	// segel_operations_total{operation="receive",outcome="open",peer="",reason="malformed"} 1
	// segel_records_total{operation="receive"} 3
}
