package bolt

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/exchange"
)

// BenchmarkParcel measures what a parcel of 4 KiB costs an outbox from posting to
// its receipt: three durable changes.
func BenchmarkParcel(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			o, ctx, at := openTemp(b).Outbox(), context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
			file, receipt := make([]byte, 4<<10), make([]byte, 2<<10)
			parcel := func(n int64) error {
				a := admission(n)
				p := exchange.Parcel{
					Sent:  exchange.Sent{Key: a.Key, Digest: a.Digest, Recipient: "ahu/badan-hukum", IssuedAt: at},
					State: exchange.ParcelQueued, Next: at, Deadline: at.Add(time.Hour), File: file, Revision: 1,
				}
				if err := o.Put(ctx, p); err != nil {
					return err
				}
				p.State, p.Next = exchange.ParcelUnknown, at.Add(time.Minute)
				if err := o.Update(ctx, p); err != nil {
					return err
				}
				p.Revision, p.State, p.Outcome, p.SettledAt, p.Receipt = 2, exchange.ParcelSettled, exchange.OutcomeAccepted, at, receipt
				return o.Update(ctx, p)
			}
			var next atomic.Int64
			var done sync.WaitGroup
			b.ResetTimer()
			for range callers {
				done.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						if err := parcel(n); err != nil {
							b.Error(err)
						}
					}
				})
			}
			done.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "parcels/s")
		})
	}
}
