package exchange

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/schema"
)

// A watch tells an observer and a log what a sender or a receiver does. Neither
// is trusted: see contained.
type watch struct {
	log      *slog.Logger
	observer Observer // may be nil

	mu      sync.Mutex
	told    map[envelope.Reason]time.Time // when a reason was told loudly; reasons are a closed set
	repeats map[envelope.Reason]repeats
}

// repeats counts refusals since a time.
type repeats struct {
	since time.Time
	n     int
	told  bool
}

const (
	// loudly is how often one reason is told at its own level: strangers decide
	// how often it shows.
	loudly = time.Second
	// A reason that means something only if it repeats is told when it has come
	// this often within this time.
	repeated   = 10
	repeatedIn = time.Minute
)

func newWatch(log *slog.Logger, observer Observer) *watch {
	return &watch{log: quiet(log), observer: observer, told: map[envelope.Reason]time.Time{}, repeats: map[envelope.Reason]repeats{}}
}

// quiet returns a logger whose handler cannot end a goroutine; nil logs nothing.
func quiet(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(contained{log.Handler()})
}

// contained is a log handler whose panics end in it: what was received or sent
// must not be lost for want of a line.
type contained struct{ slog.Handler }

func (c contained) Enabled(ctx context.Context, l slog.Level) bool {
	defer func() { recover() }()
	return c.Handler.Enabled(ctx, l)
}

func (c contained) Handle(ctx context.Context, r slog.Record) error {
	defer func() { recover() }()
	return c.Handler.Handle(ctx, r)
}

// observe tells the observer. What it is told is ours: a transport or a store of
// somebody else's may have errors with codes of its own.
func (w *watch) observe(o Observation) {
	if w.observer == nil {
		return
	}
	defer func() { recover() }()
	o.Outcome, o.Reason = o.Outcome.known(), coded(o.Reason)
	o.Duration, o.Handler = max(o.Duration, 0), max(o.Handler, 0)
	w.observer.Observe(o)
}

// coded returns the reason if it is one of ours, else ReasonUnavailable.
func coded(r envelope.Reason) envelope.Reason {
	if r == "" || reasons()[r] {
		return r
	}
	return envelope.ReasonUnavailable
}

var reasons = sync.OnceValue(func() map[envelope.Reason]bool {
	all := map[envelope.Reason]bool{}
	for _, r := range envelope.Reasons() {
		all[r] = true
	}
	return all
})

// handled is what became of a handler's call.
type handled struct {
	took     time.Duration
	panicked bool
	lost     bool // another process took the claim over
}

// A visit is one attempt, as the outside sees it.
type visit struct {
	operation Operation
	began     time.Time
	bytes     int64
	cut       bool // its input broke off
}

// answered tells of one attempt, once it is over.
func (w *watch) answered(ctx context.Context, v visit, ans *Answer) {
	took := time.Since(v.began)
	v.cut = v.cut && ans.Reason == envelope.ReasonUnavailable && ans.Key.ID == "" // else it was enough
	o := Observation{
		Operation: v.operation, Peer: ans.Key.Sender, Reason: ans.Reason, Cut: v.cut,
		Duration: took, Handler: ans.handled.took, Bytes: v.bytes,
	}
	if ans.Settlement != nil {
		o.Outcome = ans.Settlement.Outcome
	}
	if ans.Report != nil {
		o.Records, o.Findings = ans.Report.Records, ans.Report.Findings
	}
	w.observe(o)
	w.trouble(ctx, v, ans)
	level := w.level(v, ans)
	if !w.log.Enabled(ctx, level) {
		return
	}
	attrs := append(make([]slog.Attr, 0, 12), slog.String("reason", string(coded(ans.Reason))), slog.String("answered", told(ans)))
	attrs = appendKey(attrs, ans)
	if s := ans.Settlement; s != nil {
		attrs = append(attrs, slog.String("outcome", string(s.Outcome.known())), slog.Bool("repeat", ans.Repeat()))
	}
	if ans.Report != nil {
		attrs = append(attrs, slog.Int("records", o.Records), slog.Int("findings", o.Findings))
	}
	attrs = append(attrs, slog.Int64("bytes", v.bytes), slog.Duration("took", took))
	if ans.handled.took > 0 {
		attrs = append(attrs, slog.Duration("handler", ans.handled.took))
	}
	w.log.LogAttrs(ctx, level, v.event(), attrs...)
}

func (v *visit) event() string {
	if v.operation == OperationAnswer {
		return "question answered"
	}
	return "received"
}

// told returns what the bringer was told.
func told(ans *Answer) string {
	if r := ans.Reply(); r.Receipt == nil {
		return string(r.Refusal)
	}
	return "receipt"
}

func appendKey(attrs []slog.Attr, ans *Answer) []slog.Attr {
	if ans.Key.ID == "" {
		return attrs
	}
	return append(attrs, slog.String("sender", string(ans.Key.Sender)), slog.String("id", ans.Key.ID), slog.String("digest", ans.Digest))
}

// trouble tells what an answer does not say.
func (w *watch) trouble(ctx context.Context, v visit, ans *Answer) {
	if ans.handled.panicked {
		w.log.LogAttrs(ctx, slog.LevelError, "handler panicked", appendKey(nil, ans)...)
	}
	if ans.handled.lost {
		w.log.LogAttrs(ctx, slog.LevelWarn, "claim lost", appendKey(nil, ans)...)
	}
	switch ans.Reason {
	case envelope.ReasonBadSignature, envelope.ReasonBadContent:
		if n := w.repeat(ans.Reason); n > 0 {
			w.log.LogAttrs(ctx, slog.LevelWarn, "refusals repeat", slog.String("reason", string(ans.Reason)), slog.Int("count", n))
		}
	}
}

// repeat counts a refusal. It returns how many there were when that is to be
// told: when they begin to repeat, and each minute for which that goes on; else 0.
func (w *watch) repeat(r envelope.Reason) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, c, n := time.Now(), w.repeats[r], 0
	if age := now.Sub(c.since); age >= repeatedIn {
		next := repeats{since: now}
		if c.n >= repeated && age < 2*repeatedIn { // it goes on
			n, next.told = c.n, true
		}
		c = next
	}
	c.n++
	if c.n == repeated && !c.told {
		n, c.told = c.n, true
	}
	w.repeats[r] = c
	return n
}

// level says how loudly an attempt is told.
func (w *watch) level(v visit, ans *Answer) slog.Level {
	usual := slog.LevelDebug
	if ans.Key.ID != "" {
		usual = slog.LevelInfo
	}
	loud := usual
	switch ans.Reason {
	case envelope.ReasonConflict, envelope.ReasonForwarded:
		loud = slog.LevelError
	case envelope.ReasonClock, envelope.ReasonDirectoryStale, envelope.ReasonUnavailable, envelope.ReasonMisuse, envelope.ReasonHandlerFailed:
		loud = slog.LevelWarn
	default:
		if ans.Settlement != nil && ans.sealed == nil {
			loud = slog.LevelWarn
		}
	}
	if v.cut || loud == usual || !w.due(ans.Reason) {
		return usual
	}
	return loud
}

// due reports whether a reason was not told loudly just now.
func (w *watch) due(r envelope.Reason) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if last, ok := w.told[r]; ok && now.Sub(last) < loudly {
		return false
	}
	w.told[r] = now
	return true
}

// directory tells which one is in force now.
func (w *watch) directory(ctx context.Context, d *trust.Directory) {
	w.log.LogAttrs(ctx, slog.LevelInfo, "directory in force", slog.Int64("version", d.Version()), slog.String("digest", d.Digest()), slog.Time("expires", d.Expires()))
}

func (w *watch) acknowledged(ctx context.Context) {
	w.log.LogAttrs(ctx, slog.LevelWarn, "clock acknowledged")
}

// sealed tells of one call of Seal.
func (w *watch) sealed(ctx context.Context, began time.Time, sealed *envelope.Sealed, report *schema.Report, err error) {
	took := time.Since(began)
	o := Observation{Operation: OperationSeal, Reason: envelope.ReasonOf(err), Duration: took}
	if report != nil {
		o.Records, o.Findings = report.Records, report.Findings
	}
	if sealed != nil {
		o.Bytes = sealed.Manifest().Content.Bytes
		if c := sealed.Closing(); c != nil {
			o.Bytes = c.Bytes
		}
	}
	w.observe(o)
	if err != nil || sealed == nil {
		w.log.LogAttrs(ctx, severity(o.Reason), "not sealed", slog.String("reason", string(coded(o.Reason))))
		return
	}
	if !w.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	m := sealed.Manifest()
	w.log.LogAttrs(ctx, slog.LevelInfo, "sealed", slog.String("id", m.ID), slog.String("digest", sealed.Digest()), slog.String("dataset", m.Dataset.ID),
		slog.Int("recipients", len(m.Recipients)), slog.Int("records", o.Records), slog.Int("findings", o.Findings), slog.Int64("bytes", o.Bytes), slog.Duration("took", took))
}

// severity is how loudly a sender tells what it did not do.
func severity(r envelope.Reason) slog.Level {
	if coded(r) == envelope.ReasonUnavailable {
		return slog.LevelError
	}
	return slog.LevelWarn
}

// carried tells of one attempt to reach a recipient, by a sender or a dispatcher.
func (w *watch) carried(op Operation, sent *Sent, r *Receipt, err error, took time.Duration, bytes int64, cut bool) {
	o := Observation{Operation: op, Peer: sent.Recipient, Reason: envelope.ReasonOf(err), Cut: cut, Duration: took, Bytes: bytes}
	if r != nil && err == nil {
		o.Reason = r.claims.Reason
		if r.claims.Final {
			o.Outcome = r.claims.Outcome
		}
	}
	if cut {
		o.Reason = envelope.ReasonUnavailable
	}
	w.observe(o)
}

// delivered tells of one call of Deliver or Cancel.
func (w *watch) delivered(ctx context.Context, op Operation, sent *Sent, began time.Time, bytes int64, r *Receipt, err error) {
	took := time.Since(began)
	w.carried(op, sent, r, err, took, bytes, false)
	yes, no := "delivered", "not delivered"
	if op == OperationAsk {
		yes, no = "asked", "not asked"
	}
	who := []slog.Attr{slog.String("id", sent.ID), slog.String("digest", sent.Digest), slog.String("to", string(sent.Recipient))}
	if err != nil {
		w.log.LogAttrs(ctx, slog.LevelWarn, no, append(who, slog.String("reason", string(coded(envelope.ReasonOf(err)))), slog.Duration("took", took))...)
		return
	}
	w.log.LogAttrs(ctx, slog.LevelInfo, yes, append(who, slog.String("outcome", string(r.claims.Outcome)), slog.String("reason", string(r.claims.Reason)), slog.Duration("took", took))...)
}
