package nats

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// Defaults of a [WorkerConfig].
const (
	DefaultWorkers  = 16
	DefaultAttempts = 16
	DefaultRetry    = time.Second
	DefaultRetryMax = 5 * time.Minute
	DefaultAckWait  = time.Minute
)

// A Receiver is what takes files; an [exchange.Receiver] is one. For bodies it needs a
// Spool.
type Receiver interface {
	// Receive and SettleOrCancel are those of [exchange.Receiver].
	Receive(ctx context.Context, in io.Reader) exchange.Answer
	SettleOrCancel(ctx context.Context, question []byte) exchange.Answer
}

// A WorkerConfig says who receives. It is not modified by Serve.
type WorkerConfig struct {
	// Party is the recipient. Mandatory.
	Party envelope.Party
	// Receiver takes what comes. Any number of processes may serve a party, if their
	// receivers are on one store. Mandatory.
	Receiver Receiver
	// Workers is how many messages are worked on at once. The broker lets 512 wait, those
	// of all processes of the party together. 0: DefaultWorkers.
	Workers int
	// Attempts is how often a message is tried before it is taken out of the queue. 0:
	// DefaultAttempts.
	Attempts int
	// Retry is the pause after the first attempt that has to be made again; each further
	// one doubles it up to RetryMax. 0: DefaultRetry, DefaultRetryMax.
	Retry, RetryMax time.Duration
	// AckWait is after how long the broker gives the message of a worker that it hears
	// nothing of to another one; a worker is heard of three times as often. What was said
	// when the queue was made stays. 0: DefaultAckWait.
	AckWait time.Duration
	// Replicas is how many servers of a cluster keep what is made at the broker. 0: 1.
	Replicas int
	// MaxBytes bounds what the queue, the answers and the bucket hold, each. 0: the
	// broker's limit.
	MaxBytes int64
	// Logger gets what fails: codes and public identifiers. nil: nothing is logged.
	Logger *slog.Logger
}

// Serve makes what the party needs at the broker, if it is missing, and hands what comes
// to the receiver until ctx ends. It returns when what is under way has ended, which is
// not disturbed; a message that comes in that very moment may wait for AckWait. The error has [envelope.ReasonMisuse] for a configuration that cannot be
// meant, [envelope.ReasonConflict] if what stands at the broker is not what the package
// doc says, and [envelope.ReasonUnavailable] if the broker fails at the beginning or the
// connection was closed; later failures of a broker are waited out.
func (b *Bus) Serve(ctx context.Context, cfg WorkerConfig) error {
	n, ok := b.names(cfg.Party)
	switch {
	case !ok:
		return noParty
	case cfg.Receiver == nil:
		return refuse(envelope.ReasonMisuse, "config: missing Receiver")
	case cfg.Workers < 0, cfg.Attempts < 0, cfg.Retry < 0, cfg.RetryMax < 0, cfg.AckWait < 0, cfg.Replicas < 0, cfg.MaxBytes < 0:
		return refuse(envelope.ReasonMisuse, "config: Workers, Attempts, Retry, RetryMax, AckWait, Replicas or MaxBytes")
	}
	setDefault(&cfg.Workers, DefaultWorkers)
	setDefault(&cfg.Attempts, DefaultAttempts)
	setDefault(&cfg.Retry, DefaultRetry)
	setDefault(&cfg.RetryMax, DefaultRetryMax)
	setDefault(&cfg.AckWait, DefaultAckWait)
	setDefault(&cfg.Replicas, 1)
	setDefault(&cfg.MaxBytes, -1)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	queue, err := b.provide(ctx, n, &cfg)
	if err != nil && ctx.Err() != nil {
		return nil // stopped before it had begun
	}
	if err != nil {
		return err
	}
	if has := queue.CachedInfo().Config.AckWait; has > 0 {
		cfg.AckWait = has // whoever made the queue said so
	}
	w := &worker{b: b, cfg: cfg, n: n, queue: queue}
	var all sync.WaitGroup
	for range cfg.Workers {
		all.Go(func() { w.run(ctx) })
	}
	all.Wait()
	if ctx.Err() == nil {
		return closed
	}
	return nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// A worker is one call of Serve.
type worker struct {
	b     *Bus
	cfg   WorkerConfig
	n     names
	queue jetstream.Consumer
}

// idle is how long one call waits for a message; a broker that is not heard of for twice
// as long as beat has forgotten the call, as one does that was started again.
const (
	idle = 30 * time.Second
	beat = 2 * time.Second
)

// run takes one message after the other, until the connection is closed at the latest.
// None is fetched before there is somebody to work on it: it would be given to another
// one meanwhile.
func (w *worker) run(ctx context.Context) {
	for ctx.Err() == nil {
		wait, cancel := context.WithTimeout(ctx, idle)
		msg, err := w.queue.Next(jetstream.FetchContext(wait), jetstream.FetchHeartbeat(beat))
		over := wait.Err() != nil
		cancel()
		if err == nil {
			w.take(context.WithoutCancel(ctx), msg)
			continue
		}
		if over || errors.Is(err, natsTimeout) {
			continue
		}
		if w.b.conn.IsClosed() {
			return
		}
		w.cfg.Logger.WarnContext(ctx, "no message", "party", w.cfg.Party, "reason", envelope.ReasonUnavailable)
		select {
		case <-ctx.Done():
		case <-time.After(w.cfg.Retry):
		}
	}
}

// take takes one message to its end.
func (w *worker) take(ctx context.Context, msg jetstream.Msg) {
	kind, digest, ok := w.split(msg.Subject())
	meta, err := msg.Metadata()
	if !ok || err != nil {
		_ = msg.Term() // none of ours: nobody waits for an answer
		return
	}
	if meta.NumDelivered > uint64(w.cfg.Attempts) {
		// It has killed those who had it before.
		w.giveUp(ctx, msg, kind, digest)
		return
	}
	stop := w.stays(msg)
	answer, err := w.hand(ctx, kind, digest, msg.Data())
	stop()
	reply := exchange.Reply{Refusal: exchange.OutwardTryLater}
	if err == nil {
		reply = answer.Reply()
	}
	if reply.Refusal == exchange.OutwardTryLater {
		w.later(ctx, msg, meta.NumDelivered, kind, digest, envelope.ReasonOf(errors.Join(err, answer.Err())))
		return
	}
	place, err := w.keep(ctx, digest, reply)
	if err != nil {
		w.later(ctx, msg, meta.NumDelivered, kind, digest, envelope.ReasonUnavailable)
		return
	}
	w.remove(ctx, kind, digest)
	w.acknowledge(ctx, msg)
	// Last, so that whoever hears it finds the queue free for the same file.
	now := writeAnswer(w.n.now+digest, reply)
	now.Header.Set(placeHeader, strconv.FormatUint(place, 10))
	_ = w.b.conn.PublishMsg(now) // else it is found where it is kept
}

// acknowledge takes a message out of the queue. If that is lost, it comes again, to the
// same answer.
func (w *worker) acknowledge(ctx context.Context, msg jetstream.Msg) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	_ = msg.DoubleAck(ctx)
}

// split takes a subject apart.
func (w *worker) split(subject string) (kind, digest string, ok bool) {
	rest, ok := strings.CutPrefix(subject, w.n.to)
	kind, digest, _ = strings.Cut(rest, ".")
	ok = ok && (kind == kindEnvelope || kind == kindBody || kind == kindQuestion)
	return kind, digest, ok && len(digest) == 64 && strings.Trim(digest, "0123456789abcdef") == ""
}

// stays tells the broker that a message is worked on, until the function that it
// returns is called.
func (w *worker) stays(msg jetstream.Msg) (stop func()) {
	done := make(chan struct{})
	var beats sync.WaitGroup
	beats.Go(func() {
		beat := time.NewTicker(max(w.cfg.AckWait/3, time.Millisecond)) // the broker says what AckWait is
		defer beat.Stop()
		for {
			select {
			case <-done:
				return
			case <-beat.C:
				_ = msg.InProgress()
			}
		}
	})
	return func() { close(done); beats.Wait() }
}

// hand hands a message to the receiver. The error says that its body cannot be had.
func (w *worker) hand(ctx context.Context, kind, digest string, data []byte) (exchange.Answer, error) {
	switch kind {
	case kindQuestion:
		return w.cfg.Receiver.SettleOrCancel(ctx, data), nil
	case kindEnvelope:
		return w.cfg.Receiver.Receive(ctx, bytes.NewReader(data)), nil
	}
	file, err := w.b.download(ctx, w.n, digest)
	if err != nil {
		return exchange.Answer{}, noBody
	}
	defer file.Close()
	answer := w.cfg.Receiver.Receive(ctx, file)
	if file.broken && answer.Settlement == nil {
		return answer, noBody // it says nothing of the file
	}
	return answer, nil
}

// keep has the broker keep an answer, and returns where.
func (w *worker) keep(ctx context.Context, digest string, reply exchange.Reply) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	kept, err := w.b.js.PublishMsg(ctx, writeAnswer(w.n.answer+digest, reply), jetstream.WithExpectStream(w.n.answers))
	if err != nil {
		return 0, noQueue
	}
	return kept.Sequence, nil
}

// later leaves a message in the queue for a while, and tells who waits.
func (w *worker) later(ctx context.Context, msg jetstream.Msg, attempt uint64, kind, digest string, reason envelope.Reason) {
	w.cfg.Logger.WarnContext(ctx, "not settled", "party", w.cfg.Party, "reason", reason, "attempt", attempt)
	if attempt >= uint64(w.cfg.Attempts) {
		w.giveUp(ctx, msg, kind, digest)
		return
	}
	pause := w.cfg.RetryMax
	if n := min(attempt-1, 20); w.cfg.Retry < pause>>n {
		pause = w.cfg.Retry << n
	}
	_ = w.b.conn.PublishMsg(writeAnswer(w.n.now+digest, exchange.Reply{Refusal: exchange.OutwardTryLater, RetryAfter: pause}))
	_ = msg.NakWithDelay(pause) // else it comes after AckWait
}

// giveUp takes a message out of the queue that nothing came of.
func (w *worker) giveUp(ctx context.Context, msg jetstream.Msg, kind, digest string) {
	w.cfg.Logger.ErrorContext(ctx, "taken out of the queue", "party", w.cfg.Party, "attempts", w.cfg.Attempts)
	_ = w.b.conn.PublishMsg(writeAnswer(w.n.now+digest, exchange.Reply{Refusal: exchange.OutwardTryLater}))
	w.remove(ctx, kind, digest)
	_ = msg.Term()
}
