package electiontest_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
	"github.com/segel-id/segel/schema/election/electiontest"
)

func TestFixtures(t *testing.T) {
	registry := election.Registry()
	seen := map[string]map[string]int{} // dataset, sort: files
	tested := map[string]bool{}         // rules that some file breaks
	against := map[string]int{}         // dataset and name: files beside it that nobody has used
	names := 0
	err := fs.WalkDir(electiontest.FS(), ".", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if strings.Contains(file, "/against/") {
			against[strings.Replace(path.Dir(file), "/against/", " ", 1)]++
			return nil
		}
		dir, base := path.Split(file)
		sort := path.Base(dir)
		dataset := path.Dir(path.Clean(dir))
		name := strings.TrimSuffix(base, ".ndjson")
		if seen[dataset] == nil {
			seen[dataset] = map[string]int{}
		}
		seen[dataset][sort]++
		t.Run(strings.TrimSuffix(file, ".ndjson"), func(t *testing.T) {
			report := check(t, registry, dataset, file)
			delete(against, dataset+" "+name)
			rules := append(slices.Collect(maps.Keys(report.ByRule)), slices.Collect(maps.Keys(report.Notices))...)
			slices.Sort(rules)
			switch sort {
			case "valid":
				if report.Errors != 0 || len(rules) != 0 {
					t.Errorf("got %v %v, want nothing", report.Structure, rules)
				}
				if strings.HasPrefix(name, "every-level-") && len(report.NotJudged) > 0 {
					t.Errorf("all parts are there, and not judged is %v", report.NotJudged)
				}
			case "finding":
				want := strings.Split(name, "+")
				slices.Sort(want)
				if report.Errors != 0 || !slices.Equal(rules, want) {
					t.Errorf("got %v %v, want %v", report.Structure, rules, want)
				}
				for _, r := range rules {
					tested[dataset+" "+r] = true
				}
			case "invalid":
				names++
				want, ok := defects[dataset+"/"+name]
				if !ok {
					t.Fatal("no expected defect: extend the table")
				}
				if len(report.Details) != 1 || report.Errors != 1 {
					t.Fatalf("got %d findings in %d records, want one fault: %+v", len(report.Details), report.Errors, report.Details)
				}
				if f := report.Details[0]; f.Rule != want[0] || f.Pointer != want[1] {
					t.Errorf("got %s at %q, want %s at %q", f.Rule, f.Pointer, want[0], want[1])
				}
			default:
				t.Errorf("unknown sort %q", sort)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(against) > 0 {
		t.Errorf("nothing is checked against %v", slices.Sorted(maps.Keys(against)))
	}
	if names != len(defects) {
		t.Errorf("the table has %d defects, the tree %d invalid files", len(defects), names)
	}
	for _, d := range registry.All() {
		n := seen[d.Ref().ID]
		if n["valid"] < 3 || n["invalid"] < 6 {
			t.Errorf("%s: %d valid and %d invalid files, want at least 3 and 6", d.Ref().ID, n["valid"], n["invalid"])
		}
		for _, r := range d.Rules() {
			if !tested[d.Ref().ID+" "+r.ID] {
				t.Errorf("%s: no file breaks %s", d.Ref().ID, r.ID)
			}
		}
	}
}

func TestExplain(t *testing.T) {
	const broken = "sirekap/hasil-tps/finding/A1.ndjson"
	for _, c := range []struct {
		name, fixture string
		w             io.Writer
		fails         bool
	}{
		{"a sound file", "sirekap/hasil-tps/valid/complete.ndjson", refuser{}, false},
		{"a writer that refuses", broken, refuser{}, true},
		{"no such dataset", "sirekap/hasil/finding/A1.ndjson", io.Discard, true},
		{"no such file", "sirekap/hasil-tps/finding/A0.ndjson", io.Discard, true},
		{"a path out of the tree", "sirekap/hasil-tps/../" + broken, io.Discard, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := electiontest.Explain(c.w, c.fixture); (err != nil) != c.fails {
				t.Errorf("got %v", err)
			}
		})
	}
}

// refuser is a writer that writes nothing.
type refuser struct{}

func (refuser) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func check(t *testing.T, registry *schema.Registry, dataset, file string) *schema.Report {
	t.Helper()
	d, err := registry.Latest(dataset)
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(electiontest.FS(), file)
	if err != nil {
		t.Fatal(err)
	}
	opt := schema.CheckOptions{Against: against(t, registry, d, file), MaxDetails: 10_000}
	report, err := d.Check(context.Background(), schema.NDJSON(bytes.NewReader(data)), opt)
	if err != nil {
		t.Fatal(err)
	}
	same, err := d.Reference().Check(context.Background(), schema.NDJSON(bytes.NewReader(data)), opt)
	if err != nil {
		t.Fatal(err)
	}
	if fast, slow := whole(t, report), whole(t, same); fast != slow {
		t.Errorf("the engines differ:\n%s\n%s", fast, slow)
	}
	return report
}

// against makes an index of every file beside a fixture.
func against(t *testing.T, registry *schema.Registry, d *schema.Definition, file string) map[string]*schema.Index {
	t.Helper()
	name := strings.TrimSuffix(path.Base(file), ".ndjson")
	files, err := fs.Glob(electiontest.FS(), path.Join(d.Ref().ID, "against", name, "*.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*schema.Index{}
	for _, file := range files {
		id := strings.Replace(strings.TrimSuffix(path.Base(file), ".ndjson"), "-", "/", 1)
		of, err := registry.Latest(id)
		if err != nil {
			t.Fatal(id, err)
		}
		data, err := fs.ReadFile(electiontest.FS(), file)
		if err != nil {
			t.Fatal(err)
		}
		if out[id], err = schema.NewIndex(context.Background(), d, of, schema.NDJSON(bytes.NewReader(data))); err != nil {
			t.Fatal(file, err)
		}
	}
	return out
}

func whole(t *testing.T, report *schema.Report) string {
	t.Helper()
	text, err := report.DetailsJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
