package bench

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
)

var (
	large = flag.Int("large", 512, "size of the larger content of the memory benchmark, in MiB")
	child = flag.String("child", "", "what this process is to do for BenchmarkMemory")
)

// endless repeats rows, as many bytes as are asked for.
type endless struct {
	rows []byte
	pos  int
	left int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(int64(len(p)), e.left)], e.rows[e.pos:])
	e.pos, e.left = (e.pos+n)%len(e.rows), e.left-int64(n)
	return n, nil
}

func TestMain(m *testing.M) {
	flag.Parse()
	if *child != "" {
		sealAndOpen()
		return
	}
	os.Exit(m.Run())
}

// sealAndOpen is the process whose memory is measured: it seals, and opens what it
// has sealed, without a file between them.
func sealAndOpen() {
	var size int64
	var codec envelope.Codec
	must(fmt.Sscan(*child, &size, &codec))
	row := []byte(`{"kode_tps":"3199011001001","suara":[101,202,303],"lat":null,"lon":null}` + "\n")
	block := bytes.Repeat(row, 1<<20/len(row))
	size -= size % int64(len(row))
	r, w := io.Pipe()
	go func() {
		seal(w, &endless{rows: block, left: size}, codec)
		check(w.Close())
	}()
	out := &writing{}
	open(out, r)
	if out.n != size {
		panic("content was lost")
	}
	status := must(os.ReadFile("/proc/self/status"))
	for line := range strings.Lines(string(status)) {
		if peak, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Println("PEAK", strings.Fields(peak)[0])
		}
	}
}

// BenchmarkMemory seals and opens at once, in a process of its own, and asks the
// system for the most memory that it had: of 64 MiB, and of much more.
func BenchmarkMemory(b *testing.B) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		b.Skip("no /proc")
	}
	for b.Loop() {
		for _, codec := range []envelope.Codec{envelope.CodecNone, envelope.CodecZstd} {
			for _, mib := range []int{64, *large} {
				cmd := exec.Command(os.Args[0], fmt.Sprintf("-child=%d %s", mib<<20, codec))
				out, err := cmd.CombinedOutput()
				_, peak, found := strings.Cut(string(out), "PEAK ")
				var kib float64
				if _, scan := fmt.Sscan(peak, &kib); err != nil || !found || scan != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				b.ReportMetric(kib/1024, fmt.Sprintf("MiB-peak-%s-%d", codec, mib))
			}
		}
	}
}
