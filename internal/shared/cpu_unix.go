//go:build unix

package shared

import (
	"syscall"
	"time"
)

// CPUTime returns what this process has had of the cores so far; elsewhere than
// under Unix, a clock's time. On a machine that others use, it tells more than a
// clock.
func CPUTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // none is possible
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
