package journal

import (
	"path/filepath"
	"testing"
)

func TestASecondHolderIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock(path, 0); err == nil {
		t.Error("two hold it")
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	unlock, err = lock(path, 0)
	if err != nil {
		t.Fatalf("after the first has let go: %v", err)
	}
	unlock()
}
