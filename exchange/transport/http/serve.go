package http

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"log/slog"
	"net"
	nethttp "net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
)

// Defaults of a [ServerConfig].
const (
	// DefaultShutdown is how long running deliveries may take to end.
	DefaultShutdown = time.Minute
	// DefaultMaxConnections is how many connections may be open at once.
	DefaultMaxConnections = 1024

	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	readTimeout   = time.Minute // for handlers beside ours, which sets its own
)

// A ServerConfig says how [Serve] serves.
type ServerConfig struct {
	// TLS is used as it is, but that only HTTP/1.1 is offered. For mutual TLS, set
	// ClientAuth to tls.RequireAndVerifyClientCert, and ClientCAs. nil: plain HTTP,
	// which is refused unless the listener's address is a loopback one.
	TLS *tls.Config
	// PlainHTTPUnsafe allows plain HTTP on other addresses too, for a proxy that
	// ends TLS on another machine: everybody on the way sees who exchanges with
	// whom, and can answer in the receiver's place, though never with a receipt.
	PlainHTTPUnsafe bool
	// Shutdown is how long running deliveries may take to end once the context
	// has. 0: [DefaultShutdown].
	Shutdown time.Duration
	// MaxConnections is how many connections may be open at once; further ones are
	// closed as they come. 0: [DefaultMaxConnections].
	MaxConnections int
	// Log gets "a connection failed", as Debug and without a word of why, because
	// that would repeat what a peer wrote. nil: slog.Default().
	Log *slog.Logger
}

// baseKey is where [Serve] puts the context that ends when it has waited for
// long enough.
type baseKey struct{}

// Serve answers what comes to the listener until ctx ends, then takes no more,
// lets running deliveries end, and returns nil. It closes the listener. The
// handler is a [Handler] or one in whose tree a Handler stands.
//
// Headers have 10 seconds and 16 KiB; idle connections are closed after two
// minutes. An error has [envelope.ReasonMisuse] for the configuration, and
// [envelope.ReasonUnavailable] if the listener failed or if deliveries had to be
// cut off when the time for shutdown was over; their bringers will come again.
func Serve(ctx context.Context, l net.Listener, h nethttp.Handler, cfg ServerConfig) error {
	defer l.Close()
	switch {
	case h == nil || cfg.Shutdown < 0 || cfg.MaxConnections < 0:
		return refuse(envelope.ReasonMisuse, "serve: missing handler, or a bound is negative")
	case cfg.TLS != nil && len(cfg.TLS.Certificates) == 0 && cfg.TLS.GetCertificate == nil && cfg.TLS.GetConfigForClient == nil:
		return refuse(envelope.ReasonMisuse, "serve: TLS without a certificate")
	case cfg.TLS == nil && !cfg.PlainHTTPUnsafe && !loopback(l.Addr().String()):
		return refuse(envelope.ReasonMisuse, "serve: plain HTTP is for loopback addresses")
	}
	setDefault(&cfg.Shutdown, DefaultShutdown)
	setDefault(&cfg.MaxConnections, DefaultMaxConnections)
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	base, cut := context.WithCancel(context.Background())
	defer cut()
	base = context.WithValue(base, baseKey{}, base)
	srv := &nethttp.Server{
		Handler: h, Protocols: http1(), MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		ErrorLog: log.New(deaf{cfg.Log}, "", 0), BaseContext: func(net.Listener) context.Context { return base },
	}
	l = &bounded{Listener: l, free: make(chan struct{}, cfg.MaxConnections)}
	if cfg.TLS != nil {
		t := cfg.TLS.Clone()
		t.NextProtos = []string{"http/1.1"}
		l = tls.NewListener(l, t)
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case <-failed:
		srv.Close()
		return refuse(envelope.ReasonUnavailable, "the listener failed")
	case <-ctx.Done():
	}
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.Shutdown)
	defer cancel()
	if err := srv.Shutdown(wait); errors.Is(err, context.DeadlineExceeded) {
		srv.Close() // and cut, which ends the contexts of handlers
		return refuse(envelope.ReasonUnavailable, "deliveries were cut off")
	}
	return nil
}

func http1() *nethttp.Protocols {
	p := new(nethttp.Protocols)
	p.SetHTTP1(true)
	return p
}

// loopback reports whether an address with a port is a literal loopback address.
// A name is not: whoever answers for it decides where it leads.
func loopback(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().Unmap().IsLoopback()
}

// bounded is a listener that closes what is beyond a number of connections.
type bounded struct {
	net.Listener
	free chan struct{}
}

func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case b.free <- struct{}{}:
			return &counted{Conn: c, end: sync.OnceFunc(func() { <-b.free })}, nil
		default:
			c.Close()
		}
	}
}

// counted is a connection that gives its place back when it is closed.
type counted struct {
	net.Conn
	end func()
}

func (c *counted) Close() error {
	defer c.end()
	return c.Conn.Close()
}

// CloseWrite lets the server end its side first, so that an early answer is not
// lost with a connection that is reset.
func (c *counted) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
