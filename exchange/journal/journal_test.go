package journal_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/internal/shared"
)

func entry(n int) exchange.Entry {
	return exchange.Entry{
		Time: envelopetest.Now().Add(time.Duration(n) * time.Second), Event: exchange.EventReleased, Party: "ahu/badan-hukum",
		Sender: "kpu/sipol", Recipients: []envelope.Party{"ahu/badan-hukum"}, ID: fmt.Sprintf("018da7f0-0000-7000-8000-%012d", n),
		Digest: envelopetest.Digest(fmt.Sprint(n)), Dataset: "sipol/kepengurusan", Purpose: "PARPOL-BADANHUKUM", Agreement: "PKS-UJI",
	}
}

// written returns a folder with a closed journal of n lines, and its heads from
// the start on.
func written(t testing.TB, n int) (dir string, heads []journal.Head) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "journal")
	f, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	heads = append(heads, f.Head())
	for i := range n {
		if err := f.Append(context.Background(), entry(i)); err != nil {
			t.Fatal(err)
		}
		heads = append(heads, f.Head())
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, heads
}

func TestWhatWasWrittenVerifies(t *testing.T) {
	dir, heads := written(t, 5)
	head, err := journal.Verify(dir, heads...)
	if err != nil || head != heads[5] || head.Seq != 5 {
		t.Fatalf("head %v, %v", head, err)
	}
	f, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Head() != head {
		t.Errorf("opened again at %v", f.Head())
	}
	if err := f.Append(context.Background(), entry(5)); err != nil {
		t.Fatal(err)
	}
	if head, err := journal.Verify(dir, heads...); err != nil || head.Seq != 6 {
		t.Errorf("while it is held: %v, %v", head, err)
	}
	for _, name := range []string{"journal.ndjson", "head", "lock"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
}

func TestDamageIsFound(t *testing.T) {
	lines := func(text []byte) [][]byte { return bytes.SplitAfter(text, []byte("\n"))[:5] }
	join := func(l ...[]byte) []byte { return bytes.Join(l, nil) }
	tests := []struct {
		name   string
		damage func(text []byte) []byte
		want   string
	}{
		{"first line removed", func(b []byte) []byte { return join(lines(b)[1:]...) }, "line 1"},
		{"middle line removed", func(b []byte) []byte { l := lines(b); return join(l[0], l[1], l[3], l[4]) }, "line 3"},
		{"last line cut off", func(b []byte) []byte { return join(lines(b)[:4]...) }, "ends at line 4, before line 5"},
		{"everything cut off", func([]byte) []byte { return nil }, "ends at line 0"},
		{"two lines reordered", func(b []byte) []byte { l := lines(b); return join(l[0], l[2], l[1], l[3], l[4]) }, "line 2"},
		{"line repeated", func(b []byte) []byte { l := lines(b); return join(l[0], l[1], l[1], l[2], l[3], l[4]) }, "line 3"},
		{"identifier changed", func(b []byte) []byte { return bytes.Replace(b, []byte("PKS-UJI"), []byte("PKS-UJA"), 1) }, "line 2"},
		{"last line changed", func(b []byte) []byte {
			i := bytes.LastIndex(b, []byte("PKS-UJI"))
			return append(append(bytes.Clone(b[:i]), "PKS-UJA"...), b[i+7:]...)
		}, "line 5 is not the one"},
		{"content slipped in", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"dataset":"sipol/kepengurusan"`), []byte(`"dataset":"3174012501990001"`), 1)
		}, "line 1"},
		{"member added", func(b []byte) []byte { return bytes.Replace(b, []byte(`{"seq":1,`), []byte(`{"nik":1,"seq":1,`), 1) }, "line 1"},
		{"blank added", func(b []byte) []byte { return bytes.Replace(b, []byte(`{"seq":1,`), []byte(`{"seq": 1,`), 1) }, "line 1"},
		{"empty line", func(b []byte) []byte { return append([]byte("\n"), b...) }, "line 1"},
		{"line without end", func(b []byte) []byte { return append(bytes.Repeat([]byte("x"), 1<<20), b...) }, "line 1 is too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, _ := written(t, 5)
			path := filepath.Join(dir, "journal.ndjson")
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, tt.damage(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = journal.Verify(dir)
			if envelope.ReasonOf(err) != envelope.ReasonBadContent || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "3174") {
				t.Errorf("verify: %v", err)
			}
			f, err := journal.Open(dir)
			if envelope.ReasonOf(err) != envelope.ReasonBadContent {
				t.Errorf("open: %v", err)
				f.Close()
			}
		})
	}
}

func TestEveryChangedByteIsFound(t *testing.T) {
	dir, heads := written(t, 2)
	path := filepath.Join(dir, "journal.ndjson")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n, least, mine := 0, 1000, shared.OneIn(t, 7)
	if shared.Race {
		least /= 8
	}
	for m := range envelopetest.MangleBits(text) {
		if !mine() {
			continue
		}
		if err := os.WriteFile(path, m.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		n++
		// What follows the last line feed is a torn line and counts for nothing.
		if _, err := journal.Verify(dir, heads...); err == nil && !bytes.HasPrefix(m.Data, text) {
			t.Fatalf("%s was not found", m.Fault)
		}
	}
	if n < least {
		t.Fatalf("only %d mutants", n)
	}
}

func TestATornLineIsCutOff(t *testing.T) {
	dir, heads := written(t, 3)
	path := filepath.Join(dir, "journal.ndjson")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(bytes.Clone(text), `{"seq":4,"time":"20`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if head, err := journal.Verify(dir); err != nil || head != heads[3] {
		t.Errorf("verify: %v, %v", head, err)
	}
	f, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Append(context.Background(), entry(3)); err != nil {
		t.Fatal(err)
	}
	if head, err := journal.Verify(dir, heads...); err != nil || head.Seq != 4 {
		t.Errorf("after the repair: %v, %v", head, err)
	}
}

func TestTheHeadMayLagBehind(t *testing.T) {
	dir, heads := written(t, 3)
	path := filepath.Join(dir, "head")
	if err := os.WriteFile(path, []byte(heads[2].String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if head, err := journal.Verify(dir); err != nil || head != heads[3] {
		t.Errorf("a head that lags: %v, %v", head, err)
	}
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Verify(dir); envelope.ReasonOf(err) != envelope.ReasonBadContent {
		t.Errorf("a head that is not readable: %v", err)
	}
	if _, err := journal.Verify(t.TempDir()); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("no journal: %v", err)
	}
}

func TestARewrittenJournalMissesANotedHead(t *testing.T) {
	_, noted := written(t, 3)
	dir, _ := written(t, 2)
	f, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Append(context.Background(), entry(77)); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := journal.Verify(dir); err != nil {
		t.Fatalf("consistent in itself: %v", err)
	}
	if _, err := journal.Verify(dir, noted[2]); err != nil {
		t.Errorf("the common part: %v", err)
	}
	if _, err := journal.Verify(dir, noted[3]); envelope.ReasonOf(err) != envelope.ReasonBadContent {
		t.Errorf("another line 3 than the one noted: %v", err)
	}
	if h, err := journal.ParseHead(noted[3].String()); err != nil || h != noted[3] {
		t.Errorf("a head reads back as %v, %v", h, err)
	}
	if _, err := journal.ParseHead("3 x"); err == nil {
		t.Error("a text that is not a head was read")
	}
}

func TestNoContentGetsIn(t *testing.T) {
	const canary = "3174012501990001\nX"
	dir, _ := written(t, 0)
	f, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, plant := range map[string]func(*exchange.Entry){
		"event":     func(e *exchange.Entry) { e.Event = canary },
		"party":     func(e *exchange.Entry) { e.Party = canary },
		"no party":  func(e *exchange.Entry) { e.Party = "" },
		"sender":    func(e *exchange.Entry) { e.Sender = canary },
		"recipient": func(e *exchange.Entry) { e.Recipients = []envelope.Party{canary} },
		"id":        func(e *exchange.Entry) { e.ID = canary },
		"digest":    func(e *exchange.Entry) { e.Digest = canary },
		"dataset":   func(e *exchange.Entry) { e.Dataset = canary },
		"purpose":   func(e *exchange.Entry) { e.Purpose = canary },
		"agreement": func(e *exchange.Entry) { e.Agreement = canary },
		"outcome":   func(e *exchange.Entry) { e.Outcome = canary },
		"reason":    func(e *exchange.Entry) { e.Reason = canary },
		"time":      func(e *exchange.Entry) { e.Time = time.Time{} },
		"crowd":     func(e *exchange.Entry) { e.Recipients = make([]envelope.Party, 65) },
	} {
		e := entry(1)
		plant(&e)
		err := f.Append(context.Background(), e)
		if envelope.ReasonOf(err) != envelope.ReasonMisuse || strings.Contains(err.Error(), "3174") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if f.Head().Seq != 0 {
		t.Error("a line was written")
	}
}

func TestOneHolderAndManyWriters(t *testing.T) {
	dir, _ := written(t, 0)
	f, err := journal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if err := f.Append(context.Background(), entry(i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if head, err := journal.Verify(dir); err != nil || head.Seq != 40 {
		t.Errorf("%v, %v", head, err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := f.Append(ended, entry(1)); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("ended context: %v", err)
	}
	f.Close()
	if err := f.Append(context.Background(), entry(1)); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("closed: %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	dir, _ := written(f, 2)
	text, err := os.ReadFile(filepath.Join(dir, "journal.ndjson"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(text[:len(text)-1])
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, "journal.ndjson"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := journal.Verify(dir); err == nil && !bytes.HasPrefix(data, text) {
			t.Error("another text verifies under the same head")
		}
	})
}

func Example() {
	dir, err := os.MkdirTemp("", "segel")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	f, err := journal.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	err = f.Append(context.Background(), exchange.Entry{
		Time: time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC), Event: exchange.EventReleased, Party: "ahu/badan-hukum",
		Sender: "kpu/sipol", ID: "018da7f0-0000-7000-8000-000000000001", Purpose: "PARPOL-BADANHUKUM",
	})
	fmt.Println(err)
	head, err := journal.Verify(dir)
	fmt.Println(head.Seq, err)
	// Output:
	// <nil>
	// 1 <nil>
}
