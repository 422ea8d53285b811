package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/limits"
)

func TestP8Fresh(t *testing.T) {
	tests := []struct {
		name   string
		change func(*envelope.Draft)
		move   time.Duration
		reason envelope.Reason // "" for accepted
	}{
		{"just before expiry and skew", nil, 24*time.Hour + envelope.DefaultSkew - time.Microsecond, ""},
		{"at expiry and skew", nil, 24*time.Hour + envelope.DefaultSkew, envelope.ReasonExpired},
		{"days later", nil, 9 * 24 * time.Hour, envelope.ReasonExpired},
		{"sealed by a clock within skew", func(d *envelope.Draft) { d.IssuedAt = d.IssuedAt.Add(envelope.DefaultSkew) }, 0, ""},
		{"sealed by a clock beyond skew", func(d *envelope.Draft) { d.IssuedAt = d.IssuedAt.Add(envelope.DefaultSkew + time.Second) }, 0, envelope.ReasonNotYetValid},
		{"not before tomorrow", func(d *envelope.Draft) { d.NotBefore = d.IssuedAt.Add(20 * time.Hour) }, 0, envelope.ReasonNotYetValid},
		{"and tomorrow it is", func(d *envelope.Draft) { d.NotBefore = d.IssuedAt.Add(20 * time.Hour) }, 20 * time.Hour, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			sealed := s.craft(sipol.Signing, tt.change)
			s.Clock.Move(tt.move)
			a := s.send(sealed)
			if tt.reason == "" {
				s.accepted(a)
				return
			}
			s.refused(a, tt.reason, false)
			if s.row(sealed) != nil {
				t.Error("there is a row")
			}
			if tt.reason == envelope.ReasonExpired {
				if c := s.receipt(a, sealed).Claims(); c.Final || c.Reason != tt.reason {
					t.Errorf("the receipt says %+v", c)
				}
			}
		})
	}
}

func TestP8TheClock(t *testing.T) {
	ctx := context.Background()
	tests := []struct {
		name string
		move time.Duration
		ok   bool
	}{
		{"back, within what is allowed", -exchange.DefaultClockBack, true},
		{"back beyond", -exchange.DefaultClockBack - time.Microsecond, false},
		{"back by an hour", -time.Hour, false},
		{"forward, within what is allowed", exchange.DefaultClockForward, true},
		{"forward beyond", exchange.DefaultClockForward + time.Microsecond, false},
		{"forward by ten months", 300 * 24 * time.Hour, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			s.accepted(s.send(s.sealed()))
			s.Clock.Move(tt.move)
			s.restart(nil) // the mark is the store's, not the process's
			fresh := s.sealed()
			a := s.send(fresh)
			if tt.ok {
				s.accepted(a)
				return
			}
			if a.Reason != envelope.ReasonClock || a.Settlement != nil || a.Reply().Refusal != exchange.OutwardTryLater || s.row(fresh) != nil {
				t.Errorf("got %q, %+v", a.Reason, a.Reply())
			}
			if n, err := s.r.Purge(ctx); n != 0 || envelope.ReasonOf(err) != envelope.ReasonClock {
				t.Errorf("purge: %d, %v", n, err)
			}
			if err := s.r.AcknowledgeClock(ctx); err != nil {
				t.Fatal(err)
			}
			s.accepted(s.send(fresh))
			entries := s.Journal(ahu).Entries()
			found := false
			for _, e := range entries {
				found = found || e.Event == exchange.EventClock
			}
			if !found {
				t.Error("the journal does not say that somebody looked")
			}
		})
	}
}

func TestP8SettledRowsOutliveTheirEnvelopes(t *testing.T) {
	ctx := context.Background()
	s := newScene(t)
	short := func(c *exchange.ReceiverConfig) { c.ClockForward = time.Hour }
	s.restart(short)
	settled := s.sealed()
	s.accepted(s.send(settled))
	s.handler = func(context.Context, *exchange.Delivery) error { return errors.New("not now") }
	open := s.sealed()
	s.send(open)
	purged := -1
	keep := 24*time.Hour + limits.Skew + time.Hour
	for hour := time.Duration(0); hour <= keep+2*time.Hour; hour += 30 * time.Minute {
		n, err := s.r.Purge(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			if purged >= 0 || hour < keep || n != 1 {
				t.Errorf("%d purged after %v", n, hour)
			}
			purged = n
			if a := s.send(settled); a.Reason != envelope.ReasonExpired {
				t.Errorf("after its row was purged: %q", a.Reason)
			}
		}
		// Time passes, and the store hears of it.
		s.Clock.Move(30 * time.Minute)
		if err := s.Store(ahu).Raise(ctx, exchange.Marks{Clock: s.Clock.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	if purged != 1 {
		t.Errorf("%d purged", purged)
	}
	if s.row(open) == nil {
		t.Error("a row that is not settled was purged")
	}
	s.handler = nil
	s.accepted(s.send(open))
}

func TestP8DirectoryIsCurrent(t *testing.T) {
	ctx := context.Background()
	next := func(s *scene, version int64) *trust.Directory {
		return s.directory(func(d *trust.Draft) { d.Version = version })
	}
	t.Run("expired", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		s.Clock.Move(366 * 24 * time.Hour)
		s.refused(s.send(sealed), envelope.ReasonDirectoryStale, false)
		if d := s.Sender(sipol).Preflight(ctx, s.Request(dataset, code, ahu)); d.Reason != envelope.ReasonDirectoryStale {
			t.Errorf("preflight: %+v", d)
		}
	})
	t.Run("rolled back", func(t *testing.T) {
		s := newScene(t)
		first := s.Directory
		if err := s.r.SetDirectory(ctx, next(s, 2)); err != nil {
			t.Fatal(err)
		}
		s.accepted(s.send(s.sealed()))
		if err := s.r.SetDirectory(ctx, first); envelope.ReasonOf(err) != envelope.ReasonDirectoryStale {
			t.Errorf("in the process: %v", err)
		}
		cfg := s.config()
		cfg.Directory = first
		if _, err := exchange.NewReceiver(cfg); envelope.ReasonOf(err) != envelope.ReasonDirectoryStale {
			t.Errorf("after a restart: %v", err)
		}
		s.accepted(s.send(s.sealed()))
	})
	t.Run("another process has seen a newer one", func(t *testing.T) {
		s := newScene(t)
		newer := next(s, 2)
		if err := s.Store(ahu).Raise(ctx, exchange.Marks{Directory: newer.Version(), DirectoryDigest: newer.Digest()}); err != nil {
			t.Fatal(err)
		}
		sealed := s.sealed()
		s.refused(s.send(sealed), envelope.ReasonDirectoryStale, false)
		s.untouched(sealed)
	})
	t.Run("two of one version", func(t *testing.T) {
		s := newScene(t)
		if err := s.r.SetDirectory(ctx, next(s, 2)); err != nil {
			t.Fatal(err)
		}
		s.Clock.Move(time.Minute)
		if err := s.r.SetDirectory(ctx, next(s, 2)); envelope.ReasonOf(err) != envelope.ReasonConflict {
			t.Errorf("got %v", err)
		}
		if err := s.r.SetDirectory(ctx, nil); envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("none: %v", err)
		}
	})
	t.Run("one that takes a compromise back", func(t *testing.T) {
		s := newScene(t)
		key := func(d *trust.Draft) *trust.Key { return keyOf(d, pengawasan.Party, envelope.UseEncrypt) }
		s.Directory = s.directory(func(d *trust.Draft) { key(d).CompromisedFrom = d.IssuedAt })
		if err := s.r.SetDirectory(ctx, s.Directory); err != nil {
			t.Fatal(err)
		}
		bad := s.directory(func(d *trust.Draft) { key(d).CompromisedFrom = time.Time{} })
		if err := s.r.SetDirectory(ctx, bad); envelope.ReasonOf(err) != envelope.ReasonConflict {
			t.Errorf("got %v", err)
		}
		s.accepted(s.send(s.sealed())) // the former one stays, and serves
		if err := s.Sender(sipol).SetDirectory(ctx, bad); envelope.ReasonOf(err) != envelope.ReasonConflict {
			t.Errorf("the sender: %v", err)
		}
	})
	t.Run("our own key is no longer accepted", func(t *testing.T) {
		s := newScene(t)
		sealed := s.sealed()
		s.Directory = s.directory(func(d *trust.Draft) {
			keyOf(d, ahu.Party, envelope.UseSign).Until = d.IssuedAt
		})
		s.restart(nil)
		a := s.send(sealed)
		s.refused(a, envelope.ReasonUnavailable, false)
		s.untouched(sealed)
	})
}

func TestP8TheStoreFailsClosed(t *testing.T) {
	s := newScene(t)
	sealed := s.sealed()
	store := &broken{Store: s.Store(ahu)}
	s.restart(func(c *exchange.ReceiverConfig) { c.Store = store })
	store.lookup = true
	s.refused(s.send(sealed), envelope.ReasonUnavailable, false)
	if n, err := s.r.Purge(context.Background()); n != 0 || envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("purge: %d, %v", n, err)
	}
	if _, err := exchange.NewReceiver(func() exchange.ReceiverConfig { c := s.config(); c.Store = store; return c }()); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("a new receiver: %v", err)
	}
	store.lookup, store.tombstone = false, true
	narrow(s)
	s.restart(func(c *exchange.ReceiverConfig) { c.Store = store })
	s.refused(s.send(s.craft(sipol.Signing, forWhat[2].draft)), envelope.ReasonUnavailable, false)
}
