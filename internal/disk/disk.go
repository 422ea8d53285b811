// Package disk makes names of files last through a power cut.
//
// What is written to a file is durable once the file is synced; that the file has
// its name is durable once its folder is. So whoever replaces a file writes a
// temporary one beside it, syncs that, renames it, and syncs the folder. On
// Windows a folder cannot be synced, and need not be: NTFS keeps a journal of names.
package disk

import (
	"os"
	"runtime"
)

// SyncFolder makes the names in a folder durable: new, renamed and removed ones.
// On Windows it does nothing. An error is that of opening or syncing the folder.
func SyncFolder(path string) error {
	return syncOpened(func() (*os.File, error) { return os.Open(path) })
}

// SyncRoot is [SyncFolder] for a folder that is open.
func SyncRoot(folder *os.Root) error {
	return syncOpened(func() (*os.File, error) { return folder.Open(".") })
}

func syncOpened(open func() (*os.File, error)) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := open()
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
