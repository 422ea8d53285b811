package prometheus

import (
	"context"
	"time"

	client "github.com/prometheus/client_golang/prometheus"

	"github.com/segel-id/segel/exchange"
)

// patience bounds how long a scrape waits for an outbox or a store.
const patience = 5 * time.Second

func desc(name, help string, labels ...string) *client.Desc {
	return client.NewDesc("segel_"+name, help, labels, nil)
}

// A reading is a collector that asks when it is scraped.
type reading struct {
	descs []*client.Desc
	read  func(ctx context.Context, set func(d *client.Desc, value float64, labels ...string))
}

func (r *reading) Describe(out chan<- *client.Desc) {
	for _, d := range r.descs {
		out <- d
	}
}

func (r *reading) Collect(out chan<- client.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r.read(ctx, func(d *client.Desc, value float64, labels ...string) {
		out <- client.MustNewConstMetric(d, client.GaugeValue, value, labels...)
	})
}

// Outbox returns a collector of what waits in a dispatcher's outbox, by
// [exchange.Dispatcher.Backlog]. Register one for each dispatcher; two need
// registerers with different labels. A scrape reads the outbox, up to
// [exchange.MaxBacklog] parcels without their files.
func Outbox(d *exchange.Dispatcher) client.Collector {
	up := desc("outbox_up", "Whether the outbox can be read.")
	parcels := desc("outbox_open_parcels", "Parcels that are not settled.", "peer", "state")
	oldest := desc("outbox_oldest_open_parcel_timestamp_seconds", "When the oldest open parcel was posted.", "peer")
	attempts := desc("outbox_attempts", "Attempts that are being made.", "peer")
	silent := desc("outbox_silent_attempts", "Attempts in a row that brought no answer.", "peer")
	partial := desc("outbox_partial", "Whether there are more open parcels than are counted.")
	expiry := desc("directory_expiry_timestamp_seconds", "When the directory in force expires.")
	return &reading{[]*client.Desc{up, parcels, oldest, attempts, silent, partial, expiry}, func(ctx context.Context, set func(*client.Desc, float64, ...string)) {
		b, err := d.Backlog(ctx)
		set(up, number(err == nil))
		if err != nil {
			return
		}
		set(partial, number(b.Partial))
		set(expiry, seconds(b.DirectoryExpires))
		for _, p := range b.Peers {
			to := string(p.To)
			set(parcels, float64(p.Queued), to, string(exchange.ParcelQueued))
			set(parcels, float64(p.Unknown), to, string(exchange.ParcelUnknown))
			set(attempts, float64(p.Flying), to)
			set(silent, float64(p.Silent), to)
			if !p.Oldest.IsZero() {
				set(oldest, seconds(p.Oldest), to)
			}
		}
	}}
}

// Store returns a collector of what a receiver's store holds unsettled, by
// [exchange.Receiver.Unsettled]. Register one for each store. A scrape reads one
// count for each sender; a store that does not count is never up.
func Store(r *exchange.Receiver) client.Collector {
	up := desc("store_up", "Whether the store can be read.")
	unsettled := desc("store_unsettled_envelopes", "Envelopes that are admitted and not settled, or were cancelled before they came.", "peer")
	return &reading{[]*client.Desc{up, unsettled}, func(ctx context.Context, set func(*client.Desc, float64, ...string)) {
		counts, err := r.Unsettled(ctx)
		set(up, number(err == nil))
		for sender, n := range counts {
			set(unsettled, float64(n), string(sender))
		}
	}}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
