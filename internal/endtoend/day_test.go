package endtoend

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/shared"
)

// An evening is what the polling stations send after polling day: how many
// envelopes come in each of its equal parts, and how long all of it takes.
type evening struct {
	took  time.Duration
	parts []int
	burst int // of which so many come at once, in a sixtieth of a part, as the second part begins
}

const (
	forms  = 4_100_000 // five of each of 820,000 stations
	hours  = 6
	slower = 60   // the scale of time
	burst  = 2000 // a second, for a minute of the day
)

// evenings returns the whole evening, a sixtieth as long and at its own rates, or a
// slice of it: share is which part of the rates comes to this machine.
func evenings(part, share float64) evening {
	e := evening{took: time.Duration(part * float64(hours*time.Hour/slower)), burst: int(burst * share * part)}
	// Most stations are done counting early. The percentages are assumed.
	for _, percent := range []float64{30, 25, 18, 12, 9, 6} {
		e.parts = append(e.parts, int(forms/slower*percent/100*share*part))
	}
	return e
}

// arrivals are when the envelopes come, in order.
func (e evening) arrivals(seed uint64) (at []time.Duration) {
	r := rand.New(rand.NewPCG(seed, 1))
	long := e.took / time.Duration(len(e.parts))
	for i, n := range e.parts {
		for range n {
			at = append(at, time.Duration(i)*long+time.Duration(r.Int64N(int64(long))))
		}
	}
	for range e.burst {
		at = append(at, long+time.Duration(r.Int64N(int64(long/60))))
	}
	slices.Sort(at)
	return at
}

// The forms of all polling stations come in over six hours, most of them early, and
// once 2,000 a second for a minute. Here an hour has a minute, at the rates of the
// day; in a slice of the story an hour has half a second, at a tenth of them. All
// arrive, once, and nothing is left behind.
func TestADay(t *testing.T) {
	e := evenings(1.0/120, 0.1)
	if long() {
		e = evenings(1, 1)
	}
	seed := shared.Seed(t)
	for _, w := range ways {
		if w.postgres {
			t.Run(w.name, func(t *testing.T) { e.pass(t, w, seed) })
		}
	}
}

// A mark is one envelope: when it was to be sent, and when its receipt was durable.
type mark struct{ due, settled time.Duration }

// pass sends what an evening brings to three receivers. Nobody waits for an answer
// before the next one is sent, so that slow answers do not thin out what comes.
func (e evening) pass(t *testing.T, w way, seed uint64) {
	p := newNodes(t, w, 3, false)
	d := p.dispatcher(func(c *exchange.DispatcherConfig) { c.PerPeer = 64 })
	defer p.run(d)()
	arrivals := e.arrivals(seed)
	marks := make([]mark, len(arrivals))
	due := make(chan int, len(arrivals))
	var sealing, under sync.WaitGroup
	began, cpu, disk := time.Now(), shared.CPUTime()+p.servers(), p.disk()
	for range 64 {
		sealing.Go(func() {
			for n := range due {
				sealed, _, err := d.Send(t.Context(), p.shipment())
				if err != nil {
					t.Error(err)
					return
				}
				under.Go(func() {
					select {
					case <-p.box.wait(sealed.Manifest().ID):
						marks[n] = mark{arrivals[n], time.Since(began)}
					case <-t.Context().Done():
					}
				})
			}
		})
	}
	for n, at := range arrivals {
		time.Sleep(time.Until(began.Add(at)))
		due <- n
	}
	close(due)
	sealing.Wait()
	under.Wait()
	took := time.Since(began)
	cpu, disk = shared.CPUTime()+p.servers()-cpu, p.disk()-disk
	if n := int(p.calls.Load()); t.Failed() || n != len(arrivals) {
		t.Fatalf("the handler was called %d times for %d envelopes", n, len(arrivals))
	}
	t.Logf("%d envelopes in %.1f s; %.0f µs of the cores, %d bytes of disk for each (tables, indexes and journals), memory %d MiB at most",
		len(arrivals), took.Seconds(), float64(cpu.Microseconds())/float64(len(arrivals)), disk/int64(len(arrivals)), memory()>>20)
	e.tell(t, marks)
}

// tell prints a line for each part.
func (e evening) tell(t *testing.T, marks []mark) {
	long := e.took / time.Duration(len(e.parts))
	slices.SortFunc(marks, func(a, b mark) int { return int(a.settled - b.settled) })
	for i := range e.parts {
		from, to := time.Duration(i)*long, time.Duration(i+1)*long
		var waited []time.Duration
		offered, arrived, open, most := 0, 0, 0, 0
		var changes []mark // due: how the backlog changed, settled: when
		for _, m := range marks {
			if m.due >= from && m.due < to {
				offered++
				waited = append(waited, m.settled-m.due)
			}
			if m.settled >= from && m.settled < to {
				arrived++
			}
			changes = append(changes, mark{1, m.due}, mark{-1, m.settled})
		}
		slices.SortFunc(changes, func(a, b mark) int { return int(a.settled - b.settled) })
		for _, c := range changes {
			if open += int(c.due); c.settled >= from && c.settled < to {
				most = max(most, open)
			}
		}
		if slices.Sort(waited); len(waited) == 0 {
			continue
		}
		rate := func(n int) float64 { return float64(n) / long.Seconds() }
		t.Logf("part %d: offered %.0f/s, arrived %.0f/s, from due to receipt p50 %v, p99 %v, backlog at most %d", i+1, rate(offered), rate(arrived),
			waited[len(waited)/2].Round(time.Millisecond), waited[len(waited)*99/100].Round(time.Millisecond), most)
	}
}
