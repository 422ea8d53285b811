//go:build unix

package filedrop

import (
	"os"
	"syscall"
)

// alone reports whether a file has no other name, under which somebody else would
// find it changed.
func alone(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && s.Nlink == 1
}
