package exchange_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/shared"
)

var (
	jaringan = envelopetest.Jaringan()
	sirekap  = envelopetest.Sirekap()
)

// A gate is a carrier's far end that notes when parcels come and how many are
// there at once.
type gate struct {
	mu      sync.Mutex
	began   time.Time
	at      []time.Duration // when each parcel came
	here    int
	most    int
	service time.Duration // how long one takes
}

func (g *gate) enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.at = append(g.at, time.Since(g.began))
	g.here++
	g.most = max(g.most, g.here)
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.here--
}

// came returns when the parcels came.
func (g *gate) came() []time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.at)
}

// through passes a parcel to its recipient in the time that it takes.
func (g *gate) through(o *office, ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
	g.enter()
	defer g.leave()
	time.Sleep(g.service)
	return o.carrier.really(ctx, to, file)
}

// in runs a test with an office in a bubble, in which sleeping costs nothing.
func in(t *testing.T, test func(o *office)) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.bubble()
		test(o)
	})
}

// run runs the dispatcher until stop is called.
func (o *office) run(d *exchange.Dispatcher) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := d.Run(ctx); err != nil {
			o.Error(err)
		}
	})
	return func() { cancel(); done.Wait() }
}

func TestPausesGrow(t *testing.T) {
	seconds := func(s ...int) (d []time.Duration) {
		for _, s := range s {
			d = append(d, time.Duration(s)*time.Second)
		}
		return d
	}
	for _, tt := range []struct {
		name  string
		reply exchange.Reply
		err   error
		want  []time.Duration
	}{
		{"no answer: 1, 2, 4 up to 60 s", exchange.Reply{}, errAway, seconds(0, 1, 3, 7, 15, 31, 63, 123, 183)},
		{"no answer, and a wish", exchange.Reply{RetryAfter: 10 * time.Second}, errAway, seconds(0, 10, 20, 30, 40, 56, 88, 148)},
		{"a wish beyond an hour", exchange.Reply{RetryAfter: 100 * time.Hour}, errAway, seconds(0, 3600, 7200)},
		{"a wish below nothing", exchange.Reply{RetryAfter: -time.Hour}, errAway, seconds(0, 1, 3)},
		{"try later", exchange.Reply{Refusal: exchange.OutwardTryLater}, nil, seconds(0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 1623, 2223)},
		{"try later, and a wish", exchange.Reply{Refusal: exchange.OutwardTryLater, RetryAfter: 5 * time.Second}, nil, seconds(0, 5, 10, 15, 23, 39)},
		{"refused", exchange.Reply{Refusal: exchange.OutwardCannotOpen}, nil, seconds(0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 1623, 2223)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in(t, func(o *office) {
				g := &gate{began: time.Now()}
				o.carrier.deliver = func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
					g.enter()
					defer g.leave()
					return tt.reply, tt.err
				}
				d := o.dispatcher(nil)
				o.post(d, ahu)
				stop := o.run(d)
				time.Sleep(tt.want[len(tt.want)-1] + time.Millisecond)
				stop()
				if at := g.came(); !slices.Equal(at, tt.want) {
					t.Errorf("sent at %v, want %v", at, tt.want)
				}
			})
		})
	}
}

func TestPausesAreSpread(t *testing.T) {
	in(t, func(o *office) {
		g := &gate{began: time.Now()}
		o.carrier.deliver = func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
			g.enter()
			defer g.leave()
			return exchange.Reply{}, errAway
		}
		d := o.dispatcher(func(c *exchange.DispatcherConfig) { c.Jitter = func() float64 { return 0 } })
		o.post(d, ahu)
		defer o.run(d)()
		time.Sleep(4 * time.Second)
		if want := []time.Duration{0, time.Second / 2, 3 * time.Second / 2, 7 * time.Second / 2}; !slices.Equal(g.came(), want) {
			t.Errorf("sent at %v, want %v: half the pauses", g.came(), want)
		}
	})
}

// With a clock that stands: a parcel that is due before its own Next would be
// looked at for ever and never sent.
func TestPausesAreWholeMicroseconds(t *testing.T) {
	for _, wish := range []time.Duration{0, 10*time.Second + time.Nanosecond} {
		o := newOffice(t)
		o.carrier.deliver = func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
			return exchange.Reply{RetryAfter: wish}, errAway
		}
		d := o.dispatcher(func(c *exchange.DispatcherConfig) { c.Jitter = func() float64 { return 1.0 / 3 } })
		o.post(d, ahu)
		for n := int64(1); n < 5; n++ {
			next, err := d.Step(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if sent := o.carrier.sent.Load(); sent != n {
				t.Fatalf("sent %d times in %d rounds", sent, n)
			}
			o.Clock.Move(next.Sub(o.Clock.Now()))
		}
	}
}

// One recipient hangs, one is away, one refuses everything: the fourth notices
// nothing.
func TestNoPeerBlocksAnother(t *testing.T) {
	in(t, func(o *office) {
		o.opens(ahu)
		g := &gate{began: time.Now(), service: 10 * time.Millisecond}
		o.carrier.deliver = func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
			switch to {
			case pengawasan.Party:
				<-ctx.Done() // it takes all the time that it is given
				return exchange.Reply{}, ctx.Err()
			case jaringan.Party:
				return exchange.Reply{}, errAway
			case sirekap.Party:
				return exchange.Reply{Refusal: exchange.OutwardTryLater}, nil
			}
			return g.through(o, ctx, to, file)
		}
		d := o.dispatcher(func(c *exchange.DispatcherConfig) { c.Total = 8 })
		var all []*envelope.Sealed
		for range 50 {
			for _, to := range []envelope.Party{pengawasan.Party, jaringan.Party, sirekap.Party} {
				o.postTo(to)
			}
			all = append(all, o.post(d, ahu))
		}
		stop := o.run(d)
		time.Sleep(time.Second)
		stop()
		for _, s := range all {
			o.delivered(s, ahu)
		}
		last := slices.Max(g.came())
		t.Logf("50 parcels of 10 ms to the one that answers: the last began after %v", last)
		if last > 300*time.Millisecond {
			t.Errorf("the last one began after %v", last)
		}
	})
}

// postTo puts a parcel of which only the addressee matters into the outbox.
func (o *office) postTo(to envelope.Party) {
	o.Helper()
	sealed := o.seal(ahu)
	sent := exchange.SentTo(sealed, to)
	p := exchange.Parcel{Sent: sent, PostedAt: o.now(), State: exchange.ParcelQueued, Next: o.now(), Deadline: o.now().Add(24 * time.Hour), File: []byte("file")}
	if err := o.box.Put(context.Background(), p); err != nil {
		o.Fatal(err)
	}
}

// A parcel that its recipient never settles does not hold up the others.
func TestNoParcelBlocksAnother(t *testing.T) {
	in(t, func(o *office) {
		o.opens(ahu)
		d := o.dispatcher(nil)
		poison := map[string]bool{}
		o.carrier.deliver = func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
			if poison[string(file)] {
				return exchange.Reply{Refusal: exchange.OutwardTryLater, RetryAfter: time.Second}, nil
			}
			time.Sleep(10 * time.Millisecond)
			return o.carrier.really(ctx, to, file)
		}
		var good []*envelope.Sealed
		for n := range 200 {
			s := o.post(d, ahu)
			if n%20 == 0 {
				poison[string(o.parcel(s, ahu).File)] = true
			} else {
				good = append(good, s)
			}
		}
		stop := o.run(d)
		time.Sleep(time.Second)
		stop()
		for _, s := range good {
			o.delivered(s, ahu)
		}
	})
}

func TestGivingUp(t *testing.T) {
	const lifetime, grace = 24 * time.Hour, 7 * 24 * time.Hour
	in(t, func(o *office) {
		d := o.dispatcher(nil)
		var all []*envelope.Sealed
		for range 20 {
			all = append(all, o.post(d, ahu))
		}
		stop := o.run(d)
		time.Sleep(lifetime + grace - time.Minute)
		for _, s := range all {
			if p := o.parcel(s, ahu); !p.Open() {
				t.Errorf("a minute before the deadline it is %s", p.State)
			}
		}
		sent := o.carrier.sent.Load()
		if limit := int64((lifetime + grace) / time.Minute); sent > limit+20 {
			t.Errorf("an absent recipient was tried %d times in %d minutes", sent, limit)
		}
		time.Sleep(3 * time.Minute)
		given := 0
		for _, s := range all {
			p := o.parcel(s, ahu)
			if p.State == exchange.ParcelGivenUp && len(p.File) > 0 && o.entries(s, exchange.EventGivenUp) == 1 {
				given++
			} else {
				t.Errorf("after the deadline it is %s, with %d entries", p.State, o.entries(s, exchange.EventGivenUp))
			}
		}
		if n := strings.Count(o.log.String(), "given up"); n != given || strings.Contains(o.log.String(), "3174") {
			t.Errorf("%d given up, the log has %d", given, n)
		}
		sent = o.carrier.sent.Load()
		time.Sleep(time.Hour)
		if n := o.carrier.sent.Load(); n != sent {
			t.Errorf("sent %d times after it was given up", n-sent)
		}
		// Somebody wants one of them tried again; it is past its envelope's life, and
		// the recipient, who never saw it, says so.
		key := exchange.SentTo(all[0], ahu.Party).Key
		o.opens(ahu)
		for _, again := range []func(context.Context, exchange.Key, envelope.Party) error{d.Retry, d.Cancel} {
			if err := again(context.Background(), key, ahu.Party); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			if p := o.parcel(all[0], ahu); p.State == exchange.ParcelGivenUp && p.Reason != envelope.ReasonExpired {
				t.Errorf("given up with %s", p.Reason)
			}
		}
		stop()
		if p := o.state(all[0], ahu, exchange.ParcelSettled, envelope.ReasonCancelled); p.Attempts < 2 {
			t.Errorf("settled after %d attempts", p.Attempts)
		}
	})
}

// A recipient who never saw the envelope and says that it expired is believed, if
// this clock says so too.
func TestExpiredIsGivenUpOnTheRecipientsWord(t *testing.T) {
	for _, tt := range []struct {
		name  string
		after time.Duration
		want  exchange.ParcelState
	}{
		{"a clock may be wrong", 24*time.Hour + envelope.DefaultSkew + time.Second, exchange.ParcelUnknown},
		{"by no clock is it alive", 24*time.Hour + envelope.MaxSkew + time.Second, exchange.ParcelGivenUp},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t)
			o.opens(ahu)
			d := o.dispatcher(nil)
			sealed := o.post(d, ahu)
			o.Clock.Move(tt.after)
			if _, err := d.Step(context.Background()); err != nil {
				t.Fatal(err)
			}
			o.state(sealed, ahu, tt.want, envelope.ReasonExpired)
			given := tt.want == exchange.ParcelGivenUp
			if n := o.entries(sealed, exchange.EventGivenUp); (n == 1) != given || o.entries(sealed, exchange.EventReceipt) != 1 {
				t.Errorf("%d entries that it was given up", n)
			}
		})
	}
}

// A clock that jumps far ahead gives nothing up that its recipient would take:
// it is tried first.
func TestAClockThatJumpsGivesNothingUp(t *testing.T) {
	o := newOffice(t)
	o.opens(ahu) // its clock is right
	right := o.Clock.Now()
	jumped := right
	o.now = func() time.Time { return jumped }
	d := o.dispatcher(nil)
	var all []*envelope.Sealed
	for range 5 {
		all = append(all, o.post(d, ahu))
	}
	receiver := o.ReceiverConfig(ahu, code, func(context.Context, *exchange.Delivery) error { return nil })
	receiver.Clock = func() time.Time { return right }
	r, err := exchange.NewReceiver(receiver)
	if err != nil {
		t.Fatal(err)
	}
	o.Wire.Connect(ahu.Party, r)
	// One attempt fails before: that the recipient was away then tells nothing.
	o.Wire.Connect(ahu.Party, nil)
	if _, err := d.Step(context.Background()); err != nil {
		t.Fatal(err)
	}
	o.Wire.Connect(ahu.Party, r)
	jumped = right.Add(30 * 24 * time.Hour)
	for range 10 {
		if _, err := d.Step(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range all {
		o.state(s, ahu, exchange.ParcelSettled, "")
	}
}

// Ten thousand parcels are on their way to a recipient that answers for a second,
// is away for a minute, and returns.
func TestAbsentPeerIsNotStampeded(t *testing.T) {
	const leaves, returns, service, perPeer = time.Second, time.Minute + time.Second, 10 * time.Millisecond, 16
	parcels := 10_000
	if shared.Race {
		parcels = 2_000
	}
	in(t, func(o *office) {
		o.opens(ahu)
		began := time.Now()
		before, absent, back := &gate{began: began, service: service}, &gate{began: began}, &gate{began: began, service: service}
		o.carrier.deliver = func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
			switch since := time.Since(began); {
			case since < leaves:
				return before.through(o, ctx, to, file)
			case since < returns:
				absent.enter()
				defer absent.leave()
				time.Sleep(service)
				return exchange.Reply{}, errAway
			}
			return back.through(o, ctx, to, file)
		}
		d := o.dispatcher(func(c *exchange.DispatcherConfig) { c.PerPeer, c.Jitter, c.Logger = perPeer, nil, nil })
		var all []*envelope.Sealed
		for range parcels {
			all = append(all, o.post(d, ahu))
		}
		stop := o.run(d)
		for waited := time.Duration(0); o.waiting() > 0 && waited < 10*time.Minute; waited += time.Second {
			time.Sleep(time.Second)
		}
		stop()
		for _, s := range all {
			o.delivered(s, ahu)
		}
		first, last := back.at[0]-returns, slices.Max(back.at)-returns
		took := last - first + service
		t.Logf("%d parcels came in the first %v, %d at once; while it was away %d attempts were made; the first parcel came %v after it was back, never more than %d at once, and the last of %d %v later: %.0f/s, where %d at once can do %.0f/s",
			len(before.at), leaves, before.most, len(absent.at), first.Round(time.Millisecond), back.most, len(back.at), took.Round(time.Millisecond),
			float64(len(back.at))/took.Seconds(), perPeer, perPeer/service.Seconds())
		probes := 0 // those that failed together at first are one failure
		for _, at := range absent.at {
			if at > leaves+3*service {
				probes++
			}
		}
		if before.most != perPeer || probes < 4 || probes > 12 || len(absent.at) > perPeer+probes {
			t.Errorf("%d at once, then %d attempts, %d of them probes", before.most, len(absent.at), probes)
		}
		for n, want := range map[int]time.Duration{1: service, 3: 2 * service, 7: 3 * service} {
			if at := back.at[n] - back.at[0]; at < want {
				t.Errorf("parcel %d came %v after the first, want %v at the earliest", n+1, at, want)
			}
		}
		if n := len(before.at) + len(back.at); n != parcels || back.most != perPeer || first > returns-leaves+time.Second || took > 2*time.Duration(parcels)*service/perPeer {
			t.Errorf("%d deliveries, %d at once, first after %v, all in %v", n, back.most, first, took)
		}
	})
}

// waiting returns how many recipients there are open parcels for.
func (o *office) waiting() int {
	o.Helper()
	first, err := o.box.Recipients(context.Background())
	if err != nil {
		o.Fatal(err)
	}
	return len(first)
}
