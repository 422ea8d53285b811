//go:build unix

package crash

import (
	"encoding/json"
	"errors"
	nethttp "net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/store/bolt"
)

// TestTwoProcessesOnOneFile: the second is refused cleanly, the first does not
// notice, and what a dead one held is free.
func TestTwoProcessesOnOneFile(t *testing.T) {
	t.Parallel()
	c := newCell(t, usual, point{side: receiver}, byTx, 0, 0)
	first := c.start(receiver, 0)
	first.awaitReady(t)

	third := make(chan error, 1) // they wait in vain at the same time
	go func() {
		_, err := journal.Open(c.path(receiver, "journal"))
		third <- err
	}()
	second := c.start(receiver, 0)
	killed, err := second.end()
	if killed || err == nil || second.cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("the second process: killed %v, %v", killed, err)
	}
	text, err := os.ReadFile(second.errs)
	if got, want := strings.TrimSpace(string(text)), "store: another process holds the file"; err != nil || !strings.HasSuffix(got, want) || strings.ContainsAny(got, "/\n") {
		t.Errorf("it says %q, want %q, %v", got, want, err)
	}
	if notes, err := readDiary(c.path(receiver, "diary")); err != nil || len(notes) != 1 {
		t.Errorf("%d lives, %v", len(notes), err)
	}
	if _, err := bolt.Open(c.path(receiver, "store")); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("a third process opens the store: %v", err)
	}
	if err := <-third; envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("a third process opens the journal: %v", err)
	}
	res, err := nethttp.Get(c.URL + "/healthz")
	if err != nil || res.StatusCode != nethttp.StatusOK {
		t.Fatalf("the first process no longer serves: %v", err)
	}
	res.Body.Close()

	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if killed, err := first.end(); !killed {
		t.Fatalf("the first process was not killed: %v", err)
	}
	s, err := bolt.Open(c.path(receiver, "store"))
	if err != nil {
		t.Fatalf("after its death, the store: %v", err)
	}
	j, err := journal.Open(c.path(receiver, "journal"))
	if err != nil {
		t.Fatalf("after its death, the journal: %v", err)
	}
	if err := errors.Join(s.Close(), j.Close()); err != nil {
		t.Error(err)
	}
}

func (p *process) awaitReady(t *testing.T) {
	t.Helper()
	text := make([]byte, 1)
	if n, err := p.told.Read(text); n != 1 || text[0] != ready {
		t.Fatalf("the process is not ready: %v", err)
	}
}

// claimer is a process that claims an envelope and does nothing more.
const claimer = "claimer"

var admission = exchange.Admission{
	Key: exchange.Key{Sender: sipol.Party, ID: "018da9c0-5c00-7000-8000-000000000001"}, Digest: strings.Repeat("A", 43),
	AdmittedAt: envelopetest.Now(), Directory: 1, KeepUntil: envelopetest.Now().AddDate(0, 3, 0), Quota: 10,
}

const lease = time.Minute

func claim(set settings, tell *os.File, ended <-chan struct{}) error {
	s, err := bolt.Open(set.path(receiver, "store"))
	if err != nil {
		return err
	}
	c, err := s.Claim(ctx, admission, admission.AdmittedAt, lease)
	if err != nil {
		return err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := os.WriteFile(set.path("claim"), text, 0o600); err != nil {
		return err
	}
	_, err = tell.Write([]byte{ready})
	<-ended
	return err
}

// TestAnOldFencingTokenCannotComplete: a claim outlives its process until its
// lease ends; from then on it is worth nothing, whoever still has it.
func TestAnOldFencingTokenCannotComplete(t *testing.T) {
	t.Parallel()
	c := newCell(t, usual, point{side: receiver}, byTx, 0, 0)
	p := c.start(claimer, 0)
	p.awaitReady(t)
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if killed, err := p.end(); !killed {
		t.Fatalf("not killed: %v", err)
	}
	var old exchange.Claim
	text, err := os.ReadFile(c.path("claim"))
	if err := errors.Join(err, json.Unmarshal(text, &old)); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(c.path(receiver, "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	end := admission.AdmittedAt.Add(lease)
	if _, err := s.Claim(ctx, admission, end.Add(-time.Microsecond), lease); err != exchange.ErrBusy {
		t.Errorf("before the lease ends: %v", err)
	}
	latest, err := s.Claim(ctx, admission, end, lease)
	if err != nil || latest.Fence <= old.Fence {
		t.Fatalf("when it ends: fence %d after %d, %v", latest.Fence, old.Fence, err)
	}
	late := exchange.Settlement{Outcome: exchange.OutcomeRefused, Reason: envelope.ReasonRejected, At: end, Receipt: []byte("late")}
	tx, err := s.Begin(ctx, old)
	if err != nil {
		t.Fatal(err)
	}
	_, renewed := s.Renew(ctx, old, end, lease)
	for what, err := range map[string]error{
		"renew": renewed, "release": s.Release(ctx, old), "settle": s.Settle(ctx, old, late), "settle in a transaction": tx.Settle(ctx, old, late),
	} {
		if err != exchange.ErrFenced {
			t.Errorf("%s by the old token: %v", what, err)
		}
	}
	done := exchange.Settlement{Outcome: exchange.OutcomeAccepted, At: end, Receipt: []byte("done")}
	if err := s.Settle(ctx, latest, done); err != nil {
		t.Fatal(err)
	}
	if row, _, err := s.Lookup(ctx, admission.Key); err != nil || row.Settlement == nil || string(row.Settlement.Receipt) != "done" {
		t.Errorf("the row is %+v, %v", row, err)
	}
}
