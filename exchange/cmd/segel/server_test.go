package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A server is a process of "segel serve" that a script has started.
type server struct {
	cmd  *exec.Cmd
	url  string // where it listens
	done chan struct{}

	mu   sync.Mutex
	more sync.Cond // the log has grown, or has ended
	log  bytes.Buffer
	over bool
}

type serversKey struct{}

func servers(ts *testscript.TestScript) map[string]*server {
	return ts.Value(serversKey{}).(map[string]*server)
}

// patient bounds what scripts wait for, on a machine that is busy.
const patient = 2 * time.Minute

// port VAR... sets variables to ports that are free now.
func port(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		_, number, err := net.SplitHostPort(l.Addr().String())
		ts.Check(err)
		ts.Check(l.Close())
		ts.Setenv(name, number)
	}
}

// serve NAME args... starts "segel serve args..." and returns once it listens. Its
// log is NAME.log, and $NAME is its address.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: serve NAME args...")
	}
	name := args[0]
	s := &server{cmd: exec.Command("segel", append([]string{"serve"}, args[1:]...)...), done: make(chan struct{})}
	s.more.L = &s.mu
	s.cmd.Dir = ts.MkAbs(".")
	for _, key := range []string{"PATH", "HOME", "TMPDIR", "SYSTEMROOT", "GOCOVERDIR", "SEGEL_TEST_NOW", "SEGEL_TEST_BEGUN", "SEGEL_CONFIG"} {
		s.cmd.Env = append(s.cmd.Env, key+"="+ts.Getenv(key))
	}
	stdout, err := s.cmd.StdoutPipe()
	ts.Check(err)
	stderr, err := s.cmd.StderrPipe()
	ts.Check(err)
	file, err := os.Create(ts.MkAbs(name + ".log"))
	ts.Check(err)
	ts.Check(s.cmd.Start())
	go s.read(stderr, file)
	servers(ts)[name] = s
	ts.Defer(func() { _ = s.cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		<-s.done
		ts.Fatalf("serve %s does not listen: %s", name, s.log.String())
	}
	_, s.url, _ = strings.Cut(strings.TrimSpace(line), "listening: ")
	ts.Setenv(name, s.url)
}

// read keeps the log, in memory and in a file.
func (s *server) read(from io.Reader, file *os.File) {
	defer close(s.done)
	defer file.Close()
	r := bufio.NewReader(from)
	for {
		line, err := r.ReadString('\n')
		_, _ = file.WriteString(line)
		s.mu.Lock()
		s.log.WriteString(line)
		s.over = err != nil
		s.more.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// logs NAME REGEXP waits for a line of a server's log.
func logs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 || servers(ts)[args[0]] == nil {
		ts.Fatalf("usage: logs NAME REGEXP")
	}
	s, want := servers(ts)[args[0]], regexp.MustCompile("(?m)"+args[1])
	timer := time.AfterFunc(patient, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.over = true
		s.more.Broadcast()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !want.Match(s.log.Bytes()) {
		if s.over {
			ts.Fatalf("the log of %s has no line like %q:\n%s", args[0], args[1], s.log.String())
		}
		s.more.Wait()
	}
}

// stops NAME [SIGNAL] [CODE] ends a server and holds it to its exit code.
func stops(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || servers(ts)[args[0]] == nil {
		ts.Fatalf("usage: stops NAME [kill]")
	}
	s, signal, want := servers(ts)[args[0]], os.Signal(syscall.SIGTERM), 0
	if len(args) > 1 {
		switch args[1] {
		case "kill":
			signal, want = os.Kill, -1
		case "interrupt":
			signal = os.Interrupt
		default:
			ts.Fatalf("stops %s: unknown signal", args[0])
		}
	}
	ts.Check(s.cmd.Process.Signal(signal))
	<-s.done
	_ = s.cmd.Wait()
	if got := s.cmd.ProcessState.ExitCode(); got != want {
		ts.Fatalf("%s ended with %d, want %d:\n%s", args[0], got, want, s.log.String())
	}
	delete(servers(ts), args[0])
}

// hup NAME sends SIGHUP.
func hup(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || servers(ts)[args[0]] == nil {
		ts.Fatalf("usage: hup NAME")
	}
	ts.Check(servers(ts)[args[0]].cmd.Process.Signal(syscall.SIGHUP))
}

// takes VAR REGEXP FILE sets a variable to what the group of the last match in a
// file holds; stdout and stderr are those of the last command.
func takes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: takes VAR REGEXP FILE")
	}
	all := regexp.MustCompile("(?m)"+args[1]).FindAllStringSubmatch(ts.ReadFile(args[2]), -1)
	if len(all) == 0 {
		ts.Fatalf("%s has nothing like %q", args[2], args[1])
	}
	ts.Setenv(args[0], all[len(all)-1][1])
}

// certs DIR NAME... makes a certificate authority DIR/ca.pem and, signed by it,
// DIR/NAME.pem with DIR/NAME-key.pem for 127.0.0.1.
func certs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: certs DIR NAME...")
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	newCA := func() (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		ts.Check(err)
		der, err := x509.CreateCertificate(rand.Reader, certificate(1, true), certificate(1, true), key.Public(), key)
		ts.Check(err)
		ca, err := x509.ParseCertificate(der)
		ts.Check(err)
		ts.Check(os.WriteFile(dir+"/ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
		return ca, key
	}
	ca, caKey := newCA()
	for i, name := range args[1:] {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		ts.Check(err)
		der, err := x509.CreateCertificate(rand.Reader, certificate(int64(i)+2, false), ca, key.Public(), caKey)
		ts.Check(err)
		secret, err := x509.MarshalPKCS8PrivateKey(key)
		ts.Check(err)
		ts.Check(os.WriteFile(dir+"/"+name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
		ts.Check(os.WriteFile(dir+"/"+name+"-key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	}
}

// certificate is a template that holds for long.
func certificate(serial int64, ca bool) *x509.Certificate {
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test " + strconv.FormatInt(serial, 10)},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC),
		BasicConstraintsValid: true, IsCA: ca, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if ca {
		c.KeyUsage, c.ExtKeyUsage, c.IPAddresses = x509.KeyUsageCertSign, nil, nil
	}
	return c
}
