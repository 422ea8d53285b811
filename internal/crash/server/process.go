//go:build unix

package server

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"github.com/segel-id/segel/internal/shared"
)

// A place is where a server is, and as whom it runs.
type place struct {
	program string
	dir     string
	port    int
	as      *syscall.SysProcAttr
}

// newPlace finds a program, the latest of several versions, and makes the rest. The
// test is skipped if there is none.
func newPlace(t testing.TB, what string, patterns ...string) place {
	t.Helper()
	var found []string
	for _, pattern := range patterns {
		paths, _ := filepath.Glob(pattern)
		slices.Sort(paths)
		found = append(found, paths...)
	}
	if len(found) == 0 {
		shared.Missing(t, "needs "+what)
	}
	dir, err := os.MkdirTemp("", "segel-server-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := place{program: found[len(found)-1], dir: dir, as: &syscall.SysProcAttr{}}
	if os.Getuid() == 0 {
		uid, gid := nobody(t)
		p.as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	p.port = port(t)
	return p
}

// port returns one on which nobody listens. It is below those that a system gives out by
// itself: who asks for any port while a server is stopped does not get the server's.
func port(t testing.TB) int {
	t.Helper()
	for range 100 {
		n := 20_000 + rand.IntN(12_000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", n)); err == nil {
			l.Close()
			return n
		}
	}
	t.Fatal("no port is free")
	return 0
}

func nobody(t testing.TB) (uid, gid int) {
	t.Helper()
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	if uid, err = strconv.Atoi(u.Uid); err != nil {
		t.Fatal(err)
	}
	if gid, err = strconv.Atoi(u.Gid); err != nil {
		t.Fatal(err)
	}
	return uid, gid
}
