package http

import (
	"context"
	"io"
	"log/slog"
	nethttp "net/http"
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/limits"
)

// A Receiver is what a [Handler] stands in front of: an [*exchange.Receiver], or
// something that counts what one answers. It must be safe for concurrent use.
type Receiver interface {
	// Receive and SettleOrCancel are those of [exchange.Receiver].
	Receive(ctx context.Context, in io.Reader) exchange.Answer
	SettleOrCancel(ctx context.Context, question []byte) exchange.Answer
	// MaxFile is how many bytes of an envelope file are read at most.
	MaxFile() int64
}

var _ Receiver = (*exchange.Receiver)(nil)

// Defaults of a [HandlerConfig]; see also DefaultMinRate and DefaultGrace.
const (
	// DefaultMaxConcurrent is how many messages are received at once.
	DefaultMaxConcurrent = 256
	// DefaultMaxInFlight is how many bytes of them may be held together.
	DefaultMaxInFlight = 256 << 20
	// DefaultRetryAfter is when a refused bringer is asked to come again.
	DefaultRetryAfter = time.Second
	// DefaultWriteTimeout is how long a bringer may take to read an answer.
	DefaultWriteTimeout = 10 * time.Second
)

// A HandlerConfig says what is received, and within which bounds. It is not
// modified after [NewHandler].
type HandlerConfig struct {
	// Receiver opens what comes. Mandatory.
	Receiver Receiver
	// MaxConcurrent is how many messages are received at once. MaxInFlight, which is
	// at least MaxFile, is how many bytes of them may have arrived together, without
	// the first 128 KiB of each, which come with its place. Beyond either, the answer
	// is 429. Memory is a small multiple of MaxInFlight and of 128 KiB for each place.
	// 0: [DefaultMaxConcurrent], [DefaultMaxInFlight].
	MaxConcurrent int
	MaxInFlight   int64
	// MaxPerAddress is how many of the places one remote address may have at once,
	// and so its share of MaxInFlight, but at least one file; beyond it, the answer
	// is 429. The address is that of the request's RemoteAddr: an IPv4 address, or
	// the first 64 bits of an IPv6 one; no header is asked. Behind a reverse proxy all
	// come from one address: then set it to MaxConcurrent, which is no bound, and have
	// the proxy bound addresses. 0: a quarter of MaxConcurrent, at least one.
	MaxPerAddress int
	// MinRate is how many bytes in a second a body must come with, on average,
	// and Grace how long it may take beyond that. 0: [DefaultMinRate],
	// [DefaultGrace].
	MinRate int
	Grace   time.Duration
	// WriteTimeout is how long the bringer may take to read the answer. 0:
	// [DefaultWriteTimeout].
	WriteTimeout time.Duration
	// RetryAfter is sent with every "try later", rounded up to whole seconds. 0:
	// [DefaultRetryAfter].
	RetryAfter time.Duration
	// Log gets what the receiver does not see, with no word of what a bringer
	// wrote: as Debug "refused unread" with the reason, for a header alone, "a body
	// was cut off" and "a body found no room"; as Error "a receiver panicked". What
	// becomes of a message is logged by the receiver: see [exchange.ReceiverConfig].
	// nil: slog.Default().
	Log *slog.Logger
}

// A Handler receives envelopes and questions over HTTP, by the protocol in the
// package doc. Its paths begin at the root; where a base URL has a path, put
// http.StripPrefix in front of it. It may be used concurrently.
type Handler struct {
	cfg     HandlerConfig
	uploads Uploader // nil: there are none
	load    *load
	log     *events
}

// NewHandler checks the configuration and returns a handler. The error has
// [envelope.ReasonMisuse].
func NewHandler(cfg HandlerConfig) (*Handler, error) {
	if cfg.Receiver == nil {
		return nil, refuse(envelope.ReasonMisuse, "config: missing Receiver")
	}
	if cfg.MaxConcurrent < 0 || cfg.MaxInFlight < 0 || cfg.MaxPerAddress < 0 || cfg.MinRate < 0 || cfg.Grace < 0 || cfg.WriteTimeout < 0 || cfg.RetryAfter < 0 {
		return nil, refuse(envelope.ReasonMisuse, "config: a bound is negative")
	}
	setDefault(&cfg.MaxConcurrent, DefaultMaxConcurrent)
	setDefault(&cfg.MaxInFlight, DefaultMaxInFlight)
	setDefault(&cfg.MaxPerAddress, max(1, cfg.MaxConcurrent/4))
	setDefault(&cfg.MinRate, DefaultMinRate)
	setDefault(&cfg.Grace, DefaultGrace)
	setDefault(&cfg.WriteTimeout, DefaultWriteTimeout)
	setDefault(&cfg.RetryAfter, DefaultRetryAfter)
	largest := cfg.Receiver.MaxFile()
	if largest < 1 || largest > cfg.MaxInFlight {
		return nil, refuse(envelope.ReasonMisuse, "config: MaxInFlight is less than one file")
	}
	most := share{cfg.MaxConcurrent, cfg.MaxInFlight}
	each := most
	if cfg.MaxPerAddress < most.places {
		each.places = cfg.MaxPerAddress
		part := float64(each.places) / float64(most.places)
		each.bytes = max(largest, int64(part*float64(most.bytes)))
	}
	uploads, _ := cfg.Receiver.(Uploader)
	return &Handler{cfg: cfg, uploads: uploads, load: newLoad(most, each), log: newEvents(cfg.Log)}, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	a := &answerer{w: w, rc: nethttp.NewResponseController(w), timeout: h.cfg.WriteTimeout, retryAfter: h.cfg.RetryAfter}
	defer func() {
		if recover() != nil { // a receiver does not panic; one that is wrapped might
			h.log.panicked()
			a.refuse(exchange.OutwardTryLater, nethttp.StatusServiceUnavailable)
		}
	}()
	// A body that is refused unread must end too, because the server drains it. A
	// server that knows no deadlines has to bound slow senders in its own way.
	_ = a.rc.SetReadDeadline(time.Now().Add(h.cfg.Grace))
	methods := []string{nethttp.MethodPost}
	serve := h.envelope
	switch {
	case r.URL.RawQuery != "":
		serve = nil
	case r.URL.Path == envelopesPath:
	case r.URL.Path == questionsPath:
		serve = h.question
	case r.URL.Path == healthPath:
		serve, methods = h.health, []string{nethttp.MethodGet, nethttp.MethodHead}
	default:
		serve = nil
		if _, ok := uploadName(r.URL.Path); ok && h.uploads != nil {
			serve, methods = h.upload, []string{nethttp.MethodPost, nethttp.MethodPatch, nethttp.MethodHead}
		}
	}
	switch {
	case serve == nil:
		a.nothing(nethttp.StatusNotFound)
	case !slices.Contains(methods, r.Method):
		w.Header()["Allow"] = methods
		a.nothing(nethttp.StatusMethodNotAllowed)
	default:
		serve(a, r)
	}
}

func (h *Handler) health(a *answerer, _ *nethttp.Request) {
	a.write(nethttp.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}

func (h *Handler) envelope(a *answerer, r *nethttp.Request) {
	m := message{media: MediaEnvelope, limit: h.cfg.Receiver.MaxFile(), memory: h.cfg.Receiver.MaxFile()}
	if h.uploads != nil {
		m.limit, m.steady = h.uploads.MaxBody(), true
	}
	h.receive(a, r, m, func(ctx context.Context, in *body) exchange.Answer {
		return h.cfg.Receiver.Receive(ctx, in)
	})
}

func (h *Handler) question(a *answerer, r *nethttp.Request) {
	m := message{media: MediaJOSE, limit: limits.Statement, memory: limits.Statement}
	h.receive(a, r, m, func(ctx context.Context, in *body) exchange.Answer {
		question, err := io.ReadAll(io.LimitReader(in, limits.Statement+1))
		if err != nil {
			return exchange.Answer{Reason: envelope.ReasonUnavailable}
		}
		return h.cfg.Receiver.SettleOrCancel(ctx, question)
	})
}

// A message is what may come at a resource.
type message struct {
	media  string
	limit  int64 // bytes
	memory int64 // how many of them are in memory at most: what is charged
	steady bool  // it must keep moving, whatever it has earned by its rate
}

// receive takes one message to the receiver and answers with what that says.
func (h *Handler) receive(a *answerer, r *nethttp.Request, m message, take func(context.Context, *body) exchange.Answer) {
	var reply exchange.Reply
	if h.take(a, r, m, func(ctx context.Context, in *body) exchange.Reply {
		reply = take(ctx, in).Reply()
		return reply
	}) {
		a.reply(reply)
	}
}

// take takes one message through all bounds and reports whether it was taken; else
// it is answered. What can be refused from the header alone is refused before a byte
// of the body is read.
func (h *Handler) take(a *answerer, r *nethttp.Request, m message, take func(context.Context, *body) exchange.Reply) bool {
	switch {
	case !only(r.Header, "Content-Type", m.media) || r.Header.Values("Content-Encoding") != nil:
		h.log.unread(envelope.ReasonMalformed)
		a.refuse(exchange.OutwardMalformed, nethttp.StatusBadRequest)
		return false
	case r.ContentLength > m.limit:
		h.log.unread(envelope.ReasonTooLarge)
		a.refuse(exchange.OutwardTooLarge, nethttp.StatusRequestEntityTooLarge)
		return false
	}
	p := h.load.begin(neighbourhood(r.RemoteAddr))
	if p == nil {
		h.log.unread(envelope.ReasonBusy)
		a.refuse(exchange.OutwardTryLater, nethttp.StatusTooManyRequests)
		return false
	}
	reply, full := h.placed(a, r, p, m, take)
	if full && reply.Receipt == nil && reply.Refusal == exchange.OutwardTryLater {
		a.refuse(exchange.OutwardTryLater, nethttp.StatusTooManyRequests)
		return false
	}
	return true
}

// placed takes a message to the receiver and gives its place back, before the
// answer is written: who reads it slowly, or at once sends more, needs none. It
// reports whether there was no room for the whole of it.
func (h *Handler) placed(a *answerer, r *nethttp.Request, p *place, m message, take func(context.Context, *body) exchange.Reply) (reply exchange.Reply, full bool) {
	defer p.end()
	ctx, stop := detach(r.Context())
	defer stop()
	// One byte more than the limit: the receiver tells "too large" from "cut".
	in := &body{r: nethttp.MaxBytesReader(a.w, r.Body, m.limit+1), rc: a.rc, place: p, begun: time.Now(), grace: h.cfg.Grace, rate: h.cfg.MinRate, most: m.memory + 1}
	if m.steady {
		in.idle = allowance(h.cfg.Grace, step, h.cfg.MinRate)
	}
	defer in.abandon()
	reply = take(ctx, in)
	switch in.err {
	case errBody:
		h.log.cut()
	case errFull:
		h.log.full()
	}
	return reply, in.err == errFull
}

// only reports whether a header stands there once and with that value.
func only(header nethttp.Header, name, value string) bool {
	v := header.Values(name)
	return len(v) == 1 && v[0] == value
}

// detach returns a context that does not end when the bringer hangs up, but when
// [Serve] has waited for long enough.
func detach(request context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(request))
	base, ok := request.Value(baseKey{}).(context.Context)
	if !ok {
		return ctx, cancel
	}
	unhook := context.AfterFunc(base, cancel)
	return ctx, func() { unhook(); cancel() }
}
