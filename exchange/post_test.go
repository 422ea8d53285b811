package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/store/memory"
	"github.com/segel-id/segel/exchange/trust"
)

func (o *office) shipment(to ...envelopetest.Agency) exchange.Shipment {
	o.Helper()
	return exchange.Shipment{Request: o.Request(dataset, code, to...), Records: source(fixture(o, dataset+"/valid/central-board.ndjson"))}
}

// sends sends boards by the dispatcher.
func (o *office) sends(d *exchange.Dispatcher, to ...envelopetest.Agency) *envelope.Sealed {
	o.Helper()
	sealed, report, err := d.Send(context.Background(), o.shipment(to...))
	if err != nil || report == nil {
		o.Fatalf("send: %v, %v", report, err)
	}
	return sealed
}

// listed returns all that is in the outbox.
func (o *office) listed() []exchange.Parcel {
	o.Helper()
	parcels, err := o.box.Parcels(context.Background(), exchange.Sent{}, 100)
	if err != nil {
		o.Fatal(err)
	}
	return parcels
}

// numbered wants an envelope to have that number, to say that these are void, and
// to stand so in the outbox.
func (o *office) numbered(s *envelope.Sealed, number int64, void ...int64) {
	o.Helper()
	m := s.Manifest()
	if m.Sequence == nil || m.Sequence.Number != number || !slices.Equal(m.Sequence.Void, void) {
		o.Fatalf("the envelope has %+v, want number %d and void %v", m.Sequence, number, void)
	}
	for _, to := range m.Recipients {
		sent := exchange.SentTo(s, to)
		p, err := o.box.Parcel(context.Background(), sent.Key, to)
		if err != nil || p == nil {
			o.Fatalf("parcel: %v, %v", p, err)
		}
		if p.Number != number || p.Epoch != m.Sequence.Epoch || p.Channel != exchange.ChannelOf(sipol.Party, dataset, m.Recipients) || p.Line != (exchange.Line{First: m.ID}) {
			o.Errorf("the parcel to %s is %+v", to, p)
		}
	}
}

func TestSendIsNumbered(t *testing.T) {
	o := newOffice(t)
	o.opens(ahu)
	o.opens(pengawasan)
	d := o.dispatcher(nil)
	one, both, two := o.sends(d, ahu), o.sends(d, ahu, pengawasan), o.sends(d, ahu)
	again := o.sends(d, pengawasan, ahu) // the same set of recipients
	o.numbered(one, 1)
	o.numbered(two, 2)
	o.numbered(both, 1)
	o.numbered(again, 2)
	if one.Manifest().Sequence.Epoch != two.Manifest().Sequence.Epoch || one.Manifest().Sequence.Epoch == both.Manifest().Sequence.Epoch {
		t.Error("an epoch is that of a channel")
	}
	o.numbered(o.sends(o.dispatcher(nil), ahu), 3) // a process that begins anew
	if err := o.box.Renumber(context.Background()); err != nil {
		t.Fatal(err)
	}
	restored := o.sends(d, ahu)
	o.numbered(restored, 1)
	if restored.Manifest().Sequence.Epoch == one.Manifest().Sequence.Epoch {
		t.Error("renumbered, and the epoch is the same")
	}
	o.works(d, time.Minute)
	for _, s := range []*envelope.Sealed{one, two, restored} {
		o.delivered(s, ahu)
	}
	o.delivered(both, pengawasan)
	o.delivered(again, pengawasan)
	if m := o.seal(ahu).Manifest(); m.Sequence != nil {
		t.Errorf("what is sealed by hand has %+v", m.Sequence)
	}
}

// When Send has returned, what it took is in the file.
func TestSendSurvives(t *testing.T) {
	o := newOffice(t)
	o.opens(ahu)
	path := t.TempDir() + "/store"
	var sent []*envelope.Sealed
	for n := range 4 {
		s, err := bolt.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		o.box = s.Outbox()
		d := o.dispatcher(nil)
		if n < 3 {
			sealed := o.sends(d, ahu)
			o.numbered(sealed, int64(n)+1)
			sent = append(sent, sealed)
		} else {
			o.works(d, time.Minute)
			for _, sealed := range sent {
				o.delivered(sealed, ahu)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A trap is an outbox that does something before it puts, numbers or burns.
type trap struct {
	exchange.Outbox
	put, number, burn, marks, raise, parcel, parcels func() error
}

func do(f func() error) error {
	if f == nil {
		return nil
	}
	return f()
}

func (b *trap) Put(ctx context.Context, parcels ...exchange.Parcel) error {
	if err := do(b.put); err != nil {
		return err
	}
	return b.Outbox.Put(ctx, parcels...)
}

func (b *trap) Number(ctx context.Context, channel string, now time.Time) (envelope.Sequence, error) {
	if err := do(b.number); err != nil {
		return envelope.Sequence{}, err
	}
	return b.Outbox.Number(ctx, channel, now)
}

func (b *trap) Burn(ctx context.Context, channel, epoch string, numbers ...int64) error {
	if err := do(b.burn); err != nil {
		return err
	}
	return b.Outbox.Burn(ctx, channel, epoch, numbers...)
}

func (b *trap) Marks(ctx context.Context) (exchange.Marks, error) {
	if err := do(b.marks); err != nil {
		return exchange.Marks{}, err
	}
	return b.Outbox.Marks(ctx)
}

func (b *trap) Raise(ctx context.Context, m exchange.Marks) error {
	if err := do(b.raise); err != nil {
		return err
	}
	return b.Outbox.Raise(ctx, m)
}

func (b *trap) Parcel(ctx context.Context, key exchange.Key, to envelope.Party) (*exchange.Parcel, error) {
	if err := do(b.parcel); err != nil {
		return nil, err
	}
	return b.Outbox.Parcel(ctx, key, to)
}

func (b *trap) Parcels(ctx context.Context, after exchange.Sent, limit int) ([]exchange.Parcel, error) {
	if err := do(b.parcels); err != nil {
		return nil, err
	}
	return b.Outbox.Parcels(ctx, after, limit)
}

func failing() error { return errBroken }

// newTrapped returns an office whose outbox can be told to fail.
func newTrapped(t *testing.T) (*office, *trap, *exchange.Dispatcher) {
	o := newOffice(t)
	b := &trap{Outbox: memory.NewOutbox()}
	o.box = b
	return o, b, o.dispatcher(nil)
}

func TestSendThatFails(t *testing.T) {
	ctx := context.Background()
	for name, tt := range map[string]struct {
		fail func(o *office, b *trap, sh *exchange.Shipment)
		want envelope.Reason
		void []int64 // in the next envelope
	}{
		"records that break the schema": {func(_ *office, _ *trap, sh *exchange.Shipment) { sh.Records = source([]byte("{}\n")) }, envelope.ReasonStructure, nil},
		"no such agreement":             {func(_ *office, _ *trap, sh *exchange.Shipment) { sh.Agreement = "PKS-LAIN" }, envelope.ReasonNoAgreement, nil},
		"no correction": {func(_ *office, _ *trap, sh *exchange.Shipment) {
			sh.Corrects = &exchange.Correction{Reason: "x"}
		}, envelope.ReasonMisuse, nil},
		"no number can be taken": {func(_ *office, b *trap, _ *exchange.Shipment) { b.number = failing }, envelope.ReasonUnavailable, nil},
		"the journal fails": {func(o *office, _ *trap, _ *exchange.Shipment) {
			o.Journal(sipol).Fail = func(exchange.Entry) error { return errBroken }
		}, envelope.ReasonUnavailable, []int64{1}},
		"what the manifest cannot hold": {func(_ *office, _ *trap, sh *exchange.Shipment) { sh.ValidFor = 1000 * time.Hour }, envelope.ReasonLifetime, []int64{1}},
		"its number is void when it is posted": {func(o *office, b *trap, _ *exchange.Shipment) {
			b.put = func() error {
				b.put = nil
				o.Clock.Move(exchange.NumberLease)
				if _, err := b.Outbox.Number(ctx, exchange.ChannelOf(sipol.Party, dataset, []envelope.Party{ahu.Party}), o.now()); err != nil {
					o.Error(err)
				}
				return nil
			}
		}, envelope.ReasonExpired, []int64{1}},
	} {
		t.Run(name, func(t *testing.T) {
			o, b, d := newTrapped(t)
			shipment := o.shipment(ahu)
			tt.fail(o, b, &shipment)
			sealed, _, err := d.Send(ctx, shipment)
			if sealed != nil || envelope.ReasonOf(err) != tt.want || strings.Contains(fmt.Sprint(err), "3174") {
				t.Fatalf("got %v, %v; want %s", sealed, err, tt.want)
			}
			if n := len(o.listed()); n != 0 {
				t.Errorf("%d parcels are in the outbox", n)
			}
			b.number, o.Journal(sipol).Fail = nil, nil
			next := o.sends(d, ahu)
			if got := next.Manifest().Sequence; !slices.Equal(got.Void, tt.void) {
				t.Errorf("the next one has %+v, want void %v", got, tt.void)
			}
		})
	}
	t.Run("it is not known whether it was posted", func(t *testing.T) {
		for _, kept := range []bool{false, true} {
			o, b, d := newTrapped(t)
			o.opens(ahu)
			b.put = failing
			if kept { // and the answer is lost
				b.Outbox = lateOutbox{b.Outbox}
				b.put = nil
			}
			sealed, report, err := d.Send(ctx, o.shipment(ahu))
			if sealed == nil || report == nil || envelope.ReasonOf(err) != envelope.ReasonUnavailable {
				t.Fatalf("got %v, %v", sealed, err)
			}
			b.put, b.Outbox = nil, unlate(b.Outbox)
			if n := len(o.listed()); (n == 1) != kept {
				t.Errorf("%d parcels are in the outbox", n)
			}
			for range 2 {
				if err := d.Post(ctx, sealed); err != nil {
					t.Fatal(err)
				}
			}
			o.numbered(sealed, 1)
			o.numbered(o.sends(d, ahu), 2)
			o.works(d, time.Minute)
			o.delivered(sealed, ahu)
		}
	})
}

// lateOutbox puts, and says that it failed.
type lateOutbox struct{ exchange.Outbox }

func (b lateOutbox) Put(ctx context.Context, parcels ...exchange.Parcel) error {
	return errors.Join(b.Outbox.Put(ctx, parcels...), errBroken)
}

func unlate(b exchange.Outbox) exchange.Outbox {
	if late, ok := b.(lateOutbox); ok {
		return late.Outbox
	}
	return b
}

func TestManySendAtOnce(t *testing.T) {
	o := newOffice(t)
	o.opens(ahu)
	d := o.dispatcher(nil)
	const n = 24
	var mu sync.Mutex
	numbers := map[int64]*envelope.Sealed{}
	var done sync.WaitGroup
	for range n {
		done.Go(func() {
			sealed, _, err := d.Send(context.Background(), o.shipment(ahu))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			numbers[sealed.Manifest().Sequence.Number] = sealed
		})
	}
	done.Wait()
	o.works(d, time.Minute)
	for number := int64(1); number <= n; number++ {
		if numbers[number] == nil {
			t.Fatalf("nobody has number %d", number)
		}
		o.delivered(numbers[number], ahu)
	}
}

// What has not come stands in the next receipts, and no longer once it has.
func TestGapsShow(t *testing.T) {
	o := newOffice(t)
	o.opens(ahu)
	d := o.dispatcher(nil)
	ctx := context.Background()
	var all []*envelope.Sealed
	for range 6 {
		all = append(all, o.sends(d, ahu))
	}
	missing := func(i int, want ...exchange.Range) {
		t.Helper()
		file, err := all[i].Delivery(ahu.Party)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := o.carrier.really(ctx, ahu.Party, file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := exchange.OpenReceipt(reply.Receipt, sipol.Keys(), o.Directory, exchange.SentTo(all[i], ahu.Party), o.now())
		if err != nil {
			t.Fatalf("receipt of number %d: %v", i+1, err)
		}
		if got := r.Claims().Missing; !slices.Equal(got, want) {
			t.Errorf("the receipt of number %d says that %v are missing, want %v", i+1, got, want)
		}
	}
	missing(0)
	missing(3, exchange.Range{From: 2, To: 3})
	missing(5, exchange.Range{From: 2, To: 3}, exchange.Range{From: 5, To: 5})
	missing(2, exchange.Range{From: 2, To: 2}, exchange.Range{From: 5, To: 5})
	missing(3, exchange.Range{From: 2, To: 3}) // a repeat gets the first receipt
	o.works(d, time.Minute)
	for _, s := range all {
		o.delivered(s, ahu)
	}
	if c, ok := o.parcel(all[5], ahu).Claims(); !ok || len(c.Missing) != 2 {
		t.Errorf("the parcel has the claims %+v", c)
	}
	last := o.sends(d, ahu)
	o.works(d, time.Minute)
	c, ok := o.parcel(last, ahu).Claims()
	if !ok || c.Missing != nil || c.ID != last.Manifest().ID || c.Outcome != exchange.OutcomeAccepted {
		t.Errorf("after all have come: %+v", c)
	}
	if log := o.log.String(); !strings.Contains(log, "numbers missing") {
		t.Errorf("the log says nothing of a gap: %s", log)
	}
	open := o.sends(d, ahu)
	if c, ok := o.parcel(open, ahu).Claims(); ok {
		t.Errorf("an open parcel has the claims %+v", c)
	}
}

// A number whose envelope was cancelled will never come, and everybody is told.
func TestCancelledNumberIsVoid(t *testing.T) {
	ctx := context.Background()
	for _, fails := range []bool{false, true} {
		o, b, d := newTrapped(t)
		o.opens(ahu)
		cancelled, accepted := o.sends(d, ahu), o.sends(d, ahu)
		if err := d.Cancel(ctx, exchange.SentTo(cancelled, ahu.Party).Key, ahu.Party); err != nil {
			t.Fatal(err)
		}
		if fails { // then it is asked again
			b.burn = failing
			o.works(d, 20*time.Second)
			if p := o.parcel(cancelled, ahu); p.State != exchange.ParcelUnknown {
				t.Errorf("settled, and its number is not void: %s", p.State)
			}
			b.burn = nil
		}
		o.works(d, time.Hour)
		if p := o.parcel(cancelled, ahu); p.State != exchange.ParcelSettled || p.Outcome != exchange.OutcomeCancelled {
			t.Fatalf("the parcel is %s, %s", p.State, p.Outcome)
		}
		o.delivered(accepted, ahu)
		if c, _ := o.parcel(accepted, ahu).Claims(); !slices.Equal(c.Missing, []exchange.Range{{From: 1, To: 1}}) {
			t.Errorf("before it was told: %v", c.Missing)
		}
		next := o.sends(d, ahu)
		o.numbered(next, 3, 1)
		o.works(d, time.Minute)
		if c, ok := o.parcel(next, ahu).Claims(); !ok || c.Missing != nil {
			t.Errorf("after it was told: %v", c.Missing)
		}
	}
}

func TestDispatcherRemembersTheDirectory(t *testing.T) {
	ctx := context.Background()
	o, b, d := newTrapped(t)
	o.opens(ahu)
	first := o.Directory
	s := &scene{T: t, World: o.World}
	second := s.directory(func(*trust.Draft) {})
	again := func(dir *trust.Directory, party envelopetest.Agency) error {
		cfg := o.SenderConfig(party)
		cfg.Directory = dir
		sender, err := exchange.NewSender(cfg)
		if err != nil {
			t.Fatal(err)
		}
		_, err = exchange.NewDispatcher(exchange.DispatcherConfig{Sender: sender, Outbox: b})
		return err
	}
	want := func(what string, err error, want envelope.Reason) {
		t.Helper()
		if envelope.ReasonOf(err) != want {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	want("another party's outbox", again(first, pengawasan), envelope.ReasonMisuse)
	want("the same directory", again(first, sipol), "")
	want("set the same directory", d.SetDirectory(ctx, first), "")
	b.raise = failing
	want("set a directory that cannot be remembered", d.SetDirectory(ctx, second), envelope.ReasonUnavailable)
	b.raise, b.marks = nil, failing
	want("set a directory beside marks that cannot be read", d.SetDirectory(ctx, second), envelope.ReasonUnavailable)
	want("marks that cannot be read", again(first, sipol), envelope.ReasonUnavailable)
	b.marks = nil
	want("the first directory, still", again(first, sipol), "")
	dropped := s.directory(func(d *trust.Draft) { d.Parties, d.Agreements = d.Parties[:1], nil })
	want("set one that drops keys", d.SetDirectory(ctx, dropped), envelope.ReasonConflict)
	want("the first directory, for none else was remembered", again(first, sipol), "")
	b.raise = func() error { // another process is faster
		b.raise = nil
		return b.Outbox.Raise(ctx, exchange.Marks{Directory: second.Version(), DirectoryDigest: second.Digest()})
	}
	want("the first directory, beside another process", again(first, sipol), envelope.ReasonDirectoryStale)
	want("set the second", d.SetDirectory(ctx, second), "")
	want("rolled back", again(first, sipol), envelope.ReasonDirectoryStale)
	want("the second directory", again(second, sipol), "")
	fork := s.directory(func(d *trust.Draft) { d.Expires = d.Expires.Add(-time.Hour) })
	want("a fork", again(fork, sipol), envelope.ReasonConflict)
	want("set the first", d.SetDirectory(ctx, first), envelope.ReasonDirectoryStale)
	want("set a fork", d.SetDirectory(ctx, fork), envelope.ReasonConflict)
	marks, err := b.Marks(ctx)
	if err != nil || marks.Directory != second.Version() || marks.DirectoryDigest != second.Digest() || marks.Party != sipol.Party {
		t.Errorf("the marks are %+v, %v", marks, err)
	}
	sealed := o.sends(d, ahu)
	o.works(d, time.Minute)
	o.delivered(sealed, ahu)
	entered := 0
	for _, e := range o.Journal(sipol).Entries() {
		if e.Event == exchange.EventDirectory && e.Digest == second.Digest() {
			entered++
		}
	}
	if entered < 1 { // again for each attempt that the outbox failed
		t.Error("the journal does not have the new directory")
	}
}
