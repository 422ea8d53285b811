package filedrop_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/transport/filedrop"
	"github.com/segel-id/segel/schema"
)

// Sipol puts an envelope onto a stick, Ditjen AHU receives it and puts its receipt
// beside it, and Sipol takes that in. The stick is received twice, to one effect.
func Example() {
	ctx := context.Background()
	stick, err := os.MkdirTemp("", "stick") // in the field, where the stick is mounted
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(stick)
	drop, err := filedrop.Open(stick, filedrop.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer drop.Close()

	world := exchangetest.NewWorld() // keys, directory, agreement, and stores in memory
	sipol, outbox := world.Dispatcher(envelopetest.Sipol()), world.Outbox(envelopetest.Sipol())
	request := world.Request("sipol/kepengurusan", "PARPOL-BADANHUKUM", envelopetest.BadanHukum())
	if _, _, err := sipol.Send(ctx, exchange.Shipment{Request: request, Records: schema.NDJSON(strings.NewReader(board))}); err != nil {
		fmt.Println(err)
		return
	}
	out, err := drop.Export(ctx, sipol, outbox)
	fmt.Println("waiting:", out.Waiting, err)

	ahu := world.Receiver(envelopetest.BadanHukum(), "PARPOL-BADANHUKUM", func(_ context.Context, d *exchange.Delivery) error {
		fmt.Println("handled:", d.Proof().Manifest.Dataset.ID)
		return nil
	})
	for range 2 {
		in, err := drop.Receive(ctx, envelopetest.BadanHukum().Party, ahu)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(in.Taken[0].Answer.Settlement.Outcome, "repeat:", in.Taken[0].Answer.Repeat())
	}

	back, err := drop.Collect(ctx, sipol, outbox)
	fmt.Println("settled:", back.Settled, err)
	// Output:
	// waiting: 1 <nil>
	// handled: sipol/kepengurusan
	// accepted repeat: false
	// accepted repeat: true
	// settled: 1 <nil>
}
