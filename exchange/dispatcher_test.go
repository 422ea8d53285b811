package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/store/memory"
)

// A post office: Sipol's sender and outbox, and receivers behind a carrier that
// does as it is told.
type office struct {
	*testing.T
	*exchangetest.World
	now     func() time.Time
	box     exchange.Outbox
	carrier *carrier
	sealer  *exchange.Sender // made once: it remembers the agreement that it verified
	log     notes
	seen    seen     // what the sender's observer was told
	calls   sync.Map // handler calls by key and recipient: *atomic.Int64
}

// newOffice returns one whose clock is the world's. In a synctest bubble call
// bubble next.
func newOffice(t *testing.T) *office {
	o := &office{T: t, World: exchangetest.NewWorld(), box: memory.NewOutbox()}
	o.now = o.Clock.Now
	o.carrier = &carrier{Transport: o.Wire}
	return o
}

// bubble makes all clocks the bubble's, so that sleeping moves them.
func (o *office) bubble() {
	base, began := o.Clock.Now(), time.Now()
	o.now = func() time.Time { return base.Add(time.Since(began)) }
}

// opens connects a receiver.
func (o *office) opens(as envelopetest.Agency) {
	o.Helper()
	cfg := o.ReceiverConfig(as, code, func(_ context.Context, d *exchange.Delivery) error {
		n, _ := o.calls.LoadOrStore(fmt.Sprint(as.Party, d.Key()), new(atomic.Int64))
		n.(*atomic.Int64).Add(1)
		return nil
	})
	cfg.Clock = o.now
	r, err := exchange.NewReceiver(cfg)
	if err != nil {
		o.Fatal(err)
	}
	o.Wire.Connect(as.Party, r)
}

func (o *office) sender(change func(*exchange.SenderConfig)) *exchange.Sender {
	o.Helper()
	cfg := o.SenderConfig(sipol)
	cfg.Clock, cfg.Transport, cfg.Observer = o.now, o.carrier, &o.seen
	if change != nil {
		change(&cfg)
	}
	s, err := exchange.NewSender(cfg)
	if err != nil {
		o.Fatal(err)
	}
	return s
}

func (o *office) dispatcher(change func(*exchange.DispatcherConfig)) *exchange.Dispatcher {
	o.Helper()
	cfg := exchange.DispatcherConfig{
		Sender: o.sender(nil), Outbox: o.box, Jitter: func() float64 { return 1 },
		Logger: slog.New(slog.NewTextHandler(&o.log, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	d, err := exchange.NewDispatcher(cfg)
	if err != nil {
		o.Fatal(err)
	}
	return d
}

func (o *office) seal(to ...envelopetest.Agency) *envelope.Sealed {
	o.Helper()
	shipment := exchange.Shipment{Request: o.Request(dataset, code, to...), Records: source(fixture(o, dataset+"/valid/central-board.ndjson"))}
	if o.sealer == nil {
		o.sealer = o.sender(nil)
	}
	sealed, _, err := o.sealer.Seal(context.Background(), shipment)
	if err != nil {
		o.Fatal(err)
	}
	return sealed
}

func (o *office) post(d *exchange.Dispatcher, to ...envelopetest.Agency) *envelope.Sealed {
	o.Helper()
	sealed := o.seal(to...)
	if err := d.Post(context.Background(), sealed); err != nil {
		o.Fatal(err)
	}
	return sealed
}

// works steps until nothing is open, moving the world's clock, for at most that
// long.
func (o *office) works(d *exchange.Dispatcher, most time.Duration) {
	o.Helper()
	end := o.Clock.Now().Add(most)
	for {
		next, err := d.Step(context.Background())
		if err != nil {
			o.Fatal(err)
		}
		if next.IsZero() {
			return
		}
		if next.After(end) {
			o.Clock.Move(end.Sub(o.Clock.Now()))
			return
		}
		if wait := next.Sub(o.Clock.Now()); wait > 0 {
			o.Clock.Move(wait)
		}
	}
}

func (o *office) parcel(s *envelope.Sealed, to envelopetest.Agency) *exchange.Parcel {
	o.Helper()
	sent := exchange.SentTo(s, to.Party)
	p, err := o.box.Parcel(context.Background(), sent.Key, sent.Recipient)
	if err != nil || p == nil {
		o.Fatalf("parcel: %v, %v", p, err)
	}
	return p
}

func (o *office) state(s *envelope.Sealed, to envelopetest.Agency, want exchange.ParcelState, reason envelope.Reason) *exchange.Parcel {
	o.Helper()
	p := o.parcel(s, to)
	if p.State != want || p.Reason != reason {
		o.Errorf("the parcel to %s is %s (%s), want %s (%s)", to.Party, p.State, p.Reason, want, reason)
	}
	return p
}

// delivered wants a parcel to be settled by the receipt that the recipient keeps,
// and its handler to have been called once.
func (o *office) delivered(s *envelope.Sealed, to envelopetest.Agency) {
	o.Helper()
	p := o.state(s, to, exchange.ParcelSettled, "")
	row, _, err := o.Store(to).Lookup(context.Background(), p.Key)
	if err != nil || row == nil || row.Settlement == nil || !bytes.Equal(row.Settlement.Receipt, p.Receipt) || p.Outcome != exchange.OutcomeAccepted {
		o.Errorf("the receipt of %s is not the recipient's: %v", p.ID, err)
	}
	if n, ok := o.calls.Load(fmt.Sprint(to.Party, p.Key)); !ok || n.(*atomic.Int64).Load() != 1 {
		o.Errorf("the handler of %s was not called once", to.Party)
	}
}

// entries counts the entries of Sipol's journal on an envelope.
func (o *office) entries(s *envelope.Sealed, event exchange.Event) (n int) {
	for _, e := range o.Journal(sipol).Entries() {
		if e.Event == event && e.ID == s.Manifest().ID {
			n++
		}
	}
	return n
}

// notes is a log that can be read while it is written.
type notes struct {
	mu   sync.Mutex
	text strings.Builder
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// A carrier is a transport whose deliveries and questions can be tampered with.
type carrier struct {
	exchange.Transport
	deliver func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) // nil: as it is
	asked   atomic.Int64
	sent    atomic.Int64
}

func (c *carrier) Deliver(ctx context.Context, to envelope.Party, file io.Reader) (exchange.Reply, error) {
	c.sent.Add(1)
	data, err := io.ReadAll(file)
	if err != nil {
		return exchange.Reply{}, err
	}
	if c.deliver != nil {
		return c.deliver(ctx, to, data)
	}
	return c.Transport.Deliver(ctx, to, bytes.NewReader(data))
}

func (c *carrier) Ask(ctx context.Context, to envelope.Party, question []byte) (exchange.Reply, error) {
	c.asked.Add(1)
	return c.Transport.Ask(ctx, to, question)
}

func (c *carrier) really(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
	return c.Transport.Deliver(ctx, to, bytes.NewReader(file))
}

var errAway = errors.New("dial 3174012501990001: no route")

func TestPostAndDeliver(t *testing.T) {
	o := newOffice(t)
	o.opens(ahu)
	o.opens(pengawasan)
	d := o.dispatcher(nil)
	one, two := o.post(d, ahu), o.post(d, ahu)
	if err := d.Post(context.Background(), one); err != nil { // again
		t.Error(err)
	}
	o.state(one, ahu, exchange.ParcelQueued, "")
	o.works(d, time.Minute)
	o.delivered(one, ahu)
	o.delivered(two, ahu)
	if n := o.entries(one, exchange.EventReceipt); n != 1 {
		t.Errorf("the journal has %d receipts", n)
	}
	if err := d.Post(context.Background(), one); err != nil { // and again, settled
		t.Error(err)
	}
	o.works(d, time.Minute)
	if n := o.carrier.sent.Load(); n != 2 {
		t.Errorf("two parcels were sent %d times", n)
	}
	p := o.parcel(one, ahu)
	if p.File != nil || p.Attempts != 1 || p.Dataset != dataset || p.Purpose != code || p.Agreement != exchangetest.Agreement {
		t.Errorf("the settled parcel is %+v", p)
	}
	e := o.Journal(sipol).Entries()
	if last := e[len(e)-1]; last.Dataset != dataset || last.Purpose != code || last.Agreement != exchangetest.Agreement || last.Outcome != exchange.OutcomeAccepted {
		t.Errorf("the last entry is %+v", last)
	}
}

func TestPostRefuses(t *testing.T) {
	o := newOffice(t)
	d := o.dispatcher(nil)
	sealed := o.seal(ahu)
	for name, tt := range map[string]struct {
		post func() error
		want envelope.Reason
	}{
		"nothing": {func() error { return d.Post(context.Background(), nil) }, envelope.ReasonMisuse},
		"another sender's": {func() error {
			s := newScene(t)
			return d.Post(context.Background(), s.craft(pengawasan.Signing, func(d *envelope.Draft) { d.Sender = pengawasan.Party }))
		}, envelope.ReasonMisuse},
		"an identity with other content": {func() error {
			sent := exchange.SentTo(sealed, ahu.Party)
			sent.Digest = envelopetest.Digest("other")
			if err := o.box.Put(context.Background(), exchange.Parcel{Sent: sent, State: exchange.ParcelGivenUp}); err != nil {
				t.Fatal(err)
			}
			return d.Post(context.Background(), sealed)
		}, envelope.ReasonConflict},
		"to a broken outbox": {func() error {
			d := o.dispatcher(func(c *exchange.DispatcherConfig) { c.Outbox = brokenOutbox{o.box} })
			return d.Post(context.Background(), sealed)
		}, envelope.ReasonUnavailable},
		"retry of nothing": {func() error { return d.Retry(context.Background(), exchange.Key{Sender: sipol.Party}, ahu.Party) }, envelope.ReasonMisuse},
	} {
		t.Run(name, func(t *testing.T) {
			if err := tt.post(); envelope.ReasonOf(err) != tt.want || strings.Contains(fmt.Sprint(err), "3174") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	if _, err := exchange.NewDispatcher(exchange.DispatcherConfig{Outbox: o.box}); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("no sender: %v", err)
	}
	if _, err := exchange.NewDispatcher(exchange.DispatcherConfig{Sender: o.sender(nil)}); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("no outbox: %v", err)
	}
	bare := o.sender(func(c *exchange.SenderConfig) { c.Transport = nil })
	if _, err := exchange.NewDispatcher(exchange.DispatcherConfig{Sender: bare, Outbox: o.box}); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("no transport: %v", err)
	}
}

type brokenOutbox struct{ exchange.Outbox }

func (brokenOutbox) Put(context.Context, ...exchange.Parcel) error { return errBroken }

// Whatever comes in a receipt's place, nothing is settled by it.
func TestOnlyTheRightReceiptSettles(t *testing.T) {
	o := newOffice(t)
	o.opens(ahu)
	other := o.seal(ahu)
	file, err := other.Delivery(ahu.Party)
	if err != nil {
		t.Fatal(err)
	}
	of, err := o.carrier.really(context.Background(), ahu.Party, file)
	if err != nil || of.Receipt == nil {
		t.Fatalf("another envelope's receipt: %v", err)
	}
	right := func(ctx context.Context, to envelope.Party, file []byte) exchange.Reply {
		r, err := o.carrier.really(ctx, to, file)
		if err != nil {
			t.Error(err)
		}
		return r
	}
	for name, tt := range map[string]struct {
		reply func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error)
		want  envelope.Reason
	}{
		"another envelope's": {func(context.Context, envelope.Party, []byte) (exchange.Reply, error) { return of, nil }, envelope.ReasonBadContent},
		"garbage": {func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
			return exchange.Reply{Receipt: []byte("3174012501990001")}, nil
		}, envelope.ReasonMalformed},
		"nothing": {func(context.Context, envelope.Party, []byte) (exchange.Reply, error) { return exchange.Reply{}, nil }, envelope.ReasonUnavailable},
		"an unknown word": {func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
			return exchange.Reply{Refusal: "3174012501990001"}, nil
		}, envelope.ReasonUnavailable},
		"one bit less": {func(ctx context.Context, to envelope.Party, f []byte) (exchange.Reply, error) {
			r := right(ctx, to, f)
			flip(&r.Receipt[len(r.Receipt)-9])
			return r, nil
		}, envelope.ReasonCannotOpen},
		"beside a refusal": {func(ctx context.Context, to envelope.Party, f []byte) (exchange.Reply, error) {
			r := right(ctx, to, f)
			r.Refusal = exchange.OutwardTryLater
			return r, nil
		}, envelope.ReasonUnavailable},
		"beside an error": {func(ctx context.Context, to envelope.Party, f []byte) (exchange.Reply, error) {
			return right(ctx, to, f), errAway
		}, envelope.ReasonUnavailable},
		"cannot open": {func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
			return exchange.Reply{Refusal: exchange.OutwardCannotOpen}, nil
		}, envelope.ReasonCannotOpen},
		"another recipient's": {func(ctx context.Context, _ envelope.Party, f []byte) (exchange.Reply, error) {
			return o.byAnother(f), nil
		}, envelope.ReasonKeyNotValid},
	} {
		t.Run(name, func(t *testing.T) {
			o.box = memory.NewOutbox()
			d := o.dispatcher(nil)
			sealed := o.post(d, ahu)
			o.carrier.deliver = tt.reply
			if _, err := d.Step(context.Background()); err != nil {
				t.Fatal(err)
			}
			p := o.state(sealed, ahu, exchange.ParcelUnknown, tt.want)
			if p.Receipt != nil || p.Outcome != "" || !p.Next.After(o.now()) || o.entries(sealed, exchange.EventReceipt) != 0 {
				t.Errorf("the parcel is %+v", p)
			}
			if strings.Contains(o.log.String(), "3174") {
				t.Errorf("the log repeats what came: %s", o.log.String())
			}
			o.carrier.deliver = nil
			o.works(d, time.Hour)
			o.delivered(sealed, ahu)
		})
	}
}

// flip puts another letter of base64url in a letter's place.
func flip(b *byte) {
	if *b == 'A' {
		*b = 'B'
	} else {
		*b = 'A'
	}
}

// byAnother answers with a receipt that claims to be AHU's and is signed by
// Pengawasan.
func (o *office) byAnother([]byte) exchange.Reply {
	o.Helper()
	parcels, err := o.box.Parcels(context.Background(), exchange.Sent{}, 1)
	if err != nil || len(parcels) != 1 {
		o.Fatal(err)
	}
	p := parcels[0]
	text := fmt.Sprintf(`{"v":1,"jti":%q,"iss":%q,"aud":%q,"iat":%d,"manifest":%q,"outcome":"accepted","final":true}`, p.ID, ahu.Party, sipol.Party, o.now().Unix(), p.Digest)
	jws, err := envelope.SignToken(envelope.TypeReceipt, []byte(text), pengawasan.Signing)
	if err != nil {
		o.Fatal(err)
	}
	sealed, err := envelope.EncryptToken(envelope.TypeSealedReceipt, jws, sipol.Encryption.Public())
	if err != nil {
		o.Fatal(err)
	}
	return exchange.Reply{Receipt: sealed}
}

// A refusal that is final settles; one that is not leaves the parcel open.
func TestRefusals(t *testing.T) {
	o := newOffice(t)
	reject := errors.New("unset")
	cfg := o.ReceiverConfig(ahu, code, func(context.Context, *exchange.Delivery) error { return reject })
	r, err := exchange.NewReceiver(cfg)
	if err != nil {
		t.Fatal(err)
	}
	o.Wire.Connect(ahu.Party, r)
	d := o.dispatcher(nil)
	sealed := o.post(d, ahu)
	o.works(d, time.Minute) // the handler fails
	o.state(sealed, ahu, exchange.ParcelUnknown, envelope.ReasonUnavailable)
	reject = exchange.Reject("not_ours")
	o.works(d, time.Hour)
	if p := o.state(sealed, ahu, exchange.ParcelSettled, envelope.ReasonRejected); p.Outcome != exchange.OutcomeRefused {
		t.Errorf("the outcome is %s", p.Outcome)
	}
	// Another purpose than the receiver's is answered with a receipt that binds
	// nothing, and entered once however often it is answered.
	cfg.Purpose = "PARPOL-GANDA"
	if r, err = exchange.NewReceiver(cfg); err != nil {
		t.Fatal(err)
	}
	o.Wire.Connect(ahu.Party, r)
	mismatched := o.post(d, ahu)
	o.works(d, time.Hour)
	p := o.state(mismatched, ahu, exchange.ParcelUnknown, envelope.ReasonPurposeMismatch)
	if n := o.entries(mismatched, exchange.EventReceipt); n != 1 || p.Attempts < 5 {
		t.Errorf("%d attempts, %d entries", p.Attempts, n)
	}
}

func TestCancel(t *testing.T) {
	o := newOffice(t)
	d := o.dispatcher(nil)
	ctx := context.Background()
	sealed, accepted := o.post(d, ahu), o.post(d, ahu)
	key := func(s *envelope.Sealed) exchange.Key { return exchange.SentTo(s, ahu.Party).Key }
	o.works(d, time.Minute) // nobody is there
	o.opens(ahu)
	file, err := accepted.Delivery(ahu.Party)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.carrier.really(ctx, ahu.Party, file); err != nil { // arrived, and the answer was lost
		t.Fatal(err)
	}
	o.Wire.Connect(ahu.Party, nil)
	before := o.carrier.sent.Load()
	for _, s := range []*envelope.Sealed{sealed, accepted} {
		if err := d.Cancel(ctx, key(s), ahu.Party); err != nil {
			t.Fatal(err)
		}
	}
	d = o.dispatcher(nil) // a crash
	o.works(d, time.Minute)
	o.opens(ahu)
	o.works(d, time.Hour)
	if p := o.state(sealed, ahu, exchange.ParcelSettled, envelope.ReasonCancelled); p.Outcome != exchange.OutcomeCancelled {
		t.Errorf("the outcome is %s", p.Outcome)
	}
	o.delivered(accepted, ahu)
	if o.carrier.sent.Load() != before || o.carrier.asked.Load() < 3 {
		t.Errorf("sent %d times after it was to be cancelled, asked %d times", o.carrier.sent.Load()-before, o.carrier.asked.Load())
	}
	for _, err := range []error{d.Cancel(ctx, key(sealed), ahu.Party), d.Retry(ctx, key(sealed), ahu.Party)} {
		if !errors.Is(err, exchange.ErrSettled) {
			t.Errorf("of a settled parcel: %v", err)
		}
	}
}

// Somebody who knows that the recipient is back need not wait for the pause.
func TestRetryDoesNotWait(t *testing.T) {
	o := newOffice(t)
	d := o.dispatcher(nil)
	sealed := o.post(d, ahu)
	o.works(d, time.Hour)
	o.opens(ahu)
	sent := exchange.SentTo(sealed, ahu.Party)
	if err := d.Retry(context.Background(), sent.Key, sent.Recipient); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Step(context.Background()); err != nil {
		t.Fatal(err)
	}
	o.delivered(sealed, ahu)
}

func TestNothingIsSentWithoutADirectory(t *testing.T) {
	o := newOffice(t)
	o.opens(ahu)
	d := o.dispatcher(nil)
	sealed := o.post(d, ahu)
	o.Clock.Move(2 * 365 * 24 * time.Hour)
	if _, err := d.Step(context.Background()); err != nil {
		t.Fatal(err)
	}
	o.state(sealed, ahu, exchange.ParcelQueued, "")
	if o.carrier.sent.Load() != 0 || !strings.Contains(o.log.String(), string(envelope.ReasonDirectoryStale)) {
		t.Errorf("sent %d times; log: %s", o.carrier.sent.Load(), o.log.String())
	}
}

func TestRunTwiceIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.bubble()
		d := o.dispatcher(nil)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		synctest.Wait()
		if err := d.Run(ctx); envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("a second Run: %v", err)
		}
		if _, err := d.Step(ctx); envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("Step beside Run: %v", err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

// The file is closed and opened again while parcels are on their way.
func TestOutboxFileIsReopened(t *testing.T) {
	o := newOffice(t)
	o.opens(ahu)
	o.opens(pengawasan)
	path := t.TempDir() + "/store"
	var all []*envelope.Sealed
	for range 40 {
		all = append(all, o.seal(ahu))
	}
	posted := 0
	for round := range 5 {
		s, err := bolt.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		o.box = s.Outbox()
		d := o.dispatcher(nil)
		ctx, cancel := context.WithCancel(context.Background())
		var sent atomic.Int64
		o.carrier.deliver = func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
			r, err := o.carrier.really(ctx, to, file)
			if sent.Add(1) == 6 && round < 4 {
				cancel() // some are under way, some answered, some not begun
			}
			return r, err
		}
		for _, sealed := range all[posted : posted+8] {
			if err := d.Post(ctx, sealed); err != nil {
				t.Fatal(err)
			}
		}
		posted += 8
		if round < 4 {
			if err := d.Run(ctx); err != nil {
				t.Error(err)
			}
		} else {
			o.works(d, time.Hour)
			for _, sealed := range all {
				o.delivered(sealed, ahu)
			}
		}
		cancel()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		o.Clock.Move(time.Minute)
	}
}
