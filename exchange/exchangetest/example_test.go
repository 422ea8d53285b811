package exchangetest_test

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// An agency tests its own handler against the whole exchange.
func Example() {
	boards := 0
	handler := func(_ context.Context, d *exchange.Delivery) error {
		for range d.Records() {
			boards++
		}
		return nil
	}
	w := exchangetest.NewWorld()
	w.Receiver(envelopetest.BadanHukum(), "PARPOL-BADANHUKUM", handler)
	records, _ := fs.ReadFile(electiontest.FS(), "sipol/kepengurusan/valid/central-board.ndjson")
	request := w.Request("sipol/kepengurusan", "PARPOL-BADANHUKUM", envelopetest.BadanHukum())
	receipt, err := w.Exchange(context.Background(), envelopetest.Sipol(), request, records)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(receipt.Claims().Outcome, boards)
	// Output: accepted 1
}
