package postgres_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/postgres"
)

// nodes are stores on one schema, as of several processes: each call goes to the
// next of them.
type nodes struct {
	all  []*postgres.Store
	next atomic.Int64
}

func (n *nodes) one() *postgres.Store { return n.all[n.next.Add(1)%int64(len(n.all))] }

func (n *nodes) Lookup(ctx context.Context, k exchange.Key) (*exchange.Row, exchange.Marks, error) {
	return n.one().Lookup(ctx, k)
}

func (n *nodes) Claim(ctx context.Context, a exchange.Admission, now time.Time, lease time.Duration) (exchange.Claim, error) {
	return n.one().Claim(ctx, a, now, lease)
}

func (n *nodes) Renew(ctx context.Context, c exchange.Claim, now time.Time, lease time.Duration) (exchange.Claim, error) {
	return n.one().Renew(ctx, c, now, lease)
}

func (n *nodes) Release(ctx context.Context, c exchange.Claim) error { return n.one().Release(ctx, c) }

func (n *nodes) Settle(ctx context.Context, c exchange.Claim, s exchange.Settlement) error {
	return n.one().Settle(ctx, c, s)
}

func (n *nodes) Tombstone(ctx context.Context, a exchange.Admission, s exchange.Settlement, now time.Time) (exchange.Settlement, error) {
	return n.one().Tombstone(ctx, a, s, now)
}

func (n *nodes) Missing(ctx context.Context, sender envelope.Party, p exchange.Place) ([]exchange.Range, error) {
	return n.one().Missing(ctx, sender, p)
}

func (n *nodes) Purge(ctx context.Context, now time.Time) (int, error) {
	return n.one().Purge(ctx, now)
}

func (n *nodes) Raise(ctx context.Context, m exchange.Marks) error { return n.one().Raise(ctx, m) }

func (n *nodes) Acknowledge(ctx context.Context, now time.Time) error {
	return n.one().Acknowledge(ctx, now)
}

func TestContractOfThreeNodes(t *testing.T) {
	exchangetest.TestStore(t, exchangetest.StoreHarness{New: func(t *testing.T) exchange.Store {
		name := empty(t)
		return &nodes{all: []*postgres.Store{open(t, name), open(t, name), open(t, name)}}
	}})
}

// outboxes are the same of an outbox.
type outboxes struct {
	*postgres.Outbox // for what only reads
	store            *postgres.Store
	all              []*postgres.Outbox
	next             atomic.Int64
}

func (n *outboxes) one() *postgres.Outbox { return n.all[n.next.Add(1)%int64(len(n.all))] }

func (n *outboxes) Number(ctx context.Context, channel string, now time.Time) (envelope.Sequence, error) {
	return n.one().Number(ctx, channel, now)
}

func (n *outboxes) Burn(ctx context.Context, channel, epoch string, numbers ...int64) error {
	return n.one().Burn(ctx, channel, epoch, numbers...)
}

func (n *outboxes) Raise(ctx context.Context, m exchange.Marks) error { return n.one().Raise(ctx, m) }

func (n *outboxes) Put(ctx context.Context, parcels ...exchange.Parcel) error {
	return n.one().Put(ctx, parcels...)
}

// Due is that of one of them, as if nothing had been offered to the others.
func (n *outboxes) Due(ctx context.Context, to envelope.Party, now time.Time, limit int) ([]exchange.Parcel, error) {
	if _, err := n.store.DB().ExecContext(ctx, `UPDATE parcels SET offered_to = ''`); err != nil {
		return nil, err
	}
	return n.Outbox.Due(ctx, to, now, limit)
}

func (n *outboxes) Update(ctx context.Context, p exchange.Parcel) error {
	return n.one().Update(ctx, p)
}

func (n *outboxes) Purge(ctx context.Context, before time.Time) (int, error) {
	return n.one().Purge(ctx, before)
}

func TestOutboxContractOfThreeNodes(t *testing.T) {
	exchangetest.TestOutbox(t, exchangetest.OutboxHarness{New: func(t *testing.T) exchange.Outbox {
		name := empty(t)
		n := &outboxes{store: open(t, name)}
		n.all = []*postgres.Outbox{n.store.Outbox(), open(t, name).Outbox(), open(t, name).Outbox()}
		n.Outbox = n.all[0]
		return n
	}})
}

// Several dispatchers share what is due, and none waits for another.
func TestWhatIsDueIsShared(t *testing.T) {
	ctx, now, name := context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC), empty(t)
	poster, one, two := open(t, name), open(t, name), open(t, name)
	for n := range 30 {
		a := admission(int64(n))
		p := exchange.Parcel{
			Sent:  exchange.Sent{Key: a.Key, Digest: a.Digest, Recipient: "ahu/badan-hukum", IssuedAt: now},
			State: exchange.ParcelQueued, Next: now.Add(time.Duration(n) * time.Millisecond), Deadline: now.Add(time.Hour), File: []byte("file"),
		}
		if err := poster.Outbox().Put(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	due := func(s *postgres.Store, at time.Time, limit int) (numbers []int) {
		t.Helper()
		parcels, err := s.Outbox().Due(ctx, "ahu/badan-hukum", at, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parcels {
			n := 0
			if _, err := fmt.Sscanf(p.ID[24:], "%d", &n); err != nil {
				t.Fatal(err)
			}
			numbers = append(numbers, n)
		}
		return numbers
	}
	want := func(what string, got []int, from, to int) {
		t.Helper()
		var want []int
		for n := from; n < to; n++ {
			want = append(want, n)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	at := now.Add(time.Second)
	want("beside the one that posted it", due(one, at, 100), 0, 0)
	if err := poster.Close(); err != nil {
		t.Fatal(err)
	}
	want("the first", due(one, at, 10), 0, 10)
	want("the first, again", due(one, at, 10), 0, 10)
	want("the second", due(two, at, 10), 10, 20)
	want("the second has its own, and what is left", due(two, at, 100), 10, 30)
	want("the first has its own", due(one, at, 100), 0, 10)
	end := at.Add(30 * time.Second) // the offers
	want("shortly before the end of the offers", due(one, end.Add(-time.Microsecond), 100), 0, 10)
	want("at their end", due(one, end, 100), 0, 30)
	want("a clock that stepped back", due(two, now.Add(-time.Second), 100), 0, 0)
	want("of another", due(two, at, 100), 0, 30) // offered for longer than an offer lasts
	two.Close()
	want("one is gone", due(one, at, 100), 0, 30)
}
