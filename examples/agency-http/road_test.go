package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/trust"
)

const asProgram = "SEGEL_EXAMPLE_AS_PROGRAM"

// patience bounds what a test waits for.
const patience = 2 * time.Minute

// A process is one of the two servers.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan map[string]any // what it logs
	told  bytes.Buffer        // all of it; whole once end has returned
}

// start starts a server on its folder, for the first time or again.
func start(t *testing.T, dir, role string, as envelope.Party) *process {
	t.Helper()
	in := func(name string) string { return filepath.Join(dir, name) }
	p := &process{t: t, lines: make(chan map[string]any, 1000)}
	p.cmd = exec.Command(os.Args[0], "-role", role, "-as", string(as), "-keys", in(role+".private.jwks"),
		"-directory", in("directory"), "-anchor", in("anchor.public.jwks"), "-data", in(role), "-listen", "127.0.0.1:0",
		"-agreement", exchangetest.Agreement, "-cert", in("cert.pem"), "-key", in("key.pem"), "-ca", in("cert.pem"))
	p.cmd.Env = append(os.Environ(), asProgram+"=1")
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.end(os.Kill) })
	go func() {
		defer close(p.lines)
		for in := bufio.NewScanner(stderr); in.Scan(); {
			p.told.Write(append(in.Bytes(), '\n'))
			var line map[string]any
			if json.Unmarshal(in.Bytes(), &line) == nil {
				p.lines <- line
			}
		}
	}()
	return p
}

// await returns the next line of that text in the log.
func (p *process) await(text string) map[string]any {
	p.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				p.t.Fatalf("it ended before it said %q", text)
			}
			if line["msg"] == text {
				return line
			}
		case <-timeout:
			p.t.Fatalf("it never said %q", text)
		}
	}
}

// end signals the process and waits for its end.
func (p *process) end(how os.Signal) error {
	if p.cmd.ProcessState != nil {
		return nil
	}
	if err := p.cmd.Process.Signal(how); err != nil {
		return err
	}
	for range p.lines { // to the end of its log: only then may it be waited for
	}
	return p.cmd.Wait()
}

// A road leads from the sender to wherever the receiver is now. It is a reverse
// proxy with a certificate of its own, as one in the field.
type road struct {
	url  string
	away chan struct{} // an answer got lost

	mu     sync.Mutex
	target *url.URL
	losing bool // the next answer
}

// newRoad opens a road and leaves the certificate that everybody uses in dir.
func newRoad(t *testing.T, dir string) *road {
	t.Helper()
	r := &road{away: make(chan struct{}, 1)}
	both := certificate(t, dir)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.target != nil {
				p.SetURL(r.target)
			}
		},
		Transport: &nethttp.Transport{TLSClientConfig: both, DisableKeepAlives: true},
		ModifyResponse: func(res *nethttp.Response) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.losing && res.StatusCode == nethttp.StatusOK {
				r.losing = false
				r.away <- struct{}{}
				return errors.New("lost")
			}
			return nil
		},
		ErrorHandler: func(nethttp.ResponseWriter, *nethttp.Request, error) { panic(nethttp.ErrAbortHandler) },
	}
	srv := httptest.NewUnstartedServer(proxy)
	srv.TLS = both.Clone()
	srv.StartTLS()
	t.Cleanup(srv.Close)
	r.url = srv.URL
	return r
}

func (r *road) leadTo(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = &url.URL{Scheme: "https", Host: address}
}

// lose has the next answer get lost on the way, when it has been given.
func (r *road) lose() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.losing = true
}

// lost waits until it has.
func (r *road) lost(t *testing.T) {
	t.Helper()
	select {
	case <-r.away:
	case <-time.After(patience):
		t.Fatal("no answer came that could get lost")
	}
}

// files makes what segel keygen and segel directory make: for agencies whose keys
// are publicly known, with an agreement under which everything is allowed.
func files(t *testing.T, dir, endpoint string) {
	t.Helper()
	world := exchangetest.NewWorld()
	world.Clock = exchangetest.NewClock(time.Now())
	draft := world.Draft(exchangetest.Grants(world.Definitions))
	for i, p := range draft.Parties {
		if p.ID == envelopetest.Pengawasan().Party {
			draft.Parties[i].Endpoints = []string{endpoint}
		}
	}
	directory, err := trust.Sign(draft, envelopetest.Anchor().Signing)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "directory"), directory)
	anchor, err := json.Marshal(exchangetest.Anchors())
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "anchor.public.jwks"), anchor)
	for role, a := range map[string]envelopetest.Agency{"sender": envelopetest.Sirekap(), "receiver": envelopetest.Pengawasan()} {
		keys, err := envelope.MarshalPrivateKeys(a.Keys()...)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, role+".private.jwks"), keys)
	}
}

// certificate makes one for 127.0.0.1 that is its own authority, and returns how
// either end of a connection uses it.
func certificate(t *testing.T, dir string) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	o := options{cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"), ca: filepath.Join(dir, "cert.pem")}
	write(t, o.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	write(t, o.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	config, err := certificates(o)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
