package journal

import (
	"syscall"
	"time"
)

// lock takes the lock file for this process, or fails after the timeout: it is
// opened without sharing.
func lock(path string, timeout time.Duration) (unlock func() error, err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(timeout); ; time.Sleep(20 * time.Millisecond) {
		h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
		if err == nil {
			return func() error { return syscall.CloseHandle(h) }, nil
		}
		if time.Now().After(deadline) {
			return nil, err
		}
	}
}
