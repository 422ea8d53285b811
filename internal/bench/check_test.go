package bench

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/synthetic"
)

var checked = flag.Int("checked", 64, "size of the content that is checked too, in MiB")

const (
	dataset = "sirekap/hasil-tps"
	use     = "AWAS-TAHAPAN"
)

// generate writes a file of sound records of polling stations.
func generate(name string) {
	f := must(os.Create(name))
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	g, size := must(synthetic.New(dataset, 1, 0)), 0
	for record := range g.Rows(g.Max()) {
		if size += len(record) + 1; size > *checked<<20 {
			break
		}
		must(w.Write(append(record, '\n')))
	}
	check(w.Flush())
}

// staged is where a receiver writes content.
type staged struct{ *os.File }

func (staged) Discard() {}

// BenchmarkChecked goes from file to file in memory, as the command does: sealing
// with check, rules, leak guard, journal and directory in one pass, and opening
// likewise, beside age, which looks at nothing and signs nothing. Then the check
// alone.
func BenchmarkChecked(b *testing.B) {
	dir := memory(b)
	path := func(name string) string { return filepath.Join(dir, name) }
	generate(path("rows"))
	from, to := envelopetest.Sirekap(), envelopetest.Pengawasan()
	var world *exchangetest.World // a new one each time: a store takes an envelope once
	anew := func() { world = exchangetest.NewWorld() }
	sealChecked := func(w io.Writer, r io.Reader) {
		s, _, err := world.Sender(from).Seal(context.Background(), exchange.Shipment{
			Request: world.Request(dataset, use, to), Records: schema.NDJSON(r), Body: w, Codec: envelope.CodecNone,
		})
		if check(err); s.Closing() == nil {
			panic("no body")
		}
	}
	openChecked := func(w io.Writer, r io.Reader) {
		c := world.ReceiverConfig(to, use, func(context.Context, *exchange.Delivery) error { return nil })
		c.Stage = func(context.Context, envelope.Proof) (exchange.Stage, error) { return staged{w.(*os.File)}, nil }
		check(must(exchange.NewReceiver(c)).Receive(context.Background(), r).Err())
	}
	checkAlone := func(_ io.Writer, r io.Reader) {
		def := must(world.Definitions.Latest(dataset))
		if report := must(def.Check(context.Background(), schema.NDJSON(r), schema.CheckOptions{})); report.Errors > 0 {
			panic(fmt.Sprint(report.ByRule))
		}
	}
	old := *mib
	*mib = *checked
	defer func() { *mib = old }()
	for b.Loop() {
		r := race(b, []contestant{
			{name: "age", run: files(b, path("rows"), path("age"), ageSeal)},
			{name: "segel, checked", run: files(b, path("rows"), path("segel"), sealChecked), before: anew},
			{name: "check", run: files(b, path("rows"), path("none"), checkAlone), before: anew},
		})
		ratio(b, r, "checked-seal/age", "segel, checked", "age", 0.7)
		r = race(b, []contestant{
			{name: "age", run: files(b, path("age"), path("out"), ageOpen)},
			{name: "segel, checked", run: files(b, path("segel"), path("out"), openChecked), before: anew},
		})
		ratio(b, r, "checked-open/age", "segel, checked", "age", 0.7)
	}
}
