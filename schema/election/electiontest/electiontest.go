// Package electiontest holds small files of synthetic records for every
// dataset of package election, so that an integrator can test a handler
// without asking anybody for data.
//
// The tree is system/dataset/sort/name.ndjson, with three sorts:
//
//	valid     no structure error, no broken rule, no notice
//	finding   no structure error; breaks exactly the rules in the name, joined by +
//	invalid   at least one record has a structure error; the name says which defect
//
// What is broken may depend on another dataset. Then that stands in a folder of
// the same name, against/name/system-dataset.ndjson, and the file is valid, or
// breaks what its name says, once it is checked with an index of each
// (schema.NewIndex).
//
// Every invalid file has one defect. No record describes a real person, party
// or polling station: codes and identity numbers lie in areas that do not
// exist (31.99, 31.74.99, 99ZZ) and names say that they are examples.
//
// Files are added from version to version, and a definition's new version may
// change what is valid; a test should walk the tree rather than count on it.
package electiontest

import (
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

//go:embed fixtures
var files embed.FS

// FS gives the tree of fixtures, read-only and safe for concurrent use.
func FS() fs.FS {
	tree, err := fs.Sub(files, "fixtures")
	if err != nil {
		panic("electiontest: " + err.Error()) // only for an invalid path
	}
	return tree
}

// Explain writes what the latest definition of a fixture's dataset finds in it,
// as it is told to people: for each finding a line in Indonesian and one in
// English. The fixture is a path in the tree of [FS]. Nothing is
// written for a sound one. An error is that of a path that the tree does not have, or of w.
func Explain(w io.Writer, fixture string) error {
	d, err := election.Registry().Latest(path.Dir(path.Dir(fixture)))
	if err != nil {
		return err
	}
	f, err := FS().Open(fixture)
	if err != nil {
		return err
	}
	defer f.Close()
	report, err := d.Check(context.Background(), schema.NDJSON(f), schema.CheckOptions{})
	if err != nil {
		return err
	}
	for _, finding := range report.Details {
		if _, err := fmt.Fprintf(w, "%s\n%s\n", finding.Text.ID, finding.Text.EN); err != nil {
			return err
		}
	}
	return nil
}
