//go:build unix

package nats_test

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/nats"
	"github.com/segel-id/segel/internal/crash/server"
)

// With the users of testdata/users.conf, which the package doc names, everything goes as
// it does without, and neither speaks in the other's place.
func TestUsers(t *testing.T) {
	t.Parallel()
	conf, err := os.ReadFile("testdata/users.conf")
	if err != nil {
		t.Fatal(err)
	}
	broker := server.NewNATS(t, string(conf))
	as := func(user, password string) func(*nats.Config) {
		return func(c *nats.Config) {
			c.Prefix = nats.DefaultPrefix
			c.UserInfo = func() (string, string) { return user, password }
		}
	}
	s := openAt(t, broker.URL(), as("ahu", "tiga"), natsUser("operator", "satu"))
	s.prefix = nats.DefaultPrefix
	s.serve(nil)
	s.eventually("the queue", func() bool { return s.has(ahu.Party) })

	// From here on the bus is the sender's.
	s.bus = dial(t, func(c *nats.Config) {
		as("sipol", "dua")(c)
		c.URLs = []string{broker.URL()}
		c.Wait = 20 * time.Second
	})
	small := s.seal(1, nil)
	first, again := s.accepted(small, nil), s.accepted(small, nil)
	if !bytes.Equal(first.JWS(), again.JWS()) {
		t.Error("the receipts differ")
	}
	s.called(small, 1)
	s.eventually("answers are taken", func() bool { return s.queued("_answers") == 0 })
	var file bytes.Buffer
	s.accepted(s.seal(20_000, &file), file.Bytes())
	s.eventually("an empty bucket", func() bool { return s.chunks() == 1 }) // but for the word that it was removed
	cut, cancel := context.WithCancel(t.Context())
	var passed int64
	_, _ = s.bus.Deliver(cut, ahu.Party, fileOf(cutAt{bytes.Repeat([]byte("x"), 4<<20), func(n int64) {
		if passed += n; passed > 6<<20 {
			cancel()
		}
	}}, 4<<20))
	s.eventually("nothing is left of what was cut", func() bool { return s.chunks() == 1 })
	cancelled := s.seal(1, nil)
	if r, err := s.sender().Cancel(t.Context(), exchange.SentTo(cancelled, ahu.Party)); err != nil || r.Claims().Outcome != exchange.OutcomeCancelled {
		t.Errorf("cancel: %v", err)
	}

	for user, password := range map[string]string{"sipol": "dua", "ahu": "tiga"} {
		conn := connectAs(t, broker.URL(), user, password)
		js, err := jetstream.New(conn)
		if err != nil {
			t.Fatal(err)
		}
		for what, try := range map[string]func(ctx context.Context) error{
			"answers for others": func(ctx context.Context) error {
				_, err := js.Publish(ctx, "segel.answer.kpu.sipol.x", []byte("x"))
				return err
			},
			"removes a queue": func(ctx context.Context) error { return js.DeleteStream(ctx, s.stream()) },
			"reads a queue beside its workers": func(ctx context.Context) error {
				_, err := js.CreateConsumer(ctx, s.stream(), jetstream.ConsumerConfig{Name: "x", AckPolicy: jetstream.AckExplicitPolicy})
				return err
			},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			if err := try(ctx); err == nil {
				t.Errorf("%s %s", user, what)
			}
			cancel()
		}
	}
	for _, kind := range []string{"answer", "now"} { // what the sender says there nobody hears
		before := s.queued("_answers")
		heard := make(chan *natsgo.Msg, 1)
		sub, err := s.conn.ChanSubscribe(s.subject(kind)+">", heard)
		if err != nil {
			t.Fatal(err)
		}
		conn := connectAs(t, broker.URL(), "sipol", "dua")
		if err := conn.Publish(s.subject(kind)+"x", []byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := conn.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := s.conn.Flush(); err != nil {
			t.Fatal(err)
		}
		if len(heard) != 0 || s.queued("_answers") != before {
			t.Errorf("the sender says something on %s", kind)
		}
		_ = sub.Unsubscribe()
	}
}

// connectAs connects as a user, whose refusals are not printed.
func connectAs(t *testing.T, url, user, password string) *natsgo.Conn {
	t.Helper()
	conn, err := natsgo.Connect(url, natsUser(user, password), natsgo.ErrorHandler(func(*natsgo.Conn, *natsgo.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}
