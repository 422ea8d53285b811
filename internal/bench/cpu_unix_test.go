//go:build unix

package bench

import (
	"syscall"
	"time"
)

// cpuTime is how long this process has used processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
