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

// Sipol sends through its outbox while Ditjen AHU is away, and holds AHU's receipt
// once AHU is back.
func ExampleDispatcher() {
	ctx := context.Background()
	world := exchangetest.NewWorld() // an outbox in memory; one that survives a crash is bolt.Store.Outbox
	sipol := world.Dispatcher(envelopetest.Sipol())
	request := world.Request("sipol/kepengurusan", "PARPOL-BADANHUKUM", envelopetest.BadanHukum())
	boards, _ := fs.ReadFile(electiontest.FS(), "sipol/kepengurusan/valid/central-board.ndjson")
	sealed, _, err := sipol.Send(ctx, exchange.Shipment{Request: request, Records: schema.NDJSON(bytes.NewReader(boards))})
	if err != nil {
		fmt.Println(err)
		return
	}
	sent := exchange.SentTo(sealed, envelopetest.BadanHukum().Party)

	// A program calls sipol.Run once and forgets it. A test, whose clock stands,
	// makes the rounds one by one.
	round := func() {
		next, err := sipol.Step(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		parcel, err := world.Outbox(envelopetest.Sipol()).Parcel(ctx, sent.Key, sent.Recipient)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("attempt", parcel.Attempts, "left it", parcel.State)
		if claims, ok := parcel.Claims(); ok {
			fmt.Println("receipt:", claims.Outcome)
		}
		if !next.IsZero() {
			world.Clock.Move(next.Sub(world.Clock.Now()))
		}
	}
	round()
	world.Receiver(envelopetest.BadanHukum(), "PARPOL-BADANHUKUM", func(context.Context, *exchange.Delivery) error { return nil })
	round()
	// Output:
	// attempt 1 left it unknown
	// attempt 2 left it settled
	// receipt: accepted
}
