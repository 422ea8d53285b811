package exchangetest

import (
	"bytes"
	"io"
	"sync"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/schema"
)

// A freight is an envelope with a body, and its file.
type freight struct {
	*envelope.Sealed
	file    []byte
	content []byte
}

// freight seals n boards of about 100,000 bytes each as a body.
func (t *transportTest) freight(n int) freight {
	t.Helper()
	f := freight{content: boards(n, 100_000)}
	var file bytes.Buffer
	sealed, _, err := t.sender.Seal(t.ctx, exchange.Shipment{
		Request: t.Request(transportDataset, transportPurpose, envelopetest.BadanHukum()), Records: schema.NDJSON(bytes.NewReader(f.content)), Body: &file,
	})
	if err != nil || sealed.Closing() == nil {
		t.Fatalf("seal: %v", err)
	}
	f.Sealed, f.file = sealed, file.Bytes()
	return f
}

func (t *transportTest) sendBody(f freight) (*exchange.Receipt, error) {
	return t.sender.DeliverFile(t.ctx, f.Sealed, bytes.NewReader(f.file), int64(len(f.file)), t.ahu)
}

// arrivesWhole sends a body, again if the answer is that nobody knows, and wants it
// accepted.
func (t *transportTest) arrivesWhole(f freight) *exchange.Receipt {
	t.Helper()
	for try := 0; ; try++ {
		r, err := t.sendBody(f)
		if err == nil {
			if c := r.Claims(); c.Outcome != exchange.OutcomeAccepted || c.Root != f.Closing().Root {
				t.Errorf("the receipt says %+v", c)
			}
			return r
		}
		if envelope.ReasonOf(err) != envelope.ReasonUnavailable || try == 20 {
			t.Fatalf("a body: %v", err)
		}
		t.settles()
	}
}

func testBody(t *transportTest) {
	f := t.freight(70)
	if len(f.file) <= transportMaxFile {
		t.Fatal("the body is too small to show anything")
	}
	first := t.arrivesWhole(f)
	t.handled(f.Sealed, 1)
	if !bytes.Equal(t.last, f.content) {
		t.Error("the content differs")
	}
	if again := t.arrivesWhole(f); !bytes.Equal(again.JWS(), first.JWS()) {
		t.Error("the repeat's receipt differs")
	}
	t.handled(f.Sealed, 1)
}

func testBodyFaults(t *transportTest) {
	half := func(n int) int { return n / 2 }
	for name, f := range map[string]fault{
		"lost":           {lost: true},
		"cut":            {cut: half},
		"cut at the end": {cut: func(n int) int { return max(n-1, 0) }},
		"repeated":       {copies: 2},
		"unanswered":     {unanswered: true},
		"answer cut":     {cutAnswer: half},
		"garbage":        {answer: func([]byte) []byte { return []byte(canary) }},
	} {
		b := t.freight(20)
		t.line.set(f)
		for range 3 {
			if r, err := t.sendBody(b); err == nil && r.Claims().Outcome != exchange.OutcomeAccepted {
				t.Errorf("%s: %+v", name, r.Claims())
			}
			t.settles()
		}
		t.line.set(fault{})
		t.arrivesWhole(b)
		t.handled(b.Sealed, 1)
		if !bytes.Equal(t.last, b.content) {
			t.Errorf("%s: the content differs", name)
		}
	}
}

// The first message of one body is held back until another body has been handled.
func testBodyReorder(t *transportTest) {
	early, late := t.freight(20), t.freight(21)
	gate := make(chan struct{})
	var once sync.Once
	t.line.set(fault{hold: func() (hold <-chan struct{}) {
		once.Do(func() { hold = gate })
		return hold
	}})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = t.sendBody(early)
	}()
	t.waits("the first message never came to the line", func(entered, _ int) bool { return entered == 1 })
	t.arrivesWhole(late)
	t.handled(early.Sealed, 0)
	close(gate)
	<-done
	t.arrivesWhole(early)
	t.handled(early.Sealed, 1)
	t.handled(late.Sealed, 1)
}

// content reads what a delivery has, whatever its form.
func content(d *exchange.Delivery) ([]byte, error) { return io.ReadAll(d.Content()) }
