package filedrop

import (
	"io"
	"os"
	"syscall"
	"testing"
)

// Who holds a stick is told what to do about it.
func TestUnwritten(t *testing.T) {
	of := func(err error) error { return &os.PathError{Op: "write", Path: "x", Err: err} }
	for _, tt := range []struct{ err, want error }{
		{of(syscall.ENOSPC), errFull}, {of(syscall.EROFS), errLocked}, {of(syscall.EIO), errStick}, {io.ErrShortWrite, errStick},
	} {
		if got := unwritten(tt.err); got != tt.want {
			t.Errorf("%v: %v", tt.err, got)
		}
	}
}
