package endtoend

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/cores"
	"github.com/segel-id/segel/internal/shared"
	"github.com/segel-id/segel/schema"
)

// BenchmarkEndToEnd measures envelopes of 1.2 KiB of records from Dispatcher.Send
// to the verified receipt in the outbox, over loopback HTTP, with a bbolt store
// and a journal on both sides, and beside it, in the same run, how often the
// machine could do that work's cryptography alone on all of its cores. x-floor is
// the one by the other; x-checked is the same with both sides' checks of the
// records in the floor.
//
// All of it, the floor too, runs with two places more than the machine has cores and
// lets 64 MiB of garbage lie, as segel serve does ([cores.Spare], [cores.Garbage]),
// unless the environment says otherwise.
//
// by-hand is what the same steps cost by hand, and no more: see [byHand]. What makes
// the same promises by a request over HTTP and nine durable steps is no nearer to the
// floor than that.
func BenchmarkEndToEnd(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			p := newPair(b, nil)
			p.measure(b, callers)
		})
		b.Run(fmt.Sprintf("by-hand,callers=%d", callers), func(b *testing.B) {
			p, h := newPair(b, nil), newByHand(b)
			p.beside(b, callers, func() error { return h.send(p) })
		})
	}
}

// measure has so many callers send, each the next envelope when the last is
// settled, and reports how fast that goes.
func (p *pair) measure(b *testing.B, callers int) {
	b.Helper()
	d := p.dispatcher(func(c *exchange.DispatcherConfig) { c.PerPeer = 64 })
	defer p.run(d)()
	n := p.beside(b, callers, func() error {
		sealed, _, err := d.Send(context.Background(), p.shipment())
		if err == nil {
			<-p.box.wait(sealed.Manifest().ID)
		}
		return err
	})
	if calls := p.calls.Load(); calls != n {
		b.Errorf("the handler was called %d times for %d envelopes", calls, n)
	}
}

// beside has so many callers send, reports how fast that goes beside the floor, and
// returns how many envelopes were sent in all.
func (p *pair) beside(b *testing.B, callers int, send func() error) int64 {
	b.Helper()
	defer cores.Spare(2)() // in here, because the testing package sets it before
	defer cores.Garbage()()
	// The dispatcher gets to know its peer first.
	const first = 256
	each(b, first, callers, send)
	places := min(callers, runtime.GOMAXPROCS(0))
	floor, checked := p.floor(b, places, false), p.floor(b, places, true)
	b.ResetTimer()
	began, others := shared.CPUTime(), p.servers()
	each(b, b.N, callers, send)
	b.StopTimer()
	others = p.servers() - others
	rate, cpu := float64(b.N)/b.Elapsed().Seconds(), float64(shared.CPUTime()-began+others)/float64(b.N)
	floor.add(p.floor(b, places, false)) // others may have come to the machine meanwhile, or gone
	checked.add(p.floor(b, places, true))
	b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "procs")
	b.ReportMetric(rate, "envelopes/s")
	b.ReportMetric(floor.rate(), "floor/s")
	b.ReportMetric(rate/floor.rate(), "x-floor")
	b.ReportMetric(rate/checked.rate(), "x-checked")
	b.ReportMetric(cpu/1e3, "cpu-µs/op")
	b.ReportMetric(floor.cpuTime()/cpu, "x-floor-cpu")
	b.ReportMetric(checked.cpuTime()/cpu, "x-checked-cpu")
	if p.used != nil {
		b.ReportMetric(float64(others)/float64(b.N)/1e3, "servers-µs/op")
	}
	return int64(b.N) + first
}

// servers returns what servers beside us have had of the cores so far.
func (p *pair) servers() time.Duration {
	if p.used == nil {
		return 0
	}
	return p.used()
}

// each calls f n times by so many callers.
func each(b *testing.B, n, callers int, f func() error) {
	b.Helper()
	var next atomic.Int64
	var done sync.WaitGroup
	for range callers {
		done.Go(func() {
			for next.Add(1) <= int64(n) {
				if err := f(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
}

// A pace is how often something was done, and in what time.
type pace struct {
	n         int
	took, cpu time.Duration
}

func (p *pace) add(q pace)       { p.n, p.took, p.cpu = p.n+q.n, p.took+q.took, p.cpu+q.cpu }
func (p *pace) rate() float64    { return float64(p.n) / p.took.Seconds() }
func (p *pace) cpuTime() float64 { return float64(p.cpu) / float64(p.n) }

// floor has so many at a time do the cryptography of one envelope and its receipt
// again and again.
func (p *pair) floor(b *testing.B, places int, checked bool) pace {
	b.Helper()
	def, err := p.Definitions.Latest(dataset)
	if err != nil {
		b.Fatal(err)
	}
	check := func() error {
		if !checked {
			return nil
		}
		_, err := def.Check(context.Background(), schema.NDJSON(bytes.NewReader(p.records)), schema.CheckOptions{})
		return err
	}
	once := func() error {
		if err := check(); err != nil {
			return err
		}
		file, err := p.sealed()
		if err != nil {
			return err
		}
		if err := check(); err != nil {
			return err
		}
		receipt, err := answered(file)
		if err != nil {
			return err
		}
		return verified(receipt)
	}
	n := min(1000, max(100, b.N))
	began, cpu := time.Now(), shared.CPUTime()
	each(b, n, places, once)
	return pace{n, time.Since(began), shared.CPUTime() - cpu}
}

// The cryptography of an envelope and its receipt, in three steps.

// sealed returns an envelope file of the records.
func (p *pair) sealed() ([]byte, error) {
	s, err := envelopetest.Seal(p.records, sirekap, bawaslu)
	if err != nil {
		return nil, err
	}
	return s.File(), nil
}

// answered opens it and returns a receipt.
func answered(file []byte) ([]byte, error) {
	if _, err := envelopetest.Open(file, bawaslu); err != nil {
		return nil, err
	}
	statement := bytes.Repeat([]byte{' '}, 1024) // what a receipt is filled up to
	jws, err := envelope.SignToken(envelope.TypeReceipt, statement, bawaslu.Signing)
	if err != nil {
		return nil, err
	}
	return envelope.EncryptToken(envelope.TypeSealedReceipt, jws, sirekap.Encryption.Public())
}

// verified opens the receipt.
func verified(receipt []byte) error {
	jws, err := envelope.DecryptToken(envelope.TypeSealedReceipt, receipt, sirekap.Encryption)
	if err != nil {
		return err
	}
	_, err = envelope.VerifyToken(envelope.TypeReceipt, jws, bawaslu.Signing.Public())
	return err
}
