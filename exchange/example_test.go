package exchange_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"

	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// Sipol sends party boards to Ditjen AHU, asks for something that no agreement
// allows, and sends the first envelope again.
func Example() {
	ctx := context.Background()
	world := exchangetest.NewWorld() // directory, agreement, keys, a wire in memory
	handled := 0
	world.Receiver(envelopetest.BadanHukum(), "PARPOL-BADANHUKUM", func(_ context.Context, d *exchange.Delivery) error {
		handled++
		return nil
	})
	sipol := world.Sender(envelopetest.Sipol())
	request := world.Request("sipol/kepengurusan", "PARPOL-BADANHUKUM", envelopetest.BadanHukum())

	boards, _ := fs.ReadFile(electiontest.FS(), "sipol/kepengurusan/valid/board-at-every-level.ndjson")
	sealed, report, err := sipol.Seal(ctx, exchange.Shipment{Request: request, Records: schema.NDJSON(bytes.NewReader(boards))})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("records:", report.Records, "errors:", report.Errors)

	for range 2 {
		receipt, err := sipol.Deliver(ctx, sealed, envelopetest.BadanHukum().Party)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(receipt.Claims().Outcome, "handled:", handled)
	}

	request.Purpose = "REKAP-UMUM"
	decision := sipol.Preflight(ctx, request)
	fmt.Println(decision.Reason)
	// Output:
	// records: 3 errors: 0
	// accepted handled: 1
	// accepted handled: 1
	// not_granted
}
