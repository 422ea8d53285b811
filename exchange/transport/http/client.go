package http

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	nethttp "net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/limits"
)

// Defaults of a [ClientConfig]; see also DefaultMinRate.
const (
	// DefaultTimeout is how long one attempt waits for an answer.
	DefaultTimeout = time.Minute
	// DefaultMaxElapsed is for how long a message is tried again.
	DefaultMaxElapsed = time.Minute

	dialTimeout     = 10 * time.Second
	continueTimeout = time.Second
	idleConnections = 64        // to one peer
	expectBeyond    = 128 << 10 // a server reads more than that of what it refuses
	writeBuffer     = 16 << 10  // a small message leaves with its header, in one write
	maxEndpoints    = 8
)

// A ClientConfig says how parties are reached. It is not modified after
// [NewClient].
type ClientConfig struct {
	// Endpoints returns the base URLs of a party, in order of preference; see
	// [FromDirectory]. https, or http to a literal loopback address. At most eight
	// are used. It must be safe for concurrent use. Mandatory.
	Endpoints func(to envelope.Party) []string
	// TLS holds what peers' certificates are verified against, and for mutual TLS
	// the client's own certificate. Verification cannot be turned off. nil: the
	// system's roots.
	TLS *tls.Config
	// Proxy says by which proxy an endpoint is reached, as for
	// [nethttp.Transport]. nil: by none, whatever the environment says.
	Proxy func(*nethttp.Request) (*url.URL, error)
	// PlainHTTPUnsafe allows http to every address: everybody on the way sees who
	// exchanges with whom, and can answer in the peer's place, though never with a
	// receipt.
	PlainHTTPUnsafe bool
	// MaxFile is how many bytes a file without a body may have; it is held in memory.
	// An [exchange.File] may have any size. 0: [exchange.DefaultMaxFile].
	MaxFile int64
	// Timeout is how long one attempt waits for its answer, the peer's handler
	// included, and MinRate with how many bytes in a second it may be sent: an
	// attempt has Timeout and the file's size by MinRate. A file with a body that does
	// not move for Timeout is given up before. 0: [DefaultTimeout],
	// [DefaultMinRate].
	Timeout time.Duration
	MinRate int
	// MaxElapsed is for how long a message that got no answer, or "try later", is
	// tried again in one call: after half a second, then twice as long each time
	// up to half a minute, give or take half of it, and later if the peer says so. For
	// a file with a body, that counts from the last attempt that has brought it on.
	// 0: [DefaultMaxElapsed].
	MaxElapsed time.Duration
	// Once makes one attempt in a call, at each endpoint until one answers: for
	// callers that try again by themselves, as an [exchange.Dispatcher] does.
	Once bool
}

// A Client is an [exchange.Transport] over HTTP, by the protocol in the package
// doc. It may be used concurrently, and keeps connections open until
// [Client.Close].
type Client struct {
	cfg       ClientConfig
	transport *nethttp.Transport
	now       func() time.Time
	timer     func() backoff.Timer // nil: the system's
}

var _ exchange.Transport = (*Client)(nil)

// NewClient checks the configuration, touches no network, and returns a client.
// The error has [envelope.ReasonMisuse].
func NewClient(cfg ClientConfig) (*Client, error) {
	switch {
	case cfg.Endpoints == nil:
		return nil, refuse(envelope.ReasonMisuse, "config: missing Endpoints")
	case cfg.MaxFile < 0 || cfg.Timeout < 0 || cfg.MinRate < 0 || cfg.MaxElapsed < 0:
		return nil, refuse(envelope.ReasonMisuse, "config: a bound is negative")
	case cfg.TLS != nil && cfg.TLS.InsecureSkipVerify:
		return nil, refuse(envelope.ReasonMisuse, "config: TLS without verification")
	}
	setDefault(&cfg.MaxFile, exchange.DefaultMaxFile)
	setDefault(&cfg.Timeout, DefaultTimeout)
	setDefault(&cfg.MinRate, DefaultMinRate)
	setDefault(&cfg.MaxElapsed, DefaultMaxElapsed)
	return &Client{cfg: cfg, now: time.Now, transport: &nethttp.Transport{
		Proxy: cfg.Proxy, TLSClientConfig: cfg.TLS.Clone(), Protocols: http1(),
		DialContext:         (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: dialTimeout, ExpectContinueTimeout: continueTimeout,
		MaxIdleConnsPerHost: idleConnections, IdleConnTimeout: idleTimeout / 2, // before the server's
		MaxResponseHeaderBytes: maxHeader, WriteBufferSize: writeBuffer, DisableCompression: true,
	}}, nil
}

// Close closes idle connections. The client may be used again.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Deliver hands an envelope file to a party, under the rules of
// [exchange.Transport]. An error is an [*envelope.Error]: ReasonUnavailable if
// it is unknown whether the file arrived, ReasonTooLarge, before anything is
// sent, for more than MaxFile bytes, and ReasonMisuse for an endpoint that is
// not allowed. RetryAfter is what the peer asked for last, or, beside an error,
// whoever answered in its place.
func (c *Client) Deliver(ctx context.Context, to envelope.Party, file io.Reader) (exchange.Reply, error) {
	switch f := file.(type) {
	case nil:
		return exchange.Reply{}, refuse(envelope.ReasonMisuse, "no file")
	case exchange.File:
		return c.upload(ctx, to, f)
	}
	// In memory, because every attempt sends it from the beginning.
	var message bytes.Buffer
	if known, ok := file.(interface{ Len() int }); ok && int64(known.Len()) <= c.cfg.MaxFile {
		message.Grow(known.Len() + bytes.MinRead)
	}
	_, err := message.ReadFrom(io.LimitReader(file, c.cfg.MaxFile+1))
	switch {
	case err != nil:
		return exchange.Reply{}, refuse(envelope.ReasonUnavailable, "the file cannot be read")
	case int64(message.Len()) > c.cfg.MaxFile:
		return exchange.Reply{}, refuse(envelope.ReasonTooLarge, "file")
	}
	return c.message(ctx, to, envelopesPath, MediaEnvelope, message.Bytes())
}

// Ask hands a signed question to a party, under the rules of Deliver.
func (c *Client) Ask(ctx context.Context, to envelope.Party, question []byte) (exchange.Reply, error) {
	if len(question) > limits.Statement {
		return exchange.Reply{}, refuse(envelope.ReasonTooLarge, "question")
	}
	return c.message(ctx, to, questionsPath, MediaJOSE, bytes.Clone(question))
}

// message brings a message that is in memory.
func (c *Client) message(ctx context.Context, to envelope.Party, path, media string, message []byte) (exchange.Reply, error) {
	urls, err := c.urls(to, path)
	if err != nil {
		return exchange.Reply{}, err
	}
	return c.carry(ctx, urls, func(ctx context.Context, url string) outcome { return c.post(ctx, url, media, message) })
}

// urls returns where a party's resource is. One endpoint that is not allowed
// spoils them all: it is a mistake, or worse.
func (c *Client) urls(to envelope.Party, path string) ([]string, error) {
	bases := c.cfg.Endpoints(to)
	if len(bases) == 0 {
		return nil, refuse(envelope.ReasonUnavailable, "no endpoint is known for the party")
	}
	urls := make([]string, 0, len(bases))
	for _, base := range bases[:min(len(bases), maxEndpoints)] {
		u, ok := resource(base, path, c.cfg.PlainHTTPUnsafe)
		if !ok {
			return nil, refuse(envelope.ReasonMisuse, "an endpoint of the party is not a plain https URL")
		}
		urls = append(urls, u)
	}
	return urls, nil
}

// post makes one attempt at one URL.
func (c *Client) post(ctx context.Context, url, media string, message []byte) outcome {
	ctx, cancel := context.WithTimeout(ctx, allowance(c.cfg.Timeout, int64(len(message)), c.cfg.MinRate))
	defer cancel()
	req, err := c.request(ctx, nethttp.MethodPost, url, media, message)
	if err != nil {
		return outcome{err: refuse(envelope.ReasonMisuse, "endpoint")}
	}
	if len(message) > expectBeyond {
		req.Header.Set("Expect", "100-continue") // a refusal by the header then costs no upload
	}
	// The round tripper itself: no redirect is followed and no cookie kept.
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return unanswered(err)
	}
	defer res.Body.Close()
	return read(res.StatusCode, res.Header, res.Body, c.now())
}

// request begins a request with a message, which may be nil.
func (c *Client) request(ctx context.Context, method, url, media string, message []byte) (*nethttp.Request, error) {
	req, err := nethttp.NewRequestWithContext(ctx, method, url, bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", media)
	req.Header.Set("User-Agent", "segel/1")
	return req, nil
}
