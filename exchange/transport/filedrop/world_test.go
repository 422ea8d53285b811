package filedrop_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/spool"
	"github.com/segel-id/segel/exchange/transport/filedrop"
	"github.com/segel-id/segel/schema"
)

const (
	dataset = "sipol/kepengurusan"
	code    = "PARPOL-BADANHUKUM"
	board   = `{"kode_partai":"99","partai":"Partai Contoh","tingkat":"pusat","kode_wilayah":null,"nomor_sk":"M.HH-001.AH.11.02 TAHUN 2022","tanggal_sk":"2022-06-01","pengurus":[{"jabatan":"Ketua","nama":"Warga Contoh"}]}` + "\n"
	canary  = "3174012501990001"
)

var (
	sipol   = envelopetest.Sipol()
	ahu     = envelopetest.BadanHukum()
	bawaslu = envelopetest.Pengawasan()
)

// A road is Sipol with an outbox, AHU with a receiver, no network, and a stick.
type road struct {
	*testing.T
	*exchangetest.World
	dir        string
	stick      *filedrop.Folder
	box        exchange.Outbox
	dispatcher *exchange.Dispatcher
	ahu        *exchange.Receiver
	handled    int
	fails      error
}

func newRoad(t *testing.T) *road {
	t.Helper()
	r := &road{T: t, World: exchangetest.NewWorld(), dir: t.TempDir()}
	r.stick = open(t, r.dir)
	r.box = r.Outbox(sipol)
	bodies, err := spool.Open(t.TempDir(), spool.Limits{}, r.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	r.dispatcher, err = exchange.NewDispatcher(exchange.DispatcherConfig{Sender: r.Sender(sipol), Outbox: r.box, Bodies: bodies})
	if err != nil {
		t.Fatal(err)
	}
	r.ahu = r.Receiver(ahu, code, func(context.Context, *exchange.Delivery) error {
		if r.fails != nil {
			return r.fails
		}
		r.handled++
		return nil
	})
	return r
}

// limit opens the stick anew with limits.
func (r *road) limit(limits filedrop.Limits) {
	r.Helper()
	stick, err := filedrop.Open(r.dir, limits)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { stick.Close() })
	r.stick = stick
}

// boards are n sound records.
func boards(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Replace(board, "HH-001", fmt.Sprintf("HH-%05d", i), 1))
	}
	return b.String()
}

// send posts boards to AHU, and beyond 64 KiB as a body.
func (r *road) send(records string, to ...envelopetest.Agency) *envelope.Sealed {
	r.Helper()
	if len(to) == 0 {
		to = []envelopetest.Agency{ahu}
	}
	sealed, _, err := r.dispatcher.Send(r.Context(), exchange.Shipment{Request: r.Request(dataset, code, to...), Records: schema.NDJSON(strings.NewReader(records))})
	if err != nil {
		r.Fatal(err)
	}
	return sealed
}

func (r *road) export(want filedrop.Carried) {
	r.Helper()
	if got, err := r.stick.Export(r.Context(), r.dispatcher, r.box); err != nil || got != want {
		r.Fatalf("export: %+v, %v; want %+v", got, err, want)
	}
}

func (r *road) collect(want filedrop.Carried) {
	r.Helper()
	if got, err := r.stick.Collect(r.Context(), r.dispatcher, r.box); err != nil || got != want {
		r.Fatalf("collect: %+v, %v; want %+v", got, err, want)
	}
}

// receive has AHU take what is for it, and wants so many files judged and these
// faults.
func (r *road) receive(taken int, faults ...filedrop.Fault) *filedrop.Received {
	r.Helper()
	got, err := r.stick.Receive(r.Context(), ahu.Party, r.ahu)
	if err != nil {
		r.Fatalf("receive: %v", err)
	}
	var found []filedrop.Fault
	for _, f := range got.Failed {
		found = append(found, f.Fault)
	}
	if len(got.Taken) != taken || !slices.Equal(found, faults) {
		r.Fatalf("received %d, faults %v; want %d, %v", len(got.Taken), found, taken, faults)
	}
	return got
}

// parcel returns what the outbox says of an envelope to AHU.
func (r *road) parcel(s *envelope.Sealed) *exchange.Parcel {
	r.Helper()
	m := s.Manifest()
	p, err := r.box.Parcel(r.Context(), exchange.Key{Sender: m.Sender, ID: m.ID}, ahu.Party)
	if err != nil || p == nil {
		r.Fatalf("no parcel: %v", err)
	}
	return p
}

// files lists the paths on the stick, with these endings if there are any.
func (r *road) files(endings ...string) (paths []string) {
	r.Helper()
	err := filepath.WalkDir(r.dir, func(path string, d os.DirEntry, err error) error {
		fits := len(endings) == 0
		for _, e := range endings {
			fits = fits || strings.HasSuffix(path, e)
		}
		if err == nil && !d.IsDir() && fits {
			rel, _ := filepath.Rel(r.dir, path)
			paths = append(paths, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
	return paths
}

// one is the only file with that ending.
func (r *road) one(ending string) string {
	r.Helper()
	paths := r.files(ending)
	if len(paths) != 1 {
		r.Fatalf("%d files end in %s: %v", len(paths), ending, paths)
	}
	return filepath.Join(r.dir, filepath.FromSlash(paths[0]))
}
