//go:build unix

package many

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/segel-id/segel/internal/shared"
)

// A database is a PostgreSQL server of the test's own.
type database struct {
	bin, dir string
	port     int
	as       *syscall.Credential // nil: whoever runs the test
}

// newDatabase starts a server in a temporary folder. It refuses to run as root:
// then it runs as nobody.
func newDatabase(t *testing.T) *database {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		shared.Missing(t, "needs the programs of a PostgreSQL server")
	}
	slices.Sort(found)
	d := &database{bin: filepath.Dir(found[len(found)-1])}
	top, err := os.MkdirTemp("", "segel-many-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(top) })
	d.dir = filepath.Join(top, "data")
	if os.Getuid() == 0 {
		nobody, err := user.Lookup("nobody")
		if err != nil {
			t.Fatal(err)
		}
		uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		d.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(top, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	if err := errors.Join(d.run("initdb", "-D", d.dir, "-U", "segel", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"), d.start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.stop() })
	return d
}

func (d *database) dsn() string {
	return fmt.Sprintf("postgres://segel@127.0.0.1:%d/postgres?sslmode=disable", d.port)
}

func (d *database) start() error {
	return d.run("pg_ctl", "-D", d.dir, "-l", filepath.Join(d.dir, "log"), "-w", "-s", "-o", fmt.Sprintf("-h 127.0.0.1 -p %d -k ''", d.port), "start")
}

// stop ends the server as a failure would: what it holds in memory is lost.
func (d *database) stop() error {
	return d.run("pg_ctl", "-D", d.dir, "-m", "immediate", "-w", "-s", "stop")
}

func (d *database) run(program string, args ...string) error {
	cmd := exec.Command(filepath.Join(d.bin, program), args...)
	cmd.Dir = "/"
	if d.as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: d.as}
	}
	// A file, because the server inherits it and a pipe would stay open.
	said, err := os.CreateTemp("", "segel-many-")
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
