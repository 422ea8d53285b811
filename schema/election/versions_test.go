package election_test

import (
	"bytes"
	"context"
	"io/fs"
	"iter"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// TestLaterVersionsFindTheSame: a file that an earlier version of a dataset
// accepts is accepted by the latest one with its first number, and what the
// earlier one finds in it the latest finds too. The other direction need not
// hold: a later version may know more rules and more elections.
func TestLaterVersionsFindTheSame(t *testing.T) {
	compared := 0
	for d, latest := range earlier() {
		files, err := fs.Glob(electiontest.FS(), path.Join(d.Ref().ID, "*", "*.ndjson"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			then, now := findings(t, d, file), findings(t, latest, file)
			if then["structure"] != nil {
				continue // the earlier version does not know such a record
			}
			compared++
			for rule, f := range then {
				if !reflect.DeepEqual(now[rule], f) {
					t.Errorf("%s: %s of %s is now %+v, was %+v", file, rule, d.Ref().Version, now[rule], f)
				}
			}
		}
	}
	if compared < 20 {
		t.Errorf("only %d files were compared", compared)
	}
}

// first is a definition's id and the first number of its version.
func first(d *schema.Definition) string {
	n, _, _ := strings.Cut(d.Ref().Version, ".")
	return d.Ref().ID + " " + n
}

// earlier gives each definition that there is a later one of with the same first
// number, and the latest of those.
func earlier() iter.Seq2[*schema.Definition, *schema.Definition] {
	return func(yield func(d, latest *schema.Definition) bool) {
		last := map[string]*schema.Definition{}
		for _, d := range election.Registry().All() { // by version
			last[first(d)] = d
		}
		for _, d := range election.Registry().All() {
			if latest := last[first(d)]; latest.Ref() != d.Ref() && !yield(d, latest) {
				return
			}
		}
	}
}

// findings gives what a version finds in a fixture, by rule, without the
// wording; all structure findings stand under one name.
func findings(t *testing.T, d *schema.Definition, file string) map[string][]schema.Finding {
	t.Helper()
	data, err := fs.ReadFile(electiontest.FS(), file)
	if err != nil {
		t.Fatal(err)
	}
	report, err := d.Check(context.Background(), schema.NDJSON(bytes.NewReader(data)), schema.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]schema.Finding{}
	for _, f := range report.Details {
		rule := f.Rule
		if f.Kind == schema.KindStructure {
			rule = "structure"
		}
		f.Text.ID, f.Text.EN = "", ""
		out[rule] = append(out[rule], f)
	}
	return out
}
