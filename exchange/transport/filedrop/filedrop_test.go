package filedrop_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/filedrop"
)

// There, received, back, settled; each step twice, which changes nothing.
func TestThereAndBack(t *testing.T) {
	r := newRoad(t)
	s := r.send(board)
	both := r.send(boards(2), ahu, bawaslu)
	r.export(filedrop.Carried{Waiting: 3})
	before := r.files()
	r.export(filedrop.Carried{Waiting: 3})
	if !slices.Equal(r.files(), before) || len(before) != 4 {
		t.Errorf("put again: %v, then %v", before, r.files())
	}
	if p := r.parcel(s); p.State != exchange.ParcelUnknown {
		t.Errorf("what was put is %s", p.State)
	}
	r.receive(2)
	answer, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(r.files(".answer")[0])))
	if err != nil {
		t.Fatal(err)
	}
	r.receive(2)
	if again, _ := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(r.files(".answer")[0]))); len(again) != len(answer) || r.handled != 2 {
		t.Errorf("received again: handled %d times", r.handled)
	}
	r.collect(filedrop.Carried{Settled: 2, Waiting: 1})
	r.collect(filedrop.Carried{Waiting: 1})
	if p := r.parcel(s); p.Outcome != exchange.OutcomeAccepted || r.parcel(both).Outcome != exchange.OutcomeAccepted {
		t.Errorf("the outbox says %s, %s", p.State, p.Outcome)
	}
	// What is settled has left the stick; what is Bawaslu's stays.
	if left := r.files(".segel", ".answer"); len(left) != 1 || !strings.HasPrefix(left[0], "to-bawaslu.pengawasan/") {
		t.Errorf("left: %v", left)
	}
	r.receive(0)
	// And a stick that comes back twice.
	if err := os.WriteFile(filepath.Join(r.dir, filepath.FromSlash(before[1])), answer, 0o600); err != nil {
		t.Fatal(err)
	}
	r.collect(filedrop.Carried{Waiting: 1})
}

// A recipient that says later, or that refuses for good, is heard in its own words.
func TestRefusals(t *testing.T) {
	r := newRoad(t)
	s := r.send(board)
	r.export(filedrop.Carried{Waiting: 1})
	r.fails = errors.New(canary)
	r.receive(1)
	r.collect(filedrop.Carried{Refused: 1})
	if p := r.parcel(s); !p.Open() {
		t.Errorf("it is %s", p.State)
	}
	r.fails = exchange.Reject("data_ganda")
	r.receive(1)
	r.collect(filedrop.Carried{Settled: 1})
	if p := r.parcel(s); p.Outcome != exchange.OutcomeRefused || p.Reason != envelope.ReasonRejected {
		t.Errorf("%s, %s", p.Outcome, p.Reason)
	}
}

// A question on the same stick comes before the envelope, however they are named.
func TestCancel(t *testing.T) {
	r := newRoad(t)
	s := r.send(board)
	r.export(filedrop.Carried{Waiting: 1})
	if err := r.dispatcher.Cancel(t.Context(), exchange.Key{Sender: sipol.Party, ID: s.Manifest().ID}, ahu.Party); err != nil {
		t.Fatal(err)
	}
	r.export(filedrop.Carried{Waiting: 1})
	r.export(filedrop.Carried{Waiting: 1}) // asked with another date and signature: the same file
	r.one(".question")
	r.receive(2)
	r.collect(filedrop.Carried{Settled: 1})
	if p := r.parcel(s); p.Outcome != exchange.OutcomeCancelled || r.handled != 0 {
		t.Errorf("%s, handled %d times", p.Outcome, r.handled)
	}
}

// A parcel that was given up is settled by a receipt that comes all the same.
func TestGivenUp(t *testing.T) {
	r := newRoad(t)
	s := r.send(board)
	r.export(filedrop.Carried{Waiting: 1})
	r.receive(1)
	p := r.parcel(s)
	p.State = exchange.ParcelGivenUp
	if err := r.box.Update(t.Context(), *p); err != nil {
		t.Fatal(err)
	}
	r.export(filedrop.Carried{})
	r.collect(filedrop.Carried{Settled: 1})
}

// What has never left has no answer anywhere, and stays queued.
func TestCollectPutsNothing(t *testing.T) {
	r := newRoad(t)
	s := r.send(board)
	r.collect(filedrop.Carried{})
	if p := r.parcel(s); p.State != exchange.ParcelQueued || len(r.files()) != 0 {
		t.Errorf("%s, and on the stick: %v", p.State, r.files())
	}
}

func TestLarge(t *testing.T) {
	r := newRoad(t)
	s := r.send(boards(12_000)) // 2.6 MB
	r.export(filedrop.Carried{Waiting: 1})
	r.receive(1)
	r.collect(filedrop.Carried{Settled: 1})
	if p := r.parcel(s); p.Outcome != exchange.OutcomeAccepted || r.handled != 1 {
		t.Errorf("%s, handled %d times", p.Outcome, r.handled)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	if _, err := filedrop.Open(filepath.Join(dir, "unplugged"), filedrop.Limits{}); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("a folder that is not there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "unplugged")); err == nil {
		t.Error("it was made")
	}
	if _, err := filedrop.Open(dir, filedrop.Limits{MaxFile: -1}); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("a negative limit: %v", err)
	}
	f := open(t, dir)
	if _, err := f.Deliver(t.Context(), "../../etc", strings.NewReader("x")); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("what is not a party: %v", err)
	}
	if _, err := f.Receive(t.Context(), ahu.Party, nil); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("no receiver: %v", err)
	}
	if _, err := f.Export(t.Context(), nil, nil); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("no outbox: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.List(ctx); err != nil {
		t.Errorf("nothing to list: %v", err)
	}
}
