package exchange_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// putting is an outbox in which something happens around Put.
type putting struct {
	exchange.Outbox
	before, after func() error // nil: nothing
}

func (p *putting) Put(ctx context.Context, parcels ...exchange.Parcel) error {
	if p.before != nil {
		if err := p.before(); err != nil {
			return err
		}
	}
	err := p.Outbox.Put(ctx, parcels...)
	if err == nil && p.after != nil {
		err = p.after()
	}
	return err
}

// What is sent while the dispatcher runs is put as about to leave, and leaves: the
// outbox has two changes of it, not three. What is posted may be in the outbox, and
// cancelled, so it is looked at again.
func TestSentAtOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		give func(*office, *exchange.Dispatcher) *envelope.Sealed
		left uint64 // the revision in which it leaves
	}{
		"sent":   {func(o *office, d *exchange.Dispatcher) *envelope.Sealed { return o.sends(d, ahu) }, 1},
		"posted": {func(o *office, d *exchange.Dispatcher) *envelope.Sealed { return o.post(d, ahu) }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(o *office) {
				o.opens(ahu)
				var at exchange.Parcel
				o.carrier.deliver = func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
					at = o.listed()[0]
					return o.carrier.really(ctx, to, file)
				}
				d := o.dispatcher(nil)
				stop := o.run(d)
				synctest.Wait()
				sealed := tt.give(o, d)
				synctest.Wait()
				stop()
				if at.State != exchange.ParcelUnknown || at.Attempts != 1 || at.Revision != tt.left || !at.Next.Equal(at.PostedAt.Add(time.Minute)) {
					t.Errorf("when it left it was %s, attempts %d, revision %d, next %v after it was posted", at.State, at.Attempts, at.Revision, at.Next.Sub(at.PostedAt))
				}
				o.delivered(sealed, ahu)
				if p := o.parcel(sealed, ahu); p.Revision != tt.left+1 || p.Attempts != 1 {
					t.Errorf("settled in revision %d after %d attempts", p.Revision, p.Attempts)
				}
			})
		})
	}
}

// Nothing leaves before its turn, or without somebody to carry it.
func TestNotSentAtOnce(t *testing.T) {
	for name, tt := range map[string]func(o *office, d *exchange.Dispatcher) *envelope.Sealed{
		"nobody carries": func(o *office, d *exchange.Dispatcher) *envelope.Sealed { return o.sends(d, ahu) },
		"no longer": func(o *office, d *exchange.Dispatcher) *envelope.Sealed {
			o.run(d)()
			return o.sends(d, ahu)
		},
		"the window is full": func(o *office, d *exchange.Dispatcher) *envelope.Sealed {
			defer o.run(d)()
			synctest.Wait()
			hold := make(chan struct{})
			o.carrier.deliver = func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
				<-hold
				return exchange.Reply{}, errAway
			}
			o.sends(d, ahu)
			synctest.Wait()
			defer close(hold)
			return o.sends(d, ahu)
		},
		"the recipient is silent": func(o *office, d *exchange.Dispatcher) *envelope.Sealed {
			defer o.run(d)()
			synctest.Wait()
			o.sends(d, ahu)
			synctest.Wait()
			return o.sends(d, ahu)
		},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(o *office) {
				o.carrier.deliver = func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
					return exchange.Reply{}, errAway
				}
				sealed := tt(o, o.dispatcher(nil))
				if p := o.parcel(sealed, ahu); p.State != exchange.ParcelQueued || p.Attempts != 0 {
					t.Errorf("%s with %d attempts", p.State, p.Attempts)
				}
			})
		})
	}
}

// Whoever dies between the outbox and the door loses a Timeout and no parcel.
func TestPutAndNotSent(t *testing.T) {
	in(t, func(o *office) {
		o.opens(ahu)
		box := &putting{Outbox: o.box}
		d := o.dispatcher(func(c *exchange.DispatcherConfig) { c.Outbox = box })
		stop := o.run(d)
		synctest.Wait()
		box.after = func() error { stop(); return nil }
		sealed := o.sends(d, ahu)
		if p := o.parcel(sealed, ahu); p.State != exchange.ParcelUnknown || p.Attempts != 1 {
			t.Errorf("%s with %d attempts", p.State, p.Attempts)
		}
		defer o.run(o.dispatcher(nil))()
		time.Sleep(59 * time.Second)
		synctest.Wait()
		o.state(sealed, ahu, exchange.ParcelUnknown, "")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		o.delivered(sealed, ahu)
	})
}

// A place is given back by what could not be put.
func TestPlaceIsGivenBack(t *testing.T) {
	in(t, func(o *office) {
		o.opens(ahu)
		box := &putting{Outbox: o.box, before: func() error { return errBroken }}
		d := o.dispatcher(func(c *exchange.DispatcherConfig) { c.Outbox, c.PerPeer = box, 1 })
		defer o.run(d)()
		synctest.Wait()
		for range 3 {
			if _, _, err := d.Send(context.Background(), o.shipment(ahu)); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
				t.Errorf("sent without an outbox: %v", err)
			}
		}
		box.before = nil
		synctest.Wait()
		sealed := o.sends(d, ahu)
		synctest.Wait()
		o.delivered(sealed, ahu)
	})
}
