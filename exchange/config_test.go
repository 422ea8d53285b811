package exchange_test

import (
	"bytes"
	"context"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

func TestNothingMandatoryHasADefault(t *testing.T) {
	s := newScene(t)
	receivers := map[string]func(*exchange.ReceiverConfig){
		"Party":                  func(c *exchange.ReceiverConfig) { c.Party = "" },
		"Keys":                   func(c *exchange.ReceiverConfig) { c.Keys = nil },
		"Keys, only for signing": func(c *exchange.ReceiverConfig) { c.Keys = c.Keys[:1] },
		"Keys, one of them nil":  func(c *exchange.ReceiverConfig) { c.Keys = append(ahu.Keys(), nil) },
		"Directory":              func(c *exchange.ReceiverConfig) { c.Directory = nil },
		"Definitions":            func(c *exchange.ReceiverConfig) { c.Definitions = nil },
		"Store":                  func(c *exchange.ReceiverConfig) { c.Store = nil },
		"Journal":                func(c *exchange.ReceiverConfig) { c.Journal = nil },
		"Handle":                 func(c *exchange.ReceiverConfig) { c.Handle = nil },
		"Lease":                  func(c *exchange.ReceiverConfig) { c.Lease = time.Millisecond },
		"Lease, too long":        func(c *exchange.ReceiverConfig) { c.Lease = exchange.MaxLease + 1 },
		"ClockBack":              func(c *exchange.ReceiverConfig) { c.ClockBack = -1 },
		"ClockBack, too far":     func(c *exchange.ReceiverConfig) { c.ClockBack = exchange.MaxClockBack + 1 },
		"ClockForward":           func(c *exchange.ReceiverConfig) { c.ClockForward = -1 },
		"ClockForward, too far":  func(c *exchange.ReceiverConfig) { c.ClockForward = exchange.MaxClockForward + 1 },
		"ClockForward, for ever": func(c *exchange.ReceiverConfig) { c.ClockForward = math.MaxInt64 },
		"MaxFile":                func(c *exchange.ReceiverConfig) { c.MaxFile = -1 },
		"Skew":                   func(c *exchange.ReceiverConfig) { c.Skew = envelope.MaxSkew + 1 },
	}
	for name, change := range receivers {
		cfg := s.config()
		change(&cfg)
		r, err := exchange.NewReceiver(cfg)
		field, _, _ := strings.Cut(name, ",")
		if r != nil || envelope.ReasonOf(err) != envelope.ReasonMisuse || !strings.Contains(err.Error(), field) {
			t.Errorf("receiver without %s: %v", name, err)
		}
	}
	senders := map[string]func(*exchange.SenderConfig){
		"Party":       func(c *exchange.SenderConfig) { c.Party = "kpu" },
		"Keys":        func(c *exchange.SenderConfig) { c.Keys = nil },
		"Directory":   func(c *exchange.SenderConfig) { c.Directory = nil },
		"Definitions": func(c *exchange.SenderConfig) { c.Definitions = nil },
		"Journal":     func(c *exchange.SenderConfig) { c.Journal = nil },
	}
	for name, change := range senders {
		cfg := s.SenderConfig(sipol)
		change(&cfg)
		sender, err := exchange.NewSender(cfg)
		if sender != nil || envelope.ReasonOf(err) != envelope.ReasonMisuse || !strings.Contains(err.Error(), name) {
			t.Errorf("sender without %s: %v", name, err)
		}
	}
}

func TestSendRefusesMisuse(t *testing.T) {
	ctx := context.Background()
	s := newScene(t)
	cfg := s.SenderConfig(sipol)
	cfg.Transport = nil
	alone, err := exchange.NewSender(cfg)
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.sealed()
	for name, try := range map[string]func() (*exchange.Receipt, error){
		"without a transport":     func() (*exchange.Receipt, error) { return alone.Deliver(ctx, sealed, ahu.Party) },
		"cancel without one":      func() (*exchange.Receipt, error) { return alone.Cancel(ctx, exchange.SentTo(sealed, ahu.Party)) },
		"nothing":                 func() (*exchange.Receipt, error) { return s.Sender(sipol).Deliver(ctx, nil, ahu.Party) },
		"another's envelope":      func() (*exchange.Receipt, error) { return s.Sender(pengawasan).Deliver(ctx, sealed, ahu.Party) },
		"to one who is not named": func() (*exchange.Receipt, error) { return s.Sender(sipol).Deliver(ctx, sealed, pengawasan.Party) },
	} {
		if r, err := try(); r != nil || envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatTheWireDoesIsNotBelieved(t *testing.T) {
	ctx := context.Background()
	s := newScene(t)
	sealed := s.sealed()
	sender := s.Sender(sipol)
	s.Wire.Fault = func(envelope.Party, []byte) []byte { return nil }
	if _, err := sender.Deliver(ctx, sealed, ahu.Party); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("lost: %v", err)
	}
	s.Wire.Fault = func(_ envelope.Party, file []byte) []byte { return file[:100] }
	if _, err := sender.Deliver(ctx, sealed, ahu.Party); envelope.ReasonOf(err) != envelope.ReasonMalformed {
		t.Errorf("cut: %v", err)
	}
	s.Wire.Fault = nil
	first, err := sender.Deliver(ctx, sealed, ahu.Party)
	if err != nil {
		t.Fatal(err)
	}
	again, err := sender.Deliver(ctx, sealed, ahu.Party)
	if err != nil || string(again.JWS()) != string(first.JWS()) {
		t.Errorf("sent again: %v", err)
	}
	s.called(1)
	if n := len(s.Wire.Answers()); n != 3 {
		t.Errorf("%d answers", n)
	}
}

// renewing counts renewals, and refuses them when told to.
type renewing struct {
	exchange.Store
	n    atomic.Int64
	seen chan struct{}
	lost bool
}

func (r *renewing) Renew(ctx context.Context, c exchange.Claim, now time.Time, lease time.Duration) (exchange.Claim, error) {
	if r.lost {
		return exchange.Claim{}, exchange.ErrFenced
	}
	c, err := r.Store.Renew(ctx, c, now, lease)
	if err == nil && r.n.Add(1) == 2 {
		close(r.seen)
	}
	return c, err
}

func TestAClaimIsRenewedWhileTheHandlerRuns(t *testing.T) {
	s := newScene(t)
	store := &renewing{Store: s.Store(ahu), seen: make(chan struct{})}
	s.restart(func(c *exchange.ReceiverConfig) { c.Store, c.Lease = store, time.Second })
	s.handler = func(context.Context, *exchange.Delivery) error { <-store.seen; return nil }
	s.accepted(s.send(s.sealed()))
}

// A caller that gives up, as a web server does whose client went away, does not
// end the claim while the handler is at work.
func TestAClaimIsRenewedWhenTheCallerHasGone(t *testing.T) {
	s := newScene(t)
	ctx, cancel := context.WithCancel(context.Background())
	store := &renewing{Store: s.Store(ahu), seen: make(chan struct{})}
	s.restart(func(c *exchange.ReceiverConfig) { c.Store, c.Lease = store, time.Second })
	s.handler = func(ctx context.Context, _ *exchange.Delivery) error {
		cancel()
		<-ctx.Done() // it hears of it, and goes on
		select {
		case <-store.seen:
		case <-time.After(20 * time.Second):
			t.Error("the claim was not renewed")
		}
		return nil
	}
	s.accepted(s.r.Receive(ctx, bytes.NewReader(s.sealed().File())))
}

func TestAHandlerHearsThatItsClaimIsLost(t *testing.T) {
	s := newScene(t)
	store := &renewing{Store: s.Store(ahu), seen: make(chan struct{}), lost: true}
	s.restart(func(c *exchange.ReceiverConfig) { c.Store, c.Lease = store, time.Second })
	s.handler = func(ctx context.Context, _ *exchange.Delivery) error { <-ctx.Done(); return ctx.Err() }
	if a := s.send(s.sealed()); a.Reason != envelope.ReasonHandlerFailed {
		t.Errorf("got %q", a.Reason)
	}
}

// Two recipients of one envelope must not settle it for each other.
func TestAStoreIsOneParty(t *testing.T) {
	s := newScene(t) // binds AHU's store
	sealed := s.craft(sipol.Signing, func(d *envelope.Draft) { d.Recipients = append(d.Recipients, pengawasan.Recipient()) })
	n := 0
	handle := func(context.Context, *exchange.Delivery) error { n++; return nil }
	cfg := s.ReceiverConfig(pengawasan, code, handle)
	own := cfg.Store
	cfg.Store = s.Store(ahu)
	if r, err := exchange.NewReceiver(cfg); r != nil || envelope.ReasonOf(err) != envelope.ReasonMisuse || !strings.Contains(err.Error(), "Store") {
		t.Errorf("another party's store: %v", err)
	}
	cfg.Store = &swapped{own, s.Store(ahu), 2} // the other party was first, a moment ago
	if r, err := exchange.NewReceiver(cfg); r != nil || envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("two at once: %v", err)
	}
	cfg.Store = &swapped{own, s.Store(ahu), 3}
	r, err := exchange.NewReceiver(cfg)
	if err != nil {
		t.Fatal(err)
	}
	file, err := sealed.Delivery(pengawasan.Party)
	if err != nil {
		t.Fatal(err)
	}
	if a := r.Receive(context.Background(), bytes.NewReader(file)); a.Reason != envelope.ReasonMisuse || n != 0 {
		t.Errorf("got %q", a.Reason)
	}
	s.restart(func(c *exchange.ReceiverConfig) { c.Purpose = "PARPOL-GANDA" }) // the same party for another purpose
}

// swapped is one store and, after some calls, another.
type swapped struct {
	exchange.Store
	then exchange.Store
	left int
}

func (w *swapped) Lookup(ctx context.Context, k exchange.Key) (*exchange.Row, exchange.Marks, error) {
	if w.left--; w.left < 1 {
		return w.then.Lookup(ctx, k)
	}
	return w.Store.Lookup(ctx, k)
}
