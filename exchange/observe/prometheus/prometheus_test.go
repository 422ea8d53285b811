package prometheus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/observe/prometheus"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
)

const (
	dataset = "sipol/kepengurusan"
	code    = "PARPOL-BADANHUKUM"
)

var sipol, ahu, pengawasan = envelopetest.Sipol(), envelopetest.BadanHukum(), envelopetest.Pengawasan()

// A plant is Sipol's sender and dispatcher and AHU's receiver, observed.
type plant struct {
	*testing.T
	*exchangetest.World
	registry   *client.Registry
	observer   *prometheus.Observer
	receiver   *exchange.Receiver
	dispatcher *exchange.Dispatcher
	handle     exchange.Handler // nil accepts
}

func newPlant(t *testing.T) *plant {
	t.Helper()
	p := &plant{T: t, World: exchangetest.NewWorld(), registry: client.NewRegistry()}
	var err error
	if p.observer, err = prometheus.New(p.registry); err != nil {
		t.Fatal(err)
	}
	rc := p.ReceiverConfig(ahu, code, func(ctx context.Context, d *exchange.Delivery) error {
		if p.handle != nil {
			return p.handle(ctx, d)
		}
		return nil
	})
	rc.Observer = p.observer
	if p.receiver, err = exchange.NewReceiver(rc); err != nil {
		t.Fatal(err)
	}
	sc := p.SenderConfig(sipol)
	sc.Observer = p.observer
	sender, err := exchange.NewSender(sc)
	if err != nil {
		t.Fatal(err)
	}
	if p.dispatcher, err = exchange.NewDispatcher(exchange.DispatcherConfig{Sender: sender, Outbox: p.Outbox(sipol)}); err != nil {
		t.Fatal(err)
	}
	p.registry.MustRegister(prometheus.Store(p.receiver), prometheus.Outbox(p.dispatcher))
	return p
}

func (p *plant) send(to envelopetest.Agency) *envelope.Sealed {
	p.Helper()
	boards, err := fs.ReadFile(electiontest.FS(), dataset+"/valid/central-board.ndjson")
	if err != nil {
		p.Fatal(err)
	}
	sealed, _, err := p.dispatcher.Send(context.Background(), exchange.Shipment{Request: p.Request(dataset, code, to), Records: schema.NDJSON(bytes.NewReader(boards))})
	if err != nil {
		p.Fatal(err)
	}
	return sealed
}

func (p *plant) step() {
	p.Helper()
	if _, err := p.dispatcher.Step(context.Background()); err != nil {
		p.Fatal(err)
	}
}

// page is what a scraper reads.
func (p *plant) page() string {
	p.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(p.registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		p.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// has wants the page to have these lines.
func (p *plant) has(name string, lines ...string) {
	p.Helper()
	page := p.page()
	for _, line := range lines {
		if !strings.Contains("\n"+page, "\n"+line+"\n") {
			p.Errorf("%s: %q is not in\n%s", name, line, page)
		}
	}
}

func TestMetrics(t *testing.T) {
	p := newPlant(t)
	p.handle = func(context.Context, *exchange.Delivery) error { return errors.New("not now") }
	p.send(ahu)
	posted := p.Clock.Now()
	p.has("posted",
		`segel_operations_total{operation="seal",outcome="open",peer="",reason=""} 1`,
		`segel_operations_total{operation="post",outcome="open",peer="",reason=""} 1`,
		`segel_records_total{operation="seal"} 1`,
		`segel_outbox_up 1`, `segel_outbox_partial 0`,
		`segel_outbox_open_parcels{peer="ahu/badan-hukum",state="queued"} 1`,
		`segel_outbox_open_parcels{peer="ahu/badan-hukum",state="unknown"} 0`,
		fmt.Sprintf(`segel_outbox_oldest_open_parcel_timestamp_seconds{peer="ahu/badan-hukum"} %v`, float64(posted.Unix())),
		fmt.Sprintf(`segel_directory_expiry_timestamp_seconds %v`, float64(p.Directory.Expires().Unix())),
	)
	p.step() // nobody is there
	p.has("nobody there",
		`segel_operations_total{operation="deliver",outcome="open",peer="ahu/badan-hukum",reason="unavailable"} 1`,
		`segel_outbox_open_parcels{peer="ahu/badan-hukum",state="unknown"} 1`,
		`segel_outbox_silent_attempts{peer="ahu/badan-hukum"} 1`,
		`segel_outbox_attempts{peer="ahu/badan-hukum"} 0`,
		`segel_store_up 1`,
	)
	p.Wire.Connect(ahu.Party, p.receiver)
	p.Clock.Move(time.Hour)
	p.step() // the handler fails
	p.has("the handler fails",
		`segel_operations_total{operation="receive",outcome="open",peer="kpu/sipol",reason="handler_failed"} 1`,
		`segel_store_unsettled_envelopes{peer="kpu/sipol"} 1`,
		`segel_handler_duration_seconds_count 1`,
	)
	p.handle = nil
	p.Clock.Move(time.Hour)
	p.step()
	p.has("settled",
		`segel_operations_total{operation="receive",outcome="accepted",peer="kpu/sipol",reason=""} 1`,
		`segel_operations_total{operation="deliver",outcome="accepted",peer="ahu/badan-hukum",reason=""} 1`,
		`segel_operations_total{operation="settle",outcome="accepted",peer="ahu/badan-hukum",reason=""} 1`,
		`segel_parcel_duration_seconds_sum{operation="settle"} 7200`,
		`segel_parcel_duration_seconds_bucket{operation="settle",le="3600"} 0`,
		`segel_parcel_duration_seconds_bucket{operation="settle",le="21600"} 1`,
		`segel_records_total{operation="receive"} 1`,
		`segel_outbox_open_parcels{peer="ahu/badan-hukum",state="unknown"} 0`,
		`segel_operation_duration_seconds_count{operation="receive"} 2`,
	)
	if page := p.page(); strings.Contains(page, "segel_store_unsettled_envelopes{") || strings.Contains(page, "segel_outbox_oldest_open_parcel_timestamp_seconds{") {
		t.Error("what is settled is still there")
	}
	problems, err := promlint.New(strings.NewReader(p.page())).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("conventions: %v, %v", problems, err)
	}
}

// The package doc lists the metrics that there are.
func TestEveryMetricIsDocumented(t *testing.T) {
	p := newPlant(t)
	p.Wire.Connect(ahu.Party, p.receiver)
	p.send(ahu)
	p.step()
	p.handle = func(context.Context, *exchange.Delivery) error { return errors.New("not now") }
	p.send(ahu)
	p.step()
	families, err := p.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, m := range regexp.MustCompile(`(?m)^//\t(segel_[a-z_]+)(?:\{([a-z,]*)\})? +[a-z0-9]`).FindAllSubmatch(doc, -1) {
		want = append(want, fmt.Sprintf("%s{%s}", m[1], m[2]))
	}
	for _, f := range families {
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		got = append(got, fmt.Sprintf("%s{%s}", f.GetName(), strings.Join(labels, ",")))
	}
	for i := range want { // labels have the order of a reader there, of the alphabet here
		name, labels, _ := strings.Cut(strings.TrimSuffix(want[i], "}"), "{")
		list := strings.Split(labels, ",")
		slices.Sort(list)
		want[i] = name + "{" + strings.Join(list, ",") + "}"
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) || len(got) < 10 {
		t.Errorf("there are  %v\ndocumented %v", got, want)
	}
}

// Whoever is no party, or writes what it likes, adds no series: the labels are
// closed sets, and names of proven parties.
func TestStrangersAddNoSeries(t *testing.T) {
	ctx := context.Background()
	p := newPlant(t)
	p.Wire.Connect(ahu.Party, p.receiver)
	p.send(ahu)
	p.step()
	stranger := envelopetest.Stranger()
	def, err := p.Definitions.Latest(dataset)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := envelope.Records(nil)
	if err != nil {
		t.Fatal(err)
	}
	const canary = "n3174012501990001"
	forge := func(key *envelope.PrivateKey, change func(*envelope.Draft)) []byte {
		t.Helper()
		d := envelope.Draft{
			Sender: sipol.Party, Recipients: []envelope.Recipient{ahu.Recipient()}, Dataset: envelope.Dataset(def.Ref()), Purpose: code,
			Agreement: envelope.Agreement{ID: exchangetest.Agreement, Digest: envelopetest.Digest("x")}, IssuedAt: p.Clock.Now(),
		}
		change(&d)
		sealed, err := envelope.Seal(key, d, payload)
		if err != nil {
			t.Fatal(err)
		}
		return sealed.File()
	}
	var files [][]byte
	for i := range 25 {
		name := fmt.Sprintf("%s%d", canary, i)
		party := envelope.Party("x/" + name)
		for _, key := range []*envelope.PrivateKey{stranger.Signing, sipol.Signing} { // strangers, and a party that lies
			files = append(files,
				forge(key, func(d *envelope.Draft) { d.Sender = party }),
				forge(key, func(d *envelope.Draft) {
					d.Recipients = append(d.Recipients, envelope.Recipient{Party: party, Key: pengawasan.Encryption.Public()})
				}),
				forge(key, func(d *envelope.Draft) { d.Dataset.ID = "x/" + name }),
				forge(key, func(d *envelope.Draft) { d.Agreement.ID = name }),
				forge(key, func(d *envelope.Draft) { d.Purpose = "PARPOL-" + "N3174012501990001" }),
				forge(key, func(d *envelope.Draft) { d.Commitments = map[string]string{"/" + name: envelopetest.Digest(name)} }),
				forge(key, func(d *envelope.Draft) {
					d.Supersedes = &envelope.Supersession{ID: "018da7f0-0000-7000-8000-000000000001", Digest: envelopetest.Digest("x"), First: "018da7f0-0000-7000-8000-000000000001", Revision: 1, Reason: name}
				}),
			)
		}
		files = append(files, []byte(name), []byte("segel/1\n\x00\x01\x00\x00\x00\x10"+name))
	}
	for _, file := range files {
		p.receiver.Receive(ctx, bytes.NewReader(file))
		p.receiver.SettleOrCancel(ctx, file)
	}
	page := p.page()
	if strings.Contains(strings.ToLower(page), canary) {
		t.Error("the page has what strangers wrote")
	}
	reasons := map[string]bool{"": true}
	for _, r := range envelope.Reasons() {
		reasons[string(r)] = true
	}
	series := 0
	for _, m := range regexp.MustCompile(`(?m)^segel_operations_total\{operation="(.*)",outcome="(.*)",peer="(.*)",reason="(.*)"\}`).FindAllStringSubmatch(page, -1) {
		series++
		op, outcome, peer, reason := m[1], m[2], m[3], m[4]
		if !slices.Contains([]string{"seal", "post", "deliver", "settle", "receive", "answer"}, op) ||
			!slices.Contains([]string{"open", "accepted", "refused"}, outcome) ||
			!slices.Contains([]string{"", string(sipol.Party), string(ahu.Party)}, peer) || !reasons[reason] {
			t.Errorf("a series of somebody else's: %s", m[0])
		}
	}
	if series < 8 || series > 20 {
		t.Errorf("%d series after %d forgeries", series, len(files))
	}
}

// broken is an outbox that fails.
type broken struct{ exchange.Outbox }

func (*broken) Overdue(context.Context, time.Time, int) ([]exchange.Parcel, error) {
	return nil, errors.New("disk 3174012501990001 on fire")
}

// A scrape tells that something cannot be read, and goes on.
func TestNotUp(t *testing.T) {
	p := newPlant(t)
	d, err := exchange.NewDispatcher(exchange.DispatcherConfig{Sender: p.Sender(sipol), Outbox: &broken{p.Outbox(sipol)}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := p.ReceiverConfig(ahu, code, func(context.Context, *exchange.Delivery) error { return nil })
	cfg.Store = struct{ exchange.Store }{cfg.Store} // one that does not count
	r, err := exchange.NewReceiver(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p.registry = client.NewRegistry()
	p.registry.MustRegister(prometheus.Outbox(d), prometheus.Store(r))
	p.has("not up", "segel_outbox_up 0", "segel_store_up 0")
	if n := strings.Count(p.page(), "\nsegel_"); n != 2 {
		t.Errorf("%d series of what cannot be read", n)
	}
}

func TestNew(t *testing.T) {
	if _, err := prometheus.New(nil); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("without a registerer: %v", err)
	}
	registry := client.NewRegistry()
	taken := client.NewCounterVec(client.CounterOpts{Name: "segel_findings_total", Help: "Rules broken by records of envelopes that were sealed or accepted."}, []string{"operation"})
	registry.MustRegister(taken)
	if _, err := prometheus.New(registry); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("with a name that is taken: %v", err)
	}
	registry.Unregister(taken)
	if _, err := prometheus.New(registry); err != nil {
		t.Errorf("what failed left something behind: %v", err)
	}
	if _, err := prometheus.New(client.WrapRegistererWith(client.Labels{"party": "kpu/sipol"}, client.NewRegistry())); err != nil {
		t.Errorf("with a label for a party: %v", err)
	}
}

func BenchmarkObserve(b *testing.B) {
	o, err := prometheus.New(client.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	x := exchange.Observation{
		Operation: exchange.OperationReceive, Peer: sipol.Party, Outcome: exchange.OutcomeAccepted,
		Duration: time.Millisecond, Handler: time.Microsecond, Bytes: 3000, Records: 1,
	}
	b.ReportAllocs()
	for b.Loop() {
		o.Observe(x)
	}
}
