package filedrop

import (
	"os"
	"syscall"
)

// alone reports whether a file has no other name, under which somebody else would
// find it changed.
func alone(f *os.File) bool {
	var info syscall.ByHandleFileInformation
	return syscall.GetFileInformationByHandle(syscall.Handle(f.Fd()), &info) == nil && info.NumberOfLinks <= 1
}
