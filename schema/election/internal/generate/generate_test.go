package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const definitions = "../.."

// TestNothingDrifts: structs and pages are what the definitions say today.
func TestNothingDrifts(t *testing.T) {
	files, err := generate(definitions)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 3*20 {
		t.Errorf("only %d files", len(files))
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(definitions, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the definition says: run go generate in schema/election", name)
		}
	}
	old, err := stale(definitions, files)
	if err != nil || len(old) > 0 {
		t.Errorf("got %v, %v: files of datasets that are no more", old, err)
	}
}

// TestEveryDescriptionIsUsed: a translation that belongs to nothing is a
// description that was changed.
func TestEveryDescriptionIsUsed(t *testing.T) {
	all, err := load(definitions)
	if err != nil {
		t.Fatal(err)
	}
	var used strings.Builder
	var collect func(fields []*field)
	collect = func(fields []*field) {
		for _, f := range fields {
			used.WriteString(f.about + "\n")
			collect(f.fields)
			if f.of != nil {
				collect([]*field{f.of})
			}
		}
	}
	for _, d := range all {
		collect(d.fields)
	}
	n, err := parse(indonesian)
	if err != nil {
		t.Fatal(err)
	}
	for _, english := range n.names {
		if !strings.Contains("\n"+used.String(), "\n"+english+"\n") {
			t.Errorf("nothing is described as %q", english)
		}
	}
}

// TestUnknownShapesAreRefused: a member whose shape the generator does not know
// must not be left out of a struct.
func TestUnknownShapesAreRefused(t *testing.T) {
	for name, schema := range map[string]string{
		"several types":     `{"properties":{"x":{"type":["string","boolean"]}}}`,
		"no type":           `{"properties":{"x":{}}}`,
		"list of anything":  `{"properties":{"x":{"type":"array"}}}`,
		"below an object":   `{"properties":{"x":{"type":"object","properties":{"y":{}}}}}`,
		"numbered anything": `{"properties":{"x":{"type":"object","patternProperties":{"^a":{"type":"string"}}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			n, err := parse([]byte(schema))
			if err != nil {
				t.Fatal(err)
			}
			d := &dataset{norm: n}
			if _, err := d.members(n, ""); err == nil {
				t.Error("accepted")
			}
		})
	}
}
