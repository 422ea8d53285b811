// Command generate writes what follows from the definitions of package
// election: a Go struct and two pages for each dataset. Run it with go generate
// in schema/election; a test fails if what it would write is not what is there.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	files, err := generate(dir)
	if err != nil {
		return err
	}
	old, err := stale(dir, files)
	if err != nil {
		return err
	}
	if err := remove(old); err != nil {
		return err
	}
	for name, data := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate gives all files, by their path below the folder of the definitions.
func generate(dir string) (map[string][]byte, error) {
	all, err := load(dir)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, d := range all {
		name := strings.ReplaceAll(d.name(), "-", "_") + ".gen.go"
		if files[filepath.Join(d.system(), name)], err = goFile(d); err != nil {
			return nil, fmt.Errorf("%s: %w", d.id, err)
		}
	}
	more, err := pages(all)
	if err != nil {
		return nil, err
	}
	maps.Copy(files, more)
	return files, nil
}
