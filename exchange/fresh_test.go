package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/trust"
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
	keep := 24*time.Hour + envelope.MaxSkew + time.Hour + exchange.DefaultClockBack
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

// The worst that clocks within bounds can do: the store hears of a time, the
// clock jumps forward, rows are purged, and it steps back.
func TestP8NothingComesBackAfterAPurge(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name   string
		change func(*exchange.ReceiverConfig)
	}{
		{"as it comes", func(*exchange.ReceiverConfig) {}},
		{"the most skew", func(c *exchange.ReceiverConfig) { c.Skew = envelope.MaxSkew }},
		{"back by more than the most skew", func(c *exchange.ReceiverConfig) { c.Skew, c.ClockBack = envelope.MaxSkew, 15*time.Minute }},
		{"back by a day", func(c *exchange.ReceiverConfig) { c.ClockBack = exchange.MaxClockBack }},
		{"back by more than forward", func(c *exchange.ReceiverConfig) { c.ClockBack, c.ClockForward = 3*time.Hour, time.Hour }},
		{"forward by a year", func(c *exchange.ReceiverConfig) { c.ClockForward = exchange.MaxClockForward }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			var cfg exchange.ReceiverConfig
			s.restart(func(c *exchange.ReceiverConfig) {
				c.Skew, c.ClockBack, c.ClockForward = envelope.DefaultSkew, exchange.DefaultClockBack, exchange.DefaultClockForward
				tt.change(c)
				cfg = *c
			})
			sealed := s.sealed()
			s.accepted(s.send(sealed))
			last := 24*time.Hour + cfg.Skew - time.Microsecond // at which it could still be accepted
			s.Clock.Move(last + cfg.ClockBack)
			if err := s.Store(ahu).Raise(ctx, exchange.Marks{Clock: s.Clock.Now()}); err != nil {
				t.Fatal(err)
			}
			s.Clock.Move(cfg.ClockForward)
			n, err := s.r.Purge(ctx)
			if n != 0 || err != nil {
				t.Errorf("purged %d, %v", n, err)
			}
			s.Clock.Move(-cfg.ClockForward - cfg.ClockBack)
			if a := s.send(sealed); !a.Repeat() {
				t.Errorf("got %q", a.Reason)
			}
			s.called(1)
		})
	}
}

// A clock that was wrong twice, each time within bounds, purges what is too young.
// Once it is set right and somebody has looked, none of that comes back.
func TestP8NothingComesBackAfterTwoJumps(t *testing.T) {
	s := newScene(t)
	old := s.sealed()
	s.accepted(s.send(old))
	base := s.Clock.Now()
	for i := range 2 {
		s.Clock.Move(exchange.DefaultClockForward - 24*time.Hour)
		s.restart(nil)
		s.accepted(s.send(s.sealed()))
		if n, err := s.r.Purge(context.Background()); n != i || err != nil {
			t.Fatalf("purge %d removed %d, %v", i+1, n, err)
		}
	}
	purged := s.Clock.Now()
	right := func(at time.Time) {
		t.Helper()
		s.Clock.Move(at.Sub(s.Clock.Now()))
		s.restart(nil)
		if err := s.r.AcknowledgeClock(context.Background()); err != nil {
			t.Fatal(err)
		}
		s.calls.Store(0)
	}
	right(base.Add(time.Minute))
	s.refused(s.send(old), envelope.ReasonExpired, false)
	if s.send(old).Reply().Receipt == nil {
		t.Error("its sender is not told")
	}
	s.refused(s.send(s.sealed()), envelope.ReasonExpired, false) // nobody can tell that it is new
	broken := s.craftWith(sipol.Signing, []byte("{}\n"), nil)
	s.refused(s.send(broken), envelope.ReasonExpired, false)
	// What lives longer than what was purged is new.
	kept := exchange.DefaultClockForward + exchange.DefaultClockBack + envelope.MaxSkew
	right(purged.Add(-kept - 24*time.Hour))
	s.refused(s.send(s.sealed()), envelope.ReasonExpired, false)
	s.Clock.Move(time.Second)
	s.accepted(s.send(s.sealed()))
}

// What a sender writes into a manifest does not decide how long a row stays, and
// every store can hold it.
func TestP8ALifeBeyondTheLimitIsNotKeptLonger(t *testing.T) {
	for _, kind := range []string{"memory", "bolt"} {
		s := newScene(t)
		store := s.Store(ahu)
		if kind == "bolt" {
			file, err := bolt.Open(filepath.Join(t.TempDir(), "store"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			store = file
		}
		s.restart(func(c *exchange.ReceiverConfig) { c.Store = store })
		sealed := s.sealed()
		m := sealed.Manifest()
		const end = 253402300799 // of the year 9999
		a := s.receive(resign(t, sealed, fmt.Sprintf(`"exp":%d`, m.Expires), fmt.Sprintf(`"exp":%d`, end)))
		s.refused(a, envelope.ReasonLifetime, true)
		row, _, err := store.Lookup(context.Background(), a.Key)
		if err != nil || row == nil {
			t.Fatalf("%s: %v", kind, err)
		}
		want := time.Unix(m.IssuedAt, 0).Add(envelope.MaxLifetime + envelope.MaxSkew + exchange.DefaultClockForward + exchange.DefaultClockBack)
		if !row.KeepUntil.Equal(want) {
			t.Errorf("%s: kept until %v, want %v", kind, row.KeepUntil, want)
		}
	}
}

func TestP8NobodyHasLookedIfItIsNotOnRecord(t *testing.T) {
	ctx := context.Background()
	s := newScene(t)
	s.accepted(s.send(s.sealed()))
	s.Clock.Move(-time.Hour)
	s.Journal(ahu).Fail = func(exchange.Entry) error { return errors.New("disk full") }
	if err := s.r.AcknowledgeClock(ctx); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("got %v", err)
	}
	s.Journal(ahu).Fail = nil
	if a := s.send(s.sealed()); a.Reason != envelope.ReasonClock {
		t.Errorf("then %q", a.Reason)
	}
}

func TestP8DirectoriesAreOnRecord(t *testing.T) {
	ctx := context.Background()
	s := newScene(t)
	next := s.directory(func(*trust.Draft) {})
	sender := s.Sender(sipol)
	full := func(exchange.Entry) error { return errors.New("disk full") }
	s.Journal(ahu).Fail, s.Journal(sipol).Fail = full, full
	for _, set := range []func(context.Context, *trust.Directory) error{s.r.SetDirectory, sender.SetDirectory} {
		if err := set(ctx, next); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Errorf("off the record: %v", err)
		}
	}
	s.Journal(ahu).Fail, s.Journal(sipol).Fail = nil, nil
	if _, marks, err := s.Store(ahu).Lookup(ctx, exchange.Key{}); err != nil || marks.Directory != 1 {
		t.Errorf("the store has seen version %d, %v", marks.Directory, err)
	}
	s.accepted(s.send(s.sealed())) // the former one stays, and serves
	if err := s.r.SetDirectory(ctx, next); err != nil {
		t.Fatal(err)
	}
	if err := sender.SetDirectory(ctx, next); err != nil {
		t.Fatal(err)
	}
	for _, j := range []*exchangetest.Journal{s.Journal(ahu), s.Journal(sipol)} {
		n := 0
		for _, e := range j.Entries() {
			if e.Event == exchange.EventDirectory && e.Digest == next.Digest() && e.Party != "" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d entries", n)
		}
	}
	if err := sender.SetDirectory(ctx, nil); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("none: %v", err)
	}
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
