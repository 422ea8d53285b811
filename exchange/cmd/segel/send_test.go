package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// interrupting is a standard error that ends a context when a text is written.
type interrupting struct {
	mu   sync.Mutex
	text bytes.Buffer
	at   string
	end  context.CancelFunc
}

func (w *interrupting) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(p)
	if strings.Contains(w.text.String(), w.at) {
		w.end()
	}
	return len(p), nil
}

// TestInterruptedSend: whenever a send is interrupted, the envelope is in the outbox
// or was never sealed, and the command says which.
func TestInterruptedSend(t *testing.T) {
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0") // nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	command(t, exitOK, "directory", "update", "--directory", w.path("directory"), "--anchor-keys", w.path("anchor/anchor.private.jwks"),
		"--endpoint", "bawaslu/pengawasan=http://"+l.Addr().String(), "--out", w.path("next"))
	if err := os.Rename(w.path("next"), w.path("directory")); err != nil {
		t.Fatal(err)
	}
	row := `{"kode_tps":"3101011001001","pemilu":"ppwp","tanggal_pemungutan":"2024-02-14"}` + "\n"
	args := w.send("--wait", "10m", "--in", w.write("in", row))
	now := func() time.Time { return time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC) }
	send := func(at string) (int, string, string) {
		ctx, end := context.WithCancel(context.Background())
		defer end()
		if at == "" {
			end()
		}
		errs := &interrupting{at: at, end: end}
		if at == "" {
			errs.at = "nothing like this"
		}
		var out bytes.Buffer
		code := run(ctx, args, strings.NewReader(""), &out, errs, now)
		return code, out.String(), errs.text.String()
	}

	code, stdout, stderr := send("")
	if code != exitCannot || stdout != "" || !strings.Contains(stderr, "dihentikan / interrupted") || strings.Contains(stderr, "disegel") {
		t.Errorf("before it began: exit code %d, %q, %q", code, stdout, stderr)
	}
	if _, stderr := command(t, exitOK, "outbox", "list", "--store", w.path("outbox.db")); !strings.Contains(stderr, "the outbox is empty") {
		t.Errorf("before it began: %q", stderr)
	}

	code, stdout, stderr = send("disegel / sealed")
	if code != exitPending || !strings.Contains(stdout, "bawaslu/pengawasan: ") || !strings.Contains(stderr, "it stays in the outbox") {
		t.Errorf("once it was sealed: exit code %d, %q, %q", code, stdout, stderr)
	}
	if stdout, _ := command(t, exitOK, "outbox", "list", "--store", w.path("outbox.db")); strings.Count(stdout, "bawaslu/pengawasan") != 1 {
		t.Errorf("once it was sealed: %q", stdout)
	}
}
