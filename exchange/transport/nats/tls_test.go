//go:build unix

package nats_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/transport/nats"
	"github.com/segel-id/segel/internal/crash/server"
)

// An authority issues certificates.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t}
	a.key, a.cert = a.issue(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// issue makes a key and its certificate, which the authority signs, or itself.
func (a *authority) issue(c *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber, _ = rand.Int(rand.Reader, big.NewInt(1<<62))
	c.Subject = pkix.Name{CommonName: "contoh " + c.SerialNumber.String()}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	signer, by := a.key, a.cert
	if signer == nil {
		signer, by = key, c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		a.t.Fatal(err)
	}
	return key, c
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func (a *authority) client() tls.Certificate {
	key, cert := a.issue(&x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

// serve returns a broker that proves to be 127.0.0.1 and wants a proof in return.
func (a *authority) serve() *server.NATS {
	a.t.Helper()
	key, cert := a.issue(&x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	text := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	broker := server.NewNATS(a.t, "")
	broker.Stop()
	broker.Configure(fmt.Sprintf("tls { cert_file: %q, key_file: %q, ca_file: %q, verify: true }",
		broker.File("cert", text("CERTIFICATE", cert.Raw)), broker.File("key", text("PRIVATE KEY", der)), broker.File("ca", text("CERTIFICATE", a.cert.Raw))))
	broker.Start()
	return broker
}

// Over TLS everything goes as it does without, and nobody is talked to who does not
// prove to be the broker.
func TestTLS(t *testing.T) {
	t.Parallel()
	a, other := newAuthority(t), newAuthority(t)
	broker := a.serve()
	plain := server.NewNATS(t, "")
	secure := func(b *server.NATS) string { return strings.Replace(b.URL(), "nats://", "tls://", 1) }
	ours := &tls.Config{RootCAs: a.pool(), Certificates: []tls.Certificate{a.client()}}

	for _, tt := range []struct {
		name, url string
		tls       *tls.Config
	}{
		{"the system's roots", secure(broker), nil},
		{"the system's roots, with a certificate of our own", secure(broker), &tls.Config{Certificates: ours.Certificates}},
		{"another authority's broker", secure(broker), &tls.Config{RootCAs: other.pool(), Certificates: ours.Certificates}},
		{"another name", strings.Replace(secure(broker), "127.0.0.1", "localhost", 1), ours},
		{"no certificate of our own", secure(broker), &tls.Config{RootCAs: a.pool()}},
		{"another authority's certificate of our own", secure(broker), &tls.Config{RootCAs: a.pool(), Certificates: []tls.Certificate{other.client()}}},
		{"in the clear to who wants TLS", broker.URL(), nil},
		{"TLS to who has none", secure(plain), ours},
		{"TLS to who has none, by the other scheme", plain.URL(), ours},
	} {
		b, err := nats.Dial(t.Context(), nats.Config{URLs: []string{tt.url}, TLS: tt.tls, Prefix: prefix()})
		if b != nil || envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Errorf("%s: %v", tt.name, err)
		}
	}

	for _, url := range []string{secure(broker), broker.URL()} {
		s := openAt(t, url, func(c *nats.Config) { c.TLS = ours }, natsgo.Secure(ours.Clone()))
		s.serve(nil)
		s.eventually("the queue", func() bool { return s.has(ahu.Party) })
		s.accepted(s.seal(1, nil), nil)
		var file bytes.Buffer
		s.accepted(s.seal(5_000, &file), file.Bytes())
	}
}
