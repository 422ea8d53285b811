package exchange

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/schema"
)

// levels counts what a log was told, by level and event.
type levels struct {
	slog.Handler
	count map[string]int
}

func (l *levels) Enabled(context.Context, slog.Level) bool { return true }
func (l *levels) Handle(_ context.Context, r slog.Record) error {
	l.count[r.Level.String()+" "+r.Message]++
	return nil
}

// flood has n attempts with that reason told, apart by a pause, and returns how
// often each event stands in the log.
func flood(n int, pause time.Duration, ans Answer) map[string]int {
	l := &levels{count: map[string]int{}}
	w := newWatch(slog.New(l), nil)
	for range n {
		w.answered(context.Background(), visit{operation: OperationReceive, began: time.Now()}, &ans)
		time.Sleep(pause)
	}
	return l.count
}

// Whoever can cause an event without a proof can cause any number of them.
func TestHowLoudlyItIsTold(t *testing.T) {
	proven := Key{Sender: "kpu/sipol", ID: "018da7f0-0000-7000-8000-000000000001"}
	tests := []struct {
		name  string
		n     int
		pause time.Duration
		ans   Answer
		want  map[string]int
	}{
		{"a stranger's", 100, 0, Answer{Reason: envelope.ReasonMalformed}, map[string]int{"DEBUG received": 100}},
		{"a proven sender's", 100, 0, Answer{Key: proven}, map[string]int{"INFO received": 100}},
		{"trouble here, in a flood", 100, 0, Answer{Reason: envelope.ReasonClock}, map[string]int{"WARN received": 1, "DEBUG received": 99}},
		{"trouble here, now and then", 3, time.Second, Answer{Reason: envelope.ReasonUnavailable}, map[string]int{"WARN received": 3}},
		{"a handler that fails, in a flood", 100, 0, Answer{Key: proven, Reason: envelope.ReasonHandlerFailed}, map[string]int{"WARN received": 1, "INFO received": 99}},
		{"an alarm, in a flood", 100, 0, Answer{Key: proven, Reason: envelope.ReasonConflict}, map[string]int{"ERROR received": 1, "INFO received": 99}},
		{"a receipt that cannot be encrypted", 2, 0, Answer{Key: proven, Settlement: &Settlement{}}, map[string]int{"WARN received": 1, "INFO received": 1}},
		{"nine bad signatures", 9, 0, Answer{Reason: envelope.ReasonBadSignature}, map[string]int{"DEBUG received": 9}},
		{"bad signatures, in a flood", 1000, 0, Answer{Reason: envelope.ReasonBadSignature}, map[string]int{"DEBUG received": 1000, "WARN refusals repeat": 1}},
		{"bad signatures, in two minutes", 120, time.Second, Answer{Reason: envelope.ReasonBadSignature}, map[string]int{"DEBUG received": 120, "WARN refusals repeat": 2}},
		{"bad signatures, in two days", 100, 30 * time.Minute, Answer{Reason: envelope.ReasonBadSignature}, map[string]int{"DEBUG received": 100}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := flood(tt.n, tt.pause, tt.ans)
				for event, n := range tt.want {
					if got[event] != n {
						t.Errorf("%d times %q, want %d", got[event], event, n)
					}
					delete(got, event)
				}
				if len(got) > 0 {
					t.Errorf("also %v", got)
				}
			})
		})
	}
}

// A code that is none of ours is not repeated.
func TestCodesInTheLog(t *testing.T) {
	var text strings.Builder
	w := newWatch(slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})), nil)
	w.answered(context.Background(), visit{}, &Answer{Reason: "3174012501990001", Settlement: &Settlement{Outcome: "3174012501990001"}})
	if !strings.Contains(text.String(), "reason=unavailable") || strings.Contains(text.String(), "3174012501990001") {
		t.Error(text.String())
	}
}

// counter is as cheap as an observer can be.
type counter struct{ n int }

func (c *counter) Observe(Observation) { c.n++ }

// To be told costs nothing that a garbage collector would have to clean up, and
// a log that does not want the line costs as little.
func TestObservationsDoNotAllocate(t *testing.T) {
	ctx := context.Background()
	c := &counter{}
	w := newWatch(slog.New(slog.NewTextHandler(&strings.Builder{}, &slog.HandlerOptions{Level: slog.LevelError})), c)
	d := &Dispatcher{sender: &Sender{watch: w, now: time.Now}, log: w.log}
	ans := Answer{Key: Key{Sender: "kpu/sipol", ID: "018da7f0-0000-7000-8000-000000000001"}, Settlement: &Settlement{Outcome: OutcomeAccepted}, Report: &schema.Report{Records: 1}, sealed: []byte{1}}
	began := time.Now()
	p := &Parcel{PostedAt: began}
	for name, f := range map[string]func(){
		"receive": func() { w.answered(ctx, visit{operation: OperationReceive, began: began, bytes: 1}, &ans) },
		"deliver": func() { w.carried(OperationDeliver, &p.Sent, nil, nil, 1, 1, false) },
		"settle":  func() { d.ended(OperationSettle, p, OutcomeAccepted, "") },
		"tell": func() {
			d.tell(ctx, slog.LevelInfo, "parcel settled", p, "", slog.String("outcome", "accepted"), slog.Int("attempts", 1))
		},
	} {
		if n := testing.AllocsPerRun(100, f); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	if c.n < 300 {
		t.Errorf("observed %d times", c.n)
	}
}

func BenchmarkObserve(b *testing.B) {
	ctx := context.Background()
	w := newWatch(nil, &counter{})
	ans := Answer{Key: Key{Sender: "kpu/sipol", ID: "018da7f0-0000-7000-8000-000000000001"}, Settlement: &Settlement{Outcome: OutcomeAccepted}, Report: &schema.Report{Records: 1}, sealed: []byte{1}}
	b.ReportAllocs()
	for b.Loop() {
		w.answered(ctx, visit{operation: OperationReceive, began: time.Now(), bytes: 1}, &ans)
	}
}
