package election

import (
	"embed"
	"fmt"

	"github.com/segel-id/segel/schema"
)

//go:embed */*.json
var files embed.FS

// ids lists the datasets; each is a pair of embedded files.
var ids = [...]string{"ahu/badan-hukum", "ahu/permintaan-status", "kominfo/jaringan-tps", "sipol/kepengurusan", "sirekap/hasil-tps"}

// Registry gives a registry of all datasets of this package, one version of
// each. Every call compiles the definitions anew (milliseconds): call it once
// and keep the result, which is immutable and safe for concurrent use.
//
// It panics if an embedded definition is not acceptable, which the tests of
// this package rule out.
func Registry() *schema.Registry {
	var defs []*schema.Definition
	for _, id := range ids {
		d, err := load(id)
		if err != nil {
			panic(fmt.Sprintf("election: %s: %v", id, err))
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
	texts, err := files.ReadFile(id + ".texts.json")
	if err != nil {
		return nil, err
	}
	return schema.ParseDefinition(norm, texts)
}
