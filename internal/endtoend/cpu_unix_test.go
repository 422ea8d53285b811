//go:build unix

package endtoend

import (
	"syscall"
	"time"
)

// cpuTime returns what this process has had of the cores so far. On a machine that
// others use, it tells more than a clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// memory returns how many bytes of memory this process has had at most.
func memory() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Maxrss << 10 // Linux counts in KiB
}
