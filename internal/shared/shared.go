// Package shared finds the real rows and public corpora that tests read but
// the project never copies.
//
// The folder is named by the environment variable SEGEL_SHARED and defaults to
// ../shared beside the module. On a bare machine a test that needs it skips
// and says why; where SEGEL_CI=1 a missing folder is a failure.
package shared

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file or folder below the shared folder. If it is
// absent the test is skipped, or fails where SEGEL_CI=1.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	dir := os.Getenv("SEGEL_SHARED")
	if dir == "" {
		dir = filepath.Join(moduleRoot(t), "..", "shared")
	}
	path := filepath.Join(append([]string{dir}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		Missing(t, "needs "+filepath.Join(elem...)+" below SEGEL_SHARED (default ../shared)")
	}
	return path
}

// Missing skips the test for want of something that a bare machine need not
// have; where SEGEL_CI=1 it fails instead, because in CI a skip is a failure.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("SEGEL_CI") == "1" {
		t.Fatalf("SEGEL_CI=1 and %s", what)
	}
	t.Skip(what)
}

// moduleRoot walks up from the test's folder to the one that holds go.mod.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}
