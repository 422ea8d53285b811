//go:build unix

package server

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Postgres is a PostgreSQL server of a test's own. It is for one goroutine.
type Postgres struct{ place }

// NewPostgres starts one. If its programs are not there the test is skipped, or fails
// where SEGEL_CI=1.
func NewPostgres(t testing.TB) *Postgres {
	t.Helper()
	p := &Postgres{newPlace(t, "the programs of a PostgreSQL server", "/usr/lib/postgresql/*/bin/initdb", "/usr/bin/initdb", "/usr/local/bin/initdb")}
	if err := errors.Join(p.run("initdb", "-D", p.data(), "-U", "segel", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"), p.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop() })
	return p
}

// DSN returns the connection string.
func (p *Postgres) DSN() string {
	return fmt.Sprintf("postgres://segel@127.0.0.1:%d/postgres?sslmode=disable", p.port)
}

// Start starts the server again and returns when it takes connections.
func (p *Postgres) Start() error {
	return p.run("pg_ctl", "-D", p.data(), "-l", filepath.Join(p.dir, "log"), "-w", "-s", "-o", fmt.Sprintf("-h 127.0.0.1 -p %d -k ''", p.port), "start")
}

// Stop ends the server as a failure would: what it holds in memory is lost.
func (p *Postgres) Stop() error {
	return p.run("pg_ctl", "-D", p.data(), "-m", "immediate", "-w", "-s", "stop")
}

// Follow starts the server anew as one that stands by until it takes over.
func (p *Postgres) Follow() error {
	if err := p.run("pg_ctl", "-D", p.data(), "-m", "fast", "-w", "-s", "stop"); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(p.data(), "standby.signal"), nil, 0o600); err != nil {
		return err
	}
	return p.Start()
}

// TakeOver ends that, and returns when the server takes what is written.
func (p *Postgres) TakeOver() error {
	return p.run("pg_ctl", "-D", p.data(), "-w", "-s", "promote")
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

func (p *Postgres) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(filepath.Dir(p.program), program), args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = p.as
	// A file, because the server inherits it and a pipe would stay open.
	said, err := os.CreateTemp("", "segel-server-")
	if err != nil {
		return err
	}
	defer os.Remove(said.Name())
	defer said.Close()
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(said.Name())
		return fmt.Errorf("%s: %w: %s", program, err, text)
	}
	return nil
}
