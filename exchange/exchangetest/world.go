package exchangetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/store/memory"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// Agreement is the id of the agreement of every [World].
const Agreement = "PKS-UJI"

// A World is two or more agencies with everything they need. Its exported
// fields may be changed before the first Sender or Receiver is made. It may be
// used concurrently.
type World struct {
	// Clock stands at envelopetest.Now().
	Clock *Clock
	// Wire carries envelopes to the receivers of this world.
	Wire *Wire
	// Definitions are the datasets, those of package schema/election unless
	// NewWorld was given others.
	Definitions *schema.Registry
	// Directory lists the agencies of envelopetest but the stranger and the
	// anchor, and holds the agreement. It is valid for a year.
	Directory *trust.Directory

	mu       sync.Mutex
	journals map[envelope.Party]*Journal
	stores   map[envelope.Party]exchange.Store
	outboxes map[envelope.Party]exchange.Outbox
}

// Agencies returns the agencies of every directory made here, each of which is
// a party of the agreement.
func Agencies() []envelopetest.Agency {
	return []envelopetest.Agency{
		envelopetest.Sirekap(), envelopetest.Sipol(), envelopetest.BadanHukum(), envelopetest.Pengawasan(), envelopetest.Jaringan(),
	}
}

// NewWorld returns a world in which every agency may send every dataset to
// every other, for each purpose that may carry it: the defaults of a test, not
// of a country. Without definitions it has those of package schema/election.
func NewWorld(definitions ...*schema.Definition) *World {
	w := newWorld(registry())
	if len(definitions) > 0 {
		w = newWorld(must(schema.NewRegistry(definitions...)))
		w.Directory = w.signed()
		return w
	}
	w.Directory = usual()
	return w
}

func newWorld(definitions *schema.Registry) *World {
	w := &World{
		Clock: NewClock(envelopetest.Now()), Definitions: definitions,
		journals: map[envelope.Party]*Journal{}, stores: map[envelope.Party]exchange.Store{},
		outboxes: map[envelope.Party]exchange.Outbox{},
	}
	w.Wire = &Wire{receivers: map[envelope.Party]*exchange.Receiver{}}
	return w
}

// signed is the directory of a new world.
func (w *World) signed() *trust.Directory {
	return must(trust.Open(must(trust.Sign(w.Draft(Grants(w.Definitions)), envelopetest.Anchor().Signing)), Anchors(), w.Clock.Now()))
}

// usual is the directory of every world that has the usual definitions: it is
// immutable, and its ten signatures are most of what a new world costs.
var usual = sync.OnceValue(func() *trust.Directory { return newWorld(registry()).signed() })

// registry compiles the definitions once: they are immutable.
var registry = sync.OnceValue(election.Registry)

// Anchors are those that the directories of this package are signed for.
func Anchors() *trust.Anchors {
	return must(trust.NewAnchors(1, envelopetest.Anchor().Signing.Public()))
}

// Grants lets every agency send every dataset of the registry to every other,
// for each purpose that may carry it.
func Grants(registry *schema.Registry) []agreement.Grant {
	var grants []agreement.Grant
	for _, from := range Agencies() {
		for _, to := range Agencies() {
			for _, def := range registry.All() {
				if from.Party != to.Party {
					grants = append(grants, agreement.Grant{From: from.Party, To: to.Party, Dataset: def.Ref().ID, Purposes: def.Purposes()})
				}
			}
		}
	}
	return grants
}

// Draft returns the first version of a directory of the agencies, valid from a
// day before the clock for a year, with one agreement of these grants, signed by
// all of them and in force for that time.
func (w *World) Draft(grants []agreement.Grant) trust.Draft {
	from := w.Clock.Now().Add(-24 * time.Hour).Truncate(time.Second)
	until := from.AddDate(1, 0, 0)
	draft := trust.Draft{Version: 1, IssuedAt: from, Expires: until}
	var parties []envelope.Party
	for _, a := range Agencies() {
		parties = append(parties, a.Party)
		set := must(trust.ParsePublicSet(must(trust.NewPublicSet(a.Party, a.Keys(), from))))
		p := trust.Party{ID: a.Party, Keys: set.Keys(from, until, until)}
		draft.Parties = append(draft.Parties, p)
	}
	file := must(json.Marshal(map[string]any{
		"id": Agreement, "title": "Perjanjian uji", "parties": parties, "grants": grants,
		"validFrom": from.Format(time.RFC3339), "validUntil": until.Format(time.RFC3339),
	}))
	for _, a := range Agencies() {
		file = must(agreement.Sign(file, a.Party, a.Signing))
	}
	draft.Agreements = [][]byte{file}
	return draft
}

// Store returns the agency's store in memory, the same one in every call: what
// a crash leaves behind.
func (w *World) Store(of envelopetest.Agency) exchange.Store {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stores[of.Party] == nil {
		w.stores[of.Party] = memory.New()
	}
	return w.stores[of.Party]
}

// Journal returns the agency's journal in memory, the same one in every call.
func (w *World) Journal(of envelopetest.Agency) *Journal {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.journals[of.Party] == nil {
		w.journals[of.Party] = &Journal{}
	}
	return w.journals[of.Party]
}

// Outbox returns the agency's outbox in memory, the same one in every call: what
// a crash leaves behind.
func (w *World) Outbox(of envelopetest.Agency) exchange.Outbox {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.outboxes[of.Party] == nil {
		w.outboxes[of.Party] = memory.NewOutbox()
	}
	return w.outboxes[of.Party]
}

// SenderConfig returns what [World.Sender] makes a sender from.
func (w *World) SenderConfig(as envelopetest.Agency) exchange.SenderConfig {
	return exchange.SenderConfig{
		Party: as.Party, Keys: as.Keys(), Directory: w.Directory, Definitions: w.Definitions,
		Journal: w.Journal(as), Transport: w.Wire, Clock: w.Clock.Now,
	}
}

// Sender returns a sender for the agency.
func (w *World) Sender(as envelopetest.Agency) *exchange.Sender {
	return must(exchange.NewSender(w.SenderConfig(as)))
}

// Dispatcher returns a dispatcher on the agency's outbox, with pauses of the same
// length in every run. As the clock stands, a test makes its rounds by
// [exchange.Dispatcher.Step].
func (w *World) Dispatcher(as envelopetest.Agency) *exchange.Dispatcher {
	return must(exchange.NewDispatcher(exchange.DispatcherConfig{
		Sender: w.Sender(as), Outbox: w.Outbox(as), Jitter: func() float64 { return 0 },
	}))
}

// ReceiverConfig returns what [World.Receiver] makes a receiver from.
func (w *World) ReceiverConfig(as envelopetest.Agency, code purpose.Code, handle exchange.Handler) exchange.ReceiverConfig {
	return exchange.ReceiverConfig{
		Party: as.Party, Keys: as.Keys(), Purpose: code, Directory: w.Directory, Definitions: w.Definitions,
		Store: w.Store(as), Journal: w.Journal(as), Handle: handle, Clock: w.Clock.Now,
	}
}

// Receiver returns a receiver for the agency and connects it to the wire, in
// place of the one before.
func (w *World) Receiver(as envelopetest.Agency, code purpose.Code, handle exchange.Handler) *exchange.Receiver {
	r := must(exchange.NewReceiver(w.ReceiverConfig(as, code, handle)))
	w.Wire.Connect(as.Party, r)
	return r
}

// Request names an exchange under the world's agreement.
func (w *World) Request(dataset string, code purpose.Code, to ...envelopetest.Agency) exchange.Request {
	r := exchange.Request{Dataset: dataset, Purpose: code, Agreement: Agreement}
	for _, a := range to {
		r.To = append(r.To, a.Party)
	}
	return r
}

// Exchange seals records (NDJSON) by the agency and carries them to the first
// recipient of the request.
func (w *World) Exchange(ctx context.Context, from envelopetest.Agency, r exchange.Request, ndjson []byte) (*exchange.Receipt, error) {
	if len(r.To) == 0 {
		return nil, &envelope.Error{Reason: envelope.ReasonMisuse, Detail: "exchangetest: no recipient"}
	}
	s := w.Sender(from)
	sealed, _, err := s.Seal(ctx, exchange.Shipment{Request: r, Records: schema.NDJSON(bytes.NewReader(ndjson))})
	if err != nil {
		return nil, err
	}
	return s.Deliver(ctx, sealed, r.To[0])
}

// Clock is a clock that stands until a test moves it. It may be used
// concurrently.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at that time.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now returns the time at which the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Move moves the clock by d, back if it is negative.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// must returns v; see the package doc.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("exchangetest: the fixed world cannot be built: %v", err))
	}
	return v
}
