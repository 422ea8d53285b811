package exchange_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/trust"
)

// had wants an event with that level and reason to stand in a log once.
func (n *notes) had(t testing.TB, level, event, reason string) map[string]any {
	t.Helper()
	var found []map[string]any
	for _, line := range n.lines(t) {
		if line["msg"] == event {
			found = append(found, line)
		}
	}
	if len(found) != 1 || found[0]["level"] != level || found[0]["reason"] != nil && found[0]["reason"] != reason {
		t.Errorf("%q: %v", event, found)
		return nil
	}
	return found[0]
}

func TestEventsOfSettings(t *testing.T) {
	ctx := context.Background()
	s := newScene(t)
	next := s.directory(func(*trust.Draft) {})
	var log notes
	cfg := s.SenderConfig(sipol)
	cfg.Logger = log.logger()
	sender, err := exchange.NewSender(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.r.SetDirectory(ctx, next); err != nil {
		t.Fatal(err)
	}
	if err := sender.SetDirectory(ctx, next); err != nil {
		t.Fatal(err)
	}
	if err := sender.SetDirectory(ctx, s.Directory); err == nil { // an older one
		t.Fatal("rolled back")
	}
	for _, l := range []*notes{&s.log, &log} {
		if e := l.had(t, "INFO", "directory in force", ""); e["digest"] != next.Digest() || e["version"] != float64(next.Version()) || e["expires"] == nil {
			t.Errorf("logged %v", e)
		}
	}
	if err := s.r.AcknowledgeClock(ctx); err != nil {
		t.Fatal(err)
	}
	s.log.had(t, "WARN", "clock acknowledged", "")
}

func TestEventOfALostClaim(t *testing.T) {
	s := newScene(t)
	store := &renewing{Store: s.Store(ahu), seen: make(chan struct{}), lost: true}
	s.restart(func(c *exchange.ReceiverConfig) { c.Store, c.Lease = store, time.Second })
	s.handler = func(ctx context.Context, _ *exchange.Delivery) error { <-ctx.Done(); return ctx.Err() }
	sealed := s.sealed()
	s.send(sealed)
	if e := s.log.had(t, "WARN", "claim lost", ""); e["id"] != sealed.Manifest().ID {
		t.Errorf("logged %v", e)
	}
}

// A receipt that nobody can read is a reason to look at the directory.
func TestEventOfAReceiptThatCannotBeEncrypted(t *testing.T) {
	s := newScene(t)
	sealed := s.sealed()
	s.Directory = s.directory(func(d *trust.Draft) { keyOf(d, sipol.Party, envelope.UseEncrypt).Until = d.IssuedAt })
	s.restart(nil)
	s.accepted(s.send(sealed))
	if e := s.log.had(t, "WARN", "received", ""); e["answered"] != string(exchange.OutwardTryLater) || e["outcome"] != "accepted" {
		t.Errorf("logged %v", e)
	}
}

// full is an outbox that fails where it is told to.
type full struct {
	exchange.Outbox
	put, update, recipients bool
}

func (f *full) Put(ctx context.Context, p ...exchange.Parcel) error {
	if f.put {
		return errors.New(canary)
	}
	return f.Outbox.Put(ctx, p...)
}

func (f *full) Update(ctx context.Context, p exchange.Parcel) error {
	if f.update {
		return errors.New(canary)
	}
	return f.Outbox.Update(ctx, p)
}

func (f *full) Recipients(ctx context.Context) (map[envelope.Party]time.Time, error) {
	if f.recipients {
		return nil, errors.New(canary)
	}
	return f.Outbox.Recipients(ctx)
}

func TestEventsOfAnOutboxThatFails(t *testing.T) {
	ctx := context.Background()
	tests := map[string]func(o *office, f *full, d *exchange.Dispatcher){
		"parcel not posted": func(o *office, f *full, d *exchange.Dispatcher) {
			f.put = true
			if err := d.Post(ctx, o.seal(ahu)); err == nil {
				o.Error("posted")
			}
		},
		"nothing is sent": func(_ *office, f *full, d *exchange.Dispatcher) {
			f.recipients = true
			_, _ = d.Step(ctx)
		},
		"parcel not sent": func(o *office, f *full, d *exchange.Dispatcher) {
			o.post(d, ahu)
			f.update = true
			_, _ = d.Step(ctx)
		},
		"parcel not written": func(o *office, f *full, d *exchange.Dispatcher) {
			o.post(d, ahu)
			o.carrier.deliver = func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
				f.update = true
				return exchange.Reply{}, errAway
			}
			_, _ = d.Step(ctx)
		},
		"receipt not written": func(o *office, f *full, d *exchange.Dispatcher) {
			o.opens(ahu)
			o.post(d, ahu)
			o.carrier.deliver = func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
				f.update = true
				return o.carrier.really(ctx, to, file)
			}
			_, _ = d.Step(ctx)
		},
	}
	for event, do := range tests {
		t.Run(event, func(t *testing.T) {
			o := newOffice(t)
			var log notes
			box := &full{Outbox: o.box}
			do(o, box, o.dispatcher(func(cfg *exchange.DispatcherConfig) { cfg.Outbox, cfg.Logger = box, log.logger() }))
			e := log.had(t, "ERROR", event, string(envelope.ReasonUnavailable))
			if named := e["id"] != nil && e["digest"] != nil; named != (event != "nothing is sent") {
				t.Errorf("logged %v", e)
			}
			if strings.Contains(log.String(), nik) {
				t.Error(log.String())
			}
		})
	}
}

// What this side cut short is nobody's fault.
func TestADispatcherThatIsStoppedSaysSo(t *testing.T) {
	o := newOffice(t)
	d := o.dispatcher(nil)
	sealed := o.post(d, ahu)
	o.seen.take(t)
	ctx, cancel := context.WithCancel(context.Background())
	o.carrier.deliver = func(ctx context.Context, _ envelope.Party, _ []byte) (exchange.Reply, error) {
		cancel()
		return exchange.Reply{}, &envelope.Error{Reason: envelope.ReasonBusy} // whatever it says
	}
	_, _ = d.Step(ctx)
	want := exchange.Observation{Operation: exchange.OperationDeliver, Peer: ahu.Party, Reason: envelope.ReasonUnavailable, Cut: true, Bytes: int64(len(sealed.File()))}
	if got := o.seen.take(t); len(got) != 1 || got[0] != want {
		t.Errorf("observed %+v", got)
	}
}
