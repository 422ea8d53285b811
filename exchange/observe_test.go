package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/schema"
)

// seen is an observer that remembers.
type seen struct {
	mu   sync.Mutex
	list []exchange.Observation
}

func (s *seen) Observe(o exchange.Observation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, o)
}

func (s *seen) all() []exchange.Observation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.list)
}

// take returns what was seen since it was called last, without durations, which
// must not be negative.
func (s *seen) take(t testing.TB) []exchange.Observation {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.list
	s.list = nil
	for i := range list {
		if list[i].Duration < 0 || list[i].Handler < 0 || list[i].Handler > list[i].Duration {
			t.Errorf("%s took %s, its handler %s", list[i].Operation, list[i].Duration, list[i].Handler)
		}
		list[i].Duration, list[i].Handler = 0, 0
	}
	return list
}

// logger keeps every level, as one JSON object in a line.
func (n *notes) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(n, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// line is an event without what differs in every run.
func (n *notes) lines(t testing.TB) (out []map[string]any) {
	t.Helper()
	for line := range strings.Lines(n.String()) {
		event := map[string]any{}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, event)
	}
	return out
}

const (
	receiving = exchange.OperationReceive
	unproven  = envelope.Party("")
)

func TestWhatAReceiverTells(t *testing.T) {
	ctx := context.Background()
	size := func(sealed *envelope.Sealed) int64 { return int64(len(sealed.File())) }
	tests := []struct {
		name  string
		do    func(s *scene) []exchange.Observation // wanted
		level string                                // of the last event
	}{
		{"accepted", func(s *scene) []exchange.Observation {
			sealed := s.sealed()
			s.accepted(s.send(sealed))
			return []exchange.Observation{{Operation: receiving, Peer: sipol.Party, Outcome: exchange.OutcomeAccepted, Bytes: size(sealed), Records: 1}}
		}, "INFO"},
		{"a repeat", func(s *scene) []exchange.Observation {
			sealed := s.sealed()
			s.send(sealed)
			s.seen.take(s)
			s.send(sealed)
			return []exchange.Observation{{Operation: receiving, Peer: sipol.Party, Outcome: exchange.OutcomeAccepted, Reason: envelope.ReasonReplayed, Bytes: size(sealed)}}
		}, "INFO"},
		{"rejected", func(s *scene) []exchange.Observation {
			s.handler = func(context.Context, *exchange.Delivery) error { return exchange.Reject("") }
			sealed := s.sealed()
			s.send(sealed)
			return []exchange.Observation{{Operation: receiving, Peer: sipol.Party, Outcome: exchange.OutcomeRefused, Reason: envelope.ReasonRejected, Bytes: size(sealed), Records: 1}}
		}, "INFO"},
		{"a handler that fails", func(s *scene) []exchange.Observation {
			s.handler = func(context.Context, *exchange.Delivery) error { return errBroken }
			sealed := s.sealed()
			s.send(sealed)
			return []exchange.Observation{{Operation: receiving, Peer: sipol.Party, Reason: envelope.ReasonHandlerFailed, Bytes: size(sealed), Records: 1}}
		}, "WARN"},
		{"a conflict", func(s *scene) []exchange.Observation {
			first := s.sealed()
			s.send(first)
			s.seen.take(s)
			second := s.craft(sipol.Signing, func(d *envelope.Draft) { d.ID, d.AsOf = first.Manifest().ID, "2024-02-14" })
			s.send(second)
			return []exchange.Observation{{Operation: receiving, Peer: sipol.Party, Reason: envelope.ReasonConflict, Bytes: size(second)}}
		}, "ERROR"},
		{"passed on by a recipient", func(s *scene) []exchange.Observation {
			sealed := s.craft(sipol.Signing, func(d *envelope.Draft) { d.Recipients = []envelope.Recipient{pengawasan.Recipient()} })
			file := rewrap(s, sealed.File(), pengawasan, ahu, nil)
			s.receive(file)
			return []exchange.Observation{{Operation: receiving, Peer: unproven, Reason: envelope.ReasonForwarded, Bytes: int64(len(file))}}
		}, "ERROR"},
		{"signed by a stranger in Sipol's name", func(s *scene) []exchange.Observation {
			sealed := s.craft(stranger.Signing, nil)
			s.send(sealed)
			return []exchange.Observation{{Operation: receiving, Peer: unproven, Reason: envelope.ReasonUnknownKey, Bytes: size(sealed)}}
		}, "DEBUG"},
		{"no envelope", func(s *scene) []exchange.Observation {
			s.receive([]byte(canary))
			return []exchange.Observation{{Operation: receiving, Reason: envelope.ReasonMalformed, Bytes: int64(len(canary))}}
		}, "DEBUG"},
		{"an input that breaks off", func(s *scene) []exchange.Observation {
			file := s.sealed().File()
			s.r.Receive(ctx, io.MultiReader(bytes.NewReader(file[:100]), iotest.ErrReader(errors.New(canary))))
			return []exchange.Observation{{Operation: receiving, Reason: envelope.ReasonUnavailable, Cut: true, Bytes: 100}}
		}, "DEBUG"},
		{"an input that breaks off at the limit", func(s *scene) []exchange.Observation {
			s.restart(func(c *exchange.ReceiverConfig) { c.MaxFile = 100 })
			s.r.Receive(ctx, io.MultiReader(bytes.NewReader(s.sealed().File()[:100]), iotest.ErrReader(errors.New(canary))))
			return []exchange.Observation{{Operation: receiving, Reason: envelope.ReasonUnavailable, Cut: true, Bytes: 100}}
		}, "DEBUG"},
		{"no input", func(s *scene) []exchange.Observation {
			s.r.Receive(ctx, nil)
			return []exchange.Observation{{Operation: receiving, Reason: envelope.ReasonMisuse}}
		}, "WARN"},
		{"a store that fails", func(s *scene) []exchange.Observation {
			s.restart(func(c *exchange.ReceiverConfig) { c.Store = &broken{Store: c.Store, claim: true} })
			sealed := s.sealed()
			s.send(sealed)
			return []exchange.Observation{{Operation: receiving, Peer: sipol.Party, Reason: envelope.ReasonUnavailable, Bytes: size(sealed)}}
		}, "WARN"},
		{"a clock that stepped back", func(s *scene) []exchange.Observation {
			s.send(s.sealed())
			s.seen.take(s)
			sealed := s.sealed()
			s.Clock.Move(-time.Hour)
			s.send(sealed)
			return []exchange.Observation{{Operation: receiving, Reason: envelope.ReasonClock, Bytes: size(sealed)}}
		}, "WARN"},
		{"a cancellation", func(s *scene) []exchange.Observation {
			sealed := s.sealed()
			if _, err := s.Sender(sipol).Cancel(ctx, exchange.SentTo(sealed, ahu.Party)); err != nil {
				s.Fatal(err)
			}
			want := exchange.Observation{Operation: exchange.OperationAnswer, Peer: sipol.Party, Outcome: exchange.OutcomeCancelled, Reason: envelope.ReasonCancelled}
			want.Bytes = s.seen.all()[0].Bytes // the signed question's
			return []exchange.Observation{want}
		}, "INFO"},
		{"a question that is none", func(s *scene) []exchange.Observation {
			s.r.SettleOrCancel(ctx, []byte(canary))
			return []exchange.Observation{{Operation: exchange.OperationAnswer, Reason: envelope.ReasonMalformed, Bytes: int64(len(canary))}}
		}, "DEBUG"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			want := tt.do(s)
			if got := s.seen.take(t); !slices.Equal(got, want) {
				t.Errorf("observed %+v\nwant %+v", got, want)
			}
			s.quiet("the log", s.log.String())
			lines := s.log.lines(t)
			last := lines[len(lines)-1]
			event := "received"
			if want[0].Operation == exchange.OperationAnswer {
				event = "question answered"
			}
			if last["level"] != tt.level || last["msg"] != event || last["reason"] != string(want[0].Reason) {
				t.Errorf("logged %v", last)
			}
			if proven := last["sender"] != nil; proven != (want[0].Peer != "") {
				t.Errorf("the log names a sender: %v", proven)
			}
		})
	}
}

// The attributes of one event are part of what operators build on.
func TestEventReceived(t *testing.T) {
	s := newScene(t)
	s.handler = func(context.Context, *exchange.Delivery) error { panic(canary) }
	sealed := s.sealed()
	s.send(sealed)
	s.handler = nil
	s.send(sealed)
	lines := s.log.lines(t)
	if len(lines) != 3 || lines[0]["msg"] != "handler panicked" || lines[0]["level"] != "ERROR" || lines[0]["id"] != sealed.Manifest().ID {
		t.Fatalf("logged %v", lines)
	}
	want := map[string]any{
		"level": "INFO", "msg": "received", "reason": "", "answered": "receipt", "sender": string(sipol.Party), "id": sealed.Manifest().ID, "digest": sealed.Digest(),
		"outcome": "accepted", "repeat": false, "records": 1.0, "findings": 0.0, "bytes": float64(len(sealed.File())),
	}
	for _, changing := range []string{"time", "took", "handler"} {
		if lines[2][changing] == nil {
			t.Errorf("%s is missing", changing)
		}
		delete(lines[2], changing)
	}
	if got := fmt.Sprint(lines[2]); got != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestWhatASenderTells(t *testing.T) {
	ctx := context.Background()
	s := newScene(t)
	var log notes
	var told seen
	cfg := s.SenderConfig(sipol)
	cfg.Logger, cfg.Observer = log.logger(), &told
	sender, err := exchange.NewSender(cfg)
	if err != nil {
		t.Fatal(err)
	}
	seal := func(records schema.Source) *envelope.Sealed {
		sealed, _, _ := sender.Seal(ctx, exchange.Shipment{Request: s.Request(dataset, code, ahu), Records: records})
		return sealed
	}
	check := func(name, level, event string, want exchange.Observation) {
		t.Helper()
		got := told.take(t)
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: observed %+v\nwant %+v", name, got, want)
		}
		lines := log.lines(t)
		if last := lines[len(lines)-1]; last["level"] != level || last["msg"] != event || last["reason"] != nil && last["reason"] != string(want.Reason) {
			t.Errorf("%s: logged %v", name, last)
		}
		s.quiet("the log", log.String())
	}
	board := fixture(t, dataset+"/valid/central-board.ndjson")
	sealed := seal(source(board))
	check("seal", "INFO", "sealed", exchange.Observation{Operation: exchange.OperationSeal, Bytes: sealed.Manifest().Content.Bytes, Records: 1})
	seal(source([]byte(`{"` + nik + `":"` + nik + `"}`)))
	check("a broken record", "WARN", "not sealed", exchange.Observation{Operation: exchange.OperationSeal, Reason: envelope.ReasonStructure, Records: 1})
	s.Journal(sipol).Fail = func(exchange.Entry) error { return errors.New(canary) }
	seal(source(board))
	check("a journal that fails", "ERROR", "not sealed", exchange.Observation{Operation: exchange.OperationSeal, Reason: envelope.ReasonUnavailable, Records: 1})
	s.Journal(sipol).Fail = nil

	size := int64(len(sealed.File()))
	if _, err := sender.Deliver(ctx, sealed, ahu.Party); err != nil {
		t.Fatal(err)
	}
	check("deliver", "INFO", "delivered", exchange.Observation{Operation: exchange.OperationDeliver, Peer: ahu.Party, Outcome: exchange.OutcomeAccepted, Bytes: size})
	s.Journal(sipol).Fail = func(exchange.Entry) error { return errors.New(canary) }
	if _, err := sender.Deliver(ctx, sealed, ahu.Party); err == nil {
		t.Fatal("delivered off the record")
	}
	check("a receipt that is not entered", "WARN", "not delivered", exchange.Observation{Operation: exchange.OperationDeliver, Peer: ahu.Party, Reason: envelope.ReasonUnavailable, Bytes: size})
	s.Journal(sipol).Fail = nil
	s.Clock.Move(48 * time.Hour)
	expired := s.craft(sipol.Signing, func(d *envelope.Draft) { d.IssuedAt = d.IssuedAt.Add(-30 * time.Hour) })
	if _, err := sender.Deliver(ctx, expired, ahu.Party); err != nil {
		t.Fatal(err)
	}
	check("a receipt that is not final", "INFO", "delivered", exchange.Observation{Operation: exchange.OperationDeliver, Peer: ahu.Party, Reason: envelope.ReasonExpired, Bytes: int64(len(expired.File()))})
	s.Wire.Connect(ahu.Party, nil)
	if _, err := sender.Deliver(ctx, sealed, ahu.Party); err == nil {
		t.Fatal("delivered to nobody")
	}
	check("nobody there", "WARN", "not delivered", exchange.Observation{Operation: exchange.OperationDeliver, Peer: ahu.Party, Reason: envelope.ReasonUnavailable, Bytes: size})
	s.Wire.Connect(ahu.Party, s.r)
	other := s.sealed()
	if _, err := sender.Cancel(ctx, exchange.SentTo(other, ahu.Party)); err != nil {
		t.Fatal(err)
	}
	received := s.seen.all()
	check("cancel", "INFO", "asked", exchange.Observation{Operation: exchange.OperationAsk, Peer: ahu.Party, Outcome: exchange.OutcomeCancelled, Reason: envelope.ReasonCancelled, Bytes: received[len(received)-1].Bytes})
}

func TestWhatADispatcherTells(t *testing.T) {
	ctx := context.Background()
	o := newOffice(t)
	d := o.dispatcher(nil)
	sealed := o.post(d, ahu)
	size := int64(len(sealed.File()))
	check := func(name string, want ...exchange.Observation) {
		t.Helper()
		if got := o.seen.take(t); !slices.Equal(got, want) {
			t.Errorf("%s: observed %+v\nwant %+v", name, got, want)
		}
	}
	check("post", exchange.Observation{Operation: exchange.OperationSeal, Bytes: sealed.Manifest().Content.Bytes, Records: 1},
		exchange.Observation{Operation: exchange.OperationPost, Bytes: size})
	step := func() {
		t.Helper()
		if _, err := d.Step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	step()
	check("nobody there", exchange.Observation{Operation: exchange.OperationDeliver, Peer: ahu.Party, Reason: envelope.ReasonUnavailable, Bytes: size})
	o.opens(ahu)
	o.Clock.Move(time.Minute)
	step()
	delivered := exchange.Observation{Operation: exchange.OperationDeliver, Peer: ahu.Party, Outcome: exchange.OutcomeAccepted, Bytes: size}
	settled := exchange.Observation{Operation: exchange.OperationSettle, Peer: ahu.Party, Outcome: exchange.OutcomeAccepted}
	if got := o.seen.all(); len(got) != 2 || got[0].Operation != settled.Operation || got[0].Duration != time.Minute {
		t.Errorf("settled a minute after it was posted: %+v", got)
	}
	check("settled", settled, delivered)

	cancelled := o.post(d, ahu)
	if err := d.Cancel(ctx, exchange.SentTo(cancelled, ahu.Party).Key, ahu.Party); err != nil {
		t.Fatal(err)
	}
	o.seen.take(t)
	step()
	check("cancelled", exchange.Observation{Operation: exchange.OperationSettle, Peer: ahu.Party, Outcome: exchange.OutcomeCancelled, Reason: envelope.ReasonCancelled},
		exchange.Observation{Operation: exchange.OperationAsk, Peer: ahu.Party, Outcome: exchange.OutcomeCancelled, Reason: envelope.ReasonCancelled})

	o.post(d, ahu)
	o.seen.take(t)
	o.carrier.deliver = func(ctx context.Context, to envelope.Party, file []byte) (exchange.Reply, error) {
		r, err := o.carrier.really(ctx, to, file)
		o.Clock.Move(-time.Minute) // it steps back on the way
		return r, err
	}
	step()
	check("settled before it was posted", settled, delivered)
	o.carrier.deliver = nil
	o.Clock.Move(time.Minute)

	late := o.post(d, pengawasan)
	step()
	o.seen.take(t)
	o.Clock.Move(30 * 24 * time.Hour) // beyond its end and the grace
	step()
	check("given up", exchange.Observation{Operation: exchange.OperationGiveUp, Peer: pengawasan.Party, Reason: envelope.ReasonUnavailable},
		exchange.Observation{Operation: exchange.OperationDeliver, Peer: pengawasan.Party, Reason: envelope.ReasonUnavailable, Bytes: int64(len(late.File()))})
	for _, event := range []string{"parcel not settled", "parcel settled", "parcel given up"} {
		if !strings.Contains(o.log.String(), `msg="`+event+`"`) {
			t.Errorf("%q is not in the log", event)
		}
	}
}

// rude is an observer and a log handler that panics whenever it can.
type rude struct{}

func (rude) Observe(exchange.Observation)              { panic(canary) }
func (rude) Enabled(context.Context, slog.Level) bool  { return true }
func (rude) Handle(context.Context, slog.Record) error { panic(canary) }
func (r rude) WithAttrs([]slog.Attr) slog.Handler      { return r }
func (r rude) WithGroup(string) slog.Handler           { return r }

// ruder does not even say what it wants to hear.
type ruder struct{ rude }

func (ruder) Enabled(context.Context, slog.Level) bool { panic(canary) }

func TestObserversThatPanicLoseNothing(t *testing.T) {
	for name, log := range map[string]slog.Handler{"in Handle": rude{}, "in Enabled": ruder{}} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			cfg := o.ReceiverConfig(ahu, code, func(context.Context, *exchange.Delivery) error { return nil })
			cfg.Observer, cfg.Logger = rude{}, slog.New(log)
			r, err := exchange.NewReceiver(cfg)
			if err != nil {
				t.Fatal(err)
			}
			o.Wire.Connect(ahu.Party, r)
			d := o.dispatcher(func(cfg *exchange.DispatcherConfig) {
				cfg.Logger = slog.New(log)
				cfg.Sender = o.sender(func(cfg *exchange.SenderConfig) { cfg.Observer, cfg.Logger = rude{}, slog.New(log) })
			})
			sealed, _, err := d.Send(context.Background(), exchange.Shipment{Request: o.Request(dataset, code, ahu), Records: source(fixture(o, dataset+"/valid/central-board.ndjson"))})
			if err != nil {
				t.Fatal(err)
			}
			o.works(d, time.Minute)
			o.state(sealed, ahu, exchange.ParcelSettled, "")
		})
	}
}

// told is an observer that is a function.
type told func(exchange.Observation)

func (f told) Observe(o exchange.Observation) { f(o) }

// What an observer is told is durable by then, so that it may take its time; and
// no lock is held that it could need.
func TestObserversAreToldLast(t *testing.T) {
	ctx := context.Background()
	o := newOffice(t)
	var d *exchange.Dispatcher
	var sealed *envelope.Sealed
	looked := map[exchange.Operation]int{}
	row := func() *exchange.Row {
		row, _, err := o.Store(ahu).Lookup(ctx, exchange.SentTo(sealed, ahu.Party).Key)
		if err != nil || row == nil {
			t.Fatal(row, err)
		}
		return row
	}
	cfg := o.ReceiverConfig(ahu, code, func(context.Context, *exchange.Delivery) error { return nil })
	cfg.Observer = told(func(x exchange.Observation) {
		looked[x.Operation]++
		if row().Settlement == nil || x.Handler == 0 {
			t.Errorf("told of %+v before it was settled", x)
		}
	})
	r, err := exchange.NewReceiver(cfg)
	if err != nil {
		t.Fatal(err)
	}
	o.Wire.Connect(ahu.Party, r)
	d = o.dispatcher(func(cfg *exchange.DispatcherConfig) {
		cfg.Sender = o.sender(func(cfg *exchange.SenderConfig) {
			cfg.Observer = told(func(x exchange.Observation) {
				looked[x.Operation]++
				if _, err := d.Backlog(ctx); err != nil {
					t.Error(err)
				}
				switch state := o.parcel(sealed, ahu).State; x.Operation {
				case exchange.OperationSettle, exchange.OperationDeliver:
					if state != exchange.ParcelSettled {
						t.Errorf("told of %s while it is %s", x.Operation, state)
					}
				}
			})
		})
	})
	sealed = o.post(d, ahu)
	o.works(d, time.Minute)
	for _, op := range []exchange.Operation{exchange.OperationPost, exchange.OperationDeliver, exchange.OperationSettle, exchange.OperationReceive} {
		if looked[op] != 1 {
			t.Errorf("told %d times of %s", looked[op], op)
		}
	}
}

// A transport of somebody else's may have codes of its own; they go no further.
func TestCodesOfOthersAreNotTold(t *testing.T) {
	o := newOffice(t)
	d := o.dispatcher(nil)
	sealed := o.post(d, ahu)
	o.seen.take(t)
	o.carrier.deliver = func(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
		return exchange.Reply{}, &envelope.Error{Reason: canary, Detail: canary}
	}
	if _, err := d.Step(context.Background()); err != nil {
		t.Fatal(err)
	}
	want := exchange.Observation{Operation: exchange.OperationDeliver, Peer: ahu.Party, Reason: envelope.ReasonUnavailable, Bytes: int64(len(sealed.File()))}
	if got := o.seen.take(t); len(got) != 1 || got[0] != want {
		t.Errorf("observed %+v", got)
	}
	if strings.Contains(o.log.String(), nik) {
		t.Error(o.log.String())
	}
}
