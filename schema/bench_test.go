package schema

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
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

// BenchmarkCheck checks clean rows with rules and leak guard, from memory:
// compiled on one goroutine and on two, with the reference, and beside them
// json.Valid, which says no more than that a line is JSON.
func BenchmarkCheck(b *testing.B) {
	defs := datasets(b)
	for _, c := range []struct {
		id string
		in []byte
		n  int
	}{{"sirekap/hasil-tps", boxes(20_000), 20_000}, {"sipol/kepengurusan", boards(4_000), 4_000}} {
		d := defs[c.id]
		report := func(b *testing.B, rows, size int) {
			seconds := b.Elapsed().Seconds()
			b.ReportMetric(float64(b.N)*float64(rows)/seconds, "rows/s")
			b.ReportMetric(float64(b.N)*float64(size)/seconds/1e6, "MB/s")
			b.ReportMetric(0, "ns/op")
		}
		run := func(b *testing.B, d *Definition, in []byte, rows int) {
			for b.Loop() {
				found, err := d.Check(context.Background(), NDJSON(bytes.NewReader(in)), CheckOptions{})
				if err != nil || found.Records != rows || found.Errors+found.Findings+len(found.Notices) > 0 {
					b.Fatal(err, found)
				}
			}
			report(b, rows, len(in))
		}
		for cores := 1; cores <= 2; cores++ {
			b.Run(fmt.Sprint(c.id, "/compiled-", cores), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				run(b, d, c.in, c.n)
			})
		}
		b.Run(c.id+"/jsonschema", func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			part := c.in[:bytes.LastIndexByte(c.in[:len(c.in)/10], '\n')+1]
			run(b, d.Reference(), part, bytes.Count(part, lineFeed))
		})
		b.Run(c.id+"/machine", func(b *testing.B) {
			lines := bytes.Split(bytes.TrimSpace(c.in), lineFeed)
			w := &worker{c: &check{d: d, report: newReport(d.ref, 1), seeds: newSeeds()}, m: newMachine(d.program)}
			batch := &batch{}
			b.ReportAllocs()
			for b.Loop() {
				for _, line := range lines {
					r := row{record: line}
					batch.found = batch.found[:0]
					w.check(batch, &r)
					if !r.sound || len(batch.found) > 0 {
						b.Fatal("not clean")
					}
				}
			}
			report(b, len(lines), len(c.in))
		})
		b.Run(c.id+"/json.Valid", func(b *testing.B) {
			for b.Loop() {
				for line := range bytes.Lines(c.in) {
					if !json.Valid(line) {
						b.Fatal("not JSON")
					}
				}
			}
			report(b, c.n, len(c.in))
		})
	}
}

// TestCleanRecordsAllocateNothing: the machine, the rules, the leak guard and
// the key of a clean record need no memory.
func TestCleanRecordsAllocateNothing(t *testing.T) {
	for id, in := range map[string][]byte{"sirekap/hasil-tps": boxes(50), "sipol/kepengurusan": boards(50)} {
		d := datasets(t)[id]
		w := &worker{c: &check{d: d, report: newReport(d.ref, 1), seeds: newSeeds()}, m: newMachine(d.program)}
		lines := strings.Split(strings.TrimSpace(string(in)), "\n")
		records := make([][]byte, len(lines))
		for i, line := range lines {
			records[i] = []byte(line)
		}
		b := &batch{}
		n := testing.AllocsPerRun(20, func() {
			b.parts, b.amounts = b.parts[:0], b.amounts[:0]
			for _, record := range records {
				r := row{record: record}
				w.check(b, &r)
				if !r.sound || len(b.found) > 0 {
					t.Fatal("not clean: ", string(record), b.found)
				}
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations for %d records", id, n, len(records))
		}
	}
}
