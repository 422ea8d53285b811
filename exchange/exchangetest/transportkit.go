package exchangetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/spool"
	"github.com/segel-id/segel/schema"
)

// A TransportHarness connects the transports that [TestTransport] judges.
type TransportHarness struct {
	// Connect returns a transport by which each of the receivers is reached under
	// its party, and no other party is. Everything ends by t.Cleanup.
	//
	// Every message crosses the line, as near to the middle of the transport as
	// it can be put: behind a network's listener, say, before the receiver. A
	// transport that has no middle stands behind [Line.Front]. If the transport
	// tries again by itself, it does so without waiting, and not for ever.
	Connect func(t *testing.T, line *Line, receivers map[envelope.Party]*exchange.Receiver) exchange.Transport
	// NoBodies says that the transport carries inline content alone, and leaves the
	// parts about bodies out.
	NoBodies bool
}

// TestTransport checks a transport against the contract of [exchange.Transport],
// and that an exchange over it happens once and is never lost, whatever the line
// does. Every part of it is a subtest that says what it wants.
func TestTransport(t *testing.T, h TransportHarness) {
	type part struct {
		name string
		test func(*transportTest)
	}
	parts := []part{
		{"an envelope arrives and its receipt comes back", testHonest},
		{"a large envelope arrives byte for byte", testLarge},
		{"the four refusals come back as they are", testRefusals},
		{"a party that is not there is an error", testNobody},
		{"a context that has ended is an error, and nothing arrives", testEnded},
		{"what is lost on the way arrives when it is sent again", testDrop},
		{"a lost answer is the same when it is asked for again", testLostAnswer},
		{"what arrives twice is handled once", testDuplicate},
		{"what arrives in another order gets its own receipts", testReorder},
		{"what arrives after it was cancelled is not handled", testDelay},
		{"what is cut on the way hinders nothing", testCut},
		{"an answer that is cut is none", testCutAnswer},
		{"garbage is no answer", testGarbage},
		{"a forged receipt is no receipt", testForged},
		{"another's receipt is no receipt", testOthers},
		{"two parties at once get what is theirs", testParties},
		{"one envelope at once from many is handled once", testMany},
		{"a question is answered with a tombstone or the receipt", testQuestion},
		{"a question that is lost is asked again", testLostQuestion},
		{"whoever posts a captured file learns nothing", testCaptured},
	}
	if !h.NoBodies {
		parts = append(parts,
			part{"a body of any size arrives byte for byte", testBody},
			part{"a body that is lost, cut or repeated is handled once", testBodyFaults},
			part{"bodies that overtake each other are handled once", testBodyReorder},
		)
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { p.test(newTransportTest(t, h)) })
	}
}

// transportTest is one part's world: Sipol sends boards to AHU and Bawaslu.
type transportTest struct {
	*testing.T
	*World
	ctx       context.Context
	line      *Line
	transport exchange.Transport
	sender    *exchange.Sender
	ahu       envelope.Party
	bawaslu   envelope.Party

	mu     sync.Mutex
	calls  map[exchange.Key]map[envelope.Party]int
	last   []byte // content of the last delivery
	refuse error  // what the handlers return
}

const (
	transportDataset = "sipol/kepengurusan"
	transportPurpose = "PARPOL-BADANHUKUM"
	transportMaxFile = 6 << 20
)

func newTransportTest(t *testing.T, h TransportHarness) *transportTest {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // for a transport that hangs
	t.Cleanup(cancel)
	tt := &transportTest{
		T: t, World: NewWorld(), ctx: ctx, line: newLine(), calls: map[exchange.Key]map[envelope.Party]int{},
		ahu: envelopetest.BadanHukum().Party, bawaslu: envelopetest.Pengawasan().Party,
	}
	receivers := map[envelope.Party]*exchange.Receiver{}
	for _, a := range []envelopetest.Agency{envelopetest.BadanHukum(), envelopetest.Pengawasan()} {
		cfg := tt.ReceiverConfig(a, transportPurpose, tt.handler(a.Party))
		cfg.MaxFile = transportMaxFile
		cfg.Spool = must(spool.Open(t.TempDir(), spool.Limits{}, tt.Clock.Now()))
		receivers[a.Party] = must(exchange.NewReceiver(cfg))
	}
	tt.transport = h.Connect(t, tt.line, receivers)
	cfg := tt.SenderConfig(envelopetest.Sipol())
	cfg.Transport = tt.transport
	tt.sender = must(exchange.NewSender(cfg))
	return tt
}

func (t *transportTest) handler(party envelope.Party) exchange.Handler {
	return func(_ context.Context, d *exchange.Delivery) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.refuse != nil {
			return t.refuse
		}
		if t.calls[d.Key()] == nil {
			t.calls[d.Key()] = map[envelope.Party]int{}
		}
		t.calls[d.Key()][party]++
		var err error
		t.last, err = content(d)
		return err
	}
}

func (t *transportTest) fails(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refuse = err
}

// boards are n sound records of a few bytes more than width each.
func boards(n, width int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"kode_partai":"99","partai":"Partai Contoh","tingkat":"pusat",%s"kode_wilayah":null,"nomor_sk":"M.HH-%03d.AH.11.02 TAHUN 2022","tanggal_sk":"2022-06-01","pengurus":[{"jabatan":"Ketua","nama":"Warga Contoh"}]}`+"\n",
			strings.Repeat(" ", width), i)
	}
	return b.Bytes()
}

// sealed is a sound envelope to these agencies, AHU if there are none.
func (t *transportTest) sealed(ndjson []byte, to ...envelopetest.Agency) *envelope.Sealed {
	t.Helper()
	if len(to) == 0 {
		to = []envelopetest.Agency{envelopetest.BadanHukum()}
	}
	shipment := exchange.Shipment{Request: t.Request(transportDataset, transportPurpose, to...), Records: schema.NDJSON(bytes.NewReader(ndjson))}
	sealed, _, err := t.sender.Seal(t.ctx, shipment)
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return sealed
}

// file is what crosses the line for AHU.
func (t *transportTest) file(s *envelope.Sealed) []byte {
	t.Helper()
	file, err := s.Delivery(t.ahu)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// deliver hands bytes to AHU by the bare transport, and wants a reply with
// exactly one member or an error that gives nothing of them away.
func (t *transportTest) deliver(file []byte) (exchange.Reply, error) {
	t.Helper()
	reply, err := t.transport.Deliver(t.ctx, t.ahu, bytes.NewReader(file))
	switch {
	case err != nil && (reply.Receipt != nil || reply.Refusal != ""):
		t.Error("a reply beside an error")
	case err == nil && (reply.Receipt != nil) == (reply.Refusal != ""):
		t.Errorf("a reply must have one member: %d bytes of receipt and %q", len(reply.Receipt), reply.Refusal)
	case reply.RetryAfter != 0 && err == nil && reply.Refusal != exchange.OutwardTryLater:
		t.Errorf("RetryAfter beside %q", reply.Refusal)
	case err != nil && strings.Contains(err.Error(), canary):
		t.Error("an error says what was carried")
	}
	return reply, err
}

// canary stands in whatever somebody else than the two ends writes.
const canary = "3174012501990001"

// arrives wants an envelope to be accepted by AHU, and returns the receipt.
func (t *transportTest) arrives(s *envelope.Sealed) *exchange.Receipt {
	t.Helper()
	return t.arrivesAt(s, t.ahu)
}

func (t *transportTest) arrivesAt(s *envelope.Sealed, to envelope.Party) *exchange.Receipt {
	t.Helper()
	r, err := t.sender.Deliver(t.ctx, s, to)
	if err != nil {
		t.Fatalf("send to %s: %v", to, err)
	}
	if c := r.Claims(); c.Outcome != exchange.OutcomeAccepted || !c.Final || c.Issuer != to || c.Manifest != s.Digest() {
		t.Errorf("the receipt says %s by %s, final: %v", c.Outcome, c.Issuer, c.Final)
	}
	return r
}

// fails to arrive, as far as the sender can know.
func (t *transportTest) sendFails(s *envelope.Sealed) error {
	t.Helper()
	r, err := t.sender.Deliver(t.ctx, s, t.ahu)
	if r != nil || err == nil {
		t.Fatal("there is a receipt")
	}
	if t.ctx.Err() != nil {
		t.Fatal("it took too long")
	}
	if strings.Contains(err.Error(), canary) {
		t.Error("the error says what was carried")
	}
	return err
}

// handled wants the envelope to have been handled by AHU so many times.
func (t *transportTest) handled(s *envelope.Sealed, want int) {
	t.Helper()
	t.handledAt(s, t.ahu, want)
}

func (t *transportTest) handledAt(s *envelope.Sealed, at envelope.Party, want int) {
	t.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := t.calls[keyOf(s)][at]; n != want {
		t.Errorf("%s handled it %d times, want %d", at, n, want)
	}
}

func keyOf(s *envelope.Sealed) exchange.Key {
	m := s.Manifest()
	return exchange.Key{Sender: m.Sender, ID: m.ID}
}

// untouched wants nothing durable at AHU.
func (t *transportTest) untouched(s *envelope.Sealed) {
	t.Helper()
	row, _, err := t.Store(envelopetest.BadanHukum()).Lookup(t.ctx, keyOf(s))
	if row != nil || err != nil || len(t.Journal(envelopetest.BadanHukum()).Entries()) != 0 {
		t.Errorf("row %v, %v, and %d journal entries", row, err, len(t.Journal(envelopetest.BadanHukum()).Entries()))
	}
}

// waits waits for the line.
func (t *transportTest) waits(what string, wanted func(entered, running int) bool) {
	t.Helper()
	if !t.line.until(t.ctx, wanted) {
		t.Fatal(what)
	}
}

func (t *transportTest) settles() {
	t.Helper()
	t.waits("a message never left the line", func(_, running int) bool { return running == 0 })
}

func testHonest(t *transportTest) {
	s := t.sealed(boards(1, 0))
	first := t.arrives(s)
	again := t.arrives(s)
	t.handled(s, 1)
	if !bytes.Equal(first.JWS(), again.JWS()) {
		t.Error("the repeat's receipt differs")
	}
}

func testLarge(t *transportTest) {
	records := boards(30, 100_000)
	s := t.sealed(records)
	t.arrives(s)
	t.handled(s, 1)
	if !bytes.Equal(t.last, records) {
		t.Error("the records differ")
	}
	if reply, err := t.deliver(make([]byte, transportMaxFile+1)); err == nil && reply.Refusal == "" || envelope.ReasonOf(err) == envelope.ReasonMisuse {
		t.Errorf("a file beyond the limit: %q, %v", reply.Refusal, err)
	}
}

func testRefusals(t *transportTest) {
	file := t.file(t.sealed(boards(1, 0)))
	damaged := bytes.Clone(file)
	if at := len(damaged) - 64; damaged[at] == 'A' {
		damaged[at] = 'B'
	} else {
		damaged[at] = 'A'
	}
	tests := []struct {
		name string
		file []byte
		want exchange.Outward
	}{
		{"garbage", []byte("envelope " + canary), exchange.OutwardMalformed},
		{"nothing", nil, exchange.OutwardMalformed},
		{"a damaged copy", damaged, exchange.OutwardCannotOpen},
		{"a token beyond the limit", append([]byte("segel/1\n\x00\x01\x7f\xff\xff\xff"), 'x'), exchange.OutwardTooLarge},
	}
	for _, tt := range tests {
		if reply, err := t.deliver(tt.file); err != nil || reply.Refusal != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, reply.Refusal, err, tt.want)
		}
	}
	t.fails(errors.New(canary))
	if reply, err := t.deliver(file); err != nil || reply.Refusal != exchange.OutwardTryLater {
		t.Errorf("a handler that fails: %q, %v", reply.Refusal, err)
	}
	t.fails(nil)
	if reply, err := t.deliver(file); err != nil || reply.Receipt == nil {
		t.Errorf("the honest file after all that: %q, %v", reply.Refusal, err)
	}
}

func testNobody(t *transportTest) {
	nobody := envelopetest.Jaringan().Party
	if reply, err := t.transport.Deliver(t.ctx, nobody, strings.NewReader("x")); err == nil || reply.Receipt != nil || reply.Refusal != "" {
		t.Errorf("deliver: %v, %v", reply, err)
	}
	if reply, err := t.transport.Ask(t.ctx, nobody, []byte("x")); err == nil || reply.Receipt != nil || reply.Refusal != "" {
		t.Errorf("ask: %v, %v", reply, err)
	}
}

func testEnded(t *transportTest) {
	s := t.sealed(boards(1, 0))
	ctx, cancel := context.WithCancel(t.ctx)
	cancel()
	if _, err := t.transport.Deliver(ctx, t.ahu, bytes.NewReader(t.file(s))); err == nil {
		t.Error("no error")
	}
	if reply, err := t.transport.Deliver(t.ctx, t.ahu, broken{}); err == nil {
		t.Errorf("a file that cannot be read: %v", reply)
	}
	t.settles()
	t.untouched(s)
}
