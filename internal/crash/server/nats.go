//go:build unix

package server

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// NATS is a nats-server with JetStream of a test's own. It is for one goroutine.
type NATS struct {
	place
	testing testing.TB
	cmd     *exec.Cmd
	ended   chan struct{}
}

// NewNATS starts one, with more of a configuration file. If the program is not there
// the test is skipped, or fails where SEGEL_CI=1.
func NewNATS(t testing.TB, more string) *NATS {
	t.Helper()
	n := &NATS{place: newPlace(t, "nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server", "/usr/sbin/nats-server"), testing: t}
	n.Configure(more)
	t.Cleanup(n.Stop)
	n.Start()
	return n
}

// URL returns its address, for a connection without TLS.
func (n *NATS) URL() string { return fmt.Sprintf("nats://127.0.0.1:%d", n.port) }

// File writes a file that the server can read, and returns its path.
func (n *NATS) File(name string, text []byte) string {
	n.testing.Helper()
	path := filepath.Join(n.dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		n.testing.Fatal(err)
	}
	if c := n.as.Credential; c != nil {
		if err := os.Chown(path, int(c.Uid), int(c.Gid)); err != nil {
			n.testing.Fatal(err)
		}
	}
	return path
}

// Configure has the next start use more of a configuration file.
func (n *NATS) Configure(more string) {
	n.testing.Helper()
	n.File("conf", fmt.Appendf(nil, "listen: \"127.0.0.1:%d\"\njetstream { store_dir: %q }\n%s\n", n.port, filepath.Join(n.dir, "data"), more))
}

// Start starts the server, again after a Stop, and returns when it takes connections.
func (n *NATS) Start() {
	n.testing.Helper()
	n.cmd, n.ended = exec.Command(n.program, "-c", filepath.Join(n.dir, "conf"), "-l", filepath.Join(n.dir, "log")), make(chan struct{})
	n.cmd.Dir = "/"
	n.cmd.SysProcAttr = n.as
	if err := n.cmd.Start(); err != nil {
		n.testing.Fatal(err)
	}
	go func() {
		defer close(n.ended)
		_ = n.cmd.Wait()
	}()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", n.port))
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-n.ended:
		default:
			if time.Now().Before(end) {
				continue
			}
		}
		text, _ := os.ReadFile(filepath.Join(n.dir, "log"))
		n.testing.Fatalf("nats-server does not run: %s", text)
	}
}

// Stop ends the server as kill -9 does, and returns when it has ended.
func (n *NATS) Stop() {
	_ = n.cmd.Process.Kill()
	<-n.ended
}
