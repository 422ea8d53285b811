package disk_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/segel-id/segel/internal/disk"
)

// A file is replaced so that a power cut leaves the old one or the new one.
func Example() {
	dir, err := os.MkdirTemp("", "disk")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	replace := func(name string, data []byte) error {
		f, err := os.CreateTemp(dir, "half")
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil { // before it has the name
			return err
		}
		if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
			return err
		}
		return disk.SyncFolder(dir) // the name
	}
	fmt.Println(replace("head", []byte("7")))
	// Output:
	// <nil>
}

// What no power cut can show here: a folder is really opened, and its error told.
func TestSync(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := disk.SyncFolder(dir); err != nil {
		t.Error(err)
	}
	if err := disk.SyncRoot(root); err != nil {
		t.Error(err)
	}
	if err := root.Close(); err != nil {
		t.Fatal(err)
	}
	fails := runtime.GOOS != "windows" // where a folder is not asked
	if err := disk.SyncFolder(filepath.Join(dir, "none")); (err != nil) != fails {
		t.Errorf("a folder that is not there: %v", err)
	}
	if err := disk.SyncRoot(root); (err != nil) != fails {
		t.Errorf("a folder that is closed: %v", err)
	}
}
