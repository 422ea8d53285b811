//go:build unix

package endtoend

import "syscall"

// memory returns how many bytes of memory this process has had at most.
func memory() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return u.Maxrss << 10 // Linux counts in KiB
}
