package house

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeIsTrue holds the README to what is compiled and run: its Go code
// stands in a tested Example, and its two commands stand in .ci/run.
func TestReadmeIsTrue(t *testing.T) {
	read := func(elem ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, elem...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	readme := read("README.md")
	_, block, found := strings.Cut(readme, "```go\n")
	code, _, closed := strings.Cut(block, "```")
	if !found || !closed {
		t.Fatal("README.md shows no Go code")
	}
	example := read("exchange", "exchangetest", "example_test.go")
	if !strings.Contains(flat(example), flat(code)) {
		t.Error("the Go code of README.md does not stand in exchange/exchangetest/example_test.go")
	}
	for _, command := range []string{"go run ./examples/quickstart", "go test"} {
		if !strings.Contains(readme, command) || !strings.Contains(read(".ci", "run"), command) {
			t.Errorf("%q stands not in both README.md and .ci/run", command)
		}
	}
	if lines := strings.Count(readme, "\n"); lines > 70 {
		t.Errorf("README.md has %d lines and is no longer one page", lines)
	}
}

// flat drops indentation, which differs between a README and a function.
func flat(code string) string {
	lines := strings.Split(code, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}
