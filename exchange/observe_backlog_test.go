package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/bolt"
)

func TestBacklog(t *testing.T) {
	ctx := context.Background()
	o := newOffice(t)
	d := o.dispatcher(nil)
	want := func(name string, peers ...exchange.PeerBacklog) {
		t.Helper()
		b, err := d.Backlog(ctx)
		if err != nil || b.Partial || !b.DirectoryExpires.Equal(o.Directory.Expires()) || !slices.Equal(b.Peers, peers) {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
	want("nothing was posted")
	posted := o.now()
	o.post(d, ahu)
	o.Clock.Move(time.Minute)
	later := o.now()
	o.post(d, ahu)
	o.post(d, pengawasan)
	want("posted", exchange.PeerBacklog{To: ahu.Party, Queued: 2, Oldest: posted}, exchange.PeerBacklog{To: pengawasan.Party, Queued: 1, Oldest: later})
	o.opens(pengawasan)
	if _, err := d.Step(ctx); err != nil {
		t.Fatal(err)
	}
	want("ahu is away", exchange.PeerBacklog{To: ahu.Party, Queued: 1, Unknown: 1, Oldest: posted, Silent: 1}, exchange.PeerBacklog{To: pengawasan.Party})
	o.opens(ahu)
	o.works(d, time.Hour)
	want("all settled", exchange.PeerBacklog{To: ahu.Party}, exchange.PeerBacklog{To: pengawasan.Party})
}

// crowded is an outbox with more open parcels than are counted.
type crowded struct {
	exchange.Outbox
	err error
}

func (c *crowded) Overdue(_ context.Context, _ time.Time, limit int) ([]exchange.Parcel, error) {
	return slices.Repeat([]exchange.Parcel{{State: exchange.ParcelQueued, Sent: exchange.Sent{Recipient: ahu.Party}}}, limit), c.err
}

func TestBacklogIsBounded(t *testing.T) {
	ctx := context.Background()
	o := newOffice(t)
	box := &crowded{Outbox: o.box}
	d := o.dispatcher(func(cfg *exchange.DispatcherConfig) { cfg.Outbox = box })
	if b, err := d.Backlog(ctx); err != nil || !b.Partial || len(b.Peers) != 1 || b.Peers[0].Queued != exchange.MaxBacklog {
		t.Errorf("%+v, %v", b, err)
	}
	box.err = errors.New(canary)
	if _, err := d.Backlog(ctx); envelope.ReasonOf(err) != envelope.ReasonUnavailable || fmt.Sprint(err) != "unavailable: the outbox failed" {
		t.Error(err)
	}
}

// plain is a store that cannot count.
type plain struct{ exchange.Store }

func TestUnsettled(t *testing.T) {
	ctx := context.Background()
	durable, err := bolt.Open(t.TempDir() + "/store")
	if err != nil {
		t.Fatal(err)
	}
	defer durable.Close()
	for name, store := range map[string]exchange.Store{"memory": nil, "bolt": durable} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.restart(func(c *exchange.ReceiverConfig) {
				if store != nil {
					c.Store = store
				}
			})
			want := func(n int) {
				t.Helper()
				counts, err := s.r.Unsettled(ctx)
				if err != nil || counts[sipol.Party] != n || len(counts) > 1 || n == 0 && len(counts) > 0 {
					t.Errorf("got %v, %v; want %d", counts, err, n)
				}
			}
			want(0)
			s.handler = func(context.Context, *exchange.Delivery) error { return errBroken }
			one, two := s.sealed(), s.sealed()
			s.send(one)
			s.send(two)
			want(2)
			s.handler = nil
			s.accepted(s.send(one))
			want(1)
			s.accepted(s.send(two))
			want(0)
		})
	}
	s := newScene(t)
	s.restart(func(c *exchange.ReceiverConfig) { c.Store = plain{c.Store} })
	if _, err := s.r.Unsettled(ctx); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("a store that cannot count: %v", err)
	}
	if err := durable.Close(); err != nil {
		t.Fatal(err)
	}
	if counts, err := durable.Lasting(ctx); err == nil {
		t.Errorf("a closed store counts %v", counts)
	}
}
