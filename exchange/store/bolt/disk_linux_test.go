package bolt

import (
	"os"
	"syscall"
)

// syncData is how bbolt synchronises.
func syncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
