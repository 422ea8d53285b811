package main

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	nethttp "net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// TestMain is the program itself when a test starts it as a process.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestTwoServers starts both servers as processes, over mutual TLS. The receiver
// is not there at first; when it is, the answer to the first envelope gets lost on
// the way, the receiver is killed and started again on its folder, and the sender
// brings the same bytes again. Then a second envelope travels undisturbed. Each
// had its effect once, and both are settled.
func TestTwoServers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process there cannot be asked to end")
	}
	dir := t.TempDir()
	r := newRoad(t, dir)
	files(t, dir, r.url)

	sender := start(t, dir, "sender", envelopetest.Sirekap().Party)
	desk := "http://" + sender.await("sending")["address"].(string)
	if got := get(t, desk+"/healthz"); got != "ok\n" {
		t.Fatalf("the sender says %q", got)
	}
	first := hand(t, desk, "valid/complete", nethttp.StatusAccepted)
	sender.await("parcel not settled") // nobody is there

	receiver := start(t, dir, "receiver", envelopetest.Pengawasan().Party)
	r.lose()
	r.leadTo(receiver.await("receiving")["address"].(string))
	r.lost(t)
	receiver.end(os.Kill)
	receiver = start(t, dir, "receiver", envelopetest.Pengawasan().Party)
	r.leadTo(receiver.await("receiving")["address"].(string))
	if settled := sender.await("parcel settled"); settled["id"] != first || settled["outcome"] != "accepted" {
		t.Fatalf("got %v, want %s accepted", settled, first)
	}
	if again := receiver.await("received"); again["id"] != first || again["repeat"] != true {
		t.Fatalf("got %v, want a repeat of %s", again, first)
	}

	second := hand(t, desk, "finding/A1", nethttp.StatusAccepted)
	if settled := sender.await("parcel settled"); settled["id"] != second {
		t.Fatalf("got %v, want %s", settled, second)
	}
	hand(t, desk, "invalid/negative-count", nethttp.StatusUnprocessableEntity)

	for _, p := range []*process{sender, receiver} {
		if err := p.end(syscall.SIGTERM); err != nil {
			t.Errorf("a server that was asked to end: %v", err)
		}
		if strings.Contains(p.told.String(), "3199011001001") {
			t.Error("a log tells a record's value")
		}
	}
	effects(t, filepath.Join(dir, "receiver"), first, second)
	receipts(t, filepath.Join(dir, "sender"), 2)
}

// hand brings a fixture to the desk and returns the envelope's id.
func hand(t *testing.T, desk, fixture string, want int) string {
	t.Helper()
	records, err := fs.ReadFile(electiontest.FS(), dataset+"/"+fixture+".ndjson")
	if err != nil {
		t.Fatal(err)
	}
	res, err := nethttp.Post(desk+"/records", "application/x-ndjson", bytes.NewReader(records))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || res.StatusCode != want {
		t.Fatalf("%s: status %d, want %d, %v", fixture, res.StatusCode, want, err)
	}
	return answer.ID
}

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := nethttp.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// effects looks into the receiver's folder: each envelope was taken in once, in
// order, and the rows are there.
func effects(t *testing.T, dir string, ids ...string) {
	t.Helper()
	store, err := bolt.Open(filepath.Join(dir, "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var taken []string
	rows := map[string]int{}
	err = store.ViewEffects(t.Context(), func(b *bolt.Bucket) error {
		err := b.Bucket(inbox).ForEach(func(_, key []byte) error { taken = append(taken, string(key)); return nil })
		if err != nil {
			return err
		}
		return b.Bucket(results).ForEachBucket(func(line []byte) error {
			rows[string(line)] = b.Bucket(results).Bucket(line).Stats().KeyN
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := "kpu/sirekap " + strings.Join(ids, ", kpu/sirekap "); strings.Join(taken, ", ") != want {
		t.Errorf("taken in: %q, want %q", taken, want)
	}
	if rows["kpu/sirekap "+ids[0]] != 2 || rows["kpu/sirekap "+ids[1]] != 1 || len(rows) != 2 {
		t.Errorf("rows by envelope: %v, want 2 and 1", rows)
	}
	if _, err := journal.Verify(filepath.Join(dir, "journal")); err != nil {
		t.Error(err)
	}
}

// receipts looks into the sender's folder: so many parcels, each settled by a
// receipt.
func receipts(t *testing.T, dir string, want int) {
	t.Helper()
	store, err := bolt.Open(filepath.Join(dir, "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	parcels, err := store.Outbox().Parcels(t.Context(), exchange.Sent{}, 10)
	if err != nil || len(parcels) != want {
		t.Fatalf("%d parcels, want %d, %v", len(parcels), want, err)
	}
	for _, p := range parcels {
		if claims, ok := p.Claims(); !ok || claims.Outcome != exchange.OutcomeAccepted {
			t.Errorf("parcel %s: %s, %s", p.ID, p.State, p.Outcome)
		}
	}
	if _, err := journal.Verify(filepath.Join(dir, "journal")); err != nil {
		t.Error(err)
	}
}
