package endtoend

import (
	"bytes"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/http"
)

// A hundred forged envelopes stand in front of each honest one: they cost this
// recipient time and nothing else, and the honest ones get through.
func TestForgeriesLeaveNothing(t *testing.T) {
	forged, honest, each, bringers := 2_000, 100, 8, 32
	if long() {
		forged, honest, each = 100_000, 1_000, 64
	}
	p := newPair(t, nil)
	d := p.dispatcher(nil)
	files, ids := p.honest(d, honest) // they wait, and others have seen them
	sorts := p.forgeries(each, files)
	before := p.theirs.lines(t)

	var posted atomic.Int64
	half := make(chan struct{})  // closed when half of the forgeries have been posted
	var answers, failed sync.Map // counts by answer and sort
	var done sync.WaitGroup
	client := &nethttp.Client{Transport: &nethttp.Transport{MaxIdleConnsPerHost: bringers}}
	defer client.CloseIdleConnections()
	heap := watchHeap(forged, &posted)
	began := time.Now()
	for range bringers {
		done.Go(func() {
			for n := posted.Add(1) - 1; n < int64(forged); n = posted.Add(1) - 1 {
				sort := sorts[n%int64(len(sorts))]
				file := sort.files[n/int64(len(sorts))%int64(len(sort.files))]
				if sort.vary {
					file = varied(file)
				}
				status, body := p.bring(client, file)
				count(&answers, fmt.Sprint(status))
				if n == int64(forged)/2 {
					close(half)
				}
				if status != sort.status || !bytes.Contains(body, []byte(`"type":"`+http.ProblemBase)) {
					count(&failed, sort.name)
				}
			}
		})
	}
	<-half
	if n := p.theirs.lines(t) - before; n != 0 || p.calls.Load() != 0 {
		t.Errorf("%d lines in the journal and %d calls after nothing but forgeries", n, p.calls.Load())
	}
	setOut := time.Now()
	stop := p.run(d)
	served := p.settled(ids, 5*time.Minute)
	servedIn := time.Since(setOut)
	left := max(0, forged-int(posted.Load()))
	done.Wait()
	took := time.Since(began)
	stop()
	heap.stop()

	t.Logf("%d forged envelopes of %d sorts by %d bringers in %v (%.0f/s), %d honest ones among the second half of them: all settled in %v, with %d forgeries still to come; answers %v",
		forged, len(sorts), bringers, took.Round(time.Millisecond), float64(forged)/took.Seconds(), honest, servedIn.Round(time.Millisecond), left, counts(&answers))
	t.Logf("heap in use after a collection: %s; most between collections: %.1f MiB", heap.live(), heap.most())
	if served != honest || p.calls.Load() != int64(honest) {
		t.Errorf("%d of %d honest envelopes settled, %d calls of the handler", served, honest, p.calls.Load())
	}
	if c := counts(&failed); len(c) > 0 {
		t.Errorf("forgeries that got something: %v", c)
	}
	if grown := heap.grown(); grown > 8 {
		t.Errorf("what is in use grew by %.1f MiB: %s", grown, heap.live())
	}
	p.hang()
	p.theirs.holds(t, map[string]int{"rows": honest, "rowEnds": honest, "channels": 1, "lasting": 1, "marks": 1}, ids, before)
}

// bring posts a file as somebody who knows no more than the address.
func (p *pair) bring(client *nethttp.Client, file []byte) (status int, body []byte) {
	res, err := client.Post("http://"+p.address+"/envelopes", http.MediaEnvelope, bytes.NewReader(file))
	if err != nil {
		p.Error(err)
		return 0, nil
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		p.Error(err)
	}
	return res.StatusCode, body
}

// settled waits until the envelopes are settled in the outbox, and returns how
// many were accepted.
func (p *pair) settled(ids []string, within time.Duration) (n int) {
	p.Helper()
	late := time.After(within)
	for _, id := range ids {
		select {
		case <-p.box.wait(id):
		case <-late:
			late = time.After(0) // and look at the others
		}
		parcel, err := p.box.Parcel(p.Context(), exchange.Key{Sender: sirekap.Party, ID: id}, bawaslu.Party)
		if err != nil {
			p.Fatal(err)
		}
		if parcel != nil && parcel.State == exchange.ParcelSettled && parcel.Outcome == exchange.OutcomeAccepted {
			n++
		}
	}
	return n
}

func count(m *sync.Map, key string) {
	n, _ := m.LoadOrStore(key, &atomic.Int64{})
	n.(*atomic.Int64).Add(1)
}

func counts(m *sync.Map) map[string]int64 {
	all := map[string]int64{}
	m.Range(func(key, n any) bool {
		all[key.(string)] = n.(*atomic.Int64).Load()
		return true
	})
	return all
}

// lines returns how many lines the journal has.
func (f *folder) lines(t testing.TB) int {
	t.Helper()
	return bytes.Count(f.text(t), []byte{'\n'})
}

func (f *folder) text(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(f.path, "journal.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// holds closes the folder and looks into its files: a store with so many entries in
// each bucket and none in the others, and a journal that since it had before lines
// speaks of these envelopes alone, twice of each.
func (f *folder) holds(t testing.TB, want map[string]int, ids []string, before int) {
	t.Helper()
	if err := f.store.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(filepath.Join(f.path, "store"), 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			if n := b.Stats().KeyN; n != want[string(name)] {
				t.Errorf("the store has %d entries in %s, want %d", n, name, want[string(name)])
			}
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(f.text(t), []byte{'\n'})[before:]
	if n := len(lines) - 1; n != 2*len(ids) {
		t.Errorf("the journal has %d lines, want %d", n, 2*len(ids))
	}
	text := bytes.Join(lines, nil)
	for _, id := range ids {
		if n := bytes.Count(text, []byte(`"id":"`+id+`"`)); n != 2 {
			t.Errorf("the journal speaks %d times of an honest envelope", n)
		}
	}
	entries, err := os.ReadDir(f.path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if !slices.Equal(names, []string{"head", "journal.ndjson", "lock", "store"}) {
		t.Errorf("the folder holds %v", names)
	}
}

// A heapWatch samples what is in use while a number rises.
type heapWatch struct {
	end     chan struct{}
	done    sync.WaitGroup
	samples []float64 // MiB in use after a collection, one at each tenth
	peak    uint64
}

func watchHeap(of int, at *atomic.Int64) *heapWatch {
	w := &heapWatch{end: make(chan struct{})}
	w.done.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for next := of / 10; ; {
			select {
			case <-w.end:
				return
			case <-tick.C:
			}
			var m runtime.MemStats
			if int(at.Load()) >= next {
				next += of / 10
				runtime.GC()
				runtime.ReadMemStats(&m)
				w.samples = append(w.samples, float64(m.HeapAlloc)/(1<<20))
			}
			runtime.ReadMemStats(&m)
			w.peak = max(w.peak, m.HeapAlloc)
		}
	})
	return w
}

func (w *heapWatch) stop()         { close(w.end); w.done.Wait() }
func (w *heapWatch) most() float64 { return float64(w.peak) / (1 << 20) }

// grown returns by how much the second half's least is above the first half's: what
// is kept for each forgery would show there.
func (w *heapWatch) grown() float64 {
	half := len(w.samples) / 2
	if half == 0 {
		return 0
	}
	return slices.Min(w.samples[half:]) - slices.Min(w.samples[:half])
}

func (w *heapWatch) live() string {
	var b bytes.Buffer
	for _, s := range w.samples {
		fmt.Fprintf(&b, "%.1f ", s)
	}
	return b.String() + "MiB"
}
