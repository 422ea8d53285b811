package filedrop

import (
	"crypto/sha256"
	"io"
	"os"
	"strings"
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
		if got := copyBlocks(t.Context(), sha256.New(), strings.NewReader("x"), func([]byte) (int, error) { return 0, tt.err }); got != tt.want {
			t.Errorf("of what a file holds, %v: %v", tt.err, got)
		}
	}
}
