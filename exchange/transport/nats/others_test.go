package nats_test

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/transport/nats"
)

// What somebody else has made at the broker is used if it does what is needed, and
// refused if a message could be lost in it, or an answer never forgotten.
func TestWhatOthersMade(t *testing.T) {
	s := open(t, nil)
	s.provided()
	serve := func() error {
		return s.bus.Serve(t.Context(), nats.WorkerConfig{Party: ahu.Party, Receiver: s.receiver})
	}
	ours := jetstream.ConsumerConfig{Durable: "segel", AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Minute, MaxDeliver: -1, MaxAckPending: -1}
	for name, change := range map[string]func(*jetstream.ConsumerConfig){
		"attempts that the broker counts": func(c *jetstream.ConsumerConfig) { c.MaxDeliver = 5 },
		"few under way":                   func(c *jetstream.ConsumerConfig) { c.MaxAckPending = 0 }, // the broker's own is a thousand
		"some of the messages":            func(c *jetstream.ConsumerConfig) { c.FilterSubject = s.subject("to") + "envelope.>" },
		"some of them, by a list":         func(c *jetstream.ConsumerConfig) { c.FilterSubjects = []string{s.subject("to") + "envelope.>"} },
		"heads alone":                     func(c *jetstream.ConsumerConfig) { c.HeadersOnly = true },
		"calls that are short":            func(c *jetstream.ConsumerConfig) { c.MaxRequestExpires = time.Second },
	} {
		cfg := ours
		change(&cfg)
		if err := s.js.DeleteConsumer(t.Context(), s.stream(), "segel"); err != nil {
			t.Fatal(err)
		}
		_, err := s.js.CreateConsumer(t.Context(), s.stream(), cfg)
		if len(cfg.FilterSubjects) > 0 && errors.Is(err, jetstream.ErrConsumerMultipleFilterSubjectsNotSupported) {
			continue // nobody can make one at a broker of this age
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := serve(); envelope.ReasonOf(err) != envelope.ReasonConflict {
			t.Errorf("a consumer that has %s: %v", name, err)
		}
	}
	if err := s.js.DeleteConsumer(t.Context(), s.stream(), "segel"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.js.CreateConsumer(t.Context(), s.stream(), ours); err != nil {
		t.Fatal(err)
	}
	stop := s.serve(nil)
	s.accepted(s.seal(1, nil), nil)
	stop()
	for name, change := range map[string]func(*jetstream.StreamConfig){
		"confirms nothing": func(c *jetstream.StreamConfig) { c.NoAck = true },
		"forgets nothing":  func(c *jetstream.StreamConfig) { c.DenyDelete = true },
	} {
		if err := s.js.DeleteStream(t.Context(), s.stream()+"_answers"); err != nil {
			t.Fatal(err)
		}
		cfg := jetstream.StreamConfig{Name: s.stream() + "_answers", Subjects: []string{s.subject("answer") + ">"}, MaxMsgsPerSubject: 1}
		change(&cfg)
		if _, err := s.js.CreateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if err := serve(); envelope.ReasonOf(err) != envelope.ReasonConflict {
			t.Errorf("a stream that %s: %v", name, err)
		}
	}
}

// A broker that went without a goodbye is given up in the time of two attempts, not
// when TCP notices.
func TestSilentBroker(t *testing.T) {
	if got := nats.Silence(open(t, nil).bus); got > time.Minute {
		t.Errorf("it is waited for %v", got)
	}
}
