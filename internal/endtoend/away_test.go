package endtoend

import (
	"context"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/http"
)

// A door counts who is inside.
type door struct {
	http.Receiver
	began time.Time

	mu   sync.Mutex
	here int
	seen []int           // how many were inside, with each who came
	at   []time.Duration // when each came
}

func (d *door) Receive(ctx context.Context, in io.Reader) exchange.Answer {
	d.mu.Lock()
	d.here++
	d.seen, d.at = append(d.seen, d.here), append(d.at, time.Since(d.began))
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.here--
	}()
	return d.Receiver.Receive(ctx, in)
}

// tried is a transport that notes when it was asked to deliver.
type tried struct {
	exchange.Transport
	mu sync.Mutex
	at []time.Time
}

func (t *tried) Deliver(ctx context.Context, to envelope.Party, file io.Reader) (exchange.Reply, error) {
	t.mu.Lock()
	t.at = append(t.at, time.Now())
	t.mu.Unlock()
	return t.Transport.Deliver(ctx, to, file)
}

// between returns how many deliveries were begun in that time.
func (t *tried) between(from, to time.Time) (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, at := range t.at {
		if !at.Before(from) && at.Before(to) {
			n++
		}
	}
	return n
}

// The recipient's server is away for a minute while its sender goes on sending, and
// returns: everything arrives, soon, and never more at once than agreed.
func TestARecipientReturns(t *testing.T) {
	// In a slice of the story all of it is shorter, the pauses too.
	away, parcels, retry, perPeer := time.Second, 300, 50*time.Millisecond, 16
	if long() {
		away, parcels, retry = time.Minute, 6_000, time.Second
	}
	p := newPair(t, nil)
	network := &tried{Transport: p.client}
	p.sendBy(network, p.ours.journal)
	d := p.dispatcher(func(c *exchange.DispatcherConfig) { c.PerPeer, c.Retry = perPeer, retry })
	stop := p.run(d)
	var ids []string
	send := func(n int, over time.Duration) {
		for i := range n {
			sealed, _, err := d.Send(context.Background(), p.shipment())
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, sealed.Manifest().ID)
			if over > 0 && i%(max(1, n/100)) == 0 {
				time.Sleep(over / 100)
			}
		}
	}
	send(parcels/3, 0)
	p.hang()
	left := time.Now()
	arrived := p.calls.Load()
	send(parcels/3, away)
	time.Sleep(time.Until(left.Add(away)))
	l, err := net.Listen("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	returned := time.Now()
	entrance := &door{began: returned}
	p.wrap = func(r http.Receiver) http.Receiver { entrance.Receiver = r; return entrance }
	p.serve(l, nil)
	t.Cleanup(func() { p.hang() })
	waiting := len(ids) - int(arrived)
	send(parcels-2*(parcels/3), 0)
	if n := p.settled(ids, 5*time.Minute); n != parcels || p.calls.Load() != int64(parcels) {
		t.Errorf("%d of %d arrived, the handler was called %d times", n, parcels, p.calls.Load())
	}
	took := time.Since(returned)
	stop()

	attempts := map[int]int{} // parcels by how often they were sent
	for _, id := range ids {
		parcel, err := p.box.Parcel(context.Background(), exchange.Key{Sender: sirekap.Party, ID: id}, bawaslu.Party)
		if err != nil {
			t.Fatal(err)
		}
		attempts[parcel.Attempts]++
	}
	probes := network.between(left, returned)
	first, most := entrance.at[0], slices.Max(entrance.seen)
	t.Logf("away for %v: %d deliveries tried; %d parcels waited, the first came %v after the return, the last of %d (those sent since included) %v after it, at most %d at once; parcels by the number of times they were sent: %v",
		returned.Sub(left).Round(time.Millisecond), probes, waiting, first.Round(time.Millisecond), len(entrance.at), took.Round(time.Millisecond), most, attempts)
	// Those that were under way when it left, and one at a time from then on.
	if limit := perPeer + 12; probes > limit {
		t.Errorf("%d deliveries were tried while it was away, want at most %d", probes, limit)
	}
	// Pauses double up to a minute, so the last one is no longer than all before it.
	if limit := min(2*returned.Sub(left), time.Minute) + 5*time.Second; first > limit {
		t.Errorf("the first came %v after the return, want %v at the latest", first, limit)
	}
	if most > perPeer {
		t.Errorf("%d were inside at once, want at most %d", most, perPeer)
	}
	for n, inside := range entrance.seen[:perPeer] {
		if inside > 1+n {
			t.Errorf("parcel %d was one of %d at once", n+1, inside)
		}
	}
	for n := range attempts {
		if n > 12 {
			t.Errorf("a parcel was sent %d times", n)
		}
	}
}
