package schema

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// boxes are made-up rows of polling stations, all clean.
func boxes(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		a, c, d := 60+i%50, 70+i%30, 20+i%20
		valid, spoilt := a+c+d, i%7
		total := valid + spoilt
		men := total / 2
		fmt.Fprintf(&b, `{"administrasi":{"pemilih_dpt_j":%d,"pemilih_dpt_l":%d,"pemilih_dpt_p":%d,"pengguna_dpt_j":%d,"pengguna_dpt_l":%d,"pengguna_dpt_p":%d,"pengguna_dptb_j":0,"pengguna_dptb_l":0,"pengguna_dptb_p":0,"pengguna_non_dpt_j":0,"pengguna_non_dpt_l":0,"pengguna_non_dpt_p":0,"pengguna_total_j":%d,"pengguna_total_l":%d,"pengguna_total_p":%d,"suara_sah":%d,"suara_tidak_sah":%d,"suara_total":%d},`,
			total+20, men+10, total-men+10, total, men, total-men, total, men, total-men, valid, spoilt, total)
		fmt.Fprintf(&b, `"chart":{"100025":%d,"100026":%d,"100027":%d},"jumlah_images":3,"kode_tps":"31%011d","nama_tps":"TPS %03d","pemilu":"ppwp","status_adm":true,"status_suara":true,"tanggal_pemungutan":"2024-02-14","ts":"2024-02-15 19:30:0%d"}`+"\n",
			a, c, d, i, i%900, i%10)
	}
	return b.Bytes()
}

// boards are made-up boards of parties, all clean.
func boards(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"kode_partai":"%d","kode_wilayah":"31%02d","nomor_sk":"%d/SK/DPP/2022","partai":"Partai Contoh","pengurus":[`, i%24+1, i%90+10, i)
		for k := range 12 {
			if k > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"jabatan":"Wakil Sekretaris Bidang %d","jenis_kelamin":"%c","nama":"Pengurus Contoh %d","nik":"3174%02d%02d0170%04d"}`, k, "LP"[k%2], i, i%90+1, k+1, k+1)
		}
		b.WriteString(`],"singkatan":"PC","sumber":"contoh","tanggal_data":"2022-08-14","tanggal_sk":"2022-01-02","tingkat":"kab"}` + "\n")
	}
	return b.Bytes()
}

// BenchmarkCheck checks clean rows with rules and leak guard, from memory: compiled
// on one core and on two, and beside them jsonschema/v6, which decodes a line and
// holds it against the schema and knows no rules, keys or leaks; the reference, which
// knows all of them; and json.Valid, which says no more than that a line is JSON.
//
// A machine that others use too is faster now and slower then. So all of them take
// turns, round after round, and a figure is that of its best round: others can only
// make it worse. Ratios are of such figures. two/one-median is the median of the
// ratios within a round: if it is far from two/one, the machine was busy and the
// run says little. host-two/one is what the machine gives to two cores that have
// nothing to do with each other (the inner loop twice, each over half of the rows):
// no check can do better.
func BenchmarkCheck(b *testing.B) {
	defs := datasets(b)
	for _, c := range []struct {
		id string
		in []byte
	}{{"sirekap/hasil-tps", boxes(20_000)}, {"sipol/kepengurusan", boards(4_000)}} {
		b.Run(c.id, func(b *testing.B) {
			d := defs[c.id]
			lines := bytes.Split(bytes.TrimSpace(c.in), lineFeed)
			part := lines[:len(lines)/20] // for what is slow
			half := len(lines) / 2
			loops := []*loop{newLoop(d), newLoop(d)}
			one := &timed{cores: 1, of: c.in, run: func() { checkClean(b, d, c.in, len(lines)) }}
			two := &timed{cores: 2, of: c.in, run: one.run}
			inner := &timed{cores: 1, of: c.in, run: func() { loops[0].over(b, lines) }}
			apart := &timed{cores: 2, of: c.in, run: func() {
				var other sync.WaitGroup
				other.Go(func() { loops[1].over(b, lines[:half]) })
				loops[0].over(b, lines[half:])
				other.Wait()
			}}
			few := bytes.Join(part, lineFeed)
			reference := &timed{cores: 1, of: few, run: func() { checkClean(b, d.Reference(), few, len(part)) }}
			alone := &timed{cores: 1, of: few, run: func() {
				for _, line := range part {
					v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
					if err != nil || len(d.engine.check(v)) > 0 {
						b.Fatal("not clean: ", err)
					}
				}
			}}
			valid := &timed{cores: 1, of: few, run: func() {
				for _, line := range part {
					if !json.Valid(line) {
						b.Fatal("not JSON")
					}
				}
			}}
			turns := []*timed{one, two, inner, apart, alone, reference, valid}
			for b.Loop() {
				for range 21 {
					for _, t := range turns {
						t.turn()
					}
					slices.Reverse(turns) // nobody is always behind the same one
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(one.best()/1e6, "MB/s")
			b.ReportMetric(one.best()*float64(len(lines))/float64(len(c.in)), "rows/s")
			b.ReportMetric(two.best()/1e6, "two-MB/s")
			b.ReportMetric(inner.best()/1e6, "loop-MB/s")
			b.ReportMetric(testing.AllocsPerRun(1, inner.run)/float64(len(lines)), "loop-allocs/row")
			b.ReportMetric(alone.best()/1e6, "jsonschema-MB/s")
			b.ReportMetric(valid.best()/1e6, "json.Valid-MB/s")
			b.ReportMetric(two.best()/one.best(), "two/one")
			b.ReportMetric(two.beside(one), "two/one-median")
			b.ReportMetric(apart.best()/inner.best(), "host-two/one")
			b.ReportMetric(one.best()/alone.best(), "one/jsonschema")
			b.ReportMetric(one.best()/reference.best(), "one/reference")
			b.ReportMetric(one.best()/valid.best(), "one/json.Valid")
		})
	}
}

// timed is something over bytes that takes turns with others.
type timed struct {
	cores  int
	of     []byte
	run    func()
	speeds []float64 // bytes a second, of each round
}

func (t *timed) turn() {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(t.cores))
	runtime.GC() // what others have left is not this one's
	begun := time.Now()
	t.run()
	t.speeds = append(t.speeds, float64(len(t.of))/time.Since(begun).Seconds())
}

func (t *timed) best() float64 { return slices.Max(t.speeds) }

// beside is the median of how many times as fast as another it was.
func (t *timed) beside(other *timed) float64 {
	ratios := make([]float64, len(t.speeds))
	for i, speed := range t.speeds {
		ratios[i] = speed / other.speeds[i]
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

func checkClean(b *testing.B, d *Definition, in []byte, rows int) {
	found, err := d.Check(context.Background(), NDJSON(bytes.NewReader(in)), CheckOptions{})
	if err != nil || found.Records != rows || found.Errors+found.Findings+len(found.Notices) > 0 {
		b.Error("not clean: ", err, found)
	}
}

// loop is what a worker does with each record.
type loop struct {
	w *worker
	b batch
}

func newLoop(d *Definition) *loop {
	return &loop{w: &worker{c: &check{d: d, report: newReport(d.ref, 1), seeds: newSeeds()}, m: newMachine(d.program)}}
}

func (l *loop) over(t testing.TB, lines [][]byte) {
	l.b.found, l.b.parts, l.b.amounts = l.b.found[:0], l.b.parts[:0], l.b.amounts[:0]
	for _, line := range lines {
		r := row{record: line}
		l.w.check(&l.b, &r)
		if !r.sound || len(l.b.found) > 0 {
			t.Error("not clean: ", string(line), l.b.found)
			return
		}
	}
}

// TestCleanRecordsAllocateNothing: the machine, the rules, the leak guard and
// the key of a clean record need no memory.
func TestCleanRecordsAllocateNothing(t *testing.T) {
	for id, in := range map[string][]byte{"sirekap/hasil-tps": boxes(50), "sipol/kepengurusan": boards(50)} {
		l := newLoop(datasets(t)[id])
		lines := bytes.Split(bytes.TrimSpace(in), lineFeed)
		if n := testing.AllocsPerRun(20, func() { l.over(t, lines) }); n != 0 {
			t.Errorf("%s: %v allocations for %d records", id, n, len(lines))
		}
	}
}
