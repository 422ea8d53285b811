package bench

import (
	"bytes"
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/internal/shared"
)

var (
	mib    = flag.Int("mib", 256, "size of the content, in MiB")
	rounds = flag.Int("rounds", 5, "how often each contestant runs")
)

// A contestant does its work once and tells how many bytes it wrote.
type contestant struct {
	name   string
	run    func() int64
	before func() // what is not measured; nil: nothing
}

// A result is one round of a contestant.
type result struct {
	took, cpu time.Duration
	wrote     int64
	peak      uint64 // heap in use beyond what was there, at most
}

// race lets the contestants take turns. It prints the medians, because testing cuts
// what a benchmark logs.
func race(b *testing.B, all []contestant) map[string][]result {
	b.Helper()
	results := map[string][]result{}
	for range *rounds {
		for _, c := range all {
			if c.before != nil {
				c.before()
			}
			runtime.GC()
			peak := watch()
			began, busy := time.Now(), shared.CPUTime()
			wrote := c.run()
			results[c.name] = append(results[c.name], result{time.Since(began), shared.CPUTime() - busy, wrote, peak()})
		}
	}
	for _, c := range all {
		r := results[c.name]
		fmt.Printf("%-28s %7.0f MB/s %6.2f s of CPU, %5.2f of the size, %3.0f MiB of heap\n", c.name,
			float64(*mib<<20)/1e6/median(r, func(r result) float64 { return r.took.Seconds() }),
			median(r, func(r result) float64 { return r.cpu.Seconds() }), float64(r[0].wrote)/float64(*mib<<20),
			median(r, func(r result) float64 { return float64(r.peak >> 20) }))
	}
	return results
}

// median is that of what of returns.
func median[T any](all []T, of func(T) float64) float64 {
	var values []float64
	for _, r := range all {
		values = append(values, of(r))
	}
	slices.Sort(values)
	n := len(values)
	return (values[n/2] + values[(n-1)/2]) / 2
}

// watch samples the heap until the returned function is called.
func watch() (peak func() uint64) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	stop, done := make(chan struct{}), make(chan uint64)
	base := heap()
	go func() {
		top := base
		for {
			top = max(top, heap())
			select {
			case <-stop:
				done <- max(top, heap()) - base
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(stop); return <-done }
}

// ratio reports how much quicker one is than the other in the same round, as the
// median of the rounds, and says so if that is less than is wanted.
func ratio(b *testing.B, r map[string][]result, name, one, other string, want float64) {
	b.Helper()
	var pairs [][2]result
	for i := range r[one] {
		pairs = append(pairs, [2]result{r[one][i], r[other][i]})
	}
	got := median(pairs, func(p [2]result) float64 { return float64(p[1].took) / float64(p[0].took) })
	b.ReportMetric(got, name)
	verdict := "ok"
	if got < want {
		verdict = "MISSED"
	}
	fmt.Printf("%-44s %.2f, wanted %.2f: %s (by CPU time %.2f)\n", one+" / "+other, got, want, verdict,
		median(pairs, func(p [2]result) float64 { return float64(p[1].cpu) / float64(p[0].cpu) }))
}

// rows are records of polling stations that there are not, as many bytes as were
// asked for and no two alike.
var rows = sync.OnceValue(func() []byte {
	out := make([]byte, 0, *mib<<20+1024)
	for i := 0; ; i++ {
		at := len(out)
		h := sha256.Sum256(fmt.Append(nil, i))
		out = fmt.Appendf(out, `{"kode_tps":"31%011d","nama_tps":"TPS %03d","ts":"2024-02-15 %02d:%02d:%02d","psu":null,"status_suara":true,"status_adm":true,`+
			`"chart":{"100025":%d,"100026":%d,"100027":%d},"images":["https://example.invalid/%x.jpg","https://example.invalid/%x.jpg"],`+
			`"administrasi":{"suara_sah":%d,"suara_total":%d,"pemilih_dpt_j":%d,"pemilih_dpt_l":%d,"pemilih_dpt_p":%d,"pengguna_dpt_j":%d,"suara_tidak_sah":%d,"pengguna_total_j":%d}}`+"\n",
			i, i%999, h[0]%24, h[1]%60, h[2]%60, h[3], h[4], h[5], h[6:12], h[12:18], int(h[3])+int(h[4])+int(h[5]), int(h[3])+int(h[4])+int(h[5])+int(h[18]%9),
			int(h[19])+200, int(h[19])/2+100, int(h[19])/2+100, int(h[19])+100, h[18]%9, int(h[19])+110)
		if len(out) > *mib<<20 {
			return out[:at]
		}
	}
})

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// seal seals r to w.
func seal(w io.Writer, r io.Reader, codec envelope.Codec) {
	from, to := envelopetest.Sirekap(), envelopetest.Pengawasan()
	out := must(envelope.NewWriter(context.Background(), w, from.Signing, envelopetest.Draft(from, to), envelope.Layout{Media: envelope.MediaRecords, Codec: codec}))
	must(io.Copy(out, r))
	check(out.Close())
}

// open opens r to w.
func open(w io.Writer, r io.Reader) {
	in := must(envelope.OpenStream(context.Background(), r, envelopetest.Opener(envelopetest.Pengawasan()), &envelopetest.InsecureAuthority{}))
	must(io.Copy(w, in))
}

var identity = sync.OnceValue(func() *age.X25519Identity { return must(age.GenerateX25519Identity()) })

func ageSeal(w io.Writer, r io.Reader) {
	out := must(age.Encrypt(w, identity().Recipient()))
	must(io.Copy(out, r))
	check(out.Close())
}

func ageOpen(w io.Writer, r io.Reader) { must(io.Copy(w, must(age.Decrypt(r, identity())))) }

var signer = sync.OnceValue(func() ed25519.PrivateKey { _, k, err := ed25519.GenerateKey(rand.Reader); check(err); return k })

var signature []byte

// signed is age, and an Ed25519ph signature over the whole, in one pass.
func signedSeal(w io.Writer, r io.Reader) {
	h := sha512.New()
	out := must(age.Encrypt(w, identity().Recipient()))
	must(io.CopyBuffer(io.MultiWriter(h, out), struct{ io.Reader }{r}, make([]byte, 256<<10)))
	check(out.Close())
	signature = must(signer().Sign(nil, h.Sum(nil), &ed25519.Options{Hash: crypto.SHA512}))
}

func signedOpen(w io.Writer, r io.Reader) {
	h := sha512.New()
	must(io.CopyBuffer(io.MultiWriter(h, w), must(age.Decrypt(r, identity())), make([]byte, 256<<10)))
	check(ed25519.VerifyWithOptions(signer().Public().(ed25519.PublicKey), h.Sum(nil), signature, &ed25519.Options{Hash: crypto.SHA512}))
}

// files runs work from one file to another.
func files(b *testing.B, from, to string, work func(io.Writer, io.Reader)) func() int64 {
	return func() int64 {
		in := must(os.Open(from))
		defer in.Close()
		out := must(os.Create(to))
		defer out.Close()
		work(out, in)
		return must(out.Seek(0, io.SeekCurrent))
	}
}

// memory is where files are in memory.
func memory(b *testing.B) string {
	dir, err := os.MkdirTemp("/dev/shm", "segel-bench")
	if err != nil {
		b.Logf("no /dev/shm: the files are on a disk")
		return b.TempDir()
	}
	b.Cleanup(func() { check(os.RemoveAll(dir)) })
	return dir
}

// BenchmarkFiles goes from file to file in memory.
func BenchmarkFiles(b *testing.B) {
	dir := memory(b)
	path := func(name string) string { return filepath.Join(dir, name) }
	check(os.WriteFile(path("rows"), rows(), 0o600))
	with := func(codec envelope.Codec) func(io.Writer, io.Reader) {
		return func(w io.Writer, r io.Reader) { seal(w, r, codec) }
	}
	for b.Loop() {
		r := race(b, []contestant{
			{name: "age", run: files(b, path("rows"), path("age"), ageSeal)},
			{name: "age, signed", run: files(b, path("rows"), path("signed"), signedSeal)},
			{name: "segel", run: files(b, path("rows"), path("segel"), with(envelope.CodecNone))},
			{name: "segel, zstd", run: files(b, path("rows"), path("zstd"), with(envelope.CodecZstd))},
		})
		ratio(b, r, "seal/age-signed", "segel", "age, signed", 2)
		ratio(b, r, "seal/age", "segel", "age", 1)
		ratio(b, r, "zstd-seal/age-signed", "segel, zstd", "age, signed", 1.3)
		r = race(b, []contestant{
			{name: "age", run: files(b, path("age"), path("out"), ageOpen)},
			{name: "age, signed", run: files(b, path("signed"), path("out"), signedOpen)},
			{name: "segel", run: files(b, path("segel"), path("out"), open)},
			{name: "segel, zstd", run: files(b, path("zstd"), path("out"), open)},
		})
		ratio(b, r, "open/age-signed", "segel", "age, signed", 2)
		ratio(b, r, "open/age", "segel", "age", 1)
		ratio(b, r, "zstd-open/age-signed", "segel, zstd", "age, signed", 1)
	}
}

// writing is an io.Writer that counts and forgets.
type writing struct{ n int64 }

func (w *writing) Write(p []byte) (int, error) { w.n += int64(len(p)); return len(p), nil }

// BenchmarkFloor goes from memory to nowhere, and beside it the hash and the
// cipher alone over the same chunks on all cores. What is opened lies at the same
// place for both, because not all memory of a machine is equally quick.
func BenchmarkFloor(b *testing.B) {
	var sealed bytes.Buffer
	seal(&sealed, bytes.NewReader(rows()), envelope.CodecNone)
	chunks, ciphertexts, gcm := floorChunks()
	place := make([]byte, sealed.Len())
	for b.Loop() {
		r := race(b, []contestant{
			{name: "floor", run: func() int64 {
				return everywhere(len(chunks), func(i int, buf []byte) {
					sha256.Sum256(chunks[i])
					gcm.Seal(buf[:0], nonce(i), chunks[i], nil)
				})
			}},
			{name: "segel", run: func() int64 {
				w := &writing{}
				seal(w, bytes.NewReader(rows()), envelope.CodecNone)
				return w.n
			}},
		})
		ratio(b, r, "seal/floor", "segel", "floor", 0.85)
		const step = envelope.DefaultChunk + 16
		r = race(b, []contestant{
			{name: "floor", before: func() { copy(place, ciphertexts) }, run: func() int64 {
				return everywhere(len(chunks), func(i int, buf []byte) {
					plain := must(gcm.Open(buf[:0], nonce(i), place[i*step:][:len(chunks[i])+16], nil))
					sha256.Sum256(plain)
				})
			}},
			{name: "segel", before: func() { copy(place, sealed.Bytes()) }, run: func() int64 {
				w := &writing{}
				open(w, bytes.NewReader(place))
				return w.n
			}},
		})
		ratio(b, r, "open/floor", "segel", "floor", 0.75)
	}
}

func nonce(i int) []byte {
	return []byte{0, 0, 0, 0, 0, 0, 0, 0, byte(i >> 16), byte(i >> 8), byte(i), 0}
}

func floorChunks() (chunks [][]byte, ciphertexts []byte, gcm cipher.AEAD) {
	gcm = must(cipher.NewGCM(must(aes.NewCipher(make([]byte, 32)))))
	for rest := rows(); len(rest) > 0; {
		n := min(len(rest), envelope.DefaultChunk)
		ciphertexts = gcm.Seal(ciphertexts, nonce(len(chunks)), rest[:n], nil)
		chunks, rest = append(chunks, rest[:n]), rest[n:]
	}
	return chunks, ciphertexts, gcm
}

// everywhere does work for each of n chunks, on all cores.
func everywhere(n int, work func(i int, buf []byte)) int64 {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			buf := make([]byte, envelope.DefaultChunk+16)
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i, buf)
			}
		})
	}
	wg.Wait()
	return int64(len(rows()))
}
