package election

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/segel-id/segel/schema"
)

//go:generate go run ./internal/generate

//go:embed */*.json
var files embed.FS

// textsSuffix ends the name of a definition's second document; the first has
// the same name with .json.
const textsSuffix = ".texts.json"

// Registry gives a registry of all datasets of this package, one version of
// each. Every call compiles the definitions anew (milliseconds): call it once
// and keep the result, which is immutable and safe for concurrent use.
//
// It panics if an embedded definition is not acceptable, which the tests of
// this package rule out.
func Registry() *schema.Registry {
	texts, err := fs.Glob(files, "*/*"+textsSuffix)
	if err != nil {
		panic(fmt.Sprintf("election: %v", err))
	}
	var defs []*schema.Definition
	for _, name := range texts {
		d, err := load(strings.TrimSuffix(name, textsSuffix))
		if err != nil {
			panic(fmt.Sprintf("election: %s: %v", name, err))
		}
		defs = append(defs, d)
	}
	r, err := schema.NewRegistry(defs...)
	if err != nil {
		panic(fmt.Sprintf("election: %v", err))
	}
	return r
}

func load(id string) (*schema.Definition, error) {
	norm, err := files.ReadFile(id + ".json")
	if err != nil {
		return nil, err
	}
	texts, err := files.ReadFile(id + textsSuffix)
	if err != nil {
		return nil, err
	}
	return schema.ParseDefinition(norm, texts)
}
