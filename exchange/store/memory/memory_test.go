package memory_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/memory"
)

func TestContract(t *testing.T) {
	exchangetest.TestStore(t, exchangetest.StoreHarness{New: func(*testing.T) exchange.Store { return memory.New() }})
}

func TestOutboxContract(t *testing.T) {
	exchangetest.TestOutbox(t, exchangetest.OutboxHarness{New: func(*testing.T) exchange.Outbox { return memory.NewOutbox() }})
}

func Example() {
	ctx, now := context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	store := memory.New()
	admission := exchange.Admission{Key: exchange.Key{Sender: "kpu/sirekap", ID: "018da7f0-0000-7000-8000-000000000001"}, Digest: "digest", Quota: 10}
	claim, err := store.Claim(ctx, admission, now, time.Minute)
	fmt.Println(claim.Fence, err)
	_, err = store.Claim(ctx, admission, now, time.Minute)
	fmt.Println(err)
	// Output:
	// 1 <nil>
	// exchange: the envelope is being worked on
}
