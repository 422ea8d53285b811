package exchangetest

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"sync"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
)

func testDrop(t *transportTest) {
	s := t.sealed(boards(1, 0))
	t.line.set(fault{lost: true})
	t.sendFails(s)
	t.untouched(s)
	t.line.set(fault{})
	t.arrives(s)
	t.handled(s, 1)
}

func testLostAnswer(t *transportTest) {
	s := t.sealed(boards(1, 0))
	t.line.set(fault{unanswered: true})
	t.sendFails(s)
	t.handled(s, 1)
	t.line.set(fault{})
	first := t.arrives(s)
	if second := t.arrives(s); !bytes.Equal(first.JWS(), second.JWS()) {
		t.Error("the receipts differ")
	}
	t.handled(s, 1)
}

func testDuplicate(t *transportTest) {
	s := t.sealed(boards(1, 0))
	t.line.set(fault{copies: 2})
	t.arrives(s)
	t.settles()
	t.handled(s, 1)
}

// The first message is held back until the second was answered.
func testReorder(t *transportTest) {
	early, late := t.sealed(boards(1, 0)), t.sealed(boards(2, 0))
	gate := make(chan struct{})
	var once sync.Once
	t.line.set(fault{hold: func() (hold <-chan struct{}) {
		once.Do(func() { hold = gate })
		return hold
	}})
	done := make(chan error, 1)
	go func() {
		r, err := t.sender.Deliver(t.ctx, early, t.ahu)
		if err == nil && r.Claims().ID != early.Manifest().ID {
			err = lost
		}
		done <- err
	}()
	t.waits("the first message never came to the line", func(entered, _ int) bool { return entered == 1 })
	t.arrives(late)
	t.handled(early, 0)
	close(gate)
	if err := <-done; err != nil {
		t.Errorf("the first message: %v", err)
	}
	t.handled(early, 1)
	t.handled(late, 1)
}

func testDelay(t *transportTest) {
	s := t.sealed(boards(1, 0))
	gate := make(chan struct{})
	t.line.set(fault{hold: func() <-chan struct{} { return gate }})
	ctx, cancel := context.WithCancel(t.ctx)
	done := make(chan error, 1)
	go func() {
		_, err := t.sender.Deliver(ctx, s, t.ahu)
		done <- err
	}()
	t.waits("the message never came to the line", func(entered, _ int) bool { return entered == 1 })
	cancel()
	select {
	case err := <-done:
		if err == nil {
			t.Error("the sender has a receipt of what was held back")
		}
	case <-t.ctx.Done():
		t.Error("the transport does not return when its context ends")
		close(gate)
		return
	}
	t.line.set(fault{})
	r, err := t.sender.Cancel(t.ctx, exchange.SentTo(s, t.ahu))
	if err != nil || r.Claims().Outcome != exchange.OutcomeCancelled {
		t.Errorf("cancel: %v", err)
	}
	close(gate)
	t.settles()
	t.handled(s, 0)
	again, err := t.sender.Deliver(t.ctx, s, t.ahu)
	if err != nil || r == nil || !bytes.Equal(again.JWS(), r.JWS()) {
		t.Errorf("the tombstone is not what a repeat gets: %v", err)
	}
}

func testCut(t *transportTest) {
	s := t.sealed(boards(1, 0))
	for _, cut := range []func(int) int{
		func(int) int { return 0 }, func(int) int { return 1 }, func(int) int { return 14 },
		func(n int) int { return n / 2 }, func(n int) int { return n - 1 }, func(n int) int { return n },
	} {
		t.line.set(fault{cut: cut})
		t.sendFails(s)
		t.settles()
		t.untouched(s)
	}
	t.line.set(fault{})
	t.arrives(s)
	t.handled(s, 1)
}

func testCutAnswer(t *transportTest) {
	s := t.sealed(boards(1, 0))
	for _, cut := range []func(int) int{
		func(int) int { return 0 }, func(int) int { return 1 }, func(n int) int { return n / 2 }, func(n int) int { return n - 1 }, func(n int) int { return n },
	} {
		t.line.set(fault{cutAnswer: cut})
		t.sendFails(s)
	}
	t.line.set(fault{})
	t.arrives(s)
	t.handled(s, 1)
}

// becomes makes every answer another.
func (t *transportTest) becomes(text []byte) {
	t.line.set(fault{answer: func([]byte) []byte { return text }})
}

func testGarbage(t *transportTest) {
	s := t.sealed(boards(1, 0))
	for _, text := range []string{
		"", " ", "accepted", canary + "\n", "a.b.c", "a.b.c.d.e", "....", "{}", `{"type":"` + canary + `"}`,
		"<html>" + canary + "</html>", "\x00\xff", strings.Repeat(canary, 1<<16),
	} {
		t.becomes([]byte(text))
		t.sendFails(s)
	}
	t.line.set(fault{})
	t.arrives(s)
	t.handled(s, 1)
}

// forge makes a receipt for AHU's acceptance, signed by another key.
func (t *transportTest) forge(s *envelope.Sealed, key *envelope.PrivateKey, change func(*exchange.Claims)) []byte {
	t.Helper()
	m := s.Manifest()
	c := exchange.Claims{
		Version: 1, ID: m.ID, Issuer: t.ahu, Audience: m.Sender, IssuedAt: t.Clock.Now().Unix(), Manifest: s.Digest(),
		Outcome: exchange.OutcomeAccepted, Final: true,
	}
	change(&c)
	jws, err := envelope.SignToken(envelope.TypeReceipt, must(json.Marshal(c)), key)
	if err != nil {
		t.Fatal(err)
	}
	return must(envelope.EncryptToken(envelope.TypeSealedReceipt, jws, envelopetest.Sipol().Encryption.Public()))
}

func testForged(t *transportTest) {
	s := t.sealed(boards(1, 0))
	as := func(c *exchange.Claims) {}
	tests := []struct {
		name   string
		answer []byte
		reason envelope.Reason
	}{
		{"by a stranger", t.forge(s, envelopetest.Stranger().Signing, as), envelope.ReasonUnknownKey},
		{"by another party in AHU's name", t.forge(s, envelopetest.Pengawasan().Signing, as), envelope.ReasonKeyNotValid},
		{"by another party", t.forge(s, envelopetest.Pengawasan().Signing, func(c *exchange.Claims) { c.Issuer = t.bawaslu }), envelope.ReasonKeyNotValid},
		{"by the sender", t.forge(s, envelopetest.Sipol().Signing, as), envelope.ReasonKeyNotValid},
		{"for another manifest", t.forge(s, envelopetest.BadanHukum().Signing, func(c *exchange.Claims) { c.Manifest = envelopetest.Digest("x") }), envelope.ReasonBadContent},
	}
	for _, tt := range tests {
		t.becomes(tt.answer)
		if err := t.sendFails(s); envelope.ReasonOf(err) != tt.reason {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.reason)
		}
	}
	t.line.set(fault{})
	t.arrives(s)
	t.handled(s, 1)
}

func testOthers(t *transportTest) {
	both := t.sealed(boards(1, 0), envelopetest.BadanHukum(), envelopetest.Pengawasan())
	other := t.sealed(boards(1, 0))
	var caught [][]byte
	t.line.set(fault{answer: func(answer []byte) []byte { caught = append(caught, bytes.Clone(answer)); return answer }})
	t.arrives(other)
	t.arrivesAt(both, t.bawaslu)
	if len(caught) != 2 {
		t.Fatalf("caught %d answers", len(caught))
	}
	for i, reason := range []envelope.Reason{envelope.ReasonBadContent, envelope.ReasonKeyNotValid} {
		t.becomes(caught[i])
		if err := t.sendFails(both); envelope.ReasonOf(err) != reason {
			t.Errorf("got %v, want %s", err, reason)
		}
	}
	t.line.set(fault{})
	t.arrives(both)
	t.handled(both, 1)
	t.handledAt(both, t.bawaslu, 1)
}

func testParties(t *transportTest) {
	const each = 8
	ours, theirs := make([]*envelope.Sealed, each), make([]*envelope.Sealed, each)
	for i := range each {
		ours[i] = t.sealed(boards(1+i, 0))
		theirs[i] = t.sealed(boards(1+i, 0), envelopetest.Pengawasan())
	}
	var wg sync.WaitGroup
	errs := make(chan error, 2*each)
	send := func(s *envelope.Sealed, to envelope.Party) {
		wg.Go(func() {
			if _, err := t.sender.Deliver(t.ctx, s, to); err != nil {
				errs <- err
			}
		})
	}
	for i := range each {
		send(ours[i], t.ahu)
		send(theirs[i], t.bawaslu)
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Errorf("send: %v", err)
	}
	for i := range each {
		t.handled(ours[i], 1)
		t.handledAt(ours[i], t.bawaslu, 0)
		t.handled(theirs[i], 0)
		t.handledAt(theirs[i], t.bawaslu, 1)
	}
}

func testMany(t *transportTest) {
	s := t.sealed(boards(1, 0))
	file := t.file(s)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			reply, err := t.deliver(file)
			if err != nil || reply.Receipt == nil && reply.Refusal != exchange.OutwardTryLater {
				t.Errorf("%q, %v", reply.Refusal, err)
			}
		})
	}
	wg.Wait()
	t.handled(s, 1)
	t.arrives(s)
	t.handled(s, 1)
}

func testQuestion(t *transportTest) {
	s := t.sealed(boards(1, 0))
	first := t.arrives(s)
	told, err := t.sender.Cancel(t.ctx, exchange.SentTo(s, t.ahu))
	if err != nil || !bytes.Equal(told.JWS(), first.JWS()) {
		t.Errorf("a question about what is settled: %v", err)
	}
	never := t.sealed(boards(1, 0))
	told, err = t.sender.Cancel(t.ctx, exchange.SentTo(never, t.ahu))
	if err != nil || told.Claims().Outcome != exchange.OutcomeCancelled {
		t.Fatalf("a question about what never came: %v", err)
	}
	r, err := t.sender.Deliver(t.ctx, never, t.ahu)
	if err != nil || !bytes.Equal(r.JWS(), told.JWS()) {
		t.Errorf("what was cancelled: %v", err)
	}
	t.handled(never, 0)
	for _, q := range [][]byte{nil, []byte(canary), []byte("a.b.c")} {
		if reply, err := t.transport.Ask(t.ctx, t.ahu, q); err != nil || reply.Refusal != exchange.OutwardMalformed {
			t.Errorf("a question that is none: %q, %v", reply.Refusal, err)
		}
	}
}

func testLostQuestion(t *transportTest) {
	s := t.sealed(boards(1, 0))
	sent := exchange.SentTo(s, t.ahu)
	for _, f := range []fault{{lost: true}, {cut: func(n int) int { return n / 2 }}} {
		t.line.set(f)
		if _, err := t.sender.Cancel(t.ctx, sent); err == nil {
			t.Error("there is an answer")
		}
		t.settles()
		t.untouched(s)
	}
	t.line.set(fault{unanswered: true})
	if _, err := t.sender.Cancel(t.ctx, sent); err == nil {
		t.Error("there is an answer")
	}
	t.line.set(fault{copies: 1})
	r, err := t.sender.Cancel(t.ctx, sent)
	if err != nil || r.Claims().Outcome != exchange.OutcomeCancelled {
		t.Errorf("asked again: %v", err)
	}
}

func testCaptured(t *transportTest) {
	s := t.sealed(boards(1, 0))
	t.arrives(s)
	reply, err := t.deliver(t.file(s))
	if err != nil || reply.Receipt == nil {
		t.Fatalf("%q, %v", reply.Refusal, err)
	}
	sent, now := exchange.SentTo(s, t.ahu), t.Clock.Now()
	for _, who := range []envelopetest.Agency{envelopetest.Stranger(), envelopetest.Pengawasan(), envelopetest.BadanHukum()} {
		if _, err := exchange.OpenReceipt(reply.Receipt, who.Keys(), t.Directory, sent, now); err == nil {
			t.Errorf("%s reads the receipt", who.Party)
		}
	}
	for _, word := range []string{s.Digest(), s.Manifest().ID, string(t.ahu), "accepted"} {
		if bytes.Contains(reply.Receipt, []byte(word)) {
			t.Errorf("the answer says %q", word)
		}
	}
	if _, err := exchange.OpenReceipt(reply.Receipt, envelopetest.Sipol().Keys(), t.Directory, sent, now); err != nil {
		t.Errorf("the sender cannot read it: %v", err)
	}
}
