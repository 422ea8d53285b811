package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/spool"
	"github.com/segel-id/segel/exchange/store/bolt"
)

// A depot is an office with an outbox in a file and a folder for bodies, which can
// be opened anew as after a crash.
type depot struct {
	*office
	dir    string
	store  *bolt.Store
	bodies *spool.Folder
}

func newDepot(t *testing.T) *depot {
	d := &depot{office: newOffice(t), dir: t.TempDir()}
	t.Cleanup(func() { d.store.Close() })
	d.reopen()
	return d
}

func (d *depot) reopen() {
	d.Helper()
	if d.store != nil {
		d.store.Close()
	}
	var err error
	if d.store, err = bolt.Open(filepath.Join(d.dir, "store")); err != nil {
		d.Fatal(err)
	}
	d.box = d.store.Outbox()
	if d.bodies, err = spool.Open(filepath.Join(d.dir, "bodies"), spool.Limits{}, d.now()); err != nil {
		d.Fatal(err)
	}
}

func (d *depot) begin() *exchange.Dispatcher {
	d.Helper()
	return d.dispatcher(func(c *exchange.DispatcherConfig) { c.Bodies = d.bodies })
}

func (d *depot) ship(id string, records []byte, to ...envelopetest.Agency) exchange.Shipment {
	return exchange.Shipment{ID: id, Request: d.Request(dataset, code, to...), Records: source(records)}
}

func (d *depot) step(on *exchange.Dispatcher) {
	d.Helper()
	if _, err := on.Step(context.Background()); err != nil {
		d.Fatal(err)
	}
}

func (d *depot) holds(want int) {
	d.Helper()
	if n := d.bodies.Names(); len(n) != want {
		d.Errorf("%d bodies in the folder, want %d", len(n), want)
	}
}

func TestABodyIsCarriedFromItsFolder(t *testing.T) {
	d := newDepot(t)
	records := boards(2000)
	on := d.begin()
	sealed, report, err := on.Send(context.Background(), d.ship("", records, ahu, pengawasan))
	if err != nil || report.Records != 2000 || sealed.Closing() == nil {
		t.Fatalf("%v", err)
	}
	key := exchange.Key{Sender: sipol.Party, ID: sealed.Manifest().ID}
	p, err := d.box.Parcel(context.Background(), key, ahu.Party)
	if err != nil || p.Body == 0 || len(p.Upload) != 43 || p.Root != sealed.Closing().Root || len(p.File) > 100<<10 {
		t.Fatalf("the parcel is %+v, %v", p, err)
	}
	d.step(on) // nobody is there
	d.holds(1)

	// After a crash everything is there, and both get what is theirs.
	d.reopen()
	on = d.begin()
	d.holds(1)
	d.Clock.Move(time.Minute)
	d.opens(ahu)
	d.step(on)
	p, err = d.box.Parcel(context.Background(), key, ahu.Party)
	if err != nil || p.State != exchange.ParcelSettled || p.Outcome != exchange.OutcomeAccepted {
		t.Fatalf("AHU's parcel is %+v, %v", p, err)
	}
	if c, ok := p.Claims(); !ok || c.Root != p.Root {
		t.Errorf("the receipt says %+v", c)
	}
	d.holds(1) // the other one needs it
	d.Clock.Move(time.Hour)
	d.opens(pengawasan)
	d.step(on)
	d.Clock.Move(time.Hour)
	d.step(on)
	if p, err := d.box.Parcel(context.Background(), key, pengawasan.Party); err != nil || p.State != exchange.ParcelSettled {
		t.Fatalf("Bawaslu's parcel is %+v, %v", p, err)
	}
	d.holds(0)
	if entries, err := os.ReadDir(filepath.Join(d.dir, "bodies")); err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

// What was sealed and never posted leaves nothing behind.
func TestABodyThatIsNotPostedGoes(t *testing.T) {
	t.Run("a record breaks the schema", func(t *testing.T) {
		d := newDepot(t)
		_, _, err := d.begin().Send(context.Background(), d.ship("", append(boards(1000), "{}\n"...), ahu))
		if envelope.ReasonOf(err) != envelope.ReasonStructure {
			t.Errorf("%v", err)
		}
		d.holds(0)
	})
	t.Run("a crash before it is posted", func(t *testing.T) {
		d := newDepot(t)
		id := envelope.NewID()
		cut := &cutBox{Outbox: d.box}
		on := d.dispatcher(func(c *exchange.DispatcherConfig) { c.Bodies, c.Outbox = d.bodies, cut })
		if _, _, err := on.Send(context.Background(), d.ship(id, boards(1000), ahu)); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Errorf("%v", err)
		}
		d.holds(1) // for it is not known whether it was posted
		d.reopen()
		on = d.begin()
		d.holds(0)
		if sealed, _, err := on.Send(context.Background(), d.ship(id, boards(1000), ahu)); err != nil || sealed.Manifest().ID != id {
			t.Errorf("%v", err)
		}
		d.holds(1)
		if _, _, err := on.Send(context.Background(), d.ship(id, boards(1000), ahu)); !errors.Is(err, exchange.ErrPosted) {
			t.Errorf("again: %v", err)
		}
		d.opens(ahu)
		d.step(on)
		d.holds(0)
	})
	t.Run("the folder is full", func(t *testing.T) {
		d := newDepot(t)
		bodies, err := spool.Open(filepath.Join(d.dir, "small"), spool.Limits{Total: 600 << 10}, d.now())
		if err != nil {
			t.Fatal(err)
		}
		on := d.dispatcher(func(c *exchange.DispatcherConfig) { c.Bodies = bodies })
		if _, _, err := on.Send(context.Background(), d.ship("", boards(4000), ahu)); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Errorf("%v", err)
		}
		if n := len(bodies.Names()); n != 0 {
			t.Errorf("%d bodies", n)
		}
	})
}

// cutBox is an outbox that does not say whether it has put anything: it has not.
type cutBox struct{ exchange.Outbox }

func (cutBox) Put(context.Context, ...exchange.Parcel) error { return errBroken }

func TestABodyThatIsLostIsOurFault(t *testing.T) {
	d := newDepot(t)
	on := d.begin()
	sealed, _, err := on.Send(context.Background(), d.ship("", boards(1000), ahu))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.bodies.Remove(sealed.Manifest().ID); err != nil {
		t.Fatal(err)
	}
	d.opens(ahu)
	d.step(on)
	p, err := d.box.Parcel(context.Background(), exchange.Key{Sender: sipol.Party, ID: sealed.Manifest().ID}, ahu.Party)
	if err != nil || !p.Open() || p.Reason != envelope.ReasonUnavailable {
		t.Errorf("the parcel is %+v, %v", p, err)
	}
	if n := len(d.Wire.Answers()); n != 0 {
		t.Errorf("%d deliveries", n)
	}
}

// A transport sees one file, wherever it reads.
func TestFileReadsAsOne(t *testing.T) {
	s := newScene(t)
	sent := s.ship(exchange.Shipment{Records: source(boards(700))})
	want := sent.delivery(t)
	var got exchange.File
	cfg := s.SenderConfig(sipol)
	cfg.Transport = transports(func(f io.Reader) { got = f.(exchange.File) })
	sender, err := exchange.NewSender(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = sender.DeliverFile(context.Background(), sent.Sealed, bytes.NewReader(sent.file), int64(len(sent.file)), ahu.Party)
	head, _ := sent.Delivery(ahu.Party)
	if got.Size() != int64(len(want)) || got.Head() != int64(len(head)) {
		t.Fatalf("%d bytes and a head of %d", got.Size(), got.Head())
	}
	for _, at := range []int{0, 1, len(head) - 1, len(head), len(head) + 1, len(want) - 1} {
		for _, n := range []int{1, 100, 5000, len(want) - at} {
			n = min(n, len(want)-at)
			p := make([]byte, n)
			if m, err := got.ReadAt(p, int64(at)); m != n || err != nil && err != io.EOF || !bytes.Equal(p, want[at:at+n]) {
				t.Errorf("%d bytes at %d: %d, %v", n, at, m, err)
			}
		}
	}
	if all, err := io.ReadAll(got); err != nil || !bytes.Equal(all, want) {
		t.Errorf("%d bytes, %v", len(all), err)
	}
	if _, err := got.ReadAt(make([]byte, 2), int64(len(want)-1)); err != io.EOF {
		t.Errorf("beyond the end: %v", err)
	}
	if _, err := s.Sender(sipol).Deliver(context.Background(), sent.Sealed, ahu.Party); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("a body without its file: %v", err)
	}
}

// transports is a transport that brings nothing.
type transports func(io.Reader)

func (f transports) Deliver(_ context.Context, _ envelope.Party, file io.Reader) (exchange.Reply, error) {
	f(file)
	return exchange.Reply{}, errBroken
}

func (f transports) Ask(context.Context, envelope.Party, []byte) (exchange.Reply, error) {
	return exchange.Reply{}, errBroken
}
