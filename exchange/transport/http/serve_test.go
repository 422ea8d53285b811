package http_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/http"
)

func TestShutdownFinishesWhatRuns(t *testing.T) {
	s := open(t, settings{})
	end := s.busy(2)
	s.stop()
	for { // the listener closes a moment after the context has ended
		c, err := net.Dial("tcp", s.address)
		if err != nil {
			break
		}
		c.Close()
	}
	select {
	case err := <-s.served:
		t.Fatalf("Serve returned %v while deliveries ran", err)
	default:
	}
	end() // and both get their receipts
	if err := <-s.served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	s.served <- nil // for the cleanup
	s.called(2)
}

func TestShutdownEndsWhatDoesNotEnd(t *testing.T) {
	s := open(t, settings{server: func(c *http.ServerConfig) { c.Shutdown = 20 * time.Millisecond }})
	begun, ended := make(chan struct{}), make(chan error, 1)
	var handle exchange.Handler = func(ctx context.Context, _ *exchange.Delivery) error {
		close(begun)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}
	s.handle.Store(&handle)
	sealed := s.sealed()
	go func() { _, _ = s.client.Deliver(context.Background(), ahu.Party, bytes.NewReader(sealed.File())) }()
	<-begun
	s.stop()
	if err := <-s.served; envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("Serve: %v", err)
	}
	s.served <- nil
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the handler was told %v", err)
	}
}

// elsewhere is a listener that says it is somewhere else, or fails.
type elsewhere struct {
	net.Listener
	address string
}

func (e elsewhere) Addr() net.Addr {
	a, err := net.ResolveTCPAddr("tcp", e.address)
	if err != nil {
		panic(err)
	}
	return a
}

func (e elsewhere) Accept() (net.Conn, error) { return nil, errors.New(canary) }

func TestServeConfig(t *testing.T) {
	h := nethttp.NotFoundHandler()
	tests := []struct {
		name    string
		address string
		handler nethttp.Handler
		cfg     http.ServerConfig
		want    envelope.Reason
	}{
		{"no handler", "127.0.0.1:1", nil, http.ServerConfig{}, envelope.ReasonMisuse},
		{"negative Shutdown", "127.0.0.1:1", h, http.ServerConfig{Shutdown: -1}, envelope.ReasonMisuse},
		{"negative MaxConnections", "127.0.0.1:1", h, http.ServerConfig{MaxConnections: -1}, envelope.ReasonMisuse},
		{"TLS without a certificate", "127.0.0.1:1", h, http.ServerConfig{TLS: &tls.Config{}}, envelope.ReasonMisuse},
		{"plain HTTP to the world", "0.0.0.0:1", h, http.ServerConfig{}, envelope.ReasonMisuse},
		{"plain HTTP to the world by IPv6", "[::]:1", h, http.ServerConfig{}, envelope.ReasonMisuse},
		{"plain HTTP to a network", "192.0.2.1:1", h, http.ServerConfig{}, envelope.ReasonMisuse},
		// What follows is allowed: only the listener fails.
		{"plain HTTP to the world on purpose", "192.0.2.1:1", h, http.ServerConfig{PlainHTTPUnsafe: true}, envelope.ReasonUnavailable},
		{"loopback", "127.9.9.9:1", h, http.ServerConfig{}, envelope.ReasonUnavailable},
		{"loopback by IPv6", "[::1]:1", h, http.ServerConfig{}, envelope.ReasonUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := http.Serve(context.Background(), elsewhere{listen(t), tt.address}, tt.handler, tt.cfg)
			if envelope.ReasonOf(err) != tt.want || strings.Contains(err.Error(), canary) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestMaxConnections(t *testing.T) {
	s := open(t, settings{server: func(c *http.ServerConfig) { c.MaxConnections = 2 }})
	health := "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	answered := func(c net.Conn) bool {
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, err := io.ReadFull(c, make([]byte, 12))
		return err == nil
	}
	first, second := s.speak(health), s.speak(health)
	if !answered(first) || !answered(second) {
		t.Fatal("two connections are allowed")
	}
	third, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	_, _ = io.WriteString(third, health) // it may be closed already
	if answered(third) {
		t.Error("a third connection was answered")
	}
	first.Close()
	for try := 0; ; try++ { // the server has to notice first
		if answered(s.speak("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
			break
		}
		if try == 1000 {
			t.Fatal("the place was not given back")
		}
	}
}

// What net/http logs of a defect elsewhere does not reach the log either.
func TestServeIsDeaf(t *testing.T) {
	s := open(t, settings{around: func(h nethttp.Handler) nethttp.Handler {
		return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) { panic(canary) })
	}})
	if text := heard(t, s.speak("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); text != "" {
		t.Errorf("heard %q", text)
	}
	if log := s.log.String(); strings.Contains(log, canary) || !strings.Contains(log, "a connection failed") {
		t.Error(log)
	}
}

// authority is a certificate authority of a test.
type authority struct {
	*testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{T: t}
	c := a.issue(nil)
	a.cert, a.key = c.Leaf, c.PrivateKey.(*ecdsa.PrivateKey)
	return a
}

// issue makes a certificate for the loopback address: the authority's own if it
// has none.
func (a *authority) issue(parent *x509.Certificate) tls.Certificate {
	a.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "segel test"}, BasicConstraintsValid: true, IsCA: parent == nil,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	signer := a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (a *authority) member() tls.Certificate { return a.issue(a.cert) }

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

func TestMutualTLS(t *testing.T) {
	ours, others := newAuthority(t), newAuthority(t)
	s := open(t, settings{
		server: func(c *http.ServerConfig) {
			c.TLS = &tls.Config{Certificates: []tls.Certificate{ours.member()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.pool(), MinVersion: tls.VersionTLS12}
		},
		client: func(c *http.ClientConfig) {
			c.TLS = &tls.Config{RootCAs: ours.pool(), Certificates: []tls.Certificate{ours.member()}}
		},
	})
	sealed := s.sealed()
	file := sealed.File()
	tests := []struct {
		name string
		tls  *tls.Config
		want string
	}{
		{"without a certificate", &tls.Config{RootCAs: ours.pool()}, "the peer refused the TLS connection"},
		{"with another's certificate", &tls.Config{RootCAs: ours.pool(), Certificates: []tls.Certificate{others.member()}}, "the peer refused the TLS connection"},
		{"that knows others only", &tls.Config{RootCAs: others.pool(), Certificates: []tls.Certificate{ours.member()}}, "the peer's certificate is not trusted"},
		{"that knows the system's roots", nil, "the peer's certificate is not trusted"},
		{"that expects another name", &tls.Config{RootCAs: ours.pool(), ServerName: "segel.example"}, "the peer's certificate is not trusted"},
	}
	for _, tt := range tests {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			c, pauses := dial(t, s.url, func(c *http.ClientConfig) {
				if c.TLS = tt.tls; c.TLS != nil {
					c.TLS = c.TLS.Clone()
					c.TLS.MaxVersion = version
				}
			})
			_, err := c.Deliver(context.Background(), ahu.Party, bytes.NewReader(file))
			switch {
			case err == nil:
				t.Errorf("a client %s is answered", tt.name)
			case version == tls.VersionTLS13 && (strings.HasSuffix(err.Error(), "no answer came") || len(pauses()) != 0):
				// The server's alert comes after the handshake, and may be lost with
				// the connection: then it is tried again.
			case !strings.HasSuffix(err.Error(), tt.want) || len(pauses()) != 0:
				t.Errorf("a client %s: %v after pauses %v, want %q", tt.name, err, pauses(), tt.want)
			}
		}
	}
	s.called(0)
	s.accepted(sealed)
	s.called(1)
	plain, _ := dial(t, strings.Replace(s.url, "https", "http", 1), nil)
	if reply, err := plain.Deliver(context.Background(), ahu.Party, bytes.NewReader(file)); err == nil {
		t.Errorf("plain HTTP: %v", reply)
	}
}
